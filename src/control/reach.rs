//! Chooses whether the running service or this process answers a command.
//!
//! The service owns the store. When its socket answers, it is asked; when there is no socket, or one that nobody listens
//! on, the site is opened here. A service that is about to start holds the store before it listens: when opening fails,
//! the socket is tried once more.

use std::path::Path;
use std::sync::Arc;

use crate::commands::request::{Call, Handler};
use crate::commands::{Progress, Reply};
use crate::control::client::{self, Connection, Unreached};
use crate::model::failure::Failure;
use crate::model::io_words::in_words;

/// Who answers.
pub enum Reached {
    /// The running service.
    Service(Connection),
    /// This process, on the opened file.
    Here(Arc<dyn Handler>),
}

impl Reached {
    /// Gets the call answered. Without the service, `call` is handled in this thread.
    ///
    /// # Errors
    /// The refusal or failure of the command.
    pub fn ask(self, call: &Call, progress: &mut dyn Progress) -> Result<Reply, Failure> {
        match self {
            Self::Service(connection) => connection.ask(call, progress),
            Self::Here(handler) => handler.handle(call, progress),
        }
    }
}

/// Finds out who answers: the service on `socket`, or the site that `open` opens.
///
/// # Errors
/// When the service is there and cannot be asked, or neither is there and the site cannot be opened.
pub fn reach(socket: &Path, open: impl FnOnce() -> Result<Arc<dyn Handler>, Failure>) -> Result<Reached, Failure> {
    match client::connect(socket) {
        Ok(connection) => Ok(Reached::Service(connection)),
        Err(Unreached::NoSocket | Unreached::Stale) => match open() {
            Ok(handler) => Ok(Reached::Here(handler)),
            Err(failure) => client::connect(socket).map(Reached::Service).map_err(|_| failure),
        },
        Err(unreached @ Unreached::Busy) => Err(Failure::refused(
            format!("{unreached}, on `{}`", socket.display()),
            "try again in a minute; if that does not help, restart the service",
        )),
        Err(unreached @ Unreached::NotPermitted) => Err(Failure::refused(
            format!("{unreached} `{}`", socket.display()),
            "run the command as root, or as a member of the group of that file",
        )),
        Err(Unreached::Io(error)) => Err(Failure::refused(
            format!("cannot ask the service on `{}`: {}", socket.display(), in_words(&error)),
            "check `socket` under `[site]`",
        )),
    }
}
