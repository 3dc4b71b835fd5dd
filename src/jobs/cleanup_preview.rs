//! Estimates what a cleanup would archive and delete, and how much space it would free.
//!
//! The same walk as that of the run, over a snapshot; opens no write transaction and no file of the archive.

use std::collections::BTreeMap;

use crate::config::retention::RetentionConfig;
use crate::jobs::cleanup_scan::{ScanLimits, ScanPosition, borders};
use crate::jobs::compaction;
use crate::model::day::Day;
use crate::model::record::LogKind;
use crate::store::error::StoreError;
use crate::store::open::Store;
use jiff::tz::TimeZone;

/// Records that are read together.
const BATCH_RECORDS: usize = 10_000;

/// What a cleanup would delete.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CleanupEstimate {
    /// By table (`log`, `run`, `incident`, `message`) and kind, how many records.
    pub counts: BTreeMap<(&'static str, LogKind), u64>,
    /// By month, how many lines its new files would have; the months also where nothing is archived.
    pub months: BTreeMap<String, u64>,
    /// About how many bytes their rows take in the store.
    pub row_bytes: u64,
    /// Whether the file would be compacted; otherwise its free pages are reused.
    pub compacts: bool,
}

impl CleanupEstimate {
    /// Returns how many records in all.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.counts.values().fold(0, |sum, count| sum.saturating_add(*count))
    }
}

/// Returns what a cleanup of this day would delete; `step` is called with how many log records are done, and of how
/// many.
///
/// # Errors
/// When the store cannot be read.
pub fn look(
    store: &Store,
    config: &RetentionConfig,
    zone: &TimeZone,
    today: Day,
    step: &mut dyn FnMut(u64, u64),
) -> Result<CleanupEstimate, StoreError> {
    let reader = store.read()?;
    let retention = borders(&reader, config, zone, today)?;
    let walk = ScanLimits {
        retention: &retention,
        zone,
        rows_max: BATCH_RECORDS,
    };
    let total = reader.log_count()?;
    let mut seen = 0_u64;
    let mut found = CleanupEstimate::default();
    let mut place = ScanPosition::START;
    while place != ScanPosition::End {
        let batch = walk.next(&reader, &mut place)?;
        seen = seen.saturating_add(batch.seen);
        step(seen.min(total), total);
        for (what, count) in batch.counts {
            let sum = found.counts.entry(what).or_default();
            *sum = sum.saturating_add(count);
        }
        for (month, lines) in batch.months {
            let sum = found.months.entry(month).or_default();
            *sum = sum.saturating_add(lines.count);
        }
        found.row_bytes = found.row_bytes.saturating_add(batch.row_bytes);
    }
    if let Some(file_bytes) = store.file_bytes() {
        let used = reader.used_bytes()?.saturating_sub(found.row_bytes);
        found.compacts = compaction::pays(file_bytes, used);
    }
    Ok(found)
}
