//! `weir status` gathers the state of the site into one value.
//!
//! It comes from counts that are kept with every change and the table of router work: no walk over the subscribers, no
//! wait for a run, so that it is answered while billing runs. Changes nothing.

use std::collections::HashMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::appliance::core::{Appliance, OpenedBy};
use crate::commands::clock::backlog::{self, WaitingThing};
use crate::commands::jobs::registry::JobFacts;
use crate::commands::jobs::registry::{self, JobStanding};
use crate::commands::jobs::run_answer::CountsAnswer;
use crate::commands::reply::reply;
use crate::commands::routers::last_read::of_router;
use crate::commands::status::alert_recipients::AlertingAnswer;
use crate::commands::status::text;
use crate::commands::{Asked, Caller, Reply, SiteCommand};
use crate::config::read::Config;
use crate::config::routers::RouterConfig;
use crate::jobs::history;
use crate::jobs::history::WorkCounts;
use crate::model::alert::Alert;
use crate::model::day::Instant;
use crate::model::failure::Failure;
use crate::model::job::RunId;
use crate::model::message::{Lane, MessageState};
use crate::model::name::RouterName;
use crate::model::pending_approval::PendingApproval;
use crate::model::router::readings::RouterLastSeen;
use crate::model::router::work::{ObjectKey, RouterWork, WorkState};
use crate::model::site_state::{SiteState, Tallies};
use crate::model::subscriber::{Access, Service};
use crate::outbox::messages::choice;
use crate::outbox::router_work::targets::is_needed;
use crate::rules::trust::{Mode, Trust};
use crate::store::error::StoreError;

/// Show site status
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, clap::Args)]
pub struct Status;

impl SiteCommand for Status {
    fn answer(&self, site: &Appliance, asked: &mut Asked<'_>) -> Result<Reply, Failure> {
        answer(site, asked.caller)
    }
}

/// How many objects are listed one by one, of each kind of trouble.
const OBJECTS_TOLD_MAX: usize = 20;

/// How many alerts are listed; `weir logs alert` lists all.
const ALERTS_TOLD_MAX: usize = 20;

/// Among how many alerts the new ones are looked for.
const ALERTS_READ_MAX: usize = 1_000;

/// The state of the site, as `--json` prints it.
#[derive(Debug, Serialize)]
pub(crate) struct StatusAnswer {
    pub(crate) site: String,
    pub(crate) version: &'static str,
    /// Whether the service answers; else a command opened the file.
    pub(crate) service: bool,
    pub(crate) clock: StatusClock,
    pub(crate) jobs: Vec<JobStatus>,
    pub(crate) routers: Vec<RouterStatus>,
    pub(crate) subscribers: SubscribersAnswer,
    /// Unmatched payments that wait for somebody to assign them.
    pub(crate) unmatched_payments: u64,
    pub(crate) outbox: OutboxAnswer,
    pub(crate) alerting: AlertingAnswer,
    /// Objects whose router has not confirmed yet what was decided.
    pub(crate) pending_router_work: u64,
    pub(crate) router_work: RouterWorkAnswer,
    pub(crate) database: DatabaseAnswer,
    pub(crate) config: ConfigAnswer,
    /// Open alerts, new ones first.
    pub(crate) alerts: Vec<AlertAnswer>,
    /// All of those, also where the list is cut.
    pub(crate) alerts_count: u64,
    /// What waits for approval.
    pub(crate) held: Vec<StatusHeld>,
    /// Why the file of figures cannot be written, where it cannot.
    pub(crate) metrics_fault: Option<String>,
    /// While the store is being compacted: when this was read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) as_of: Option<String>,
}

impl StatusAnswer {
    /// Returns a copy to be shown later, while the store cannot be read.
    pub(crate) fn kept(self) -> Self {
        Self {
            as_of: Some(self.clock.now.clone()),
            ..self
        }
    }
}

#[derive(Debug, Serialize)]
pub(crate) struct StatusClock {
    pub(crate) trusted: bool,
    pub(crate) now: String,
    pub(crate) reason: Option<String>,
    /// The newest recorded instant.
    pub(crate) floor: String,
    /// What waits for the right time, or for a person.
    pub(crate) waiting: Vec<WaitingThing>,
}

