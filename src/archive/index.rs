//! Which file of the archive holds what?
//!
//! `index.jsonl`, a line per file. It spares readers the files that cannot hold what they look for, and remembers the
//! checksum of each. What it does not know, or knows otherwise, is looked up in the files: it may be deleted at any time.
//! A file that it names and that is gone stays named, so that readers can say what is missing.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{ErrorKind, Read};

use serde::{Deserialize, Serialize};

use crate::archive::error::ArchiveError;
use crate::archive::file::{self, FileSummary};
use crate::archive::folder::Folder;
use crate::archive::name::{FileName, INDEX_FILE};

/// Bytes of an index that are read: a line has some 400.
const INDEX_BYTES_MAX: u64 = 16 * 1024 * 1024;

/// What the index knows, and what was found to be wrong.
#[derive(Debug, Clone, Default)]
pub struct Index {
    files: BTreeMap<FileName, FileSummary>,
    /// Files that are missing, damaged, or cannot be read.
    pub troubles: Vec<ArchiveError>,
    /// Whether it knows more than its file on the card.
    changed: bool,
}

#[derive(Serialize, Deserialize)]
struct IndexLine {
    file: String,
    month: String,
    #[serde(flatten)]
    facts: FileSummary,
}

impl Index {
    /// Reads the index and brings it up to what is in the folder; writes nothing.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn load(folder: &Folder) -> Result<Self, ArchiveError> {
        let mut index = Self::default();
        let known = index.read(folder)?;
        let names = folder.names()?;
        for name in &names {
            let path = folder.file(name);
            let bytes = std::fs::metadata(&path).map_or(0, |facts| facts.len());
            if let Some(facts) = known.get(name).filter(|facts| facts.bytes == bytes) {
                index.files.insert(name.clone(), facts.clone());
                continue;
            }
            index.changed = true;
            match file::look(&path) {
                // Whole by its own checksum, and not what was written: somebody has put another one in its place.
                Ok(found) if known.get(name).is_some_and(|facts| facts.sha256 != found.sha256) => {
                    index.remember_trouble(
                        name,
                        &known,
                        ArchiveError::damaged(&path, "it is not the file that Weir wrote"),
                    );
                }
                Ok(found) => {
                    index.files.insert(name.clone(), found);
                }
                Err(error) => index.remember_trouble(name, &known, error),
            }
        }
        for (name, facts) in known {
            if !names.contains(&name) {
                index.files.insert(name, facts);
            }
        }
        Ok(index)
    }

    /// Notes a bad file. One that was known keeps its line, and its reader reports it; one that was not known is
    /// reported at once.
    fn remember_trouble(&mut self, name: &FileName, known: &BTreeMap<FileName, FileSummary>, error: ArchiveError) {
        match known.get(name) {
            Some(facts) => {
                self.files.insert(name.clone(), facts.clone());
            }
            None => self.troubles.push(error),
        }
    }

    /// Reads what is in the index; nothing of a damaged one.
    fn read(&mut self, folder: &Folder) -> Result<BTreeMap<FileName, FileSummary>, ArchiveError> {
        let path = folder.path().join(INDEX_FILE);
        let mut text = String::new();
        let read = File::open(&path).and_then(|file| file.take(INDEX_BYTES_MAX).read_to_string(&mut text));
        match read {
            Ok(_) => {}
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::InvalidData) => {
                self.changed = true;
                return Ok(BTreeMap::new());
            }
            Err(error) => return Err(ArchiveError::reading(&path, &error)),
        }
        let mut known = BTreeMap::new();
        for line in text.lines() {
            let parsed: Option<IndexLine> = serde_json::from_str(line).ok();
            match parsed.and_then(|line| Some((FileName::parse(&line.file)?, line.facts))) {
                Some((name, facts)) => {
                    known.insert(name, facts);
                }
                // The other lines still hold: each is compared with its file.
                None => self.changed = true,
            }
        }
        Ok(known)
    }

    /// Notes a new file.
    pub fn add(&mut self, name: FileName, facts: FileSummary) {
        self.files.insert(name, facts);
        self.changed = true;
    }

    /// Returns the file of a month that holds exactly these lines, if there is one.
    #[must_use]
    pub fn holds(&self, month: &str, content: &[u8], count: u64) -> Option<&FileName> {
        let mut same = self
            .files
            .iter()
            .filter(|(name, facts)| name.month == month && facts.count == count)
            .peekable();
        same.peek()?;
        let sha256 = file::digest(content);
        same.find_map(|(name, facts)| (facts.sha256 == sha256).then_some(name))
    }

    /// Returns the files, the newest month first.
    pub fn newest_first(&self) -> impl Iterator<Item = (&FileName, &FileSummary)> {
        self.files.iter().rev()
    }

    /// Writes it where it knows more than its file on the card.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn save(&mut self, folder: &Folder) -> Result<(), ArchiveError> {
        if !self.changed {
            return Ok(());
        }
        let path = folder.path().join(INDEX_FILE);
        let mut content = Vec::new();
        for (name, facts) in &self.files {
            let line = IndexLine {
                file: name.to_string(),
                month: name.month.clone(),
                facts: facts.clone(),
            };
            serde_json::to_writer(&mut content, &line)
                .map_err(|error| ArchiveError::writing(&path, &std::io::Error::other(error)))?;
            content.push(b'\n');
        }
        folder.replace(INDEX_FILE, &content)?;
        self.changed = false;
        Ok(())
    }
}
