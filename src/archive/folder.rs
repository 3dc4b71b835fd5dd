//! How does a file come into the archive, so that it is whole or not there?
//!
//! Lines are written under another name, synced, read back and compared; only then does the file get its name, and the folder
//! is synced. A kill leaves a file with its name, which is whole, or one without, which the next cleanup takes away.

use std::fs::{self, File, OpenOptions};
use std::io::ErrorKind;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use crate::archive::error::ArchiveError;
use crate::archive::file::{self, FileSummary};
use crate::archive::name::FileName;

/// The archive's folder in the data folder.
pub const ARCHIVE_FOLDER: &str = "archive";

/// The mode of its files: names, phones and texts are nobody else's to read.
const FILE_MODE: u32 = 0o600;

/// The mode of the folder.
const FOLDER_MODE: u32 = 0o700;

/// Files of the archive that are looked at: a century of weeks has far fewer.
const FILES_MAX: usize = 100_000;

/// The folder of the archive, whether it is there or not.
#[derive(Debug, Clone)]
pub struct Folder {
    path: PathBuf,
}

impl Folder {
    /// Returns the archive of a data folder.
    #[must_use]
    pub fn of(data: &Path) -> Self {
        Self {
            path: data.join(ARCHIVE_FOLDER),
        }
    }

    /// Returns the path of the folder.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns the path of one of its files.
    #[must_use]
    pub fn file(&self, name: &FileName) -> PathBuf {
        self.path.join(name.to_string())
    }

    /// Returns the names of its files, the oldest month first; none if there is no folder.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn names(&self) -> Result<Vec<FileName>, ArchiveError> {
        let mut names: Vec<FileName> = self.all()?.iter().filter_map(|name| FileName::parse(name)).collect();
        names.sort();
        Ok(names)
    }

    fn all(&self) -> Result<Vec<String>, ArchiveError> {
        let entries = match fs::read_dir(&self.path) {
            Ok(entries) => entries,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(ArchiveError::reading(&self.path, &error)),
        };
        let mut found = Vec::new();
        for entry in entries.take(FILES_MAX) {
            let entry = entry.map_err(|error| ArchiveError::reading(&self.path, &error))?;
            found.extend(entry.file_name().into_string());
        }
        Ok(found)
    }

    /// Makes the folder where it is missing, and takes away what a kill has left of files that were never whole.
    ///
    /// # Errors
    /// When it cannot be made, read or written.
    pub fn prepare(&self) -> Result<(), ArchiveError> {
        if !self.path.exists() {
            fs::DirBuilder::new()
                .recursive(true)
                .mode(FOLDER_MODE)
                .create(&self.path)
                .map_err(|error| ArchiveError::writing(&self.path, &error))?;
            if let Some(data) = self.path.parent() {
                sync(data)?;
            }
        }
        for name in self.all()?.iter().filter(|name| FileName::is_fresh(name)) {
            let path = self.path.join(name);
            fs::remove_file(&path).map_err(|error| ArchiveError::writing(&path, &error))?;
        }
        Ok(())
    }

    /// Puts lines into a file of their own, under the next free number of their month; returns its name and what was found in
    /// it when it was read back.
    ///
    /// # Errors
    /// When it cannot be written, or does not hold what was written: then it does not count and has no name.
    pub fn keep(&self, month: &str, content: &[u8], count: u64) -> Result<(FileName, FileSummary), ArchiveError> {
        let newest = self.names()?.into_iter().filter(|name| name.month == month).max();
        let name = FileName {
            month: month.to_owned(),
            number: newest.map_or(1, |newest| newest.number.saturating_add(1)),
        };
        let fresh = self.path.join(name.fresh());
        let written = write_fresh(&fresh, |file| file::compress(&fresh, file, content));
        let checked = written.and_then(|()| {
            let facts = file::look(&fresh)?;
            let same = facts.count == count && facts.sha256 == file::digest(content);
            same.then_some(facts)
                .ok_or_else(|| ArchiveError::damaged(&fresh, "it does not contain what was written"))
        });
        let facts = match checked {
            Ok(facts) => facts,
            Err(error) => {
                // What is left of it takes room that may be what is lacking; the next cleanup tries again.
                if let Err(left) = fs::remove_file(&fresh) {
                    tracing::warn!(path = %fresh.display(), error = %left, "an unfinished archive file could not be \
                        removed");
                }
                return Err(error);
            }
        };
        self.give_name(&fresh, &self.file(&name))?;
        Ok((name, facts))
    }

    /// Replaces a small file of the folder as a whole.
    pub(super) fn replace(&self, name: &str, content: &[u8]) -> Result<(), ArchiveError> {
        let fresh = self.path.join(format!("{name}.new"));
        write_fresh(&fresh, |mut file| {
            let failed = |error: std::io::Error| ArchiveError::writing(&fresh, &error);
            std::io::Write::write_all(&mut file, content).map_err(failed)?;
            file.sync_all().map_err(failed)
        })?;
        self.give_name(&fresh, &self.path.join(name))
    }

    fn give_name(&self, fresh: &Path, path: &Path) -> Result<(), ArchiveError> {
        fs::rename(fresh, path).map_err(|error| ArchiveError::writing(path, &error))?;
        sync(&self.path)
    }
}

fn write_fresh(path: &Path, write: impl FnOnce(&File) -> Result<(), ArchiveError>) -> Result<(), ArchiveError> {
    let file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(FILE_MODE)
        .open(path)
        .map_err(|error| ArchiveError::writing(path, &error))?;
    write(&file)
}

fn sync(folder: &Path) -> Result<(), ArchiveError> {
    File::open(folder)
        .and_then(|folder| folder.sync_all())
        .map_err(|error| ArchiveError::writing(folder, &error))
}
