//! Was this row of a statement taken before?
//!
//! A row that was taken once changes nothing, whatever became of it since. Rows are known by a digest of what they say. Up to format
//! 3 the digest left out the day, so that a standing order's row of the next month had the digest of the first: such a digest counts
//! only for the day that is recorded.

use sha2::{Digest, Sha256};

use crate::commands::payments::numbered_reference::numbered;
use crate::import::statement_row::PaymentRow;
use crate::model::failure::Failure;
use crate::model::name::Phone;
use crate::model::unmatched::Holder;
use crate::store::error::StoreError;
use crate::store::write::transaction::Transaction;

/// The fewest digits of a phone that counted up to format 3.
const OLD_PHONE_DIGITS_MIN: usize = 9;
/// How many payments in conflict under one reference are looked through for one that format 3 took.
const OLD_CONFLICTS_MAX: u32 = 100;
/// What tells a digest from those of format 3.
const WITH_DAY: &[u8] = b"row with its day";

/// Returns whether the row was taken.
pub(crate) fn was_taken(tx: &Transaction<'_>, row: &PaymentRow) -> Result<bool, Failure> {
    if tx.row_was_taken(&digest(row))? {
        return Ok(true);
    }
    Ok(was_taken_on_some_day(tx, row)? && is_the_recorded_day(tx, row)?)
}

/// Returns whether format 3 took a row that says the same, of this or another day: the payment under its number came with a
/// statement, or has met its row there.
pub(crate) fn was_taken_on_some_day(tx: &Transaction<'_>, row: &PaymentRow) -> Result<bool, StoreError> {
    tx.row_was_taken(&old_digest(row))
}

/// Notes that the row is taken.
pub(crate) fn note(tx: &mut Transaction<'_>, row: &PaymentRow) -> Result<(), StoreError> {
    tx.take_row(&digest(row))
}

/// Returns whether the day of a row that format 3 took may be this row's.
fn is_the_recorded_day(tx: &Transaction<'_>, row: &PaymentRow) -> Result<bool, Failure> {
    for number in 2..OLD_CONFLICTS_MAX {
        match tx.unmatched(&numbered(&row.before_4.number, number)?)? {
            Some(kept) if kept.amount == row.amount && kept.date == row.date => return Ok(true),
            Some(_) => {}
            None => break,
        }
    }
    let waited = tx.unmatched(&row.before_4.number)?;
    let recorded = match (tx.holder(&row.before_4.number)?, waited) {
        (Some(Holder::Credit { entry, .. }), _) => tx.entry(entry.0)?.map(|entry| entry.for_day),
        (_, Some(waited)) => Some(waited.date),
        // The credit was reversed: nothing contradicts that it was this row.
        (_, None) => None,
    };
    Ok(recorded.is_none_or(|day| day == row.date))
}

/// Returns the identity of a row: each part with its length, so that no two rows have the same. Where nothing says who paid, the
/// payer's name and the details are part of it: two people's rows are not one.
fn digest(row: &PaymentRow) -> [u8; 32] {
    let mut bytes = WITH_DAY.to_vec();
    bytes.extend_from_slice(&row.date.number().to_be_bytes());
    bytes.extend_from_slice(&row.amount.minor().to_be_bytes());
    let texts = [
        Some(row.number.as_str()),
        row.account.as_deref(),
        row.phone_shown.as_deref(),
    ];
    add_texts(&mut bytes, &texts);
    if row.account.is_none() && row.phone_shown.is_none() {
        add_texts(&mut bytes, &[row.words.payer.as_deref(), row.words.details.as_deref()]);
    }
    Sha256::digest(&bytes).into()
}

fn old_digest(row: &PaymentRow) -> [u8; 32] {
    let counted = |phone: &&Phone| phone.as_str().bytes().filter(u8::is_ascii_digit).count() >= OLD_PHONE_DIGITS_MIN;
    let phone = row.phone.as_ref().filter(counted).map(Phone::as_str);
    let mut bytes = row.amount.minor().to_be_bytes().to_vec();
    let texts = [
        Some(row.before_4.number.as_str()),
        row.before_4.account.as_deref(),
        phone,
    ];
    add_texts(&mut bytes, &texts);
    Sha256::digest(&bytes).into()
}

fn add_texts(bytes: &mut Vec<u8>, texts: &[Option<&str>]) {
    for text in texts {
        let text = text.unwrap_or("");
        bytes.extend_from_slice(&u64::try_from(text.len()).unwrap_or(u64::MAX).to_be_bytes());
        bytes.extend_from_slice(text.as_bytes());
    }
}
