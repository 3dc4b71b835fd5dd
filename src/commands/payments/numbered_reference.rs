//! Under which reference is a payment kept whose own reference another one holds?

use crate::model::failure::Failure;
use crate::model::name::{REFERENCE_BYTES_MAX, Reference};
use crate::store::error::StoreError;
use crate::store::write::transaction::Transaction;

/// Payments under one reference that may contradict each other; more than any statement has lines for one.
const CONFLICTS_MAX: u32 = 10_000;

/// Returns `REF#2`, or the next number that is free.
pub(crate) fn free_reference(tx: &Transaction<'_>, reference: &Reference) -> Result<Reference, Failure> {
    for number in 2..CONFLICTS_MAX {
        let candidate = numbered(reference, number)?;
        if tx.holder(&candidate)?.is_none() && tx.unmatched(&candidate)?.is_none() {
            return Ok(candidate);
        }
    }
    Err(Failure::refused(
        format!("reference `{reference}` is used for more than {CONFLICTS_MAX} different payments"),
        "correct the statement; no bank gives so many payments one number",
    ))
}

/// Returns `REF#2` for the second payment under a reference.
pub(crate) fn numbered(reference: &Reference, number: u32) -> Result<Reference, StoreError> {
    let ending = format!("#{number}");
    let mut text = reference.as_str().to_owned();
    while text.len().saturating_add(ending.len()) > REFERENCE_BYTES_MAX {
        text.pop();
    }
    Reference::new(&(text + &ending))
        .map_err(|error| StoreError::Contradiction(format!("reference `{reference}`: {error}")))
}
