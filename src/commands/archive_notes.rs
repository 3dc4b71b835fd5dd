//! Says of an answer about a time that its records were taken out of the store.
//!
//! After its retention a record lies in a file of the archive, or is deleted. An answer that counts only what the store still has must
//! not read as if nothing had been. Reads the archive's index alone, not its files.

use jiff::tz::TimeZone;

use crate::appliance::core::Appliance;
use crate::archive::folder::Folder;
use crate::archive::index::Index;
use crate::commands::table::counted;
use crate::model::day::{Day, Instant};
use crate::model::failure::Failure;
use crate::model::record::LogKind;
use crate::model::subscriber::SubscriberId;
use crate::store::read::reader::Reader;

/// The time that an answer is about.
#[derive(Debug, Clone, Copy)]
pub(crate) struct AskedTime {
    /// From here.
    pub(crate) from: Instant,
    /// Through here.
    pub(crate) to: Instant,
}

impl AskedTime {
    /// Everything that has ever been.
    pub(crate) const EVER: Self = Self {
        from: Instant::from_millis(i64::MIN),
        to: Instant::from_millis(i64::MAX),
    };
}

/// Returns, in words, that records of these kinds and of this time are no longer in the store; `None` where all of them are.
///
/// # Errors
/// When the store cannot be read.
pub(crate) fn left_out(
    appliance: &Appliance,
    reader: &Reader<'_>,
    kinds: &[LogKind],
    time: AskedTime,
) -> Result<Option<String>, Failure> {
    let in_force = appliance.in_force();
    let zone = &in_force.terms.zone;
    let folder = Folder::of(&appliance.data);
    let shown = folder.path().display().to_string();
    let index = match Index::load(&folder) {
        Ok(index) => index,
        Err(error) => {
            return Ok(Some(format!(
                "whether records of this time lie in the archive is not known: {error}"
            )));
        }
    };
    let mut files = 0_u64;
    let mut span: Option<(Instant, Instant)> = None;
    for (_, facts) in index.newest_first() {
        let meant = kinds.iter().any(|kind| facts.kinds.contains(kind.as_str()));
        if meant && facts.first <= time.to && facts.last >= time.from {
            files = files.saturating_add(1);
            span = Some(span.map_or((facts.first, facts.last), |(first, last)| {
                (first.min(facts.first), last.max(facts.last))
            }));
        }
    }
    if let Some((first, last)) = span {
        return Ok(Some(format!(
            "records from {} to {} lie in the archive and are not part of this: {} in `{shown}`; `weir logs` reads the \
            log there, `zstd -dc FILE` shows the rest",
            first.day_in(zone),
            last.day_in(zone),
            counted(files, "file", "files")
        )));
    }
    let config = &in_force.config.retention;
    let oldest = |kind: &LogKind| {
        let days = i32::from(config.days_of(kind.as_str()));
        Ok::<Day, Failure>(appliance.recorded()?.today.plus_days(days.saturating_neg()))
    };
    for kind in kinds {
        let oldest = oldest(kind)?;
        let asked = time.from.day_in(zone).max(began(reader, zone)?.unwrap_or(oldest));
        if !config.archive && asked < oldest {
            return Ok(Some(format!(
                "records before {oldest} are deleted after their retention, as `archive = false` under [retention] \
                says, and are not part of this"
            )));
        }
    }
    Ok(None)
}

/// Returns the day on which the site's first subscriber was taken in: before it there was nothing to record.
fn began(reader: &Reader<'_>, zone: &TimeZone) -> Result<Option<Day>, Failure> {
    let first = reader.subscribers_after(SubscriberId(0), 1)?;
    Ok(first.first().map(|first| first.added_at.day_in(zone)))
}
