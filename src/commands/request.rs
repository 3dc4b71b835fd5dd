//! The requests that need the site's data, as they travel over the socket.
//!
//! A variant per command, with plain texts: amounts, days and names travel as they were typed, and the command that handles
//! them turns them into types, so that a refusal reads the same with and without the service. A field that this version
//! does not know makes the whole request unreadable: an option must never be dropped in silence on the way (an
//! unknown `--dry-run` would act). Must never know clap or the socket.

use serde::{Deserialize, Serialize};

use crate::model::subscriber::Access;

/// Bytes of a file that a command may carry: 64 MiB, some 300,000 rows of subscribers.
pub const FILE_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// A file that the command read where it was typed, since the service may not be allowed to read there.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileBody {
    /// The file as the person named it; findings repeat it.
    pub name: String,
    /// Its content as it is: statements are not always UTF-8. Follows the request on the socket as raw bytes, since
    /// JSON would make four bytes of each.
    #[serde(skip)]
    pub bytes: Vec<u8>,
}

/// What a question showed when it was put, sent back with the answer: an answer confirms only the clock that was shown.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShownClock {
    /// What the clock showed, in RFC 3339.
    pub now: String,
    /// For how long the question has been open since, by the client's stopwatch, in seconds.
    pub open_s: u64,
}

/// What can be stated about a subscriber. `None` leaves the field; an empty text clears it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SubscriberFields {
    /// The customer's name.
    pub name: Option<String>,
    /// The phone number.
    pub phone: Option<String>,
    /// The account stated when paying.
    pub account: Option<String>,
    /// The package.
    pub package: Option<String>,
    /// The router.
    pub router: Option<String>,
    /// `pppoe`, `hotspot`, `static` or `dhcp`.
    pub service: Option<String>,
    /// The fixed address.
    pub address: Option<String>,
    /// The name on the router.
    pub login: Option<String>,
    /// A rate of their own.
    pub rate: Option<String>,
    /// A profile of their own.
    pub profile: Option<String>,
    /// The last day paid for.
    pub expires_on: Option<String>,
}

