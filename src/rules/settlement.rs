//! Does the wallet settle what is owed, and what does that change?
//!
//! Settlement is one rule, applied after every debit of billing, after every entry that raises a balance, and wherever a
//! subscriber comes back under the rules. The oldest outstanding debit is settled first, while the balance plus the newer
//! ones is at or above minus the credit limit. Active: the period moves one cycle on from the due day. Suspended: service
//! resumes, and the paid cycle runs from today, put back by the days of service that nobody has paid for. Suspended with
//! nothing outstanding and enough in the wallet: the debit of a new cycle is posted, settled, and service resumes; on credit
//! only after an entry that raised the balance, so that nobody is served on credit by accident.

use crate::model::clock_confirmation::UncertainPeriod;
use crate::model::day::Day;
use crate::model::entry::{Debit, Settled};
use crate::model::money::Money;
use crate::model::package::Cycle;
use crate::model::subscriber::{AnchorDay, PaidPeriod, State};
use crate::rules::due;
use crate::rules::service;
use crate::rules::wallet::{Moment, Policy, Resume, RuleError, Wallet};

/// How many debits one settlement may settle; far more than any wallet has outstanding.
const SETTLEMENTS_MAX: usize = 10_000;

/// How many days ahead a free due day is searched.
const FREE_DAY_SEARCH_DAYS: usize = 4_000;

/// Why settlement is applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SettlementCause {
    /// An entry has raised the balance.
    Raised,
    /// Another decision (a release, a night): what is in the wallet counts, and not what could be owed.
    Review,
}

/// What a settlement did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SettlementResult {
    /// Debits settled.
    pub settled: u32,
    /// Whether service resumed.
    pub resumed: bool,
}

/// Applies the rule of settlement.
///
/// # Errors
/// When an amount does not fit or the rows of debits contradict the subscriber.
pub fn settle(
    wallet: &mut Wallet<'_>,
    policy: &Policy,
    moment: &Moment<'_>,
    cause: SettlementCause,
) -> Result<SettlementResult, RuleError> {
    let mut result = SettlementResult::default();
    for _ in 0..SETTLEMENTS_MAX {
        if wallet.subscriber.hold.is_some() || wallet.subscriber.state == State::Closed {
            break;
        }
        if let Some(oldest) = wallet.subscriber.outstanding.first().copied() {
            let newer = wallet.outstanding_sum(1)?;
            if !policy.allows(wallet.balance_plus(newer)?) {
                break;
            }
            result.resumed |= settle_oldest(wallet, policy, moment, oldest.due)?;
            result.settled = result.settled.saturating_add(1);
        } else if wallet.subscriber.state == State::Suspended {
            if !start_new_cycle(wallet, policy, moment, cause, &mut result)? {
                break;
            }
        } else {
            break;
        }
    }
    Ok(result)
}

/// Returns how much is missing for settlement; zero when nothing is to settle.
///
/// # Errors
/// When an amount does not fit.
pub fn missing(wallet: &Wallet<'_>, policy: &Policy) -> Result<Money, RuleError> {
    let subscriber = &wallet.subscriber;
    let reached = if subscriber.state == State::Closed {
        return Ok(Money::ZERO);
    } else if subscriber.outstanding.is_empty() {
        match (subscriber.state, policy.package(subscriber.profile.package.as_ref())) {
            (State::Suspended, Some(package)) => wallet.balance_plus(package.price.negated())?,
            (State::Active | State::Suspended | State::Closed, _) => return Ok(Money::ZERO),
        }
    } else {
        wallet.balance_plus(wallet.outstanding_sum(1)?)?
    };
    let short = policy
        .credit_limit
        .negated()
        .minus(reached)
        .ok_or_else(|| wallet.too_large())?;
    Ok(if short.is_positive() { short } else { Money::ZERO })
}

/// Returns the cycle of a subscriber's package; monthly where there is none any more.
pub(crate) fn cycle_of(wallet: &Wallet<'_>, policy: &Policy) -> Cycle {
    policy
        .package(wallet.subscriber.profile.package.as_ref())
        .map_or(Cycle::Months(1), |package| package.cycle)
}

