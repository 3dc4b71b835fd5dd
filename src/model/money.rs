//! Amounts of money, in whole minor units.
//!
//! [`Money`] is a whole number of minor units; there is no floating point anywhere. Text becomes money only through a
//! [`Currency`], which knows how many digits may follow the point.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The largest amount that text may state, in minor units: far above any bill, far below where sums could overflow.
const AMOUNT_MAX: i64 = 1_000_000_000_000_000;

/// A signed amount in minor units (cents, or whole units of a currency without any).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Money(i64);

impl Money {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// Returns an amount given in minor units.
    #[must_use]
    pub const fn from_minor(minor: i64) -> Self {
        Self(minor)
    }

    /// Returns the amount in minor units.
    #[must_use]
    pub const fn minor(self) -> i64 {
        self.0
    }

    /// Returns the sum, or `None` if it does not fit.
    #[must_use]
    pub const fn plus(self, other: Self) -> Option<Self> {
        match self.0.checked_add(other.0) {
            Some(sum) => Some(Self(sum)),
            None => None,
        }
    }

    /// Returns the difference, or `None` if it does not fit.
    #[must_use]
    pub const fn minus(self, other: Self) -> Option<Self> {
        match self.0.checked_sub(other.0) {
            Some(difference) => Some(Self(difference)),
            None => None,
        }
    }

    /// Returns the same amount with the other sign.
    #[must_use]
    pub const fn negated(self) -> Self {
        Self(self.0.saturating_neg())
    }

    /// Returns whether it is above zero.
    #[must_use]
    pub const fn is_positive(self) -> bool {
        self.0 > 0
    }

    /// Returns whether it is below zero.
    #[must_use]
    pub const fn is_negative(self) -> bool {
        self.0 < 0
    }

    /// Returns whether it is zero.
    #[must_use]
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }
}

/// Why a text is no amount. The `Display` text says what is wrong and what would be right.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    /// Not digits with at most one point.
    #[error("`{text}` is not an amount; write digits with a point, such as `1500` or `1500.00`")]
    NotAnAmount {
        /// The text that was read.
        text: String,
    },
    /// One to three digits, a sign and exactly three digits: a fraction to some, thousands to others.
    #[error("`{text}` is unclear: {readings}")]
    Unclear {
        /// The text that was read.
        text: String,
        /// What it may be.
        readings: UnclearAmount,
    },
    /// More digits after the point than the currency has.
    #[error("`{text}` has {found} digits after the point, {currency} has {allowed}; write {example}")]
    TooManyDigits {
        /// The text that was read.
        text: String,
        /// Digits found after the point.
        found: usize,
        /// The currency's code.
        currency: String,
        /// Digits the currency has.
        allowed: u8,
        /// The nearest amounts that would be valid.
        example: String,
    },
    /// Larger than any amount this site could mean.
    #[error("`{text}` is too large; an amount has at most 13 digits before the point")]
    TooLarge {
        /// The text that was read.
        text: String,
    },
}

/// An amount that may be either of two. The `Display` text says what to write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnclearAmount {
    /// What it is where the sign stands before a fraction.
    as_decimal: String,
    /// Whether the currency has such an amount.
    decimal_fits: bool,
    /// What it is where the sign divides thousands.
    as_thousands: String,
}

impl UnclearAmount {
    /// Returns both readings as amounts below zero.
    fn below_zero(self) -> Self {
        Self {
            as_decimal: format!("-{}", self.as_decimal),
            as_thousands: format!("-{}", self.as_thousands),
            ..self
        }
    }
}

impl fmt::Display for UnclearAmount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (decimal, thousands) = (&self.as_decimal, &self.as_thousands);
        if self.decimal_fits {
            write!(f, "it may be {decimal} or {thousands}; write one of them")
        } else {
            // Nobody is told to write what is refused next.
            write!(
                f,
                "it may be {decimal}, which has too many digits, or {thousands}; write {thousands} if that is meant"
            )
        }
    }
}

/// A currency: its code and how many digits follow the point, as ISO 4217 gives them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Currency {
    code: [u8; 3],
    digits: u8,
}

/// Active codes of ISO 4217 (list one, 2024) whose minor unit has not two digits.
const UNUSUAL_DIGITS: &[(&str, u8)] = &[
    ("BHD", 3),
    ("BIF", 0),
    ("CLP", 0),
    ("DJF", 0),
    ("GNF", 0),
    ("IQD", 3),
    ("ISK", 0),
    ("JOD", 3),
    ("JPY", 0),
    ("KMF", 0),
    ("KRW", 0),
    ("KWD", 3),
    ("LYD", 3),
    ("OMR", 3),
    ("PYG", 0),
    ("RWF", 0),
    ("TND", 3),
    ("UGX", 0),
    ("VND", 0),
    ("VUV", 0),
    ("XAF", 0),
    ("XOF", 0),
    ("XPF", 0),
];

/// Active codes of ISO 4217 (list one, 2024) with two digits.
const TWO_DIGITS: &str = "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN BZD \
CAD CDF CHF CNY COP CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF \
IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR \
MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN \
SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VES WST XCD YER ZAR ZMW ZWG";