#[derive(Debug, Serialize)]
pub(crate) struct AlertAnswer {
    pub(crate) kind: &'static str,
    /// Which one of its kind; empty where there is only one.
    pub(crate) subject: String,
    pub(crate) since: String,
    pub(crate) text: String,
    pub(crate) username: Option<String>,
    /// When `weir logs alert` first showed it; `null` while it is new.
    pub(crate) seen: Option<String>,
}

impl AlertAnswer {
    fn of(alert: &Alert) -> Self {
        Self {
            kind: alert.cause.kind.as_str(),
            subject: alert.cause.subject.clone(),
            since: alert.since.rfc3339(),
            text: alert.text.clone(),
            username: alert.username.as_ref().map(ToString::to_string),
            seen: alert.seen.map(|at| at.rfc3339()),
        }
    }
}

#[derive(Debug, Serialize)]
pub(crate) struct StatusHeld {
    /// The word under which `weir approve` decides it.
    pub(crate) what: String,
    pub(crate) cuts: u64,
    pub(crate) of: u64,
    pub(crate) since: String,
    pub(crate) max_share: u8,
    /// Whether it is approved, and not carried out yet.
    pub(crate) approved: bool,
}

impl StatusHeld {
    fn of(held: &PendingApproval) -> Self {
        Self {
            what: held.work.word(),
            cuts: held.cuts,
            of: held.of,
            since: held.since.rfc3339(),
            max_share: held.max_share,
            approved: held.approved.is_some(),
        }
    }
}

#[derive(Debug, Serialize)]
pub(crate) struct JobStatus {
    pub(crate) name: String,
    pub(crate) state: &'static str,
    pub(crate) enabled: bool,
    pub(crate) last_run: Option<String>,
    pub(crate) last_outcome: Option<&'static str>,
    pub(crate) last_counts: Option<CountsAnswer>,
    pub(crate) last_error: Option<String>,
    pub(crate) next_run: Option<String>,
    pub(crate) waiting: Option<WaitingAnswer>,
}

/// Occurrences that are due and do not run yet.
#[derive(Debug, Serialize)]
pub(crate) struct WaitingAnswer {
    pub(crate) from: String,
    pub(crate) to: String,
    pub(crate) count: u64,
    pub(crate) reason: String,
}

#[derive(Debug, Serialize)]
pub(crate) struct RouterStatus {
    pub(crate) name: String,
    pub(crate) host: String,
    pub(crate) state: &'static str,
    pub(crate) since: Option<String>,
    pub(crate) version: Option<String>,
    pub(crate) identity: Option<String>,
    pub(crate) latency_ms: Option<u64>,
    pub(crate) error: Option<String>,
    pub(crate) pending: u64,
    /// When it was last tried to reach it.
    pub(crate) tried_at: Option<String>,
    /// When all of its objects were last read; `null` where they were not read yet.
    pub(crate) read_at: Option<String>,
    /// How many objects were read then.
    pub(crate) read_objects: Option<u64>,
    /// How many of them differed from what the books wanted.
    pub(crate) read_differ: Option<u64>,
    /// How many subscribers on it have a service that this version does not switch.
    pub(crate) not_managed: u64,
}

#[derive(Debug, Serialize)]
pub(crate) struct SubscribersAnswer {
    pub(crate) total: u64,
    pub(crate) active: u64,
    pub(crate) suspended: u64,
    pub(crate) held: u64,
    pub(crate) closed: u64,
    /// Active without a package: neither charged nor cut.
    pub(crate) without_package: u64,
    /// Who owe: whose wallet lies below zero.
    pub(crate) outstanding: u64,
}

/// Messages, by what has become of them.
#[derive(Debug, Default, Serialize)]
pub(crate) struct OutboxAnswer {
    pub(crate) queued: u64,
    pub(crate) sending: u64,
    pub(crate) sent: u64,
    pub(crate) failed: u64,
    /// May have arrived or not: sent once more by the owner alone.
    pub(crate) unknown: u64,
    pub(crate) dropped: u64,
    /// Since when the oldest message that leaves next waits.
    pub(crate) oldest_queued: Option<String>,
    /// How many more messages to subscribers may leave today.
    pub(crate) left_today: u32,
    pub(crate) daily_cap: u32,
}

