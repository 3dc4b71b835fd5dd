//! Which words does the command line have?
//!
//! The only place that names commands and options; help, completions and usage errors all come from here. Amounts, days
//! and names stay as they were typed. Must never know what a command does.

use std::path::PathBuf;

use clap::builder::PossibleValuesParser;
use clap::{Args, Parser, Subcommand};

use crate::model::message::MessageState;
use crate::model::record::LogKind;
use crate::model::subscriber::Service;

/// Days that `plan` looks ahead unless told.
const PLAN_DAYS: u32 = 7;
/// Days that `plan` looks ahead at most.
const PLAN_DAYS_MAX: i64 = 366;
/// Records that `logs` and `jobs history` show unless told.
const RECORDS: u32 = 1000;
/// Records that `logs` and `jobs history` show at most.
const RECORDS_MAX: i64 = 1_000_000;

const TOP_HELP: &str = "\
Examples:
  weir init hilltop                            begin a site in a new folder
  weir --config hilltop/site.toml check        is the configuration right?
  weir status                                  how does the site stand?
  weir pay amina 1500.00 --ref QK4XW2          take a payment
  weir plan --days 3 --json                    what will happen, for a script

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
    /// Answer as JSON, for scripts
    #[arg(long, global = true, help_heading = "Global options")]
    pub(crate) json: bool,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Begin a site: a commented site.toml, a secrets folder, a sample of subscribers
    #[command(after_help = "Never overwrites. Example:\n  weir init hilltop")]
    Init {
        /// The folder to make
        folder: PathBuf,
    },
    /// Run the service: scheduler, router workers, control socket
    #[command(after_help = "Stops on SIGTERM, takes a changed site.toml in on SIGHUP.")]
    Run,
    /// Check the configuration and name everything that is wrong with it
    #[command(after_help = "Example:\n  weir --config hilltop/site.toml check")]
    Check,
    /// Show the configuration
    #[command(subcommand, arg_required_else_help = true)]
    Config(Config),
    /// Tell how the site stands
    Status,
    /// List the jobs, or look after one of them
    #[command(after_help = "Examples:\n  weir jobs\n  weir jobs history billing\n  weir jobs run disconnect --dry-run")]
    Jobs {
        #[command(subcommand)]
        action: Option<Jobs>,
    },
    /// Tell what the coming days will do, to whom, for how much
    #[command(after_help = "Example:\n  weir plan --days 30")]
    Plan {
        /// How many days, today included
        #[arg(long, value_name = "N", default_value_t = PLAN_DAYS)]
        #[arg(value_parser = clap::value_parser!(u32).range(1..=PLAN_DAYS_MAX))]
        days: u32,
    },
    /// Bring data in
    #[command(subcommand, arg_required_else_help = true)]
    Import(Import),
    /// List, show and change subscribers
    #[command(subcommand, arg_required_else_help = true)]
    Subscriber(Box<Subscriber>),
    /// Take payments, and set right what became of them
    #[command(after_help = PAY_HELP, subcommand_negates_reqs = true, disable_help_subcommand = true)]
    #[command(arg_required_else_help = true, override_usage = PAY_USAGE)]
    Pay(Pay),
    /// Correct a balance by hand
    #[command(
        after_help = "Examples:\n  weir adjust amina 200.00 --comment \"two days without service\"\n  \
                            weir adjust amina -50.00 --comment \"router returned damaged\""
    )]
    Adjust {
        /// Whose wallet
        username: String,
        /// By how much: 50.00, or -50.00
        #[arg(allow_negative_numbers = true)]
        amount: String,
        /// Why
        #[arg(long, value_name = "TEXT")]
        comment: String,
    },
    /// Show the entries of a wallet, oldest first
    Ledger {
        /// Whose wallet
        username: String,
    },
    /// Show the log, newest first
    #[command(after_help = "Examples:\n  weir logs disconnect --since 2027-03-01\n  weir logs --user amina")]
    Logs {
        /// One kind of records only
        #[arg(value_parser = PossibleValuesParser::new(LogKind::ALL.map(LogKind::as_str)))]
        kind: Option<String>,
        /// From this day on
        #[arg(long, value_name = "DAY")]
        since: Option<String>,
        /// Through this day
        #[arg(long, value_name = "DAY")]
        until: Option<String>,
        /// About this subscriber
        #[arg(long, value_name = "USERNAME")]
        user: Option<String>,
        /// At most so many records
        #[arg(long, value_name = "N", default_value_t = RECORDS)]
        #[arg(value_parser = clap::value_parser!(u32).range(1..=RECORDS_MAX))]
        limit: u32,
    },
    /// Look at the routers, and make them match the ledger
    #[command(subcommand, arg_required_else_help = true)]
    #[command(after_help = "Examples:\n  weir router probe core\n  weir router diff\n  weir router reconcile core")]
    Router(Router),
    /// Tell whether the clock is believed, who says what time it is, and what waits
    #[command(after_help = CLOCK_HELP)]
    Clock {
        #[command(subcommand)]
        action: Option<Clock>,
    },
    /// Decide what waits because it would cut off too many at once
    #[command(after_help = APPROVE_HELP)]
    Approve {
        /// `disconnect`, `import` or `reconcile/ROUTER`; may be left out where one thing waits
        what: Option<String>,
        /// The router, where it is not part of WHAT
        #[arg(hide = true)]
        router: Option<String>,
        /// Leave them as they are, and record why
        #[arg(long, value_name = "TEXT", conflicts_with = "dry_run")]
        refuse: Option<String>,
        /// Only list whom it would cut off now, and who is spared
        #[arg(long)]
        dry_run: bool,
    },
    /// Show the messages, newest first, or try a gateway
    #[command(
        after_help = "Examples:\n  weir outbox --state unknown\n  weir outbox test +254700000001\n  weir outbox resend 17"
    )]
    Outbox {
        #[command(subcommand)]
        action: Option<Outbox>,
        /// Only those in this state
        #[arg(long, value_parser = PossibleValuesParser::new(MessageState::ALL.map(MessageState::as_str)))]
        state: Option<String>,
        /// At most so many
        #[arg(long, value_name = "N", default_value_t = RECORDS)]
        #[arg(value_parser = clap::value_parser!(u32).range(1..=RECORDS_MAX))]
        limit: u32,
    },
    /// Tell who paid when: the site, one package, one subscriber
    #[command(
        after_help = "Examples:\n  weir stats --since 2027-01-01 --until 2027-03-31\n  weir stats amina\n  weir stats --package home-10 --csv"
    )]
    Stats {
        /// One subscriber only
        username: Option<String>,
        /// Those with this package only
        #[arg(long, value_name = "PACKAGE", conflicts_with = "username")]
        package: Option<String>,
        /// From this day on
        #[arg(long, value_name = "DAY")]
        since: Option<String>,
        /// Through this day
        #[arg(long, value_name = "DAY")]
        until: Option<String>,
        /// As CSV
        #[arg(long)]
        csv: bool,
    },
    /// Print the report of a month as one page of HTML
    #[command(after_help = "Examples:\n  weir report --month 2027-03 > march.html\n  weir report --email")]
    Report {
        /// Which month, as 2027-03; without it the last whole one
        #[arg(long, value_name = "MONTH")]
        month: Option<String>,
        /// Send it to the addresses of [alerts] instead
        #[arg(long)]
        email: bool,
    },
    /// Print figures in the text format of Prometheus
    Metrics,
    /// Recompute every law of the ledger and name what breaks one
    Verify,
    /// Play a month at a small provider, with a simulated router, in a temporary folder
    Demo,
    /// Print the completions for a shell
    #[command(after_help = "Example:\n  weir completions bash > /etc/bash_completion.d/weir")]
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Config {
    /// Show what is in force and where it came from
    Show,
}