fn settle_oldest(wallet: &mut Wallet<'_>, policy: &Policy, moment: &Moment<'_>, due: Day) -> Result<bool, RuleError> {
    let debit = wallet.debit_there(due)?;
    let cycle = cycle_of(wallet, policy);
    let before = wallet.subscriber.period;
    if wallet.subscriber.state != State::Suspended {
        // Settled again while still active: restored as it was.
        let after = debit.undone.unwrap_or_else(|| period_moved_on(&before, due, cycle));
        record_settled(wallet, due, debit, after, None);
        move_to(wallet, after);
        return Ok(false);
    }
    let rhythm = match policy.resume {
        Resume::FromPayment => None,
        Resume::FromDue => Some(due),
    };
    let after = period_resumed(&before, rhythm, cycle, &Resumption::of(wallet, moment, &before)?);
    record_settled(wallet, due, debit, after, Some(moment.today));
    resume(
        wallet,
        moment,
        UncertainPeriod {
            on: moment.today,
            due: Some(due),
            rhythm,
            cycle,
            before,
            after,
        },
    )?;
    Ok(true)
}

/// Posts and settles the debit of a new cycle for a suspended subscriber, if the wallet allows it.
fn start_new_cycle(
    wallet: &mut Wallet<'_>,
    policy: &Policy,
    moment: &Moment<'_>,
    cause: SettlementCause,
    result: &mut SettlementResult,
) -> Result<bool, RuleError> {
    let Some(package) = policy.package(wallet.subscriber.profile.package.as_ref()) else {
        return Ok(false);
    };
    let (price, cycle) = (package.price, package.cycle);
    if !policy.allows(wallet.balance_plus(price.negated())?) {
        return Ok(false);
    }
    if cause == SettlementCause::Review && price.is_positive() && !wallet.subscriber.balance.is_positive() {
        return Ok(false);
    }
    let before = wallet.subscriber.period;
    let after = period_resumed(&before, None, cycle, &Resumption::of(wallet, moment, &before)?);
    let mut charged = None;
    if price.is_positive() {
        let due = free_due_day(wallet, moment.today)?;
        charged = Some(due);
        wallet.post_debit(due, price, moment)?;
        let debit = wallet.debit_there(due)?;
        record_settled(wallet, due, debit, after, Some(moment.today));
        result.settled = result.settled.saturating_add(1);
    }
    resume(
        wallet,
        moment,
        UncertainPeriod {
            on: moment.today,
            due: charged,
            rhythm: None,
            cycle,
            before,
            after,
        },
    )?;
    result.resumed = true;
    Ok(true)
}

/// Records that the debit of a due day is settled: its row remembers the period before and after, and the settlement before
/// this one, so that a reversal can put all of it back; the debit is outstanding no more.
fn record_settled(wallet: &mut Wallet<'_>, due: Day, debit: Debit, after: PaidPeriod, resumed_on: Option<Day>) {
    let subscriber = &mut wallet.subscriber;
    let settled = Settled {
        before: subscriber.period,
        after,
        previous: subscriber.last_settled.replace(due),
        resumed_on,
    };
    subscriber.outstanding.retain(|outstanding| outstanding.due != due);
    wallet.put_debit(
        due,
        Debit {
            settled: Some(settled),
            undone: None,
            ..debit
        },
    );
}

/// Brings a suspended subscriber back, into the period that the note says. The note is kept for one who pays while nobody
/// knows the day.
fn resume(wallet: &mut Wallet<'_>, moment: &Moment<'_>, note: UncertainPeriod) -> Result<(), RuleError> {
    move_to(wallet, note.after);
    wallet.subscriber.state = State::Active;
    service::follow(wallet, moment)?;
    forget_undone(wallet)?;
    wallet.resumed = Some(note);
    Ok(())
}

/// Returns today, or where today has a debit already, the next day without one.
fn free_due_day(wallet: &Wallet<'_>, today: Day) -> Result<Day, RuleError> {
    let mut day = today;
    for _ in 0..FREE_DAY_SEARCH_DAYS {
        if wallet.debit(day)?.is_none() {
            break;
        }
        day = day.plus_days(1);
    }
    Ok(day)
}

