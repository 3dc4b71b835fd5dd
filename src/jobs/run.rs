//! Carries out one occurrence in parts, so that a kill loses and doubles nothing.
//!
//! A run folds over all subscribers in order of number, in parts. Each part is one transaction: what it decided, and a
//! marker of how far the run has come. The last part carries the run's record and moves the job's marker on. An
//! interrupted run goes on where its last part ended.

use std::ops::ControlFlow;

use crate::clock::keeper::Keeper;
use crate::model::day::Instant;
use crate::model::job::{Counts, Job, JobState, Occurrence, Outcome, Run, RunId, RunPart};
use crate::model::record::{LogKind, LogRecord};
use crate::model::subscriber::{Subscriber, SubscriberId};
use crate::rules::catch_up;
use crate::store::error::StoreError;
use crate::store::open::Store;
use crate::store::write::transaction::Transaction;

/// How many subscribers one part decides: a payment waits for at most one part, and memory does not grow with the site.
pub const PART_SUBSCRIBERS: usize = 5_000;

/// How many subscribers are read at a time within a part; few enough to stay in the processor's cache.
const READ_SUBSCRIBERS: usize = 250;

/// One occurrence to carry out.
#[derive(Debug, Clone, Copy)]
pub struct PlannedRun {
    /// Which job.
    pub job: Job,
    /// Which occurrence.
    pub occurrence: Occurrence,
    /// It was missed, and is caught up now.
    pub caught_up: bool,
    /// Started by `jobs run`, beside the schedule: the job's marker stays where it is.
    pub by_hand: bool,
}

impl PlannedRun {
    /// Returns whether these are its own earlier parts.
    #[must_use]
    pub(crate) fn is_of(&self, part: &RunPart) -> bool {
        part.planned_for == self.occurrence.at && part.by_hand == self.by_hand
    }
}

