//! What does one file of the archive hold, and is it whole?
//!
//! The only door to zstd. Reading trusts nothing: neither how large a window a file asks for, nor how long its lines or the
//! whole of it become.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;

use serde::{Deserialize, Serialize, Serializer};
use sha2::{Digest, Sha256};

use crate::archive::error::ArchiveError;
use crate::archive::line::{self, Head};
use crate::model::day::Instant;
use crate::model::io_words::in_words;
use crate::model::record::LogRecord;

/// The longest line, in bytes.
pub const LINE_BYTES_MAX: usize = 1024 * 1024;

/// How many bytes the lines of one file have at most; cleanup writes far smaller ones.
const CONTENT_BYTES_MAX: u64 = 256 * 1024 * 1024;

/// How hard is compressed: the level of zstd.
const LEVEL: i32 = 3;

/// How far back the compressor looks, as a power of two of bytes: what it and every reader hold in memory.
const WINDOW_LOG: u32 = 18;

/// The largest window that a file may ask a reader for, as a power of two of bytes.
const WINDOW_LOG_MAX: u32 = 23;

/// The content of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileSummary {
    /// Lines.
    pub count: u64,
    /// The log streams that lines are kept by.
    pub kinds: BTreeSet<String>,
    /// The earliest instant of a line.
    #[serde(serialize_with = "as_text", deserialize_with = "line::instant")]
    pub first: Instant,
    /// The latest one.
    #[serde(serialize_with = "as_text", deserialize_with = "line::instant")]
    pub last: Instant,
    /// The lowest number of a log record.
    pub first_log: Option<u64>,
    /// The highest one.
    pub last_log: Option<u64>,
    /// Bytes of the file.
    pub bytes: u64,
    /// Bytes of its lines.
    pub content_bytes: u64,
    /// SHA-256 of its lines, as hexadecimal digits.
    pub sha256: String,
}

fn as_text<S: Serializer>(at: &Instant, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&at.rfc3339())
}

/// Returns the SHA-256 as hexadecimal digits.
#[must_use]
pub(crate) fn digest(content: &[u8]) -> String {
    hexadecimal(&Sha256::digest(content))
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Compresses lines onto a file that is open for writing, and syncs it.
pub(crate) fn compress(path: &Path, file: &File, content: &[u8]) -> Result<(), ArchiveError> {
    let failed = |error: std::io::Error| ArchiveError::writing(path, &error);
    let mut encoder = zstd::stream::write::Encoder::new(file, LEVEL).map_err(failed)?;
    encoder.window_log(WINDOW_LOG).map_err(failed)?;
    encoder.include_checksum(true).map_err(failed)?;
    encoder.write_all(content).map_err(failed)?;
    encoder.finish().map_err(failed)?;
    file.sync_all().map_err(failed)
}

/// Reads a whole file and returns its content; its own checksum must hold.
///
/// # Errors
/// When it is missing, damaged, none of the archive's, or cannot be read.
pub fn look(path: &Path) -> Result<FileSummary, ArchiveError> {
    let bytes = std::fs::metadata(path)
        .map_err(|error| ArchiveError::reading(path, &error))?
        .len();
    let mut facts: Option<FileSummary> = None;
    let mut hash = Sha256::new();
    each_line(path, |line| {
        hash.update(line);
        let head: Head = serde_json::from_slice(line)
            .map_err(|error| ArchiveError::damaged(path, format!("a line that Weir did not write: {error}")))?;
        let facts = facts.get_or_insert_with(|| FileSummary {
            count: 0,
            kinds: BTreeSet::new(),
            first: head.at,
            last: head.at,
            first_log: None,
            last_log: None,
            bytes,
            content_bytes: 0,
            sha256: String::new(),
        });
        facts.count = facts.count.saturating_add(1);
        facts.first = facts.first.min(head.at);
        facts.last = facts.last.max(head.at);
        if let Some(log) = head.log() {
            facts.first_log = Some(facts.first_log.map_or(log, |first| first.min(log)));
            facts.last_log = facts.last_log.max(Some(log));
        }
        if !facts.kinds.contains(&head.kind) {
            facts.kinds.insert(head.kind);
        }
        let length = u64::try_from(line.len()).unwrap_or(u64::MAX);
        facts.content_bytes = facts.content_bytes.saturating_add(length);
        Ok(true)
    })?;
    let mut facts = facts.ok_or_else(|| ArchiveError::damaged(path, "it is empty"))?;
    facts.sha256 = hexadecimal(&hash.finalize());
    Ok(facts)
}

/// Walks over the log records of a file, in its order, until `visit` returns false.
///
/// # Errors
/// When it is missing, damaged, or cannot be read: what was visited until then is not to be trusted.
pub fn each_log(path: &Path, mut visit: impl FnMut(u64, LogRecord) -> bool) -> Result<(), ArchiveError> {
    each_line(path, |line| {
        Ok(match line::log_record(line) {
            Ok(Some((seq, record))) => visit(seq, record),
            Ok(None) => true,
            Err(detail) => return Err(ArchiveError::damaged(path, detail)),
        })
    })
}

/// Walks over the lines of a file, their ends included.
fn each_line(path: &Path, mut visit: impl FnMut(&[u8]) -> Result<bool, ArchiveError>) -> Result<(), ArchiveError> {
    let file = File::open(path).map_err(|error| ArchiveError::reading(path, &error))?;
    // What the system says is a fault of the card; what the decoder says is one of the file.
    let faulty = |error: std::io::Error| match error.raw_os_error() {
        Some(_) => ArchiveError::reading(path, &error),
        None => ArchiveError::damaged(path, in_words(&error)),
    };
    let mut decoder = zstd::stream::read::Decoder::new(file).map_err(faulty)?;
    decoder.window_log_max(WINDOW_LOG_MAX).map_err(faulty)?;
    let mut rest = BufReader::new(decoder.take(CONTENT_BYTES_MAX));
    let longest = u64::try_from(LINE_BYTES_MAX).unwrap_or(u64::MAX);
    let mut line = Vec::new();
    loop {
        line.clear();
        rest.by_ref()
            .take(longest)
            .read_until(b'\n', &mut line)
            .map_err(faulty)?;
        if line.is_empty() {
            return match rest.get_ref().limit() {
                0 => Err(ArchiveError::damaged(
                    path,
                    "it is longer than any file that Weir writes",
                )),
                _ => Ok(()),
            };
        }
        if line.last() != Some(&b'\n') {
            return Err(ArchiveError::damaged(path, "its last line is incomplete"));
        }
        if !visit(&line)? {
            return Ok(());
        }
    }
}