/// A command that needs the site's data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum Request {
    /// `weir status`: the state of the site.
    Status,
    /// `weir verify`: every law of the ledger, recomputed.
    Verify,
    /// `weir config show`: what is in force and where it came from.
    ConfigShow,
    /// `weir jobs`: the registry.
    JobsList,
    /// `weir jobs show NAME`.
    JobsShow {
        /// The job.
        name: String,
    },
    /// `weir jobs history NAME`: what became of its occurrences.
    JobsHistory {
        /// The job.
        name: String,
        /// At most so many records, the newest.
        limit: u32,
    },
    /// `weir jobs run NAME`: now.
    JobsRun {
        /// The job.
        name: String,
        /// Only say what it would do.
        dry_run: bool,
    },
    /// `weir jobs pause NAME`.
    JobsPause {
        /// The job.
        name: String,
    },
    /// `weir jobs resume NAME`.
    JobsResume {
        /// The job.
        name: String,
    },
    /// `weir plan`: what the coming days will do.
    Plan {
        /// How many days, today included.
        days: u32,
    },
    /// `weir import subscribers FILE`.
    ImportSubscribers {
        /// The CSV file.
        file: FileBody,
        /// Only say what it would change.
        dry_run: bool,
    },
    /// `weir subscriber list`.
    SubscriberList,
    /// `weir subscriber show U`.
    SubscriberShow {
        /// Who.
        username: String,
    },
    /// `weir subscriber add U`.
    SubscriberAdd {
        /// The new name.
        username: String,
        /// What is stated.
        fields: SubscriberFields,
        /// The balance brought along.
        balance: Option<String>,
        /// Whether the old system has charged the due day already: `yes` or `no`.
        debited: Option<String>,
    },
    /// `weir subscriber set U`.
    SubscriberSet {
        /// Who.
        username: String,
        /// What changes; at least one is stated.
        fields: SubscriberFields,
    },
    /// `weir subscriber extend U --until DAY`: a promise to pay.
    SubscriberExtend {
        /// Who.
        username: String,
        /// The last day of service.
        until: String,
    },
    /// `weir subscriber hold U`.
    SubscriberHold {
        /// Who.
        username: String,
        /// The access meanwhile; `None` leaves it as it is.
        access: Option<Access>,
        /// Why.
        comment: Option<String>,
    },
    /// `weir subscriber release U`.
    SubscriberRelease {
        /// Who.
        username: String,
    },
    /// `weir subscriber close U`.
    SubscriberClose {
        /// Who.
        username: String,
    },
    /// `weir subscriber reopen U`.
    SubscriberReopen {
        /// Who.
        username: String,
    },
    /// `weir pay U AMOUNT --ref REF`.
    Pay {
        /// Who.
        username: String,
        /// How much.
        amount: String,
        /// The payment's reference.
        reference: String,
        /// Where it came from; `None` means cash.
        source: Option<String>,
        /// The day it was made; `None` means today.
        date: Option<String>,
    },
    /// `weir pay --file FILE`: a statement.
    PayFile {
        /// The statement.
        file: FileBody,
    },
    /// `weir pay --unmatched`: the unmatched payments.
    PayUnmatched,
    /// `weir pay assign REF U`.
    PayAssign {
        /// The reference of an unmatched payment.
        reference: String,
        /// The subscriber.
        username: String,
    },
    /// `weir pay reverse REF`.
    PayReverse {
        /// The payment.
        reference: String,
    },
    /// `weir pay move REF U`.
    PayMove {
        /// The payment.
        reference: String,
        /// The subscriber.
        username: String,
    },
    /// `weir adjust U AMOUNT --comment TEXT`.
    Adjust {
        /// Who.
        username: String,
        /// By how much, signed.
        amount: String,
        /// Why.
        comment: String,
    },
    /// `weir ledger U`.
    Ledger {
        /// Who.
        username: String,
    },
    /// `weir logs [KIND]`.
    Logs {
        /// One stream; `None` means all.
        kind: Option<String>,
        /// From this day on.
        since: Option<String>,
        /// Through this day.
        until: Option<String>,
        /// About this subscriber.
        user: Option<String>,
        /// At most so many records, the newest.
        limit: u32,
    },
    /// `weir clock`: whether it is trusted, what each time source says, what waits.
    ClockShow,
    /// `weir clock confirm`: the owner confirms that the clock is right.
    ClockConfirm {
        /// Confirm it; else only show what would change.
        yes: bool,
        /// What the answered question showed; `None` where nobody was asked.
        shown: Option<ShownClock>,
    },
    /// `weir router list [NAME]`.
    RouterList {
        /// One router; `None` means all.
        name: Option<String>,
    },
    /// `weir router probe [NAME]`: logs in now.
    RouterProbe {
        /// One router; `None` means all.
        name: Option<String>,
    },
    /// `weir router diff [NAME]`: where router and ledger differ.
    RouterDiff {
        /// One router; `None` means all.
        name: Option<String>,
    },
    /// `weir router reconcile [NAME]`: closes the difference.
    RouterReconcile {
        /// One router; `None` means all.
        name: Option<String>,
    },
    /// `weir approve [WHAT]`: decides what the guard holds.
    Approve {
        /// What; `None` means the only thing that waits.
        what: Option<String>,
        /// Leave them as they are, for this reason.
        refuse: Option<String>,
        /// Only say whom it would cut off.
        dry_run: bool,
    },
    /// `weir router history [NAME]`: incidents, and for how much of the time it was up.
    RouterHistory {
        /// One router; `None` means all.
        name: Option<String>,
        /// From this day on.
        since: Option<String>,
        /// Through this day.
        until: Option<String>,
    },
    /// `weir router trust NAME`: the box that answers now is the right one.
    RouterTrust {
        /// Which router.
        name: String,
    },
    /// `weir outbox`: the messages, newest first.
    Outbox {
        /// Only those in this state.
        state: Option<String>,
        /// At most so many, the newest.
        limit: u32,
    },
    /// `weir outbox test NUMBER`: sends one message now, and tells what came back.
    OutboxTest {
        /// A phone number or an address of e-mail.
        to: String,
        /// By this gateway; `None` means the first that can.
        gateway: Option<String>,
    },
    /// `weir outbox resend ID`: once more, although it may have arrived.
    OutboxResend {
        /// Which message.
        id: u64,
    },
    /// `weir stats [USERNAME]`: who paid when.
    Stats {
        /// One subscriber; `None` means the site.
        username: Option<String>,
        /// Those with this package only.
        package: Option<String>,
        /// From this day on.
        since: Option<String>,
        /// Through this day.
        until: Option<String>,
        /// As CSV.
        csv: bool,
    },
    /// `weir report`: a month on one page.
    Report {
        /// Which month, as `2027-03`; `None` means the last whole one.
        month: Option<String>,
        /// Send it by e-mail instead of printing it.
        email: bool,
    },
    /// `weir subscriber explain U`: why they are on or off.
    SubscriberExplain {
        /// Who.
        username: String,
    },
    /// `weir metrics`: what `status` knows, for Prometheus.
    Metrics,
}

