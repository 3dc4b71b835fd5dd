//! Which amount does a statement's cell have?
//!
//! Reads amounts as banks write them: `1,500.00`, `1.500,00`, `1 500,00 €`, `(300.00)`, `300.00 DR`. A separator of
//! thousands must be followed by three digits, because `1500,00` read with the wrong separator would be a hundred times
//! as much.

use crate::import::csv::trimmed;
use crate::model::money::{Currency, Money};
use crate::model::statement_format::DecimalSign;

/// The longest cell that can be an amount, in characters.
const AMOUNT_CHARS_MAX: usize = 64;

/// Reads an amount; `None` where the cell is empty or holds a dash alone. Digits beyond the currency's are dropped when they are zeros.
///
/// # Errors
/// In words, when the cell is no amount, has digits that the currency has not, or names another currency.
pub fn read(text: &str, decimal: DecimalSign, currency: &Currency) -> Result<Option<Money>, String> {
    let text = trimmed(text);
    if text.chars().all(|c| matches!(c, '-' | '\u{2212}' | '\u{2013}')) {
        return Ok(None);
    }
    if text.chars().count() > AMOUNT_CHARS_MAX {
        return Err(format!(
            "a cell of more than {AMOUNT_CHARS_MAX} characters is not an amount"
        ));
    }
    let (negative, digits) = unwrapped(text, currency)?;
    let plain = plain(digits, decimal, currency).ok_or_else(|| {
        let example = match decimal {
            DecimalSign::Point => "`1500.00` or `1,500.00`",
            DecimalSign::Comma => "`1500,00` or `1.500,00`",
        };
        format!("`{text}` is not an amount; this statement writes {example}")
    })?;
    let amount = currency.parse(&plain).map_err(|error| error.to_string())?;
    Ok(Some(if negative { amount.negated() } else { amount }))
}

/// Takes signs, brackets and currencies off, and says whether they make the amount negative.
fn unwrapped<'a>(text: &'a str, currency: &Currency) -> Result<(bool, &'a str), String> {
    let mut rest = text;
    let mut minus: Option<bool> = None;
    let mut side: Option<bool> = None;
    let mut words = 0_u8;
    let twice = || format!("`{text}` is not an amount: its signs contradict each other");
    loop {
        rest = trimmed(rest);
        let inner = rest.strip_prefix('(').and_then(|inner| inner.strip_suffix(')'));
        let is_minus = |c: char| matches!(c, '-' | '\u{2212}');
        let signed = rest.strip_prefix(is_minus).or_else(|| rest.strip_suffix(is_minus));
        let positive = rest.strip_prefix('+').or_else(|| rest.strip_suffix('+'));
        let found = if let Some(inner) = inner.or(signed) {
            rest = inner;
            minus.replace(true)
        } else if let Some(inner) = positive {
            rest = inner;
            minus.replace(false)
        } else if let Some((word, inner)) = word_at_an_end(rest) {
            rest = inner;
            words = words.saturating_add(1);
            match word.to_uppercase().as_str() {
                "DR" | "D" => side.replace(true),
                "CR" | "C" => side.replace(false),
                code if Currency::from_code(code).is_some() && code != currency.code() => {
                    return Err(format!("`{text}` is in {code}, and the site's currency is {currency}"));
                }
                _ => None,
            }
        } else {
            break;
        };
        if found.is_some() || words > 2 {
            return Err(twice());
        }
    }
    match (minus, side) {
        // A debit may have its minus as well; a credit with a minus, or a debit with a plus, may mean either.
        (Some(true), Some(false)) | (Some(false), Some(true)) => Err(twice()),
        (minus, side) => Ok((minus == Some(true) || side == Some(true), rest)),
    }
}

/// Returns a currency sign or a word of letters before or behind the digits, and what is left without it.
fn word_at_an_end(text: &str) -> Option<(&str, &str)> {
    let part = |c: char| c.is_alphabetic() || is_currency_sign(c);
    let before = text.trim_start_matches(part);
    if before.len() < text.len() {
        let word = text.strip_suffix(before)?;
        // `Rp.1500`: the full stop ends the word.
        return Some((word, before.strip_prefix('.').unwrap_or(before)));
    }
    let behind = text.trim_end_matches('.').trim_end_matches(part);
    let word = text.strip_prefix(behind)?.trim_end_matches('.');
    (!word.is_empty()).then_some((word, behind))
}

/// Returns whether this is a currency sign. *Source:* Unicode 15.1, general category Sc: the block Currency Symbols and
/// the older signs outside of it.
const fn is_currency_sign(c: char) -> bool {
    matches!(c, '$' | '\u{A2}'..='\u{A5}' | '\u{E3F}' | '\u{20A0}'..='\u{20CF}')
}

/// Returns the digits as the currency reads them: a point, no thousands, no zeros beyond the currency's digits.
fn plain(text: &str, decimal: DecimalSign, currency: &Currency) -> Option<String> {
    let (point, thousands) = match decimal {
        DecimalSign::Point => ('.', ','),
        DecimalSign::Comma => (',', '.'),
    };
    let (whole, fraction) = text.split_once(point).unwrap_or((text, ""));
    let all_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if !all_digits(fraction) || (whole.is_empty() && fraction.is_empty()) {
        return None;
    }
    let whole = without_thousands(whole, thousands)?;
    let mut fraction = fraction;
    while fraction.len() > usize::from(currency.digits()) {
        match fraction.strip_suffix('0') {
            Some(shorter) => fraction = shorter,
            None => break,
        }
    }
    let whole = if whole.is_empty() { "0" } else { &whole };
    Some(if fraction.is_empty() {
        whole.to_owned()
    } else {
        format!("{whole}.{fraction}")
    })
}

/// Returns the digits before the point. Groups must be divided by one and the same sign and be three digits long, those
/// before the last also two (as in India: `1,00,000`).
fn without_thousands(whole: &str, thousands: char) -> Option<String> {
    let divider = |c: char| {
        if c.is_whitespace() {
            Some(' ')
        } else {
            (c == thousands || c == '\'' || c == '\u{2019}').then_some(c)
        }
    };
    let mut groups = vec![String::new()];
    let mut used: Option<char> = None;
    for c in whole.chars() {
        if c.is_ascii_digit() {
            groups.last_mut()?.push(c);
        } else {
            let sign = divider(c)?;
            if *used.get_or_insert(sign) != sign {
                return None;
            }
            groups.push(String::new());
        }
    }
    if let [first, middle @ .., last] = groups.as_slice() {
        let sound = (1..=3).contains(&first.len()) && middle.iter().all(|group| matches!(group.len(), 2 | 3));
        if !sound || last.len() != 3 {
            return None;
        }
    }
    Some(groups.concat())
}
