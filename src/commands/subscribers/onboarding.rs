//! Adds one newcomer, from a row of an import or from `weir subscriber add`.
//!
//! Both start by the rule of onboarding; then the wallet is opened and the subscriber written. Must never know where
//! the newcomer was read.

use crate::commands::context::CommandContext;
use crate::model::failure::Failure;
use crate::model::money::Money;
use crate::model::subscriber::Subscriber;
use crate::rules::onboarding::{self, Newcomer, OnboardingError};
use crate::rules::wallet::Wallet;
use crate::store::write::transaction::{AccessWork, Changed, Transaction};

/// A subscriber who was added.
pub(crate) struct Begun {
    /// The subscriber as written.
    pub(crate) subscriber: Subscriber,
    /// Where the balance held a charge of the other system: its amount, for the due day.
    pub(crate) debit: Option<Money>,
}

/// Returns whether the newcomer's balance holds a charge of the other system.
///
/// # Errors
/// When `debited` says `yes` where it cannot be so.
pub(crate) fn holds_debit(deciding: &CommandContext<'_>, newcomer: &Newcomer) -> Result<bool, OnboardingError> {
    let package = deciding.policy().package(newcomer.profile.package.as_ref());
    onboarding::holds_debit(newcomer, package, deciding.recorded.today)
}

/// Adds a subscriber.
///
/// # Errors
/// When an amount does not fit, or the store fails.
pub(crate) fn take_in(
    deciding: &CommandContext<'_>,
    tx: &mut Transaction<'_>,
    newcomer: &Newcomer,
    holds_debit: bool,
) -> Result<Begun, Failure> {
    let policy = deciding.policy();
    let package = policy.package(newcomer.profile.package.as_ref());
    let recorded = deciding.recorded;
    let id = tx.next_subscriber();
    let begun = onboarding::begin(newcomer, id, package, recorded.today, recorded.at);
    let mut wallet = Wallet::new(begun, tx.state().head, &*tx);
    onboarding::open_wallet(&mut wallet, policy, &deciding.moment(), newcomer.balance, holds_debit)?;
    let resumed = wallet.resumed.take();
    let changed = Changed::from(wallet);
    let subscriber = changed.subscriber.clone();
    tx.put(None, changed, AccessWork::default())?;
    tx.note_resumed(subscriber.id, resumed.as_ref())?;
    Ok(Begun {
        subscriber,
        debit: package.filter(|_| holds_debit).map(|package| package.price),
    })
}
