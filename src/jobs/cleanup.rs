//! The cleanup run: archives old records, then deletes them, so that no kill loses one.
//!
//! Works batch by batch: gathered from a snapshot, written to the archive, read back, and only then deleted, in one transaction
//! with a marker. Deleting takes a checked batch, which only the archive (or the owner's `archive = false`) makes. After a kill
//! between the two, the same lines are not written twice, and a reader takes each record once. At the end the file is compacted
//! where that pays, and the run's record is written.
//!
//! A card that cannot take the archive ends the run as failed: nothing is deleted, an alert is raised, the next occurrence
//! tries again, and no other job waits for it.

use std::ops::ControlFlow;

use jiff::tz::TimeZone;

use crate::archive::error::ArchiveError;
use crate::archive::folder::Folder;
use crate::archive::index::Index;
use crate::jobs::cleanup_scan::{ExpiredBatch, ExpiredRecord, ScanLimits, ScanPosition, borders};
use crate::jobs::compaction;
use crate::jobs::context::{JobContext, SchedulerError};
use crate::jobs::run::{self, PlannedRun, count_fields};
use crate::model::alert::{AlertKind, Cause};
use crate::model::day::Instant;
use crate::model::job::{CleanupCounts, Counts, Job, JobState, Outcome, Run, RunId, RunPart};
use crate::model::record::{LogKind, LogRecord};
use crate::model::subscriber::SubscriberId;
use crate::store::error::StoreError;
use crate::store::write::alerts::Raised;
use crate::store::write::transaction::Transaction;

/// How many records are deleted in the time that a run decides one subscriber: they are smaller, and nothing is
/// calculated.
const RECORDS_PER_SUBSCRIBER: usize = 2;

/// The subject of the alert of an archive that cannot be written.
const ARCHIVE: &str = "archive";

/// A batch whose records may be deleted.
struct ArchivedBatch(ExpiredBatch);

/// A cleanup in progress.
struct Going {
    started_at: Option<Instant>,
    /// The number of the record, once a part was written under it.
    run: Option<RunId>,
    counts: CleanupCounts,
}

/// Carries out one occurrence. Returns `None` when `flow` stopped it or the clock is no longer trusted: the next try goes on
/// with what is left.
///
/// # Errors
/// When the store cannot be read or written; what was archived and deleted stays so.
pub(crate) fn carry_out(
    site: JobContext<'_>,
    planned: PlannedRun,
    zone: &TimeZone,
    flow: &mut dyn FnMut(u64, u64) -> ControlFlow<()>,
) -> Result<Option<Run>, SchedulerError> {
    let mut going = begin(site, planned)?;
    match take_out(site, planned, zone, &mut going, flow) {
        Ok(ControlFlow::Continue(())) => {}
        Ok(ControlFlow::Break(())) => return Ok(None),
        Err(CleanupStop::Failed(error)) => return Err(error.into()),
        Err(CleanupStop::Archive(error)) => {
            tracing::warn!(%error, "cleanup stops deleting");
            return Ok(Some(site.store.write(site.keeper.recorded()?, |tx| {
                end(tx, planned, &going, Some(&error))
            })?));
        }
    }
    going.counts.freed_bytes = going
        .counts
        .freed_bytes
        .saturating_add(compaction::where_it_pays(site)?);
    let now = match site.keeper.trusted()? {
        Ok(now) => now,
        Err(_) => return Ok(None),
    };
    let ended = site.store.write(now, |tx| end(tx, planned, &going, None))?;
    tracing::info!(job = %ended.job, planned_for = %ended.planned_for.rfc3339(), summary = %summary(&going.counts), "run ended");
    Ok(Some(ended))
}

fn begin(site: JobContext<'_>, planned: PlannedRun) -> Result<Going, StoreError> {
    let part = site.store.read()?.job(planned.job)?.and_then(|state| state.part);
    let part = part.filter(|part| planned.is_of(part));
    Ok(Going {
        started_at: part.map(|part| part.started_at),
        run: part.map(|part| part.run),
        counts: match part.map(|part| part.counts) {
            Some(Counts::Cleanup(counts)) => counts,
            Some(
                Counts::None | Counts::Billing(_) | Counts::Disconnect(_) | Counts::Reminders(_) | Counts::Health(_),
            )
            | None => CleanupCounts::default(),
        },
    })
}

/// Why nothing more is deleted.
enum CleanupStop {
    Failed(StoreError),
    /// The archive cannot be written.
    Archive(ArchiveError),
}

impl From<StoreError> for CleanupStop {
    fn from(error: StoreError) -> Self {
        Self::Failed(error)
    }
}

impl From<ArchiveError> for CleanupStop {
    fn from(error: ArchiveError) -> Self {
        Self::Archive(error)
    }
}

