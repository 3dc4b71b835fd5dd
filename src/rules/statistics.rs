//! When was each bill paid, and by how much money?
//!
//! First in, first out: what comes into a wallet pays what was charged first. The entries of a wallet are folded in their
//! order; each one gives rise to [`LedgerEvent`]s, and all figures are sums over events, so that those of two periods that meet
//! are those of both together. Must never know where entries come from, or how figures are shown.
//!
//! What an entry means:
//! - A debit is a *bill* of its due day. It is paid on the day on which money since has covered it: the day for which the
//!   last payment that was needed was made, and never before the due day, also where the wallet held the money already.
//! - A credit is a payment, made on the day it is for.
//! - An adjustment with the source `Reversal` takes its payment back: both are passed over, as if that payment had never
//!   come; what it had paid is paid by later money, or not.
//! - Any other adjustment upwards, and a balance that was brought along, covers bills like a payment (a bill that is written off
//!   is not open any more), but was not collected. One downwards (a refund, a debt brought along) takes its turn like
//!   a bill and is none: it does not count as billed, and is outstanding until it is covered.
//!
//! What is outstanding is what the wallets lie below zero: bills and other charges that nothing has covered.

use std::collections::{HashMap, VecDeque};

use crate::model::day::Day;
use crate::model::entry::{Entry, EntryKind, SOURCE_REVERSAL};
use crate::model::money::Money;
use crate::model::subscriber::SubscriberId;

/// What an entry does to its wallet, as these figures see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Movement {
    /// The day it is for.
    pub day: Day,
    /// How much; above zero.
    pub amount: Money,
    /// Which way, and whether it counts.
    pub kind: MovementKind,
}

/// Which way a movement goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MovementKind {
    /// Money that somebody paid.
    Payment,
    /// A correction upwards.
    Raise,
    /// A periodic debit.
    Bill,
    /// A correction downwards.
    Charge,
}

#[derive(Debug, Clone, Copy, Default)]
struct TakenBack {
    reversals: u32,
    passed: u32,
}

/// Which payments were taken back: gathered in a first walk over the entries, asked in the second.
#[derive(Debug, Clone, Default)]
pub struct Reversals {
    found: HashMap<(SubscriberId, String), TakenBack>,
}

impl Reversals {
    /// Notes an entry that reverses a payment; any other one changes nothing.
    pub fn note(&mut self, entry: &Entry) {
        if let Some(key) = reversed(entry) {
            let taken_back = self.found.entry(key).or_default();
            taken_back.reversals = taken_back.reversals.saturating_add(1);
        }
    }

    /// Returns what an entry does, asked of all entries in their order; `None` for a payment that was taken back, for
    /// the entry that took it back, and for one that moves nothing.
    #[must_use]
    pub fn movement(&mut self, entry: &Entry) -> Option<Movement> {
        let amount = entry.amount;
        let kind = match entry.kind {
            EntryKind::Debit => MovementKind::Bill,
            EntryKind::Credit => {
                if self.was_taken_back(entry) {
                    return None;
                }
                MovementKind::Payment
            }
            EntryKind::Adjustment if self.takes_back(entry) => return None,
            EntryKind::Adjustment if amount.is_negative() => MovementKind::Charge,
            EntryKind::Adjustment => MovementKind::Raise,
        };
        let amount = if amount.is_negative() { amount.negated() } else { amount };
        amount.is_positive().then_some(Movement {
            day: entry.for_day,
            amount,
            kind,
        })
    }

    fn was_taken_back(&mut self, credit: &Entry) -> bool {
        let (false, Some(reference)) = (self.found.is_empty(), credit.reference.as_ref()) else {
            return false;
        };
        // At most one payment under a reference counts, so the first ones are those that were reversed.
        match self
            .found
            .get_mut(&(credit.subscriber, reference.as_str().to_lowercase()))
        {
            Some(taken_back) if taken_back.reversals > 0 => {
                taken_back.reversals = taken_back.reversals.saturating_sub(1);
                taken_back.passed = taken_back.passed.saturating_add(1);
                true
            }
            Some(_) | None => false,
        }
    }

