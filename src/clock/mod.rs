//! What time is it, and can it be trusted?
//!
//! The only place that reads the clock. Everything else takes `now` as an argument, so that a year of nights runs in
//! seconds, and a box that wakes up in 1970 is one line of a test. [`keeper`] judges what the clock shows.

use std::sync::LazyLock;
use std::time::{Duration, Instant as Stopwatch};

use parking_lot::Mutex;

use crate::clock::kernel::KernelSays;
use crate::model::day::{Day, Instant};

pub mod keeper;
pub mod kernel;

/// Where the time comes from.
pub trait Clock: Send + Sync {
    /// Returns the instant now, trusted or not.
    fn now(&self) -> Instant;

    /// Returns how long this process has run, by a stopwatch that no setting of the clock moves.
    fn elapsed(&self) -> Duration;

    /// Returns what the kernel says about the clock.
    fn kernel(&self) -> KernelSays;

    /// Returns the day before which this clock cannot be right.
    fn build_day(&self) -> Day {
        build_day()
    }
}

/// The box's own clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

/// Where the stopwatch of [`SystemClock`] begins: at its first reading.
static BEGAN: LazyLock<Stopwatch> = LazyLock::new(Stopwatch::now);

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the time")]
    fn now(&self) -> Instant {
        Instant::from_timestamp(jiff::Timestamp::now())
    }

    fn elapsed(&self) -> Duration {
        BEGAN.elapsed()
    }

    fn kernel(&self) -> KernelSays {
        kernel::ask(|| self.now())
    }
}

/// A clock that does not run, and is moved by hand: for the demo and for tests.
#[derive(Debug)]
pub struct ManualClock {
    reading: Mutex<KeptReading>,
    build_day: Day,
}

#[derive(Debug)]
struct KeptReading {
    shows: Instant,
    elapsed: Duration,
    /// What the kernel says; `None`: that whatever the clock shows is right.
    kernel: Option<KernelSays>,
}

impl ManualClock {
    /// Returns a clock that shows this instant, and whose kernel says that it is right.
    #[must_use]
    pub fn at(instant: Instant) -> Self {
        Self::with_build_day(instant, build_day())
    }

    /// Returns a clock with a made-up time, in which the binary was built on this day.
    #[must_use]
    pub const fn with_build_day(instant: Instant, build_day: Day) -> Self {
        Self {
            reading: Mutex::new(KeptReading {
                shows: instant,
                elapsed: Duration::ZERO,
                kernel: None,
            }),
            build_day,
        }
    }

    /// Lets time pass until an instant; to an earlier one the clock steps back.
    pub fn set(&self, instant: Instant) {
        let mut reading = self.reading.lock();
        let passed = u64::try_from(instant.millis_since(reading.shows)).unwrap_or(0);
        reading.elapsed = reading.elapsed.saturating_add(Duration::from_millis(passed));
        reading.shows = instant;
    }

    /// Steps the clock, forwards or back, while no time passes.
    pub fn step(&self, instant: Instant) {
        self.reading.lock().shows = instant;
    }

    /// Makes the kernel say this about the clock; with `None`, that whatever it shows is right.
    pub fn have_kernel_say(&self, says: Option<KernelSays>) {
        self.reading.lock().kernel = says;
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Instant {
        self.reading.lock().shows
    }

    fn elapsed(&self) -> Duration {
        self.reading.lock().elapsed
    }

    fn kernel(&self) -> KernelSays {
        let reading = self.reading.lock();
        reading
            .kernel
            .clone()
            .unwrap_or(KernelSays::Synchronised(reading.shows))
    }

    fn build_day(&self) -> Day {
        self.build_day
    }
}

/// Returns the day of the commit that this binary was built from: no clock before it can be right.
#[must_use]
pub fn build_day() -> Day {
    Day::parse(env!("WEIR_BUILD_DATE")).unwrap_or(Day::from_number(0))
}
