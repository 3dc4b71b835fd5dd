//! Days and times of a test's site, which lies in Nairobi: three hours ahead of UTC, all year.

use weir::model::day::{Day, Instant};

/// Something that says when: `2027-03-01 12:00` in Nairobi, `2027-03-01T09:00:00Z`, or an instant.
pub trait Moment {
    fn instant(self) -> Instant;
}

impl Moment for Instant {
    fn instant(self) -> Instant {
        self
    }
}

impl Moment for &str {
    fn instant(self) -> Instant {
        at(self)
    }
}

/// Returns the instant of a civil day and time in Nairobi, or of a time in UTC that ends in `Z`.
pub fn at(text: &str) -> Instant {
    let text = text.replacen(' ', "T", 1);
    let zoned = match text.len() {
        _ if text.ends_with('Z') => text,
        16 => format!("{text}:00+03:00"),
        _ => format!("{text}+03:00"),
    };
    Instant::from_timestamp(zoned.parse().unwrap())
}

/// Returns the instant of an hour and minute of a day in Nairobi.
pub fn instant(day: &str, hour: i64, minute: i64) -> Instant {
    at(&format!("{day} {hour:02}:{minute:02}"))
}

pub fn day(text: &str) -> Day {
    Day::parse(text).unwrap()
}
