//! Reads the incidents of routers.
//!
//! The part of a [`Reader`] that knows incidents and what is known of routers.

use crate::model::name::RouterName;
use crate::model::router::incident::{Incident, KnownRouter};
use crate::store::error::{StoreError, reading, record};
use crate::store::read::reader::Reader;
use crate::store::rows::get;
use crate::store::{codec, tables};

impl Reader<'_> {
    /// Returns what is remembered of a router.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn known_router(&self, router: &RouterName) -> Result<Option<KnownRouter>, StoreError> {
        get(&self.table(tables::KNOWN_ROUTERS)?, router.as_str(), "known_routers")
    }

    /// Walks over the incidents of a router, newest first, until `visit` says no.
    ///
    /// # Errors
    /// When the store cannot be read, or what `visit` returns.
    pub fn each_incident_back<E: From<StoreError>>(
        &self,
        router: &RouterName,
        mut visit: impl FnMut(Incident) -> Result<bool, E>,
    ) -> Result<(), E> {
        let table = self.table(tables::INCIDENTS)?;
        let rows = table
            .range((router.as_str(), i64::MIN)..=(router.as_str(), i64::MAX))
            .map_err(|error| E::from(reading(error)))?;
        for row in rows.rev() {
            let (_, bytes) = row.map_err(|error| E::from(reading(error)))?;
            if !visit(codec::decode(bytes.value()).map_err(record("incidents"))?)? {
                break;
            }
        }
        Ok(())
    }

    /// Returns the newest incident of a router.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn newest_incident(&self, router: &RouterName) -> Result<Option<Incident>, StoreError> {
        let mut newest = None;
        self.each_incident_back(router, |incident| -> Result<bool, StoreError> {
            newest = Some(incident);
            Ok(false)
        })?;
        Ok(newest)
    }
}
