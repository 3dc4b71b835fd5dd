//! What time is it?
//!
//! The only place that reads the clock. Everything else takes `now` as an argument, so that a year of nights runs in
//! seconds, and a box that wakes up in 1970 is one line of a test.

use std::sync::atomic::{AtomicI64, Ordering};

use crate::model::day::{Day, Instant};

/// Where the time comes from.
pub trait Clock: Send + Sync {
    /// The instant now, trusted or not.
    fn now(&self) -> Instant;
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
#[derive(Debug, Default)]
pub struct ManualClock(AtomicI64);

impl ManualClock {
    /// A clock that shows this instant.
    #[must_use]
    pub const fn at(instant: Instant) -> Self {
        Self(AtomicI64::new(instant.millis()))
    }

    /// Moves the clock, forwards or back.
    pub fn set(&self, instant: Instant) {
        self.0.store(instant.millis(), Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Instant {
        Instant::from_millis(self.0.load(Ordering::SeqCst))
    }
}

/// The day of the commit that this binary was built from: no clock before it can be right.
#[must_use]
pub fn build_day() -> Day {
    Day::parse(env!("WEIR_BUILD_DATE")).unwrap_or(Day::from_number(0))
}
