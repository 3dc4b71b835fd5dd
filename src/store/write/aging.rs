//! Deletes records that are past their retention.
//!
//! The part of a [`Transaction`] that deletes log records and runs; incidents and messages have functions beside those that write
//! them. Tables of money have none.

use crate::model::job::Run;
use crate::model::message::Message;
use crate::model::record::LogKind;
use crate::model::router::incident::Incident;
use crate::store::codec;
use crate::store::error::{StoreError, reading, record, writing};
use crate::store::keys::{job_number, log_number};
use crate::store::write::transaction::Transaction;

impl Transaction<'_> {
    /// Deletes a log record; returns whether it was there.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn remove_log(&mut self, kind: LogKind, number: u64) -> Result<bool, StoreError> {
        let gone = self.log.remove((log_number(kind), number)).map_err(writing)?.is_some();
        if gone {
            self.note_change();
        }
        Ok(gone)
    }

    /// Deletes the record of a run, if it is unchanged; returns whether it was.
    ///
    /// # Errors
    /// When the store cannot be read or written.
    pub fn remove_run(&mut self, run: &Run) -> Result<bool, StoreError> {
        if self.run(run.job, run.planned_for, run.id)?.as_ref() != Some(run) {
            return Ok(false);
        }
        let key = (job_number(run.job), run.planned_for.millis(), run.id.0);
        self.runs.remove(key).map_err(writing)?;
        self.note_change();
        Ok(true)
    }

    /// Deletes an incident, if it is unchanged; returns whether it was.
    ///
    /// # Errors
    /// When the store cannot be read or written.
    pub fn remove_incident_like(&mut self, incident: &Incident) -> Result<bool, StoreError> {
        let key = (incident.router.as_str(), incident.since.millis());
        let found: Option<Incident> = match redb::ReadableTable::get(&self.incidents, key).map_err(reading)? {
            Some(row) => Some(codec::decode(row.value()).map_err(record("incidents"))?),
            None => None,
        };
        if found.as_ref() != Some(incident) || incident.until.is_none() {
            return Ok(false);
        }
        self.remove_incident(incident)?;
        Ok(true)
    }

    /// Deletes a message, if it is unchanged; returns whether it was.
    ///
    /// # Errors
    /// When the store cannot be read or written.
    pub fn remove_message_like(&mut self, message: &Message) -> Result<bool, StoreError> {
        if self.message(message.id)?.as_ref() != Some(message) {
            return Ok(false);
        }
        self.remove_message(message.id)
    }
}
