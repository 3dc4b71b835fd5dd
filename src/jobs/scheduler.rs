//! Decides which occurrence runs next, over all jobs, and retries one that failed.
//!
//! Occurrences that wait run in the order of their planned times, across jobs: after days in the dark prepaid wallets are
//! billed before anyone is cut off. A run that fails stops the queue: later runs must not overtake it. It is recorded as failed
//! as soon as that can be written, and tried again later.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::jobs::approved_run::{self, Went};
use crate::jobs::billing::Billing;
use crate::jobs::context::{JobContext, SchedulerError};
use crate::jobs::disconnect::Disconnect;
use crate::jobs::guarded_run::{self, GuardVerdict};
use crate::jobs::reminders::Reminders;
use crate::jobs::run::{self, Decide, PlannedRun};
use crate::jobs::{cleanup, period_corrections};
use crate::model::day::Instant;
use crate::model::job::{Counts, Job, JobState, Occurrence, Outcome, Run, RunId, Stretch};
use crate::rules::catch_up::{self, CatchUpStep};
use crate::rules::messages::reminder;
use crate::rules::terms::Terms;
use crate::store::error::StoreError;

/// How many steps one call takes at most; far more than years without power leave behind.
const STEPS_MAX: usize = 20_000;

/// The first wait after a failed run, in milliseconds; it doubles.
const RETRY_FIRST_MS: i64 = 30_000;

/// The longest wait after a failed run, in milliseconds.
const RETRY_MOST_MS: i64 = 900_000;

/// The scheduler's memory between calls: what failed, and when it is tried again.
#[derive(Debug, Default)]
pub struct Scheduler {
    failed: Option<FailedRun>,
    stopping: Arc<AtomicBool>,
}

#[derive(Debug)]
struct FailedRun {
    job: Job,
    planned_for: Instant,
    since: Instant,
    wait_ms: i64,
    /// The record that could not be written yet.
    unrecorded: Option<Run>,
}

impl Scheduler {
    /// Creates a scheduler that stops between two parts of a run once `stopping` is set: the run goes on at the next
    /// start.
    #[must_use]
    pub fn stopped_by(stopping: Arc<AtomicBool>) -> Self {
        Self { failed: None, stopping }
    }

    /// Runs everything that is due by now, in order. Returns the runs that ran.
    ///
    /// # Errors
    /// When a run failed; it is tried again by a later call.
    pub fn work_off(&mut self, site: JobContext<'_>) -> Result<Vec<Run>, SchedulerError> {
        let mut ran = Vec::new();
        for _ in 0..STEPS_MAX {
            let mut go_on = |_, _| match self.stopping.load(Ordering::Acquire) {
                true => ControlFlow::Break(()),
                false => ControlFlow::Continue(()),
            };
            period_corrections::correct_all(site.store, site.keeper, site.terms)?;
            // What the owner has approved comes first: no later run may decide while it is unfinished.
            match approved_run::go_on(site, &mut go_on)? {
                Went::Nothing => {}
                Went::Done(finished) => ran.push(finished.run),
                Went::Interrupted => break,
            }
            if self.is_waiting(site.keeper.shows()) || self.stopping.load(Ordering::Acquire) {
                break;
            }
            self.record_failure(site)?;
            let Ok(now) = site.keeper.trusted()? else {
                break;
            };
            let Some((job, step)) = earliest(site, now)? else {
                // What failed was committed after all, or is no longer planned.
                self.failed = None;
                break;
            };
            let mut go_on = |_, _| match self.stopping.load(Ordering::Acquire) {
                true => ControlFlow::Break(()),
                false => ControlFlow::Continue(()),
            };
            match take(site, job, &step, &mut go_on) {
                Ok(run) => {
                    self.failed = None;
                    ran.extend(run);
                }
                Err(error) => {
                    self.note_failure(site, job, &step, &error);
                    return Err(error);
                }
            }
        }
        Ok(ran)
    }

