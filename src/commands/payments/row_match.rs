//! Matches a row of a statement to a subscriber, and finds what is already recorded of it.
//!
//! A row is matched by its account, else by a phone that belongs to one subscriber. It changes nothing when it was recorded
//! before; it becomes an unmatched payment when it matches nobody, or contradicts what holds its reference. Must never know how
//! the statement was read.

use sha2::{Digest, Sha256};

use crate::commands::context::CommandContext;
use crate::commands::payments::credit::{assign, credit, holder_in_words, waiting};
use crate::import::statement_row::PaymentRow;
use crate::model::failure::Failure;
use crate::model::name::Reference;
use crate::model::record::LogKind;
use crate::model::subscriber::{State, Subscriber, SubscriberId};
use crate::model::unmatched::{Holder, Unmatched, UnmatchedState};
use crate::rules::payment::Payment;
use crate::store::error::StoreError;
use crate::store::write::transaction::Transaction;

/// Payments under one reference that may contradict each other; more than any statement has lines for one.
const CONFLICTS_MAX: u32 = 10_000;

/// The longest reference in bytes, as [`Reference::new`] takes it.
const REFERENCE_BYTES_MAX: usize = 100;

/// What became of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum MatchedRow {
    /// It was credited to a wallet.
    Credited,
    /// It was recorded before; nothing changed.
    Duplicate,
    /// It is an unmatched payment.
    Unmatched,
    /// It contradicts a known reference and is an unmatched payment under one of its own.
    Conflict,
}

/// The subscribers that a row may belong to.
enum Whose {
    One(Box<Subscriber>),
    /// Several, or a closed account.
    Unclear(Vec<SubscriberId>),
    Nobody,
}

/// Records one row.
pub(crate) fn take(
    deciding: &CommandContext<'_>,
    tx: &mut Transaction<'_>,
    row: &PaymentRow,
) -> Result<MatchedRow, Failure> {
    let digest = digest(row);
    if tx.row_was_taken(&digest)? {
        return Ok(MatchedRow::Duplicate);
    }
    let whose = whose(tx, row)?;
    let taken = match (tx.holder(&row.reference)?, &whose) {
        (None | Some(Holder::Reversed), Whose::One(subscriber)) => {
            let payment = Payment::new(row.reference.clone(), row.amount, row.source.clone(), row.date);
            credit(deciding, tx, subscriber, &payment)?;
            MatchedRow::Credited
        }
        (None | Some(Holder::Reversed), Whose::Unclear(_) | Whose::Nobody) => {
            put_aside(deciding, tx, row, row.reference.clone(), None)?;
            MatchedRow::Unmatched
        }
        (Some(Holder::Unmatched { amount }), Whose::One(subscriber)) if amount == row.amount => {
            let waiting = waiting(tx, &row.reference)?;
            assign(deciding, tx, subscriber, waiting)?;
            MatchedRow::Credited
        }
        (Some(Holder::Unmatched { amount }), Whose::Unclear(_) | Whose::Nobody) if amount == row.amount => {
            MatchedRow::Duplicate
        }
        (Some(Holder::Credit { subscriber, amount, .. }), Whose::One(meant))
            if amount == row.amount && meant.id == subscriber =>
        {
            MatchedRow::Duplicate
        }
        // Somebody has typed this payment for a subscriber whom its account does not name, or not alone.
        (Some(Holder::Credit { amount, .. }), Whose::Nobody) if amount == row.amount => MatchedRow::Duplicate,
        (Some(Holder::Credit { subscriber, amount, .. }), Whose::Unclear(several))
            if amount == row.amount && several.contains(&subscriber) =>
        {
            MatchedRow::Duplicate
        }
        (Some(held), _) => {
            let words = holder_in_words(deciding, tx, &row.reference, &held)?;
            let reference = free_reference(tx, &row.reference)?;
            put_aside(deciding, tx, row, reference, Some(words))?;
            MatchedRow::Conflict
        }
    };
    tx.take_row(&digest)?;
    Ok(taken)
}

