//! Converts a router's local time to an instant.
//!
//! A router shows the date and time of its own zone. They become an instant by the distance from UTC that it names itself,
//! else by the zone that it names; where neither tells, they stay unread: a guessed zone is an error of hours. Must never
//! judge whether the time is right.
//!
//! *Source:* MikroTik documentation, System, "Clock": `gmt-offset` is what the router uses at this moment, daylight saving
//! included, so nothing is added to it; zones have the names of the tz database; the zone `manual` takes `time-zone` and,
//! while it is in force, `dst-delta` from `/system/clock/manual`. Dates are `jan/02/1970` before 7.10 and `1970-01-02` from
//! there on (changelog, 7.10). An offset as a number of seconds, below zero as 32 bits without a sign, was seen in practice.

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::{Offset, TimeZone};

use crate::model::day::{Day, Instant};
use crate::routers::reply::Attributes;
use crate::routers::values;

/// The farthest that a local time is from UTC, in seconds; the tz database goes to 14 hours.
const OFFSET_MAX_S: i64 = 14 * 3_600;
/// Offsets are whole minutes: this many seconds.
const OFFSET_STEP_S: i64 = 60;
/// The most bytes of a number that is read here.
const DIGITS_MAX: usize = 10;
/// The zone that is no name of one.
const MANUAL: &str = "manual";
/// The months before 7.10.
const MONTHS: [&str; 12] = [
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
];

/// Returns the instant that the rows of `/system/clock` and `/system/clock/manual` show; `None` where they do not tell.
pub(crate) fn instant(clock: &Attributes, manual: &Attributes) -> Option<Instant> {
    let local = date(text(clock, "date")?)?.to_datetime(time(text(clock, "time")?)?);
    let stated = clock.get("gmt-offset").filter(|value| !value.is_empty());
    let zone = text(clock, "time-zone-name").unwrap_or_default();
    let daylight = clock.get("dst-active").and_then(|value| values::flag(Some(value)));
    if let Some(stated) = stated {
        return at_offset(local, offset_s(std::str::from_utf8(stated).ok()?)?);
    }
    if zone == MANUAL {
        let base = offset_s(text(manual, "time-zone")?)?;
        let delta = if daylight == Some(true) {
            offset_s(text(manual, "dst-delta")?)?
        } else {
            0
        };
        return at_offset(local, base.checked_add(delta)?);
    }
    in_zone(local, &TimeZone::get(zone).ok()?, daylight)
}

fn text<'a>(row: &'a Attributes, name: &str) -> Option<&'a str> {
    std::str::from_utf8(row.get(name)?).ok()
}

fn at_offset(local: DateTime, offset_s: i64) -> Option<Instant> {
    let offset = Offset::from_seconds(i32::try_from(offset_s).ok()?).ok()?;
    offset.to_timestamp(local).ok().map(Instant::from_timestamp)
}

/// Returns the one instant that a zone shows like this. In the hour that comes twice a year the router's word on
/// daylight saving decides, and without it nothing does.
fn in_zone(local: DateTime, zone: &TimeZone, daylight: Option<bool>) -> Option<Instant> {
    if zone.is_unknown() {
        return None;
    }
    let ambiguous = zone.to_ambiguous_timestamp(local);
    let mut candidates = [ambiguous.earlier().ok()?, ambiguous.later().ok()?].to_vec();
    candidates.dedup();
    // In the hour that a zone leaves out nothing shows this.
    candidates.retain(|timestamp| zone.to_datetime(*timestamp) == local);
    if candidates.len() > 1 {
        candidates.retain(|timestamp| Some(zone.to_offset_info(*timestamp).dst().is_dst()) == daylight);
    }
    match candidates.as_slice() {
        [only] => Some(Instant::from_timestamp(*only)),
        _ => None,
    }
}

/// Reads `2027-03-01` or `mar/01/2027`.
fn date(text: &str) -> Option<Date> {
    let Some((month, rest)) = text.split_once('/') else {
        return Some(Day::parse(text)?.date());
    };
    let (day, year) = rest.split_once('/')?;
    let month = MONTHS.iter().position(|name| name.eq_ignore_ascii_case(month))? + 1;
    let iso = format!("{year}-{month:02}-{:02}", number(day)?);
    Some(Day::parse(&iso)?.date())
}

/// Reads `12:00:00`
fn time(text: &str) -> Option<Time> {
    let mut parts = text.split(':').map(|part| i8::try_from(number(part)?).ok());
    let (hour, minute, second) = (parts.next()??, parts.next()??, parts.next()??);
    let time = Time::new(hour, minute, second, 0).ok()?;
    parts.next().is_none().then_some(time)
}

