//! With which state does a new subscriber, or one from another system, start?
//!
//! One whose period ended before the day of import, or who has none, starts suspended with nothing outstanding; without
//! a package, or with price zero, active. A balance comes along as one adjustment. Where the other system has charged
//! the due day already, that charge becomes the debit of that day, outstanding, and the rest an adjustment.

use crate::model::day::{Day, Instant};
use crate::model::entry::{EntryKind, NewEntry, SOURCE_OPENING_BALANCE};
use crate::model::money::Money;
use crate::model::name::{Source, Username};
use crate::model::package::Package;
use crate::model::subscriber::{PaidPeriod, Profile, State, Subscriber, SubscriberId};
use crate::rules::settlement::{self, SettlementCause, SettlementResult};
use crate::rules::wallet::{Moment, Policy, RuleError, Wallet};

/// A subscriber to be added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Newcomer {
    /// The name, unique in the site.
    pub username: Username,
    /// Who they are and what they buy.
    pub profile: Profile,
    /// The last day paid for.
    pub expires_on: Option<Day>,
    /// What the wallet holds or owes.
    pub balance: Money,
    /// Whether the other system has charged the due day already; `None` leaves it to the rule.
    pub debited: Option<bool>,
}

/// Why a subscriber cannot be added like this.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OnboardingError {
    /// `debited = yes` without a debt that could be it.
    #[error("`debited` is `yes`, but that needs a balance of minus the price or lower")]
    DebitedWithoutDebt,
    /// `debited = yes` without a due day.
    #[error("`debited` is `yes`, but that needs an `expires_on`")]
    DebitedWithoutDueDay,
}

/// Returns whether the balance holds a debit that the other system has posted for the due day.
///
/// # Errors
/// When the column `debited` says `yes` where it cannot be so.
pub fn holds_debit(newcomer: &Newcomer, package: Option<&Package>, today: Day) -> Result<bool, OnboardingError> {
    let price = package.map_or(Money::ZERO, |package| package.price);
    let owes_the_price = price.is_positive() && newcomer.balance <= price.negated();
    match newcomer.debited {
        Some(false) => Ok(false),
        Some(true) if newcomer.expires_on.is_none() => Err(OnboardingError::DebitedWithoutDueDay),
        Some(true) if !owes_the_price => Err(OnboardingError::DebitedWithoutDebt),
        Some(true) => Ok(true),
        None => Ok(owes_the_price && newcomer.expires_on.is_some_and(|end| end <= today)),
    }
}

/// Returns the subscriber as added, before any entry.
#[must_use]
pub fn begin(newcomer: &Newcomer, id: SubscriberId, package: Option<&Package>, today: Day, at: Instant) -> Subscriber {
    let free = package.is_none_or(|package| package.price.is_zero());
    let paid = newcomer.expires_on.is_some_and(|end| end >= today);
    let state = if free || paid { State::Active } else { State::Suspended };
    Subscriber {
        id,
        username: newcomer.username.clone(),
        profile: newcomer.profile.clone(),
        state,
        hold: None,
        period: PaidPeriod::ending(newcomer.expires_on),
        extended_to: None,
        balance: Money::ZERO,
        last_entry: None,
        outstanding: Vec::new(),
        last_settled: None,
        added_at: at,
        // Whoever is taken in as active is served already.
        serving_since: (state == State::Active).then_some(today),
    }
}

/// Posts what comes along in the wallet, and settles. One who is cut off and whose entries raise nothing stays cut off,
/// whatever the credit limit would allow.
///
/// # Errors
/// When an amount does not fit.
pub fn open_wallet(
    wallet: &mut Wallet<'_>,
    policy: &Policy,
    moment: &Moment<'_>,
    balance: Money,
    holds_debit: bool,
) -> Result<SettlementResult, RuleError> {
    let mut rest = balance;
    if let (true, Some(due)) = (holds_debit, wallet.subscriber.period.expires_on) {
        let price = policy
            .package(wallet.subscriber.profile.package.as_ref())
            .map_or(Money::ZERO, |package| package.price);
        wallet.post_debit(due, price, moment)?;
        rest = rest.plus(price).ok_or_else(|| wallet.too_large())?;
    }
    if !rest.is_zero() {
        wallet.append(
            NewEntry {
                kind: EntryKind::Adjustment,
                amount: rest,
                source: Source::own(SOURCE_OPENING_BALANCE),
                reference: None,
                for_day: moment.today,
                comment: None,
            },
            moment,
        )?;
    }
    if rest.is_positive() {
        settlement::settle(wallet, policy, moment, SettlementCause::Raised)
    } else if wallet.subscriber.state == State::Active {
        settlement::settle(wallet, policy, moment, SettlementCause::Review)
    } else {
        Ok(SettlementResult::default())
    }
}
