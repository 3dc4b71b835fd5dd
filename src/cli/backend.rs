//! What does the command line need from the layers below?
//!
//! Three things: the address of the running service, the opened site, and the commands that ask no site. Must never
//! know how any of them is done.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::cli::words::Local;
use crate::commands::request::Handler;
use crate::commands::request::Request;
use crate::commands::{Progress, Reply};
use crate::model::failure::Failure;

/// What the command line needs from the layers below.
pub trait Backend {
    /// Returns the socket on which the service of this site is asked. Should answer even if other parts of the file are
    /// faulty: a service that runs on its last good configuration can still be asked what is wrong.
    ///
    /// # Errors
    /// When the file cannot be read at all.
    fn socket(&self, config: &Path) -> Result<PathBuf, Failure>;

    /// Opens the site for this request while no service runs (only an import may create the store).
    ///
    /// # Errors
    /// When the configuration is faulty, or the store cannot be opened or is held by another.
    fn open(&self, config: &Path, request: &Request) -> Result<Arc<dyn Handler>, Failure>;

    /// Carries out a command that asks no site.
    ///
    /// # Errors
    /// The refusal or failure of the command.
    fn local(&self, local: &Local, setting: &mut LocalContext<'_>) -> Result<Reply, Failure>;
}

/// How a local command is called.
pub struct LocalContext<'a> {
    /// The site's file.
    pub config: &'a Path,
    /// Answer as JSON.
    pub json: bool,
    /// Columns of the terminal.
    pub width: u16,
    /// Standard output, for what is printed while the work goes on; the reply's payload follows.
    pub out: &'a mut dyn Write,
    /// Where long work shows how far it is.
    pub progress: &'a mut dyn Progress,
}