    /// Returns a reversal without its payment lowers the balance like any correction.
    fn takes_back(&mut self, entry: &Entry) -> bool {
        let Some(taken_back) = reversed(entry).and_then(|key| self.found.get_mut(&key)) else {
            return false;
        };
        let known = taken_back.passed > 0;
        taken_back.passed = taken_back.passed.saturating_sub(1);
        known
    }
}

fn reversed(entry: &Entry) -> Option<(SubscriberId, String)> {
    let is_reversal = entry.kind == EntryKind::Adjustment && entry.source.as_str() == SOURCE_REVERSAL;
    let reference = entry.reference.as_ref().filter(|_| is_reversal)?;
    Some((entry.subscriber, reference.as_str().to_lowercase()))
}

/// What follows from a movement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LedgerEvent {
    /// A payment that was not reversed.
    Collected {
        /// The day it was made.
        day: Day,
        /// How much.
        amount: Money,
    },
    /// A bill.
    Billed {
        /// Its due day.
        due: Day,
        /// How much.
        amount: Money,
    },
    /// A part of a bill, or the whole, is covered.
    Covered {
        /// The bill's due day.
        due: Day,
        /// How much of it.
        amount: Money,
        /// On which day; never before the due day.
        day: Day,
    },
    /// A bill is covered to its end.
    Paid {
        /// Its due day.
        due: Day,
        /// On which day; never before the due day.
        day: Day,
    },
    /// A charge that is no bill: a debt brought along, a refund.
    Charged {
        /// The day it is for.
        since: Day,
        /// How much.
        amount: Money,
    },
    /// A part of such a charge, or the whole, is covered.
    ChargeCovered {
        /// The day that the charge is for.
        since: Day,
        /// How much of it.
        amount: Money,
        /// On which day; never before that of the charge.
        day: Day,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum OpenItem {
    Spare,
    Bill,
    Charge,
}

#[derive(Debug, Clone, Copy)]
struct Waits {
    what: OpenItem,
    day: Day,
    /// Of a bill, the newest day of the money that covers it so far.
    covered: Day,
    left: Money,
}

/// What waits in one wallet: money that is not used yet, or charges that are not covered yet; never both.
#[derive(Debug, Clone, Default)]
pub struct OpenBalance {
    waiting: VecDeque<Waits>,
}

impl OpenBalance {
    /// Adds the next movement, and returns the events that follow from it.
    pub fn take(&mut self, movement: Movement, tell: &mut impl FnMut(LedgerEvent)) {
        let Movement { day, amount, kind } = movement;
        match kind {
            MovementKind::Payment => {
                tell(LedgerEvent::Collected { day, amount });
                self.money(day, amount, tell);
            }
            MovementKind::Raise => self.money(day, amount, tell),
            MovementKind::Bill => {
                tell(LedgerEvent::Billed { due: day, amount });
                self.charge(OpenItem::Bill, day, amount, tell);
            }
            MovementKind::Charge => {
                tell(LedgerEvent::Charged { since: day, amount });
                self.charge(OpenItem::Charge, day, amount, tell);
            }
        }
    }

    /// Returns what is left in the wallet: money above zero, or what is still open below it. That is the balance.
    #[must_use]
    pub fn balance(&self) -> Money {
        self.waiting.iter().fold(Money::ZERO, |sum, waits| match waits.what {
            OpenItem::Spare => sum_of(sum, waits.left),
            OpenItem::Bill | OpenItem::Charge => sum_of(sum, waits.left.negated()),
        })
    }

    fn money(&mut self, day: Day, amount: Money, tell: &mut impl FnMut(LedgerEvent)) {
        let mut left = amount;
        while left.is_positive() {
            match self.waiting.front_mut() {
                Some(front) if front.what != OpenItem::Spare => {
                    let part = front.left.min(left);
                    left = less(left, part);
                    front.cover(day, part, tell);
                    if front.left.is_zero() {
                        self.waiting.pop_front();
                    }
                }
                Some(_) | None => {
                    self.keep(OpenItem::Spare, day, left);
                    return;
                }
            }
        }
    }

    fn charge(&mut self, what: OpenItem, day: Day, amount: Money, tell: &mut impl FnMut(LedgerEvent)) {
        let mut charged = Waits {
            what,
            day,
            covered: day,
            left: amount,
        };
        while charged.left.is_positive() {
            match self.waiting.front_mut() {
                Some(front) if front.what == OpenItem::Spare => {
                    let part = front.left.min(charged.left);
                    front.left = less(front.left, part);
                    charged.cover(front.day, part, tell);
                    if front.left.is_zero() {
                        self.waiting.pop_front();
                    }
                }
                Some(_) | None => {
                    self.waiting.push_back(charged);
                    return;
                }
            }
        }
    }

    fn keep(&mut self, what: OpenItem, day: Day, amount: Money) {
        // Small payments of one day are one: a wallet that is filled drop by drop stays small.
        match self.waiting.back_mut() {
            Some(back) if back.what == what && back.day == day => back.left = sum_of(back.left, amount),
            Some(_) | None => self.waiting.push_back(Waits {
                what,
                day,
                covered: day,
                left: amount,
            }),
        }
    }
}

impl Waits {
    fn cover(&mut self, day: Day, part: Money, tell: &mut impl FnMut(LedgerEvent)) {
        self.left = less(self.left, part);
        self.covered = self.covered.max(day);
        let on = self.day.max(day);
        match self.what {
            OpenItem::Bill => {
                tell(LedgerEvent::Covered {
                    due: self.day,
                    amount: part,
                    day: on,
                });
                if self.left.is_zero() {
                    tell(LedgerEvent::Paid {
                        due: self.day,
                        day: self.covered,
                    });
                }
            }
            OpenItem::Charge => tell(LedgerEvent::ChargeCovered {
                since: self.day,
                amount: part,
                day: on,
            }),
            OpenItem::Spare => {}
        }
    }
}

/// A stretch of days, the first and the last among them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    /// The first day.
    pub from: Day,
    /// The last day.
    pub to: Day,
}

