//! What does a payment or an adjustment do to a wallet?
//!
//! A payment is a credit, followed by settlement; an adjustment is a signed entry, followed by settlement when it raises
//! the balance. An adjustment downwards undoes nothing. A payment that is typed is confirmed first where it looks like a
//! slip: so large that a zero may be too many, or the same as one a moment ago.

use crate::model::day::{Day, Instant};
use crate::model::entry::{Entry, EntryKind, NewEntry};
use crate::model::money::Money;
use crate::model::name::{Comment, Reference, Source};
use crate::rules::settlement::{self, SettlementCause, SettlementResult};
use crate::rules::wallet::{Moment, Policy, RuleError, Wallet};

/// How many times the price is more than anybody pays at once: a year of months.
const TIMES_THE_PRICE: i64 = 12;
/// Within how many milliseconds the same amount for the same subscriber may be the same payment.
pub const AGAIN_WITHIN_MS: i64 = 10 * 60 * 1000;

/// What a payment is above.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnusualAmount {
    /// The amount above which the site asks.
    AskAbove(Money),
    /// Twelve times this price.
    TwelveTimes(Money),
}

/// Returns what a payment is above, where it is so large that it may be a slip: the amount that the site names, or else
/// twelve times the price. A price of zero tells nothing.
#[must_use]
pub fn unusual(amount: Money, price: Option<Money>, ask_above: Option<Money>) -> Option<UnusualAmount> {
    if let Some(limit) = ask_above {
        return (amount > limit).then_some(UnusualAmount::AskAbove(limit));
    }
    let price = price.filter(|price| price.is_positive())?;
    let limit = Money::from_minor(price.minor().saturating_mul(TIMES_THE_PRICE));
    (amount > limit).then_some(UnusualAmount::TwelveTimes(price))
}

/// Returns whether a payment of this amount may be the same as an entry of the wallet, typed once more.
#[must_use]
pub fn may_be_again(entry: &Entry, amount: Money, now: Instant) -> bool {
    entry.kind == EntryKind::Credit && entry.amount == amount && is_recent(entry, now)
}

/// Returns whether an entry is so new that the same payment may be typed once more.
#[must_use]
pub fn is_recent(entry: &Entry, now: Instant) -> bool {
    now.millis_since(entry.recorded_at) <= AGAIN_WITHIN_MS
}

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
