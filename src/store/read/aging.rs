//! Reads the records that retention applies to.
//!
//! The part of a [`Reader`] that walks log records, runs, incidents and messages from the oldest on, each from a given place,
//! so that cleanup can go on where it was. With each record comes the length of its row, in bytes.

use redb::ReadableTableMetadata;

use crate::model::day::Instant;
use crate::model::job::{Job, Run};
use crate::model::message::{Message, MessageId};
use crate::model::record::{LogKind, LogRecord};
use crate::model::router::incident::Incident;
use crate::store::error::{StoreError, reading, record};
use crate::store::keys::{job_number, log_number};
use crate::store::read::reader::Reader;
use crate::store::{codec, tables};

/// Bytes that a row takes beside its record: key, lengths, its part of the pages above.
const ROW_BYTES: u64 = 16;

fn row_bytes(value: &[u8]) -> u64 {
    u64::try_from(value.len()).unwrap_or(u64::MAX).saturating_add(ROW_BYTES)
}

impl Reader<'_> {
    /// Walks over the log records of all streams with numbers above `after`, in order of number, as long as `visit`
    /// says to go on; it is called with number, record and bytes.
    ///
    /// # Errors
    /// When the store cannot be read, or what `visit` returns.
    pub fn each_log_from<E: From<StoreError>>(
        &self,
        after: u64,
        mut visit: impl FnMut(u64, LogRecord, u64) -> Result<bool, E>,
    ) -> Result<(), E> {
        let table = self.table(tables::LOG)?;
        let mut streams = Vec::with_capacity(LogKind::ALL.len());
        for kind in LogKind::ALL {
            let stream = log_number(kind);
            let mut rows = table
                .range((stream, after.saturating_add(1))..=(stream, u64::MAX))
                .map_err(|error| E::from(reading(error)))?;
            if let Some(next) = rows.next() {
                streams.push((next, rows));
            }
        }
        while !streams.is_empty() {
            let mut lowest: Option<(usize, u64)> = None;
            for (at, (next, _)) in streams.iter().enumerate() {
                // An error comes first: records that cannot be read have no order.
                let number = next.as_ref().map_or(0, |(key, _)| key.value().1);
                if lowest.is_none_or(|(_, best)| number < best) {
                    lowest = Some((at, number));
                }
            }
            let Some((at, number)) = lowest else { return Ok(()) };
            let Some((next, rows)) = streams.get_mut(at) else {
                return Ok(());
            };
            let row = match rows.next() {
                Some(following) => std::mem::replace(next, following),
                None => streams.swap_remove(at).0,
            };
            let (_, bytes) = row.map_err(|error| E::from(reading(error)))?;
            let entry = codec::decode(bytes.value()).map_err(|error| E::from(record("log")(error)))?;
            if !visit(number, entry, row_bytes(bytes.value()))? {
                return Ok(());
            }
        }
        Ok(())
    }

    /// Returns how many log records there are.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn log_count(&self) -> Result<u64, StoreError> {
        self.table(tables::LOG)?.len().map_err(reading)
    }

    /// Walks over the records of a job's runs, oldest first, those after a planned time and number, as long as `visit`
    /// says.
    ///
    /// # Errors
    /// When the store cannot be read, or what `visit` returns.
    pub fn each_run_from<E: From<StoreError>>(
        &self,
        job: Job,
        after: (Instant, u64),
        mut visit: impl FnMut(Run, u64) -> Result<bool, E>,
    ) -> Result<(), E> {
        let number = job_number(job);
        let table = self.table(tables::RUNS)?;
        let from = (number, after.0.millis(), after.1.saturating_add(1));
        let rows = table
            .range(from..=(number, i64::MAX, u64::MAX))
            .map_err(|error| E::from(reading(error)))?;
        for row in rows {
            let (_, bytes) = row.map_err(|error| E::from(reading(error)))?;
            let run = codec::decode(bytes.value()).map_err(|error| E::from(record("runs")(error)))?;
            if !visit(run, row_bytes(bytes.value()))? {
                break;
            }
        }
        Ok(())
    }

    /// Walks over the incidents of all routers, by router and oldest first, those after a router's name and beginning.
    ///
    /// # Errors
    /// When the store cannot be read, or what `visit` returns.
    pub fn each_incident_from<E: From<StoreError>>(
        &self,
        after: (&str, Instant),
        mut visit: impl FnMut(Incident, u64) -> Result<bool, E>,
    ) -> Result<(), E> {
        let table = self.table(tables::INCIDENTS)?;
        let from = (after.0, after.1.plus_millis(1).millis());
        for row in table.range(from..).map_err(|error| E::from(reading(error)))? {
            let (_, bytes) = row.map_err(|error| E::from(reading(error)))?;
            let incident = codec::decode(bytes.value()).map_err(|error| E::from(record("incidents")(error)))?;
            if !visit(incident, row_bytes(bytes.value()))? {
                break;
            }
        }
        Ok(())
    }

    /// Walks over the messages with numbers above `after`, oldest first.
    ///
    /// # Errors
    /// When the store cannot be read, or what `visit` returns.
    pub fn each_message_from<E: From<StoreError>>(
        &self,
        after: MessageId,
        mut visit: impl FnMut(Message, u64) -> Result<bool, E>,
    ) -> Result<(), E> {
        let table = self.table(tables::MESSAGES)?;
        let from = after.0.saturating_add(1);
        for row in table.range(from..).map_err(|error| E::from(reading(error)))? {
            let (_, bytes) = row.map_err(|error| E::from(reading(error)))?;
            let message = codec::decode(bytes.value()).map_err(|error| E::from(record("messages")(error)))?;
            if !visit(message, row_bytes(bytes.value()))? {
                break;
            }
        }
        Ok(())
    }

    /// Returns the bytes of the pages that hold something.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn used_bytes(&self) -> Result<u64, StoreError> {
        let mut used = 0_u64;
        for table in self.txn.list_tables().map_err(reading)? {
            let stats = self
                .txn
                .open_untyped_table(table)
                .map_err(reading)?
                .stats()
                .map_err(reading)?;
            used = used
                .saturating_add(stats.stored_bytes())
                .saturating_add(stats.metadata_bytes())
                .saturating_add(stats.fragmented_bytes());
        }
        Ok(used)
    }
}
