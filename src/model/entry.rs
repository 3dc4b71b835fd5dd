//! What is in the ledger?
//!
//! An [`Entry`] is never changed; a wrong one is corrected by another. A [`Debit`] is the row beside the periodic debit
//! of one due day that says whether it is settled. Its key (due day, subscriber) ensures one debit per due day.

use serde::{Deserialize, Serialize};

use crate::model::day::{Day, Instant};
use crate::model::entry_chain::{EntryHash, EntrySeq};
use crate::model::money::Money;
use crate::model::name::{Comment, Reference, Source};
use crate::model::subscriber::{PaidPeriod, SubscriberId};

/// Which way an entry moves the balance.
/// Stored by its place in this list: a new kind goes last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum EntryKind {
    /// Money in: raises the balance by its amount.
    Credit,
    /// A charge: lowers the balance by its amount.
    Debit,
    /// A correction: changes the balance by its signed amount.
    Adjustment,
}

impl EntryKind {
    /// Returns the word for this kind.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Credit => "credit",
            Self::Debit => "debit",
            Self::Adjustment => "adjustment",
        }
    }

    /// Returns by how much an entry of this kind with this amount changes the balance.
    #[must_use]
    pub const fn effect(self, amount: Money) -> Money {
        match self {
            Self::Credit | Self::Adjustment => amount,
            Self::Debit => amount.negated(),
        }
    }
}

/// The source of a periodic debit.
pub const SOURCE_MONTHLY_BILL: &str = "Monthly Bill";
/// The source of the adjustment that brings a balance along from another system.
pub const SOURCE_OPENING_BALANCE: &str = "Opening Balance";
/// The source of the adjustment that takes a payment back.
pub const SOURCE_REVERSAL: &str = "Reversal";
/// The source of an adjustment by hand.
pub const SOURCE_ADJUSTMENT: &str = "Adjustment";

/// An entry as a rule decides it, before the ledger gives it a number, a balance and a hash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewEntry {
    /// Which way.
    pub kind: EntryKind,
    /// Positive for credit and debit, signed for an adjustment.
    pub amount: Money,
    /// What it came from.
    pub source: Source,
    /// The payment's reference, where there is one.
    pub reference: Option<Reference>,
    /// The day it is for.
    pub for_day: Day,
    /// Free text.
    pub comment: Option<Comment>,
}

/// An entry of the ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Its number in the site's ledger.
    pub seq: EntrySeq,
    /// Whose wallet.
    pub subscriber: SubscriberId,
    /// The entry before this one in the same wallet.
    pub previous: Option<EntrySeq>,
    /// Which way.
    pub kind: EntryKind,
    /// Positive for credit and debit, signed for an adjustment.
    pub amount: Money,
    /// What it came from.
    pub source: Source,
    /// The payment's reference, where there is one.
    pub reference: Option<Reference>,
    /// The wallet's balance after it.
    pub balance_after: Money,
    /// The day it is for.
    pub for_day: Day,
    /// When it was recorded.
    pub recorded_at: Instant,
    /// Who did it: `job:billing`, a user of the box, …
    pub actor: String,
    /// Free text.
    pub comment: Option<Comment>,
    /// Covers all of the above and the hash of the entry before it in the site.
    pub hash: EntryHash,
}

/// A settlement in force: what it changed, so that a reversal can undo it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settled {
    /// The period before it.
    pub before: PaidPeriod,
    /// The period after it.
    pub after: PaidPeriod,
    /// The due day of the settlement before this one in the same wallet, newest first.
    pub previous: Option<Day>,
    /// The day on which it brought a suspended subscriber back, where it did.
    pub resumed_on: Option<Day>,
}

/// The row beside a periodic debit, under the key (due day, subscriber).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Debit {
    /// The ledger's entry.
    pub entry: EntrySeq,
    /// What was charged.
    pub amount: Money,
    /// The settlement, once there is one.
    pub settled: Option<Settled>,
    /// After a reversal: the period that the undone settlement had led to.
    pub undone: Option<PaidPeriod>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sources_of_weirs_own_entries_are_names_that_anybody_could_give() {
        for word in [
            SOURCE_MONTHLY_BILL,
            SOURCE_OPENING_BALANCE,
            SOURCE_REVERSAL,
            SOURCE_ADJUSTMENT,
        ] {
            assert_eq!(Source::new(word).ok(), Some(Source::own(word)));
        }
    }
}
