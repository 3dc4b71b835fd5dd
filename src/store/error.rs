//! What is wrong with the store, and what is the way out?

use std::io;
use std::path::{Path, PathBuf};

use crate::model::failure::Failure;
use crate::model::io_words::{in_words, without_numbers};
use crate::rules::wallet::{ReadError, RuleError};
use crate::store::codec::CodecError;

/// What to do about a fault of the card that has changed nothing.
const IO_WAY_OUT: &str = "check the card and its free space (`df`), then try again; nothing was changed";
/// The text for a read that failed.
const READ: &str = "read";

/// Why the store cannot be opened, read or written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// No file, and this command does not create one.
    #[error("there is no store yet at `{}`", path.display())]
    Missing {
        /// Where it should be.
        path: PathBuf,
    },
    /// There is an empty file in its place.
    #[error("`{}` is an empty file, not a store", path.display())]
    Empty {
        /// Where.
        path: PathBuf,
    },
    /// There is another file in its place.
    #[error("`{}` is not a store of Weir ({detail})", path.display())]
    Foreign {
        /// Where.
        path: PathBuf,
        /// What was seen.
        detail: String,
    },
    /// The file was changed since it was last written, or the card lost something.
    #[error("the store `{}` is damaged ({detail})", path.display())]
    Damaged {
        /// Where.
        path: PathBuf,
        /// What was seen.
        detail: String,
    },
    /// A newer Weir wrote it.
    #[error("the store `{}` has format {found}; this version of Weir knows up to {known}", path.display())]
    Newer {
        /// Where.
        path: PathBuf,
        /// Its format.
        found: u32,
        /// The newest format known.
        known: u32,
    },
    /// An older Weir wrote it, and it was opened to be looked at alone.
    #[error("the store `{}` has format {found}; this version of Weir works with format {known}", path.display())]
    Older {
        /// Where.
        path: PathBuf,
        /// Its format.
        found: u32,
        /// The format of this version.
        known: u32,
    },
    /// Another process holds it.
    #[error("the store is held by {holder}")]
    Held {
        /// Who, as far as it is known.
        holder: String,
    },
    /// A file that this user may not open, or that is not a regular file.
    #[error("`{}` cannot be opened: {detail}", path.display())]
    Unopened {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        detail: String,
    },
    /// The card cannot be read or written.
    #[error("the store cannot be {doing}: {detail}")]
    Io {
        /// `read` or `written`.
        doing: &'static str,
        /// What the system said.
        detail: String,
    },
    /// A commit failed half-way: it may be on the card, or not.
    #[error("the store cannot be written: {detail}; it is not known whether this change was saved")]
    Uncertain {
        /// What the system said.
        detail: String,
    },
    /// A record cannot be read.
    #[error("table `{table}` holds {error}")]
    Record {
        /// Which table.
        table: &'static str,
        /// What is wrong.
        error: CodecError,
    },
    /// The store contradicts itself.
    #[error("the store contradicts itself: {0}")]
    Contradiction(String),
    /// A rule could not decide.
    #[error(transparent)]
    Rule(RuleError),
    /// The store is closed for longer than a reader waits.
    #[error("the store is being compacted")]
    Closed,
}

impl StoreError {
    /// Returns the file that it is about, where it is about one.
    #[must_use]
    pub fn path(&self) -> Option<&Path> {
        match self {
            Self::Missing { path }
            | Self::Empty { path }
            | Self::Foreign { path, .. }
            | Self::Damaged { path, .. }
            | Self::Newer { path, .. }
            | Self::Older { path, .. }
            | Self::Unopened { path, .. } => Some(path),
            Self::Held { .. }
            | Self::Io { .. }
            | Self::Uncertain { .. }
            | Self::Record { .. }
            | Self::Contradiction(_)
            | Self::Rule(_)
            | Self::Closed => None,
        }
    }

