//! `weir router list`, `probe`, `diff` and `reconcile`: the state of the routers, and their drift.

use serde::Serialize;

use crate::appliance::core::Appliance;
use crate::commands::reply::reply;
use crate::commands::routers::reconcile_answer::{self, ReconcileAnswer};
use crate::commands::table::{Column, Table};
use crate::commands::{Call, Reply};
use crate::config::routers::RouterConfig;
use crate::health::probe;
use crate::model::day::Instant;
use crate::model::failure::Failure;
use crate::model::name::RouterName;
use crate::outbox::connections::connection::{self, ConnectionError, RouterContext};
use crate::outbox::connections::observed::RouterState;
use crate::outbox::router_work::batch::BatchError;
use crate::outbox::router_work::drift::DriftPolicy;
use crate::outbox::router_work::reconcile::{self, Difference, Reconciled};
use crate::outbox::router_work::single_try;

/// How many differences one answer lists.
const DIFFERENCES_MAX: usize = 10_000;

#[derive(Serialize)]
struct RouterAnswer {
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

#[derive(Serialize)]
struct DiffAnswer {
    router: String,
    username: String,
    object: String,
    wanted: String,
    found: String,
    pending: bool,
}

/// Returns the routers as they were last seen, without asking them.
pub(crate) fn list(appliance: &Appliance, call: &Call, name: Option<&str>) -> Result<Reply, Failure> {
    let routers = chosen(appliance, name)?;
    seen(appliance, call, &routers)
}

/// Logs in to the routers now, all at the same time.
pub(crate) fn probe(appliance: &Appliance, call: &Call, name: Option<&str>) -> Result<Reply, Failure> {
    let routers = chosen(appliance, name)?;
    let site = appliance.router_site();
    let answered = single_try::block_on(async {
        let tasks: Vec<_> = routers
            .iter()
            .map(|router| tokio::spawn(probe_one(site.clone(), router.clone())))
            .collect();
        let mut all = true;
        for task in tasks {
            all &= task.await.unwrap_or(false);
        }
        all
    })
    .map_err(no_queue)?;
    // A router that answers may have work waiting.
    appliance.routers.urge();
    let mut reply = seen(appliance, call, &routers)?;
    if !answered {
        reply.exit = 1;
    }
    Ok(reply)
}

/// Answers `weir router diff`: shows where routers and ledger differ; changes nothing.
pub(crate) fn diff(appliance: &Appliance, call: &Call, name: Option<&str>) -> Result<Reply, Failure> {
    let looked = look(appliance, name, DriftPolicy::Show)?;
    let mut notes = Vec::new();
    let mut differences: Vec<Difference> = Vec::new();
    let mut looked_at = 0_u64;
    let mut failed = false;
    for (router, result) in looked {
        match result {
            Ok(found) => {
                looked_at = looked_at.saturating_add(found.looked_at);
                differences.extend(found.differences);
                if found.not_switched > 0 {
                    notes.push(format!(
                        "router `{router}`: {} subscribers have a service that this version cannot switch; they were \
                        not compared",
                        found.not_switched
                    ));
                }
            }
            Err(error) => {
                failed = true;
                notes.push(format!("router `{router}` could not be compared: {error}"));
            }
        }
    }
    let total = differences.len();
    if total > DIFFERENCES_MAX {
        notes.push(format!("{total} objects differ; the first {DIFFERENCES_MAX} are shown"));
        differences.truncate(DIFFERENCES_MAX);
    }
    let answer: Vec<DiffAnswer> = differences.into_iter().map(diff_answer).collect();
    let mut reply = reply(call, &answer, || {
        if failed && answer.is_empty() {
            return format!("No difference on the {looked_at} objects that could be compared.\n");
        }
        diff_text(&answer, looked_at, call.width)
    })?;
    reply.notes = notes;
    reply.exit = u8::from(failed);
    Ok(reply)
}

/// Answers `weir router reconcile`: repairs the differences between routers and ledger.
pub(crate) fn reconcile(appliance: &Appliance, call: &Call, name: Option<&str>) -> Result<Reply, Failure> {
    let looked = look(appliance, name, DriftPolicy::ByHand)?;
    let answer: Vec<ReconcileAnswer> = looked.into_iter().map(reconcile_answer::of).collect();
    let unfinished = answer.iter().any(ReconcileAnswer::is_unfinished);
    let mut reply = reply(call, &answer, || reconcile_answer::text(&answer))?;
    reply.exit = u8::from(unfinished);
    appliance.routers.urge();
    reply.notes.extend(appliance.tell_routers());
    Ok(reply)
}

pub(crate) fn chosen(appliance: &Appliance, name: Option<&str>) -> Result<Vec<RouterConfig>, Failure> {
    let in_force = appliance.in_force();
    let all = &in_force.config.routers;
    let Some(name) = name else {
        return Ok(all.clone());
    };
    let found: Vec<RouterConfig> = all
        .iter()
        .filter(|router| router.name.as_str() == name)
        .cloned()
        .collect();
    if found.is_empty() {
        let names: Vec<&str> = all.iter().map(|router| router.name.as_str()).collect();
        return Err(Failure::refused(
            format!("there is no router `{name}`"),
            if names.is_empty() {
                "site.toml defines no router; add a `[[routers]]` table".to_owned()
            } else {
                format!("site.toml defines: {}", names.join(", "))
            },
        ));
    }
    Ok(found)
}

fn seen(appliance: &Appliance, call: &Call, routers: &[RouterConfig]) -> Result<Reply, Failure> {
    let reader = appliance.store.read()?;
    let mut answer = Vec::with_capacity(routers.len());
    for router in routers {
        let mut pending = 0_u64;
        reader.each_work(
            Some(&router.name),
            |_, work| -> Result<(), crate::store::error::StoreError> {
                let waits = work.state == crate::model::router_work::WorkState::Pending;
                pending = pending.saturating_add(u64::from(waits));
                Ok(())
            },
        )?;
        let seen = appliance.routers.of(&router.name);
        let vitals = seen.vitals;
        let incident = reader
            .newest_incident(&router.name)?
            .filter(|incident| incident.until.is_none());
        answer.push(RouterAnswer {
            name: router.name.to_string(),
            host: router.host.clone(),
            port: router.port,
            state: seen.state.as_str(),
            since: seen.since.map(|since| since.to_string()),
            version: seen.version,
            identity: seen.identity,
            latency_ms: seen.latency_ms,
            error: seen.error,
            pending,
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
            incident_since: incident.as_ref().map(|incident| incident.since.to_string()),
            trouble: incident.map(|incident| incident.trouble.as_str()),
        });
    }
    let zone = appliance.in_force().terms.zone.clone();
    reply(call, &answer, || routers_text(&answer, &zone, call.width))
}

fn routers_text(answer: &[RouterAnswer], zone: &jiff::tz::TimeZone, width: u16) -> String {
    if answer.is_empty() {
        return "site.toml defines no router.\n".to_owned();
    }
    let mut table = Table::new(&[
        Column::name("router"),
        Column::text("host"),
        Column::whole("state"),
        Column::whole("since"),
        Column::text("version"),
        Column::amount("ms"),
        Column::amount("to do"),
    ]);
    for router in answer {
        let since = router
            .since
            .as_deref()
            .and_then(|since| since.parse::<jiff::Timestamp>().ok());
        table.row([
            router.name.clone(),
            format!("{}:{}", router.host, router.port),
            router.state.to_owned(),
            since.map_or_else(String::new, |since| Instant::from_timestamp(since).minute_in(zone)),
            router.version.clone().unwrap_or_default(),
            router.latency_ms.map_or_else(String::new, |ms| ms.to_string()),
            router.pending.to_string(),
        ]);
    }
    let mut text = table.render(width);
    for router in answer {
        if let Some(error) = &router.error {
            text.push_str(&format!("{}: {error}\n", router.name));
        }
    }
    if answer
        .iter()
        .all(|router| router.state == RouterState::Unknown.as_str() && router.error.is_none())
    {
        text.push_str("Never contacted; `weir router probe` logs in now.\n");
    }
    text
}

async fn probe_one(site: RouterContext, router: RouterConfig) -> bool {
    probe::look(&site, &router).await.is_ok()
}

type RouterReading = Vec<(RouterName, Result<Reconciled, String>)>;

fn look(appliance: &Appliance, name: Option<&str>, policy: DriftPolicy) -> Result<RouterReading, Failure> {
    let routers = chosen(appliance, name)?;
    let site = appliance.router_site();
    single_try::block_on(async {
        let tasks: Vec<_> = routers
            .into_iter()
            .map(|router| {
                (
                    router.name.clone(),
                    tokio::spawn(look_one(site.clone(), router, policy)),
                )
            })
            .collect();
        let mut found = Vec::with_capacity(tasks.len());
        for (router, task) in tasks {
            found.push((router, task.await.unwrap_or_else(|error| Err(error.to_string()))));
        }
        found
    })
    .map_err(no_queue)
}

async fn look_one(site: RouterContext, router: RouterConfig, policy: DriftPolicy) -> Result<Reconciled, String> {
    let config = (site.config)();
    let contact = connection::open(&site, &router)
        .await
        .map_err(|error| error.to_string())?;
    let mut session = contact.session;
    match reconcile::reconcile(&site, &config, &router, &mut session, policy).await {
        Ok(found) => {
            session.close().await;
            Ok(found)
        }
        Err(BatchError::Router(error)) => {
            let error = ConnectionError::Router(error);
            connection::note_error(&site, &router, &error);
            Err(error.to_string())
        }
        Err(BatchError::Store(error)) => Err(error.to_string()),
    }
}

fn no_queue(error: std::io::Error) -> Failure {
    Failure::refused(
        format!("the system provides no event queue: {error}"),
        "free some memory or files, then try again",
    )
}

fn diff_answer(difference: Difference) -> DiffAnswer {
    DiffAnswer {
        router: difference.key.router.to_string(),
        username: difference.username.to_string(),
        object: difference.key.object,
        wanted: difference.wanted,
        found: difference.found,
        pending: difference.pending,
    }
}

fn diff_text(answer: &[DiffAnswer], looked_at: u64, width: u16) -> String {
    if answer.is_empty() {
        return format!("Routers and ledger agree on {looked_at} objects.\n");
    }
    let mut table = Table::new(&[
        Column::name("router"),
        Column::name("subscriber"),
        Column::text("wanted"),
        Column::text("found"),
        Column::whole("work"),
    ]);
    for row in answer {
        table.row([
            row.router.clone(),
            row.username.clone(),
            row.wanted.clone(),
            row.found.clone(),
            if row.pending {
                "pending".to_owned()
            } else {
                String::new()
            },
        ]);
    }
    format!(
        "{}\n{} of {looked_at} objects differ; `weir router reconcile` corrects what Weir may change.\n",
        table.render(width),
        answer.len()
    )
}
