//! What is in the file that was named?

use std::fs;
use std::io::Read;
use std::path::Path;

use crate::commands::file_body::FILE_BYTES_MAX;
use crate::model::failure::Failure;
use crate::model::io_words::in_words;

/// Reads a whole file for a command to carry.
///
/// # Errors
/// When it cannot be read, is a folder, or has more than [`FILE_BYTES_MAX`] bytes.
pub fn file(path: &Path) -> Result<Vec<u8>, Failure> {
    let refused = |why: String| {
        Failure::refused(
            format!("cannot read `{}`: {why}", path.display()),
            "name a readable file of at most 64 MiB",
        )
    };
    let opened = fs::File::open(path).map_err(|error| refused(in_words(&error)))?;
    let facts = opened.metadata().map_err(|error| refused(in_words(&error)))?;
    if facts.is_dir() {
        return Err(refused("it is a folder".to_owned()));
    }
    let mut bytes = Vec::new();
    opened
        .take(FILE_BYTES_MAX.saturating_add(1))
        .read_to_end(&mut bytes)
        .map_err(|error| refused(in_words(&error)))?;
    if u64::try_from(bytes.len()).is_ok_and(|read| read > FILE_BYTES_MAX) {
        return Err(refused("it has more than 64 MiB".to_owned()));
    }
    Ok(bytes)
}
