//! `weir router history` shows a router's incidents and its availability.
//!
//! Incidents come newest first, with the share of the period in which the router was up. Only time in which it was watched
//! counts: a box that was off, or whose `health` was paused, knows nothing of its routers, and the answer says so. Changes
//! nothing.

use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use crate::appliance::core::Appliance;
use crate::commands::archive_notes::{AskedTime, left_out};
use crate::commands::reply::reply;
use crate::commands::routers::availability::{Availability, availability_of, watched_spans};
use crate::commands::routers::comparison::chosen;
use crate::commands::table::{Column, Table, facts};
use crate::commands::time_words::{civil, day_of};
use crate::commands::{Asked, Caller, Reply, SiteCommand};
use crate::model::day::{Day, Instant};
use crate::model::failure::Failure;
use crate::model::name::RouterName;
use crate::model::record::LogKind;
use crate::model::router::incident::Incident;
use crate::rules::routers::availability::{Share, TimeSpan};
use crate::rules::routers::incidents::length_words;
use crate::store::read::reader::Reader;

/// Show a router's incidents, and how much of the time all was well
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, clap::Args)]
#[serde(deny_unknown_fields)]
pub struct RouterHistory {
    /// Only this router
    pub name: Option<String>,
    /// From this day on
    #[arg(long, value_name = "DAY")]
    pub since: Option<String>,
    /// Through this day
    #[arg(long, value_name = "DAY")]
    pub until: Option<String>,
}

impl SiteCommand for RouterHistory {
    fn answer(&self, site: &Appliance, asked: &mut Asked<'_>) -> Result<Reply, Failure> {
        answer(
            site,
            asked.caller,
            self.name.as_deref(),
            self.since.as_deref(),
            self.until.as_deref(),
        )
    }
}

/// The days that are shown by default.
const DAYS: i32 = 30;

/// A router's history, as `--json` prints it.
#[derive(Serialize)]
struct RouterHistoryAnswer {
    router: String,
    from: String,
    to: String,
    /// With two decimals, rounded down; `null` where nobody watched.
    uptime_percent: Option<String>,
    watched_s: i64,
    unwatched_s: i64,
    down_s: i64,
    /// When it was last seen to have been restarted.
    rebooted_at: Option<String>,
    incidents: Vec<IncidentAnswer>,
    #[serde(skip)]
    share: Share,
}

#[derive(Serialize)]
struct IncidentAnswer {
    trouble: &'static str,
    since: String,
    until: Option<String>,
    length_s: i64,
    length: String,
    reason: String,
    flaps: u32,
    #[serde(skip)]
    at: (Instant, Option<Instant>),
}

pub(crate) fn answer(
    appliance: &Appliance,
    call: &Caller,
    name: Option<&str>,
    since: Option<&str>,
    until: Option<&str>,
) -> Result<Reply, Failure> {
    let routers = chosen(appliance, name)?;
    let in_force = appliance.in_force();
    let zone = &in_force.terms.zone;
    let recorded = appliance.recorded()?;
    let last = until
        .map(|text| day_of(text, "--until"))
        .transpose()?
        .unwrap_or(recorded.today);
    let first = since
        .map(|text| day_of(text, "--since"))
        .transpose()?
        .unwrap_or_else(|| last.plus_days(DAYS.saturating_neg().saturating_add(1)));
    if first > last {
        return Err(Failure::usage(
            format!("a period from {first} to {last} has no day"),
            "give `--since` the earlier day",
        ));
    }
    let period = TimeSpan {
        from: begin_of(first, zone),
        to: last.last_instant(zone).plus_millis(1).min(recorded.at),
    };
    let reader = appliance.store.read()?;
    let seen = watched_spans(&reader, appliance, period.to, recorded.at)?;
    let mut answer = Vec::with_capacity(routers.len());
    for router in &routers {
        answer.push(of_router(&reader, &router.name, period, &seen, recorded.at)?);
    }
    let asked = AskedTime {
        from: period.from,
        to: period.to,
    };
    let older = left_out(appliance, &reader, &[LogKind::Health], asked)?;
    let mut reply = reply(call, &answer, || text(&answer, first, last, zone, call.width))?;
    reply.notes.extend(older);
    Ok(reply)
}

fn begin_of(day: Day, zone: &TimeZone) -> Instant {
    day.plus_days(-1).last_instant(zone).plus_millis(1)
}

fn of_router(
    reader: &Reader<'_>,
    router: &RouterName,
    period: TimeSpan,
    seen: &[TimeSpan],
    now: Instant,
) -> Result<RouterHistoryAnswer, Failure> {
    let Availability {
        incidents,
        share,
        rebooted_at,
    } = availability_of(reader, router, period, seen, now)?;
    Ok(RouterHistoryAnswer {
        router: router.to_string(),
        from: period.from.rfc3339(),
        to: period.to.rfc3339(),
        uptime_percent: share.up_hundredths().map(percent),
        watched_s: share.watched_ms / 1_000,
        unwatched_s: period
            .to
            .millis_since(period.from)
            .saturating_sub(share.watched_ms)
            .max(0)
            / 1_000,
        down_s: share.down_ms / 1_000,
        rebooted_at: rebooted_at.map(|at| at.rfc3339()),
        incidents: incidents
            .into_iter()
            .map(|incident| of_incident(&incident, now))
            .collect(),
        share,
    })
}

fn of_incident(incident: &Incident, now: Instant) -> IncidentAnswer {
    let length_ms = incident.until.unwrap_or(now).millis_since(incident.since).max(0);
    IncidentAnswer {
        trouble: incident.trouble.as_str(),
        since: incident.since.rfc3339(),
        until: incident.until.map(|until| until.rfc3339()),
        length_s: length_ms / 1_000,
        length: length_words(length_ms),
        reason: incident.reason.clone(),
        flaps: incident.flaps,
        at: (incident.since, incident.until),
    }
}

fn percent(hundredths: i64) -> String {
    format!("{}.{:02}", hundredths / 100, hundredths % 100)
}

fn text(answer: &[RouterHistoryAnswer], first: Day, last: Day, zone: &TimeZone, width: u16) -> String {
    if answer.is_empty() {
        return "site.toml defines no router.\n".to_owned();
    }
    let mut text = String::new();
    let mut words: Vec<(&str, String)> = Vec::new();
    for router in answer {
        let share = &router.share;
        let watched = length_words(share.watched_ms);
        words.push((
            router.router.as_str(),
            match &router.uptime_percent {
                Some(percent) => format!(
                    "up {percent} % of the {watched} it was watched from {first} to {last}, down {}; not watched {}",
                    length_words(share.down_ms),
                    length_words(router.unwatched_s.saturating_mul(1_000))
                ),
                None => format!("not watched from {first} to {last}"),
            },
        ));
    }
    text.push_str(&facts(&words, width));
    let mut table = Table::new(&[
        Column::name("router"),
        Column::whole("since"),
        Column::whole("until"),
        Column::whole("length"),
        Column::whole("trouble"),
        Column::sentence("what"),
    ]);
    for router in answer {
        for incident in &router.incidents {
            let (since, until) = incident.at;
            table.row([
                router.router.as_str(),
                civil(since, zone).as_str(),
                until
                    .map_or_else(|| "-".to_owned(), |until| civil(until, zone))
                    .as_str(),
                incident.length.as_str(),
                incident.trouble,
                incident.reason.as_str(),
            ]);
        }
    }
    let incidents = table.render(width);
    if !incidents.is_empty() {
        text.push('\n');
        text.push_str(&incidents);
    }
    text
}