    /// Returns when something may be due next: the earliest next occurrence, or the next try of what failed. `None`
    /// when every job is paused.
    ///
    /// # Errors
    /// When the store or a schedule cannot be read.
    pub fn next_due(&self, site: JobContext<'_>) -> Result<Option<Instant>, SchedulerError> {
        if let Some(failed) = &self.failed {
            return Ok(Some(failed.since.plus_millis(failed.wait_ms)));
        }
        let now = site.keeper.shows();
        let reader = site.store.read()?;
        if approved_run::is_unfinished(&reader)? {
            return Ok(Some(now));
        }
        let mut next: Option<Instant> = None;
        for job in Job::ALL.into_iter().filter(|job| job.is_in_line()) {
            if let Some(state) = reader.job(job)? {
                let at = match catch_up::next_step(&state, now, false)? {
                    Some(step) => Some(step.at()),
                    None => catch_up::next_occurrence(&state, now)?.map(|occurrence| occurrence.at),
                };
                next = match (next, at) {
                    (Some(next), Some(at)) => Some(next.min(at)),
                    (next, at) => next.or(at),
                };
            }
        }
        Ok(next)
    }

    /// Returns the run that failed and stops the queue, if there is one.
    #[must_use]
    pub fn failure(&self) -> Option<(Job, Instant)> {
        self.failed.as_ref().map(|failed| (failed.job, failed.planned_for))
    }

    fn is_waiting(&self, now: Instant) -> bool {
        // A clock that went back does not make the wait longer than it was meant to be.
        self.failed.as_ref().is_some_and(|failed| {
            let waited = now.millis_since(failed.since);
            (0..failed.wait_ms).contains(&waited)
        })
    }

    fn note_failure(&mut self, site: JobContext<'_>, job: Job, step: &CatchUpStep, error: &SchedulerError) {
        let now = site.keeper.shows();
        tracing::warn!(%job, planned_for = %step.at().rfc3339(), %error, "run failed");
        let again = self
            .failed
            .as_ref()
            .filter(|failed| failed.job == job && failed.planned_for == step.at());
        let wait_ms = again.map_or(RETRY_FIRST_MS, |failed| {
            failed.wait_ms.saturating_mul(2).min(RETRY_MOST_MS)
        });
        let recorded = again.is_some_and(|failed| failed.unrecorded.is_none());
        let unrecorded = (!recorded).then(|| failed_run(job, step.at(), now, error));
        self.failed = Some(FailedRun {
            job,
            planned_for: step.at(),
            since: now,
            wait_ms,
            unrecorded,
        });
        // Often the store itself is what failed; then the record is written before the next try.
        if let Err(error) = self.record_failure(site) {
            tracing::warn!(%error, "the failed run cannot be recorded yet");
        }
    }

    fn record_failure(&mut self, site: JobContext<'_>) -> Result<(), StoreError> {
        let Some(run) = self.failed.as_mut().and_then(|failed| failed.unrecorded.take()) else {
            return Ok(());
        };
        let now = match site.keeper.recorded() {
            Ok(now) => now,
            Err(error) => {
                self.keep_unrecorded(run);
                return Err(error);
            }
        };
        let written = site.store.write(now, |tx| {
            // A last part whose commit failed may have reached the disk: then nothing failed after all.
            let kept = tx.newest_run(run.job)?.is_some_and(|newest| {
                newest.planned_for == run.planned_for && !newest.by_hand && newest.outcome != Outcome::Failed
            });
            if kept {
                return Ok(());
            }
            let record = Run {
                id: tx.next_run(),
                ..run.clone()
            };
            tx.put_run(&record)
        });
        if written.is_err() {
            self.keep_unrecorded(run);
        }
        written
    }

    fn keep_unrecorded(&mut self, run: Run) {
        if let Some(failed) = self.failed.as_mut() {
            failed.unrecorded = Some(run);
        }
    }
}

