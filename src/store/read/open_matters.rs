//! Reads what is open: alerts, pending approvals, what a clock in doubt left behind.
//!
//! The part of a [`Reader`] that `status` needs.

use redb::{ReadableTable, ReadableTableMetadata};

use crate::model::alert::{Alert, Cause};
use crate::model::clock_confirmation::Confirmed;
use crate::model::day::Instant;
use crate::model::entry::Entry;
use crate::model::pending_approval::PendingApproval;
use crate::model::subscriber::SubscriberId;
use crate::store::error::{StoreError, reading, record};
use crate::store::read::reader::Reader;
use crate::store::rows::get;
use crate::store::{codec, tables};

impl Reader<'_> {
    /// Returns up to `most` of the open alerts, and how many there are.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn alerts(&self, most: usize) -> Result<(Vec<Alert>, u64), StoreError> {
        let table = self.table(tables::ALERTS)?;
        let mut found = Vec::new();
        for row in table.iter().map_err(reading)?.take(most) {
            let (_, bytes) = row.map_err(reading)?;
            found.push(codec::decode(bytes.value()).map_err(record("alerts"))?);
        }
        Ok((found, table.len().map_err(reading)?))
    }

    /// Returns the open alert of a cause.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn alert(&self, cause: &Cause) -> Result<Option<Alert>, StoreError> {
        let row = (cause.kind.as_str(), cause.subject.as_str());
        get(&self.table(tables::ALERTS)?, row, "alerts")
    }

    /// Returns everything that waits for approval, or is approved and not carried out yet: one of a kind, one per
    /// router.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn all_held(&self) -> Result<Vec<PendingApproval>, StoreError> {
        let mut found = Vec::new();
        for row in self.table(tables::HELD)?.iter().map_err(reading)? {
            let (_, bytes) = row.map_err(reading)?;
            found.push(codec::decode(bytes.value()).map_err(record("held"))?);
        }
        Ok(found)
    }

    /// Walks over those whom a pending approval would cut off, in order of username.
    ///
    /// # Errors
    /// When the store cannot be read, or what `visit` returns.
    pub fn each_held_cut<E: From<StoreError>>(
        &self,
        word: &str,
        mut visit: impl FnMut(&str, SubscriberId) -> Result<(), E>,
    ) -> Result<(), E> {
        let table = self.table(tables::HELD_CUTS)?;
        for row in table.range((word, "")..).map_err(|error| E::from(reading(error)))? {
            let (key, id) = row.map_err(|error| E::from(reading(error)))?;
            let (of, username) = key.value();
            if of != word {
                break;
            }
            visit(username, SubscriberId(id.value()))?;
        }
        Ok(())
    }

    /// Returns the owner's confirmation of the clock, while it holds.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn confirmed(&self) -> Result<Option<Confirmed>, StoreError> {
        get(&self.table(tables::META)?, tables::META_CONFIRMED, "meta")
    }

    /// Returns whether anybody's period is to be corrected on the first trusted day.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn has_uncertain_periods(&self) -> Result<bool, StoreError> {
        Ok(!self.table(tables::UNCERTAIN_PERIODS)?.is_empty().map_err(reading)?)
    }

    /// Returns of how many subscribers the period is to be corrected on the first trusted day.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn uncertain_periods_count(&self) -> Result<u64, StoreError> {
        self.table(tables::UNCERTAIN_PERIODS)?.len().map_err(reading)
    }

    /// Returns whether this subscriber's period is to be corrected then.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn has_uncertain_period(&self, id: SubscriberId) -> Result<bool, StoreError> {
        Ok(self
            .table(tables::UNCERTAIN_PERIODS)?
            .get(id.0)
            .map_err(reading)?
            .is_some())
    }

    /// Walks over the entries that were recorded after an instant, newest first. Stops at the first older one: records are in
    /// order of time, except where the owner's confirmation set the clock back.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn each_entry_after(&self, at: Instant, mut visit: impl FnMut(Entry)) -> Result<(), StoreError> {
        for row in self.table(tables::LEDGER)?.iter().map_err(reading)?.rev() {
            let (_, bytes) = row.map_err(reading)?;
            let entry: Entry = codec::decode(bytes.value()).map_err(record("ledger"))?;
            if entry.recorded_at <= at {
                break;
            }
            visit(entry);
        }
        Ok(())
    }
}
