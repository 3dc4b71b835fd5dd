//! How long are log records kept?
//!
//! Must never know: what is in a record. Money has no retention.

use crate::config::notes::Notes;
use crate::config::walk::Section;
use crate::model::job::Job;
use crate::model::record::LogKind;

/// The longest retention, in days: a hundred years.
const DAYS_MAX: i64 = 36_500;

/// `[retention]`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RetentionConfig {
    /// Days for every stream that has none of its own.
    pub days: u16,
    /// Days by stream (`billing`, `health`, …).
    pub per_kind: Vec<(String, u16)>,
    /// False: delete without archiving.
    pub archive: bool,
}

impl RetentionConfig {
    /// Returns how many days the records of a kind are kept.
    #[must_use]
    pub fn days_of(&self, kind: &str) -> u16 {
        let own = self.per_kind.iter().find(|(name, _)| name == kind);
        own.map_or(self.days, |(_, days)| *days)
    }
}

/// Reads `[retention]`, and notes what is wrong in it.
pub(crate) fn read(notes: &mut Notes<'_>, root: Section<'_>) -> RetentionConfig {
    let mut config = RetentionConfig {
        days: 180,
        per_kind: Vec::new(),
        archive: true,
    };
    let Some(section) = root.section(notes, "retention", "[retention]") else {
        return config;
    };
    let mut kinds: Vec<&str> = LogKind::ALL.map(LogKind::as_str).to_vec();
    kinds.extend(
        Job::ALL
            .map(Job::as_str)
            .into_iter()
            .filter(|job| LogKind::parse(job).is_none()),
    );
    let known: Vec<&str> = ["days", "archive"].into_iter().chain(kinds.iter().copied()).collect();
    section.only(notes, &known);
    if let Some(days) = section.whole(notes, "days", 1, DAYS_MAX) {
        config.days = days;
    }
    for kind in kinds {
        if let Some(days) = section.whole(notes, kind, 1, DAYS_MAX) {
            config.per_kind.push((kind.to_owned(), days));
        }
    }
    if let Some(archive) = section.truth(notes, "archive") {
        config.archive = archive;
    }
    config
}
