//! Are these two spellings of one account?
//!
//! Payers type an account with other capitals and with blanks between its groups. All else tells accounts apart: `A-1` and `A1` may
//! be two people's.

use crate::model::characters::normalised;

/// Returns an account without blanks and in small letters: what its spellings have in common.
#[must_use]
pub fn spelling(account: &str) -> String {
    let account = normalised(account);
    let letters = account.chars().filter(|c| !c.is_whitespace());
    letters.flat_map(char::to_lowercase).collect()
}

/// Returns whether two spellings are one account.
#[must_use]
pub fn same_account(one: &str, other: &str) -> bool {
    spelling(one) == spelling(other)
}
