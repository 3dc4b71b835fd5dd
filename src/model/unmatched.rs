//! Which payments are not assigned to a subscriber yet, and what holds a reference, known from where?

use serde::{Deserialize, Serialize};

use crate::model::day::{Day, Instant};
use crate::model::entry_chain::EntrySeq;
use crate::model::money::Money;
use crate::model::name::{Reference, Source};
use crate::model::subscriber::SubscriberId;

/// What became of an unmatched payment.
/// Stored by its place in this list: a new kind goes last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum UnmatchedState {
    /// Nobody's yet.
    Waiting,
    /// Credited to a subscriber.
    Assigned(SubscriberId),
    /// Taken back by the sender.
    Reversed,
}

/// A payment that matched nobody. Never deleted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unmatched {
    /// The payment's reference, or `REF#2` where another payment holds it.
    pub reference: Reference,
    /// The day it was made.
    pub date: Day,
    /// How much.
    pub amount: Money,
    /// The account as the payer typed it.
    pub account: Option<String>,
    /// The payer's phone as the statement gives it.
    pub phone: Option<String>,
    /// Where it came from.
    pub source: Source,
    /// Why it contradicts another payment, where it does.
    pub conflict: Option<String>,
    /// When it was taken.
    pub taken_at: Instant,
    /// What became of it.
    pub state: UnmatchedState,
}

/// What a statement says of an unmatched payment besides what it is matched by.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatementWords {
    /// The payer's name.
    pub payer: Option<String>,
    /// The payer's or the bank's free text.
    pub details: Option<String>,
}

impl StatementWords {
    /// Returns whether it says nothing.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.payer.is_none() && self.details.is_none()
    }
}

/// How a payment came to be known.
/// Stored by its place in this list: a new kind goes last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum PaymentOrigin {
    /// Somebody typed it.
    Typed,
    /// A row of a statement.
    Statement,
    /// Somebody typed it, and a row of a statement, of this day, has told of it since. Another row is another payment.
    TypedAndTold(Day),
}

/// What holds a payment's reference.
/// Stored by its place in this list: a new kind goes last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Holder {
    /// A credit that is not reversed.
    Credit {
        /// The ledger's entry.
        entry: EntrySeq,
        /// Whose wallet.
        subscriber: SubscriberId,
        /// How much.
        amount: Money,
    },
    /// An unmatched payment that waits.
    Unmatched {
        /// How much.
        amount: Money,
    },
    /// It was reversed; the reference is free again.
    Reversed,
}
