//! What does a payment or an adjustment do to a wallet?
//!
//! A payment is a credit, followed by settlement; an adjustment is a signed entry, followed by settlement when it raises
//! the balance. An adjustment downwards undoes nothing.

use crate::model::day::Day;
use crate::model::entry::{EntryKind, NewEntry};
use crate::model::money::Money;
use crate::model::name::{Comment, Reference, Source};
use crate::rules::settlement::{self, SettlementCause, SettlementResult};
use crate::rules::wallet::{Moment, Policy, RuleError, Wallet};

/// A payment as it arrives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payment {
    /// Its reference.
    pub reference: Reference,
    /// How much; above zero.
    pub amount: Money,
    /// What it came from.
    pub source: Source,
    /// The day it was made.
    pub made_on: Day,
    /// Free text.
    pub comment: Option<Comment>,
}

impl Payment {
    /// Returns a payment without a comment.
    #[must_use]
    pub const fn new(reference: Reference, amount: Money, source: Source, made_on: Day) -> Self {
        Self {
            reference,
            amount,
            source,
            made_on,
            comment: None,
        }
    }
}

/// Credits a payment and settles.
///
/// # Errors
/// When an amount does not fit or the rows of debits contradict the subscriber.
pub fn pay(
    wallet: &mut Wallet<'_>,
    policy: &Policy,
    moment: &Moment<'_>,
    payment: &Payment,
) -> Result<SettlementResult, RuleError> {
    wallet.append(
        NewEntry {
            kind: EntryKind::Credit,
            amount: payment.amount,
            source: payment.source.clone(),
            reference: Some(payment.reference.clone()),
            for_day: payment.made_on,
            comment: payment.comment.clone(),
        },
        moment,
    )?;
    settlement::settle(wallet, policy, moment, SettlementCause::Raised)
}

/// Posts an adjustment and, when it raises the balance, settles.
///
/// # Errors
/// When an amount does not fit or the rows of debits contradict the subscriber.
pub fn adjust(
    wallet: &mut Wallet<'_>,
    policy: &Policy,
    moment: &Moment<'_>,
    amount: Money,
    source: Source,
    comment: Option<Comment>,
) -> Result<SettlementResult, RuleError> {
    wallet.append(
        NewEntry {
            kind: EntryKind::Adjustment,
            amount,
            source,
            reference: None,
            for_day: moment.today,
            comment,
        },
        moment,
    )?;
    if amount.is_positive() {
        settlement::settle(wallet, policy, moment, SettlementCause::Raised)
    } else {
        Ok(SettlementResult::default())
    }
}
