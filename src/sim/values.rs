//! How does RouterOS write a value?
//!
//! Flags, rates, durations and dates as replies have them. It must never know which row a value belongs to.

use std::time::Duration;

use jiff::civil::DateTime;
use jiff::tz::Offset;

/// Parses a flag in any of the four spellings.
pub(crate) fn flag(text: &[u8]) -> Option<bool> {
    match text {
        b"yes" | b"true" => Some(true),
        b"no" | b"false" => Some(false),
        _ => None,
    }
}

/// Returns `true` or `false`, or `yes` or `no`.
pub(crate) const fn flag_text(on: bool, yes_no: bool) -> &'static [u8] {
    match (on, yes_no) {
        (true, false) => b"true",
        (false, false) => b"false",
        (true, true) => b"yes",
        (false, true) => b"no",
    }
}

/// Converts `10M/5M` to what is read back: `10000000/5000000`. One rate alone counts for both directions.
///
/// *Source:* MikroTik documentation, Queues, "max-limit"; replies have plain numbers.
pub(crate) fn rate_pair(text: &[u8]) -> Option<Vec<u8>> {
    let text = std::str::from_utf8(text).ok()?;
    let (up, down) = text.split_once('/').unwrap_or((text, text));
    Some(format!("{}/{}", rate(up)?, rate(down)?).into_bytes())
}

fn rate(text: &str) -> Option<u64> {
    let (digits, factor) = match text.as_bytes().last()? {
        b'k' | b'K' => (text.get(..text.len() - 1)?, 1_000),
        b'M' => (text.get(..text.len() - 1)?, 1_000_000),
        b'G' => (text.get(..text.len() - 1)?, 1_000_000_000),
        _ => (text, 1),
    };
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    digits.parse::<u64>().ok()?.checked_mul(factor)
}

/// Formats an uptime: `1w2d3h4m5s`, and in RouterOS 6 `1w2d03:04:05`.
pub(crate) fn uptime(time: Duration, seven: bool) -> String {
    let seconds = time.as_secs();
    let (weeks, days) = (seconds / 604_800, seconds / 86_400 % 7);
    let (h, m, s) = (seconds / 3_600 % 24, seconds / 60 % 60, seconds % 60);
    let mut text = String::new();
    for (number, unit) in [(weeks, 'w'), (days, 'd')] {
        if number > 0 {
            text.push_str(&format!("{number}{unit}"));
        }
    }
    if !seven {
        return format!("{text}{h:02}:{m:02}:{s:02}");
    }
    for (number, unit) in [(h, 'h'), (m, 'm')] {
        if number > 0 {
            text.push_str(&format!("{number}{unit}"));
        }
    }
    if s > 0 || text.is_empty() {
        text.push_str(&format!("{s}s"));
    }
    text
}

/// Formats a day: `2027-01-10`, and before 7.10 `jan/10/2027`.
pub(crate) fn date(at: DateTime, iso: bool) -> String {
    let (year, month, day) = (at.year(), at.month(), at.day());
    if iso {
        return format!("{year:04}-{month:02}-{day:02}");
    }
    let name = match month {
        1 => "jan",
        2 => "feb",
        3 => "mar",
        4 => "apr",
        5 => "may",
        6 => "jun",
        7 => "jul",
        8 => "aug",
        9 => "sep",
        10 => "oct",
        11 => "nov",
        _ => "dec",
    };
    format!("{name}/{day:02}/{year:04}")
}

/// Formats a time of day: `12:00:00`.
pub(crate) fn time(at: DateTime) -> String {
    format!("{:02}:{:02}:{:02}", at.hour(), at.minute(), at.second())
}

/// Parses a `gmt-offset`: `+03:00`, or seconds, also as 32 bits without a sign.
pub(crate) fn offset(text: &str) -> Option<Offset> {
    let Some((hours, minutes)) = text.split_once(':') else {
        let seconds = text
            .parse::<i32>()
            .or_else(|_| text.parse::<u32>().map(u32::cast_signed));
        return Offset::from_seconds(seconds.ok()?).ok();
    };
    let (hours, minutes) = (hours.parse::<i32>().ok()?, minutes.parse::<i32>().ok()?);
    let minutes = if text.starts_with('-') { -minutes } else { minutes };
    Offset::from_seconds(hours.checked_mul(3_600)?.checked_add(minutes.checked_mul(60)?)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_read_back_as_plain_numbers() {
        for (given, read) in [
            ("10M/10M", "10000000/10000000"),
            ("1k/1k", "1000/1000"),
            ("5M", "5000000/5000000"),
            ("0/0", "0/0"),
            ("2G/512k", "2000000000/512000"),
        ] {
            assert_eq!(rate_pair(given.as_bytes()).unwrap(), read.as_bytes(), "{given}");
        }
        for wrong in [
            "",
            "/",
            "10",
            "10X/10M",
            "M/M",
            "-1/1",
            "1/1/1",
            "99999999999999999999/1",
            "9999999999999G/1",
        ] {
            assert_eq!(
                rate_pair(wrong.as_bytes()),
                (wrong == "10").then(|| b"10/10".to_vec()),
                "{wrong}"
            );
        }
    }

    #[test]
    fn uptimes_and_dates_follow_the_release() {
        let up = Duration::from_secs(9 * 86_400 + 3 * 3_600 + 4 * 60 + 5);
        assert_eq!(uptime(up, true), "1w2d3h4m5s");
        assert_eq!(uptime(up, false), "1w2d03:04:05");
        assert_eq!(uptime(Duration::ZERO, true), "0s");
        let at = jiff::civil::date(1970, 1, 2).at(3, 4, 5, 0);
        assert_eq!(date(at, true), "1970-01-02");
        assert_eq!(date(at, false), "jan/02/1970");
        assert_eq!(time(at), "03:04:05");
    }

    #[test]
    fn offsets_are_hours_and_minutes_or_seconds() {
        for (text, seconds) in [
            ("+03:00", Some(10_800)),
            ("-03:30", Some(-12_600)),
            ("-00:30", Some(-1_800)),
            ("19800", Some(19_800)),
            ("-10800", Some(-10_800)),
            ("4294956496", Some(-10_800)),
            ("", None),
            ("east", None),
            ("+99:00", None),
        ] {
            assert_eq!(offset(text).map(Offset::seconds), seconds, "{text}");
        }
    }
}