impl Period {
    /// Returns whether a day is in it.
    #[must_use]
    pub fn has(&self, day: Day) -> bool {
        self.from <= day && day <= self.to
    }
}

/// What figures are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scope {
    /// The period.
    pub period: Period,
    /// Days after its due day within which a bill is paid on time.
    pub grace_days: u16,
    /// Today: a period that reaches it is not over, and what is outstanding at its end is what is outstanding now.
    pub today: Day,
}

impl Scope {
    /// Returns whether something for this day belongs to what stands at the end of the period.
    fn stands_by(&self, day: Day) -> bool {
        day <= self.period.to || self.period.to >= self.today
    }

    /// Returns whether a bill's time ended in the period: its due day and the days of grace are over.
    fn ends_time_of(&self, due: Day) -> bool {
        let last = due.plus_days(i32::from(self.grace_days));
        self.period.has(last) && last < self.today
    }

    fn is_on_time(&self, due: Day, paid: Day) -> bool {
        paid.days_since(due) <= i32::from(self.grace_days)
    }
}

/// The figures of a period, of one wallet or of many.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tally {
    /// Bills whose due day is in the period.
    pub billed: Money,
    /// Payments made in the period and not reversed.
    pub collected: Money,
    /// What was covered in the period, of bills of any due day.
    pub covered: Money,
    /// What the wallets lay below zero at the end of the period.
    pub outstanding: Money,
    /// Bills that were paid in the period, no more than the days of grace after their due day.
    pub on_time: u64,
    /// Bills that were paid in the period, later than that.
    pub late: u64,
    /// Days between due day and payment, summed over those bills.
    pub delay_days: i64,
    /// Bills whose time ended in the period: due day and days of grace.
    pub time_over: u64,
    /// Of those, the bills that were paid by then.
    pub time_over_on_time: u64,
}

