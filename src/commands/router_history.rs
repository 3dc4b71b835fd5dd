//! How has a router fared?
//!
//! Its incidents, newest first, and for how much of a period it was as it should be. Only time in which it was watched
//! counts: a box that was off, or whose `health` was paused, knows nothing of its routers, and that is told. Changes nothing.

use jiff::tz::TimeZone;
use serde::Serialize;

use crate::commands::appliance::Appliance;
use crate::commands::moments::{civil, day_of, end_of};
use crate::commands::reply::reply;
use crate::commands::router::chosen;
use crate::commands::table::{Column, Table, facts};
use crate::commands::{Call, Reply};
use crate::model::day::{Day, Instant};
use crate::model::failure::Failure;
use crate::model::incident::Incident;
use crate::model::job::{Job, Outcome, Run};
use crate::model::name::RouterName;
use crate::rules::incidents::length_words;
use crate::rules::watched::{self, Outage, Probes, Share, Span};
use crate::store::error::StoreError;
use crate::store::reader::Reader;

/// The days that are shown where nobody says which.
const DAYS: i32 = 30;

/// How many records of probes are read; years of a site that rests.
const RECORDS_MAX: usize = 20_000;

/// How many incidents of one router are listed.
const INCIDENTS_MAX: usize = 1_000;

/// How a router fared, as `--json` prints it.
#[derive(Serialize)]
struct RouterHistory {
    router: String,
    from: String,
    to: String,
    /// With two decimals, rounded down; `null` where nobody looked.
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
    call: &Call,
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
            "write the earlier day after `--since`",
        ));
    }
    let period = Span {
        from: begin_of(first, zone),
        to: end_of(last, zone).plus_millis(1).min(recorded.at),
    };
    let reader = appliance.store.read()?;
    let mut runs = reader.runs_through(Job::Health, period.to, RECORDS_MAX)?;
    runs.extend(appliance.health.waiting());
    let seen = watched_spans(&runs, appliance, recorded.at);
    let mut answer = Vec::with_capacity(routers.len());
    for router in &routers {
        answer.push(of_router(&reader, &router.name, period, &seen, recorded.at)?);
    }
    reply(call, &answer, || text(&answer, first, last, zone, call.width))
}

fn begin_of(day: Day, zone: &TimeZone) -> Instant {
    end_of(day.plus_days(-1), zone).plus_millis(1)
}

/// When the routers were watched at all.
fn watched_spans(runs: &[Run], appliance: &Appliance, now: Instant) -> Vec<Span> {
    let mut probes: Vec<Probes> = runs
        .iter()
        .filter(|run| !run.by_hand)
        .map(|run| Probes {
            span: Span {
                from: run.planned_for,
                to: run.to.unwrap_or(run.planned_for),
            },
            took_place: run.outcome == Outcome::Done,
        })
        .collect();
    probes.sort_by_key(|record| record.span.from);
    // While the service probes, the newest probe speaks until now.
    let speaks_now = appliance.health.is_watched() && appliance.health.through().is_some();
    let last = probes.last().map_or(now, |record| record.span.to);
    watched::watched(&probes, if speaks_now { now } else { last })
}

fn of_router(
    reader: &Reader<'_>,
    router: &RouterName,
    period: Span,
    seen: &[Span],
    now: Instant,
) -> Result<RouterHistory, Failure> {
    let mut incidents: Vec<Incident> = Vec::new();
    reader.each_incident_back(router, |incident| -> Result<bool, StoreError> {
        let ended_before = incident.until.is_some_and(|until| until < period.from);
        if incident.since < period.to && !ended_before {
            incidents.push(incident);
        }
        // One that flaps may be long, and begin before shorter ones: none ends before an older one.
        Ok(!ended_before && incidents.len() < INCIDENTS_MAX)
    })?;
    let known = reader.known_router(router)?.unwrap_or_default();
    // Before it was known nobody watched it.
    let first = [known.first_seen, incidents.last().map(|incident| incident.since)]
        .into_iter()
        .flatten()
        .min();
    let own = Span {
        from: first.map_or(period.to, |first| first.max(period.from)).min(period.to),
        to: period.to,
    };
    let outages: Vec<Outage> = incidents
        .iter()
        .map(|incident| Outage {
            span: Span {
                from: incident.since,
                to: incident.until.unwrap_or(now),
            },
            up_ms: incident.up_ms,
        })
        .collect();
    let share = watched::share(own, seen, &outages);
    Ok(RouterHistory {
        router: router.to_string(),
        from: period.from.to_string(),
        to: period.to.to_string(),
        uptime_percent: share.up_hundredths().map(percent),
        watched_s: share.watched_ms / 1_000,
        unwatched_s: period
            .to
            .millis_since(period.from)
            .saturating_sub(share.watched_ms)
            .max(0)
            / 1_000,
        down_s: share.down_ms / 1_000,
        rebooted_at: known.rebooted_at.map(|at| at.to_string()),
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
        since: incident.since.to_string(),
        until: incident.until.map(|until| until.to_string()),
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

fn text(answer: &[RouterHistory], first: Day, last: Day, zone: &TimeZone, width: u16) -> String {
    if answer.is_empty() {
        return "site.toml names no router.\n".to_owned();
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
                    "up {percent} % of the {watched} in which it was watched from {first} to {last}, down {}; not watched {}",
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
