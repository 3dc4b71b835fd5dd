//! What may the owner decide about one subscriber by hand, and what follows?
//!
//! A promise to pay, another due day, a hold and its release, closing and reopening, another package. Each is refused in
//! words where it would contradict the ledger.

use crate::model::day::Day;
use crate::model::money::Money;
use crate::model::name::PackageName;
use crate::model::subscriber::{Access, AnchorDay, Hold, PaidPeriod, State};
use crate::rules::access;
use crate::rules::settlement::{self, SettlementResult};
use crate::rules::wallet::{Moment, Policy, RuleError, Wallet};

/// Why a decision by hand is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ByHandError {
    /// The account is closed.
    #[error("`{0}` is closed")]
    Closed(String),
    /// The account is on hold.
    #[error("`{0}` is on hold")]
    Held(String),
    /// The account is not on hold.
    #[error("`{0}` is not on hold")]
    NotHeld(String),
    /// The account is not closed.
    #[error("`{0}` is not closed")]
    NotClosed(String),
    /// The day has passed.
    #[error("{day} is before today ({today})")]
    DayPassed {
        /// The day given.
        day: Day,
        /// Today.
        today: Day,
    },
    /// The day is no later than what counts already.
    #[error("`{username}` is already served through {through}")]
    NoLater {
        /// Whose.
        username: String,
        /// The day that counts.
        through: Day,
    },
    /// A debit waits for settlement.
    #[error("`{username}` has an outstanding debit for {due}; it must be paid, or the balance adjusted, first")]
    DebitOutstanding {
        /// Whose.
        username: String,
        /// The due day.
        due: Day,
    },
    /// The due day has a debit already.
    #[error("`{username}` was already charged for {due}; choose a day without a debit")]
    DayCharged {
        /// Whose.
        username: String,
        /// The due day.
        due: Day,
    },
    /// A rule failed.
    #[error(transparent)]
    Rule(#[from] RuleError),
}

fn open(wallet: &Wallet<'_>) -> Result<(), ByHandError> {
    let name = || wallet.subscriber.username.to_string();
    if wallet.subscriber.state == State::Closed {
        return Err(ByHandError::Closed(name()));
    }
    if wallet.subscriber.hold.is_some() {
        return Err(ByHandError::Held(name()));
    }
    Ok(())
}

/// Records a promise to pay: moves only the cut-off, and brings a suspended subscriber back until that day.
///
/// # Errors
/// When closed or held, when the day has passed, or when it changes nothing.
pub fn extend(wallet: &mut Wallet<'_>, today: Day, until: Day, grace_days: u16) -> Result<(), ByHandError> {
    open(wallet)?;
    if until < today {
        return Err(ByHandError::DayPassed { day: until, today });
    }
    let subscriber = &mut wallet.subscriber;
    if subscriber.state == State::Active
        && let Some(through) = access::cut_off_day(subscriber, grace_days)
        && through >= until
    {
        return Err(ByHandError::NoLater {
            username: subscriber.username.to_string(),
            through,
        });
    }
    subscriber.extended_to = Some(until);
    if subscriber.state == State::Suspended {
        subscriber.state = State::Active;
        subscriber.period.serving_since = Some(today);
    }
    Ok(())
}

/// Sets the due day by hand; the anchor follows it, and today or later resumes.
///
/// # Errors
/// When closed or held, while a debit is outstanding, or for a day that has one.
pub fn set_expires_on(wallet: &mut Wallet<'_>, today: Day, day: Day) -> Result<(), ByHandError> {
    open(wallet)?;
    let username = wallet.subscriber.username.to_string();
    if let Some(debit) = wallet.subscriber.outstanding.first() {
        return Err(ByHandError::DebitOutstanding {
            username,
            due: debit.due,
        });
    }
    if wallet.debit(day)?.is_some() {
        return Err(ByHandError::DayCharged { username, due: day });
    }
    settlement::move_to(wallet, PaidPeriod::ending(Some(day)));
    if wallet.subscriber.state == State::Suspended && day >= today {
        wallet.subscriber.state = State::Active;
    }
    Ok(())
}

/// Puts a subscriber on hold: no job and no settlement touches them. Access stays as it is unless stated.
///
/// # Errors
/// When closed, or held already with the same access.
pub fn hold(wallet: &mut Wallet<'_>, today: Day, access: Option<Access>) -> Result<(), ByHandError> {
    if wallet.subscriber.state == State::Closed {
        return Err(ByHandError::Closed(wallet.subscriber.username.to_string()));
    }
    let present = wallet.subscriber.access();
    match &mut wallet.subscriber.hold {
        Some(hold) if access.is_none_or(|wanted| wanted == hold.access) => {
            Err(ByHandError::Held(wallet.subscriber.username.to_string()))
        }
        Some(hold) => {
            hold.access = access.unwrap_or(present);
            Ok(())
        }
        None => {
            wallet.subscriber.hold = Some(Hold {
                since: today,
                access: access.unwrap_or(present),
            });
            Ok(())
        }
    }
}

