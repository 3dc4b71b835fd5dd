//! Writes what the owner confirmed about the clock, and whose period waits for a correction.
//!
//! The part of a [`Transaction`] that keeps what a clock in doubt leaves behind. The floor is the newest recorded instant; only
//! the owner's confirmation lowers it.

use redb::ReadableTable;

use crate::model::clock_confirmation::{Confirmed, UncertainPeriod};
use crate::model::day::Instant;
use crate::model::subscriber::SubscriberId;
use crate::store::error::{StoreError, reading, record, writing};
use crate::store::rows::get;
use crate::store::write::transaction::Transaction;
use crate::store::{codec, tables};

impl Transaction<'_> {
    /// Returns the owner's confirmation of the clock, while it holds.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn confirmed(&self) -> Result<Option<Confirmed>, StoreError> {
        get(&self.meta, tables::META_CONFIRMED, "meta")
    }

    /// Writes the owner's confirmation, or deletes it.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn put_confirmed(&mut self, confirmed: Option<&Confirmed>) -> Result<(), StoreError> {
        match confirmed {
            Some(confirmed) => {
                let bytes = codec::encode(confirmed).map_err(record("meta"))?;
                self.meta
                    .insert(tables::META_CONFIRMED, bytes.as_slice())
                    .map_err(writing)?;
            }
            None => {
                self.meta.remove(tables::META_CONFIRMED).map_err(writing)?;
            }
        }
        self.note_change();
        Ok(())
    }

    /// Lowers the floor to `to`, the instant of this transaction from here on; a floor that is not later than `to`
    /// stays.
    pub fn lower_floor(&mut self, to: Instant) {
        if to < self.state.newest {
            self.state.newest = to;
            self.now = to;
            self.note_change();
        }
    }

    /// Moves the floor up to the instant of this transaction, though nothing else is recorded.
    pub const fn raise_floor(&mut self) {
        self.note_change();
    }

    /// Returns whose period is to be corrected on the first trusted day, up to `most` of them.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn uncertain_periods(&self, most: usize) -> Result<Vec<(SubscriberId, UncertainPeriod)>, StoreError> {
        let mut found = Vec::new();
        for row in self.uncertain_periods.iter().map_err(reading)?.take(most) {
            let (id, bytes) = row.map_err(reading)?;
            let uncertain_periods = codec::decode(bytes.value()).map_err(record("anew"))?;
            found.push((SubscriberId(id.value()), uncertain_periods));
        }
        Ok(found)
    }

    /// Marks the day as not known: subscribers who are brought back from here on are noted.
    pub const fn doubt_the_day(&mut self) {
        self.in_doubt = true;
    }

    /// Notes a subscriber whom a settlement brought back, where the day is not known.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn note_resumed(&mut self, id: SubscriberId, resumed: Option<&UncertainPeriod>) -> Result<(), StoreError> {
        match resumed {
            Some(resumed) if self.in_doubt => self.put_uncertain_period(id, Some(resumed)),
            Some(_) | None => Ok(()),
        }
    }

    /// Notes whose period is to be corrected, or takes them off the list.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn put_uncertain_period(
        &mut self,
        id: SubscriberId,
        uncertain_periods: Option<&UncertainPeriod>,
    ) -> Result<(), StoreError> {
        match uncertain_periods {
            Some(uncertain_periods) => {
                let bytes = codec::encode(uncertain_periods).map_err(record("anew"))?;
                self.uncertain_periods.insert(id.0, bytes.as_slice()).map_err(writing)?;
            }
            None => {
                self.uncertain_periods.remove(id.0).map_err(writing)?;
            }
        }
        self.note_change();
        Ok(())
    }
}
