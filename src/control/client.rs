//! The client's end of the control socket.
//!
//! Plain blocking code with a limit on every wait. While a call is worked on, the service sends a sign of life every few
//! seconds: silence means that it hangs, however long the work takes.

use std::io::{self, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::sync::mpsc;
use std::time::Duration;

use crate::commands::request::Call;
use crate::commands::{Progress, Reply};
use crate::control::line::{self, Frame, FrameKind, LineError, ProgressFrame, Tail};
use crate::model::failure::Failure;
use crate::model::io_words::in_words;

/// Seconds to wait for a connection: one takes no time unless the service's queue is full or it hangs.
const CONNECT_WAIT_S: u64 = 5;
/// Seconds without any frame after which the service is given up; it sends `alive` every
/// [`ALIVE_EVERY_S`](crate::control::server::ALIVE_EVERY_S).
const SILENCE_WAIT_S: u64 = 30;
/// Seconds to wait for the service to take more bytes.
const WRITE_WAIT_S: u64 = 30;

/// Why the service could not be asked.
#[derive(Debug, thiserror::Error)]
pub enum Unreached {
    /// There is no socket file.
    #[error("there is no control socket")]
    NoSocket,
    /// There is a socket file, and nobody listens on it.
    #[error("nobody is listening on the control socket")]
    Stale,
    /// Somebody listens and does not accept us in time.
    #[error("the service accepts no more connections")]
    Busy,
    /// This user may not connect.
    #[error("this user may not connect to the control socket")]
    NotPermitted,
    /// Any other error of the system.
    #[error("{}", in_words(.0))]
    Io(io::Error),
}

/// A connection to the running service, for one call.
#[derive(Debug)]
pub struct Connection {
    stream: UnixStream,
}

/// Connects to the service that listens on `path`.
///
/// # Errors
/// Says why the service could not be asked.
pub fn connect(path: &Path) -> Result<Connection, Unreached> {
    // A full backlog makes connect(2) block without a limit, and std offers none for Unix sockets.
    let (tell, told) = mpsc::sync_channel(1);
    let path = path.to_owned();
    std::thread::Builder::new()
        .name("connect".to_owned())
        // Once the wait is over nobody takes the stream, and it is closed.
        .spawn(move || drop(tell.send(UnixStream::connect(path))))
        .map_err(Unreached::Io)?;
    let stream = match told.recv_timeout(Duration::from_secs(CONNECT_WAIT_S)) {
        Err(_) => return Err(Unreached::Busy),
        Ok(Ok(stream)) => stream,
        Ok(Err(error)) => return Err(reason(error)),
    };
    stream
        .set_read_timeout(Some(Duration::from_secs(SILENCE_WAIT_S)))
        .and_then(|()| stream.set_write_timeout(Some(Duration::from_secs(WRITE_WAIT_S))))
        .map_err(Unreached::Io)?;
    Ok(Connection { stream })
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the kinds of `io::Error` are not ours, and grow"
)]
fn reason(error: io::Error) -> Unreached {
    match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => Unreached::NoSocket,
        // Other files give ENOTSOCK and EPROTOTYPE; opening the store will then name what is wrong.
        io::ErrorKind::ConnectionRefused => Unreached::Stale,
        io::ErrorKind::PermissionDenied => Unreached::NotPermitted,
        io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => Unreached::Busy,
        _ => Unreached::Io(error),
    }
}

/// Why a call that was begun has no answer.
#[derive(Debug, thiserror::Error)]
enum NoAnswer {
    #[error("the service stopped answering")]
    Silent,
    #[error("the connection to the service broke: {0}")]
    Line(#[from] LineError),
    #[error(
        "the service runs weir {theirs}, but this is weir {}; they do not understand each other",
        line::VERSION
    )]
    Version { theirs: String },
    #[error("the service sent an answer that cannot be read")]
    Unreadable,
    #[error("the service is busy with too many other commands")]
    Busy,
}

impl From<NoAnswer> for Failure {
    fn from(broken: NoAnswer) -> Self {
        let way_out = match &broken {
            NoAnswer::Busy => "try again in a minute",
            NoAnswer::Version { .. } => "restart the service, so that both have the same version",
            NoAnswer::Silent | NoAnswer::Line(_) | NoAnswer::Unreadable => {
                "the command may have been carried out: check with `weir status` or `weir logs` before you repeat it"
            }
        };
        Self::refused(broken.to_string(), way_out)
    }
}

impl Connection {
    /// Sends the call and waits for its answer.
    ///
    /// # Errors
    /// The service's refusal; or what became of the connection, and whether the work may have been done.
    pub fn ask(self, call: &Call, progress: &mut dyn Progress) -> Result<Reply, Failure> {
        let body = serde_json::to_vec(call)
            .map_err(|_| Failure::refused("the command cannot be written as JSON", "report this as a bug in Weir"))?;
        let mut reader = BufReader::new(&self.stream);
        let mut writer = &self.stream;
        // The service may have refused and gone before it read everything: its answer is then already in the stream.
        let mut unsent = line::write(&mut writer, FrameKind::Call, &body).err();
        let mut payload = String::new();
        loop {
            let frame = match (line::read(&mut reader), unsent.take()) {
                (Ok(frame), _) => frame,
                (Err(_), Some(error)) | (Err(LineError::Io(error)), None) => return Err(timed(error).into()),
                (Err(LineError::Garbage { start }), None) => return Err(garbage(start).into()),
                (Err(error), None) => return Err(NoAnswer::Line(error).into()),
            };
            match frame.header.kind {
                FrameKind::Go => unsent = send_file(&mut writer, call).err(),
                FrameKind::Alive => {}
                FrameKind::Progress => {
                    let step: ProgressFrame = read_json(&frame)?;
                    progress.step(step.done, step.total, &step.what);
                }
                FrameKind::Text => payload = String::from_utf8(frame.bytes).map_err(|_| NoAnswer::Unreadable)?,
                FrameKind::Reply => {
                    let tail: Tail = read_json(&frame)?;
                    return Ok(Reply {
                        payload,
                        notes: tail.notes,
                        exit: tail.exit,
                    });
                }
                FrameKind::Failure => return Err(read_json::<Failure>(&frame)?),
                FrameKind::Busy => return Err(NoAnswer::Busy.into()),
                FrameKind::Call | FrameKind::File => return Err(NoAnswer::Unreadable.into()),
            }
        }
    }
}

fn send_file(writer: &mut impl Write, call: &Call) -> io::Result<()> {
    let bytes = call.request.file().map_or(&[][..], |file| &file.bytes);
    line::write(writer, FrameKind::File, bytes)
}

fn read_json<T: serde::de::DeserializeOwned>(frame: &Frame) -> Result<T, NoAnswer> {
    serde_json::from_slice(&frame.bytes).map_err(|_| {
        if frame.header.weir == line::VERSION {
            NoAnswer::Unreadable
        } else {
            NoAnswer::Version {
                theirs: frame.header.weir.clone(),
            }
        }
    })
}

/// Returns a header that this version cannot read may still name the version that wrote it.
fn garbage(start: String) -> NoAnswer {
    let theirs = start
        .strip_prefix("{\"weir\":\"")
        .and_then(|rest| rest.split('"').next())
        .filter(|version| *version != line::VERSION)
        .map(str::to_owned);
    match theirs {
        Some(theirs) => NoAnswer::Version { theirs },
        None => NoAnswer::Line(LineError::Garbage { start }),
    }
}

fn timed(error: io::Error) -> NoAnswer {
    if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) {
        NoAnswer::Silent
    } else {
        NoAnswer::Line(LineError::Io(error))
    }
}
