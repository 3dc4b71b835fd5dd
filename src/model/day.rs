//! Civil days and instants.
//!
//! A [`Day`] is a civil day of the site's time zone, an [`Instant`] a point in time in UTC. They never mix by accident:
//! only a time zone turns one into the other.

use std::fmt;

use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use serde::{Deserialize, Serialize};

/// A civil day, stored as the number of days since 1970-01-01.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Day(i32);

/// 1970-01-01, where day numbers start.
const EPOCH: Date = Date::constant(1970, 1, 1);

impl Day {
    /// Returns the day of a calendar date.
    #[must_use]
    pub fn from_date(date: Date) -> Self {
        Self(EPOCH.until(date).map_or(0, |span| span.get_days()))
    }

    /// Returns the day with this number since 1970-01-01.
    #[must_use]
    pub const fn from_number(number: i32) -> Self {
        Self(number)
    }

    /// Returns the number of days since 1970-01-01.
    #[must_use]
    pub const fn number(self) -> i32 {
        self.0
    }

    /// Returns the calendar date of this day.
    #[must_use]
    pub fn date(self) -> Date {
        EPOCH
            .checked_add(self.0.days())
            .unwrap_or(if self.0 < 0 { Date::MIN } else { Date::MAX })
    }

    /// Returns the day a number of days later (earlier when negative).
    #[must_use]
    pub const fn plus_days(self, days: i32) -> Self {
        Self(self.0.saturating_add(days))
    }

    /// Returns how many days lie between `earlier` and this day; negative when this day is the earlier one.
    #[must_use]
    pub const fn days_since(self, earlier: Self) -> i32 {
        self.0.saturating_sub(earlier.0)
    }

    /// Returns the day of the month, 1 to 31.
    #[must_use]
    pub fn day_of_month(self) -> u8 {
        self.date().day().unsigned_abs()
    }

    /// Returns the first instant of this day in a time zone; `None` where that lies beyond all instants. Of a midnight that
    /// a change of the clock skips, the instant after the gap; of one that comes twice, the first.
    #[must_use]
    pub fn first_instant(self, zone: &TimeZone) -> Option<Instant> {
        zone.to_ambiguous_timestamp(self.date().to_datetime(Time::midnight()))
            .compatible()
            .ok()
            .map(Instant::from_timestamp)
    }

    /// Returns the last instant of this day in a time zone, to the millisecond.
    #[must_use]
    pub fn last_instant(self, zone: &TimeZone) -> Instant {
        self.plus_days(1)
            .first_instant(zone)
            .unwrap_or(Instant::from_millis(i64::MAX))
            .plus_millis(-1)
    }

    /// Reads `YYYY-MM-DD`, years 1970 to 2199.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let shape = text.len() == 10
            && text.bytes().enumerate().all(|(at, byte)| {
                if at == 4 || at == 7 {
                    byte == b'-'
                } else {
                    byte.is_ascii_digit()
                }
            });
        let date: Date = if shape { text.parse().ok()? } else { return None };
        (1970..2200).contains(&date.year()).then(|| Self::from_date(date))
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.date())
    }
}

/// A point in time, stored as whole milliseconds since 1970-01-01T00:00:00Z.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Instant(i64);

impl Instant {
    /// Returns the instant of a timestamp; parts of a millisecond are dropped.
    #[must_use]
    pub fn from_timestamp(timestamp: Timestamp) -> Self {
        Self(timestamp.as_millisecond())
    }

    /// Returns the instant a number of milliseconds after 1970-01-01T00:00:00Z.
    #[must_use]
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// Returns the milliseconds since 1970-01-01T00:00:00Z.
    #[must_use]
    pub const fn millis(self) -> i64 {
        self.0
    }

    /// Returns the same instant as a timestamp.
    #[must_use]
    pub fn timestamp(self) -> Timestamp {
        Timestamp::from_millisecond(self.0).unwrap_or(if self.0 < 0 { Timestamp::MIN } else { Timestamp::MAX })
    }

    /// Returns the civil day of this instant in a time zone.
    #[must_use]
    pub fn day_in(self, zone: &TimeZone) -> Day {
        Day::from_date(zone.to_datetime(self.timestamp()).date())
    }

    /// Returns the civil day and minute of this instant in a time zone, such as `2027-03-01 00:05`.
    #[must_use]
    pub fn minute_in(self, zone: &TimeZone) -> String {
        zone.to_datetime(self.timestamp())
            .strftime("%Y-%m-%d %H:%M")
            .to_string()
    }

    /// Returns the same with seconds, such as `2027-03-01 00:05:09`.
    #[must_use]
    pub fn second_in(self, zone: &TimeZone) -> String {
        zone.to_datetime(self.timestamp())
            .strftime("%Y-%m-%d %H:%M:%S")
            .to_string()
    }

    /// Returns it as scripts read it: RFC 3339 in UTC with three digits of a second, such as `2027-03-01T09:00:00.000Z`, so that
    /// instants sort as text. There is no other way to write one in UTC: people read the site's time.
    #[must_use]
    pub fn rfc3339(self) -> String {
        format!("{:.3}", self.timestamp())
    }

    /// Returns the instant a number of milliseconds later (earlier when negative).
    #[must_use]
    pub const fn plus_millis(self, millis: i64) -> Self {
        Self(self.0.saturating_add(millis))
    }

    /// Returns the milliseconds from `earlier` to this instant; negative when this one is the earlier.
    #[must_use]
    pub const fn millis_since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }
}
