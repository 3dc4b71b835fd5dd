//! Which commands and options does the command line have?
//!
//! The only place that names them; help, completions and usage errors all come from here. Amounts, days and names stay
//! as they were typed. Must never know what a command does.

use std::path::PathBuf;

use clap::builder::PossibleValuesParser;
use clap::{Args, Parser, Subcommand};

use crate::model::message::MessageState;
use crate::model::record::LogKind;
use crate::model::subscriber::Service;

/// Days that `plan` looks ahead by default.
const PLAN_DAYS: u32 = 7;
/// Days that `plan` looks ahead at most.
const PLAN_DAYS_MAX: i64 = 366;
/// Records that `logs` and `jobs history` show by default.
const RECORDS: u32 = 1000;
/// Records that `logs` and `jobs history` show at most.
const RECORDS_MAX: i64 = 1_000_000;

const TOP_HELP: &str = "\
Examples:
  weir init hilltop                            set up a site in a new folder
  weir --config hilltop/site.toml check        check the configuration
  weir status                                  show site status
  weir pay amina 1500.00 --ref QK4XW2          record a payment
  weir plan --days 3 --json                    show what comes, as JSON

Exit codes: 0 done, 1 refused or failed, 2 the command was typed wrongly";

/// Billing and access appliance of one MikroTik router site
#[derive(Debug, Parser)]
#[command(name = "weir", version, max_term_width = 80, after_help = TOP_HELP)]
#[command(subcommand_required = true, arg_required_else_help = true)]
pub(crate) struct Top {
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
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
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
    /// Show the configuration
    #[command(subcommand, arg_required_else_help = true)]
    Config(Config),
    /// Show site status
    Status,
    /// List jobs, or show, run, pause or resume one
    #[command(after_help = "Examples:\n  weir jobs\n  weir jobs history billing\n  weir jobs run disconnect --dry-run")]
    Jobs {
        #[command(subcommand)]
        action: Option<Jobs>,
    },
    /// Show what the coming days will do, to whom, and for how much
    #[command(after_help = "Example:\n  weir plan --days 30")]
    Plan {
        /// How many days, today included
        #[arg(long, value_name = "N", default_value_t = PLAN_DAYS)]
        #[arg(value_parser = clap::value_parser!(u32).range(1..=PLAN_DAYS_MAX))]
        days: u32,
    },
    /// Import data
    #[command(subcommand, arg_required_else_help = true)]
    Import(Import),
    /// List, show and change subscribers
    #[command(subcommand, arg_required_else_help = true)]
    Subscriber(Box<Subscriber>),
    /// Record payments, and assign, reverse or move them
    #[command(after_help = PAY_HELP, subcommand_negates_reqs = true, disable_help_subcommand = true)]
    #[command(arg_required_else_help = true, override_usage = PAY_USAGE)]
    Pay(Pay),
    /// Correct a balance by hand
    #[command(
        after_help = "Examples:\n  weir adjust amina 200.00 --comment \"two days without service\"\n  \
                            weir adjust amina -50.00 --comment \"router returned damaged\""
    )]
    Adjust {
        /// The subscriber
        username: String,
        /// The amount to add, for example 50.00 or -50.00
        #[arg(allow_negative_numbers = true)]
        amount: String,
        /// The reason
        #[arg(long, value_name = "TEXT")]
        comment: String,
    },
    /// Show the entries of a wallet, oldest first
    Ledger {
        /// The subscriber
        username: String,
    },
    /// Show the log, newest first
    #[command(after_help = "Examples:\n  weir logs disconnect --since 2027-03-01\n  weir logs --user amina")]
    Logs {
        /// Only records of this kind
        #[arg(value_parser = PossibleValuesParser::new(LogKind::ALL.map(LogKind::as_str)))]
        kind: Option<String>,
        /// From this day on
        #[arg(long, value_name = "DAY")]
        since: Option<String>,
        /// Through this day
        #[arg(long, value_name = "DAY")]
        until: Option<String>,
        /// Only records about this subscriber
        #[arg(long, value_name = "USERNAME")]
        user: Option<String>,
        /// The most records to show
        #[arg(long, value_name = "N", default_value_t = RECORDS)]
        #[arg(value_parser = clap::value_parser!(u32).range(1..=RECORDS_MAX))]
        limit: u32,
    },
    /// Show routers, and make them match what Weir decided
    #[command(subcommand, arg_required_else_help = true)]
    #[command(after_help = "Examples:\n  weir router probe core\n  weir router diff\n  weir router reconcile core")]
    Router(Router),
    /// Show whether the clock is trusted and why, and what waits for it
    #[command(after_help = CLOCK_HELP)]
    Clock {
        #[command(subcommand)]
        action: Option<Clock>,
    },
    /// Approve or refuse what would cut off too many at once
    #[command(after_help = APPROVE_HELP)]
    Approve {
        /// `disconnect`, `import` or `reconcile/ROUTER`; needed only if several wait
        what: Option<String>,
        /// The router, if it is not part of WHAT
        #[arg(hide = true)]
        router: Option<String>,
        /// Refuse it, and record why
        #[arg(long, value_name = "TEXT", conflicts_with = "dry_run")]
        refuse: Option<String>,
        /// Only list who would be cut off now, and who no longer
        #[arg(long)]
        dry_run: bool,
    },
    /// List messages, newest first, or send a test message
    #[command(
        after_help = "Examples:\n  weir outbox --state unknown\n  weir outbox test +254700000001\n  weir outbox resend 17"
    )]
    Outbox {
        #[command(subcommand)]
        action: Option<Outbox>,
        /// Only messages in this state
        #[arg(long, value_parser = PossibleValuesParser::new(MessageState::ALL.map(MessageState::as_str)))]
        state: Option<String>,
        /// The most messages to show
        #[arg(long, value_name = "N", default_value_t = RECORDS)]
        #[arg(value_parser = clap::value_parser!(u32).range(1..=RECORDS_MAX))]
        limit: u32,
    },
    /// Show who paid and when: for the site, a package or a subscriber
    #[command(
        after_help = "Examples:\n  weir stats --since 2027-01-01 --until 2027-03-31\n  weir stats amina\n  weir stats --package home-10 --csv"
    )]
    Stats {
        /// Only this subscriber
        username: Option<String>,
        /// Only subscribers with this package
        #[arg(long, value_name = "PACKAGE", conflicts_with = "username")]
        package: Option<String>,
        /// From this day on
        #[arg(long, value_name = "DAY")]
        since: Option<String>,
        /// Through this day
        #[arg(long, value_name = "DAY")]
        until: Option<String>,
        /// Print CSV
        #[arg(long)]
        csv: bool,
    },
    /// Print the report of a month as one page of HTML
    #[command(after_help = "Examples:\n  weir report --month 2027-03 > march.html\n  weir report --email")]
    Report {
        /// The month, for example 2027-03 [default: the last whole month]
        #[arg(long, value_name = "MONTH")]
        month: Option<String>,
        /// Mail it to the addresses of [alerts] instead
        #[arg(long)]
        email: bool,
    },
    /// Print figures in the text format of Prometheus
    Metrics,
    /// Check every law of the books and list what breaks one
    Verify,
    /// Play a month at a small provider, with a simulated router
    Demo,
    /// Print shell completions
    #[command(after_help = "Example:\n  weir completions bash > /etc/bash_completion.d/weir")]
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Config {
    /// Show the configuration in force and where it came from
    Show,
}

