//! What a changed package of `site.toml` means for those who have it.
//!
//! The same as another package by `weir subscriber set --package`: a cycle of days anchors at the day on which it ends, and another
//! profile or rate reaches the routers at once. A price counts from the next debit.

use crate::config::read::Config;
use crate::model::package::Package;
use crate::model::subscriber::{Subscriber, SubscriberId};
use crate::rules::manual_actions;
use crate::store::error::StoreError;
use crate::store::write::transaction::{AccessWork, Transaction};

/// How many subscribers are read at a time.
const BATCH: usize = 1_000;

/// A package as it was and as it is.
struct ChangedPackage<'c> {
    before: &'c Package,
    after: &'c Package,
}

impl ChangedPackage<'_> {
    fn changes_cycle(&self) -> bool {
        self.before.cycle != self.after.cycle
    }

    /// Returns whether the object of somebody with this package changes: their own profile or rate goes before the package's.
    fn changes_object_of(&self, subscriber: &Subscriber) -> bool {
        let profile = subscriber.profile.own_profile.is_none() && self.before.profile != self.after.profile;
        let rate = subscriber.profile.own_rate.is_none() && self.before.rate != self.after.rate;
        profile || rate
    }
}

/// Writes what the changed packages mean for each subscriber who has one of them.
///
/// # Errors
/// When the store cannot be read or written.
pub(crate) fn carry_out(tx: &mut Transaction<'_>, before: &Config, after: &Config) -> Result<(), StoreError> {
    let changed: Vec<ChangedPackage<'_>> = before
        .packages
        .iter()
        .filter_map(|before| {
            let after = after.package(&before.name)?;
            Some(ChangedPackage { before, after })
        })
        .filter(|package| {
            let (before, after) = (package.before, package.after);
            package.changes_cycle() || before.profile != after.profile || before.rate != after.rate
        })
        .collect();
    let mut after = SubscriberId(0);
    while !changed.is_empty() {
        let batch = tx.subscribers_after(after, BATCH)?;
        let Some(last) = batch.last() else {
            break;
        };
        after = last.id;
        for subscriber in batch {
            let package = subscriber.profile.package.as_ref();
            let Some(found) = changed.iter().find(|changed| Some(&changed.after.name) == package) else {
                continue;
            };
            let mut adopted = subscriber.clone();
            if found.changes_cycle() {
                manual_actions::adopt_cycle(&mut adopted.period, found.after.cycle);
            }
            let work = AccessWork {
                run: None,
                end_session: found.changes_object_of(&subscriber),
            };
            tx.put_without_money(&subscriber, adopted, work)?;
        }
    }
    Ok(())
}
