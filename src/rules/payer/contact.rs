//! Does this subscriber have this account, or this phone?
//!
//! Asked wherever somebody is found by one: for a payment, for a command, and to say that two share it. Exact: what is merely near is
//! [`crate::rules::payer::suggestion`]'s.

use crate::model::subscriber::Subscriber;
use crate::rules::payer::account::same_account;
use crate::rules::phone::complete::{NumberingPlan, SameNumber, same_number};

/// Returns whether it is their account, in whatever case and with whatever spaces.
#[must_use]
pub fn has_account(subscriber: &Subscriber, account: &str) -> bool {
    let known = subscriber.profile.account.as_ref();
    known.is_some_and(|known| same_account(known.as_str(), account))
}

/// Returns whether it is their phone.
#[must_use]
pub fn has_number(subscriber: &Subscriber, number: &SameNumber, plan: NumberingPlan<'_>) -> bool {
    let known = subscriber.profile.phone.as_ref();
    known.is_some_and(|known| same_number(known.as_str(), plan).as_ref() == Some(number))
}
