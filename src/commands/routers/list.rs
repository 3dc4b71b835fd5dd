//! `weir router list` shows the routers as last seen, without asking them.

use serde::{Deserialize, Serialize};

use crate::appliance::core::Appliance;
use crate::commands::reply::reply;
use crate::commands::routers::comparison::chosen;
use crate::commands::routers::last_read::of_router;
use crate::commands::table::{Column, Table, facts};
use crate::commands::{Asked, Caller, Reply, SiteCommand};
use crate::config::routers::RouterConfig;
use crate::model::day::Instant;
use crate::model::failure::Failure;
use crate::model::router::readings::RouterLastSeen;
use crate::model::router::work::WorkState;

/// List the routers as last seen
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, clap::Args)]
#[serde(deny_unknown_fields)]
pub struct RouterList {
    /// Only this router
    pub name: Option<String>,
}

impl SiteCommand for RouterList {
    fn answer(&self, site: &Appliance, asked: &mut Asked<'_>) -> Result<Reply, Failure> {
        list(site, asked.caller, self.name.as_deref())
    }
}

#[derive(Serialize)]
pub(crate) struct RouterAnswer {
    name: String,
    host: String,
    port: u16,
    state: &'static str,
    since: Option<String>,
    version: Option<String>,
    identity: Option<String>,
    latency_ms: Option<u64>,
    error: Option<String>,
    pending: u64,
    /// When it was last tried to reach it.
    tried_at: Option<String>,
    /// When all of its objects were last read.
    read_at: Option<String>,
    uptime_s: Option<u64>,
    board: Option<String>,
    serial: Option<String>,
    /// In percent.
    cpu_load: Option<u64>,
    free_memory: Option<u64>,
    total_memory: Option<u64>,
    free_disk: Option<u64>,
    /// Volts, as the router writes them.
    voltage: Option<String>,
    /// Degrees Celsius, as the router writes them.
    temperature: Option<String>,
    /// By how many seconds its clock is ahead of the box's.
    clock_ahead_s: Option<i64>,
    /// The incident that lasts.
    incident_since: Option<String>,
    trouble: Option<&'static str>,
}

/// Returns the routers as they were last seen, without asking them.
pub(crate) fn list(appliance: &Appliance, call: &Caller, name: Option<&str>) -> Result<Reply, Failure> {
    let routers = chosen(appliance, name)?;
    seen(appliance, call, &routers)
}

pub(crate) fn seen(appliance: &Appliance, call: &Caller, routers: &[RouterConfig]) -> Result<Reply, Failure> {
    let reader = appliance.store.read()?;
    let mut answer = Vec::with_capacity(routers.len());
    for router in routers {
        let mut pending = 0_u64;
        reader.each_work(
            Some(&router.name),
            |_, work| -> Result<(), crate::store::error::StoreError> {
                let waits = work.state == WorkState::Pending;
                pending = pending.saturating_add(u64::from(waits));
                Ok(())
            },
        )?;
        let seen = appliance.routers.of(&router.name);
        let vitals = seen.vitals;
        let last_seen = of_router(appliance, &reader, &router.name)?;
        let state = last_seen.state();
        let RouterLastSeen { contact, whole } = last_seen;
        let incident = reader
            .newest_incident(&router.name)?
            .filter(|incident| incident.until.is_none());
        answer.push(RouterAnswer {
            name: router.name.to_string(),
            host: router.host.clone(),
            port: router.port,
            state: state.as_str(),
            since: contact.as_ref().map(|contact| contact.since.rfc3339()),
            version: seen.version,
            identity: seen.identity,
            latency_ms: seen.latency_ms,
            error: contact.as_ref().and_then(|contact| contact.error.clone()),
            pending,
            tried_at: contact.as_ref().map(|contact| contact.at.rfc3339()),
            read_at: whole.map(|whole| whole.at.rfc3339()),
            uptime_s: seen.uptime_s,
            board: vitals.board,
            serial: vitals.serial,
            cpu_load: vitals.cpu_load,
            free_memory: vitals.free_memory,
            total_memory: vitals.total_memory,
            free_disk: vitals.free_disk,
            voltage: vitals.voltage,
            temperature: vitals.temperature,
            clock_ahead_s: vitals.clock_ahead_s,
            incident_since: incident.as_ref().map(|incident| incident.since.rfc3339()),
            trouble: incident.map(|incident| incident.trouble.as_str()),
        });
    }
    let zone = appliance.in_force().terms.zone.clone();
    reply(call, &answer, || routers_text(&answer, &zone, call.width))
}

pub(crate) fn routers_text(answer: &[RouterAnswer], zone: &jiff::tz::TimeZone, width: u16) -> String {
    if answer.is_empty() {
        return "site.toml defines no router.\n".to_owned();
    }
    let mut table = Table::new(&[
        Column::name("router"),
        Column::text("host"),
        Column::whole("state"),
        Column::whole("since"),
        Column::whole("last try"),
        Column::text("version"),
        Column::amount("ms"),
        Column::amount("to do"),
    ]);
    for router in answer {
        let minute = |at: &Option<String>| {
            at.as_deref()
                .and_then(|at| at.parse::<jiff::Timestamp>().ok())
                .map_or_else(String::new, |at| Instant::from_timestamp(at).minute_in(zone))
        };
        table.row([
            router.name.clone(),
            format!("{}:{}", router.host, router.port),
            router.state.to_owned(),
            minute(&router.since),
            minute(&router.tried_at),
            router.version.clone().unwrap_or_default(),
            router.latency_ms.map_or_else(String::new, |ms| ms.to_string()),
            router.pending.to_string(),
        ]);
    }
    let mut text = table.render(width);
    let failed: Vec<(&str, String)> = answer
        .iter()
        .filter_map(|router| Some((router.name.as_str(), router.error.clone()?)))
        .collect();
    if !failed.is_empty() {
        text.push_str(&facts(&failed, width));
    }
    if answer.iter().all(|router| router.tried_at.is_none()) {
        text.push_str("Never tried yet; `weir router probe` logs in now.\n");
    }
    text
}
