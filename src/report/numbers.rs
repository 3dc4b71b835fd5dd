//! How is a number written on paper?

use jiff::civil::Date;

use crate::model::day::Day;
use crate::model::money::{Currency, Money};

/// Formats a count with a comma between thousands.
pub(super) fn count(number: u64) -> String {
    grouped(&number.to_string())
}

/// Formats an amount with a comma between thousands, and the currency's digits.
pub(super) fn amount(money: Money, currency: &Currency) -> String {
    let plain = currency.format(money);
    let (sign, rest) = plain.strip_prefix('-').map_or(("", plain.as_str()), |rest| ("−", rest));
    match rest.split_once('.') {
        Some((whole, fraction)) => format!("{sign}{}.{fraction}", grouped(whole)),
        None => format!("{sign}{}", grouped(rest)),
    }
}

/// Formats a number of minor units for an axis, in few characters: `1.5M`, `20k`, `300`.
pub(super) fn short(minor: i64, currency: &Currency) -> String {
    let plain = currency.format(Money::from_minor(minor));
    let (units, fraction) = plain.split_once('.').unwrap_or((plain.as_str(), ""));
    let units: i64 = units.parse().unwrap_or(0);
    let scaled = |step: i64, word: &str| {
        let tenths = units.saturating_mul(10) / step;
        match tenths % 10 {
            0 => format!("{}{word}", tenths / 10),
            part => format!("{}.{part}{word}", tenths / 10),
        }
    };
    match units {
        1_000_000.. => scaled(1_000_000, "M"),
        1_000.. => scaled(1_000, "k"),
        _ if units == 0 && fraction.bytes().any(|digit| digit != b'0') => plain,
        _ => units.to_string(),
    }
}

/// Formats tenths, for example of a percent, as a decimal.
pub(super) fn tenths(number: u64) -> String {
    format!("{}.{}", number / 10, number % 10)
}

/// Formats hundredths as a decimal.
pub(super) fn hundredths(number: u64) -> String {
    format!("{}.{:02}", number / 100, number % 100)
}

/// Formats a month as `March 2027`.
pub(super) fn month(day: Day) -> String {
    let date = day.date();
    format!("{} {}", month_name(date), date.year())
}

/// Formats a day as `15 March`.
pub(super) fn day_of_month(day: Day) -> String {
    format!("{} {}", day.day_of_month(), month_name(day.date()))
}

/// Formats a length of time as `2 d 3 h`, `3 h 05 min` or `12 min`.
pub(super) fn length(minutes: u64) -> String {
    let (hours, days) = (minutes / 60, minutes / 1_440);
    if days > 0 {
        format!("{days} d {} h", hours % 24)
    } else if hours > 0 {
        format!("{hours} h {:02} min", minutes % 60)
    } else {
        format!("{minutes} min")
    }
}

fn month_name(date: Date) -> String {
    date.strftime("%B").to_string()
}

fn grouped(digits: &str) -> String {
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && digits.len().saturating_sub(at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{amount, count, length, short};
    use crate::model::money::{Currency, Money};

    #[test]
    fn numbers_are_grouped_by_thousands_and_axes_are_short() {
        let kes = Currency::from_code("KES").unwrap();
        let ugx = Currency::from_code("UGX").unwrap();
        assert_eq!(
            ["0", "999", "1,000", "1,234,567"],
            [0, 999, 1_000, 1_234_567].map(count).each_ref().map(String::as_str)
        );
        assert_eq!(amount(Money::from_minor(-123_456_789), &kes), "−1,234,567.89");
        assert_eq!(amount(Money::from_minor(1_500), &ugx), "1,500");
        let axis = [
            (0, "0"),
            (50, "0.50"),
            (30_000, "300"),
            (150_000, "1.5k"),
            (2_000_000, "20k"),
            (150_000_000, "1.5M"),
        ];
        for (minor, wanted) in axis {
            assert_eq!(short(minor, &kes), wanted);
        }
        assert_eq!([12, 185, 3_060].map(length), ["12 min", "3 h 05 min", "2 d 3 h"]);
    }
}