const CLOCK_HELP: &str = "\
Examples:
  weir clock
  weir clock confirm            the clock is right, whatever speaks against it";

const CONFIRM_HELP: &str = "\
Shows what it will change and asks; without a terminal it takes `--yes`.
The word holds until the clock jumps. Where a wrong clock has recorded what
lies ahead, it also sets every job's last occurrence back, brings back whom
that clock cut off too early, and lists the entries dated after now: they stay.";

#[derive(Debug, Subcommand)]
pub(crate) enum Clock {
    /// Say that the clock is right
    #[command(after_help = CONFIRM_HELP)]
    Confirm {
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Outbox {
    /// Send one message now, and tell what came back
    Test {
        /// A phone number, or an address of e-mail
        to: String,
        /// By this gateway only
        #[arg(long, value_name = "NAME")]
        gateway: Option<String>,
    },
    /// Send a message once more, although it may have arrived
    Resend {
        /// Its number
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
    /// Show what became of a job's occurrences, newest first
    History {
        /// The job
        name: String,
        /// At most so many records
        #[arg(long, value_name = "N", default_value_t = RECORDS)]
        #[arg(value_parser = clap::value_parser!(u32).range(1..=RECORDS_MAX))]
        limit: u32,
    },
    /// Run a job now, after the missed occurrences that it catches up
    Run {
        /// The job
        name: String,
        /// Only say what it would do, to whom, for how much
        #[arg(long)]
        dry_run: bool,
    },
    /// Let a job rest until it is resumed
    Pause {
        /// The job
        name: String,
    },
    /// Let a paused job go on
    Resume {
        /// The job
        name: String,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Import {
    /// Take subscribers in from a CSV file, all or none
    #[command(after_help = IMPORT_HELP)]
    Subscribers {
        /// The CSV file
        file: String,
        /// Only say what it would change
        #[arg(long)]
        dry_run: bool,
    },
}

const IMPORT_HELP: &str = "\
Columns: username,name,phone,account,package,router,service,address,expires_on,
balance and, if wanted, login,debited. Example:
  weir import subscribers subscribers.csv --dry-run";

const APPROVE_HELP: &str = "\
Each of them is decided afresh: who has paid since is left alone. Examples:
  weir approve --dry-run
  weir approve disconnect
  weir approve disconnect --refuse \"the bank was closed until today\"";

const SUBSCRIBER_HELP: &str = "\
An empty text clears a field. Examples:
  weir subscriber set amina --package home-20
  weir subscriber set amina --profile ''";

#[derive(Debug, Subcommand)]
pub(crate) enum Subscriber {
    /// List all subscribers
    List,
    /// Show one subscriber
    Show(Who),
    /// Take in a subscriber
    #[command(after_help = "Example:\n  weir subscriber add amina --package home-10 --expires-on 2027-03-31")]
    Add {
        #[command(flatten)]
        who: Who,
        #[command(flatten)]
        fields: Fields,
        /// The balance they bring along, below zero for a debt
        #[arg(long, value_name = "AMOUNT", allow_negative_numbers = true)]
        balance: Option<String>,
        /// Whether the old system has charged the due day already
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
    /// Take a promise to pay: moves the cut-off, nothing else
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
        /// With service meanwhile
        #[arg(long, conflicts_with = "off")]
        on: bool,
        /// Without service meanwhile
        #[arg(long)]
        off: bool,
        /// Why
        #[arg(long, value_name = "TEXT")]
        comment: Option<String>,
    },
    /// End a hold
    Release(Who),
    /// End a subscription; the balance stays visible
    Close(Who),
    /// Take a closed subscriber back
    Reopen(Who),
    /// Tell why a subscriber is on or off, and what happens next
    Explain(Who),
}

#[derive(Debug, Args)]
pub(crate) struct Who {
    /// The subscriber; one that begins with a dash goes last, after `--`
    pub(crate) username: String,
}

#[derive(Debug, Args)]
pub(crate) struct Fields {
    /// What the customer is called
    #[arg(long, value_name = "TEXT")]
    pub(crate) name: Option<String>,
    /// The phone number
    #[arg(long, value_name = "NUMBER")]
    pub(crate) phone: Option<String>,
    /// The account stated when paying
    #[arg(long, value_name = "TEXT")]
    pub(crate) account: Option<String>,
    /// The package
    #[arg(long, value_name = "NAME")]
    pub(crate) package: Option<String>,
    /// The router that serves them
    #[arg(long, value_name = "NAME")]
    pub(crate) router: Option<String>,
    /// How they are connected
    #[arg(long, value_name = "KIND", value_parser = PossibleValuesParser::new(Service::ALL.map(Service::as_str)))]
    pub(crate) service: Option<String>,
    /// The fixed address
    #[arg(long, value_name = "IP")]
    pub(crate) address: Option<String>,
    /// The name on the router, where it is not the username
    #[arg(long, value_name = "TEXT")]
    pub(crate) login: Option<String>,
    /// A rate of their own, such as 10M/10M
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
The same payment again changes nothing, so that a try can be repeated.";

#[derive(Debug, Args)]
pub(crate) struct Pay {
    #[command(subcommand)]
    pub(crate) action: Option<PayAction>,
    /// Who is paid for
    #[arg(required_unless_present_any = ["file", "unmatched"])]
    pub(crate) username: Option<String>,
    /// How much, such as 1500.00
    #[arg(required_unless_present_any = ["file", "unmatched"], allow_negative_numbers = true)]
    pub(crate) amount: Option<String>,
    /// The payment's reference, such as a receipt's number
    #[arg(long = "ref", value_name = "REF", required_unless_present_any = ["file", "unmatched"])]
    pub(crate) reference: Option<String>,
    /// Where it came from, such as M-Pesa
    #[arg(long, value_name = "S")]
    pub(crate) source: Option<String>,
    /// The day it was made
    #[arg(long, value_name = "DAY")]
    pub(crate) date: Option<String>,
    /// A statement with many payments
    #[arg(long, value_name = "STATEMENT.csv")]
    #[arg(conflicts_with_all = ["username", "amount", "reference", "source", "date", "unmatched"])]
    pub(crate) file: Option<String>,
    /// Show the payments that matched nobody
    #[arg(long, conflicts_with_all = ["username", "amount", "reference", "source", "date"])]
    pub(crate) unmatched: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum PayAction {
    /// Give an unmatched payment to a subscriber
    Assign {
        /// The payment's reference
        reference: String,
        /// Whose it is
        username: String,
    },
    /// Take a payment back
    Reverse {
        /// The payment's reference
        reference: String,
    },
    /// Give a payment to another subscriber
    Move {
        /// The payment's reference
        reference: String,
        /// Whose it is
        username: String,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Router {
    /// Show how the routers stood when last asked
    List(Which),
    /// Log in now and tell how they stand
    Probe(Which),
    /// Show where routers and ledger disagree
    Diff(Which),
    /// Make the routers match the ledger
    Reconcile(Which),
    /// Tell what was wrong and for how long, and how much of the time all was well
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
    /// Say that the box which answers now is the right one
    Trust {
        /// Which router
        name: String,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Which {
    /// One router only
    pub(crate) name: Option<String>,
}