/// Returns the record of a run that failed; its number comes with the write.
fn failed_run(job: Job, planned_for: Instant, now: Instant, error: &SchedulerError) -> Run {
    Run {
        id: RunId(0),
        job,
        planned_for,
        to: None,
        count: 1,
        started_at: Some(now),
        finished_at: Some(now),
        outcome: Outcome::Failed,
        counts: Counts::None,
        error: Some(error.to_string()),
        by_hand: false,
    }
}

/// Runs a job now, after the missed occurrences that its policy asks for, even when it is paused. Returns the runs, the one
/// asked for last.
///
/// # Errors
/// When a run fails; the one asked for is then recorded as failed where that can be written. A missed one stays missed, and
/// is the scheduler's to record.
pub fn run_now(site: JobContext<'_>, job: Job, step: &mut dyn FnMut(u64, u64)) -> Result<Vec<Run>, SchedulerError> {
    let mut ran = Vec::new();
    period_corrections::correct_all(site.store, site.keeper, site.terms)?;
    if let Went::Interrupted = approved_run::go_on(site, &mut |_, _| ControlFlow::Continue(()))? {
        return Err(SchedulerError::Clock(site.trust()?.reason_in(&site.terms.zone)));
    }
    for _ in 0..STEPS_MAX {
        let now = site
            .keeper
            .trusted()?
            .map_err(|trust| SchedulerError::Clock(trust.reason_in(&site.terms.zone)))?;
        let Some(missed) = job_step(site, job, now, true)? else {
            break;
        };
        ran.extend(take(site, job, &missed, &mut |_, _| ControlFlow::Continue(()))?);
    }
    let now = site
        .keeper
        .trusted()?
        .map_err(|trust| SchedulerError::Clock(trust.reason_in(&site.terms.zone)))?;
    let occurrence = Occurrence {
        civil: site.terms.zone.to_datetime(now.timestamp()),
        at: now,
    };
    let planned = PlannedRun {
        job,
        occurrence,
        caught_up: false,
        by_hand: true,
    };
    let mut told = |done, total| {
        step(done, total);
        ControlFlow::Continue(())
    };
    match by_hand(site, planned, &mut told) {
        Ok(run) => ran.push(run),
        // What was committed is kept; the same command, or the next occurrence, decides the rest.
        Err(error @ SchedulerError::Clock(_)) => return Err(error),
        Err(error) => {
            let ended = site.keeper.recorded()?;
            let written = site.store.write(ended, |tx| -> Result<(), StoreError> {
                let id = tx.next_run();
                let by_hand = true;
                let failed = failed_run(job, now, ended, &error);
                tx.put_run(&Run { id, by_hand, ..failed })
            });
            if let Err(error) = written {
                tracing::warn!(%error, "the failed run cannot be recorded");
            }
            return Err(error);
        }
    }
    Ok(ran)
}

/// Carries out a run by hand to its end; where it exceeds what the guard allowed, the guard is asked again.
fn by_hand(site: JobContext<'_>, planned: PlannedRun, flow: &mut Flow<'_>) -> Result<Run, SchedulerError> {
    for _ in 0..STEPS_MAX {
        if let Some(run) = carry_out(site, planned, site.terms, flow)? {
            return Ok(run);
        }
        if site.keeper.trusted()?.is_err() {
            break;
        }
    }
    Err(SchedulerError::Clock(site.trust()?.reason_in(&site.terms.zone)))
}

/// Returns the earliest step over all jobs of the queue.
fn earliest(site: JobContext<'_>, now: Instant) -> Result<Option<(Job, CatchUpStep)>, SchedulerError> {
    let mut earliest: Option<(Job, CatchUpStep)> = None;
    for job in Job::ALL.into_iter().filter(|job| job.is_in_line()) {
        if let Some(step) = job_step(site, job, now, false)?
            && earliest.as_ref().is_none_or(|(_, other)| step.at() < other.at())
        {
            earliest = Some((job, step));
        }
    }
    Ok(earliest)
}

