//! Walks the ledger once and matches payments to bills, first in, first out.
//!
//! The ledger is walked twice in its own order: first for the reversed payments, then for the events. Memory holds the
//! open amounts of each wallet, and no entries.

use std::collections::HashMap;

use crate::model::day::Day;
use crate::model::entry::Entry;
use crate::model::subscriber::{Subscriber, SubscriberId};
use crate::rules::open_charges::OpenCharges;
use crate::rules::statistics::{LedgerEvent, OpenBalance, Reversals, Scope, Tally};
use crate::store::error::StoreError;
use crate::store::read::reader::Reader;

/// Entries of one wallet that are read: more than two centuries of a daily package.
const ENTRIES_MAX: usize = 200_000;

/// Visits the events of all wallets that `concerns` selects, in the order of the entries that they follow from.
///
/// # Errors
/// When the store cannot be read.
pub(crate) fn each_event(
    reader: &Reader<'_>,
    concerns: impl Fn(SubscriberId) -> bool,
    mut hear: impl FnMut(&Entry, &LedgerEvent),
) -> Result<(), StoreError> {
    let mut reversals = Reversals::default();
    reader.each_entry(|_, entry| -> Result<(), StoreError> {
        reversals.note(&entry);
        Ok(())
    })?;
    let mut lines: HashMap<SubscriberId, OpenBalance> = HashMap::new();
    reader.each_entry(|_, entry| -> Result<(), StoreError> {
        if concerns(entry.subscriber)
            && let Some(movement) = reversals.movement(&entry)
        {
            let line = lines.entry(entry.subscriber).or_default();
            line.take(movement, &mut |event| hear(&entry, &event));
        }
        Ok(())
    })
}

/// Visits the entries of one wallet, oldest first, each with the events that follow from it, and whether it is a
/// reversed payment.
///
/// # Errors
/// When the store cannot be read.
pub(crate) fn of_wallet(
    reader: &Reader<'_>,
    subscriber: &Subscriber,
    mut hear: impl FnMut(&Entry, bool, &[LedgerEvent]),
) -> Result<(), StoreError> {
    let mut entries = reader.wallet_entries(subscriber, ENTRIES_MAX)?;
    entries.reverse();
    let mut reversals = Reversals::default();
    for entry in &entries {
        reversals.note(entry);
    }
    let mut line = OpenBalance::default();
    let mut events = Vec::new();
    for entry in &entries {
        let movement = reversals.movement(entry);
        events.clear();
        if let Some(movement) = movement {
            line.take(movement, &mut |event| events.push(event));
        }
        hear(entry, movement.is_none(), &events);
    }
    Ok(())
}

/// The figures of a group of wallets over a period, and who of them is late on a day.
#[derive(Debug, Clone)]
pub(crate) struct GroupFigures {
    pub(crate) scope: Scope,
    pub(crate) tally: Tally,
    pub(crate) open: OpenCharges,
}

impl GroupFigures {
    pub(crate) fn new(scope: Scope, late_on: Day) -> Self {
        Self {
            scope,
            tally: Tally::default(),
            open: OpenCharges::at(late_on, scope.today),
        }
    }

    pub(crate) fn hear(&mut self, subscriber: SubscriberId, event: &LedgerEvent) {
        self.tally.hear(event, &self.scope);
        self.open.hear(subscriber, event);
    }
}
