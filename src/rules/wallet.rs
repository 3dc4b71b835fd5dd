//! What does a decision change in one wallet?
//!
//! A [`Wallet`] is a subscriber in memory: the rules change it there, and what they changed (the subscriber as it will be, new
//! entries, rows of debits) is written in one transaction or, for a dry run, thrown away.

use crate::model::clock_confirmation::UncertainPeriod;
use crate::model::day::{Day, Instant};
use crate::model::entry::{Debit, Entry, EntryKind, NewEntry, SOURCE_MONTHLY_BILL};
use crate::model::entry_chain::ChainHead;
use crate::model::money::Money;
use crate::model::name::{PackageName, Source};
use crate::model::package::Package;
use crate::model::subscriber::{Outstanding, ServedStretches, Subscriber};
use crate::rules::chain::{self, ChainError};

/// How a paid cycle begins after a cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resume {
    /// From the day of payment, put back by the days of service after the due day.
    FromPayment,
    /// At the first due day of the old rhythm after today.
    FromDue,
}

/// The site's rules of billing, from its configuration.
#[derive(Debug, Clone)]
pub struct Policy {
    /// How far below zero a wallet may go and still settle.
    pub credit_limit: Money,
    /// How a paid cycle begins after a cut.
    pub resume: Resume,
    /// All packages on sale.
    pub packages: Vec<Package>,
}

impl Policy {
    /// Returns the package of a name.
    #[must_use]
    pub fn package(&self, name: Option<&PackageName>) -> Option<&Package> {
        let name = name?;
        self.packages.iter().find(|package| package.name == *name)
    }

    /// Returns whether a balance is at or above minus the credit limit.
    #[must_use]
    pub fn allows(&self, balance: Money) -> bool {
        balance >= self.credit_limit.negated()
    }
}

/// When and by whom something is decided.
#[derive(Debug, Clone, Copy)]
pub struct Moment<'a> {
    /// The civil day of the site.
    pub today: Day,
    /// The newest day whose 23:59 has come: the last one on which a service that ends now was given.
    pub last_cut_day: Day,
    /// The instant that entries carry.
    pub recorded_at: Instant,
    /// Who decides.
    pub actor: &'a str,
}

impl Moment<'_> {
    /// Returns the first day that counts for a service that begins now: the first one whose 23:59 is still to come.
    #[must_use]
    pub const fn first_day_of_service(&self) -> Day {
        self.last_cut_day.plus_days(1)
    }
}

/// Why a rule could not decide.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RuleError {
    /// A sum does not fit.
    #[error("an amount of `{username}` would be larger than Weir can store")]
    TooLarge {
        /// Whose.
        username: String,
    },
    /// The store contradicts itself.
    #[error("the debit of `{username}` for {due} is missing; run `weir verify`")]
    DebitMissing {
        /// Whose.
        username: String,
        /// The due day.
        due: Day,
    },
    /// The rows of a subscriber could not be read.
    #[error(transparent)]
    Unread(#[from] ReadError),
}

/// Why a row could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// The card, or the system, did not hand the row out. Nothing is known to be wrong with what is kept.
    #[error("the store cannot be read: {0}")]
    Io(String),
    /// What was handed out is no such row.
    #[error("{0}")]
    Damaged(String),
}

/// Where the rows that go with a subscriber are read from.
pub trait WalletRows {
    /// Returns the row of this subscriber's due day.
    ///
    /// # Errors
    /// When the store cannot be read.
    fn debit(&self, subscriber: &Subscriber, due: Day) -> Result<Option<Debit>, ReadError>;

    /// Returns this subscriber's stretches of service that have ended.
    ///
    /// # Errors
    /// When the store cannot be read.
    fn served(&self, subscriber: &Subscriber) -> Result<ServedStretches, ReadError>;
}

/// A subscriber in memory, with what has been changed so far.
pub struct Wallet<'a> {
    /// The subscriber as it will be.
    pub subscriber: Subscriber,
    /// The head of the chain after the entries made here.
    pub head: ChainHead,
    /// New entries, in order.
    pub entries: Vec<Entry>,
    /// Rows of debits as they will be, by due day; the last one of a day counts.
    pub debits: Vec<(Day, Debit)>,
    /// How a settlement brought the subscriber back, where one did: what is corrected when the day was not known.
    pub resumed: Option<UncertainPeriod>,
    /// The stretches of service that have ended, where one ended here.
    changed_served: Option<ServedStretches>,
    stored: &'a dyn WalletRows,
}

