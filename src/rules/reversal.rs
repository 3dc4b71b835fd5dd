//! What does a reversed payment undo?
//!
//! A reversal posts the opposite entry and then undoes settlements, newest first, until the balance plus all outstanding
//! debits is at or above minus the credit limit. It cuts nobody: the next `disconnect` decides. An adjustment downwards
//! undoes nothing.

use crate::model::entry::{EntryKind, NewEntry, SOURCE_REVERSAL};
use crate::model::money::Money;
use crate::model::name::{Comment, Reference, Source};
use crate::model::subscriber::{Outstanding, PaidPeriod, State};
use crate::rules::wallet::{Moment, Policy, RuleError, Wallet};

/// How many settlements one reversal may undo.
const UNDONE_MAX: usize = 10_000;

/// Reverses a payment: the opposite adjustment, under the same reference, and the settlements that it no longer covers. Returns
/// how many settlements were undone.
///
/// # Errors
/// When an amount does not fit or the rows of debits contradict the subscriber.
pub fn reverse(
    wallet: &mut Wallet<'_>,
    policy: &Policy,
    moment: &Moment<'_>,
    amount: Money,
    reference: &Reference,
    comment: Option<Comment>,
) -> Result<u32, RuleError> {
    wallet.append(
        NewEntry {
            kind: EntryKind::Adjustment,
            amount: amount.negated(),
            source: Source::own(SOURCE_REVERSAL),
            reference: Some(reference.clone()),
            for_day: moment.today,
            comment,
        },
        moment,
    )?;
    let mut undone = 0_u32;
    for _ in 0..UNDONE_MAX {
        if policy.allows(wallet.balance_plus(wallet.outstanding_sum(0)?)?) || !undo_newest(wallet)? {
            break;
        }
        undone = undone.saturating_add(1);
    }
    Ok(undone)
}

fn undo_newest(wallet: &mut Wallet<'_>) -> Result<bool, RuleError> {
    let Some(due) = wallet.subscriber.last_settled else {
        return Ok(false);
    };
    let mut debit = wallet.debit_there(due)?;
    let Some(settled) = debit.settled.take() else {
        return Err(RuleError::DebitMissing {
            username: wallet.subscriber.username.to_string(),
            due,
        });
    };
    let present = wallet.subscriber.period;
    wallet.subscriber.period = period_before(&present, &settled.before, settled.resumed_on, wallet.subscriber.state);
    wallet.subscriber.last_settled = settled.previous;
    // What a hold or the owner moved since the settlement comes back with it.
    debit.undone = Some(PaidPeriod {
        expires_on: present.expires_on,
        anchor: present.anchor,
        ..settled.after
    });
    let amount = debit.amount;
    wallet.put_debit(due, debit);
    wallet.add_outstanding(Outstanding { due, amount });
    Ok(true)
}

/// Returns the period before a settlement, with the service given since counted as service after the due day.
fn period_before(
    present: &PaidPeriod,
    before: &PaidPeriod,
    resumed_on: Option<crate::model::day::Day>,
    state: State,
) -> PaidPeriod {
    if state != State::Suspended {
        // Still served: the days are counted at the next cut, from where service began again.
        return PaidPeriod {
            serving_since: resumed_on.or(before.serving_since),
            ..*before
        };
    }
    let served_in_period = match (resumed_on, present.expires_on, before.expires_on) {
        // The day of the resumption counts as a day of service.
        (Some(resumed), Some(end), _) => end.days_since(resumed).saturating_add(1),
        (None, Some(end), Some(end_before)) => end.days_since(end_before),
        _ => 0,
    };
    PaidPeriod {
        served_after_due: before
            .served_after_due
            .saturating_add(present.served_after_due)
            .saturating_add(served_in_period)
            .max(0),
        ..*before
    }
}