impl OutboxAnswer {
    fn read(
        reader: &crate::store::read::reader::Reader<'_>,
        config: &Config,
        now: Instant,
    ) -> Result<Self, StoreError> {
        /// Among how many that leave next the oldest is searched.
        const LOOKED_AT_MAX: usize = 64;
        let state = reader.messages_state()?;
        let mut oldest: Option<Instant> = None;
        if state.count(MessageState::Queued) > 0 {
            for lane in [Lane::Administrators, Lane::Subscribers] {
                let (first, last) = (Instant::from_millis(i64::MIN), Instant::from_millis(i64::MAX));
                let waiting = reader.due_messages(lane, first, last, LOOKED_AT_MAX)?;
                oldest = waiting.iter().map(|message| message.queued_at).chain(oldest).min();
            }
        }
        Ok(Self {
            queued: state.count(MessageState::Queued),
            sending: state.count(MessageState::Sending),
            sent: state.count(MessageState::Sent),
            failed: state.count(MessageState::Failed),
            unknown: state.count(MessageState::Unknown),
            dropped: state.count(MessageState::Dropped),
            oldest_queued: oldest.map(|at| at.rfc3339()),
            left_today: choice::left_of_cap(config, &state, now.day_in(&config.site.zone)),
            daily_cap: config.messages.daily_cap,
        })
    }
}

#[derive(Debug, Default, Serialize)]
pub(crate) struct RouterWorkAnswer {
    /// Since when the oldest of it is decided.
    pub(crate) oldest: Option<String>,
    /// Objects that a router refuses; they are tried again.
    pub(crate) refused: Vec<ObjectAnswer>,
    /// All of those, also where the list is cut.
    pub(crate) refused_count: u64,
    /// Objects that are not on the router at all.
    pub(crate) absent: Vec<ObjectAnswer>,
    /// All of those, also where the list is cut.
    pub(crate) absent_count: u64,
}

#[derive(Debug, Serialize)]
pub(crate) struct ObjectAnswer {
    pub(crate) router: String,
    pub(crate) service: &'static str,
    pub(crate) object: String,
    pub(crate) username: String,
    pub(crate) wanted: &'static str,
    pub(crate) decided_at: String,
    pub(crate) error: Option<String>,
}

impl ObjectAnswer {
    fn of(key: &ObjectKey, work: &RouterWork) -> Self {
        Self {
            router: key.router.to_string(),
            service: key.service.as_str(),
            object: key.object.clone(),
            username: work.username.to_string(),
            wanted: match work.access {
                Access::On => "active",
                Access::Off => "suspended",
            },
            decided_at: work.decided_at.rfc3339(),
            error: work.last_error.clone(),
        }
    }
}

#[derive(Debug, Serialize)]
pub(crate) struct DatabaseAnswer {
    pub(crate) path: String,
    pub(crate) bytes: Option<u64>,
    pub(crate) entries: u64,
    pub(crate) newest: String,
}

#[derive(Debug, Serialize)]
pub(crate) struct ConfigAnswer {
    pub(crate) file: String,
    pub(crate) taken_at: String,
    pub(crate) refused: Option<String>,
}

impl JobStatus {
    fn of(facts: &JobFacts<'_>, by_run: &HashMap<RunId, WorkCounts>, reason: &str) -> Self {
        let last = facts.last.as_ref();
        let is_enabled = facts.standing == JobStanding::Enabled;
        let stretches = facts.waiting.first().zip(facts.waiting.last());
        Self {
            name: facts.config.name.to_string(),
            state: facts.standing.as_str(),
            enabled: is_enabled,
            last_run: last.and_then(|run| run.started_at).map(|at| at.rfc3339()),
            last_outcome: last.map(|run| run.outcome.as_str()),
            last_counts: last.and_then(|run| CountsAnswer::of(run, by_run)),
            last_error: last.and_then(|run| run.error.clone()),
            next_run: facts.next.map(|at| at.rfc3339()),
            waiting: stretches.map(|(first, last)| WaitingAnswer {
                from: first.from.rfc3339(),
                to: last.to.rfc3339(),
                count: facts.waiting.iter().map(|stretch| u64::from(stretch.count)).sum(),
                reason: if is_enabled { reason } else { "the job is paused" }.to_owned(),
            }),
        }
    }
}

