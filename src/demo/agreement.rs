//! Compares what should be so with what the router and the ledger show.
//!
//! The books against the router and against the till: each compared with what the demo counted or reads by itself, not with
//! what a command claims.

use std::collections::BTreeSet;

use crate::appliance::core::Appliance;
use crate::demo::demo_box::wait_for;
use crate::demo::network::{LinkState, Network};
use crate::demo::people::Person;
use crate::model::entry::{EntryKind, SOURCE_MONTHLY_BILL, SOURCE_REVERSAL};
use crate::model::failure::Failure;
use crate::model::subscriber::Access;
use crate::store::error::StoreError;

/// Returns who is to be served, by the books.
///
/// # Errors
/// When the store cannot be read.
pub fn served(appliance: &Appliance) -> Result<BTreeSet<String>, Failure> {
    let mut served = BTreeSet::new();
    appliance
        .store
        .read()?
        .each_subscriber(|subscriber| -> Result<(), StoreError> {
            if subscriber.access() == Access::On {
                served.insert(subscriber.username.to_string());
            }
            Ok(())
        })?;
    Ok(served)
}

/// Returns how many people differ on the router from the ledger, once modems had time to dial in.
#[must_use]
pub fn differing(network: &Network, people: &[Person], served: &BTreeSet<String>) -> usize {
    let differs = |person: &&Person| {
        let wanted = if served.contains(&person.username) {
            LinkState::Served
        } else {
            LinkState::Cut
        };
        network.line(person) != wanted
    };
    if wait_for(|| !people.iter().any(|person| differs(&person))).is_some() {
        return 0;
    }
    people.iter().filter(differs).count()
}

/// The ledger's sums in cents.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sums {
    /// Periodic debits, those that the old system had charged among them.
    pub billed: i64,
    /// How many.
    pub debits: u64,
    /// Credits without those reversed.
    pub collected: i64,
    /// How many.
    pub credits: u64,
}

/// Adds the whole ledger up.
///
/// # Errors
/// When the store cannot be read.
pub fn sums(appliance: &Appliance) -> Result<Sums, Failure> {
    let mut sums = Sums::default();
    appliance
        .store
        .read()?
        .each_entry(|_, entry| -> Result<(), StoreError> {
            let cents = entry.amount.minor();
            match entry.kind {
                EntryKind::Debit if entry.source.as_str() == SOURCE_MONTHLY_BILL => {
                    sums.billed = sums.billed.saturating_add(cents);
                    sums.debits = sums.debits.saturating_add(1);
                }
                EntryKind::Credit => {
                    sums.collected = sums.collected.saturating_add(cents);
                    sums.credits = sums.credits.saturating_add(1);
                }
                EntryKind::Adjustment if entry.source.as_str() == SOURCE_REVERSAL => {
                    sums.collected = sums.collected.saturating_add(cents);
                    sums.credits = sums.credits.saturating_sub(1);
                }
                EntryKind::Debit | EntryKind::Adjustment => {}
            }
            Ok(())
        })?;
    Ok(sums)
}
