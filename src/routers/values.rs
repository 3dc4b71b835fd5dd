//! Reads the values of RouterOS: flags, rates, durations.
//!
//! Flags, rates and durations are written differently by menus and versions; compared as text, everything would seem to
//! differ and be written again for ever. Must never know which menu a value came from.
//!
//! *Source:* RouterOS 6 and 7, replies of the API; the forms are in MikroTik's documentation of the menus.

use crate::model::package::Rate;

/// Returns a flag: `true`, `yes`, `false`, `no`, or absent, which is false. `None` for anything else.
#[must_use]
pub(crate) fn flag(value: Option<&[u8]>) -> Option<bool> {
    match value {
        None | Some(b"" | b"false" | b"no") => Some(false),
        Some(b"true" | b"yes") => Some(true),
        Some(_) => None,
    }
}

/// Returns a rate limit, `10000000/10000000` or `10M/10M`; absent or empty is `0/0`, without a limit. `None` for
/// anything else.
#[must_use]
pub(crate) fn rate(value: Option<&[u8]>) -> Option<Rate> {
    let text = std::str::from_utf8(value.unwrap_or_default()).ok()?;
    Rate::parse(if text.is_empty() { "0/0" } else { text })
}

/// Returns a duration in milliseconds: `1w2d3h4m5s`, `9d03:04:05`, `00:05:00`, `5s10ms`. `None` for anything else.
#[must_use]
pub(crate) fn duration_ms(value: &[u8]) -> Option<u64> {
    let mut rest = std::str::from_utf8(value).ok()?;
    if rest.is_empty() {
        return None;
    }
    let mut total = 0_u64;
    while !rest.is_empty() {
        if rest.contains(':') && !rest.contains(|c: char| c.is_ascii_alphabetic()) {
            return total.checked_add(clock_ms(rest)?);
        }
        let (count, unit, after) = step(rest)?;
        total = total.checked_add(count.checked_mul(unit)?)?;
        rest = after;
    }
    Some(total)
}

/// Returns the first number with its unit in milliseconds, and what follows.
fn step(text: &str) -> Option<(u64, u64, &str)> {
    let (digits, rest) = text.split_at_checked(text.find(|c: char| !c.is_ascii_digit())?)?;
    let units = [
        ("ms", 1),
        ("w", 604_800_000),
        ("d", 86_400_000),
        ("h", 3_600_000),
        ("m", 60_000),
        ("s", 1_000),
    ];
    let (after, unit) = units
        .into_iter()
        .find_map(|(word, unit)| Some((rest.strip_prefix(word)?, unit)))?;
    Some((digits.parse().ok()?, unit, after))
}

/// Reads `hours:minutes:seconds`, where seconds may have decimals.
fn clock_ms(text: &str) -> Option<u64> {
    let mut parts = text.split(':');
    let (hours, minutes, seconds) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() {
        return None;
    }
    let seconds = seconds.split_once('.').map_or(seconds, |(whole, _)| whole);
    let number = |text: &str| (!text.starts_with('+')).then(|| text.parse::<u64>().ok()).flatten();
    let hours = number(hours)?.checked_mul(3_600_000)?;
    let minutes = number(minutes)?.checked_mul(60_000)?;
    hours
        .checked_add(minutes)?
        .checked_add(number(seconds)?.checked_mul(1_000)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flag_has_four_words_and_absence() {
        for (text, expected) in [
            ("true", true),
            ("yes", true),
            ("false", false),
            ("no", false),
            ("", false),
        ] {
            assert_eq!(flag(Some(text.as_bytes())), Some(expected), "{text}");
        }
        assert_eq!(flag(None), Some(false));
        assert_eq!(flag(Some(b"maybe")), None);
    }

    #[test]
    fn rates_are_equal_as_numbers() {
        for (one, other) in [("10M/10M", "10000000/10000000"), ("1k/1k", "1000/1000"), ("0/0", "")] {
            assert_eq!(rate(Some(one.as_bytes())), rate(Some(other.as_bytes())), "{one}");
            assert!(rate(Some(one.as_bytes())).is_some());
        }
        assert_eq!(rate(None), rate(Some(b"0/0")));
        assert_ne!(rate(Some(b"1k/2k")), rate(Some(b"2k/1k")));
        assert_eq!(rate(Some(b"fast")), None);
        assert_eq!(rate(Some(b"\xff/1")), None);
    }

    #[test]
    fn durations_of_all_forms_are_read() {
        let cases = [
            ("1w2d3h4m5s", Some(788_645_000)),
            ("9d3h4m5s", Some(788_645_000)),
            ("1w2d03:04:05", Some(788_645_000)),
            ("00:05:00", Some(300_000)),
            ("5s10ms", Some(5_010)),
            ("0s", Some(0)),
            ("500ms", Some(500)),
            ("", None),
            ("5", None),
            ("5x", None),
            ("s", None),
            ("1:2", None),
            ("1:2:3:4", None),
            ("99999999999999999999w", None),
            ("999999999999999999w", None),
        ];
        for (text, expected) in cases {
            assert_eq!(duration_ms(text.as_bytes()), expected, "{text}");
        }
        assert_eq!(duration_ms(b"\xff"), None);
    }
}
