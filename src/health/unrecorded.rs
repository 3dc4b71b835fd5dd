//! Accounts for probes that left no record.
//!
//! An occurrence after the job's marker that is neither recorded nor waiting in memory was missed, or its record was lost with
//! a killed process. Within the longest time that a record waits, nobody can tell which. Must never write.

use crate::health::memory::WAIT_MOST_MS;
use crate::model::day::Instant;
use crate::model::job::{JobState, Outcome, Run, RunId, Stretch};
use crate::model::record::LogKind;
use crate::rules::catch_up::{self, CatchUpError};
use crate::store::error::StoreError;
use crate::store::read::reader::Reader;

/// The reason where nobody knows what became of probes.
pub const NOT_RECORDED: &str = "not recorded";

/// Why probes did not take place.
const MISSED: &str = "missed";

/// Why those of a pause did not.
const PAUSED: &str = "paused";

/// What the service logs when it has stopped in order.
pub const STOPPED: &str = "the service stopped";

/// Returns whether the last service logged that it stopped, so that it lost nothing.
///
/// # Errors
/// When the store cannot be read.
pub fn ended_in_order(reader: &Reader<'_>) -> Result<bool, StoreError> {
    let mut ended = true;
    reader.each_log(Some(LogKind::Service), |record| -> Result<bool, StoreError> {
        ended = record.message == STOPPED;
        Ok(false)
    })?;
    Ok(ended)
}

/// Returns records for occurrences by `now` that left none, oldest first. `may_be_lost`: the process that probed last did not
/// end in order.
///
/// # Errors
/// When a stored schedule cannot be read.
pub fn records(state: &JobState, now: Instant, may_be_lost: bool) -> Result<Vec<Run>, CatchUpError> {
    let mut found = Vec::new();
    let until = catch_up::accounted_through(state)
        .filter(|_| may_be_lost)
        .map(|through| through.plus_millis(WAIT_MOST_MS).min(now));
    let mut rest = state.clone();
    if let Some(until) = until {
        found.extend(stretches(state, until, NOT_RECORDED)?);
        rest = catch_up::accounted(state, until);
    }
    found.extend(stretches(&rest, now, MISSED)?);
    Ok(found)
}

fn stretches(state: &JobState, until: Instant, reason: &str) -> Result<Vec<Run>, CatchUpError> {
    let open = catch_up::open_stretches(state, until)?;
    Ok(open
        .into_iter()
        .map(|(stretch, of_a_pause)| skipped(state, stretch, if of_a_pause { PAUSED } else { reason }))
        .collect())
}

pub(super) fn skipped(state: &JobState, stretch: Stretch, reason: &str) -> Run {
    Run::not_run(RunId(0), state.job, stretch, Outcome::Skipped, reason)
}
