//! Writes the incidents of routers.
//!
//! The part of a [`Transaction`] that keeps incidents and what is known of routers across restarts.

use crate::model::name::RouterName;
use crate::model::router::incident::{Incident, KnownRouter};
use crate::store::codec;
use crate::store::error::{StoreError, record, writing};
use crate::store::rows::get;
use crate::store::write::transaction::Transaction;

impl Transaction<'_> {
    /// Writes an incident: a new one, or what has become of one.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn put_incident(&mut self, incident: &Incident) -> Result<(), StoreError> {
        let bytes = codec::encode(incident).map_err(record("incidents"))?;
        let key = (incident.router.as_str(), incident.since.millis());
        self.incidents.insert(key, bytes.as_slice()).map_err(writing)?;
        self.note_change();
        Ok(())
    }

    /// Deletes an incident that has ended; one that lasts stays.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn remove_incident(&mut self, incident: &Incident) -> Result<(), StoreError> {
        let key = (incident.router.as_str(), incident.since.millis());
        if incident.until.is_some() && self.incidents.remove(key).map_err(writing)?.is_some() {
            self.note_change();
        }
        Ok(())
    }

    /// Returns what is known of a router.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn known_router(&self, router: &RouterName) -> Result<Option<KnownRouter>, StoreError> {
        get(&self.known_routers, router.as_str(), "known_routers")
    }

    /// Writes what was seen of a router, unless that is known already.
    ///
    /// # Errors
    /// When the store cannot be read or written.
    pub fn put_known_router(&mut self, router: &RouterName, known: &KnownRouter) -> Result<(), StoreError> {
        if self.known_router(router)?.as_ref() == Some(known) {
            return Ok(());
        }
        let bytes = codec::encode(known).map_err(record("known_routers"))?;
        self.known_routers
            .insert(router.as_str(), bytes.as_slice())
            .map_err(writing)?;
        self.note_change();
        Ok(())
    }
}
