//! Is this account, or this phone number, the same as that one?
//!
//! An account is the same as written, but for letter case and the spaces at its ends and between its groups. A phone number is the
//! same once both are complete: never by its last digits. Must never know what follows from it.

use crate::model::name::Phone;
use crate::rules::messages::phone_number;

/// Returns whether two texts are the same account.
#[must_use]
pub fn same_account(one: &str, other: &str) -> bool {
    letters(one).eq(letters(other))
}

fn letters(account: &str) -> impl Iterator<Item = char> {
    account
        .chars()
        .filter(|letter| !letter.is_whitespace())
        .flat_map(char::to_lowercase)
}

/// Returns whether two numbers are the same, each completed by the site's country code.
#[must_use]
pub fn same_phone(one: &Phone, other: &Phone, country_code: Option<&str>) -> bool {
    if one == other {
        return true;
    }
    match (
        phone_number::complete(one.as_str(), country_code),
        phone_number::complete(other.as_str(), country_code),
    ) {
        (Ok(one), Ok(other)) => one == other,
        (Ok(_) | Err(_), _) => false,
    }
}
