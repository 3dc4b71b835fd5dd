//! What do a statement's cells say about the payer?
//!
//! The phone stands at the beginning of its cell, whole or with a part hidden, and the payer's name may follow it
//! (`254712345678 - AMINA WANJIRU`). What is kept of a cell is normalised and bounded.

use crate::import::csv::trimmed;
use crate::model::characters::normalised;
use crate::model::name::Phone;
use crate::rules::phone::masked;

/// The longest account, name or phone that is kept as it is written, in characters; longer than any account of a subscriber.
pub(crate) const WORDS_CHARS_MAX: usize = 200;

/// From so many digits on, what follows the number in its cell may be another number.
const OTHER_NUMBER_DIGITS_MIN: usize = 7;

/// The payer as the cell of the phone tells.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct PayerCells {
    /// The phone, where it is shown whole.
    pub(crate) phone: Option<Phone>,
    /// The phone as it is shown.
    pub(crate) shown: Option<String>,
    /// The name, where one follows.
    pub(crate) name: Option<String>,
}

/// Reads the cell of the phone.
pub(crate) fn read(cell: &str) -> PayerCells {
    let cell = normalised(cell);
    let name = |rest: &str| shown(rest.trim_start_matches([' ', '-', ':', ',', '/', '|']), WORDS_CHARS_MAX);
    if let Some((number, rest)) = masked::at_beginning(&cell) {
        return PayerCells {
            phone: None,
            shown: shown(number, WORDS_CHARS_MAX),
            name: name(rest),
        };
    }
    if let Ok(phone) = Phone::new(&cell) {
        return whole(phone, None);
    }
    let digits = cell.trim_start_matches('+');
    let rest = digits.trim_start_matches(|c: char| c.is_ascii_digit());
    let leading = digits.strip_suffix(rest).unwrap_or(digits);
    // A spreadsheet has rounded it (`2.54712E+11`), or a part is hidden where it is not looked for.
    // Two numbers: which of them paid, nobody knows.
    let several = rest.chars().filter(char::is_ascii_digit).count() >= OTHER_NUMBER_DIGITS_MIN;
    let partial = several || cell.contains('*') || (rest.starts_with(['.', ',']) && cell.to_uppercase().contains("E+"));
    let plus = if digits.len() < cell.len() { "+" } else { "" };
    match Phone::new(&format!("{plus}{leading}")) {
        Ok(phone) if !partial => whole(phone, name(rest)),
        Ok(_) | Err(_) if leading.is_empty() => PayerCells {
            name: name(&cell),
            ..PayerCells::default()
        },
        Ok(_) | Err(_) => PayerCells {
            shown: shown(&cell, WORDS_CHARS_MAX),
            ..PayerCells::default()
        },
    }
}

fn whole(phone: Phone, name: Option<String>) -> PayerCells {
    PayerCells {
        shown: Some(phone.to_string()),
        phone: Some(phone),
        name,
    }
}

/// Returns what somebody typed, fit to be kept and shown: normalised, no control characters, not too long; `None` if nothing is
/// left.
pub(crate) fn shown(text: &str, chars_max: usize) -> Option<String> {
    let clean: String = normalised(text)
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    let short: String = trimmed(&clean).chars().take(chars_max).collect();
    let short = trimmed(&short);
    (!short.is_empty()).then(|| short.to_owned())
}