/// When service comes back, and what was served before it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Resumption {
    /// The civil day.
    pub(crate) today: Day,
    /// The first day that counts for the service that begins.
    pub(crate) first_day: Day,
    /// Days of service that nobody has paid for.
    pub(crate) unpaid_days: i32,
    /// Whether another debit is outstanding: the days that this payment does not pay for are those of the next one.
    pub(crate) owes_more: bool,
}

impl Resumption {
    fn of(wallet: &Wallet<'_>, moment: &Moment<'_>, before: &PaidPeriod) -> Result<Self, RuleError> {
        Ok(Self {
            today: moment.today,
            first_day: moment.today.max(moment.first_day_of_service()),
            unpaid_days: service::unpaid_days(wallet, before)?,
            owes_more: wallet.subscriber.outstanding.len() > 1,
        })
    }
}

/// Returns the period with which service resumes: from today, or where the rhythm of a due day is kept, to the first day of
/// that rhythm which comes after today.
pub(crate) fn period_resumed(
    before: &PaidPeriod,
    rhythm: Option<Day>,
    cycle: Cycle,
    resumption: &Resumption,
) -> PaidPeriod {
    let Some(due) = rhythm else {
        return period_from_today(before, cycle, resumption);
    };
    let anchor = before.anchor.unwrap_or(AnchorDay::of(due));
    let (end, anchor) = due::first_after(due, anchor, cycle, resumption.today);
    PaidPeriod {
        anchor: Some(anchor),
        ..PaidPeriod::ending(Some(end))
    }
}

/// Returns the period that a payment buys after a cut: from today, put back by the days of service that nobody has paid for,
/// but never ending before today. Its start is the new anchor.
fn period_from_today(before: &PaidPeriod, cycle: Cycle, resumption: &Resumption) -> PaidPeriod {
    let Resumption { today, unpaid_days, .. } = *resumption;
    let start = today.plus_days(unpaid_days.max(0).saturating_neg());
    let (end, anchor) = due::next(start, AnchorDay::of(start), cycle);
    if end >= today {
        return PaidPeriod {
            anchor: Some(anchor),
            ..PaidPeriod::ending(Some(end))
        };
    }
    // More was served than a cycle pays for: it pays for the first of those days, and today is a courtesy.
    let mut period = PaidPeriod::ending(Some(today));
    let begun = before
        .unpaid_from
        .map(|first| first.plus_days(-1))
        .or(before.expires_on);
    let begun = begun.unwrap_or(start);
    let cycle_days = due::next(begun, AnchorDay::of(begun), cycle).0.days_since(begun);
    let left = unpaid_days.saturating_sub(cycle_days);
    if resumption.owes_more && left >= 0 {
        period.unpaid_days = left;
        period.unpaid_from = Some(resumption.first_day);
    }
    period
}

/// Returns the period one cycle on: from the end of the present one, or from the due day where service began again
/// after it.
pub(crate) fn period_moved_on(before: &PaidPeriod, due: Day, cycle: Cycle) -> PaidPeriod {
    let (end, anchor) = match (before.expires_on, before.anchor) {
        (Some(end), Some(anchor)) if end >= due => due::next(end, anchor, cycle),
        _ => due::next(due, AnchorDay::of(due), cycle),
    };
    PaidPeriod {
        anchor: Some(anchor),
        ..PaidPeriod::ending(Some(end))
    }
}

/// Moves the subscriber into a period; a promise that it reaches past is over.
pub(crate) fn move_to(wallet: &mut Wallet<'_>, period: PaidPeriod) {
    wallet.subscriber.period = period;
    if wallet
        .subscriber
        .extended_to
        .is_some_and(|until| Some(until) <= period.expires_on)
    {
        wallet.subscriber.extended_to = None;
    }
}

/// Forgets what reversals had undone: after a cut-off nothing is restored "as it was".
fn forget_undone(wallet: &mut Wallet<'_>) -> Result<(), RuleError> {
    let dues: Vec<Day> = wallet
        .subscriber
        .outstanding
        .iter()
        .map(|outstanding| outstanding.due)
        .collect();
    for due in dues {
        let mut debit = wallet.debit_there(due)?;
        if debit.undone.take().is_some() {
            wallet.put_debit(due, debit);
        }
    }
    Ok(())
}
