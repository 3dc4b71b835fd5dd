//! What is said to a subscriber when something was decided about them?
//!
//! Queued in the transaction of the decision, where the site has a text for it. A cut and service that money has brought
//! back are told once each, and so is a payment; where a payment brings service back and both have a text, one message is
//! kinder than two, and the one about service is it. What the owner does by hand (a promise, a hold, an import) is theirs to
//! tell.
//!
//! Must never know: how a message leaves.

use crate::model::day::Instant;
use crate::model::entry::EntrySeq;
use crate::model::job::RunId;
use crate::model::message::{Channel, Draft, Purpose};
use crate::model::money::Money;
use crate::model::name::Phone;
use crate::model::subscriber::Subscriber;
use crate::rules::access;
use crate::rules::messages::reminder;
use crate::rules::messages::text::{self, TemplateValues};
use crate::rules::terms::Terms;
use crate::store::error::StoreError;
use crate::store::write::transaction::Transaction;

/// How long it is of use to hear of a cut, a payment or a resumption, in milliseconds.
const OF_USE_MS: i64 = 86_400_000;

/// What brought money.
#[derive(Debug, Clone, Copy)]
pub(crate) enum CreditOrigin {
    /// A payment, as this entry.
    Payment(EntrySeq, Money),
    /// An adjustment by the owner, as this entry.
    Adjustment(EntrySeq),
    /// Nothing new: a run of billing has found enough in the wallet.
    Wallet(RunId),
}

/// A message to a subscriber's phone.
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

/// Tells somebody that they were cut off by a run.
///
/// # Errors
/// When the store cannot be read or written.
pub(crate) fn suspended(
    tx: &mut Transaction<'_>,
    terms: &Terms,
    after: &Subscriber,
    run: RunId,
) -> Result<(), StoreError> {
    let (Some(template), Some(phone)) = (&terms.templates.on_suspension, &after.profile.phone) else {
        return Ok(());
    };
    let now = tx.now();
    let missing = reminder::missing(after, &terms.policy);
    let values = TemplateValues::of(after, terms.templates.currency, terms.day(now), missing);
    tx.queue(draft(
        after,
        phone,
        Purpose::Suspension {
            due: reminder::due_day(after),
        },
        format!("suspension/{}/{}", after.id.0, run.0),
        text::write(template, &values),
        now,
        Some(now.plus_millis(OF_USE_MS)),
    ))?;
    Ok(())
}

/// Tells somebody that a payment has arrived, or that money has brought service back. While nobody knows the day
/// (`day_is_known`), nobody knows either when such a message is too old: it waits, and is judged when it leaves.
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
    let now = tx.now();
    let id = after.id.0;
    let templates = &terms.templates;
    let (template, purpose, once) = match (templates.on_resume.as_ref().filter(|_| resumed), came) {
        (Some(text), CreditOrigin::Payment(entry, _) | CreditOrigin::Adjustment(entry)) => {
            (text, Purpose::Resumption, format!("resumption/{id}/{entry}"))
        }
        (Some(text), CreditOrigin::Wallet(run)) => {
            (text, Purpose::Resumption, format!("resumption/{id}/run-{}", run.0))
        }
        (None, CreditOrigin::Payment(entry, amount)) => match &templates.on_payment {
            Some(text) => (text, Purpose::Payment { entry, amount }, format!("payment/{entry}")),
            None => return Ok(()),
        },
        (None, CreditOrigin::Adjustment(_) | CreditOrigin::Wallet(_)) => return Ok(()),
    };
    let amount = match came {
        CreditOrigin::Payment(_, amount) if purpose != Purpose::Resumption => amount,
        _ => access::price_of(after, &terms.policy),
    };
    let values = TemplateValues::of(after, templates.currency, terms.day(now), amount);
    let text = text::write(template, &values);
    let expires = day_is_known.then(|| now.plus_millis(OF_USE_MS));
    tx.queue(draft(after, phone, purpose, once, text, now, expires))?;
    Ok(())
}
