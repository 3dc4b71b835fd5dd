//! Queues the messages to a subscriber about a cut-off, a payment or a resumption.
//!
//! Queued in the transaction of the decision, where the site has a text for it. A cut-off, a resumption by money and a payment
//! are each told once; where a payment brings service back and both have a text, only the message about service is sent. What
//! the owner does by hand (a promise, a hold, an import) sends none.
//!
//! Must never know: how a message leaves.

use crate::model::day::Instant;
use crate::model::entry_chain::EntrySeq;
use crate::model::job::RunId;
use crate::model::message::{Channel, Draft, Purpose};
use crate::model::money::Money;
use crate::model::name::Phone;
use crate::model::subscriber::Subscriber;
use crate::rules::messages::notices::{self, MoneyTold};
use crate::rules::messages::reminder;
use crate::rules::terms::Terms;
use crate::rules::wallet::{RuleError, WalletRows};
use crate::store::error::StoreError;
use crate::store::write::transaction::Transaction;

/// How long a message about a cut-off, a payment or a resumption is worth sending, in milliseconds.
const OF_USE_MS: i64 = 86_400_000;

/// Where money came from.
#[derive(Debug, Clone, Copy)]
pub(crate) enum CreditOrigin {
    /// A payment, as this entry.
    Payment(EntrySeq, Money),
    /// An adjustment by the owner, as this entry.
    Adjustment(EntrySeq, Money),
    /// No new money: a run of billing found enough in the wallet.
    Wallet(RunId),
}

/// Returns a message to a subscriber's phone.
pub(crate) fn draft(
    subscriber: &Subscriber,
    phone: &Phone,
    purpose: Purpose,
    once: String,
    text: String,
    now: Instant,
    expires: Option<Instant>,
) -> Draft {
    Draft {
        channel: Channel::Sms,
        to: phone.as_str().to_owned(),
        purpose,
        subscriber: Some((subscriber.id, subscriber.username.clone())),
        once,
        subject: String::new(),
        text,
        attachment: None,
        happened_at: now,
        not_before: now,
        expires,
    }
}

/// Queues the message that a run has cut the subscriber off.
///
/// # Errors
/// When the store cannot be read or written.
pub(crate) fn suspended(
    tx: &mut Transaction<'_>,
    terms: &Terms,
    after: &Subscriber,
    run: RunId,
) -> Result<(), StoreError> {
    let Some(phone) = &after.profile.phone else {
        return Ok(());
    };
    let now = tx.now();
    let purpose = Purpose::Suspension {
        due: reminder::due_day(after),
    };
    let Some(text) = notices::text(&purpose, after, &terms.policy, &terms.templates, terms.day(now)) else {
        return Ok(());
    };
    let once = format!("suspension/{}/{}", after.id.0, run.0);
    let expires = Some(now.plus_millis(OF_USE_MS));
    tx.queue(draft(after, phone, purpose, once, text, now, expires))?;
    Ok(())
}

/// Queues the message that a payment has arrived, or that money has brought service back. While the day is not known
/// (`day_is_known`), nobody can say when such a message is too old: it waits, and is checked when it leaves.
///
/// # Errors
/// When the store cannot be read or written.
pub(crate) fn money(
    tx: &mut Transaction<'_>,
    terms: &Terms,
    after: &Subscriber,
    came: CreditOrigin,
    resumed: bool,
    day_is_known: bool,
) -> Result<(), StoreError> {
    let Some(phone) = &after.profile.phone else {
        return Ok(());
    };
    let told = match came {
        CreditOrigin::Payment(entry, amount) => MoneyTold::Payment(entry, amount),
        CreditOrigin::Adjustment(entry, amount) => MoneyTold::Adjustment(entry, amount),
        CreditOrigin::Wallet(_) => MoneyTold::Wallet(taken_from_wallet(tx, after)?),
    };
    let Some(purpose) = notices::after_money(&terms.templates, told, resumed) else {
        return Ok(());
    };
    let now = tx.now();
    let Some(text) = notices::text(&purpose, after, &terms.policy, &terms.templates, terms.day(now)) else {
        return Ok(());
    };
    let id = after.id.0;
    let once = match (&purpose, came) {
        (Purpose::Payment { entry, .. }, _) => format!("payment/{entry}"),
        (_, CreditOrigin::Payment(entry, _) | CreditOrigin::Adjustment(entry, _)) => format!("resumption/{id}/{entry}"),
        (_, CreditOrigin::Wallet(run)) => format!("resumption/{id}/run-{}", run.0),
    };
    let expires = day_is_known.then(|| now.plus_millis(OF_USE_MS));
    tx.queue(draft(after, phone, purpose, once, text, now, expires))?;
    Ok(())
}

/// Returns what the newest settled debit took from the wallet.
fn taken_from_wallet(tx: &Transaction<'_>, after: &Subscriber) -> Result<Money, StoreError> {
    let Some(due) = after.last_settled else {
        return Ok(Money::ZERO);
    };
    let debit = tx.debit(after, due).map_err(RuleError::from)?;
    Ok(debit.map_or(Money::ZERO, |debit| debit.amount))
}
