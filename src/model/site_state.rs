//! What is known of the site as a whole?

use serde::{Deserialize, Serialize};

use crate::model::day::Instant;
use crate::model::entry_chain::ChainHead;
use crate::model::subscriber::{BillingState, Hold, State, Subscriber};

/// How many subscribers are in each state; kept with every change, so that a query need not walk over all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Tallies {
    /// Active, not held.
    pub active: u64,
    /// Suspended, not held.
    pub suspended: u64,
    /// On hold.
    pub held: u64,
    /// Closed.
    pub closed: u64,
    /// Active without a package: neither charged nor cut.
    pub without_package: u64,
    /// Who owe: whose wallet lies below zero.
    pub outstanding: u64,
}

impl Tallies {
    /// Counts a subscriber in.
    pub fn add(&mut self, subscriber: &Subscriber) {
        self.apply(&Counted::of(subscriber), |count| *count = count.saturating_add(1));
    }

    /// Counts a subscriber out.
    pub fn remove(&mut self, subscriber: &Subscriber) {
        self.apply(&Counted::of(subscriber), |count| *count = count.saturating_sub(1));
    }

    /// Counts a subscriber out of the old billing state and into the present one; their package is the same.
    pub fn replace(&mut self, before: &BillingState, after: &Subscriber) {
        let counted = Counted {
            state: before.state(),
            hold: before.hold(),
            without_package: after.profile.package.is_none(),
            owes: before.owes(),
        };
        self.apply(&counted, |count| *count = count.saturating_sub(1));
        self.add(after);
    }

    fn apply(&mut self, counted: &Counted<'_>, change: impl Fn(&mut u64)) {
        match (counted.state, counted.hold) {
            (State::Closed, _) => change(&mut self.closed),
            (_, Some(_)) => change(&mut self.held),
            (State::Suspended, None) => change(&mut self.suspended),
            (State::Active, None) => {
                change(&mut self.active);
                if counted.without_package {
                    change(&mut self.without_package);
                }
            }
        }
        if counted.owes {
            change(&mut self.outstanding);
        }
    }

    /// Returns the number of all subscribers.
    #[must_use]
    pub const fn total(&self) -> u64 {
        self.active
            .saturating_add(self.suspended)
            .saturating_add(self.held)
            .saturating_add(self.closed)
    }
}

/// What of a subscriber is counted.
struct Counted<'s> {
    state: State,
    hold: Option<&'s Hold>,
    without_package: bool,
    owes: bool,
}

impl<'s> Counted<'s> {
    const fn of(subscriber: &'s Subscriber) -> Self {
        Self {
            state: subscriber.state,
            hold: subscriber.hold.as_ref(),
            without_package: subscriber.profile.package.is_none(),
            owes: subscriber.balance.is_negative(),
        }
    }
}

/// What the store knows of the site as a whole; written with every commit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SiteState {
    /// The head of the ledger's chain.
    pub head: ChainHead,
    /// The number of the newest subscriber.
    pub last_subscriber: u32,
    /// The number of the newest decision about access.
    pub last_generation: u64,
    /// The number of the newest run.
    pub last_run: u64,
    /// The number of the newest log record.
    pub last_log: u64,
    /// How many subscribers are in each state.
    pub tallies: Tallies,
    /// Unmatched payments that wait for somebody to assign them.
    pub unmatched_waiting: u64,
    /// The newest instant recorded by anything; planned times are no records.
    pub newest: Instant,
}

impl SiteState {
    /// A site before anything happened.
    pub const START: Self = Self {
        head: ChainHead::START,
        last_subscriber: 0,
        last_generation: 0,
        last_run: 0,
        last_log: 0,
        tallies: Tallies {
            active: 0,
            suspended: 0,
            held: 0,
            closed: 0,
            without_package: 0,
            outstanding: 0,
        },
        unmatched_waiting: 0,
        newest: Instant::from_millis(0),
    };
}

/// The configuration in force, as text, and what became of the file last seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConfigInForce {
    /// The text of the file.
    pub text: String,
    /// The file it came from.
    pub file: String,
    /// When it was loaded.
    pub taken_at: Instant,
    /// SHA-256 of the file last read, loaded or refused.
    pub last_seen: [u8; 32],
    /// Why the file last looked at was refused, where it was.
    pub refused: Option<String>,
}
