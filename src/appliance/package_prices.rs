//! What a package of `site.toml` that costs something now, or nothing any more, means for those who have it.
//!
//! The same as another package by `weir subscriber set --package`: the time that cost nothing is never charged, and whoever is cut
//! off and owes nothing is served again by what is free. Any other change of a price counts from the next debit, and changes
//! nobody.

use crate::config::read::Config;
use crate::model::subscriber::SubscriberId;
use crate::rules::manual_actions::{self, PriceChange};
use crate::rules::settlement::{self, SettlementCause};
use crate::rules::wallet::{Moment, Policy, Wallet};
use crate::store::error::StoreError;
use crate::store::write::transaction::{AccessWork, Changed, Transaction};

/// How many subscribers are read at a time.
const BATCH: usize = 1_000;

/// Writes what it means for each subscriber who has such a package.
///
/// # Errors
/// When the store cannot be read or written.
pub(super) fn carry_out(
    tx: &mut Transaction<'_>,
    before: &Config,
    after: &Config,
    policy: &Policy,
    moment: &Moment<'_>,
) -> Result<(), StoreError> {
    let changes: Vec<_> = before
        .packages
        .iter()
        .filter_map(|package| {
            let now = after.package(&package.name)?;
            PriceChange::of(package.price.is_zero(), now.price.is_zero()).map(|change| (&package.name, change))
        })
        .collect();
    let mut done = SubscriberId(0);
    while !changes.is_empty() {
        let batch = tx.subscribers_after(done, BATCH)?;
        let Some(last) = batch.last() else { break };
        done = last.id;
        for subscriber in batch {
            let package = subscriber.profile.package.as_ref();
            let Some((_, change)) = changes.iter().find(|(name, _)| Some(*name) == package) else {
                continue;
            };
            let (changed, resumed) = {
                let mut wallet = Wallet::new(subscriber.clone(), tx.state().head, &*tx);
                manual_actions::adopt_price(&mut wallet, *change, moment)?;
                settlement::settle(&mut wallet, policy, moment, SettlementCause::Review)?;
                let resumed = wallet.resumed.take();
                (Changed::from(wallet), resumed)
            };
            tx.put(Some(&subscriber), changed, AccessWork::default())?;
            tx.note_resumed(subscriber.id, resumed.as_ref())?;
        }
    }
    Ok(())
}
