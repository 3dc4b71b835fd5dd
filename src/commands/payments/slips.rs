//! Asks before it takes what may be a slip of whoever types a payment.
//!
//! Two slips are seen: an amount far above the price, and the same cash once more. At a terminal they are asked about; a
//! script adds `--yes` or `--again`. The rows of a statement are not asked about, since nobody typed them; a large one is
//! named in the answer.

use crate::commands::context::CommandContext;
use crate::commands::person::person;
use crate::model::entry::Entry;
use crate::model::failure::{Consent, Failure};
use crate::model::money::Money;
use crate::model::package::Package;
use crate::model::subscriber::Subscriber;
use crate::model::unmatched::Holder;
use crate::rules::payment::{self, UnusualAmount};
use crate::store::error::StoreError;
use crate::store::write::transaction::Transaction;

/// Entries of a wallet that are looked at; nobody pays more often in ten minutes.
const ENTRIES_MAX: usize = 100;

/// Milliseconds in a minute.
const MINUTE_MS: i64 = 60_000;

/// Returns why a payment is unusually large for a subscriber, as in "15000.00 KES is more than twelve times …".
pub(crate) fn unusual(deciding: &CommandContext<'_>, subscriber: &Subscriber, amount: Money) -> Option<String> {
    let package = package_of(deciding, subscriber);
    let ask_above = deciding.in_force.config.billing.ask_above;
    let price = package.map(|package| package.price);
    let found = payment::unusual(amount, price, ask_above)?;
    let amount = deciding.amount(amount);
    Some(match found {
        UnusualAmount::AskAbove(limit) => format!(
            "{amount} is more than {}, above which this site asks",
            deciding.amount(limit)
        ),
        UnusualAmount::TwelveTimes(price) => {
            let whose = package.map_or_else(String::new, |package| format!(", the price of `{}`", package.name));
            format!("{amount} is more than twelve times {}{whose}", deciding.amount(price))
        }
    })
}

/// Returns the package by whose price a payment is judged: the subscriber's, or the dearest one where theirs costs nothing.
fn package_of<'c>(deciding: &'c CommandContext<'_>, subscriber: &Subscriber) -> Option<&'c Package> {
    let config = &deciding.in_force.config;
    let own = subscriber
        .profile
        .package
        .as_ref()
        .and_then(|name| config.package(name));
    own.filter(|package| package.price.is_positive())
        .or_else(|| config.packages.iter().max_by_key(|package| package.price))
}

/// Refuses an unusually large payment until somebody has said that it is right.
///
/// # Errors
/// With the question.
pub(crate) fn insist_on_amount(
    deciding: &CommandContext<'_>,
    subscriber: &Subscriber,
    amount: Money,
    agreed: bool,
) -> Result<(), Failure> {
    match unusual(deciding, subscriber, amount) {
        Some(why) if !agreed => Err(Failure::asking(
            format!("{why}; nothing was credited to {}", person(subscriber)),
            "check the amount and the subscriber; if they are right, add `--yes`",
            "Credit it?",
            Consent::Amount,
        )),
        Some(_) | None => Ok(()),
    }
}

/// Refuses cash without a reference that may be the same as a payment of the last minutes, until somebody has said that it
/// is another one.
///
/// # Errors
/// With the question, or when the store cannot be read.
pub(crate) fn insist_on_another(
    deciding: &CommandContext<'_>,
    tx: &Transaction<'_>,
    subscriber: &Subscriber,
    amount: Money,
    agreed: bool,
) -> Result<(), Failure> {
    let Some(entry) = lately(deciding, tx, subscriber, amount)?.filter(|_| !agreed) else {
        return Ok(());
    };
    let minutes = deciding.recorded.at.millis_since(entry.recorded_at).max(0) / MINUTE_MS;
    let when = match minutes {
        0 => "less than a minute ago".to_owned(),
        1 => "a minute ago".to_owned(),
        minutes => format!("{minutes} minutes ago"),
    };
    let known = entry
        .reference
        .as_ref()
        .map_or_else(String::new, |known| format!(" as `{known}`"));
    Err(Failure::asking(
        format!(
            "{} was credited to {} {when}{known}; nothing was credited now",
            deciding.amount(amount),
            person(subscriber)
        ),
        "if this is another payment, add `--again`",
        "Is this another payment?",
        Consent::Again,
    ))
}

/// Returns the payment of the same amount that was credited in the last minutes and still stands.
fn lately(
    deciding: &CommandContext<'_>,
    tx: &Transaction<'_>,
    subscriber: &Subscriber,
    amount: Money,
) -> Result<Option<Entry>, StoreError> {
    let now = deciding.recorded.at;
    let mut next = subscriber.last_entry;
    for _ in 0..ENTRIES_MAX {
        let Some(seq) = next else { break };
        let Some(entry) = tx.entry(seq.0)?.filter(|entry| payment::is_recent(entry, now)) else {
            break;
        };
        next = entry.previous;
        if payment::may_be_again(&entry, amount, now)
            && let Some(reference) = &entry.reference
            && matches!(tx.holder(reference)?, Some(Holder::Credit { entry, .. }) if entry == seq)
        {
            return Ok(Some(entry));
        }
    }
    Ok(None)
}