impl RouterStatus {
    fn of(
        appliance: &Appliance,
        reader: &crate::store::read::reader::Reader<'_>,
        router: &RouterConfig,
        pending: u64,
    ) -> Result<Self, StoreError> {
        let seen = appliance.routers.of(&router.name);
        let last_seen = of_router(appliance, reader, &router.name)?;
        let state = last_seen.state();
        let RouterLastSeen { contact, whole } = last_seen;
        let mut not_managed = 0_u64;
        for service in Service::ALL.into_iter().filter(|service| !service.is_managed()) {
            not_managed = not_managed.saturating_add(reader.objects_of(&router.name, service)?);
        }
        Ok(Self {
            name: router.name.to_string(),
            host: router.host.clone(),
            state: state.as_str(),
            since: contact.as_ref().map(|contact| contact.since.rfc3339()),
            version: seen.version,
            identity: seen.identity,
            latency_ms: seen.latency_ms,
            error: contact.as_ref().and_then(|contact| contact.error.clone()),
            pending,
            tried_at: contact.as_ref().map(|contact| contact.at.rfc3339()),
            read_at: whole.map(|whole| whole.at.rfc3339()),
            read_objects: whole.map(|whole| whole.objects),
            read_differ: whole.map(|whole| whole.differ),
            not_managed,
        })
    }
}

impl SubscribersAnswer {
    const fn of(tallies: &Tallies) -> Self {
        Self {
            total: tallies.total(),
            active: tallies.active,
            suspended: tallies.suspended,
            held: tallies.held,
            closed: tallies.closed,
            without_package: tallies.without_package,
            outstanding: tallies.outstanding,
        }
    }
}

impl DatabaseAnswer {
    fn of(path: &Path, state: &SiteState) -> Self {
        Self {
            path: path.display().to_string(),
            bytes: std::fs::metadata(path).ok().map(|facts| facts.len()),
            entries: state.head.seq.0,
            newest: state.newest.rfc3339(),
        }
    }
}

/// Answers from the state that was kept right before the store was closed for compaction.
pub(crate) fn kept_reply(appliance: &Appliance, call: &Caller, kept: &StatusAnswer) -> Result<Reply, Failure> {
    let zone = &appliance.in_force().terms.zone;
    reply(call, kept, || text::page(kept, zone, call.width))
}

/// Answers `weir status`.
pub(crate) fn answer(appliance: &Appliance, call: &Caller) -> Result<Reply, Failure> {
    let zone = &appliance.in_force().terms.zone;
    let answer = gather(appliance)?;
    reply(call, &answer, || text::page(&answer, zone, call.width))
}

