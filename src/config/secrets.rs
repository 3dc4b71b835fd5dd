//! Reads the files of passwords, and refuses one that others may read.
//!
//! A secret is in a file of its own that nobody but its owner can read. None of its content reaches an error. Must
//! never know: what a secret is for.

use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use crate::config::read::Config;
use crate::model::finding::Finding;
use crate::model::io_words::in_words;
use crate::model::secret::Secret;

/// The largest secret, in bytes, with its line end.
pub const SECRET_MAX: u64 = 4096;
/// The bits of a file's mode that let anyone but the owner in.
const OTHERS: u32 = 0o077;

/// Why a secret cannot be had. The `Display` text says what is wrong and what would be right, never what the file holds.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// There is no such file.
    #[error("there is no file `{path}`; write the password into it and run `chmod 600 {path}`", path = .path.display())]
    Missing {
        /// Which file.
        path: PathBuf,
    },
    /// It is a folder, a pipe or the like.
    #[error("`{path}` is not a plain file; put the password into a plain file", path = .path.display())]
    NotAFile {
        /// Which file.
        path: PathBuf,
    },
    /// The system does not let it be read.
    #[error("`{path}` cannot be read ({}); make it readable by the user that runs weir", in_words(.source), path = .path.display())]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Its group or everybody may read or change it.
    #[error("`{path}` can be read or changed by others (mode {mode:03o}); run `chmod 600 {path}`", path = .path.display())]
    Open {
        /// Which file.
        path: PathBuf,
        /// Its mode.
        mode: u32,
    },
    /// Nothing in it.
    #[error("`{path}` is empty; write the password into it", path = .path.display())]
    Empty {
        /// Which file.
        path: PathBuf,
    },
    /// More than a password.
    #[error("`{path}` is too large for a password (at most {SECRET_MAX} bytes); write only the password into it", path = .path.display())]
    TooLarge {
        /// Which file.
        path: PathBuf,
    },
}

/// Reads a secret; one line end at its end is not part of it.
///
/// # Errors
/// When the file is missing, no plain file, unreadable, open to others, empty or too large.
pub fn read(path: &Path) -> Result<Secret, SecretError> {
    let path = path.to_owned();
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the kinds of `io::Error` are not ours, and grow"
    )]
    let failed = |source: io::Error, path: PathBuf| match source.kind() {
        io::ErrorKind::NotFound => SecretError::Missing { path },
        _ => SecretError::Unreadable { path, source },
    };
    // Looked at before it is opened, since opening a pipe would wait for its other end.
    let kind = match std::fs::metadata(&path) {
        Ok(metadata) => metadata,
        Err(source) => return Err(failed(source, path)),
    };
    if !kind.is_file() {
        return Err(SecretError::NotAFile { path });
    }
    let file = match File::open(&path) {
        Ok(file) => file,
        Err(source) => return Err(failed(source, path)),
    };
    // The mode of what was opened counts, not of what was there a moment before.
    let mode = match file.metadata() {
        Ok(metadata) => metadata.permissions().mode() & 0o777,
        Err(source) => return Err(failed(source, path)),
    };
    if mode & OTHERS != 0 {
        return Err(SecretError::Open { path, mode });
    }
    let mut bytes = Vec::with_capacity(usize::try_from(SECRET_MAX).unwrap_or(0) + 1);
    let outcome = file.take(SECRET_MAX + 1).read_to_end(&mut bytes);
    let too_large = u64::try_from(bytes.len()).is_ok_and(|count| count > SECRET_MAX);
    while bytes.last().is_some_and(|byte| *byte == b'\n' || *byte == b'\r') && !too_large {
        let line_feed = bytes.pop() == Some(b'\n');
        if line_feed && bytes.last() != Some(&b'\r') {
            break;
        }
    }
    // From here on the bytes are wiped, whatever becomes of them.
    let secret = Secret::new(bytes);
    match outcome {
        Err(source) => Err(failed(source, path)),
        Ok(_) if too_large => Err(SecretError::TooLarge { path }),
        Ok(_) if secret.expose().is_empty() => Err(SecretError::Empty { path }),
        Ok(_) => Ok(secret),
    }
}

/// Returns what is wrong with the secret files that a configuration names; `file` is its name as the person gave it.
#[must_use]
pub fn findings(config: &Config, file: &str) -> Vec<Finding> {
    let routers = config.routers.iter().map(|router| (&router.password_file, router.line));
    let gateways = config
        .gateways
        .iter()
        .filter_map(|gateway| Some((gateway.secret_file.as_ref()?, gateway.line)));
    let mut findings: Vec<Finding> = routers
        .chain(gateways)
        .filter_map(|(path, line)| {
            let message = read(path).err()?.to_string();
            Some(Finding {
                file: file.to_owned(),
                line,
                column: 1,
                column_name: None,
                message,
            })
        })
        .collect();
    findings.sort_by_key(|finding| finding.line);
    findings
}
