//! How does an entry join the ledger, so that a changed or lost one is found?
//!
//! Each entry's hash covers its fields and the hash of the entry before it in the site. A balance has no setter: it is
//! the `balance_after` of the last entry, and this is the only place that makes one.

use sha2::{Digest, Sha256};

use crate::model::day::Instant;
use crate::model::entry::{Entry, NewEntry};
use crate::model::entry_chain::{ChainHead, EntryHash, EntrySeq};
use crate::model::subscriber::Subscriber;

/// Why an entry cannot join.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ChainError {
    /// The balance would not fit.
    #[error("the balance would be larger than Weir can store")]
    TooLarge,
}

/// Makes the next entry of the site: gives it number, balance and hash, and moves the head and the wallet on.
///
/// # Errors
/// When the balance after it would not fit.
pub fn append(
    head: &mut ChainHead,
    subscriber: &mut Subscriber,
    new: NewEntry,
    recorded_at: Instant,
    actor: &str,
) -> Result<Entry, ChainError> {
    let balance_after = subscriber
        .balance
        .plus(new.kind.effect(new.amount))
        .ok_or(ChainError::TooLarge)?;
    let seq = EntrySeq(head.seq.0.checked_add(1).ok_or(ChainError::TooLarge)?);
    let mut entry = Entry {
        seq,
        subscriber: subscriber.id,
        previous: subscriber.last_entry,
        kind: new.kind,
        amount: new.amount,
        source: new.source,
        reference: new.reference,
        balance_after,
        for_day: new.for_day,
        recorded_at,
        actor: actor.to_owned(),
        comment: new.comment,
        hash: EntryHash::default(),
    };
    entry.hash = hash(&entry, head.hash);
    *head = ChainHead { seq, hash: entry.hash };
    subscriber.balance = balance_after;
    subscriber.last_entry = Some(seq);
    Ok(entry)
}

/// Returns the hash that an entry must have after the entry with hash `before`.
///
/// Each field goes in with its length, in a fixed order, numbers as big-endian bytes: the hash does not depend on how
/// records are stored.
#[must_use]
pub fn hash(entry: &Entry, before: EntryHash) -> EntryHash {
    // One buffer and one update: many short updates cost more than the hash itself.
    let mut bytes = Vec::with_capacity(256);
    bytes.extend_from_slice(&before.0);
    bytes.extend_from_slice(&entry.seq.0.to_be_bytes());
    bytes.extend_from_slice(&entry.subscriber.0.to_be_bytes());
    bytes.extend_from_slice(&entry.previous.map_or(0, |seq| seq.0).to_be_bytes());
    bytes.extend_from_slice(&entry.amount.minor().to_be_bytes());
    bytes.extend_from_slice(&entry.balance_after.minor().to_be_bytes());
    bytes.extend_from_slice(&entry.for_day.number().to_be_bytes());
    bytes.extend_from_slice(&entry.recorded_at.millis().to_be_bytes());
    let texts = [
        Some(entry.kind.as_str()),
        Some(entry.source.as_str()),
        entry.reference.as_ref().map(|reference| reference.as_str()),
        Some(entry.actor.as_str()),
        entry.comment.as_ref().map(|comment| comment.as_str()),
    ];
    for text in texts {
        match text {
            None => bytes.push(0),
            Some(text) => {
                bytes.push(1);
                bytes.extend_from_slice(&u64::try_from(text.len()).unwrap_or(u64::MAX).to_be_bytes());
                bytes.extend_from_slice(text.as_bytes());
            }
        }
    }
    EntryHash(Sha256::digest(&bytes).into())
}