impl<'a> Wallet<'a> {
    /// Loads a subscriber.
    #[must_use]
    pub fn new(subscriber: Subscriber, head: ChainHead, stored: &'a dyn WalletRows) -> Self {
        Self {
            subscriber,
            head,
            entries: Vec::new(),
            debits: Vec::new(),
            resumed: None,
            changed_served: None,
            stored,
        }
    }

    /// Returns the row of a due day as it will be.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn debit(&self, due: Day) -> Result<Option<Debit>, RuleError> {
        match self.debits.iter().rev().find(|(day, _)| *day == due) {
            Some((_, debit)) => Ok(Some(debit.clone())),
            None => Ok(self.stored.debit(&self.subscriber, due)?),
        }
    }

    /// Returns the row of a due day that must be there.
    pub(crate) fn debit_there(&self, due: Day) -> Result<Debit, RuleError> {
        self.debit(due)?.ok_or_else(|| RuleError::DebitMissing {
            username: self.subscriber.username.to_string(),
            due,
        })
    }

    /// Replaces the row of a due day.
    pub(crate) fn put_debit(&mut self, due: Day, debit: Debit) {
        self.debits.retain(|(day, _)| *day != due);
        self.debits.push((due, debit));
    }

    /// Returns the stretches of service that have ended, as they will be.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn served(&self) -> Result<ServedStretches, RuleError> {
        match &self.changed_served {
            Some(served) => Ok(served.clone()),
            None => Ok(self.stored.served(&self.subscriber)?),
        }
    }

    /// Returns the stretches of service that have ended, where one ended here.
    #[must_use]
    pub const fn changed_served(&self) -> Option<&ServedStretches> {
        self.changed_served.as_ref()
    }

    /// Replaces the stretches of service that have ended.
    pub(crate) fn put_served(&mut self, served: ServedStretches) {
        self.changed_served = Some(served);
    }

    /// Appends an entry.
    ///
    /// # Errors
    /// When the balance would not fit.
    pub fn append(&mut self, new: NewEntry, moment: &Moment<'_>) -> Result<(), RuleError> {
        match chain::append(
            &mut self.head,
            &mut self.subscriber,
            new,
            moment.recorded_at,
            moment.actor,
        ) {
            Ok(entry) => {
                self.entries.push(entry);
                Ok(())
            }
            Err(ChainError::TooLarge) => Err(self.too_large()),
        }
    }

    /// Posts the periodic debit of a due day; it is outstanding until it is settled.
    ///
    /// # Errors
    /// When the balance would not fit.
    pub(crate) fn post_debit(&mut self, due: Day, amount: Money, moment: &Moment<'_>) -> Result<(), RuleError> {
        self.append(
            NewEntry {
                kind: EntryKind::Debit,
                amount,
                source: Source::own(SOURCE_MONTHLY_BILL),
                reference: None,
                for_day: due,
                comment: None,
            },
            moment,
        )?;
        let entry = self.head.seq;
        self.put_debit(
            due,
            Debit {
                entry,
                amount,
                settled: None,
                undone: None,
            },
        );
        self.add_outstanding(Outstanding { due, amount });
        Ok(())
    }

    /// Adds a debit to those outstanding, oldest first.
    pub(crate) fn add_outstanding(&mut self, outstanding: Outstanding) {
        self.subscriber.outstanding.push(outstanding);
        self.subscriber.outstanding.sort_by_key(|debit| debit.due);
    }

    /// Returns the sum of all outstanding debits but the first `skipped`.
    pub(crate) fn outstanding_sum(&self, skipped: usize) -> Result<Money, RuleError> {
        self.subscriber
            .outstanding
            .iter()
            .skip(skipped)
            .try_fold(Money::ZERO, |sum, debit| sum.plus(debit.amount))
            .ok_or_else(|| self.too_large())
    }

    /// Returns the balance plus an amount.
    pub(crate) fn balance_plus(&self, amount: Money) -> Result<Money, RuleError> {
        self.subscriber.balance.plus(amount).ok_or_else(|| self.too_large())
    }

    pub(crate) fn too_large(&self) -> RuleError {
        RuleError::TooLarge {
            username: self.subscriber.username.to_string(),
        }
    }
}
