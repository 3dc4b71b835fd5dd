//! Lists every occurrence of a job with its outcome, without a hole.
//!
//! The records of the store, and before them the occurrences that are due and not accounted for: each waits with a
//! reason, or belongs to a pause that still lasts.

use std::collections::HashMap;

use crate::jobs::context::SchedulerError;
use crate::model::day::Instant;
use crate::model::job::{Job, Outcome, Run, RunId};
use crate::model::router::work::WorkState;
use crate::rules::catch_up::{self, CatchUpError};
use crate::store::error::StoreError;
use crate::store::read::reader::Reader;

/// How much router work of a run is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct WorkCounts {
    /// Not confirmed yet.
    pub pending: u64,
    /// Refused by the router, and tried again.
    pub failed: u64,
    /// Of a service that this version does not switch: left to the owner.
    pub not_managed: u64,
}

/// Returns the occurrences of a job, newest first, at most `most`; `waits_for` says why a due occurrence does not run
/// yet.
///
/// # Errors
/// When the store or a stored schedule cannot be read.
pub fn history(
    reader: &Reader<'_>,
    job: Job,
    now: Instant,
    most: usize,
    waits_for: &str,
) -> Result<Vec<Run>, SchedulerError> {
    let mut runs = reader.runs(job, most)?;
    if let Some(state) = reader.job(job)?.filter(|_| job.is_in_line()) {
        let paused_now = state.eras.last().is_some_and(|epoch| epoch.paused);
        for (stretch, of_a_pause) in catch_up::open_stretches(&state, now)? {
            let (outcome, reason) = match (of_a_pause, paused_now) {
                (true, _) => (Outcome::Skipped, "paused"),
                (false, true) => (Outcome::Waiting, "the job is paused"),
                (false, false) => (Outcome::Waiting, waits_for),
            };
            runs.push(Run::not_run(RunId(0), job, stretch, outcome, reason));
        }
    }
    runs.sort_by_key(|run| std::cmp::Reverse((run.planned_for, run.id)));
    runs.truncate(most);
    Ok(runs)
}

/// Returns the open router work of each run; runs whose work is all confirmed are left out.
///
/// # Errors
/// When the store cannot be read.
pub fn work_by_run(reader: &Reader<'_>) -> Result<HashMap<RunId, WorkCounts>, StoreError> {
    let mut found: HashMap<RunId, WorkCounts> = HashMap::new();
    reader.each_work(None, |_, work| -> Result<(), StoreError> {
        let Some(run) = work.run else {
            return Ok(());
        };
        let counts = found.entry(run).or_default();
        let count = match (work.state, &work.last_error) {
            (WorkState::Absent, _) => return Ok(()),
            (WorkState::NotManaged, _) => &mut counts.not_managed,
            (WorkState::Pending, Some(_)) => &mut counts.failed,
            (WorkState::Pending, None) => &mut counts.pending,
        };
        *count = count.saturating_add(1);
        Ok(())
    })?;
    Ok(found)
}

/// Converts the reason why a job's next occurrence is unknown into a failure of the scheduler.
impl From<SchedulerError> for crate::model::failure::Failure {
    fn from(error: SchedulerError) -> Self {
        match error {
            SchedulerError::Store(error) => error.into(),
            SchedulerError::Clock(_) => Self::refused(
                error.to_string(),
                "see `weir clock`; what is done stays done, and the rest continues by itself",
            ),
            SchedulerError::Schedule(error @ CatchUpError::Schedule { .. }) => Self::refused(
                error.to_string(),
                "correct the schedule in site.toml and run `weir check`",
            ),
        }
    }
}
