//! Which numbers may a masked one be?
//!
//! Providers hide the middle of a payer's number (`0712***345`, `254-712-***-345`). What is left fits many numbers: it suggests, and
//! never credits.

use crate::rules::phone::complete::NumberingPlan;
use crate::rules::phone::countries::of_code;

/// The fewest digits that must be left for a masked number to suggest anybody.
const SHOWN_MIN: usize = 5;
/// The most characters of a masked number.
const CHARACTERS_MAX: usize = 24;

/// The digits that are left of a number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MaskedNumber {
    /// Those in front, as they are written.
    front: String,
    /// Whether a plus stands before them.
    plus: bool,
    /// Those at the end.
    back: String,
}

/// From so many digits on, the first group is a number by itself.
const WHOLE_MIN: usize = 9;
/// What may stand between the groups of a number.
const SEPARATORS: [char; 2] = [' ', '-'];

const fn is_mask(c: char) -> bool {
    matches!(c, '*' | '•' | '●' | '#' | 'x' | 'X')
}

/// Returns the masked number at the beginning of a cell, as it is written, and what follows it.
#[must_use]
pub fn at_beginning(cell: &str) -> Option<(&str, &str)> {
    let number = spanned(cell);
    let rest = cell.strip_prefix(number)?;
    let fits = number.chars().any(is_mask)
        && number.chars().filter(char::is_ascii_digit).count() >= SHOWN_MIN
        && number.chars().count() <= CHARACTERS_MAX;
    fits.then_some((number, rest))
}

/// Returns the groups of digits and signs at the beginning of a cell, with one blank or dash between two of them. Behind the first,
/// a group needs a digit or a sign that is no letter: an `X` is the beginning of a name as well. Behind a whole number stands no
/// other group.
fn spanned(cell: &str) -> &str {
    let of_number = |c: char| c == '+' || c.is_ascii_digit() || is_mask(c);
    let mut rest = cell.trim_start_matches(of_number);
    let first = cell.strip_suffix(rest).unwrap_or(cell);
    if !first.contains(is_mask) && first.len() >= WHOLE_MIN {
        return first;
    }
    while let Some(next) = rest.strip_prefix(SEPARATORS) {
        let behind = next.trim_start_matches(of_number);
        let group = next.strip_suffix(behind).unwrap_or_default();
        let tells = |c: char| c.is_ascii_digit() || (is_mask(c) && !c.is_alphabetic());
        let ends_in_word = behind.starts_with(char::is_alphanumeric);
        if ends_in_word || !group.contains(tells) {
            break;
        }
        rest = behind;
    }
    cell.strip_suffix(rest).unwrap_or(cell)
}

impl MaskedNumber {
    /// Reads a masked number; `None` where it is none, or shows too little.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let (number, _) = at_beginning(text)?;
        let plus = number.starts_with('+');
        let number: String = number
            .trim_start_matches('+')
            .chars()
            .filter(|c| !SEPARATORS.contains(c))
            .collect();
        let (front, behind) = number.split_once(is_mask)?;
        let back = behind.trim_start_matches(is_mask);
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        (digits(front) && digits(back)).then(|| Self {
            front: front.to_owned(),
            plus,
            back: back.to_owned(),
        })
    }

    /// Returns whether a whole number, with its plus, may be this one.
    #[must_use]
    pub fn fits(&self, whole: &str, plan: NumberingPlan<'_>) -> bool {
        let digits = whole.trim_start_matches('+');
        if !digits.ends_with(&self.back) || digits.len() <= self.front.len().saturating_add(self.back.len()) {
            return false;
        }
        if digits.starts_with(&self.front) {
            return true;
        }
        let Some(code) = plan.country_code.filter(|_| !self.plus) else {
            return false;
        };
        let trunk = plan.trunk_prefix.or_else(|| of_code(code).map(|country| country.trunk));
        let dialled = trunk
            .and_then(|trunk| self.front.strip_prefix(trunk))
            .unwrap_or(&self.front);
        digits
            .strip_prefix(code)
            .is_some_and(|national| national.starts_with(dialled))
    }
}
