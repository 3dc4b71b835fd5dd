//! Accounts for probes that left no record.
//!
//! What has come since the job's marker and is neither recorded nor waits in memory did not take place, or its record went
//! with a process that was killed: for as long as a record waits at most after the marker, nobody knows. Must never write.

use crate::health::watch::WAIT_MOST_MS;
use crate::model::day::Instant;
use crate::model::job::{JobState, Outcome, Run, RunId, Stretch};
use crate::model::record::LogKind;
use crate::rules::catch_up::{self, CatchUpError};
use crate::store::error::StoreError;
use crate::store::read::reader::Reader;

/// Why it is not known what became of probes.
pub const NOT_RECORDED: &str = "not recorded";

/// Why probes did not take place.
const MISSED: &str = "missed";

/// Why those of a pause did not.
const PAUSED: &str = "paused";

/// What a service says in the log when it has ended in order.
pub const STOPPED: &str = "the service stopped";

/// Returns whether the newest process that served has said that it stopped, so that it lost nothing.
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

/// Records of what has come by `now` and stands nowhere, oldest first. `may_be_lost`: the process that probed last did not end
/// in order.
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
