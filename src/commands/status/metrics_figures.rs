//! Gathers the figures that `weir metrics` prints.
//!
//! They come from the counts that are kept with every change, the table of router work, and what was last seen of the routers.
//! Names follow the conventions of Prometheus: base units, `_total` for what only grows, `_timestamp_seconds` for instants.
//!
//! *Source:* Prometheus documentation, "Metric and label naming".

use std::time::Duration;

use serde::Serialize;

use crate::appliance::core::Appliance;
use crate::commands::jobs::registry::{self, JobFacts, JobStanding};
use crate::commands::routers::last_read::of_router;
use crate::model::failure::Failure;
use crate::model::job::Outcome;
use crate::model::message::MessageState;
use crate::model::name::RouterName;
use crate::model::pending_approval::PendingWork;
use crate::model::router::readings::RouterState;
use crate::model::router::work::WorkState;
use crate::model::site_state::Tallies;
use crate::outbox::router_work::targets::is_needed;
use crate::store::error::StoreError;
use crate::store::read::reader::Reader;

/// Among how many alerts those of a kind are counted.
const ALERTS_READ_MAX: usize = 10_000;

/// The kinds of alerts that are counted also where none is open.
const ALERT_KINDS: [&str; 10] = [
    "absent", "box", "clock", "config", "drift", "gateway", "guard", "overdue", "router", "store",
];

/// The states of a router.
const ROUTER_STATES: [&str; 5] = ["unknown", "up", "down", "login_refused", "refused_identity"];

/// The outcomes of a job's last run.
const OUTCOMES: [Outcome; 6] = [
    Outcome::Done,
    Outcome::Failed,
    Outcome::CaughtUp,
    Outcome::Collapsed,
    Outcome::Skipped,
    Outcome::Waiting,
];

/// The kind of a figure, as Prometheus knows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum MetricKind {
    Gauge,
    Counter,
}

/// One value under its labels.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Sample {
    #[serde(serialize_with = "as_object")]
    pub(crate) labels: Vec<(&'static str, String)>,
    pub(crate) value: f64,
}

