//! The real clock, moved: processes that live in another night, and go on in it when they are started again.
#![expect(clippy::disallowed_methods, reason = "the real clock is what is moved here")]

use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};

/// How far ahead the moved days lie, in days: after the day on which any binary under test was built.
const AHEAD_DAYS: i32 = 100;

/// How far a clock is moved. The same for all processes of a site, so that one started later lives later.
pub struct MovedClock {
    library: PathBuf,
    offset: SignedDuration,
    zone: TimeZone,
}

impl MovedClock {
    /// A clock of this zone on which it is now that time of a day some months ahead; gives that day, too.
    pub fn at(zone: &str, time: Time) -> (Self, Date) {
        let zone = TimeZone::get(zone).unwrap();
        let day = Timestamp::now()
            .to_zoned(zone.clone())
            .date()
            .checked_add(AHEAD_DAYS.days())
            .unwrap();
        let mut clock = Self {
            library: library(),
            offset: SignedDuration::ZERO,
            zone,
        };
        clock.move_to(day, time);
        (clock, day)
    }

    /// From now on it is that moment.
    pub fn move_to(&mut self, day: Date, time: Time) {
        let moment = day.to_datetime(time).to_zoned(self.zone.clone()).unwrap().timestamp();
        let distance = moment.duration_since(Timestamp::now());
        self.offset = SignedDuration::from_secs(distance.as_secs());
    }

    pub fn now(&self) -> Timestamp {
        Timestamp::now() + self.offset
    }

    /// Real time until a moment of this clock; zero when it has passed.
    pub fn until(&self, day: Date, time: Time) -> Duration {
        let moment = day.to_datetime(time).to_zoned(self.zone.clone()).unwrap().timestamp();
        Duration::try_from(moment.duration_since(self.now())).unwrap_or(Duration::ZERO)
    }

    /// Lets a process live by this clock. Only civil time is moved: waits stay what they are.
    pub fn applied<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        command
            .env("LD_PRELOAD", &self.library)
            .env("FAKETIME", format!("{:+}s", self.offset.as_secs()))
            .env("FAKETIME_DONT_FAKE_MONOTONIC", "1")
            .env_remove("FAKETIME_SHARED")
    }
}

/// The library of the package faketime, where Debian puts it. Set without the program `faketime`: that one starts what it is
/// given as a child of its own, whom a SIGKILL would not reach, and leaves semaphores behind that trip the next one.
fn library() -> PathBuf {
    std::fs::read_dir("/usr/lib")
        .unwrap()
        .filter_map(|entry| Some(entry.ok()?.path().join("faketime/libfaketime.so.1")))
        .find(|path| path.exists())
        .expect("the package faketime is not installed: `apt-get install faketime`")
}
