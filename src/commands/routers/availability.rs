//! Finds for how much of a period a router was up.
//!
//! `router history` and the report of a month both use it: when the routers were watched at all, and what was wrong with one of
//! them in that time. Changes nothing.

use crate::appliance::core::Appliance;
use crate::model::day::Instant;
use crate::model::job::{Job, Outcome};
use crate::model::name::RouterName;
use crate::model::router::incident::Incident;
use crate::rules::routers::availability::{self, Outage, Probes, Share, TimeSpan};
use crate::store::error::StoreError;
use crate::store::read::reader::Reader;

/// How many records of probes are read; enough for years of a quiet site.
const RECORDS_MAX: usize = 20_000;

/// How many incidents of one router are read.
const INCIDENTS_MAX: usize = 1_000;

/// The outages of a router in a period.
pub(crate) struct Availability {
    /// The incidents within the period, or that reach into it, newest first.
    pub(crate) incidents: Vec<Incident>,
    /// How much of it was watched, and how much of that it was down.
    pub(crate) share: Share,
    /// When it was last seen to have been restarted.
    pub(crate) rebooted_at: Option<Instant>,
}

/// Returns when the routers were watched at all, through an instant.
///
/// # Errors
/// When the store cannot be read.
pub(crate) fn watched_spans(
    reader: &Reader<'_>,
    appliance: &Appliance,
    through: Instant,
    now: Instant,
) -> Result<Vec<TimeSpan>, StoreError> {
    let mut runs = reader.runs_through(Job::Health, through, RECORDS_MAX)?;
    runs.extend(appliance.health.waiting());
    let mut probes: Vec<Probes> = runs
        .iter()
        .filter(|run| !run.by_hand)
        .map(|run| Probes {
            span: TimeSpan {
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
    Ok(availability::watched(&probes, if speaks_now { now } else { last }))
}

/// Returns the outages of one router in a period; `watched` has the stretches in which the routers were watched.
///
/// # Errors
/// When the store cannot be read.
pub(crate) fn availability_of(
    reader: &Reader<'_>,
    router: &RouterName,
    period: TimeSpan,
    seen: &[TimeSpan],
    now: Instant,
) -> Result<Availability, StoreError> {
    let mut incidents: Vec<Incident> = Vec::new();
    reader.each_incident_back(router, |incident| -> Result<bool, StoreError> {
        let ended_before = incident.until.is_some_and(|until| until < period.from);
        if incident.since < period.to && !ended_before {
            incidents.push(incident);
        }
        // An incident of a flapping router may be long; still none ends before an older one.
        Ok(!ended_before && incidents.len() < INCIDENTS_MAX)
    })?;
    let known = reader.known_router(router)?.unwrap_or_default();
    // Before it was configured nobody watched it.
    let first = [known.first_seen, incidents.last().map(|incident| incident.since)]
        .into_iter()
        .flatten()
        .min();
    let own = TimeSpan {
        from: first.map_or(period.to, |first| first.max(period.from)).min(period.to),
        to: period.to,
    };
    let outages: Vec<Outage> = incidents.iter().map(|incident| outage(incident, now)).collect();
    let share = availability::share(own, seen, &outages);
    Ok(Availability {
        incidents,
        share,
        rebooted_at: known.rebooted_at,
    })
}

/// Returns an incident as an outage; one that lasts ends now.
pub(crate) fn outage(incident: &Incident, now: Instant) -> Outage {
    Outage {
        span: TimeSpan {
            from: incident.since,
            to: incident.until.unwrap_or(now),
        },
        up_ms: incident.up_ms,
    }
}