/// Returns a distance from UTC in seconds, east of it above zero.
fn offset_s(text: &str) -> Option<i64> {
    let (sign, rest) = match text.split_at_checked(1)? {
        ("-", rest) => (Some(-1), rest),
        ("+", rest) => (Some(1), rest),
        _ => (None, text),
    };
    let seconds = match rest.split_once(':') {
        Some((hours, minutes)) => {
            let minutes = number(minutes).filter(|minutes| *minutes < 60)?;
            number(hours)?.checked_mul(3_600)?.checked_add(minutes * 60)?
        }
        None if sign.is_some() => number(rest)?,
        // 32 bits that were written without a sign.
        None => i64::from(u32::try_from(number(rest)?).ok()?.cast_signed()),
    };
    let offset_s = sign.unwrap_or(1) * seconds;
    (offset_s.abs() <= OFFSET_MAX_S && offset_s % OFFSET_STEP_S == 0).then_some(offset_s)
}

/// Reads digits and nothing else.
fn number(text: &str) -> Option<i64> {
    let digits = !text.is_empty() && text.len() <= DIGITS_MAX && text.bytes().all(|byte| byte.is_ascii_digit());
    if digits { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shows(clock: &str, manual: &str) -> Option<String> {
        let row = |text: &str| {
            let pairs: Vec<(&str, &str)> = text.split(' ').filter_map(|pair| pair.split_once('=')).collect();
            Attributes::of(&pairs)
        };
        instant(&row(clock), &row(manual)).map(|instant| instant.rfc3339())
    }

    #[test]
    fn dates_of_both_forms_with_any_offset_are_one_instant() {
        for (clock, expected) in [
            (
                "date=jan/02/1970 time=00:00:07 gmt-offset=+00:00",
                "1970-01-02T00:00:07.000Z",
            ),
            (
                "date=jan/01/1970 time=00:00:00 gmt-offset=+03:00",
                "1969-12-31T21:00:00.000Z",
            ),
            (
                "date=Dec/31/2027 time=23:59:59 gmt-offset=-03:30",
                "2028-01-01T03:29:59.000Z",
            ),
            (
                "date=2027-03-01 time=12:00:00 gmt-offset=+03:00",
                "2027-03-01T09:00:00.000Z",
            ),
            (
                "date=2027-03-01 time=12:00:00 gmt-offset=05:45",
                "2027-03-01T06:15:00.000Z",
            ),
            (
                "date=2027-03-01 time=12:00:00 gmt-offset=10800",
                "2027-03-01T09:00:00.000Z",
            ),
            (
                "date=2027-03-01 time=12:00:00 gmt-offset=-10800",
                "2027-03-01T15:00:00.000Z",
            ),
            (
                "date=2027-03-01 time=12:00:00 gmt-offset=4294956496",
                "2027-03-01T15:00:00.000Z",
            ),
            (
                "date=2027-03-01 time=12:00:00 gmt-offset=4294967236",
                "2027-03-01T12:01:00.000Z",
            ),
            ("date=2027-03-01 time=12:00:00 gmt-offset=0", "2027-03-01T12:00:00.000Z"),
            (
                "date=2027-03-01 time=12:00:00 gmt-offset=+14:00",
                "2027-02-28T22:00:00.000Z",
            ),
            (
                "date=2028-02-29 time=00:00:00 gmt-offset=+00:00",
                "2028-02-29T00:00:00.000Z",
            ),
        ] {
            assert_eq!(shows(clock, "").as_deref(), Some(expected), "{clock}");
        }
    }

    #[test]
    fn daylight_saving_is_in_the_offset_already_and_the_offset_goes_before_the_zone() {
        let summer = "date=2027-07-01 time=12:00:00 gmt-offset=+02:00 dst-active=true time-zone-name=Europe/Berlin";
        assert_eq!(shows(summer, "").as_deref(), Some("2027-07-01T10:00:00.000Z"));
        // A router of an old tz database shows what it computed, not what the zone really has.
        let old = "date=2027-07-01 time=12:00:00 gmt-offset=+01:00 dst-active=false time-zone-name=Europe/Berlin";
        assert_eq!(shows(old, "").as_deref(), Some("2027-07-01T11:00:00.000Z"));
        let by_hand = "date=2027-07-01 time=12:00:00 gmt-offset=+02:00 dst-active=true time-zone-name=manual";
        assert_eq!(
            shows(by_hand, "time-zone=+05:00 dst-delta=+01:00").as_deref(),
            Some("2027-07-01T10:00:00.000Z")
        );
    }

    #[test]
    fn without_an_offset_the_zone_tells_where_it_can() {
        let twice = "date=2027-10-31 time=02:30:00 time-zone-name=Europe/Berlin";
        for (clock, manual, expected) in [
            (
                "date=2027-03-01 time=12:00:00 time-zone-name=Africa/Nairobi",
                "",
                Some("2027-03-01T09:00:00.000Z"),
            ),
            (
                "date=2027-07-01 time=12:00:00 time-zone-name=Europe/Berlin",
                "",
                Some("2027-07-01T10:00:00.000Z"),
            ),
            (
                "date=2027-01-01 time=12:00:00 time-zone-name=Europe/Berlin gmt-offset=",
                "",
                Some("2027-01-01T11:00:00.000Z"),
            ),
            (twice, "", None),
            (&format!("{twice} dst-active=yes"), "", Some("2027-10-31T00:30:00.000Z")),
            (&format!("{twice} dst-active=no"), "", Some("2027-10-31T01:30:00.000Z")),
            (&format!("{twice} dst-active=maybe"), "", None),
            (
                "date=2027-03-28 time=02:30:00 time-zone-name=Europe/Berlin dst-active=yes",
                "",
                None,
            ),
            ("date=2027-03-01 time=12:00:00 time-zone-name=Africa/Nairobbi", "", None),
            ("date=2027-03-01 time=12:00:00 time-zone-name=manual", "", None),
            (
                "date=2027-03-01 time=12:00:00 time-zone-name=manual",
                "time-zone=+03:00 dst-delta=+01:00",
                Some("2027-03-01T09:00:00.000Z"),
            ),
            (
                "date=2027-03-01 time=12:00:00 time-zone-name=manual dst-active=true",
                "time-zone=+03:00 dst-delta=+01:00",
                Some("2027-03-01T08:00:00.000Z"),
            ),
            (
                "date=2027-03-01 time=12:00:00 time-zone-name=manual dst-active=true",
                "time-zone=+03:00",
                None,
            ),
            ("date=2027-03-01 time=12:00:00", "time-zone=+03:00", None),
            ("date=2027-03-01 time=12:00:00", "", None),
        ] {
            assert_eq!(shows(clock, manual).as_deref(), expected, "{clock} | {manual}");
        }
    }

    #[test]
    fn what_is_no_date_time_or_offset_is_not_read() {
        for wrong in [
            "",
            "-",
            "/",
            "//",
            "jan",
            "jan/",
            "jan/01",
            "jan//2027",
            "jan/+1/2027",
            "jan/00/2027",
            "feb/30/2027",
            "xyz/01/2027",
            "jan/01/27",
            "jan/01/9999999",
            "jan/01/1969",
            "2027-02-29",
            "2027-3-1",
            "1969-12-31",
            "2027/01/02",
            "jan/01/2027/1",
            "jan/99999999999/2027",
        ] {
            assert_eq!(
                shows(&format!("date={wrong} time=12:00:00 gmt-offset=+00:00"), ""),
                None,
                "{wrong}"
            );
        }
        for wrong in [
            "",
            ":",
            "::",
            "12",
            "12:00",
            "12:00:00:00",
            "24:00:00",
            "12:60:00",
            "12:00:60",
            "-1:00:00",
            "+1:0:0",
            "12:00:00.5",
            "999:0:0",
        ] {
            assert_eq!(
                shows(&format!("date=2027-03-01 time={wrong} gmt-offset=+00:00"), ""),
                None,
                "{wrong}"
            );
        }
        for wrong in [
            "+",
            "-",
            ":",
            "+:",
            "+3:",
            "+03:60",
            "+14:01",
            "-15:00",
            "+99:00",
            "++03:00",
            "3h",
            "10801",
            "50460",
            "4294967295",
            "4294967296",
            "99999999999",
            "+4294956496",
            "é3:00",
            "unknown",
        ] {
            assert_eq!(
                shows(
                    &format!("date=2027-03-01 time=12:00:00 gmt-offset={wrong} time-zone-name=UTC"),
                    ""
                ),
                None,
                "{wrong}"
            );
        }
        let bytes = Attributes::of(&[("date", "2027-03-01"), ("time", "12:00:00")]);
        assert_eq!(instant(&bytes, &Attributes::default()), None);
        assert_eq!(instant(&Attributes::default(), &Attributes::default()), None);
    }
}
