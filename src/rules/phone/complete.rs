//! How is a phone number completed?
//!
//! Lists and statements have numbers as people dial them: with the country's prefix in front (`0712…`, `06 30…`, `8 916…`), with
//! its code, with or without a plus. A whole number is the plus, the country's code and the rest, in a length that the country has.
//! A number that can be read in two ways is none. *Source:* ITU-T E.164: at most 15 digits.
//!
//! Must never know: whose number it is.

use crate::model::characters::normalised;
use crate::rules::phone::countries::{Country, of_code, of_number};

/// The fewest digits of a whole number.
const DIGITS_MIN: usize = 8;
/// The most digits of a whole number.
const DIGITS_MAX: usize = 15;
/// From so many digits on, a number without plus and without a 0 in front may hold a foreign country's code.
const DIGITS_WITH_CODE: usize = 11;
/// The fewest digits by which a number as dialled inside the country is compared.
const DIALLED_MIN: usize = 7;
/// The prefix of most countries, for a code of which nothing is known.
const COMMON_TRUNK: &str = "0";

/// How the site's own country numbers its phones.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct NumberingPlan<'a> {
    /// The country calling code without plus, where the site says it.
    pub country_code: Option<&'a str>,
    /// What is dialled before a number inside the country, where the site says it; empty for nothing.
    pub trunk_prefix: Option<&'a str>,
}

/// What two spellings of one number have in common.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum SameNumber {
    /// The whole number, with its plus.
    Complete(String),
    /// The digits as dialled inside a country that the site does not name: they are the same number as the same digits alone.
    Dialled(String),
}

/// A country's facts with the site's own word on the prefix.
#[derive(Clone, Copy)]
struct Facts<'a> {
    code: &'a str,
    trunk: &'a str,
    known: Option<&'static Country>,
    zero: bool,
}

/// How well a length fits: mobile numbers are read before fixed ones, since they pay and get texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Fits {
    Mobile,
    Fixed,
}

impl<'a> Facts<'a> {
    fn of(country: &'static Country) -> Self {
        Self {
            code: country.code,
            trunk: country.trunk,
            known: Some(country),
            zero: country.zero,
        }
    }

    /// Returns the facts of the site's own country.
    fn own(plan: NumberingPlan<'a>) -> Option<Self> {
        let code = plan.country_code?;
        let known = of_code(code);
        let own = known.map_or(
            Self {
                code,
                trunk: COMMON_TRUNK,
                known: None,
                zero: false,
            },
            Self::of,
        );
        Some(match plan.trunk_prefix {
            None => own,
            // Without a prefix, a 0 in front can only belong to the number.
            Some(trunk) => Self {
                trunk,
                zero: trunk.is_empty() || (own.zero && !trunk.starts_with('0')),
                ..own
            },
        })
    }

    /// Returns how a number without code and prefix fits the country, if it does.
    fn fits(&self, national: &str) -> Option<Fits> {
        if national.starts_with('0') && !self.zero {
            return None;
        }
        let Some(country) = self.known else {
            let whole = self.code.len().saturating_add(national.len());
            return (DIGITS_MIN..=DIGITS_MAX).contains(&whole).then_some(Fits::Mobile);
        };
        let length = u8::try_from(national.len()).ok()?;
        if country.mobile.contains(&length) {
            Some(Fits::Mobile)
        } else {
            country.fixed.contains(&length).then_some(Fits::Fixed)
        }
    }

    fn whole(&self, national: &str) -> String {
        format!("+{}{national}", self.code)
    }

    /// Returns the number behind the country's code, where it is one. A prefix between them is dropped if the number is too long
    /// with it (`+254 0712…`, `+44 (0)20…`).
    fn behind_code(&self, rest: &str) -> Option<(Fits, String)> {
        let short = || {
            let short = rest.strip_prefix(self.trunk).filter(|_| !self.trunk.is_empty())?;
            // As long as a number is without the prefix: then the 0 was part of a wrong number.
            let counted = u8::try_from(rest.len()).ok()?;
            let possible = |country: &Country| country.mobile.contains(&counted) || country.fixed.contains(&counted);
            (!self.known.is_some_and(possible)).then_some(short)
        };
        let whole = |national: &str| Some((self.fits(national)?, self.whole(national)));
        whole(rest).or_else(|| whole(short()?))
    }

    /// Returns every way to read a number that begins with no plus.
    fn readings(&self, digits: &str) -> Vec<(Fits, String)> {
        let mut found: Vec<(Fits, String)> = Vec::new();
        let mut add = |reading: Option<(Fits, String)>| {
            if let Some(reading) = reading
                && !found.iter().any(|(_, whole)| *whole == reading.1)
            {
                found.push(reading);
            }
        };
        let national = |national: &str| Some((self.fits(national)?, self.whole(national)));
        let trunk = digits.strip_prefix(self.trunk).filter(|_| !self.trunk.is_empty());
        add(trunk.and_then(national));
        add(digits.strip_prefix(self.code).and_then(|rest| self.behind_code(rest)));
        // In a country with a prefix only a mobile number is whole without it: a spreadsheet has eaten the 0. A fixed one lacks
        // its area then.
        let bare = national(digits).filter(|(fits, _)| self.trunk.is_empty() || *fits == Fits::Mobile);
        add(bare.filter(|_| self.known.is_some()));
        found
    }

