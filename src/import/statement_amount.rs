//! Which amount does a statement's cell have?
//!
//! Reads amounts as banks write them: `1,500.00`, `1.500,00`, `1 500,00 €`, `(300.00)`, `300.00 DR`. A separator of
//! thousands must be followed by three digits, because `1500,00` read with the wrong separator would be a hundred times
//! as much. Where nobody has said which sign this bank writes, `1.500` and `1,500` are refused, because either may be a
//! thousand times the other. Words beside the digits must name the currency or the side (`DR`, `CR`).

use crate::import::csv::trimmed;
use crate::import::currency_words::{self, Side};
use crate::model::money::{Currency, Money};
use crate::model::statement_format::DecimalSign;

/// The longest cell that can be an amount, in characters.
const AMOUNT_CHARS_MAX: usize = 64;

/// Reads an amount; `None` where the cell is empty or holds a dash alone. Digits beyond the currency's are dropped when they are zeros.
///
/// # Errors
/// In words, when the cell is no amount, may be either of two amounts, has digits that the currency has not, has words
/// beside them that are no currency, or names another currency.
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
    if decimal == DecimalSign::Unsaid
        && let Some(unclear) = currency.unclear(digits)
    {
        return Err(format!(
            "`{text}` is unclear: {unclear}, or say in [[statements]] which sign this bank writes: `decimal = \".\"` or \
             `decimal = \",\"`"
        ));
    }
    let plain = plain(digits, decimal, currency).ok_or_else(|| {
        let right = match decimal {
            DecimalSign::Unsaid => {
                "write `1500.00` or `1,500.00`, or say `decimal = \",\"` in [[statements]] if this bank writes `1500,00`"
            }
            DecimalSign::Point => "this statement writes `1500.00` or `1,500.00`",
            DecimalSign::Comma => "this statement writes `1500,00` or `1.500,00`",
        };
        format!("`{text}` is not an amount; {right}")
    })?;
    let amount = currency.parse_plain(&plain).map_err(|error| error.to_string())?;
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
        } else if let Some((word, at, inner)) = word_at_an_end(rest) {
            rest = inner;
            words = words.saturating_add(1);
            match word.to_uppercase().as_str() {
                "DR" | "D" => side.replace(true),
                "CR" | "C" => side.replace(false),
                _ => {
                    names_the_currency(text, word, at, currency)?;
                    None
                }
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

/// Checks that a word beside the digits is the site's currency: its code, a word for it, or a sign.
fn names_the_currency(text: &str, word: &str, at: Side, currency: &Currency) -> Result<(), String> {
    if word.chars().all(is_currency_sign) {
        return Ok(());
    }
    let code = word.to_uppercase();
    let named = Currency::from_code(&code).is_some().then_some(code.as_str());
    let known = currency_words::codes(word, at);
    if named == Some(currency.code()) || known.contains(&currency.code()) {
        return Ok(());
    }
    match named.or_else(|| known.first().copied()) {
        Some(other) => Err(format!("`{text}` is in {other}, and the site's currency is {currency}")),
        None => Err(format!(
            "`{text}` is not an amount: `{word}` is no word for {currency}; write the whole amount in digits"
        )),
    }
}

/// Returns a currency sign or a word of letters before or behind the digits, its side, and what is left without it.
fn word_at_an_end(text: &str) -> Option<(&str, Side, &str)> {
    let part = |c: char| c.is_alphabetic() || is_currency_sign(c);
    let before = text.trim_start_matches(part);
    if before.len() < text.len() {
        let word = text.strip_suffix(before)?;
        // `Rp.1500`, `S/1500`: the sign ends the word.
        let left = before.strip_prefix(['.', '/']).unwrap_or(before);
        let word = if before.starts_with('/') {
            text.get(..word.len().saturating_add(1))?
        } else {
            word
        };
        return Some((word, Side::Before, left));
    }
    let behind = text.trim_end_matches('.').trim_end_matches(part);
    let word = text.strip_prefix(behind)?.trim_end_matches('.');
    (!word.is_empty()).then_some((word, Side::Behind, behind))
}

/// Returns whether this is a currency sign. *Source:* Unicode 15.1, general category Sc: the block Currency Symbols and
/// the older signs outside of it.
const fn is_currency_sign(c: char) -> bool {
    matches!(c, '$' | '\u{A2}'..='\u{A5}' | '\u{E3F}' | '\u{20A0}'..='\u{20CF}')
}

/// Returns the digits as the currency reads them: a point, no thousands, no zeros beyond the currency's digits.
fn plain(text: &str, decimal: DecimalSign, currency: &Currency) -> Option<String> {
    let (point, thousands) = match decimal {
        DecimalSign::Unsaid | DecimalSign::Point => ('.', ','),
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
/// before the last also two (as in India: `1,00,000`). The first one begins with no zero, unless all is zero: `0,500` is
/// half of one under the other sign.
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
        let sound = sound && (!first.starts_with('0') || whole.chars().all(|c| !matches!(c, '1'..='9')));
        if !sound || last.len() != 3 {
            return None;
        }
    }
    Some(groups.concat())
}