fn whose(tx: &Transaction<'_>, row: &PaymentRow) -> Result<Whose, StoreError> {
    if let Some(account) = &row.account {
        let alike = tx.with_account(account)?;
        let as_written = |subscriber: &&Subscriber| {
            let known = subscriber.profile.account.as_ref();
            known.is_some_and(|known| known.as_str() == account)
        };
        let exact: Vec<Subscriber> = alike.iter().filter(as_written).cloned().collect();
        let found = only(if exact.is_empty() { alike } else { exact });
        if !matches!(found, Whose::Nobody) {
            return Ok(found);
        }
    }
    match &row.phone {
        Some(phone) => Ok(only(tx.with_phone(phone)?)),
        None => Ok(Whose::Nobody),
    }
}

/// Returns the one subscriber of a list, if the account is not closed.
fn only(mut found: Vec<Subscriber>) -> Whose {
    let several: Vec<SubscriberId> = found.iter().map(|subscriber| subscriber.id).collect();
    match (found.pop(), found.is_empty()) {
        (None, _) => Whose::Nobody,
        (Some(one), true) if one.state != State::Closed => Whose::One(Box::new(one)),
        (Some(_), _) => Whose::Unclear(several),
    }
}

fn put_aside(
    deciding: &CommandContext<'_>,
    tx: &mut Transaction<'_>,
    row: &PaymentRow,
    reference: Reference,
    conflict: Option<String>,
) -> Result<(), Failure> {
    let words = match &conflict {
        Some(conflict) => format!("payment of {} is unmatched: {conflict}", deciding.amount(row.amount)),
        None => format!(
            "payment of {} is unmatched: it fits no subscriber",
            deciding.amount(row.amount)
        ),
    };
    let fields = [
        ("reference", reference.to_string()),
        ("amount", deciding.currency().format(row.amount)),
        ("date", row.date.to_string()),
        ("account", row.account.clone().unwrap_or_default()),
        (
            "phone",
            row.phone.as_ref().map_or_else(String::new, ToString::to_string),
        ),
        ("source", row.source.to_string()),
    ];
    tx.put_unmatched(&Unmatched {
        reference,
        date: row.date,
        amount: row.amount,
        account: row.account.clone(),
        phone: row.phone.as_ref().map(ToString::to_string),
        source: row.source.clone(),
        conflict,
        taken_at: deciding.recorded.at,
        state: UnmatchedState::Waiting,
    })?;
    deciding.log(tx, LogKind::Payment, None, words, &fields)?;
    Ok(())
}

/// Returns `REF#2`, or the next number that is free.
fn free_reference(tx: &Transaction<'_>, reference: &Reference) -> Result<Reference, Failure> {
    for number in 2..CONFLICTS_MAX {
        let ending = format!("#{number}");
        let mut text = reference.as_str().to_owned();
        while text.len().saturating_add(ending.len()) > REFERENCE_BYTES_MAX {
            text.pop();
        }
        let candidate = Reference::new(&(text + &ending))
            .map_err(|error| StoreError::Contradiction(format!("reference `{reference}`: {error}")))?;
        if tx.holder(&candidate)?.is_none() && tx.unmatched(&candidate)?.is_none() {
            return Ok(candidate);
        }
    }
    Err(Failure::refused(
        format!("reference `{reference}` is used for more than {CONFLICTS_MAX} different payments"),
        "correct the statement; no bank gives so many payments one number",
    ))
}

/// Returns the identity of a row: each part with its length, so that no two rows have the same.
fn digest(row: &PaymentRow) -> [u8; 32] {
    let mut bytes = Vec::with_capacity(128);
    bytes.extend_from_slice(&row.amount.minor().to_be_bytes());
    let texts = [
        Some(row.reference.as_str()),
        row.account.as_deref(),
        row.phone.as_ref().map(|phone| phone.as_str()),
    ];
    for text in texts {
        let text = text.unwrap_or("");
        bytes.extend_from_slice(&u64::try_from(text.len()).unwrap_or(u64::MAX).to_be_bytes());
        bytes.extend_from_slice(text.as_bytes());
    }
    Sha256::digest(&bytes).into()
}