fn job_step(
    site: JobContext<'_>,
    job: Job,
    now: Instant,
    even_paused: bool,
) -> Result<Option<CatchUpStep>, SchedulerError> {
    match site.store.read()?.job(job)? {
        Some(state) => {
            let step = catch_up::next_step(&state, now, even_paused)?;
            let (zone, quiet) = (&site.terms.zone, site.terms.templates.quiet);
            Ok(step.map(|step| reminder::within_hours(job, step, now, zone, quiet)))
        }
        None => Ok(None),
    }
}

/// Is called with how far a run is, and says whether to go on.
type Flow<'a> = dyn FnMut(u64, u64) -> ControlFlow<()> + 'a;

fn take(
    site: JobContext<'_>,
    job: Job,
    step: &CatchUpStep,
    flow: &mut Flow<'_>,
) -> Result<Option<Run>, SchedulerError> {
    match step {
        CatchUpStep::Run {
            occurrence,
            zone,
            caught_up,
        } => {
            let planned = PlannedRun {
                job,
                occurrence: *occurrence,
                caught_up: *caught_up,
                by_hand: false,
            };
            // The occurrence keeps the zone it was planned in; everything else follows the terms in force.
            match jiff::tz::TimeZone::get(zone) {
                Ok(zone) if zone != site.terms.zone => {
                    let terms = Terms {
                        zone,
                        ..site.terms.clone()
                    };
                    carry_out(site, planned, &terms, flow)
                }
                _ => carry_out(site, planned, site.terms, flow),
            }
        }
        CatchUpStep::Collapse(stretch) => set_aside(site, job, *stretch, Outcome::Collapsed, "a later run replaced it"),
        CatchUpStep::Skip(stretch, reason) => set_aside(site, job, *stretch, Outcome::Skipped, reason),
    }
}

fn carry_out(
    site: JobContext<'_>,
    planned: PlannedRun,
    terms: &Terms,
    flow: &mut Flow<'_>,
) -> Result<Option<Run>, SchedulerError> {
    let span = tracing::info_span!("run", job = %planned.job, planned_for = %planned.occurrence.at.rfc3339());
    let _entered = span.enter();
    let mut billing;
    let mut disconnect;
    let mut reminders;
    let work: &mut dyn Decide = match planned.job {
        Job::Billing => {
            billing = Billing::new(terms, planned.occurrence.day(), planned.occurrence.at);
            &mut billing
        }
        Job::Disconnect => {
            let most = match guarded_run::judge(site, planned, terms)? {
                GuardVerdict::Acts { most } => most,
                GuardVerdict::Held(run) => return Ok(Some(run)),
                GuardVerdict::Interrupted => return Ok(None),
            };
            disconnect = Disconnect::new(terms, planned.occurrence.at, most);
            &mut disconnect
        }
        Job::Cleanup => return cleanup::carry_out(site, planned, &terms.zone, flow),
        Job::Reminders => {
            reminders = Reminders::new(terms, planned.occurrence.day(), planned.occurrence.at);
            &mut reminders
        }
        Job::Health => return Ok(None),
    };
    Ok(run::carry_out(
        site.store,
        site.keeper,
        planned,
        site.part_subscribers,
        work,
        flow,
    )?)
}

/// Accounts for occurrences that do not run themselves: one record, and the marker moves on.
fn set_aside(
    site: JobContext<'_>,
    job: Job,
    stretch: Stretch,
    outcome: Outcome,
    reason: &str,
) -> Result<Option<Run>, SchedulerError> {
    site.store
        .write(site.keeper.recorded()?, |tx| -> Result<(), StoreError> {
            let state = run::state_of(tx, job)?;
            let id = tx.next_run();
            tx.put_run(&Run::not_run(id, job, stretch, outcome, reason))?;
            let accounted: JobState = catch_up::accounted(&state, stretch.to);
            tx.put_job(&accounted)
        })?;
    Ok(None)
}
