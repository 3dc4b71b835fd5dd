//! Finds the records that are past their retention, one batch at a time.
//!
//! Walks the tables with a retention in a fixed order, from a given place on, and gathers the archive's lines by month, with
//! the records to be deleted for them. A batch is small, and memory holds one. Must never know: how anything is deleted.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use jiff::tz::TimeZone;

use crate::archive::file::LINE_BYTES_MAX;
use crate::archive::line::ArchivedRecord;
use crate::config::retention::RetentionConfig;
use crate::jobs::run::count_fields;
use crate::model::day::{Day, Instant};
use crate::model::job::{Job, Run, RunId};
use crate::model::message::{Message, MessageId};
use crate::model::record::{LogKind, LogRecord};
use crate::model::router::incident::Incident;
use crate::rules::retention::Retention;
use crate::rules::trust::NOTHING_RECORDED;
use crate::store::error::StoreError;
use crate::store::read::reader::Reader;

/// How many bytes of lines one batch gathers: a file of the archive holds no more.
const BATCH_BYTES: usize = 2 * 1024 * 1024;

/// Returns the borders of retention on a day; what was recorded before the time was known counts as of the first record
/// after it.
///
/// # Errors
/// When the store cannot be read.
pub(crate) fn borders(
    reader: &Reader<'_>,
    config: &RetentionConfig,
    zone: &TimeZone,
    today: Day,
) -> Result<Retention, StoreError> {
    let mut first_known = None;
    reader.each_log_from(0, |_, record, _| -> Result<bool, StoreError> {
        first_known = Some(record.at).filter(|at| *at != NOTHING_RECORDED);
        Ok(first_known.is_none())
    })?;
    Ok(Retention::on(today, zone, |kind| config.days_of(kind)).with_first_known(first_known))
}

/// How far the walk has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ScanPosition {
    /// Log records through this number are done.
    Log(u64),
    /// Runs of the job in this place of the registry, through this planned time and number.
    Runs(usize, Instant, u64),
    /// Incidents through this router and beginning.
    Incidents(String, Instant),
    /// Messages through this number.
    Messages(MessageId),
    /// Everything is done.
    End,
}

impl ScanPosition {
    /// Where it begins.
    pub(crate) const START: Self = Self::Log(0);

    /// Returns the beginning of the runs of a job, or of what comes after the last job.
    fn runs(job: usize) -> Self {
        if job < Job::ALL.len() {
            Self::Runs(job, Instant::from_millis(i64::MIN), 0)
        } else {
            Self::Incidents(String::new(), Instant::from_millis(0))
        }
    }
}

/// A record to be deleted from the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ExpiredRecord {
    Log(LogKind, u64),
    Run(Run),
    Incident(Incident),
    Message(Box<Message>),
}

/// The lines of one month.
#[derive(Debug, Default)]
pub(crate) struct Lines {
    pub(crate) content: Vec<u8>,
    pub(crate) count: u64,
}

/// What one transaction takes out.
#[derive(Debug, Default)]
pub(crate) struct ExpiredBatch {
    pub(crate) months: BTreeMap<String, Lines>,
    pub(crate) gone: Vec<ExpiredRecord>,
    /// By table and kind, how many.
    pub(crate) counts: BTreeMap<(&'static str, LogKind), u64>,
    /// Bytes of their rows in the store.
    pub(crate) row_bytes: u64,
    /// Log records that were read.
    pub(crate) seen: u64,
    line_bytes: usize,
}

impl ExpiredBatch {
    fn is_full(&self, rows_max: usize) -> bool {
        self.gone.len() >= rows_max || self.line_bytes >= BATCH_BYTES
    }

    /// Adds a record to the batch; one whose archive line no reader would accept stays in the store.
    fn take(
        &mut self,
        kept: &ArchivedRecord<'_>,
        row_bytes: u64,
        zone: &TimeZone,
        gone: impl FnOnce() -> ExpiredRecord,
    ) {
        let line = match kept.line() {
            Ok(line) if line.len() <= LINE_BYTES_MAX => line,
            Ok(_) | Err(_) => {
                tracing::warn!(kind = %kept.kind(), "a record is too long for the archive, so it stays in the store");
                return;
            }
        };
        let lines = self.months.entry(month_of(kept.at(), zone)).or_default();
        lines.content.extend_from_slice(&line);
        lines.count = lines.count.saturating_add(1);
        self.line_bytes = self.line_bytes.saturating_add(line.len());
        self.row_bytes = self.row_bytes.saturating_add(row_bytes);
        let count = self.counts.entry((kept.table(), kept.kind())).or_default();
        *count = count.saturating_add(1);
        self.gone.push(gone());
    }
}

fn month_of(at: Instant, zone: &TimeZone) -> String {
    zone.to_datetime(at.timestamp()).strftime("%Y-%m").to_string()
}

/// The limits of the walk.
pub(crate) struct ScanLimits<'a> {
    pub(crate) retention: &'a Retention,
    pub(crate) zone: &'a TimeZone,
    /// Records of one batch, at least one.
    pub(crate) rows_max: usize,
}

