//! What is wrong with the archive?

use std::io;
use std::path::{Path, PathBuf};

use crate::model::io_words::in_words;

/// Why a file of the archive cannot be written or read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ArchiveError {
    /// The card cannot be read or written.
    #[error("`{}` cannot be {doing}: {detail}", path.display())]
    Io {
        /// Which file or folder.
        path: PathBuf,
        /// `read` or `written`.
        doing: &'static str,
        /// What the system said.
        detail: String,
    },
    /// A file that the index names is not there.
    #[error("archive file `{}` is missing", path.display())]
    Missing {
        /// Which file.
        path: PathBuf,
    },
    /// A file does not hold what was written.
    #[error("archive file `{}` is damaged ({detail})", path.display())]
    Damaged {
        /// Which file.
        path: PathBuf,
        /// What was seen.
        detail: String,
    },
}

impl ArchiveError {
    /// Returns the failure of reading `path`.
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the kinds of `io::Error` are not ours, and grow"
    )]
    pub(crate) fn reading(path: &Path, error: &io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::NotFound => Self::Missing { path: path.to_owned() },
            _ => Self::Io {
                path: path.to_owned(),
                doing: "read",
                detail: in_words(error),
            },
        }
    }

    /// Returns the failure of writing `path`.
    pub(crate) fn writing(path: &Path, error: &io::Error) -> Self {
        Self::Io {
            path: path.to_owned(),
            doing: "written",
            detail: in_words(error),
        }
    }

    /// Returns the failure of a damaged file.
    pub(crate) fn damaged(path: &Path, detail: impl Into<String>) -> Self {
        Self::Damaged {
            path: path.to_owned(),
            detail: detail.into(),
        }
    }
}
