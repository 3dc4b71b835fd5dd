//! What time is it?
//!
//! The only place that reads the clock. Everything else takes `now` as an argument, so that a year of nights runs in
//! seconds, and a box that wakes up in 1970 is one line of a test.

pub mod kernel;

use std::sync::atomic::{AtomicI64, Ordering};

use crate::model::day::{Day, Instant};

/// Where the time comes from.
pub trait Clock: Send + Sync {
    /// The instant now, trusted or not.
    fn now(&self) -> Instant;

    /// The day before which this clock cannot be right.
    fn build_day(&self) -> Day {
        build_day()
    }
}

/// The box's own clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the time")]
    fn now(&self) -> Instant {
        Instant::from_timestamp(jiff::Timestamp::now())
    }
}

/// A clock that stands still until it is moved: for the demo and for tests.
#[derive(Debug)]
pub struct ManualClock {
    shows: AtomicI64,
    build_day: Day,
}

impl ManualClock {
    /// A clock that shows this instant.
    #[must_use]
    pub fn at(instant: Instant) -> Self {
        Self::with_build_day(instant, build_day())
    }

    /// A clock of a made-up time, in which the binary was built on this day.
    #[must_use]
    pub const fn with_build_day(instant: Instant, build_day: Day) -> Self {
        Self {
            shows: AtomicI64::new(instant.millis()),
            build_day,
        }
    }

    /// Moves the clock, forwards or back.
    pub fn set(&self, instant: Instant) {
        self.shows.store(instant.millis(), Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Instant {
        Instant::from_millis(self.shows.load(Ordering::SeqCst))
    }

    fn build_day(&self) -> Day {
        self.build_day
    }
}

/// The day of the commit that this binary was built from: no clock before it can be right.
#[must_use]
pub fn build_day() -> Day {
    Day::parse(env!("WEIR_BUILD_DATE")).unwrap_or(Day::from_number(0))
}