/// Ends a hold: credits that came meanwhile settle first; then, for one who was active with nothing outstanding, the
/// period and its anchor move on by the days held.
///
/// # Errors
/// When not held, or when a rule fails.
pub fn release(wallet: &mut Wallet<'_>, policy: &Policy, moment: &Moment<'_>) -> Result<SettlementResult, ByHandError> {
    let was_active = wallet.subscriber.state == State::Active;
    let Some(hold) = wallet.subscriber.hold.take() else {
        return Err(ByHandError::NotHeld(wallet.subscriber.username.to_string()));
    };
    let result = settlement::settle(wallet, policy, moment)?;
    let days_held = moment.today.days_since(hold.since).max(0);
    let subscriber = &mut wallet.subscriber;
    if was_active && subscriber.outstanding.is_empty() {
        if let Some(end) = subscriber.period.expires_on {
            let end = end.plus_days(days_held);
            subscriber.period.expires_on = Some(end);
            subscriber.period.anchor = match subscriber.period.anchor {
                // Nothing moved: a clamped day keeps its anchor.
                Some(anchor) if days_held == 0 => Some(anchor),
                _ => Some(AnchorDay::of(end)),
            };
        }
    } else if was_active && hold.access == Access::Off {
        // Days without service are not service after the due day.
        subscriber.period.served_after_due = subscriber.period.served_after_due.saturating_sub(days_held);
    }
    Ok(result)
}

/// Ends an account: access off, the balance stays visible. Days of service after the due day count as at a cut, for the
/// day on which it is opened again.
///
/// # Errors
/// When closed already.
pub fn close(wallet: &mut Wallet<'_>, today: Day) -> Result<(), ByHandError> {
    if wallet.subscriber.state == State::Closed {
        return Err(ByHandError::Closed(wallet.subscriber.username.to_string()));
    }
    let hold = wallet.subscriber.hold.take();
    if wallet.subscriber.state == State::Active {
        let served_through = match hold {
            Some(hold) if hold.access == Access::Off => hold.since,
            Some(_) | None => today,
        };
        access::suspend(&mut wallet.subscriber, served_through);
    }
    wallet.subscriber.extended_to = None;
    wallet.subscriber.state = State::Closed;
    Ok(())
}

/// Opens a closed account again: active when nothing is outstanding and the period reaches today, else suspended; then
/// settles.
///
/// # Errors
/// When not closed, or when a rule fails.
pub fn reopen(wallet: &mut Wallet<'_>, policy: &Policy, moment: &Moment<'_>) -> Result<SettlementResult, ByHandError> {
    if wallet.subscriber.state != State::Closed {
        return Err(ByHandError::NotClosed(wallet.subscriber.username.to_string()));
    }
    let free = policy
        .package(wallet.subscriber.profile.package.as_ref())
        .is_none_or(|package| package.price == Money::ZERO);
    let paid = wallet
        .subscriber
        .period
        .expires_on
        .is_some_and(|end| end >= moment.today);
    let clear = wallet.subscriber.outstanding.is_empty();
    wallet.subscriber.state = if clear && (paid || free) {
        // A new stretch of service: what was served before is no part of a later cut.
        wallet.subscriber.period.served_after_due = 0;
        State::Active
    } else {
        State::Suspended
    };
    Ok(settlement::settle(wallet, policy, moment)?)
}

/// Changes a subscriber's package; its price counts from the next debit, an outstanding one stays. Then settles.
///
/// # Errors
/// When closed, or when a rule fails.
pub fn change_package(
    wallet: &mut Wallet<'_>,
    policy: &Policy,
    moment: &Moment<'_>,
    package: Option<PackageName>,
) -> Result<SettlementResult, ByHandError> {
    if wallet.subscriber.state == State::Closed {
        return Err(ByHandError::Closed(wallet.subscriber.username.to_string()));
    }
    wallet.subscriber.profile.package = package;
    let cycle = settlement::cycle_of(wallet, policy);
    // A cycle of days anchors at the day it ends on; one of months keeps the day of the month it has.
    if let (crate::model::package::Cycle::Days(_), Some(end)) = (cycle, wallet.subscriber.period.expires_on) {
        wallet.subscriber.period.anchor = Some(AnchorDay::of(end));
    }
    Ok(settlement::settle(wallet, policy, moment)?)
}
