//! The one list of commands that need the site's data.
//!
//! A line per command: its request, the file that says what it takes and how it is answered, its words, and how it is typed.
//! From it come the requests that travel over the socket, the command line, and which command answers what. Amounts, days and
//! names travel as they were typed, and the command turns them into types, so that a refusal reads the same with and without
//! the service. A field that this version does not know makes the whole request unreadable: an option must never be dropped
//! in silence on the way (an unknown `--dry-run` would act).

use clap::FromArgMatches;
use serde::{Deserialize, Serialize};

use crate::appliance::core::Appliance;
use crate::commands::file_body::FileBody;
use crate::commands::payments::pay::PayTyped;
use crate::commands::{
    Asked, Caller, Progress, Reply, SiteCommand, UsageError, approvals, clock, explain, imports, jobs, messages,
    payments, report, routers, statistics, status, subscribers, system,
};
use crate::model::failure::{Consent, Failure};

/// How a command is typed: its arguments, and how they become a request.
#[derive(Clone, Copy)]
pub struct Typing {
    /// Adds the arguments to a clap command.
    pub define: fn(clap::Command) -> clap::Command,
    /// Turns what clap found into the request.
    pub read: fn(&clap::ArgMatches) -> Result<Request, TypingError>,
}

/// Why arguments are no request.
pub enum TypingError {
    /// clap refuses them.
    Clap(clap::Error),
    /// The command does.
    Usage(UsageError),
}

impl From<clap::Error> for TypingError {
    fn from(error: clap::Error) -> Self {
        Self::Clap(error)
    }
}

impl From<UsageError> for TypingError {
    fn from(error: UsageError) -> Self {
        Self::Usage(error)
    }
}

/// A command of the list.
#[derive(Clone, Copy)]
pub struct Definition {
    /// Its words, such as `subscriber show`.
    pub words: &'static str,
    /// How it is typed; `None` where the words of another command ask for it.
    pub typing: Option<Typing>,
}

/// The typing of one command.
macro_rules! typing {
    ($variant:ident, $command:ty, as_typed) => {
        Some(Typing {
            define: <$command as clap::Args>::augment_args,
            read: |found| {
                let command = <$command as FromArgMatches>::from_arg_matches(found)?;
                command.check()?;
                Ok(Request::$variant(command))
            },
        })
    };
    ($variant:ident, $command:ty, typed($words:ty)) => {
        Some(Typing {
            define: <$words as clap::Args>::augment_args,
            read: |found| {
                let words = <$words as FromArgMatches>::from_arg_matches(found)?;
                Ok(words.sort()?.into())
            },
        })
    };
    ($variant:ident, $command:ty, by_another) => {
        None
    };
}

/// Makes all that follows from the list.
macro_rules! commands {
    ($($variant:ident($command:ty) $words:literal $how:ident $(($typed:ty))?;)*) => {
        /// A command that needs the site's data.
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(deny_unknown_fields)]
        pub enum Request {
            $(
                #[doc = concat!("`weir ", $words, "`")]
                $variant($command),
            )*
        }

        /// The commands, in the order in which the help shows them.
        pub const DEFINITIONS: &[Definition] = &[
            $(Definition { words: $words, typing: typing!($variant, $command, $how $(($typed))?) },)*
        ];

        impl Request {
            /// Returns the words of the command, for the log.
            #[must_use]
            pub const fn name(&self) -> &'static str {
                match self {
                    $(Self::$variant(_) => $words,)*
                }
            }

            /// Answers the command.
            ///
            /// # Errors
            /// When the command is refused or fails, with the way out.
            pub(crate) fn answer(&self, site: &Appliance, asked: &mut Asked<'_>) -> Result<Reply, Failure> {
                match self {
                    $(Self::$variant(command) => command.answer(site, asked),)*
                }
            }

            /// Returns the subscriber whom the command is about, as typed.
            pub(crate) fn whom_mut(&mut self) -> Option<&mut String> {
                match self {
                    $(Self::$variant(command) => command.whom_mut(),)*
                }
            }

            /// Adds the consent of whoever asks to what the command was refused for.
            pub fn agree(&mut self, consent: Consent) {
                match self {
                    $(Self::$variant(command) => command.agree(consent),)*
                }
            }

            /// Returns whether the answer grows with the site.
            #[must_use]
            pub fn has_long_answer(&self) -> bool {
                match self {
                    $(Self::$variant(command) => command.has_long_answer(),)*
                }
            }

            /// Returns the file that the command carries.
            #[must_use]
            pub fn file(&self) -> Option<&FileBody> {
                match self {
                    $(Self::$variant(command) => command.file(),)*
                }
            }

            /// Returns the file that the command carries, to be filled.
            pub fn file_mut(&mut self) -> Option<&mut FileBody> {
                match self {
                    $(Self::$variant(command) => command.file_mut(),)*
                }
            }
        }

        $(
            impl From<$command> for Request {
                fn from(command: $command) -> Self {
                    Self::$variant(command)
                }
            }
        )*
    };
}