impl Currency {
    /// Returns the currency with an ISO 4217 code in capitals, or `None` for a code that is not in the list.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        let bytes: [u8; 3] = code.as_bytes().try_into().ok()?;
        if let Some((_, digits)) = UNUSUAL_DIGITS.iter().find(|(known, _)| *known == code) {
            return Some(Self {
                code: bytes,
                digits: *digits,
            });
        }
        TWO_DIGITS
            .split(' ')
            .any(|known| known == code)
            .then_some(Self { code: bytes, digits: 2 })
    }

    /// Returns the code, such as `KES`.
    #[must_use]
    pub fn code(&self) -> &str {
        std::str::from_utf8(&self.code).unwrap_or("???")
    }

    /// Returns the number of digits after the point.
    #[must_use]
    pub const fn digits(&self) -> u8 {
        self.digits
    }

    /// Returns the minor units in one unit: 1, 100 or 1000.
    const fn scale(&self) -> i64 {
        match self.digits {
            0 => 1,
            1 => 10,
            2 => 100,
            _ => 1000,
        }
    }

    /// Returns what digits without a sign before them may be, where they may be either of two amounts: one to three
    /// digits, a point or a comma, and exactly three digits, which is a fraction to one reader and thousands to another.
    /// In a currency of three digits the point is clear. Nobody writes thousands that begin with a zero.
    #[must_use]
    pub fn unclear(&self, digits: &str) -> Option<UnclearAmount> {
        let at = digits.find(['.', ','])?;
        let (whole, rest) = digits.split_at_checked(at)?;
        let (is_point, fraction) = (rest.starts_with('.'), rest.get(1..)?);
        let all_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        let fits = (1..=3).contains(&whole.len()) && fraction.len() == 3 && all_digits(whole) && all_digits(fraction);
        if !fits || whole.starts_with('0') || (self.digits == 3 && is_point) {
            return None;
        }
        let mut kept = fraction;
        while kept.len() > usize::from(self.digits) {
            match kept.strip_suffix('0') {
                Some(shorter) => kept = shorter,
                None => break,
            }
        }
        let whole_units: Money = self.parse_plain(&format!("{whole}{fraction}")).ok()?;
        Some(UnclearAmount {
            as_decimal: match kept {
                "" => whole.to_owned(),
                kept => format!("{whole}.{kept}"),
            },
            decimal_fits: kept.len() <= usize::from(self.digits),
            as_thousands: self.format(whole_units),
        })
    }

    /// Reads a decimal: an optional sign, digits, and at most [`Self::digits`] digits after one point.
    ///
    /// # Errors
    /// When the text is something else, may be either of two amounts, has more digits after the point, or is too large.
    pub fn parse(&self, text: &str) -> Result<Money, MoneyError> {
        let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
        match self.unclear(unsigned) {
            Some(readings) => Err(MoneyError::Unclear {
                text: text.to_owned(),
                readings: if text.starts_with('-') {
                    readings.below_zero()
                } else {
                    readings
                },
            }),
            None => self.parse_plain(text),
        }
    }

    /// Reads a decimal whose point is known to be one.
    ///
    /// # Errors
    /// As [`Self::parse`], but for the two amounts.
    pub(crate) fn parse_plain(&self, text: &str) -> Result<Money, MoneyError> {
        let not_an_amount = || MoneyError::NotAnAmount { text: text.to_owned() };
        let (negative, rest) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let (whole, fraction) = match rest.split_once('.') {
            Some((whole, fraction)) if !fraction.is_empty() => (whole, fraction),
            Some(_) => return Err(not_an_amount()),
            None => (rest, ""),
        };
        let all_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() || !all_digits(whole) || !all_digits(fraction) {
            return Err(not_an_amount());
        }
        let too_large = || MoneyError::TooLarge { text: text.to_owned() };
        if whole.trim_start_matches('0').len() > 13 {
            return Err(too_large());
        }
        if fraction.len() > usize::from(self.digits) {
            return Err(self.too_many_digits(text, whole, fraction, negative));
        }
        let units: i64 = whole.parse().map_err(|_| too_large())?;
        let padded = format!("{fraction:0<width$}", width = usize::from(self.digits));
        let minor: i64 = if padded.is_empty() {
            0
        } else {
            padded.parse().map_err(|_| not_an_amount())?
        };
        let total = units
            .checked_mul(self.scale())
            .and_then(|scaled| scaled.checked_add(minor))
            .ok_or_else(too_large)?;
        if total > AMOUNT_MAX {
            return Err(too_large());
        }
        Ok(Money(if negative { -total } else { total }))
    }

    fn too_many_digits(&self, text: &str, whole: &str, fraction: &str, negative: bool) -> MoneyError {
        let kept = fraction.get(..usize::from(self.digits)).unwrap_or("");
        let point = if kept.is_empty() { "" } else { "." };
        let lower = format!("{}{whole}{point}{kept}", if negative { "-" } else { "" });
        let step = Money(if negative { -1 } else { 1 });
        let example = match self.parse_plain(&lower).ok().and_then(|money| money.plus(step)) {
            Some(upper) => format!("`{lower}` or `{}`", self.format(upper)),
            None => format!("`{lower}`"),
        };
        MoneyError::TooManyDigits {
            text: text.to_owned(),
            found: fraction.len(),
            currency: self.code().to_owned(),
            allowed: self.digits,
            example,
        }
    }

    /// Formats the amount as a decimal with all of the currency's digits, such as `1500.00`; no thousands, no symbol.
    #[must_use]
    pub fn format(&self, money: Money) -> String {
        let sign = if money.is_negative() { "-" } else { "" };
        let minor = money.0.unsigned_abs();
        let scale = self.scale().unsigned_abs();
        if self.digits == 0 {
            return format!("{sign}{minor}");
        }
        let width = usize::from(self.digits);
        format!("{sign}{}.{:0width$}", minor / scale, minor % scale)
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}
