//! What may the owner decide about one subscriber by hand, and what follows?
//!
//! A promise to pay, another due day, a hold and its release, closing and reopening, another package. Each is refused in
//! words where it would contradict the ledger.

use crate::model::day::Day;
use crate::model::money::Money;
use crate::model::name::PackageName;
use crate::model::package::Cycle;
use crate::model::subscriber::{Access, AnchorDay, Hold, PaidPeriod, State};
use crate::rules::access;
use crate::rules::service;
use crate::rules::settlement::{self, SettlementCause, SettlementResult};
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
pub fn extend(wallet: &mut Wallet<'_>, moment: &Moment<'_>, until: Day, grace_days: u16) -> Result<(), ByHandError> {
    open(wallet)?;
    let today = moment.today;
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
    }
    Ok(service::follow(wallet, moment)?)
}

/// Sets the due day by hand; the anchor follows it, and today or later resumes. Service after it is not paid for, whenever
/// it began: the owner's word counts.
///
/// # Errors
/// When closed or held, while a debit is outstanding, or for a day that has one.
pub fn set_expires_on(wallet: &mut Wallet<'_>, moment: &Moment<'_>, day: Day) -> Result<(), ByHandError> {
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
    let began_after = wallet.subscriber.serving_since.is_some_and(|since| since > day);
    let period = PaidPeriod {
        unpaid_from: began_after.then(|| day.plus_days(1)),
        ..PaidPeriod::ending(Some(day))
    };
    settlement::move_to(wallet, period);
    if wallet.subscriber.state == State::Suspended && day >= moment.today {
        wallet.subscriber.state = State::Active;
    }
    Ok(service::follow(wallet, moment)?)
}

/// Puts a subscriber on hold: no job and no settlement touches them. Access stays as it is unless stated.
///
/// # Errors
/// When closed, or held already with the same access.
pub fn hold(wallet: &mut Wallet<'_>, moment: &Moment<'_>, access: Option<Access>) -> Result<(), ByHandError> {
    if wallet.subscriber.state == State::Closed {
        return Err(ByHandError::Closed(wallet.subscriber.username.to_string()));
    }
    let present = wallet.subscriber.access();
    match &mut wallet.subscriber.hold {
        Some(hold) if access.is_none_or(|wanted| wanted == hold.access) => {
            return Err(ByHandError::Held(wallet.subscriber.username.to_string()));
        }
        Some(hold) => hold.access = access.unwrap_or(present),
        None => {
            wallet.subscriber.hold = Some(Hold {
                since: moment.today,
                access: access.unwrap_or(present),
            });
        }
    }
    Ok(service::follow(wallet, moment)?)
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
    service::follow(wallet, moment)?;
    let result = settlement::settle(wallet, policy, moment, SettlementCause::Review)?;
    let days_held = moment.today.days_since(hold.since).max(0);
    let subscriber = &mut wallet.subscriber;
    if was_active
        && subscriber.outstanding.is_empty()
        && let Some(end) = subscriber.period.expires_on
    {
        let end = end.plus_days(days_held);
        subscriber.period.expires_on = Some(end);
        subscriber.period.anchor = match subscriber.period.anchor {
            // Nothing moved: a clamped day keeps its anchor.
            Some(anchor) if days_held == 0 => Some(anchor),
            _ => Some(AnchorDay::of(end)),
        };
    }
    Ok(result)
}

/// Ends an account: access off, the balance stays visible. The days of service until now are kept, for the day on which it
/// is opened again.
///
/// # Errors
/// When closed already.
pub fn close(wallet: &mut Wallet<'_>, moment: &Moment<'_>) -> Result<(), ByHandError> {
    if wallet.subscriber.state == State::Closed {
        return Err(ByHandError::Closed(wallet.subscriber.username.to_string()));
    }
    wallet.subscriber.hold = None;
    wallet.subscriber.extended_to = None;
    wallet.subscriber.state = State::Closed;
    Ok(service::follow(wallet, moment)?)
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
    let free = costs_nothing(wallet, policy);
    let paid = wallet
        .subscriber
        .period
        .expires_on
        .is_some_and(|end| end >= moment.today);
    let clear = wallet.subscriber.outstanding.is_empty();
    wallet.subscriber.state = if clear && (paid || free) {
        State::Active
    } else {
        State::Suspended
    };
    service::follow(wallet, moment)?;
    Ok(settlement::settle(wallet, policy, moment, SettlementCause::Review)?)
}

