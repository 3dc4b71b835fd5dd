//! What does a reversed payment undo?
//!
//! A reversal posts the opposite entry and then undoes settlements, newest first, until the balance plus all outstanding
//! debits is at or above minus the credit limit. The period is again what it was before them, so that the service since then
//! is not paid for. It cuts nobody: the next `disconnect` decides. An adjustment downwards undoes nothing.

use crate::model::entry::{EntryKind, NewEntry, SOURCE_REVERSAL};
use crate::model::money::Money;
use crate::model::name::{Comment, Reference, Source};
use crate::model::subscriber::{Outstanding, PaidPeriod};
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
    wallet.subscriber.period = settled.before;
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