commands! {
    StoreCheck(system::store_check::StoreCheck) "check" by_another;
    ConfigShow(system::config_show::ConfigShow) "config show" as_typed;
    Status(status::answer::Status) "status" as_typed;
    JobsList(jobs::list::JobsList) "jobs" as_typed;
    JobsShow(jobs::show::JobsShow) "jobs show" as_typed;
    JobsHistory(jobs::history::JobsHistory) "jobs history" as_typed;
    JobsRun(jobs::run::JobsRun) "jobs run" as_typed;
    JobsPause(jobs::pause::JobsPause) "jobs pause" as_typed;
    JobsResume(jobs::resume::JobsResume) "jobs resume" as_typed;
    Plan(jobs::plan::Plan) "plan" as_typed;
    ImportSubscribers(imports::subscribers::ImportSubscribers) "import subscribers" as_typed;
    SubscriberList(subscribers::list::SubscriberList) "subscriber list" as_typed;
    SubscriberShow(subscribers::show::SubscriberShow) "subscriber show" as_typed;
    SubscriberAdd(subscribers::add::SubscriberAdd) "subscriber add" as_typed;
    SubscriberSet(subscribers::set::SubscriberSet) "subscriber set" as_typed;
    SubscriberExtend(subscribers::extend::SubscriberExtend) "subscriber extend" as_typed;
    SubscriberHold(subscribers::hold::SubscriberHold) "subscriber hold" as_typed;
    SubscriberRelease(subscribers::release::SubscriberRelease) "subscriber release" as_typed;
    SubscriberClose(subscribers::close::SubscriberClose) "subscriber close" as_typed;
    SubscriberReopen(subscribers::reopen::SubscriberReopen) "subscriber reopen" as_typed;
    SubscriberExplain(explain::answer::SubscriberExplain) "subscriber explain" as_typed;
    Find(subscribers::find::Find) "find" as_typed;
    Pay(payments::pay::Pay) "pay" typed(payments::pay::PayWords);
    PayFile(payments::statement::PayFile) "pay --file" by_another;
    PayUnmatched(payments::unmatched::PayUnmatched) "pay --unmatched" by_another;
    PayAssign(payments::assign::PayAssign) "pay assign" as_typed;
    PayReverse(payments::reverse::PayReverse) "pay reverse" as_typed;
    PayMove(payments::move_payment::PayMove) "pay move" as_typed;
    Receipt(payments::receipt::Receipt) "receipt" as_typed;
    Adjust(payments::adjust::Adjust) "adjust" as_typed;
    Ledger(payments::ledger::Ledger) "ledger" as_typed;
    Logs(system::logs::Logs) "logs" as_typed;
    RouterList(routers::list::RouterList) "router list" as_typed;
    RouterProbe(routers::probe::RouterProbe) "router probe" as_typed;
    RouterDiff(routers::diff::RouterDiff) "router diff" as_typed;
    RouterReconcile(routers::reconcile::RouterReconcile) "router reconcile" as_typed;
    RouterHistory(routers::history::RouterHistory) "router history" as_typed;
    RouterTrust(routers::trust::RouterTrust) "router trust" as_typed;
    ClockShow(clock::show::ClockShow) "clock" as_typed;
    ClockConfirm(clock::confirm::ClockConfirm) "clock confirm" as_typed;
    Approve(approvals::approve::Approve) "approve" typed(approvals::approve::ApproveWords);
    Outbox(messages::list::Outbox) "outbox" as_typed;
    OutboxTest(messages::test::OutboxTest) "outbox test" as_typed;
    OutboxResend(messages::resend::OutboxResend) "outbox resend" as_typed;
    Stats(statistics::stats::Stats) "stats" as_typed;
    Report(report::month::Report) "report" as_typed;
    Metrics(status::metrics::Metrics) "metrics" as_typed;
    Verify(system::verify::Verify) "verify" as_typed;
}

impl From<PayTyped> for Request {
    fn from(typed: PayTyped) -> Self {
        match typed {
            PayTyped::One(pay) => pay.into(),
            PayTyped::File(file) => file.into(),
            PayTyped::Unmatched(unmatched) => unmatched.into(),
        }
    }
}

/// One command with everything that its answer depends on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Call {
    /// The request.
    pub request: Request,
    /// Who asks: a user of the box, as `amina` or `uid 1000`. Over the socket the service fills in the user that the
    /// kernel names, whatever the client wrote.
    pub actor: String,
    /// Answer as JSON instead of text.
    pub json: bool,
    /// Columns that a text answer may use.
    pub width: u16,
}

impl Call {
    /// Returns who asks, and how they want the answer.
    #[must_use]
    pub fn caller(&self) -> Caller {
        Caller {
            actor: self.actor.clone(),
            json: self.json,
            width: self.width,
        }
    }
}

/// Answers calls: the commands of a site, in the service or on the opened file.
pub trait Handler: Send + Sync {
    /// Answers one call; blocks until it is done.
    ///
    /// # Errors
    /// When the command is refused or fails, with the way out.
    fn handle(&self, call: &Call, progress: &mut dyn Progress) -> Result<Reply, Failure>;
}