/// Returns everything that the page shows.
pub(crate) fn gather(appliance: &Appliance) -> Result<StatusAnswer, Failure> {
    let in_force = appliance.in_force();
    let config = &in_force.config;
    let look = appliance.keeper.look()?;
    let trust = &look.trust;
    let now = look.recorded();
    let reader = appliance.store.read()?;
    let (alerts, alerts_count) = alerts_of(&reader)?;
    let state = reader.state()?;
    let by_run = history::work_by_run(&reader)?;
    let reason = registry::waits_for(appliance, trust);
    let jobs = registry::gather(appliance, &reader, &in_force, now)?
        .iter()
        .filter(|facts| facts.standing != JobStanding::Planned)
        .map(|facts| JobStatus::of(facts, &by_run, &reason))
        .collect();
    let mut pending: Vec<(RouterName, u64)> = config.routers.iter().map(|router| (router.name.clone(), 0)).collect();
    let (total, router_work) = work_of(&reader, &mut pending)?;
    let routers = config
        .routers
        .iter()
        .zip(&pending)
        .map(|(router, (_, pending))| RouterStatus::of(appliance, &reader, router, *pending))
        .collect::<Result<_, StoreError>>()?;
    Ok(StatusAnswer {
        site: config.site.name.clone(),
        version: env!("CARGO_PKG_VERSION"),
        service: appliance.opened_by == OpenedBy::Service,
        clock: StatusClock {
            trusted: trust.is_trusted(),
            now: look.now.rfc3339(),
            reason: Some(reason_of(appliance, trust)),
            floor: look.newest.rfc3339(),
            waiting: backlog::gather(appliance, &reader, &in_force, &look)?,
        },
        jobs,
        routers,
        subscribers: SubscribersAnswer::of(&state.tallies),
        unmatched_payments: state.unmatched_waiting,
        outbox: OutboxAnswer::read(&reader, config, now)?,
        alerting: AlertingAnswer::read(&reader, config)?,
        pending_router_work: total,
        router_work,
        database: DatabaseAnswer::of(appliance.store.path(), &state),
        config: ConfigAnswer {
            file: in_force.record.file.clone(),
            taken_at: in_force.record.taken_at.rfc3339(),
            refused: in_force.record.refused.clone(),
        },
        alerts,
        alerts_count,
        held: reader.all_held()?.iter().map(StatusHeld::of).collect(),
        metrics_fault: appliance.metrics_fault.lock().clone(),
        as_of: None,
    })
}

/// Returns why the clock is trusted or not. Without the service no router is asked for this page, and it says so.
fn reason_of(appliance: &Appliance, trust: &Trust) -> String {
    let alone = appliance.opened_by == OpenedBy::Alone;
    if matches!(trust, Trust::NoWitness(Mode::Router)) && alone && appliance.keeper.lacks_answers() {
        return "no router was asked for the time; `weir clock` asks".to_owned();
    }
    trust.reason_in(&appliance.in_force().terms.zone)
}

/// Returns the open alerts: those about one object on a router last, else new ones first, then the newest; and how many
/// there are.
fn alerts_of(reader: &crate::store::read::reader::Reader<'_>) -> Result<(Vec<AlertAnswer>, u64), StoreError> {
    let (mut alerts, count) = reader.alerts(ALERTS_READ_MAX)?;
    alerts.sort_by_key(|alert| {
        let about_one = alert.cause.kind.is_of_one_object();
        (about_one, alert.seen.is_some(), std::cmp::Reverse(alert.since))
    });
    let told = alerts.iter().take(ALERTS_TOLD_MAX).map(AlertAnswer::of).collect();
    Ok((told, count))
}

/// Returns what is still to be done on the routers; adds to the counts of each router.
fn work_of(
    reader: &crate::store::read::reader::Reader<'_>,
    pending: &mut [(RouterName, u64)],
) -> Result<(u64, RouterWorkAnswer), StoreError> {
    let mut total = 0_u64;
    let mut oldest = None;
    let mut answer = RouterWorkAnswer::default();
    reader.each_work(None, |key, work| -> Result<(), StoreError> {
        match work.state {
            // Nobody needs it any more: that it is gone is right.
            WorkState::Absent if !is_needed(&key, reader.subscriber(work.subscriber)?.as_ref()) => {}
            WorkState::NotManaged => {}
            WorkState::Absent => {
                answer.absent_count = answer.absent_count.saturating_add(1);
                if answer.absent.len() < OBJECTS_TOLD_MAX {
                    answer.absent.push(ObjectAnswer::of(&key, &work));
                }
            }
            WorkState::Pending => {
                total = total.saturating_add(1);
                if let Some((_, count)) = pending.iter_mut().find(|(name, _)| *name == key.router) {
                    *count = count.saturating_add(1);
                }
                oldest = Some(oldest.map_or(work.decided_at, |oldest| work.decided_at.min(oldest)));
                if work.last_error.is_some() {
                    answer.refused_count = answer.refused_count.saturating_add(1);
                    if answer.refused.len() < OBJECTS_TOLD_MAX {
                        answer.refused.push(ObjectAnswer::of(&key, &work));
                    }
                }
            }
        }
        Ok(())
    })?;
    answer.oldest = oldest.map(|at| at.rfc3339());
    Ok((total, answer))
}
