//! What do the typed arguments ask for?
//!
//! Turns the arguments of the command line into a [`TypedStep`]. Must never know how a step is carried out.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::error::ErrorKind;
use clap::parser::ValueSource;
use clap::{ArgMatches, FromArgMatches};

use crate::cli::words::{self, GlobalOptions, Local};
use crate::commands::UsageError;
use crate::commands::request::{Request, TypingError};

/// What was typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Typed {
    /// The site's file.
    pub config: PathBuf,
    /// Answer as JSON.
    pub json: bool,
    /// What to do.
    pub step: TypedStep,
}

/// What to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TypedStep {
    /// Ask the service or the opened file. A file that it carries has its name, and no bytes yet.
    Ask(Box<Request>),
    /// Do it here.
    Local(Local),
}

/// What became of the arguments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Parsed {
    /// A command.
    Typed(Box<Typed>),
    /// Something to print: help (exit 0, standard output) or a usage error (exit 2, standard error).
    Text {
        /// What to print.
        text: String,
        /// The exit code.
        exit: u8,
    },
}

/// Reads the arguments, the program's name first.
#[must_use]
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the kinds of errors of clap are not ours, and grow"
)]
pub fn parse(args: impl IntoIterator<Item = OsString>) -> Parsed {
    let parsed = words::top().try_get_matches_from(args).and_then(|found| {
        let options = GlobalOptions::from_arg_matches(&found)?;
        Ok(Typed {
            config: options.config,
            json: options.json,
            step: step(&found)?,
        })
    });
    match parsed {
        Ok(typed) => Parsed::Typed(Box::new(typed)),
        Err(error) => {
            let text = error.render().to_string();
            match error.kind() {
                ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => Parsed::Text { text, exit: 0 },
                _ => Parsed::Text {
                    text: match with_options(&text).strip_prefix("error: ") {
                        Some(rest) => format!("weir: {rest}"),
                        None => with_options(&text),
                    },
                    exit: 2,
                },
            }
        }
    }
}

/// Returns the text of an error, in whose usage the options of every command are optional: clap shows those that were typed, or
/// stand in the environment, as if they were required.
fn with_options(text: &str) -> String {
    let Some((before, usage)) = text.split_once("Usage: ") else {
        return text.to_owned();
    };
    let (usage, after) = usage.split_once("\n\n").unwrap_or((usage, ""));
    let mut usage = usage.to_owned();
    for option in ["--config <FILE>", "--json"] {
        usage = usage.replacen(&format!(" {option}"), &format!(" [{option}]"), 1);
    }
    format!("{before}Usage: {usage}\n\n{after}")
}

/// Returns the completions for a shell.
#[must_use]
pub fn completions(shell: clap_complete::Shell) -> String {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut words::top(), "weir", &mut script);
    String::from_utf8_lossy(&script).into_owned()
}

/// Turns what clap found into a step.
fn step(found: &ArgMatches) -> Result<TypedStep, clap::Error> {
    let Some((group, inner)) = found.subcommand() else {
        return Err(wrong(&[], ErrorKind::MissingSubcommand, "a command is missing"));
    };
    let (word, inner) = match inner.subcommand() {
        Some((word, innermost)) => {
            refuse_options_between(group, word, inner)?;
            (Some(word), innermost)
        }
        None => (None, inner),
    };
    let Some(typing) = words::definition_of(group, word).and_then(|definition| definition.typing) else {
        return Local::from_arg_matches(found).map(TypedStep::Local);
    };
    let request: Result<Request, TypingError> = (typing.read)(inner);
    match request {
        Ok(request) => Ok(TypedStep::Ask(Box::new(request))),
        Err(TypingError::Clap(error)) => Err(error),
        Err(TypingError::Usage(UsageError { kind, message })) => {
            let words: Vec<&str> = std::iter::once(group).chain(word).collect();
            Err(wrong(&words, kind, &message))
        }
    }
}

/// Refuses options of a command that stand before the word of another one. clap can refuse them by itself, but then
/// `pay --json assign …` would take `assign` for a username.
fn refuse_options_between(group: &str, word: &str, found: &ArgMatches) -> Result<(), clap::Error> {
    let is_global = |id: &str| matches!(id, "config" | "json");
    let typed = found
        .ids()
        .map(clap::Id::as_str)
        .any(|id| !is_global(id) && found.value_source(id) == Some(ValueSource::CommandLine));
    if !typed {
        return Ok(());
    }
    let message = format!("`{word}` comes right after `{group}` and takes none of its options");
    Err(wrong(&[group], ErrorKind::ArgumentConflict, &message))
}

/// Returns a usage error in clap's form, with the usage of the command that `words` lead to.
fn wrong(words: &[&str], kind: ErrorKind, message: &str) -> clap::Error {
    let mut top = words::top();
    top.build();
    let mut command = top;
    for word in words {
        match command.find_subcommand(word) {
            Some(next) => command = next.clone(),
            None => break,
        }
    }
    command.error(kind, message)
}