    /// Says how long the country's numbers are.
    fn lengths(&self) -> String {
        let Some(country) = self.known else {
            return format!("with the country code it needs {DIGITS_MIN} to {DIGITS_MAX} digits and no 0 in front");
        };
        let all = || country.mobile.iter().chain(country.fixed);
        let (least, most) = (all().min().unwrap_or(&0), all().max().unwrap_or(&0));
        let lengths = if least == most {
            least.to_string()
        } else {
            format!("{least} to {most}")
        };
        let after = match self.trunk {
            "" => String::new(),
            trunk => format!(" after `{trunk}`"),
        };
        format!("numbers of country code {} have {lengths} digits{after}", self.code)
    }
}

/// Returns the number with plus and country code.
///
/// # Errors
/// Why it is none, with what would be right.
pub fn complete(text: &str, plan: NumberingPlan<'_>) -> Result<String, String> {
    let kept: String = normalised(text)
        .chars()
        .filter(|c| !matches!(c, ' ' | '-' | '(' | ')' | '.' | '/'))
        .collect();
    let (plus, digits) = match kept.strip_prefix('+') {
        Some(digits) => (true, digits),
        None => (false, kept.as_str()),
    };
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(format!("`{text}` is not a phone number; write it like `+254700000001`"));
    }
    let own = Facts::own(plan);
    if plus {
        return international(text, digits, own);
    }
    let abroad = digits.strip_prefix("00").map(|rest| international(text, rest, own));
    if let Some(Ok(whole)) = abroad {
        return Ok(whole);
    }
    let readings = own.map(|own| own.readings(digits)).unwrap_or_default();
    let best = readings.iter().map(|(fits, _)| *fits).min();
    let mut best = readings.iter().filter(|(fits, _)| Some(*fits) == best);
    match (best.next(), best.next()) {
        (Some((_, whole)), None) => return Ok(whole.clone()),
        (Some((_, first)), Some((_, second))) => {
            return Err(format!(
                "`{text}` may mean `{first}` or `{second}`; write it with `+` and the country code"
            ));
        }
        (None, _) => {}
    }
    if let Some(Err(why)) = abroad {
        return Err(why);
    }
    if !digits.starts_with('0')
        && digits.len() >= DIGITS_WITH_CODE
        && let Some(country) = of_number(digits)
        && let Some((_, whole)) = behind(digits, own, country)
    {
        return Ok(whole);
    }
    Err(match own {
        Some(own) => format!("`{text}` is not a phone number: {}", own.lengths()),
        None if digits.starts_with('0') => {
            format!("`{text}` has no country code; set `country_code` under [messages], or write the number with `+`")
        }
        None => format!("`{text}` begins neither with 0 nor with a country code; write it like `+254700000001`"),
    })
}

/// Reads a number with its country's code.
fn international(text: &str, digits: &str, own: Option<Facts<'_>>) -> Result<String, String> {
    let unfit = |why: String| Err(format!("`{text}` is not a phone number: {why}"));
    match of_number(digits) {
        Some(country) => match behind(digits, own, country) {
            Some((_, whole)) => Ok(whole),
            None => unfit(Facts::of(country).lengths()),
        },
        None if digits.starts_with('0') || !(DIGITS_MIN..=DIGITS_MAX).contains(&digits.len()) => unfit(format!(
            "with the country code it needs {DIGITS_MIN} to {DIGITS_MAX} digits and no 0 in front"
        )),
        None => Ok(format!("+{digits}")),
    }
}

fn behind(digits: &str, own: Option<Facts<'_>>, country: &'static Country) -> Option<(Fits, String)> {
    let rest = digits.strip_prefix(country.code)?;
    match own {
        Some(own) if own.code == country.code => own.behind_code(rest),
        Some(_) | None => Facts::of(country).behind_code(rest),
    }
}

/// Returns what this number is compared by, or `None` where it cannot be told which number it is.
#[must_use]
pub fn same_number(text: &str, plan: NumberingPlan<'_>) -> Option<SameNumber> {
    if let Ok(whole) = complete(text, plan) {
        return Some(SameNumber::Complete(whole));
    }
    let digits: String = text
        .chars()
        .filter(|c| !matches!(c, ' ' | '-' | '(' | ')' | '.'))
        .collect();
    let dialled =
        plan.country_code.is_none() && digits.len() >= DIALLED_MIN && digits.bytes().all(|byte| byte.is_ascii_digit());
    dialled.then_some(SameNumber::Dialled(digits))
}

/// Returns why a number is certainly none, whatever the country: it has a length that no number has there.
#[must_use]
pub fn unfit(text: &str, plan: NumberingPlan<'_>) -> Option<String> {
    let why = complete(text, plan).err()?;
    same_number(text, plan).is_none().then_some(why)
}

/// Returns whether a whole number has the length of a mobile one: others get no texts.
#[must_use]
pub fn has_mobile_length(whole: &str) -> bool {
    let digits = whole.trim_start_matches('+');
    of_number(digits).is_none_or(|country| {
        let national = digits.len().saturating_sub(country.code.len());
        u8::try_from(national).is_ok_and(|length| country.mobile.contains(&length))
    })
}
