//! The refusals that several commands share.
//!
//! Turns each refusal of a lower layer into one with its way out, and reads typed words: an amount, a day, a name. Must never
//! know what is decided with them.

use crate::appliance::core::Appliance;
use crate::commands::person::person;
use crate::config::nearest::did_you_mean;
use crate::model::day::Day;
use crate::model::failure::Failure;
use crate::model::money::{Currency, Money};
use crate::model::name::{NameError, Reference};
use crate::model::subscriber::{State, Subscriber};
use crate::rules::manual_actions::ByHandError;
use crate::rules::wallet::RuleError;
use crate::store::error::StoreError;
use crate::store::write::transaction::Transaction;

impl From<RuleError> for Failure {
    fn from(error: RuleError) -> Self {
        Self::from(StoreError::from(error))
    }
}

impl From<ByHandError> for Failure {
    fn from(error: ByHandError) -> Self {
        let way_out = match &error {
            ByHandError::Closed(username) => format!("reopen it first with `weir subscriber reopen {username}`"),
            ByHandError::Held(username) => format!("release it first with `weir subscriber release {username}`"),
            ByHandError::NotHeld(username) | ByHandError::NotClosed(username) => {
                format!("`weir subscriber show {username}` shows its state")
            }
            ByHandError::DayPassed { .. } => "give today or a later day".to_owned(),
            ByHandError::NoLater { .. } => "give a later day".to_owned(),
            ByHandError::DebitOutstanding { username, .. } | ByHandError::DayCharged { username, .. } => {
                format!(
                    "see `weir ledger {username}`; to record a promise to pay use `weir subscriber extend {username} \
                    --until DAY`"
                )
            }
            ByHandError::Rule(rule) => return Self::from(rule.clone()),
        };
        Self::refused(error.to_string(), way_out)
    }
}

/// Returns the refusal of a subscriber who does not exist.
fn nobody(username: &str, hint: &str) -> Failure {
    Failure::refused(
        format!("there is no subscriber `{username}`{hint}"),
        format!("`weir find {}` shows who comes near", shell_word(username)),
    )
}

/// Returns a text as it is typed in a shell.
pub(crate) fn shell_word(text: &str) -> String {
    let is_plain = |letter: char| letter.is_alphanumeric() || matches!(letter, '+' | '.' | '_' | '/' | '@' | ':' | '-');
    if !text.is_empty() && text.chars().all(is_plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', "'\\''"))
}

/// Checks that a subscriber exists, before anything is decided; where not, names the one that was probably meant.
///
/// # Errors
/// When nobody has this name, or when the store cannot be read.
pub(crate) fn known(appliance: &Appliance, username: &str) -> Result<Subscriber, Failure> {
    let reader = appliance.store.read()?;
    if let Some(subscriber) = reader.subscriber_named(username)? {
        return Ok(subscriber);
    }
    let mut names = Vec::new();
    reader.each_subscriber(|subscriber| -> Result<(), StoreError> {
        // Only what begins alike or is as long is kept: a hundred thousand names are not gathered for a typing error.
        let name = subscriber.username.as_str();
        if name.len().abs_diff(username.len()) <= 3 && !did_you_mean(username, [name]).is_empty() {
            names.push(name.to_owned());
        }
        Ok(())
    })?;
    Err(nobody(
        username,
        &did_you_mean(username, names.iter().map(String::as_str)),
    ))
}

/// Returns the subscriber of a name, inside a transaction.
///
/// # Errors
/// When nobody has this name, or when the store cannot be read.
pub(crate) fn named(tx: &Transaction<'_>, username: &str) -> Result<Subscriber, Failure> {
    tx.subscriber_named(username)?.ok_or_else(|| nobody(username, ""))
}

/// Refuses a closed account where a payment is meant for it by hand.
pub(crate) fn open_for_payment(subscriber: &Subscriber) -> Result<(), Failure> {
    if subscriber.state == State::Closed {
        return Err(Failure::refused(
            format!("{} is closed and accepts no payment", person(subscriber)),
            format!(
                "reopen it with `weir subscriber reopen {0}`, or correct its balance with `weir adjust {0} AMOUNT --comment TEXT`",
                subscriber.username
            ),
        ));
    }
    Ok(())
}

/// Returns the refusal of a text that cannot be a name.
pub(crate) fn wrong_name(error: &NameError) -> Failure {
    Failure::refused(error.to_string(), "correct it and try again; nothing was changed")
}

/// Reads a payment's reference.
pub(crate) fn reference(text: &str) -> Result<Reference, Failure> {
    Reference::new(text).map_err(|error| wrong_name(&error))
}

/// Reads an amount, signed.
pub(crate) fn amount(currency: &Currency, text: &str) -> Result<Money, Failure> {
    currency.parse(text).map_err(|error| {
        Failure::refused(
            format!("amount {error}"),
            "correct it and try again; nothing was changed",
        )
    })
}

/// Reads a day.
pub(crate) fn day(what: &str, text: &str) -> Result<Day, Failure> {
    Day::parse(text).ok_or_else(|| {
        Failure::refused(
            format!("{what} `{text}` is not a day"),
            "write `YYYY-MM-DD`, for example `2027-03-09`",
        )
    })
}
