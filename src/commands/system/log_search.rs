//! Finds the newest matching log records, in the store and in the archive.
//!
//! Both are one log: a record has one number, wherever it is, and is listed once. Memory holds as many records as are asked
//! for; a file of the archive is opened only where it may hold one that belongs among them.

use std::collections::BTreeMap;
use std::path::Path;

use jiff::tz::TimeZone;

use crate::archive::error::ArchiveError;
use crate::archive::file::{self, FileSummary};
use crate::archive::folder::Folder;
use crate::archive::index::Index;
use crate::model::day::{Day, Instant};
use crate::model::record::{LogKind, LogRecord};
use crate::store::error::StoreError;
use crate::store::read::reader::Reader;

/// What is asked for.
pub(crate) struct Wanted<'a> {
    pub(crate) kind: Option<LogKind>,
    pub(crate) since: Option<Day>,
    pub(crate) until: Option<Day>,
    pub(crate) user: Option<&'a str>,
    /// Only those that say one of these; `None` for all.
    pub(crate) says: Option<&'a [&'a str]>,
    pub(crate) zone: &'a TimeZone,
    /// At most so many, the newest.
    pub(crate) most: usize,
}

impl Wanted<'_> {
    fn is(&self, record: &LogRecord) -> bool {
        let about = self
            .user
            .is_none_or(|user| record.username.as_ref().is_some_and(|name| name.as_str() == user));
        let says = self
            .says
            .is_none_or(|messages| messages.contains(&record.message.as_str()));
        about && says && self.kind.is_none_or(|kind| kind == record.kind) && self.lies_between(record.at, record.at)
    }

    /// Returns whether any of the time from the first to the last instant is asked for.
    fn lies_between(&self, first: Instant, last: Instant) -> bool {
        self.since.is_none_or(|since| since <= last.day_in(self.zone))
            && self.until.is_none_or(|until| first.day_in(self.zone) <= until)
    }

    fn may_stand_in(&self, facts: &FileSummary) -> bool {
        self.kind.is_none_or(|kind| facts.kinds.contains(kind.as_str())) && self.lies_between(facts.first, facts.last)
    }
}

/// The newest records found so far, by number.
pub(crate) struct Newest<'a> {
    wanted: &'a Wanted<'a>,
    found: BTreeMap<u64, LogRecord>,
}

impl<'a> Newest<'a> {
    pub(crate) const fn new(wanted: &'a Wanted<'a>) -> Self {
        Self {
            wanted,
            found: BTreeMap::new(),
        }
    }

    /// Returns the records, the newest first.
    pub(crate) fn records(self) -> Vec<LogRecord> {
        self.found.into_values().rev().collect()
    }

    fn is_full(&self) -> bool {
        self.found.len() >= self.wanted.most
    }

    /// Returns whether a record of this number would be among the newest.
    fn has_room_for(&self, number: u64) -> bool {
        !self.is_full() || self.found.first_key_value().is_some_and(|(lowest, _)| number > *lowest)
    }

    fn take(&mut self, number: u64, record: LogRecord) {
        if self.has_room_for(number) && self.wanted.is(&record) {
            self.found.entry(number).or_insert(record);
            if self.found.len() > self.wanted.most {
                self.found.pop_first();
            }
        }
    }

    /// Searches the store.
    ///
    /// # Errors
    /// When it cannot be read.
    pub(crate) fn read_store(&mut self, reader: &Reader<'_>) -> Result<(), StoreError> {
        let kind = self.wanted.kind;
        // No early end by day: records made under a wrong clock are not in order of their instants.
        reader.each_log_numbered(kind, |number, record| -> Result<bool, StoreError> {
            self.take(number, record);
            Ok(!self.is_full())
        })
    }

    /// Searches those files of the archive that may hold more; returns what could not be read, in words.
    pub(crate) fn read_archive(&mut self, data: &Path) -> Vec<String> {
        let folder = Folder::of(data);
        let index = match Index::load(&folder) {
            Ok(index) => index,
            Err(error) => return vec![left_out(&error)],
        };
        let mut troubles: Vec<String> = index.troubles.iter().map(left_out).collect();
        for (name, facts) in index.newest_first() {
            let may_be_newer = facts.last_log.is_some_and(|last| self.has_room_for(last));
            if !may_be_newer || !self.wanted.may_stand_in(facts) {
                continue;
            }
            if let Err(error) = self.read_file(&folder.file(name), facts) {
                troubles.push(left_out(&error));
            }
        }
        troubles
    }

    /// Reads one file. The whole file is checked before a record of it is used: a damaged one yields none.
    fn read_file(&mut self, path: &Path, facts: &FileSummary) -> Result<(), ArchiveError> {
        if file::look(path)?.sha256 != facts.sha256 {
            return Err(ArchiveError::Damaged {
                path: path.to_owned(),
                detail: "it is not the file that Weir wrote".to_owned(),
            });
        }
        file::each_log(path, |number, record| {
            self.take(number, record);
            true
        })
    }
}

fn left_out(error: &ArchiveError) -> String {
    format!("{error}; its records are not shown")
}