/// What a run decides for one subscriber.
pub trait Decide {
    /// Decides, writes the decision, and adds to the counts.
    ///
    /// # Errors
    /// When the store cannot be read or written.
    fn decide(&mut self, tx: &mut Transaction<'_>, subscriber: Subscriber, run: RunId) -> Result<(), StoreError>;

    /// Returns the counts so far.
    fn counts(&self) -> Counts;

    /// Continues from the counts of an earlier part.
    fn go_on_from(&mut self, counts: Counts);

    /// Returns what the run did, in one sentence.
    fn summary(&self) -> String;

    /// Returns whether the run now exceeds what the guard allowed, so that the guard must be asked again before more is
    /// kept.
    fn is_odd(&self) -> bool {
        false
    }

    /// Is called when the run has acted, in the transaction of its last part.
    ///
    /// # Errors
    /// When the store cannot be read or written.
    fn acted(&mut self, _tx: &mut Transaction<'_>) -> Result<(), StoreError> {
        Ok(())
    }
}

/// Carries out one occurrence in parts of so many subscribers (at least one); `step` is called with how many subscribers are
/// done, and of how many, and says whether to go on. Returns `None` when it said no, when the clock is no longer trusted, or
/// when a part exceeds what the guard allowed: the next try goes on after the parts that were committed.
///
/// # Errors
/// When the store cannot be read or written; parts that were committed stay, and the next try goes on after them.
pub fn carry_out(
    store: &Store,
    keeper: &Keeper,
    planned: PlannedRun,
    part_subscribers: usize,
    work: &mut dyn Decide,
    step: &mut dyn FnMut(u64, u64) -> ControlFlow<()>,
) -> Result<Option<Run>, StoreError> {
    let mut place = begin(store, planned, part_subscribers, work)?;
    let total = store.read()?.state()?.tallies.total();
    let mut seen = 0_u64;
    loop {
        // The clock may go wrong between two parts: what is left waits then, as the whole run would have.
        let now = match keeper.trusted()? {
            Ok(now) => now,
            Err(trust) => {
                tracing::warn!(job = %planned.job, reason = %trust.reason(), "run interrupted; it continues once the \
                    clock is trusted");
                return Ok(None);
            }
        };
        let ended = match store.write(now, |tx| part(tx, planned, work, &mut place, &mut seen)) {
            Ok(ended) => ended,
            Err(PartStop::Odd) => {
                tracing::warn!(job = %planned.job, "what this run would do has changed since it was checked; it is \
                    checked again");
                return Ok(None);
            }
            Err(PartStop::Failed(error)) => return Err(error),
        };
        let flow = step(seen.min(total), total);
        if let Some(run) = ended {
            tracing::info!(job = %run.job, planned_for = %run.planned_for.rfc3339(), summary = %work.summary(), "run ended");
            return Ok(Some(run));
        }
        if flow.is_break() {
            tracing::info!(job = %planned.job, seen, total, "run interrupted; it continues at the next start");
            return Ok(None);
        }
    }
}

/// Why a part is not kept.
enum PartStop {
    Failed(StoreError),
    /// More was decided than the guard allowed.
    Odd,
}

impl From<StoreError> for PartStop {
    fn from(error: StoreError) -> Self {
        Self::Failed(error)
    }
}

/// How far a run has come.
struct RunPosition {
    done_through: SubscriberId,
    part_subscribers: usize,
    /// The instant of the first part, once there was one.
    started_at: Option<Instant>,
    /// The number of the record, once a part was written under it.
    run: Option<RunId>,
}

fn begin(
    store: &Store,
    planned: PlannedRun,
    part_subscribers: usize,
    work: &mut dyn Decide,
) -> Result<RunPosition, StoreError> {
    let part = store.read()?.job(planned.job)?.and_then(|state| state.part);
    Ok(match part {
        Some(part) if planned.is_of(&part) => {
            work.go_on_from(part.counts);
            RunPosition {
                done_through: part.done_through,
                part_subscribers,
                started_at: Some(part.started_at),
                run: Some(part.run),
            }
        }
        _ => RunPosition {
            done_through: SubscriberId(0),
            part_subscribers,
            started_at: None,
            run: None,
        },
    })
}

/// Carries out one transaction of a run; returns the run's record when it was the last.
fn part(
    tx: &mut Transaction<'_>,
    planned: PlannedRun,
    work: &mut dyn Decide,
    place: &mut RunPosition,
    seen: &mut u64,
) -> Result<Option<Run>, PartStop> {
    let run = place.run.unwrap_or(RunId(tx.state().last_run.saturating_add(1)));
    let before = tx.changes();
    let started_at = *place.started_at.get_or_insert(tx.now());
    let mut last = false;
    let at_a_time = READ_SUBSCRIBERS.min(place.part_subscribers).max(1);
    for _ in 0..place.part_subscribers.div_ceil(at_a_time) {
        let batch = tx.subscribers_after(place.done_through, at_a_time)?;
        last = batch.len() < at_a_time;
        *seen = seen.saturating_add(u64::try_from(batch.len()).unwrap_or(0));
        for subscriber in batch {
            place.done_through = subscriber.id;
            work.decide(tx, subscriber, run)?;
        }
        if work.is_odd() {
            return Err(PartStop::Odd);
        }
        if last {
            break;
        }
    }
    if !last && tx.changes() == before {
        // Nothing was decided: a marker alone is not worth a write.
        return Ok(None);
    }
    if place.run.is_none() {
        place.run = Some(tx.next_run());
    }
    if last {
        return end(tx, planned, work, run, started_at).map(Some);
    }
    let state = state_of(tx, planned.job)?;
    let part = RunPart {
        run,
        planned_for: planned.occurrence.at,
        started_at,
        done_through: place.done_through,
        counts: work.counts(),
        by_hand: planned.by_hand,
    };
    tx.put_job(&JobState {
        part: Some(part),
        ..state
    })?;
    Ok(None)
}

/// Writes the record of a run whose last subscriber is decided, and moves its job's marker.
fn end(
    tx: &mut Transaction<'_>,
    planned: PlannedRun,
    work: &mut dyn Decide,
    run: RunId,
    started_at: Instant,
) -> Result<Run, PartStop> {
    let record = Run {
        id: run,
        job: planned.job,
        planned_for: planned.occurrence.at,
        to: None,
        count: 1,
        started_at: Some(started_at),
        finished_at: Some(tx.now()),
        outcome: if planned.caught_up {
            Outcome::CaughtUp
        } else {
            Outcome::Done
        },
        counts: work.counts(),
        error: None,
        by_hand: planned.by_hand,
    };
    tx.put_run(&record)?;
    work.acted(tx)?;
    account_for(tx, planned, run)?;
    tx.log(
        &LogRecord::new(tx.now(), LogKind::of_runs(planned.job), work.summary())
            .planned_for(planned.occurrence.at)
            .fields(count_fields(&record.counts)),
    )?;
    Ok(record)
}

/// Moves a job's marker on to an occurrence whose run has ended; by hand it stays where it is.
pub(crate) fn account_for(tx: &mut Transaction<'_>, planned: PlannedRun, run: RunId) -> Result<(), StoreError> {
    let state = state_of(tx, planned.job)?;
    let state = if planned.by_hand {
        state
    } else {
        catch_up::accounted(&state, planned.occurrence.at)
    };
    tx.put_job(&JobState {
        part: None,
        last_run: Some(run),
        ..state
    })
}

/// Returns the stored state of a job, which must be there: it is made when the configuration is loaded.
pub(crate) fn state_of(tx: &Transaction<'_>, job: Job) -> Result<JobState, StoreError> {
    tx.job(job)?
        .ok_or_else(|| StoreError::Contradiction(format!("job `{job}` has no stored state")))
}

/// Returns the counts of a run by name.
#[must_use]
pub fn count_fields(counts: &Counts) -> Vec<(&'static str, u64)> {
    match counts {
        Counts::None => Vec::new(),
        Counts::Billing(counts) => vec![
            ("charged", counts.charged),
            ("settled", counts.settled),
            ("skipped", counts.skipped),
            ("free", counts.free),
            ("without_package", counts.without_package),
            ("resumed", counts.resumed),
        ],
        Counts::Disconnect(counts) => vec![("suspended", counts.suspended), ("covered", counts.covered)],
        Counts::Reminders(counts) => vec![
            ("queued", counts.queued),
            ("skipped", counts.skipped),
            ("covered", counts.covered),
            ("without_phone", counts.without_phone),
            ("repeated", counts.repeated),
            ("without_gateway", counts.without_gateway),
        ],
        Counts::Health(counts) => vec![("probed", counts.probed), ("up", counts.up), ("down", counts.down)],
        Counts::Cleanup(counts) => vec![
            ("archived", counts.archived),
            ("deleted", counts.deleted),
            ("freed_bytes", counts.freed_bytes),
        ],
    }
}
