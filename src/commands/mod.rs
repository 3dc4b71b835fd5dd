//! What can the owner ask for?
//!
//! A [`Call`](request::Call) is one command with everything that its answer depends on; a [`Handler`](request::Handler)
//! answers it with a [`Reply`] or a [`Failure`]. The same call is handled by the running service and by a command that opens
//! the file itself, so that both give the same answer. A [`SiteCommand`] is one file: its arguments, what it does and its
//! answer; [`request`] lists all of them. Must never know how the call arrived (terminal, socket) and never read a clock:
//! commands send no time.

use clap::error::ErrorKind;

use crate::appliance::core::Appliance;
use crate::commands::file_body::FileBody;
use crate::jobs::context::CompactionHook;
use crate::model::failure::{Consent, Failure};

pub mod dispatch;
pub mod reply;
pub mod refusals;
pub(crate) mod person;
pub(crate) mod context;
pub(crate) mod time_words;
pub(crate) mod archive_notes;
pub mod request;
pub mod file_body;
pub mod table;
pub mod status;
pub mod subscribers;
pub mod payments;
pub mod imports;
pub mod approvals;
pub mod jobs;
pub mod clock;
pub mod explain;
pub mod routers;
pub mod messages;
pub mod statistics;
pub mod report;
pub mod system;

/// Columns of a text answer when it does not go to a terminal.
pub const WIDTH_COLUMNS: u16 = 80;

/// Records that `logs`, `jobs history` and `outbox` show by default.
pub const RECORDS: u32 = 1000;

/// Records that they show at most.
pub const RECORDS_MAX: i64 = 1_000_000;

/// Who asks, and how they want the answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// Who asks: a user of the box, as `amina` or `uid 1000`.
    pub actor: String,
    /// Answer as JSON instead of text.
    pub json: bool,
    /// Columns that a text answer may use.
    pub width: u16,
}

/// What a command is answered with, beside its arguments and the site.
pub struct Asked<'a> {
    /// Who asks.
    pub caller: &'a Caller,
    /// Receives the progress of long work.
    pub progress: &'a mut dyn Progress,
    /// Is called before the store is closed for compaction.
    pub hook: &'a dyn CompactionHook,
}

/// A command: its fields are what it takes, on the command line and over the socket.
pub trait SiteCommand {
    /// Refuses what can be seen to be wrong as soon as it is typed.
    ///
    /// # Errors
    /// With what is wrong.
    fn check(&self) -> Result<(), UsageError> {
        Ok(())
    }

    /// Carries the command out and answers.
    ///
    /// # Errors
    /// When it is refused or fails, with the way out.
    fn answer(&self, site: &Appliance, asked: &mut Asked<'_>) -> Result<Reply, Failure>;

    /// Returns the subscriber whom it is about, as typed: a username, an account or a phone. The username takes its place
    /// before the command is answered.
    fn whom_mut(&mut self) -> Option<&mut String> {
        None
    }

    /// Takes the consent of whoever asks to what the command was refused for; a command that never asks takes none.
    fn agree(&mut self, _consent: Consent) {}

    /// Returns whether the answer grows with the site.
    fn has_long_answer(&self) -> bool {
        false
    }

    /// Returns the file that it carries.
    fn file(&self) -> Option<&FileBody> {
        None
    }

    /// Returns the file that it carries, to be filled.
    fn file_mut(&mut self) -> Option<&mut FileBody> {
        None
    }
}

/// Arguments that are wrong together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsageError {
    /// Which kind of mistake it is.
    pub kind: ErrorKind,
    /// What is wrong, and what to do.
    pub message: String,
}

impl UsageError {
    /// Creates the error of a missing argument.
    pub(crate) fn missing(message: &str) -> Self {
        Self {
            kind: ErrorKind::MissingRequiredArgument,
            message: message.to_owned(),
        }
    }
}

/// The answer to a call.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Reply {
    /// For standard output: JSON when the call asked for it, else text.
    pub payload: String,
    /// For standard error, a line each.
    pub notes: Vec<String>,
    /// The exit code of the command.
    pub exit: u8,
}

impl Reply {
    /// Returns a reply without notes, with exit code 0.
    #[must_use]
    pub const fn done(payload: String) -> Self {
        Self {
            payload,
            notes: Vec::new(),
            exit: 0,
        }
    }
}

/// Receives the progress of long work.
pub trait Progress {
    /// Reports that `done` of `total` things are done (`total` is 0 where it is not known); `what` names them, for
    /// example `subscribers`. May be called once per thing: the display leaves out what nobody could read.
    fn step(&mut self, done: u64, total: u64, what: &str);
}

/// Ignores all progress.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Progress for Silent {
    fn step(&mut self, _done: u64, _total: u64, _what: &str) {}
}

/// Decides whether a step can be seen: only when the whole percent or the word has changed. Needs no clock, and bounds
/// what a run over a hundred thousand subscribers shows to a hundred steps.
#[derive(Debug, Clone, Default)]
pub struct Sieve {
    shown: Option<(u64, String)>,
}

impl Sieve {
    /// Returns true when this step should be shown. Without a total, every thousandth.
    pub fn lets_through(&mut self, done: u64, total: u64, what: &str) -> bool {
        let mark = done.saturating_mul(100).checked_div(total).unwrap_or(done / 1000);
        let same = self
            .shown
            .as_ref()
            .is_some_and(|(at, word)| *at == mark && word == what);
        if !same {
            self.shown = Some((mark, what.to_owned()));
        }
        !same
    }
}