impl Request {
    /// Returns the words of the command, for the log.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Status => "status",
            Self::Verify => "verify",
            Self::ConfigShow => "config show",
            Self::JobsList => "jobs",
            Self::JobsShow { .. } => "jobs show",
            Self::JobsHistory { .. } => "jobs history",
            Self::JobsRun { .. } => "jobs run",
            Self::JobsPause { .. } => "jobs pause",
            Self::JobsResume { .. } => "jobs resume",
            Self::Plan { .. } => "plan",
            Self::ImportSubscribers { .. } => "import subscribers",
            Self::SubscriberList => "subscriber list",
            Self::SubscriberShow { .. } => "subscriber show",
            Self::SubscriberAdd { .. } => "subscriber add",
            Self::SubscriberSet { .. } => "subscriber set",
            Self::SubscriberExtend { .. } => "subscriber extend",
            Self::SubscriberHold { .. } => "subscriber hold",
            Self::SubscriberRelease { .. } => "subscriber release",
            Self::SubscriberClose { .. } => "subscriber close",
            Self::SubscriberReopen { .. } => "subscriber reopen",
            Self::Pay { .. } => "pay",
            Self::PayFile { .. } => "pay --file",
            Self::PayUnmatched => "pay --unmatched",
            Self::PayAssign { .. } => "pay assign",
            Self::PayReverse { .. } => "pay reverse",
            Self::PayMove { .. } => "pay move",
            Self::Adjust { .. } => "adjust",
            Self::Ledger { .. } => "ledger",
            Self::Logs { .. } => "logs",
            Self::ClockShow => "clock",
            Self::ClockConfirm { .. } => "clock confirm",
            Self::RouterList { .. } => "router list",
            Self::RouterProbe { .. } => "router probe",
            Self::RouterDiff { .. } => "router diff",
            Self::RouterReconcile { .. } => "router reconcile",
            Self::Approve { .. } => "approve",
            Self::RouterHistory { .. } => "router history",
            Self::RouterTrust { .. } => "router trust",
            Self::Outbox { .. } => "outbox",
            Self::OutboxTest { .. } => "outbox test",
            Self::OutboxResend { .. } => "outbox resend",
            Self::Stats { .. } => "stats",
            Self::Report { .. } => "report",
            Self::SubscriberExplain { .. } => "subscriber explain",
            Self::Metrics => "metrics",
        }
    }

    /// Returns whether the answer grows with the site.
    #[must_use]
    pub const fn has_long_answer(&self) -> bool {
        matches!(
            self,
            Self::SubscriberList
                | Self::ClockConfirm { .. }
                | Self::Plan { .. }
                | Self::JobsRun { dry_run: true, .. }
                | Self::RouterDiff { .. }
                | Self::Approve { dry_run: true, .. }
                | Self::Outbox { .. }
                | Self::Stats { .. }
                | Self::Report { .. }
                | Self::SubscriberExplain { .. }
        )
    }

    /// Returns the file that the command carries.
    #[must_use]
    pub const fn file(&self) -> Option<&FileBody> {
        if let Self::ImportSubscribers { file, .. } | Self::PayFile { file } = self {
            Some(file)
        } else {
            None
        }
    }

    /// Returns the file that the command carries, to be filled.
    pub const fn file_mut(&mut self) -> Option<&mut FileBody> {
        if let Self::ImportSubscribers { file, .. } | Self::PayFile { file } = self {
            Some(file)
        } else {
            None
        }
    }
}
