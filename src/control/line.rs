//! The frames that travel on the control socket.
//!
//! A frame is one line of JSON, `{"weir":"0.1.0","kind":"call","bytes":123}`, and that many bytes after it. Each frame names
//! the version that wrote it; versions talk to each other as long as they understand each other's frames, and name themselves
//! when they don't. Must never know what the bytes mean.

use std::io::{self, BufRead, Read, Write};

use serde::{Deserialize, Serialize};
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, BufReader};

use crate::commands::file_body::FILE_BYTES_MAX;
use crate::model::io_words::in_words;

/// Bytes of a header line, its end included.
pub const HEADER_BYTES_MAX: u64 = 256;
/// Bytes of a call without its file: the longest texts are a comment and a file's name.
pub const CALL_BYTES_MAX: u64 = 256 * 1024;
/// Bytes of an answer: a list of 100,000 subscribers in JSON has some 30 MB.
pub const TEXT_BYTES_MAX: u64 = 256 * 1024 * 1024;
/// Bytes of a note about progress.
pub const NOTE_BYTES_MAX: u64 = 4 * 1024;

/// The version of this side.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// What a frame is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FrameKind {
    /// From the client: a [`Call`](crate::commands::request::Call) as JSON.
    Call,
    /// From the service: send the file.
    Go,
    /// From the client: the file of the call, as it is.
    File,
    /// From the service: how far the work has come.
    Progress,
    /// From the service: still working.
    Alive,
    /// From the service: the answer for standard output.
    Text,
    /// From the service: notes and exit code; the end.
    Reply,
    /// From the service: a [`Failure`](crate::model::failure::Failure) as JSON; the end.
    Failure,
    /// From the service: too many ask at the same time; the end.
    Busy,
}

impl FrameKind {
    /// Returns how many bytes a frame of this kind may have.
    #[must_use]
    pub const fn bytes_max(self) -> u64 {
        match self {
            Self::Call => CALL_BYTES_MAX,
            Self::File => FILE_BYTES_MAX,
            // An import's findings travel in a failure or in a reply's notes, and can be as many as the rows.
            Self::Text | Self::Reply | Self::Failure => TEXT_BYTES_MAX,
            Self::Progress => NOTE_BYTES_MAX,
            Self::Go | Self::Alive | Self::Busy => 0,
        }
    }
}

/// The first line of a frame.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// The version that wrote it.
    pub weir: String,
    /// What it is.
    pub kind: FrameKind,
    /// How many bytes follow.
    pub bytes: u64,
}

/// A frame as it arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// Its first line.
    pub header: Header,
    /// What followed.
    pub bytes: Vec<u8>,
}

/// The content of a `progress` frame.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProgressFrame {
    /// How many are done.
    pub done: u64,
    /// Of how many; 0 where that is not known.
    pub total: u64,
    /// What they are.
    pub what: String,
}

/// The content of a `reply` frame.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tail {
    /// For standard error.
    pub notes: Vec<String>,
    /// The exit code.
    pub exit: u8,
}

/// Why a frame could not be read.
#[derive(Debug, thiserror::Error)]
pub enum LineError {
    /// The other side has gone.
    #[error("the connection ended in the middle of a message")]
    Closed,
    /// No end of line in time.
    #[error("the first line of a message has more than {HEADER_BYTES_MAX} bytes")]
    HeaderTooLong,
    /// Not a header.
    #[error("`{start}` does not begin a message of Weir's control socket")]
    Garbage {
        /// The beginning of what came.
        start: String,
    },
    /// More than a frame of this kind may have.
    #[error("a message announces {bytes} bytes; at most {max} are allowed")]
    TooLong {
        /// How many were announced.
        bytes: u64,
        /// How many are possible.
        max: u64,
    },
    /// A frame that has no place here.
    #[error("an unexpected message came")]
    Unexpected,
    /// Any other error of the stream.
    #[error("{}", in_words(.0))]
    Io(#[from] io::Error),
}

/// Characters of garbage that an error repeats.
const GARBAGE_CHARACTERS_MAX: usize = 40;

/// Returns the header line of a frame, its end included.
#[must_use]
pub fn header(kind: FrameKind, bytes: usize) -> String {
    let header = Header {
        weir: VERSION.to_owned(),
        kind,
        bytes: u64::try_from(bytes).unwrap_or(u64::MAX),
    };
    // A struct of texts and numbers always has a JSON form.
    let mut line = serde_json::to_string(&header).unwrap_or_default();
    line.push('\n');
    line
}

/// Reads a header line, without its end.
///
/// # Errors
/// When it is no header, or announces more bytes than its kind may have.
fn parsed(line: &[u8]) -> Result<Header, LineError> {
    let header: Header = serde_json::from_slice(line).map_err(|_| LineError::Garbage {
        start: String::from_utf8_lossy(line)
            .chars()
            .take(GARBAGE_CHARACTERS_MAX)
            .map(|c| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c })
            .collect(),
    })?;
    let max = header.kind.bytes_max();
    if header.bytes > max {
        return Err(LineError::TooLong {
            bytes: header.bytes,
            max,
        });
    }
    Ok(header)
}

/// Checks that a header line is complete, and not too long or cut off.
fn ended(line: &[u8]) -> Result<&[u8], LineError> {
    match line.strip_suffix(b"\n") {
        Some(body) => Ok(body),
        None if u64::try_from(line.len()).is_ok_and(|bytes| bytes >= HEADER_BYTES_MAX) => Err(LineError::HeaderTooLong),
        None => Err(LineError::Closed),
    }
}

fn whole(header: Header, bytes: Vec<u8>) -> Result<Frame, LineError> {
    if u64::try_from(bytes.len()).is_ok_and(|came| came == header.bytes) {
        Ok(Frame { header, bytes })
    } else {
        Err(LineError::Closed)
    }
}

/// Reads one frame, blocking. Memory grows with what arrives, not with what the header claims.
///
/// # Errors
/// When the other side closes, breaks the format, or a time limit of the stream passes.
pub fn read(stream: &mut impl BufRead) -> Result<Frame, LineError> {
    let mut line = Vec::new();
    stream.by_ref().take(HEADER_BYTES_MAX).read_until(b'\n', &mut line)?;
    let header = parsed(ended(&line)?)?;
    let mut bytes = Vec::new();
    stream.by_ref().take(header.bytes).read_to_end(&mut bytes)?;
    whole(header, bytes)
}

/// Writes one frame, blocking.
///
/// # Errors
/// The stream's.
pub fn write(stream: &mut impl Write, kind: FrameKind, bytes: &[u8]) -> io::Result<()> {
    stream.write_all(header(kind, bytes.len()).as_bytes())?;
    stream.write_all(bytes)?;
    stream.flush()
}

/// Reads one frame that has to be of `kind`, without blocking a thread; the bytes of another kind are not read.
///
/// # Errors
/// When the other side closes, breaks the format, or sends something else.
pub async fn read_async(stream: &mut BufReader<impl AsyncRead + Unpin>, kind: FrameKind) -> Result<Frame, LineError> {
    let mut line = Vec::new();
    (&mut *stream)
        .take(HEADER_BYTES_MAX)
        .read_until(b'\n', &mut line)
        .await?;
    let header = parsed(ended(&line)?)?;
    if header.kind != kind {
        return Err(LineError::Unexpected);
    }
    let mut bytes = Vec::new();
    (&mut *stream).take(header.bytes).read_to_end(&mut bytes).await?;
    whole(header, bytes)
}