const CLOCK_HELP: &str = "\
Examples:
  weir clock
  weir clock confirm            confirm that the clock is right";

const CONFIRM_HELP: &str = "\
Shows what it will change, then asks; without a terminal it needs `--yes`.
The confirmation holds until the clock jumps. If a wrong clock has left records
from the future, it also sets every job's last occurrence back, brings back
subscribers whom that clock cut off too early, and lists the ledger entries
dated after now, which stay.";

#[derive(Debug, Subcommand)]
pub(crate) enum Clock {
    /// Confirm the clock
    #[command(after_help = CONFIRM_HELP)]
    Confirm {
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Outbox {
    /// Send one message now and show the answer
    Test {
        /// A phone number or an e-mail address
        to: String,
        /// Use only this gateway
        #[arg(long, value_name = "NAME")]
        gateway: Option<String>,
    },
    /// Send a message again, although it may have arrived
    Resend {
        /// Its number in `weir outbox`
        id: u64,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Jobs {
    /// Show one job
    Show {
        /// The job
        name: String,
    },
    /// Show a job's history, newest first
    History {
        /// The job
        name: String,
        /// The most records to show
        #[arg(long, value_name = "N", default_value_t = RECORDS)]
        #[arg(value_parser = clap::value_parser!(u32).range(1..=RECORDS_MAX))]
        limit: u32,
    },
    /// Run a job now, after catching up the runs it missed
    Run {
        /// The job
        name: String,
        /// Only show what it would do, to whom, and for how much
        #[arg(long)]
        dry_run: bool,
    },
    /// Pause a job until it is resumed
    Pause {
        /// The job
        name: String,
    },
    /// Resume a paused job
    Resume {
        /// The job
        name: String,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Import {
    /// Import subscribers from a CSV file, all or none
    #[command(after_help = IMPORT_HELP)]
    Subscribers {
        /// The CSV file
        file: String,
        /// Only show what it would change
        #[arg(long)]
        dry_run: bool,
    },
}

const IMPORT_HELP: &str = "\
Columns: username,name,phone,account,package,router,service,address,expires_on,
balance, and optionally login,debited. Example:
  weir import subscribers subscribers.csv --dry-run";

const APPROVE_HELP: &str = "\
Decides each subscriber again: those who have paid meanwhile stay on. Examples:
  weir approve --dry-run
  weir approve disconnect
  weir approve disconnect --refuse \"the bank was closed until today\"";

const SUBSCRIBER_HELP: &str = "\
An empty value ('') clears a field. Examples:
  weir subscriber set amina --package home-20
  weir subscriber set amina --profile ''";

#[derive(Debug, Subcommand)]
pub(crate) enum Subscriber {
    /// List all subscribers
    List,
    /// Show one subscriber
    Show(Who),
    /// Add a subscriber
    #[command(after_help = "Example:\n  weir subscriber add amina --package home-10 --expires-on 2027-03-31")]
    Add {
        #[command(flatten)]
        who: Who,
        #[command(flatten)]
        fields: Fields,
        /// The opening balance, below zero for a debt
        #[arg(long, value_name = "AMOUNT", allow_negative_numbers = true)]
        balance: Option<String>,
        /// Whether the old system has already charged the due day
        #[arg(long, value_name = "YES|NO", value_parser = ["yes", "no"])]
        debited: Option<String>,
    },
    /// Change a subscriber
    #[command(after_help = SUBSCRIBER_HELP)]
    Set {
        #[command(flatten)]
        who: Who,
        #[command(flatten)]
        fields: Fields,
    },
    /// Record a promise to pay: moves the cut-off, nothing else
    Extend {
        #[command(flatten)]
        who: Who,
        /// The last day of service
        #[arg(long, value_name = "DAY")]
        until: String,
    },
    /// Freeze a subscriber: no job touches them until released
    Hold {
        #[command(flatten)]
        who: Who,
        /// Keep service on meanwhile
        #[arg(long, conflicts_with = "off")]
        on: bool,
        /// Keep service off meanwhile
        #[arg(long)]
        off: bool,
        /// The reason
        #[arg(long, value_name = "TEXT")]
        comment: Option<String>,
    },
    /// End a hold
    Release(Who),
    /// End a subscription; the balance stays visible
    Close(Who),
    /// Reopen a closed subscription
    Reopen(Who),
    /// Explain why a subscriber is on or off, and what comes next
    Explain(Who),
}

#[derive(Debug, Args)]
pub(crate) struct Who {
    /// The subscriber; a name that begins with a dash goes last, after `--`
    pub(crate) username: String,
}

#[derive(Debug, Args)]
pub(crate) struct Fields {
    /// The customer's name
    #[arg(long, value_name = "TEXT")]
    pub(crate) name: Option<String>,
    /// The phone number
    #[arg(long, value_name = "NUMBER")]
    pub(crate) phone: Option<String>,
    /// The account number that the customer states when paying
    #[arg(long, value_name = "TEXT")]
    pub(crate) account: Option<String>,
    /// The package
    #[arg(long, value_name = "NAME")]
    pub(crate) package: Option<String>,
    /// The router that serves the subscriber
    #[arg(long, value_name = "NAME")]
    pub(crate) router: Option<String>,
    /// The kind of connection
    #[arg(long, value_name = "KIND", value_parser = PossibleValuesParser::new(Service::ALL.map(Service::as_str)))]
    pub(crate) service: Option<String>,
    /// The fixed IP address
    #[arg(long, value_name = "IP")]
    pub(crate) address: Option<String>,
    /// The name on the router, if it differs from the username
    #[arg(long, value_name = "TEXT")]
    pub(crate) login: Option<String>,
    /// A rate of their own, for example 10M/10M
    #[arg(long, value_name = "RATE")]
    pub(crate) rate: Option<String>,
    /// A profile of their own on the router
    #[arg(long, value_name = "TEXT")]
    pub(crate) profile: Option<String>,
    /// The last day paid for
    #[arg(long, value_name = "DAY")]
    pub(crate) expires_on: Option<String>,
}

const PAY_USAGE: &str = "\
weir pay <USERNAME> <AMOUNT> --ref <REF> [--source <S>] [--date <DAY>]
       weir pay --file <STATEMENT.csv>
       weir pay --unmatched
       weir pay assign <REF> <USERNAME>
       weir pay reverse <REF>
       weir pay move <REF> <USERNAME>";

const PAY_HELP: &str = "\
Examples:
  weir pay amina 1500.00 --ref QK4XW2 --source M-Pesa
  weir pay --file statement.csv
  weir pay --unmatched
  weir pay assign QK4XW2 amina
The same payment again changes nothing, so it is safe to repeat the command.";

#[derive(Debug, Args)]
pub(crate) struct Pay {
    #[command(subcommand)]
    pub(crate) action: Option<PayAction>,
    /// The subscriber
    #[arg(required_unless_present_any = ["file", "unmatched"])]
    pub(crate) username: Option<String>,
    /// The amount, for example 1500.00
    #[arg(required_unless_present_any = ["file", "unmatched"], allow_negative_numbers = true)]
    pub(crate) amount: Option<String>,
    /// The payment's reference, for example a receipt number
    #[arg(long = "ref", value_name = "REF", required_unless_present_any = ["file", "unmatched"])]
    pub(crate) reference: Option<String>,
    /// Where it came from, for example M-Pesa
    #[arg(long, value_name = "S")]
    pub(crate) source: Option<String>,
    /// The day of the payment [default: today]
    #[arg(long, value_name = "DAY")]
    pub(crate) date: Option<String>,
    /// Import the payments of a statement
    #[arg(long, value_name = "STATEMENT.csv")]
    #[arg(conflicts_with_all = ["username", "amount", "reference", "source", "date", "unmatched"])]
    pub(crate) file: Option<String>,
    /// List the payments that matched no subscriber
    #[arg(long, conflicts_with_all = ["username", "amount", "reference", "source", "date"])]
    pub(crate) unmatched: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum PayAction {
    /// Assign an unmatched payment to a subscriber
    Assign {
        /// The payment's reference
        reference: String,
        /// The subscriber who paid
        username: String,
    },
    /// Reverse a payment
    Reverse {
        /// The payment's reference
        reference: String,
    },
    /// Move a payment to another subscriber
    Move {
        /// The payment's reference
        reference: String,
        /// The subscriber who paid
        username: String,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Router {
    /// List the routers as last seen
    List(Which),
    /// Log in to the routers now and show their state
    Probe(Which),
    /// Show where the routers differ from what Weir decided
    Diff(Which),
    /// Make the routers match what Weir decided
    Reconcile(Which),
    /// Show a router's incidents, and how much of the time all was well
    History {
        #[command(flatten)]
        which: Which,
        /// From this day on
        #[arg(long, value_name = "DAY")]
        since: Option<String>,
        /// Through this day
        #[arg(long, value_name = "DAY")]
        until: Option<String>,
    },
    /// Trust the box that answers now
    Trust {
        /// The router
        name: String,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Which {
    /// Only this router
    pub(crate) name: Option<String>,
}
