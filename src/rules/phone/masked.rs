//! Which numbers may a masked one be?
//!
//! Providers hide the middle of a payer's number (`0712***345`, `2547****678`). What is left fits many numbers: it suggests, and
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

const fn is_mask(c: char) -> bool {
    matches!(c, '*' | '•' | '●' | '#' | 'x' | 'X')
}

/// Returns the masked number at the beginning of a cell, as it is written, and what follows it.
#[must_use]
pub fn at_beginning(cell: &str) -> Option<(&str, &str)> {
    let rest = cell.trim_start_matches(|c: char| c == '+' || c.is_ascii_digit() || is_mask(c));
    let number = cell.strip_suffix(rest)?;
    let fits = number.chars().any(is_mask)
        && number.chars().filter(char::is_ascii_digit).count() >= SHOWN_MIN
        && number.chars().count() <= CHARACTERS_MAX;
    fits.then_some((number, rest))
}

impl MaskedNumber {
    /// Reads a masked number; `None` where it is none, or shows too little.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let (number, _) = at_beginning(text)?;
        let plus = number.starts_with('+');
        let number = number.trim_start_matches('+');
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