/// Archives and deletes batch by batch; breaks where the next try goes on.
fn take_out(
    site: JobContext<'_>,
    planned: PlannedRun,
    zone: &TimeZone,
    going: &mut Going,
    flow: &mut dyn FnMut(u64, u64) -> ControlFlow<()>,
) -> Result<ControlFlow<()>, CleanupStop> {
    let config = &site.config.retention;
    let (retention, total) = {
        let reader = site.store.read()?;
        (
            borders(&reader, config, zone, planned.occurrence.day())?,
            reader.log_count()?,
        )
    };
    let walk = ScanLimits {
        retention: &retention,
        zone,
        rows_max: site.part_subscribers.saturating_mul(RECORDS_PER_SUBSCRIBER).max(1),
    };
    let mut archive: Option<(Folder, Index)> = None;
    let mut place = ScanPosition::START;
    let mut seen = 0_u64;
    loop {
        // The snapshot is dropped before anything is written: space that a reader holds cannot be reused.
        let batch = walk.next(&site.store.read()?, &mut place)?;
        if batch.gone.is_empty() {
            return Ok(ControlFlow::Continue(()));
        }
        seen = seen.saturating_add(batch.seen);
        let checked = if config.archive {
            let (folder, index) = match &mut archive {
                Some(open) => open,
                None => archive.insert(open_archive(site)?),
            };
            let checked = keep(folder, index, batch)?;
            let archived = u64::try_from(checked.0.gone.len()).unwrap_or(u64::MAX);
            going.counts.archived = going.counts.archived.saturating_add(archived);
            checked
        } else {
            ArchivedBatch(batch)
        };
        // The clock may go wrong between two batches: what is left waits then.
        let now = match site.keeper.trusted()? {
            Ok(now) => now,
            Err(trust) => {
                tracing::warn!(reason = %trust.reason(), "cleanup interrupted; it continues once the clock is trusted");
                return Ok(ControlFlow::Break(()));
            }
        };
        site.store.write(now, |tx| part(tx, planned, &checked, going))?;
        if flow(seen.min(total), total).is_break() {
            tracing::info!("cleanup interrupted; it continues at the next start");
            return Ok(ControlFlow::Break(()));
        }
    }
}

fn open_archive(site: JobContext<'_>) -> Result<(Folder, Index), ArchiveError> {
    let folder = Folder::of(site.data);
    folder.prepare()?;
    let index = Index::load(&folder)?;
    Ok((folder, index))
}

/// Writes a batch to the archive, a file per month, each read back.
fn keep(folder: &Folder, index: &mut Index, batch: ExpiredBatch) -> Result<ArchivedBatch, ArchiveError> {
    for (month, lines) in &batch.months {
        // A file that was written before a kill counts, where it still holds what was written.
        if let Some(name) = index.holds(month, &lines.content, lines.count)
            && crate::archive::file::look(&folder.file(name)).is_ok()
        {
            continue;
        }
        let (name, facts) = folder.keep(month, &lines.content, lines.count)?;
        index.add(name, facts);
    }
    index.save(folder)?;
    Ok(ArchivedBatch(batch))
}

/// Deletes the records of a batch, with a marker of what was done, in one transaction.
fn part(
    tx: &mut Transaction<'_>,
    planned: PlannedRun,
    checked: &ArchivedBatch,
    going: &mut Going,
) -> Result<(), StoreError> {
    let started_at = *going.started_at.get_or_insert(tx.now());
    let deleted = delete(tx, checked)?;
    going.counts.deleted = going.counts.deleted.saturating_add(deleted);
    let run = match going.run {
        Some(run) => run,
        None => *going.run.insert(tx.next_run()),
    };
    let state = run::state_of(tx, planned.job)?;
    let part = RunPart {
        run,
        planned_for: planned.occurrence.at,
        started_at,
        // Deleted records are not found again: the walk needs no other place to go on from.
        done_through: SubscriberId(0),
        counts: Counts::Cleanup(going.counts),
        by_hand: planned.by_hand,
    };
    tx.put_job(&JobState {
        part: Some(part),
        ..state
    })
}

/// Deletes what is in the archive; a record that has changed since stays.
fn delete(tx: &mut Transaction<'_>, checked: &ArchivedBatch) -> Result<u64, StoreError> {
    let mut deleted = 0_u64;
    for gone in &checked.0.gone {
        let is_gone = match gone {
            ExpiredRecord::Log(kind, number) => tx.remove_log(*kind, *number)?,
            ExpiredRecord::Run(run) => tx.remove_run(run)?,
            ExpiredRecord::Incident(incident) => tx.remove_incident_like(incident)?,
            ExpiredRecord::Message(message) => tx.remove_message_like(message)?,
        };
        deleted = deleted.saturating_add(u64::from(is_gone));
    }
    Ok(deleted)
}

/// Returns the last transaction: the run's record, the marker moved on, a line in the log.
fn end(
    tx: &mut Transaction<'_>,
    planned: PlannedRun,
    going: &Going,
    failed: Option<&ArchiveError>,
) -> Result<Run, StoreError> {
    let id = match going.run {
        Some(run) => run,
        None => tx.next_run(),
    };
    let record = Run {
        id,
        job: Job::Cleanup,
        planned_for: planned.occurrence.at,
        to: None,
        count: 1,
        started_at: Some(going.started_at.unwrap_or(tx.now())),
        finished_at: Some(tx.now()),
        outcome: match (failed, planned.caught_up) {
            (Some(_), _) => Outcome::Failed,
            (None, true) => Outcome::CaughtUp,
            (None, false) => Outcome::Done,
        },
        counts: Counts::Cleanup(going.counts),
        error: failed.map(ToString::to_string),
        by_hand: planned.by_hand,
    };
    tx.put_run(&record)?;
    run::account_for(tx, planned, id)?;
    let cause = Cause::of(AlertKind::Box, ARCHIVE);
    let message = match failed {
        Some(error) => {
            let text = format!("old records cannot be archived, so they are not deleted: {error}");
            tx.raise(&Raised::new(cause, text.clone()))?;
            text
        }
        None => {
            tx.end_alert(&cause, "old records are being archived again")?;
            summary(&going.counts)
        }
    };
    tx.log(
        &LogRecord::new(tx.now(), LogKind::Cleanup, message)
            .planned_for(planned.occurrence.at)
            .fields(count_fields(&record.counts)),
    )?;
    Ok(record)
}

/// Returns what was done, in a sentence.
fn summary(counts: &CleanupCounts) -> String {
    if counts.deleted == 0 && counts.freed_bytes == 0 {
        return "nothing is past its retention time".to_owned();
    }
    format!(
        "{} archived, {} deleted; the store is {} bytes smaller",
        counts.archived, counts.deleted, counts.freed_bytes
    )
}