impl ScanLimits<'_> {
    /// Gathers the next batch, from `place` on, which is moved on; an empty one means that nothing more is old.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub(crate) fn next(&self, reader: &Reader<'_>, place: &mut ScanPosition) -> Result<ExpiredBatch, StoreError> {
        let mut batch = ExpiredBatch::default();
        while *place != ScanPosition::End && !batch.is_full(self.rows_max) {
            let ended = match place.clone() {
                ScanPosition::Log(after) => self.log(reader, after, place, &mut batch)?,
                ScanPosition::Runs(job, planned_for, number) => {
                    self.runs(reader, (job, planned_for, number), place, &mut batch)?
                }
                ScanPosition::Incidents(router, since) => {
                    self.incidents(reader, (&router, since), place, &mut batch)?
                }
                ScanPosition::Messages(after) => self.messages(reader, after, place, &mut batch)?,
                ScanPosition::End => ControlFlow::Break(ScanPosition::End),
            };
            if let ControlFlow::Break(next) = ended {
                *place = next;
            }
        }
        Ok(batch)
    }

    /// Gathers log records; breaks with the next table's start where this one is done.
    fn log(
        &self,
        reader: &Reader<'_>,
        after: u64,
        place: &mut ScanPosition,
        batch: &mut ExpiredBatch,
    ) -> Result<ControlFlow<ScanPosition>, StoreError> {
        let mut full = false;
        reader.each_log_from(after, |number, record: LogRecord, bytes| -> Result<bool, StoreError> {
            batch.seen = batch.seen.saturating_add(1);
            *place = ScanPosition::Log(number);
            if self.retention.log(record.kind, record.at) {
                let kind = record.kind;
                batch.take(&ArchivedRecord::Log(number, &record), bytes, self.zone, || {
                    ExpiredRecord::Log(kind, number)
                });
            }
            full = batch.is_full(self.rows_max);
            Ok(!full)
        })?;
        Ok(ended(full, || ScanPosition::runs(0)))
    }

    fn runs(
        &self,
        reader: &Reader<'_>,
        (at, planned_for, number): (usize, Instant, u64),
        place: &mut ScanPosition,
        batch: &mut ExpiredBatch,
    ) -> Result<ControlFlow<ScanPosition>, StoreError> {
        let Some(job) = Job::ALL.get(at).copied() else {
            return Ok(ControlFlow::Break(ScanPosition::runs(at)));
        };
        let state = reader.job(job)?;
        let newest: Option<RunId> = reader.runs(job, 1)?.first().map(|run| run.id);
        let mut full = false;
        reader.each_run_from(job, (planned_for, number), |run, bytes| -> Result<bool, StoreError> {
            *place = ScanPosition::Runs(at, run.planned_for, run.id.0);
            if self.retention.run(&run, state.as_ref(), newest) {
                let counts = count_fields(&run.counts);
                batch.take(&ArchivedRecord::Run(&run, &counts), bytes, self.zone, || {
                    ExpiredRecord::Run(run.clone())
                });
            }
            full = batch.is_full(self.rows_max);
            Ok(!full)
        })?;
        Ok(ended(full, || ScanPosition::runs(at.saturating_add(1))))
    }

    fn incidents(
        &self,
        reader: &Reader<'_>,
        after: (&str, Instant),
        place: &mut ScanPosition,
        batch: &mut ExpiredBatch,
    ) -> Result<ControlFlow<ScanPosition>, StoreError> {
        let mut full = false;
        reader.each_incident_from(after, |incident, bytes| -> Result<bool, StoreError> {
            *place = ScanPosition::Incidents(incident.router.to_string(), incident.since);
            if self.retention.incident(&incident) {
                batch.take(&ArchivedRecord::Incident(&incident), bytes, self.zone, || {
                    ExpiredRecord::Incident(incident.clone())
                });
            }
            full = batch.is_full(self.rows_max);
            Ok(!full)
        })?;
        Ok(ended(full, || ScanPosition::Messages(MessageId(0))))
    }

    fn messages(
        &self,
        reader: &Reader<'_>,
        after: MessageId,
        place: &mut ScanPosition,
        batch: &mut ExpiredBatch,
    ) -> Result<ControlFlow<ScanPosition>, StoreError> {
        let mut full = false;
        reader.each_message_from(after, |message, bytes| -> Result<bool, StoreError> {
            *place = ScanPosition::Messages(message.id);
            if self.retention.message(&message) {
                batch.take(&ArchivedRecord::Message(&message), bytes, self.zone, || {
                    ExpiredRecord::Message(Box::new(message.clone()))
                });
            }
            full = batch.is_full(self.rows_max);
            Ok(!full)
        })?;
        Ok(ended(full, || ScanPosition::End))
    }
}

fn ended(full: bool, next: impl FnOnce() -> ScanPosition) -> ControlFlow<ScanPosition> {
    if full {
        ControlFlow::Continue(())
    } else {
        ControlFlow::Break(next())
    }
}