impl Tally {
    /// Adds an event.
    pub fn hear(&mut self, event: &LedgerEvent, scope: &Scope) {
        let period = &scope.period;
        match *event {
            LedgerEvent::Collected { day, amount } if period.has(day) => {
                self.collected = sum_of(self.collected, amount)
            }
            LedgerEvent::Billed { due, amount } => {
                if period.has(due) {
                    self.billed = sum_of(self.billed, amount);
                }
                if scope.stands_by(due) {
                    self.outstanding = sum_of(self.outstanding, amount);
                }
                if scope.ends_time_of(due) {
                    self.time_over = self.time_over.saturating_add(1);
                }
            }
            LedgerEvent::Covered { amount, day, .. } => {
                if period.has(day) {
                    self.covered = sum_of(self.covered, amount);
                }
                if scope.stands_by(day) {
                    self.outstanding = less(self.outstanding, amount);
                }
            }
            LedgerEvent::Charged { since, amount } if scope.stands_by(since) => {
                self.outstanding = sum_of(self.outstanding, amount);
            }
            LedgerEvent::ChargeCovered { amount, day, .. } if scope.stands_by(day) => {
                self.outstanding = less(self.outstanding, amount);
            }
            LedgerEvent::Paid { due, day } => self.paid(scope, due, day),
            LedgerEvent::Collected { .. } | LedgerEvent::Charged { .. } | LedgerEvent::ChargeCovered { .. } => {}
        }
    }

    fn paid(&mut self, scope: &Scope, due: Day, day: Day) {
        let on_time = scope.is_on_time(due, day);
        if on_time && scope.ends_time_of(due) {
            self.time_over_on_time = self.time_over_on_time.saturating_add(1);
        }
        if !scope.period.has(day) {
            return;
        }
        let count = if on_time { &mut self.on_time } else { &mut self.late };
        *count = count.saturating_add(1);
        self.delay_days = self.delay_days.saturating_add(i64::from(day.days_since(due)));
    }

    /// Adds the figures of others for the same period.
    pub fn add(&mut self, other: &Self) {
        self.billed = sum_of(self.billed, other.billed);
        self.collected = sum_of(self.collected, other.collected);
        self.covered = sum_of(self.covered, other.covered);
        self.outstanding = sum_of(self.outstanding, other.outstanding);
        self.on_time = self.on_time.saturating_add(other.on_time);
        self.late = self.late.saturating_add(other.late);
        self.delay_days = self.delay_days.saturating_add(other.delay_days);
        self.time_over = self.time_over.saturating_add(other.time_over);
        self.time_over_on_time = self.time_over_on_time.saturating_add(other.time_over_on_time);
    }

    /// Returns the average days between due day and payment, in tenths of a day, halves upwards; `None` where no bill
    /// was paid.
    #[must_use]
    pub fn average_delay_tenths(&self) -> Option<u64> {
        let bills = self.on_time.saturating_add(self.late);
        let days = u64::try_from(self.delay_days).unwrap_or(0);
        let halves = days.saturating_mul(20).saturating_add(bills);
        halves.checked_div(bills.saturating_mul(2))
    }

    /// Returns the share of bills that were paid on time, of all whose time ended in the period, paid or not, in tenths of a
    /// percent; `None` where no bill's time did.
    #[must_use]
    pub fn on_time_permille(&self) -> Option<u64> {
        self.time_over_on_time.saturating_mul(1_000).checked_div(self.time_over)
    }
}

/// Returns a sum; at the largest amount that there is it stays.
#[must_use]
pub fn sum_of(one: Money, other: Money) -> Money {
    Money::from_minor(one.minor().saturating_add(other.minor()))
}

/// Returns a difference; at the smallest amount that there is it stays.
pub(super) fn less(one: Money, other: Money) -> Money {
    Money::from_minor(one.minor().saturating_sub(other.minor()))
}
