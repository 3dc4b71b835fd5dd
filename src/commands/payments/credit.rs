//! Credits a payment to a wallet, and tells what holds a payment reference already.
//!
//! The credit, the holder of its reference, the unmatched payment that it may come from and the record are written
//! together. Must never know whether the payment was typed or came with a statement.

use crate::commands::context::{CommandContext, Decided, change};
use crate::commands::person::person;
use crate::model::entry::EntryKind;
use crate::model::failure::Failure;
use crate::model::name::Reference;
use crate::model::record::LogKind;
use crate::model::subscriber::Subscriber;
use crate::model::unmatched::{Holder, PaymentOrigin, Unmatched, UnmatchedState};
use crate::notices::subscribers::{self, CreditOrigin};
use crate::rules::payment::{self, Payment};
use crate::rules::settlement::SettlementResult;
use crate::store::error::StoreError;
use crate::store::write::transaction::{AccessWork, Transaction};

/// Credits a payment to a subscriber.
pub(crate) fn credit(
    deciding: &CommandContext<'_>,
    tx: &mut Transaction<'_>,
    subscriber: &Subscriber,
    payment: &Payment,
) -> Result<Decided<SettlementResult>, Failure> {
    let decided = change(tx, subscriber, AccessWork::default(), |wallet| -> Result<_, Failure> {
        Ok(payment::pay(wallet, deciding.policy(), &deciding.moment(), payment)?)
    })?;
    let entry = decided
        .entries
        .iter()
        .find(|entry| entry.kind == EntryKind::Credit)
        .map(|entry| entry.seq)
        .ok_or_else(|| StoreError::Contradiction(format!("payment `{}` created no credit", payment.reference)))?;
    let holder = Holder::Credit {
        entry,
        subscriber: subscriber.id,
        amount: payment.amount,
    };
    tx.put_holder(&payment.reference, &holder)?;
    subscribers::money(
        tx,
        &deciding.in_force.terms,
        &decided.after,
        CreditOrigin::Payment(entry, payment.amount),
        decided.value.resumed,
        deciding.recorded.trusted,
    )?;
    let resumed = if decided.value.resumed { "; service resumed" } else { "" };
    deciding.log(
        tx,
        LogKind::Payment,
        Some(subscriber),
        format!("{} credited{resumed}", deciding.amount(payment.amount)),
        &[
            ("reference", payment.reference.to_string()),
            ("amount", deciding.currency().format(payment.amount)),
            ("source", payment.source.to_string()),
            ("date", payment.made_on.to_string()),
            ("entry", entry.to_string()),
        ],
    )?;
    Ok(decided)
}

/// Credits an unmatched payment to a subscriber, with its own source, day and reference.
pub(crate) fn assign(
    deciding: &CommandContext<'_>,
    tx: &mut Transaction<'_>,
    subscriber: &Subscriber,
    row: Unmatched,
) -> Result<Decided<SettlementResult>, Failure> {
    let payment = Payment::new(row.reference.clone(), row.amount, row.source.clone(), row.date);
    let decided = credit(deciding, tx, subscriber, &payment)?;
    tx.put_unmatched(&Unmatched {
        state: UnmatchedState::Assigned(subscriber.id),
        ..row
    })?;
    Ok(decided)
}

/// Returns the unmatched payment that holds a reference.
pub(crate) fn waiting(tx: &Transaction<'_>, reference: &Reference) -> Result<Unmatched, Failure> {
    match tx.unmatched(reference)? {
        Some(row) if row.state == UnmatchedState::Waiting => Ok(row),
        Some(_) | None => {
            Err(StoreError::Contradiction(format!("the unmatched payment `{reference}` is missing")).into())
        }
    }
}

/// Returns what holds a reference, in words: the entry with its number, wallet, amount and day, or the unmatched
/// payment.
///
/// # Errors
/// When the store cannot be read.
pub(crate) fn holder_in_words(
    deciding: &CommandContext<'_>,
    tx: &Transaction<'_>,
    reference: &Reference,
    holder: &Holder,
) -> Result<String, Failure> {
    let what = match holder {
        Holder::Credit {
            entry,
            subscriber,
            amount,
        } => {
            let whose = tx
                .subscriber(*subscriber)?
                .map_or_else(String::new, |whose| format!(" of {}", person(&whose)));
            let kept = tx.entry(entry.0)?;
            let day = kept
                .as_ref()
                .map_or_else(String::new, |kept| format!(" on {}", kept.for_day));
            let source = kept
                .as_ref()
                .map_or_else(String::new, |kept| format!(", {}", kept.source));
            // Of a payment that an older version recorded it is not known.
            let from = match tx.origin(reference)? {
                Some(PaymentOrigin::Typed) => ", typed",
                Some(PaymentOrigin::Statement) => ", from a statement",
                Some(PaymentOrigin::TypedAndTold(_)) => ", typed and in a statement",
                None => "",
            };
            format!("entry {entry}{whose}, {}{day}{source}{from}", deciding.amount(*amount))
        }
        Holder::Unmatched { amount } => {
            let day = tx
                .unmatched(reference)?
                .map_or_else(String::new, |row| format!(" of {}", row.date));
            format!("an unmatched payment{day} ({})", deciding.amount(*amount))
        }
        Holder::Reversed => "a reversed payment".to_owned(),
    };
    Ok(format!("reference `{reference}` already belongs to {what}"))
}