/// Changes a subscriber's package; its price counts from the next debit, an outstanding one stays. Then settles.
///
/// A package with a price after none, or after a free one, is due from tomorrow on, or later where they are paid through a
/// later day: the time that cost nothing is never charged, and the night that charges comes before the one that cuts off.
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
    let was_free = costs_nothing(wallet, policy);
    wallet.subscriber.profile.package = package;
    if let Some(change) = PriceChange::of(was_free, costs_nothing(wallet, policy)) {
        adopt_price(wallet, change, moment)?;
    }
    let cycle = settlement::cycle_of(wallet, policy);
    adopt_cycle(&mut wallet.subscriber.period, cycle);
    Ok(settlement::settle(wallet, policy, moment, SettlementCause::Review)?)
}

/// What was free costs something now, or the other way round.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PriceChange {
    /// From now on it costs something.
    Costs,
    /// From now on it costs nothing.
    CostsNothing,
}

impl PriceChange {
    /// Returns the change between the two; `None` where both are alike.
    #[must_use]
    pub const fn of(was_free: bool, is_free: bool) -> Option<Self> {
        match (was_free, is_free) {
            (true, false) => Some(Self::Costs),
            (false, true) => Some(Self::CostsNothing),
            (true, true) | (false, false) => None,
        }
    }
}

/// Adopts that service costs something from now on, or nothing: the time that costs nothing is never charged, and pays no bill.
///
/// # Errors
/// When the stored stretches of service cannot be read.
pub fn adopt_price(wallet: &mut Wallet<'_>, change: PriceChange, moment: &Moment<'_>) -> Result<(), RuleError> {
    match change {
        PriceChange::Costs => service_costs_from_now(wallet, moment),
        PriceChange::CostsNothing => service_costs_nothing_from_now(wallet, moment)?,
    }
    Ok(())
}

/// Returns whether their service costs nothing: no package, or a free one.
fn costs_nothing(wallet: &Wallet<'_>, policy: &Policy) -> bool {
    policy
        .package(wallet.subscriber.profile.package.as_ref())
        .is_none_or(|package| package.price == Money::ZERO)
}

/// Of one who owes a bill, the days until now are known as a number; those to come are no part of it.
fn service_costs_nothing_from_now(wallet: &mut Wallet<'_>, moment: &Moment<'_>) -> Result<(), RuleError> {
    if wallet.subscriber.outstanding.is_empty() {
        return Ok(());
    }
    service::pause_count(wallet, moment)
}

/// One who owes a bill goes on owing it; anybody else who is served gets a due day that is still to come.
fn service_costs_from_now(wallet: &mut Wallet<'_>, moment: &Moment<'_>) {
    // The release of a hold moves the day on by the days held: to it, today is the day on which the hold began.
    let held_since = wallet.subscriber.hold.as_ref().map(|hold| hold.since);
    let today = held_since.map_or(moment.today, |since| since.min(moment.today));
    if !wallet.subscriber.outstanding.is_empty() {
        service::count_from_now(wallet, moment);
    } else if wallet.subscriber.state == State::Active
        // Who is paid through today is charged tomorrow too: the night that charges for today may be over.
        && wallet.subscriber.period.expires_on.is_none_or(|end| end <= today)
    {
        settlement::move_to(wallet, PaidPeriod::ending(Some(today.plus_days(1))));
    }
}

/// Has a period go on in another cycle: one of days anchors at the day it ends on, one of months keeps the day of the month it has.
pub fn adopt_cycle(period: &mut PaidPeriod, cycle: Cycle) {
    if let (Cycle::Days(_), Some(end)) = (cycle, period.expires_on) {
        period.anchor = Some(AnchorDay::of(end));
    }
}
