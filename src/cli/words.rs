//! The command line as clap knows it: global options, the commands that ask no site, and those of the one list.
//!
//! What a command takes stands in its own file, beside what it does; [`crate::commands::request`] lists them. Here the list
//! becomes a tree of words. Help, completions and usage errors all come from it.

use std::path::PathBuf;

use clap::{Args, Command, Subcommand};

use crate::commands::request::{DEFINITIONS, Definition};

const HELP: &str = "\
Examples:
  weir init hilltop                            set up a site in a new folder
  weir --config hilltop/site.toml check        check the configuration
  weir status                                  show site status
  weir pay amina 1500.00 --ref QK4XW2          record a payment
  weir plan --days 3 --json                    show what comes, as JSON

Exit codes: 0 done, 1 refused or failed, 2 the command was typed wrongly";

/// The commands that end the help.
const LAST: [&str; 2] = ["demo", "completions"];

/// Options that every command takes.
#[derive(Debug, Args)]
pub(crate) struct GlobalOptions {
    /// The site's configuration
    #[arg(long, global = true, value_name = "FILE", env = "WEIR_CONFIG")]
    #[arg(
        default_value = "/etc/weir/site.toml",
        hide_env_values = true,
        help_heading = "Global options"
    )]
    pub(crate) config: PathBuf,
    /// Print JSON, for scripts
    #[arg(long, global = true, help_heading = "Global options")]
    pub(crate) json: bool,
}

/// A command that asks no site.
#[derive(Debug, Clone, PartialEq, Eq, Subcommand)]
pub enum Local {
    /// Set up a site: site.toml with comments, secrets, sample subscribers
    #[command(after_help = "Never overwrites anything. Example:\n  weir init hilltop")]
    Init {
        /// The folder to create
        folder: PathBuf,
    },
    /// Run the service: scheduler, router workers, control socket
    #[command(after_help = "Stops on SIGTERM, reads a changed site.toml on SIGHUP.")]
    Run,
    /// Check the configuration and list everything that is wrong
    #[command(after_help = "Example:\n  weir --config hilltop/site.toml check")]
    Check,
    /// Play a month at a small provider, with a simulated router
    Demo,
    /// Print shell completions
    #[command(after_help = "Example:\n  weir completions bash > /etc/bash_completion.d/weir")]
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
}

/// Words that are no command themselves and only lead to others: the word, what the help says of it, and its examples.
const GROUPS: &[(&str, &str, &str)] = &[
    ("config", "Show the configuration", ""),
    ("import", "Import data", ""),
    ("subscriber", "List, show and change subscribers", ""),
    (
        "router",
        "Show routers, and make them match what Weir decided",
        "Examples:\n  weir router probe core\n  weir router diff\n  weir router reconcile core",
    ),
];

/// Returns the whole command line.
pub(crate) fn top() -> Command {
    let mut top = Command::new("weir")
        .about("Billing and access appliance of one MikroTik router site")
        .version(env!("CARGO_PKG_VERSION"))
        .max_term_width(80)
        .after_help(HELP)
        .subcommand_required(true)
        .arg_required_else_help(true);
    let local = Local::augment_subcommands(Command::new("local"));
    let (last, first): (Vec<Command>, Vec<Command>) = local
        .get_subcommands()
        .cloned()
        .partition(|command| LAST.contains(&command.get_name()));
    top = GlobalOptions::augment_args(top);
    // `augment_args` puts the docs of the options in the place of the program's.
    top.about("Billing and access appliance of one MikroTik router site")
        .subcommands(first.into_iter().chain(nodes()).chain(last))
}

/// Returns the tree of the listed commands, in their order.
fn nodes() -> Vec<Command> {
    let mut nodes: Vec<Command> = Vec::new();
    for (definition, define) in DEFINITIONS
        .iter()
        .filter_map(|definition| definition.typing.map(|typing| (definition, typing.define)))
    {
        match words(definition) {
            (word, None) => nodes.push(define(Command::new(word))),
            (group, Some(word)) => {
                let at = nodes.iter().position(|node| node.get_name() == group);
                let node = match at {
                    Some(at) => nodes.remove(at),
                    None => group_of(group),
                };
                let node = node.subcommand(define(Command::new(word)));
                nodes.insert(at.unwrap_or(nodes.len()), node);
            }
        }
    }
    nodes
}

/// Returns the one or two words of a command.
fn words(definition: &Definition) -> (&'static str, Option<&'static str>) {
    match definition.words.split_once(' ') {
        Some((group, word)) => (group, Some(word)),
        None => (definition.words, None),
    }
}

fn group_of(word: &'static str) -> Command {
    let node = Command::new(word)
        .subcommand_required(true)
        .arg_required_else_help(true);
    match GROUPS.iter().find(|(group, ..)| *group == word) {
        Some((_, about, "")) => node.about(*about),
        Some((_, about, examples)) => node.about(*about).after_help(*examples),
        None => node,
    }
}

/// Finds the definition of one or two typed words.
pub(crate) fn definition_of(group: &str, word: Option<&str>) -> Option<&'static Definition> {
    DEFINITIONS
        .iter()
        .find(|definition| definition.typing.is_some() && words(definition) == (group, word))
}
