//! How much money should come in during the coming weeks?
//!
//! It is what falls due for the subscribers who are served, at the present price, less what their wallets hold. Nothing is
//! expected from subscribers who are suspended, on hold or closed, and what is owed already is not expected a second time. Must
//! never know what jobs will do.

use crate::model::day::Day;
use crate::model::money::Money;
use crate::model::subscriber::{AnchorDay, State, Subscriber};
use crate::rules::billing::due_day;
use crate::rules::due;
use crate::rules::statistics::sum_of;
use crate::rules::wallet::Policy;

/// Days of a week.
const WEEK_DAYS: i32 = 7;
/// How many due days of one subscriber are counted: a daily package over a year and a day.
const DUE_DAYS_MAX: u32 = 400;

/// Adds to each week, the first of which begins today, what one subscriber should pay in it.
pub fn add(weeks: &mut [Money], subscriber: &Subscriber, policy: &Policy, today: Day) {
    if subscriber.state != State::Active || subscriber.hold.is_some() {
        return;
    }
    let Some(package) = policy.package(subscriber.profile.package.as_ref()) else {
        return;
    };
    let Some(first) = due_day(subscriber).filter(|_| package.price.is_positive()) else {
        return;
    };
    let anchor = subscriber.period.anchor.unwrap_or_else(|| AnchorDay::of(first));
    let mut held = subscriber.balance.max(Money::ZERO);
    // The due day of a bill that is open already is not charged again.
    let begin = u32::from(!subscriber.outstanding.is_empty());
    for k in begin..DUE_DAYS_MAX {
        let (due, _) = if k == 0 {
            (first, anchor)
        } else {
            due::nth(first, anchor, package.cycle, k)
        };
        let week = usize::try_from(due.days_since(today).max(0) / WEEK_DAYS).unwrap_or(usize::MAX);
        let Some(sum) = weeks.get_mut(week) else {
            return;
        };
        let from_wallet = held.min(package.price);
        held = held.minus(from_wallet).unwrap_or(Money::ZERO);
        let missing = package.price.minus(from_wallet).unwrap_or(Money::ZERO);
        *sum = sum_of(*sum, missing);
    }
}
