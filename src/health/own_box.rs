//! Checks the box itself: free space on the card, overdue jobs.
//!
//! Free space on the card and for compaction, overdue jobs: one alert for each cause, which ends well above the limit that
//! raised it, and whose text does not change while it is open. A clock in doubt is reported elsewhere. Must never write.

use jiff::tz::TimeZone;

use crate::model::alert::{AlertKind, Cause};
use crate::model::day::Instant;
use crate::model::job::Job;
use crate::rules::catch_up::{self, CatchUpError};
use crate::store::error::StoreError;
use crate::store::free_space::FreeSpace;
use crate::store::read::reader::Reader;

/// Less free room than this is too little, in bytes.
const FREE_LEAST_BYTES: u64 = 200 * 1024 * 1024;

/// Less free room than one part in so many of the whole is too little.
const FREE_LEAST_ONE_IN: u64 = 20;

/// It is over when there is half as much again.
const OVER_NUMERATOR: u64 = 3;
/// See [`OVER_NUMERATOR`].
const OVER_DENOMINATOR: u64 = 2;

/// A job that has not run for this long after its time is overdue, in milliseconds.
pub const OVERDUE_MS: i64 = 3_600_000;

/// The state of a cause.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BoxFinding {
    /// Which alert.
    pub cause: Cause,
    /// Whether it holds: `None` between the limits, where the present state stays.
    pub is_so: Option<bool>,
    /// What to know and what to do.
    pub text: String,
    /// What is told when it is over.
    pub over: String,
}

/// Returns whether there is too little room on the card, and too little for the store to be compacted.
#[must_use]
pub fn of_room(room: FreeSpace, store_bytes: u64) -> [BoxFinding; 2] {
    let least = FREE_LEAST_BYTES.max(room.total / FREE_LEAST_ONE_IN);
    // A card smaller than that is judged by its part alone.
    let least = if room.total < FREE_LEAST_BYTES.saturating_mul(2) {
        room.total / FREE_LEAST_ONE_IN
    } else {
        least
    };
    [
        BoxFinding {
            cause: Cause::of(AlertKind::Box, "disk"),
            is_so: judged(room.free, least),
            text: format!(
                "the box is running out of room: less than {} are free where the site's data is kept, and when it is \
                full no payment can be recorded; remove what you do not need, or let `weir jobs run cleanup` archive \
                old records",
                megabytes(least)
            ),
            over: "there is room on the box again".to_owned(),
        },
        BoxFinding {
            cause: Cause::of(AlertKind::Box, "store"),
            is_so: judged(room.free, store_bytes),
            text: "the store is now larger than the free room: it cannot be compacted any more, and there is no room \
                for a copy of it; make room on the box, or shorten `[retention]`"
                .to_owned(),
            over: "there is room again to compact and copy the store".to_owned(),
        },
    ]
}

fn judged(free: u64, least: u64) -> Option<bool> {
    if free < least {
        return Some(true);
    }
    (free >= least.saturating_mul(OVER_NUMERATOR) / OVER_DENOMINATOR).then_some(false)
}

fn megabytes(bytes: u64) -> String {
    format!("{} MB", bytes / (1024 * 1024))
}

/// Returns which jobs of the line are overdue at `now`, and since when; `why` says why such a one waits, or nothing
/// where it runs.
///
/// # Errors
/// When the store or a stored schedule cannot be read.
pub fn overdue(
    reader: &Reader<'_>,
    now: Instant,
    zone: &TimeZone,
    why: &dyn Fn() -> Option<String>,
) -> Result<Vec<BoxFinding>, OverdueError> {
    let mut found = Vec::new();
    for job in Job::ALL.into_iter().filter(|job| job.is_in_line()) {
        let Some(state) = reader.job(job)? else { continue };
        let paused = state.eras.last().is_none_or(|epoch| epoch.paused);
        let since = catch_up::open_stretches(&state, now)?
            .into_iter()
            .find(|(_, of_a_pause)| !of_a_pause)
            .map(|(stretch, _)| stretch.from);
        let late = since.filter(|since| !paused && now.millis_since(*since) > OVERDUE_MS);
        let reason = late.and_then(|_| why());
        let is_so = match (late, &reason) {
            (None, _) => Some(false),
            (Some(_), Some(_)) => Some(true),
            // It runs.
            (Some(_), None) => None,
        };
        found.push(BoxFinding {
            cause: Cause::of(AlertKind::Overdue, job.as_str()),
            is_so,
            text: format!(
                "job `{job}` should have run at {} but has not: {}; see `weir jobs show {job}`",
                since.map_or_else(String::new, |since| since.minute_in(zone)),
                reason.unwrap_or_default()
            ),
            over: format!("job `{job}` has run"),
        });
    }
    Ok(found)
}

/// Why it cannot be told which jobs are overdue.
#[derive(Debug, thiserror::Error)]
pub enum OverdueError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A stored schedule cannot be read.
    #[error(transparent)]
    Schedule(#[from] CatchUpError),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn little_room_is_told_below_the_limit_and_over_well_above_it() {
        const MB: u64 = 1024 * 1024;
        let disk = |free: u64, total: u64| of_room(FreeSpace { free, total }, 0)[0].is_so;
        assert_eq!(disk(199 * MB, 3_000 * MB), Some(true));
        assert_eq!(disk(201 * MB, 3_000 * MB), None);
        assert_eq!(disk(300 * MB, 3_000 * MB), Some(false));
        assert_eq!(disk(399 * MB, 8_000 * MB), Some(true), "5 percent");
        assert_eq!(disk(100 * MB, 300 * MB), Some(false), "a small card");
        let store = |free: u64| {
            of_room(
                FreeSpace {
                    free,
                    total: 3_000 * MB,
                },
                500 * MB,
            )[1]
            .is_so
        };
        assert_eq!(
            (store(499 * MB), store(600 * MB), store(750 * MB)),
            (Some(true), None, Some(false))
        );
    }
}
