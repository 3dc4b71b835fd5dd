//! Who owes what at the end of a day, for how long, and who is late?
//!
//! Hears the events of [`crate::rules::statistics`], and keeps what nothing has covered: bills, and other charges. What somebody
//! owes is the sum of both, which is what their wallet lies below zero; late makes them a bill alone.

use std::collections::{BTreeMap, HashMap};

use crate::model::day::Day;
use crate::model::money::Money;
use crate::model::subscriber::SubscriberId;
use crate::rules::statistics::{LedgerEvent, OpenItem, less, sum_of};

/// Somebody who owes bills beyond the days of grace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Late {
    /// Who.
    pub subscriber: SubscriberId,
    /// How much they owe in all: what the wallet lies below zero.
    pub owed: Money,
    /// How much of such bills is open.
    pub overdue: Money,
    /// The due day of the oldest of them.
    pub since: Day,
    /// How many days ago that was.
    pub days: i32,
}

/// How many bills and other charges are open for how long, and what of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Aged {
    /// Open bills and other charges.
    pub charges: u64,
    /// What of them is open.
    pub amount: Money,
}

/// Up to how many days after its due day a charge belongs to each age but the last.
pub const AGES_DAYS: [i32; 3] = [7, 30, 60];

/// A bill, or another charge, that is open.
#[derive(Debug, Clone, Copy)]
struct OpenCharge {
    what: OpenItem,
    since: Day,
    left: Money,
}

/// What is open at the end of one day: bills and other charges.
#[derive(Debug, Clone)]
pub struct OpenCharges {
    at: Day,
    /// Nothing is left out for being of a later day: it is about what stands now.
    now: bool,
    open: HashMap<SubscriberId, Vec<OpenCharge>>,
}

impl OpenCharges {
    /// Creates an empty one for the end of this day; where that is `today` or later, for this moment.
    #[must_use]
    pub fn at(at: Day, today: Day) -> Self {
        Self {
            at,
            now: at >= today,
            open: HashMap::new(),
        }
    }

    /// Adds an event of one wallet.
    pub fn hear(&mut self, subscriber: SubscriberId, event: &LedgerEvent) {
        match *event {
            LedgerEvent::Billed { due, amount } => self.opened(subscriber, OpenItem::Bill, due, amount),
            LedgerEvent::Charged { since, amount } => self.opened(subscriber, OpenItem::Charge, since, amount),
            LedgerEvent::Covered { due, amount, day } => self.covered(subscriber, OpenItem::Bill, due, amount, day),
            LedgerEvent::ChargeCovered { since, amount, day } => {
                self.covered(subscriber, OpenItem::Charge, since, amount, day);
            }
            LedgerEvent::Collected { .. } | LedgerEvent::Paid { .. } => {}
        }
    }

    fn opened(&mut self, subscriber: SubscriberId, what: OpenItem, since: Day, left: Money) {
        if self.now || since <= self.at {
            self.open
                .entry(subscriber)
                .or_default()
                .push(OpenCharge { what, since, left });
        }
    }

    fn covered(&mut self, subscriber: SubscriberId, what: OpenItem, since: Day, amount: Money, day: Day) {
        if !self.now && day > self.at {
            return;
        }
        let Some(all) = self.open.get_mut(&subscriber) else {
            return;
        };
        // The oldest of that day first, as money covers them.
        if let Some(open) = all.iter_mut().find(|open| open.what == what && open.since == since) {
            open.left = less(open.left, amount);
        }
        all.retain(|open| open.left.is_positive());
        if all.is_empty() {
            self.open.remove(&subscriber);
        }
    }

    /// Returns who is late, the longest first.
    #[must_use]
    pub fn late(&self, grace_days: u16) -> Vec<Late> {
        let mut found: Vec<Late> = Vec::new();
        for (subscriber, all) in &self.open {
            let is_over = |open: &&OpenCharge| {
                open.what == OpenItem::Bill && self.at.days_since(open.since) > i32::from(grace_days)
            };
            let Some(since) = all.iter().filter(is_over).map(|open| open.since).min() else {
                continue;
            };
            let sum = |sum: Money, open: &OpenCharge| sum_of(sum, open.left);
            found.push(Late {
                subscriber: *subscriber,
                owed: all.iter().fold(Money::ZERO, sum),
                overdue: all.iter().filter(is_over).fold(Money::ZERO, sum),
                since,
                days: self.at.days_since(since),
            });
        }
        found.sort_by_key(|late| (late.since, std::cmp::Reverse(late.owed), late.subscriber));
        found
    }

    /// Returns what is open by age: 0 to 7 days after the due day, to 30, to 60, and beyond.
    #[must_use]
    pub fn ageing(&self) -> [Aged; 4] {
        let mut by_age: BTreeMap<usize, Aged> = BTreeMap::new();
        for open in self.open.values().flatten() {
            let days = self.at.days_since(open.since);
            let age = AGES_DAYS.iter().filter(|most| days > **most).count();
            let aged = by_age.entry(age).or_default();
            aged.charges = aged.charges.saturating_add(1);
            aged.amount = sum_of(aged.amount, open.left);
        }
        [0, 1, 2, 3].map(|age| by_age.get(&age).copied().unwrap_or_default())
    }
}
