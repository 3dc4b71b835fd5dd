//! Who is charged on day D, how much, and for which due day?
//!
//! Each active subscriber whose period has ended by day D and who has no debit outstanding is charged the price of now for that
//! due day, and settled; again while that moves the period on and it has still ended by D. So a prepaid wallet catches up over
//! several cycles in one go. Suspended, held or closed subscribers are never charged for time without service; suspended ones
//! with money in the wallet are settled, since a price may have changed. A subscriber who is active on a package with a price
//! but has no due day (added without a package, or for nothing) is due on the day of the run: nobody is served for ever without
//! a debit.

use crate::model::day::Day;
use crate::model::job::BillingCounts;
use crate::model::package::Cycle;
use crate::model::subscriber::{AnchorDay, PaidPeriod, State, Subscriber};
use crate::rules::due;
use crate::rules::settlement::{self, SettlementCause, cycle_of, move_to, period_moved_on};
use crate::rules::wallet::{Moment, Policy, RuleError, Wallet};

/// The actor of entries that billing makes.
pub const ACTOR: &str = "job:billing";

/// How many cycles one run may charge one subscriber: a daily package over a century.
const CYCLES_MAX: usize = 40_000;

/// Returns whether billing on this day has anything to do for a subscriber; what it would pass by needs no wallet.
#[must_use]
pub fn concerns(subscriber: &Subscriber, day: Day) -> bool {
    if subscriber.hold.is_some() {
        return false;
    }
    match subscriber.state {
        State::Closed => false,
        State::Suspended => subscriber.balance.is_positive(),
        State::Active => {
            subscriber.profile.package.is_none() || subscriber.period.expires_on.is_none_or(|end| end <= day)
        }
    }
}

/// Charges one subscriber for day `day` and adds what was done to the counts.
///
/// # Errors
/// When an amount does not fit or the rows of debits contradict the subscriber.
pub fn bill(
    wallet: &mut Wallet<'_>,
    policy: &Policy,
    moment: &Moment<'_>,
    day: Day,
    counts: &mut BillingCounts,
) -> Result<(), RuleError> {
    if !concerns(&wallet.subscriber, day) {
        return Ok(());
    }
    let Some(package) = policy.package(wallet.subscriber.profile.package.as_ref()) else {
        counts.without_package = counts.without_package.saturating_add(1);
        return Ok(());
    };
    let price = package.price;
    let made_before = wallet.entries.len();
    let settled = settlement::settle(wallet, policy, moment, SettlementCause::Review)?;
    counts.settled = counts.settled.saturating_add(u64::from(settled.settled));
    if settled.resumed {
        counts.resumed = counts.resumed.saturating_add(1);
        // The new cycle of a resumed subscriber was charged by the settlement itself.
        let made = wallet.entries.len().saturating_sub(made_before);
        counts.charged = counts.charged.saturating_add(u64::try_from(made).unwrap_or(0));
    }
    if wallet.subscriber.state != State::Active {
        return Ok(());
    }
    if !wallet.subscriber.outstanding.is_empty() {
        counts.skipped = counts.skipped.saturating_add(1);
        return Ok(());
    }
    if wallet.subscriber.period.expires_on.is_none() && price.is_positive() {
        let due = wallet.subscriber.serving_since.map_or(day, |since| since.max(day));
        wallet.subscriber.period = PaidPeriod::ending(Some(due));
    }
    for _ in 0..CYCLES_MAX {
        // What is free keeps its rhythm: nobody is charged for the time without service.
        let due = if price.is_zero() {
            wallet.subscriber.period.expires_on
        } else {
            due_day(&wallet.subscriber)
        };
        let Some(due) = due.filter(|due| *due <= day) else {
            break;
        };
        if !wallet.subscriber.outstanding.is_empty() {
            break;
        }
        if price.is_zero() || wallet.debit(due)?.is_some() {
            // Free, or charged and settled already: the period moves on without an entry.
            let moved = period_moved_on(&wallet.subscriber.period, due, cycle_of(wallet, policy));
            move_to(wallet, moved);
            counts.free = counts.free.saturating_add(u64::from(price.is_zero()));
        } else {
            wallet.post_debit(due, price, moment)?;
            counts.charged = counts.charged.saturating_add(1);
            let settled = settlement::settle(wallet, policy, moment, SettlementCause::Review)?;
            counts.settled = counts.settled.saturating_add(u64::from(settled.settled));
        }
    }
    Ok(())
}

/// Returns the due day that would be charged next: the end of the period, or the day on which service began again after it
/// (a promise), since nobody is charged for the time without service before that. Where it is stated from when service is
/// not paid for, it is the end.
#[must_use]
pub fn due_day(subscriber: &Subscriber) -> Option<Day> {
    let end = subscriber.period.expires_on?;
    match (subscriber.serving_since, subscriber.period.unpaid_from) {
        (Some(since), None) => Some(since.max(end)),
        (_, Some(_)) | (None, None) => Some(end),
    }
}

/// Returns the due day of the next debit that is not posted yet, with its anchor: each debit outstanding moves the period on by
/// one cycle before. `None` for somebody without a due day.
#[must_use]
pub fn next_charge(subscriber: &Subscriber, cycle: Cycle) -> Option<(Day, AnchorDay)> {
    let charged = subscriber.outstanding.first().map(|debit| debit.due);
    let due = due_day(subscriber).or(charged)?;
    let anchor = match subscriber.period.anchor {
        Some(anchor) if subscriber.period.expires_on == Some(due) => anchor,
        _ => AnchorDay::of(due),
    };
    Some(
        subscriber
            .outstanding
            .iter()
            .fold((due, anchor), |(due, anchor), _| due::next(due, anchor, cycle)),
    )
}
