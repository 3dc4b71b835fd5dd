//! Writes what was last read on the routers.
//!
//! The part of a [`Transaction`] that keeps the last reading of each object and of each router.

use crate::model::name::RouterName;
use crate::model::router::readings::{ObjectReading, RouterLastSeen};
use crate::model::router::work::ObjectKey;
use crate::store::codec;
use crate::store::error::{StoreError, record, writing};
use crate::store::keys::object_row;
use crate::store::rows::get;
use crate::store::write::transaction::Transaction;

impl Transaction<'_> {
    /// Returns what was last read of an object by itself.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn reading(&self, key: &ObjectKey) -> Result<Option<ObjectReading>, StoreError> {
        get(&self.readings, object_row(key), "readings")
    }

    /// Writes what was read of an object.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn put_reading(&mut self, key: &ObjectKey, reading: &ObjectReading) -> Result<(), StoreError> {
        let bytes = codec::encode(reading).map_err(record("readings"))?;
        self.readings
            .insert(object_row(key), bytes.as_slice())
            .map_err(writing)?;
        self.note_change();
        Ok(())
    }

    /// Writes the last contact with a router and the last reading of all its objects, unless they are known already; what the new
    /// reading does not tell stays.
    ///
    /// # Errors
    /// When the store cannot be read or written.
    pub fn put_router_reading(&mut self, router: &RouterName, reading: &RouterLastSeen) -> Result<(), StoreError> {
        let before: RouterLastSeen =
            get(&self.router_readings, router.as_str(), "router_readings")?.unwrap_or_default();
        let reading = RouterLastSeen {
            contact: reading.contact.clone().or_else(|| before.contact.clone()),
            whole: reading.whole.or(before.whole),
        };
        if before == reading {
            return Ok(());
        }
        let bytes = codec::encode(&reading).map_err(record("router_readings"))?;
        self.router_readings
            .insert(router.as_str(), bytes.as_slice())
            .map_err(writing)?;
        self.note_change();
        Ok(())
    }

    /// Deletes the readings of all routers but those that `stay`.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn drop_readings_except(&mut self, stay: impl Fn(&RouterName) -> bool) -> Result<(), StoreError> {
        let mut dropped = false;
        let mut stays = |router: &str| {
            let stays = RouterName::new(router).is_ok_and(|router| stay(&router));
            dropped |= !stays;
            stays
        };
        self.readings
            .retain(|(router, _, _), _| stays(router))
            .map_err(writing)?;
        self.router_readings
            .retain(|router, _| stays(router))
            .map_err(writing)?;
        if dropped {
            self.note_change();
        }
        Ok(())
    }
}