fn as_object<S: serde::Serializer>(labels: &[(&'static str, String)], to: S) -> Result<S::Ok, S::Error> {
    to.collect_map(labels.iter().map(|(name, value)| (*name, value)))
}

/// A figure with all of its values.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Figure {
    pub(crate) name: &'static str,
    pub(crate) kind: MetricKind,
    pub(crate) help: &'static str,
    pub(crate) samples: Vec<Sample>,
}

/// The figures so far; one without a value is left out.
#[derive(Default)]
struct MetricSet(Vec<Figure>);

impl MetricSet {
    fn one(&mut self, name: &'static str, help: &'static str, value: f64) {
        self.many(name, help, vec![(Vec::new(), value)]);
    }

    fn many(&mut self, name: &'static str, help: &'static str, values: Vec<(Vec<(&'static str, String)>, f64)>) {
        self.add(name, MetricKind::Gauge, help, values);
    }

    /// Adds values that differ in one label.
    fn by(
        &mut self,
        name: &'static str,
        help: &'static str,
        label: &'static str,
        values: impl IntoIterator<Item = (String, f64)>,
    ) {
        let values = values
            .into_iter()
            .map(|(word, value)| (vec![(label, word)], value))
            .collect();
        self.many(name, help, values);
    }

    fn add(
        &mut self,
        name: &'static str,
        kind: MetricKind,
        help: &'static str,
        values: Vec<(Vec<(&'static str, String)>, f64)>,
    ) {
        if values.is_empty() {
            return;
        }
        let samples = values
            .into_iter()
            .map(|(labels, value)| Sample { labels, value })
            .collect();
        self.0.push(Figure {
            name,
            kind,
            help,
            samples,
        });
    }
}

/// Returns all figures.
///
/// # Errors
/// When the store or a stored schedule cannot be read.
pub(crate) fn gather(appliance: &Appliance) -> Result<Vec<Figure>, Failure> {
    let in_force = appliance.in_force();
    let look = appliance.keeper.look()?;
    let reader = appliance.store.read()?;
    let state = reader.state()?;
    let mut all = MetricSet::default();
    all.many(
        "weir_build_info",
        "Always 1; the version is a label.",
        vec![(vec![("version", env!("CARGO_PKG_VERSION").to_owned())], 1.0)],
    );
    all.one(
        "weir_clock_trusted",
        "Whether the clock is trusted (1) or jobs wait (0).",
        truth(look.trust.is_trusted()),
    );
    subscribers(&mut all, &state.tallies);
    all.one(
        "weir_unmatched_payments",
        "Unmatched payments that wait for somebody to assign them.",
        number(state.unmatched_waiting),
    );
    jobs(
        &mut all,
        &registry::gather(appliance, &reader, &in_force, look.recorded())?,
    );
    let names: Vec<RouterName> = in_force
        .config
        .routers
        .iter()
        .map(|router| router.name.clone())
        .collect();
    routers(&mut all, appliance, &reader, &names)?;
    work(&mut all, &reader, &names)?;
    waiting(&mut all, &reader)?;
    let bytes = std::fs::metadata(appliance.store.path()).map(|facts| facts.len());
    if let Ok(bytes) = bytes {
        all.one("weir_database_bytes", "Size of the database file.", number(bytes));
    }
    all.add(
        "weir_ledger_entries_total",
        MetricKind::Counter,
        "Entries in the ledger.",
        vec![(Vec::new(), number(state.head.seq.0))],
    );
    all.one(
        "weir_newest_record_timestamp_seconds",
        "The time of the newest record.",
        seconds(state.newest.millis()),
    );
    Ok(all.0)
}

fn subscribers(all: &mut MetricSet, tallies: &Tallies) {
    all.by(
        "weir_subscribers",
        "Subscribers by state.",
        "state",
        [
            ("active".to_owned(), number(tallies.active)),
            ("suspended".to_owned(), number(tallies.suspended)),
            ("held".to_owned(), number(tallies.held)),
            ("closed".to_owned(), number(tallies.closed)),
        ],
    );
    all.one(
        "weir_subscribers_without_package",
        "Active subscribers without a package, who are neither charged nor cut off.",
        number(tallies.without_package),
    );
    all.one(
        "weir_subscribers_outstanding",
        "Subscribers who owe: their wallets lie below zero.",
        number(tallies.outstanding),
    );
}

fn jobs(all: &mut MetricSet, jobs: &[JobFacts<'_>]) {
    let run_by_weir: Vec<&JobFacts<'_>> = jobs
        .iter()
        .filter(|facts| facts.standing != JobStanding::Planned)
        .collect();
    let name = |facts: &JobFacts<'_>| facts.config.name.to_string();
    all.by(
        "weir_job_enabled",
        "Whether a job runs (1) or is paused (0).",
        "job",
        run_by_weir
            .iter()
            .map(|facts| (name(facts), truth(facts.standing == JobStanding::Enabled))),
    );
    all.by(
        "weir_job_waiting_occurrences",
        "Occurrences of a job that are due and have not run.",
        "job",
        run_by_weir.iter().map(|facts| {
            let count = facts.waiting.iter().map(|stretch| u64::from(stretch.count)).sum();
            (name(facts), number(count))
        }),
    );
    all.by(
        "weir_job_next_run_timestamp_seconds",
        "When a job runs next.",
        "job",
        run_by_weir
            .iter()
            .filter_map(|facts| Some((name(facts), seconds(facts.next?.millis())))),
    );
    all.by(
        "weir_job_last_run_timestamp_seconds",
        "When the last run of a job began.",
        "job",
        run_by_weir.iter().filter_map(|facts| {
            let began = facts.last.as_ref()?.started_at?;
            Some((name(facts), seconds(began.millis())))
        }),
    );
    let mut outcomes = Vec::new();
    for facts in &run_by_weir {
        let Some(last) = &facts.last else { continue };
        for outcome in OUTCOMES {
            outcomes.push((
                vec![("job", name(facts)), ("outcome", outcome.as_str().to_owned())],
                truth(last.outcome == outcome),
            ));
        }
    }
    all.many(
        "weir_job_last_run_outcome",
        "How the last run of a job ended: 1 for its outcome, 0 for all others.",
        outcomes,
    );
}

fn routers(
    all: &mut MetricSet,
    appliance: &Appliance,
    reader: &Reader<'_>,
    names: &[RouterName],
) -> Result<(), Failure> {
    let mut states = Vec::with_capacity(names.len());
    for router in names {
        let state = of_router(appliance, reader, router)?.state();
        states.push((router.to_string(), state.as_str()));
    }
    let seen: Vec<_> = names
        .iter()
        .map(|router| (router.to_string(), appliance.routers.of(router)))
        .collect();
    all.by(
        "weir_router_up",
        "Whether Weir could log in to a router when it last tried.",
        "router",
        states
            .iter()
            .map(|(router, state)| (router.clone(), truth(*state == RouterState::Up.as_str()))),
    );
    let mut each_state = Vec::new();
    for (router, found) in &states {
        for state in ROUTER_STATES {
            each_state.push((
                vec![("router", router.clone()), ("state", state.to_owned())],
                truth(*found == state),
            ));
        }
    }
    all.many(
        "weir_router_state",
        "State of a router when it was last contacted: 1 for its state, 0 for all others.",
        each_state,
    );
    all.by(
        "weir_router_latency_seconds",
        "How long the last login to a router took.",
        "router",
        seen.iter()
            .filter_map(|(router, seen)| Some((router.clone(), Duration::from_millis(seen.latency_ms?).as_secs_f64()))),
    );
    all.by(
        "weir_router_uptime_seconds",
        "Uptime that a router reported when it was last asked.",
        "router",
        seen.iter()
            .filter_map(|(router, seen)| Some((router.clone(), number(seen.uptime_s?)))),
    );
    Ok(())
}

fn work(all: &mut MetricSet, reader: &Reader<'_>, names: &[RouterName]) -> Result<(), Failure> {
    let mut pending: Vec<(&RouterName, u64, u64)> = names.iter().map(|name| (name, 0, 0)).collect();
    reader.each_work(None, |key, work| -> Result<(), StoreError> {
        if let Some((_, open, absent)) = pending.iter_mut().find(|(name, ..)| **name == key.router) {
            match work.state {
                WorkState::Pending => *open = open.saturating_add(1),
                WorkState::Absent if !is_needed(&key, reader.subscriber(work.subscriber)?.as_ref()) => {}
                WorkState::Absent => *absent = absent.saturating_add(1),
                WorkState::NotManaged => {}
            }
        }
        Ok(())
    })?;
    all.by(
        "weir_router_pending_work",
        "Objects whose router has not yet confirmed what was decided.",
        "router",
        pending.iter().map(|(name, open, _)| (name.to_string(), number(*open))),
    );
    all.by(
        "weir_router_absent_objects",
        "Objects that are wanted on a router but do not exist there.",
        "router",
        pending
            .iter()
            .map(|(name, _, absent)| (name.to_string(), number(*absent))),
    );
    Ok(())
}

fn waiting(all: &mut MetricSet, reader: &Reader<'_>) -> Result<(), Failure> {
    let messages = reader.messages_state()?;
    all.by(
        "weir_outbox_messages",
        "Messages by state.",
        "state",
        MessageState::ALL
            .into_iter()
            .map(|state| (state.as_str().to_owned(), number(messages.count(state)))),
    );
    let (alerts, _) = reader.alerts(ALERTS_READ_MAX)?;
    let mut kinds: Vec<(&'static str, u64)> = ALERT_KINDS.into_iter().map(|kind| (kind, 0)).collect();
    for alert in &alerts {
        let kind = alert.cause.kind.as_str();
        match kinds.iter_mut().find(|(known, _)| *known == kind) {
            Some((_, count)) => *count = count.saturating_add(1),
            None => kinds.push((kind, 1)),
        }
    }
    all.by(
        "weir_alerts",
        "Open alerts, by kind.",
        "kind",
        kinds.into_iter().map(|(kind, count)| (kind.to_owned(), number(count))),
    );
    let mut held = [("disconnect", 0_u64, 0_u64), ("import", 0, 0), ("reconcile", 0, 0)];
    for what in reader.all_held()? {
        let word = match what.work {
            PendingWork::Disconnect { .. } => "disconnect",
            PendingWork::Import { .. } => "import",
            PendingWork::Reconcile { .. } => "reconcile",
        };
        if let Some((_, count, cuts)) = held.iter_mut().find(|(known, ..)| *known == word) {
            *count = count.saturating_add(1);
            *cuts = cuts.saturating_add(what.cuts);
        }
    }
    all.by(
        "weir_held",
        "What waits for approval, by kind.",
        "kind",
        held.iter().map(|(word, count, _)| ((*word).to_owned(), number(*count))),
    );
    all.by(
        "weir_held_cuts",
        "Subscribers who would be cut off by what waits for approval, by kind.",
        "kind",
        held.iter().map(|(word, _, cuts)| ((*word).to_owned(), number(*cuts))),
    );
    Ok(())
}

const fn truth(holds: bool) -> f64 {
    if holds { 1.0 } else { 0.0 }
}

/// Returns a count as the format has it; exact up to 2^53.
const fn number(count: u64) -> f64 {
    // A duration of this many seconds: the standard library's way from a whole number to the nearest float.
    Duration::from_secs(count).as_secs_f64()
}

/// Returns the whole seconds of an instant; 0 before 1970.
fn seconds(millis: i64) -> f64 {
    number(u64::try_from(millis.div_euclid(1000)).unwrap_or(0))
}
