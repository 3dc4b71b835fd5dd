//! Writes what is remembered of jobs, runs, events and the configuration.
//!
//! The part of a [`Transaction`] that writes markers and records beside the decisions they belong to.

use redb::ReadableTable;

use crate::model::day::Instant;
use crate::model::job::{Job, JobState, Run, RunId};
use crate::model::record::LogRecord;
use crate::model::site_state::ConfigInForce;
use crate::store::error::{StoreError, reading, record, writing};
use crate::store::keys::{job_number, log_number};
use crate::store::rows::get;
use crate::store::write::transaction::Transaction;
use crate::store::{codec, tables};

impl Transaction<'_> {
    /// Returns the state of a job.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn job(&self, job: Job) -> Result<Option<JobState>, StoreError> {
        get(&self.jobs, job_number(job), "jobs")
    }

    /// Writes the state of a job.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn put_job(&mut self, state: &JobState) -> Result<(), StoreError> {
        let bytes = codec::encode(state).map_err(record("jobs"))?;
        self.jobs
            .insert(job_number(state.job), bytes.as_slice())
            .map_err(writing)?;
        self.note_change();
        Ok(())
    }

    /// Writes the record of a run.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn put_run(&mut self, run: &Run) -> Result<(), StoreError> {
        let bytes = codec::encode(run).map_err(record("runs"))?;
        let key = (job_number(run.job), run.planned_for.millis(), run.id.0);
        self.runs.insert(key, bytes.as_slice()).map_err(writing)?;
        self.note_change();
        Ok(())
    }

    /// Returns the record of one run.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn run(&self, job: Job, planned_for: Instant, id: RunId) -> Result<Option<Run>, StoreError> {
        get(&self.runs, (job_number(job), planned_for.millis(), id.0), "runs")
    }

    /// Returns the newest record of a job's runs.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn newest_run(&self, job: Job) -> Result<Option<Run>, StoreError> {
        let number = job_number(job);
        let mut rows = self
            .runs
            .range((number, i64::MIN, 0)..=(number, i64::MAX, u64::MAX))
            .map_err(reading)?;
        match rows.next_back() {
            Some(row) => {
                let (_, bytes) = row.map_err(reading)?;
                codec::decode(bytes.value()).map(Some).map_err(record("runs"))
            }
            None => Ok(None),
        }
    }

    /// Appends a log record.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn log(&mut self, entry: &LogRecord) -> Result<(), StoreError> {
        self.state.last_log = self.state.last_log.saturating_add(1);
        let bytes = codec::encode(entry).map_err(record("log"))?;
        let key = (log_number(entry.kind), self.state.last_log);
        self.log.insert(key, bytes.as_slice()).map_err(writing)?;
        self.note_change();
        Ok(())
    }

    /// Returns the configuration in force.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn config(&self) -> Result<Option<ConfigInForce>, StoreError> {
        get(&self.meta, tables::META_CONFIG, "meta")
    }

    /// Writes the configuration in force.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn put_config(&mut self, config: &ConfigInForce) -> Result<(), StoreError> {
        let bytes = codec::encode(config).map_err(record("meta"))?;
        self.meta
            .insert(tables::META_CONFIG, bytes.as_slice())
            .map_err(writing)?;
        self.note_change();
        Ok(())
    }
}
