//! Reads what was last read on the routers.
//!
//! The part of a [`Reader`] that knows the last reading of each object and of each router.

use redb::ReadOnlyTable;

use crate::model::name::RouterName;
use crate::model::router::readings::{ObjectReading, RouterLastSeen};
use crate::model::router::work::ObjectKey;
use crate::model::subscriber::Service;
use crate::store::error::{StoreError, reading};
use crate::store::keys::object_row;
use crate::store::read::reader::Reader;
use crate::store::rows::get;
use crate::store::tables;

/// The readings of objects, opened once for many.
pub struct ObjectReadings(ReadOnlyTable<tables::ObjectRow<'static>, &'static [u8]>);

impl ObjectReadings {
    /// Returns what was last read of an object by itself.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn of(&self, key: &ObjectKey) -> Result<Option<ObjectReading>, StoreError> {
        get(&self.0, object_row(key), "readings")
    }
}

impl Reader<'_> {
    /// Opens the readings of objects.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn object_readings(&self) -> Result<ObjectReadings, StoreError> {
        Ok(ObjectReadings(self.table(tables::READINGS)?))
    }

    /// Returns how many subscribers on a router have a service.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn objects_of(&self, router: &RouterName, service: Service) -> Result<u64, StoreError> {
        let number = tables::service_number(service);
        let (first, beyond) = (
            (router.as_str(), number, ""),
            (router.as_str(), number.saturating_add(1), ""),
        );
        let mut count = 0_u64;
        for row in self.table(tables::OBJECTS)?.range(first..beyond).map_err(reading)? {
            row.map_err(reading)?;
            count = count.saturating_add(1);
        }
        Ok(count)
    }

    /// Returns the last contact with a router, and the last reading of all its objects.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn router_reading(&self, router: &RouterName) -> Result<Option<RouterLastSeen>, StoreError> {
        get(
            &self.table(tables::ROUTER_READINGS)?,
            router.as_str(),
            "router_readings",
        )
    }
}
