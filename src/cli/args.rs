//! What do the typed arguments ask for?
//!
//! Turns the arguments of the command line into a [`Step`]. Must never know how a step is carried out.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::error::ErrorKind;
use clap::{CommandFactory, Parser};

use crate::cli::words::{
    Clock, Command, Config, Fields, Import, Jobs, Outbox, Pay, PayAction, Router, Subscriber, Top,
};
use crate::commands::request::{FileBody, Request, SubscriberFields};
use crate::model::subscriber::Access;

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
    /// Print the completions for this shell.
    Completions(clap_complete::Shell),
}

/// A command that asks no site.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Local {
    /// `weir init FOLDER`.
    Init {
        /// The folder to make.
        folder: PathBuf,
    },
    /// `weir run`: the service itself.
    Run,
    /// `weir check`.
    Check,
    /// `weir demo`.
    Demo,
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
    let parsed = Top::try_parse_from(args).and_then(|top| {
        Ok(Typed {
            config: top.config,
            json: top.json,
            step: step(top.command)?,
        })
    });
    match parsed {
        Ok(typed) => Parsed::Typed(Box::new(typed)),
        Err(error) => {
            let text = error.render().to_string();
            match error.kind() {
                ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => Parsed::Text { text, exit: 0 },
                _ => Parsed::Text {
                    text: match text.strip_prefix("error: ") {
                        Some(rest) => format!("weir: {rest}"),
                        None => text,
                    },
                    exit: 2,
                },
            }
        }
    }
}

/// Returns the completions for a shell.
#[must_use]
pub fn completions(shell: clap_complete::Shell) -> String {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Top::command(), "weir", &mut script);
    String::from_utf8_lossy(&script).into_owned()
}

fn step(command: Command) -> Result<TypedStep, clap::Error> {
    let request = match command {
        Command::Init { folder } => return Ok(TypedStep::Local(Local::Init { folder })),
        Command::Run => return Ok(TypedStep::Local(Local::Run)),
        Command::Check => return Ok(TypedStep::Local(Local::Check)),
        Command::Demo => return Ok(TypedStep::Local(Local::Demo)),
        Command::Completions { shell } => return Ok(TypedStep::Completions(shell)),
        Command::Config(Config::Show) => Request::ConfigShow,
        Command::Status => Request::Status,
        Command::Verify => Request::Verify,
        Command::Jobs { action } => jobs(action),
        Command::Plan { days } => Request::Plan { days },
        Command::Import(Import::Subscribers { file, dry_run }) => Request::ImportSubscribers {
            file: named(file),
            dry_run,
        },
        Command::Subscriber(action) => subscriber(*action)?,
        Command::Pay(words) => pay(words)?,
        Command::Adjust {
            username,
            amount,
            comment,
        } => Request::Adjust {
            username,
            amount,
            comment,
        },
        Command::Ledger { username } => Request::Ledger { username },
        Command::Logs {
            kind,
            since,
            until,
            user,
            limit,
        } => Request::Logs {
            kind,
            since,
            until,
            user,
            limit,
        },
        Command::Clock { action: None } => Request::ClockShow,
        Command::Clock {
            action: Some(Clock::Confirm { yes }),
        } => Request::ClockConfirm { yes, shown: None },
        Command::Router(action) => match action {
            Router::List(which) => Request::RouterList { name: which.name },
            Router::Probe(which) => Request::RouterProbe { name: which.name },
            Router::Diff(which) => Request::RouterDiff { name: which.name },
            Router::Reconcile(which) => Request::RouterReconcile { name: which.name },
            Router::History { which, since, until } => Request::RouterHistory {
                name: which.name,
                since,
                until,
            },
            Router::Trust { name } => Request::RouterTrust { name },
        },
        Command::Approve {
            what,
            router,
            refuse,
            dry_run,
        } => Request::Approve {
            what: waiting_thing(what, router)?,
            refuse,
            dry_run,
        },
        Command::Outbox { action, state, limit } => match action {
            None => Request::Outbox { state, limit },
            Some(Outbox::Test { to, gateway }) => Request::OutboxTest { to, gateway },
            Some(Outbox::Resend { id }) => Request::OutboxResend { id },
        },
        Command::Stats {
            username,
            package,
            since,
            until,
            csv,
        } => Request::Stats {
            username,
            package,
            since,
            until,
            csv,
        },
        Command::Report { month, email } => Request::Report { month, email },
        Command::Metrics => Request::Metrics,
    };
    Ok(TypedStep::Ask(Box::new(request)))
}

fn jobs(action: Option<Jobs>) -> Request {
    match action {
        None => Request::JobsList,
        Some(Jobs::Show { name }) => Request::JobsShow { name },
        Some(Jobs::History { name, limit }) => Request::JobsHistory { name, limit },
        Some(Jobs::Run { name, dry_run }) => Request::JobsRun { name, dry_run },
        Some(Jobs::Pause { name }) => Request::JobsPause { name },
        Some(Jobs::Resume { name }) => Request::JobsResume { name },
    }
}