    /// Returns what to do about it.
    #[must_use]
    pub const fn way_out(&self) -> &'static str {
        match self {
            Self::Missing { .. } => "run `weir import subscribers FILE.csv` or `weir run` to create it",
            Self::Empty { .. } => {
                "restore the store from a backup; if this site has never run, remove the empty file and try again"
            }
            Self::Foreign { .. } => "check `[site] data` in site.toml, or move that file away",
            Self::Damaged { .. } => "keep the file for inspection and restore the store from a backup",
            Self::Newer { .. } => "install the newer version of Weir again",
            Self::Older { .. } => {
                "`weir run`, or any other command, migrates it, and the older version cannot open it any more; copy the file first if you may go back"
            }
            Self::Held { .. } => "wait for it to end, or ask the running service instead",
            Self::Unopened { .. } => {
                "run the command as root or as the user of the service; check `data` under `[site]`, and whether the card is read-only (`mount`)"
            }
            Self::Io { .. } => IO_WAY_OUT,
            Self::Uncertain { .. } => {
                "check the card and its free space (`df`), then see whether the change was made before you try again; the same payment again changes nothing"
            }
            Self::Record { .. }
            | Self::Contradiction(_)
            | Self::Rule(RuleError::DebitMissing { .. } | RuleError::Unread(ReadError::Damaged(_))) => {
                "run `weir verify`, keep the file, and restore the store from a backup"
            }
            Self::Rule(RuleError::Unread(ReadError::Io(_))) => IO_WAY_OUT,
            Self::Rule(RuleError::TooLarge { .. }) => "use a smaller amount",
            Self::Closed => "try again in a minute",
        }
    }
}

impl From<RuleError> for StoreError {
    /// Converts a rule's error; a fault of the card that a rule has met stays one.
    fn from(error: RuleError) -> Self {
        match error {
            RuleError::Unread(ReadError::Io(detail)) => Self::Io { doing: READ, detail },
            other @ (RuleError::TooLarge { .. }
            | RuleError::DebitMissing { .. }
            | RuleError::Unread(ReadError::Damaged(_))) => Self::Rule(other),
        }
    }
}

impl From<StoreError> for ReadError {
    /// Converts an error of the store; faults of the card stay apart from faults of the books.
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Io { detail, .. } => Self::Io(detail),
            other @ (StoreError::Unopened { .. }
            | StoreError::Held { .. }
            | StoreError::Uncertain { .. }
            | StoreError::Closed) => Self::Io(other.to_string()),
            other @ (StoreError::Missing { .. }
            | StoreError::Empty { .. }
            | StoreError::Foreign { .. }
            | StoreError::Damaged { .. }
            | StoreError::Newer { .. }
            | StoreError::Older { .. }
            | StoreError::Record { .. }
            | StoreError::Contradiction(_)
            | StoreError::Rule(_)) => Self::Damaged(other.to_string()),
        }
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        let failure = Self::refused(error.to_string(), error.way_out());
        match error.path() {
            Some(path) => failure.at(path.display().to_string()),
            None => failure,
        }
    }
}

/// Returns why a file cannot be opened.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the kinds of `io::Error` are not ours, and grow"
)]
pub(crate) fn opening(path: &Path, doing: &'static str, error: &io::Error) -> StoreError {
    match error.kind() {
        io::ErrorKind::PermissionDenied
        | io::ErrorKind::ReadOnlyFilesystem
        | io::ErrorKind::NotFound
        | io::ErrorKind::IsADirectory
        | io::ErrorKind::NotADirectory => StoreError::Unopened {
            path: path.to_owned(),
            detail: in_words(error),
        },
        _ => StoreError::Io {
            doing,
            detail: format!("`{}`: {}", path.display(), in_words(error)),
        },
    }
}

/// Returns a storage error while reading.
pub(crate) fn reading(error: impl Into<redb::Error>) -> StoreError {
    storage(READ, &error.into())
}

/// Returns a storage error while writing.
pub(crate) fn writing(error: impl Into<redb::Error>) -> StoreError {
    storage("written", &error.into())
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the errors of redb are not ours, and grow"
)]
fn storage(doing: &'static str, error: &redb::Error) -> StoreError {
    let detail = match error {
        redb::Error::Io(error) => in_words(error),
        other => without_numbers(&other.to_string()),
    };
    match error {
        // The file's pages or tables are not what was written: a larger card would not help.
        redb::Error::Corrupted(_)
        | redb::Error::TableTypeMismatch { .. }
        | redb::Error::TableIsMultimap(_)
        | redb::Error::TableIsNotMultimap(_)
        | redb::Error::TableDoesNotExist(_)
        | redb::Error::TypeDefinitionChanged { .. } => StoreError::Contradiction(detail),
        _ => StoreError::Io { doing, detail },
    }
}

/// Returns a record of a table that cannot be read.
pub(crate) fn record(table: &'static str) -> impl Fn(CodecError) -> StoreError {
    move |error| StoreError::Record { table, error }
}
