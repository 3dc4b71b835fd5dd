//! The real clock, moved: processes that live in another night, and go on in it when they are started again.
#![expect(clippy::disallowed_methods, reason = "the real clock is what is moved here")]

use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};
use tempfile::TempDir;

/// How far ahead the moved days lie, in days: after the day on which any binary under test was built.
const AHEAD_DAYS: i32 = 100;

/// How far a clock is moved. All processes of a site look into the same file, so that one started later lives later, and one
/// that runs goes on at the new time.
pub struct MovedClock {
    library: PathBuf,
    folder: TempDir,
    /// From the host's time to the true time of the site.
    offset: SignedDuration,
    /// From the true time to what the clock shows.
    wrong_by: SignedDuration,
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
            folder: tempfile::tempdir().unwrap(),
            offset: SignedDuration::ZERO,
            wrong_by: SignedDuration::ZERO,
            zone,
        };
        clock.move_to(day, time);
        (clock, day)
    }

    /// From now on it is that moment in truth. A clock that is wrong stays wrong by as much.
    pub fn move_to(&mut self, day: Date, time: Time) {
        self.offset = whole_seconds(self.instant(day, time).duration_since(Timestamp::now()));
        self.show();
    }

    /// The clock goes wrong by so much, or right again, also for processes that run.
    pub fn go_wrong_by(&mut self, wrong_by: SignedDuration) {
        self.wrong_by = whole_seconds(wrong_by);
        self.show();
    }

    /// The clock shows that moment now, whatever time it is.
    pub fn go_wrong_to(&mut self, day: Date, time: Time) {
        self.go_wrong_by(self.instant(day, time).duration_since(self.now()));
    }

    /// The true time of the site.
    pub fn now(&self) -> Timestamp {
        Timestamp::now() + self.offset
    }

    /// By how much the true time is ahead of the host's.
    pub fn ahead(&self) -> SignedDuration {
        self.offset
    }

    /// Real time until a moment of the site; zero when it has passed.
    pub fn until(&self, day: Date, time: Time) -> Duration {
        let distance = self.instant(day, time).duration_since(self.now());
        Duration::try_from(distance).unwrap_or(Duration::ZERO)
    }

    /// Lets a process live by this clock. Only civil time is moved: waits and the stopwatch stay what they are.
    pub fn applied<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        command
            .env("LD_PRELOAD", &self.library)
            .env("FAKETIME_TIMESTAMP_FILE", self.file())
            // Looked at with each reading of the clock: a clock that is set is set at once, for everybody.
            .env("FAKETIME_NO_CACHE", "1")
            .env("FAKETIME_DONT_FAKE_MONOTONIC", "1")
            .env_remove("FAKETIME")
            .env_remove("FAKETIME_SHARED")
    }

    fn instant(&self, day: Date, time: Time) -> Timestamp {
        day.to_datetime(time).to_zoned(self.zone.clone()).unwrap().timestamp()
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("clock")
    }

    /// Renamed into place: a process that looks now sees the old offset or the new one, never half of it.
    fn show(&self) {
        let offset = self.offset + self.wrong_by;
        let fresh = self.folder.path().join("clock.new");
        std::fs::write(&fresh, format!("{:+}s\n", offset.as_secs())).unwrap();
        std::fs::rename(fresh, self.file()).unwrap();
    }
}

/// The file of the library holds whole seconds.
fn whole_seconds(duration: SignedDuration) -> SignedDuration {
    SignedDuration::from_secs(duration.as_secs())
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