fn subscriber(action: Subscriber) -> Result<Request, clap::Error> {
    Ok(match action {
        Subscriber::List => Request::SubscriberList,
        Subscriber::Show(who) => Request::SubscriberShow { username: who.username },
        Subscriber::Add {
            who,
            fields,
            balance,
            debited,
        } => Request::SubscriberAdd {
            username: who.username,
            fields: stated(fields),
            balance,
            debited,
        },
        Subscriber::Set { who, fields } => {
            let fields = stated(fields);
            if fields == SubscriberFields::default() {
                return Err(wrong(
                    &["subscriber", "set"],
                    ErrorKind::MissingRequiredArgument,
                    "say what to set, such as `--package home-20`",
                ));
            }
            Request::SubscriberSet {
                username: who.username,
                fields,
            }
        }
        Subscriber::Extend { who, until } => Request::SubscriberExtend {
            username: who.username,
            until,
        },
        Subscriber::Hold { who, on, off, comment } => Request::SubscriberHold {
            username: who.username,
            access: match (on, off) {
                (true, _) => Some(Access::On),
                (false, true) => Some(Access::Off),
                (false, false) => None,
            },
            comment,
        },
        Subscriber::Release(who) => Request::SubscriberRelease { username: who.username },
        Subscriber::Close(who) => Request::SubscriberClose { username: who.username },
        Subscriber::Reopen(who) => Request::SubscriberReopen { username: who.username },
        Subscriber::Explain(who) => Request::SubscriberExplain { username: who.username },
    })
}

fn stated(fields: Fields) -> SubscriberFields {
    SubscriberFields {
        name: fields.name,
        phone: fields.phone,
        account: fields.account,
        package: fields.package,
        router: fields.router,
        service: fields.service,
        address: fields.address,
        login: fields.login,
        rate: fields.rate,
        profile: fields.profile,
        expires_on: fields.expires_on,
    }
}

fn pay(words: Pay) -> Result<Request, clap::Error> {
    let Pay {
        action,
        username,
        amount,
        reference,
        source,
        date,
        file,
        unmatched,
    } = words;
    if let Some(action) = action {
        // clap can refuse this by itself, but then `pay --json assign …` would take `assign` for a username.
        let more = [&username, &amount, &reference, &source, &date, &file];
        if unmatched || more.into_iter().any(Option::is_some) {
            return Err(wrong(
                &["pay"],
                ErrorKind::ArgumentConflict,
                "`assign`, `reverse` and `move` come right after `pay` and take no other options",
            ));
        }
        return Ok(match action {
            PayAction::Assign { reference, username } => Request::PayAssign { reference, username },
            PayAction::Reverse { reference } => Request::PayReverse { reference },
            PayAction::Move { reference, username } => Request::PayMove { reference, username },
        });
    }
    match (file, unmatched, username, amount, reference) {
        (Some(file), ..) => Ok(Request::PayFile { file: named(file) }),
        (None, true, ..) => Ok(Request::PayUnmatched),
        (None, false, Some(username), Some(amount), Some(reference)) => Ok(Request::Pay {
            username,
            amount,
            reference,
            source,
            date,
        }),
        (None, false, ..) => Err(wrong(
            &["pay"],
            ErrorKind::MissingRequiredArgument,
            "give the username, the amount and `--ref`",
        )),
    }
}

/// Parses the name of what waits; a router follows `reconcile` alone, after a slash or a blank.
fn waiting_thing(what: Option<String>, router: Option<String>) -> Result<Option<String>, clap::Error> {
    let is_one = |word: &str| {
        let router = word.strip_prefix("reconcile/");
        matches!(word, "disconnect" | "import") || router.is_some_and(|router| !router.is_empty())
    };
    match (what, router) {
        (Some(what), Some(router)) if what == "reconcile" => Ok(Some(format!("reconcile/{router}"))),
        (what, None) if what.as_deref().is_none_or(is_one) => Ok(what),
        (what, router) => {
            let typed: Vec<String> = what.into_iter().chain(router).collect();
            let message = format!(
                "nothing can wait for approval as `{}`; name `disconnect`, `import` or `reconcile/ROUTER`",
                typed.join(" ")
            );
            Err(wrong(&["approve"], ErrorKind::InvalidValue, &message))
        }
    }
}

fn named(name: String) -> FileBody {
    FileBody {
        name,
        bytes: Vec::new(),
    }
}

/// Returns a usage error in clap's form, with the usage of the command that `words` lead to.
fn wrong(words: &[&str], kind: ErrorKind, message: &str) -> clap::Error {
    let mut top = Top::command();
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
