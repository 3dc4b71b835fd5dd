//! Who is cut off at T, and who is spared?
//!
//! `disconnect` at time T suspends active subscribers whose cut-off has passed: 23:59 on the due day plus the grace days,
//! or on the day they were extended to. It never cuts one whose wallet would settle every due day up to T: billing did
//! not see that day yet.

use jiff::civil::time;
use jiff::tz::TimeZone;

use crate::model::day::{Day, Instant};
use crate::model::money::Money;
use crate::model::subscriber::{State, Subscriber};
use crate::rules::billing;
use crate::rules::due;
use crate::rules::service;
use crate::rules::wallet::{Moment, Policy, RuleError, Wallet};

/// How many due days ahead a wallet is counted through.
const COVERED_CYCLES_MAX: usize = 40_000;

/// What `disconnect` decides for one subscriber.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CutOffVerdict {
    /// Not its concern: not active, held, without a package, or still within the paid time.
    Leave,
    /// The wallet would settle every due day up to T.
    Covered,
    /// Cut off.
    Suspend,
}

/// Returns the newest day whose cut-off, 23:59 of the site, has come at instant `at`. In a repeated hour the second
/// 23:59 counts.
#[must_use]
pub fn last_cut_day(at: Instant, zone: &TimeZone) -> Day {
    let day = at.day_in(zone);
    let cut_off = zone
        .to_ambiguous_timestamp(day.date().to_datetime(time(23, 59, 0, 0)))
        .later()
        .map(Instant::from_timestamp);
    match cut_off {
        Ok(cut_off) if cut_off <= at => day,
        _ => day.plus_days(-1),
    }
}

/// Returns the day at whose 23:59 a subscriber is cut off; `None` for one who is never cut. Somebody who was never paid for
/// any day (a reversal took their first payment back) is due on the day that was charged.
#[must_use]
pub fn cut_off_day(subscriber: &Subscriber, grace_days: u16) -> Option<Day> {
    let charged = subscriber.outstanding.first().map(|debit| debit.due);
    let end = subscriber
        .period
        .expires_on
        .or(charged)
        .map(|end| end.plus_days(i32::from(grace_days)));
    match (end, subscriber.extended_to) {
        (Some(end), Some(extended)) => Some(end.max(extended)),
        (end, extended) => end.or(extended),
    }
}

/// Returns what becomes of a subscriber at a run of `disconnect` whose newest cut-off day is `last_cut_day`.
#[must_use]
pub fn verdict(subscriber: &Subscriber, policy: &Policy, grace_days: u16, last_cut_day: Day) -> CutOffVerdict {
    if subscriber.state != State::Active || subscriber.hold.is_some() {
        return CutOffVerdict::Leave;
    }
    if policy.package(subscriber.profile.package.as_ref()).is_none() {
        return CutOffVerdict::Leave;
    }
    match cut_off_day(subscriber, grace_days) {
        Some(day) if day <= last_cut_day => {
            if is_covered(subscriber, policy, last_cut_day) {
                CutOffVerdict::Covered
            } else {
                CutOffVerdict::Suspend
            }
        }
        _ => CutOffVerdict::Leave,
    }
}

/// Returns whether the wallet would settle what is outstanding and every due day up to and including `through`.
#[must_use]
pub fn is_covered(subscriber: &Subscriber, policy: &Policy, through: Day) -> bool {
    if !policy.allows(subscriber.balance) && !subscriber.outstanding.is_empty() {
        return false;
    }
    let Some(package) = policy.package(subscriber.profile.package.as_ref()) else {
        return true;
    };
    if package.price.is_zero() {
        // Nothing to settle, with or without a due day.
        return true;
    }
    // The balance carries every debit outstanding already.
    let Some((mut due, mut anchor)) = billing::next_charge(subscriber, package.cycle) else {
        return false;
    };
    let mut balance = subscriber.balance;
    for _ in 0..COVERED_CYCLES_MAX {
        if due > through {
            return true;
        }
        balance = match balance.minus(package.price) {
            Some(left) if policy.allows(left) => left,
            _ => return false,
        };
        (due, anchor) = due::next(due, anchor, package.cycle);
    }
    false
}

/// Cuts a subscriber off: their service ends now, and so does a promise.
///
/// # Errors
/// When the stored stretches of service cannot be read.
pub fn suspend(wallet: &mut Wallet<'_>, moment: &Moment<'_>) -> Result<(), RuleError> {
    wallet.subscriber.extended_to = None;
    wallet.subscriber.state = State::Suspended;
    service::follow(wallet, moment)
}

/// Returns whether somebody who is cut off would be cut off by no run whose newest cut-off day is `last_cut_day`: their
/// time is not over. So a run under a wrong clock leaves them.
#[must_use]
pub fn is_cut_too_early(subscriber: &Subscriber, grace_days: u16, last_cut_day: Day) -> bool {
    subscriber.state == State::Suspended
        && subscriber.hold.is_none()
        && cut_off_day(subscriber, grace_days).is_some_and(|day| day > last_cut_day)
}

/// Takes a cut back that came too early: service goes on as if it had never ended, since nobody knows on which day a wrong
/// clock ended it. What is paid, charged and outstanding stays.
///
/// # Errors
/// When the stored stretches of service cannot be read.
pub fn resume_without_payment(wallet: &mut Wallet<'_>, moment: &Moment<'_>) -> Result<(), RuleError> {
    wallet.subscriber.state = State::Active;
    service::undo_end(wallet, moment)
}

/// Returns the price of a subscriber's package, whatever the wallet holds; zero without a package.
#[must_use]
pub fn package_price(subscriber: &Subscriber, policy: &Policy) -> Money {
    policy
        .package(subscriber.profile.package.as_ref())
        .map_or(Money::ZERO, |package| package.price)
}
