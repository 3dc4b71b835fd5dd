//! Writes the payment references and the unmatched payments.
//!
//! The part of a [`Transaction`] that knows references, unmatched payments and the rows of statements that were
//! recorded.

use redb::ReadableTable;

use crate::model::name::Reference;
use crate::model::unmatched::{Holder, PaymentOrigin, StatementWords, Unmatched, UnmatchedState};
use crate::store::codec;
use crate::store::error::{StoreError, reading, record, writing};
use crate::store::keys::reference_key;
use crate::store::rows::get;
use crate::store::tables::META_RECEIPTS;
use crate::store::write::transaction::Transaction;

/// With what the receipt numbers begin that Weir gives.
const RECEIPT_PREFIX: &str = "CASH-";

impl Transaction<'_> {
    /// Returns what holds a payment's reference.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn holder(&self, reference: &Reference) -> Result<Option<Holder>, StoreError> {
        get(&self.references, reference_key(reference).as_str(), "references")
    }

    /// Writes what holds a payment's reference.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn put_holder(&mut self, reference: &Reference, holder: &Holder) -> Result<(), StoreError> {
        let bytes = codec::encode(holder).map_err(record("references"))?;
        self.references
            .insert(reference_key(reference).as_str(), bytes.as_slice())
            .map_err(writing)?;
        self.note_change();
        Ok(())
    }

    /// Returns how the payment of a reference came to be known; `None` for one that format 3 or older recorded.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn origin(&self, reference: &Reference) -> Result<Option<PaymentOrigin>, StoreError> {
        let key = reference_key(reference);
        get(&self.reference_origins, key.as_str(), "reference_origins")
    }

    /// Writes how the payment of a reference came to be known.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn put_origin(&mut self, reference: &Reference, origin: PaymentOrigin) -> Result<(), StoreError> {
        let bytes = codec::encode(&origin).map_err(record("reference_origins"))?;
        self.reference_origins
            .insert(reference_key(reference).as_str(), bytes.as_slice())
            .map_err(writing)?;
        self.note_change();
        Ok(())
    }

    /// Returns what a statement says of an unmatched payment besides.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn statement_words(&self, reference: &Reference) -> Result<StatementWords, StoreError> {
        let key = reference_key(reference);
        let words = get(&self.unmatched_words, key.as_str(), "unmatched_words")?;
        Ok(words.unwrap_or_default())
    }

    /// Writes what a statement says of an unmatched payment besides.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn put_statement_words(&mut self, reference: &Reference, words: &StatementWords) -> Result<(), StoreError> {
        if words.is_empty() {
            return Ok(());
        }
        let bytes = codec::encode(words).map_err(record("unmatched_words"))?;
        self.unmatched_words
            .insert(reference_key(reference).as_str(), bytes.as_slice())
            .map_err(writing)?;
        self.note_change();
        Ok(())
    }

    /// Returns the next receipt number that no payment has, such as `CASH-17`, and takes it. Somebody may have typed thousands of
    /// them by hand: it looks ahead in steps that double, then between the last number that is taken and the first that is free.
    ///
    /// # Errors
    /// When the store cannot be read or written, or when no number is free wherever it looks ahead.
    pub fn next_receipt(&mut self) -> Result<Reference, StoreError> {
        let last: Option<u64> = get(&self.meta, META_RECEIPTS, "meta")?;
        let last = last.unwrap_or(0);
        let (mut taken, mut free) = (last, None);
        for doubled in 0..u64::BITS {
            let Some(number) = 1_u64.checked_shl(doubled).and_then(|step| last.checked_add(step)) else {
                break;
            };
            if self.is_free_receipt(number)? {
                free = Some(number);
                break;
            }
            taken = number;
        }
        let Some(mut free) = free else {
            return Err(StoreError::Contradiction(format!(
                "no receipt number after {last} was found that is free"
            )));
        };
        while free.saturating_sub(taken) > 1 {
            let middle = taken.midpoint(free);
            if self.is_free_receipt(middle)? {
                free = middle;
            } else {
                taken = middle;
            }
        }
        let bytes = codec::encode(&free).map_err(record("meta"))?;
        self.meta.insert(META_RECEIPTS, bytes.as_slice()).map_err(writing)?;
        self.note_change();
        receipt(free)
    }

    fn is_free_receipt(&self, number: u64) -> Result<bool, StoreError> {
        let reference = receipt(number)?;
        Ok(self.holder(&reference)?.is_none() && self.unmatched(&reference)?.is_none())
    }

    /// Returns an unmatched payment.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn unmatched(&self, reference: &Reference) -> Result<Option<Unmatched>, StoreError> {
        get(&self.unmatched, reference_key(reference).as_str(), "unmatched")
    }

    /// Writes an unmatched payment, which holds its reference while it waits.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn put_unmatched(&mut self, row: &Unmatched) -> Result<(), StoreError> {
        let waited = self
            .unmatched(&row.reference)?
            .is_some_and(|before| before.state == UnmatchedState::Waiting);
        let waits = row.state == UnmatchedState::Waiting;
        if waits && !waited {
            self.state.unmatched_waiting = self.state.unmatched_waiting.saturating_add(1);
        } else if waited && !waits {
            self.state.unmatched_waiting = self.state.unmatched_waiting.saturating_sub(1);
        }
        let bytes = codec::encode(row).map_err(record("unmatched"))?;
        self.unmatched
            .insert(reference_key(&row.reference).as_str(), bytes.as_slice())
            .map_err(writing)?;
        match row.state {
            UnmatchedState::Waiting => self.put_holder(&row.reference, &Holder::Unmatched { amount: row.amount })?,
            UnmatchedState::Reversed => self.put_holder(&row.reference, &Holder::Reversed)?,
            // The credit that it became holds the reference.
            UnmatchedState::Assigned(_) => {}
        }
        self.note_change();
        Ok(())
    }

    /// Returns whether a statement's row with this digest was recorded.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn row_was_taken(&self, digest: &[u8]) -> Result<bool, StoreError> {
        Ok(self.taken_rows.get(digest).map_err(reading)?.is_some())
    }

    /// Notes that a statement's row with this digest is recorded.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn take_row(&mut self, digest: &[u8]) -> Result<(), StoreError> {
        self.taken_rows.insert(digest, ()).map_err(writing)?;
        self.note_change();
        Ok(())
    }
}

fn receipt(number: u64) -> Result<Reference, StoreError> {
    Reference::new(&format!("{RECEIPT_PREFIX}{number}")).map_err(|error| StoreError::Contradiction(error.to_string()))
}
