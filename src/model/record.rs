//! What does the owner's log tell?

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::model::day::Instant;
use crate::model::job::Job;
use crate::model::name::Username;

/// The streams of log records.
/// Stored by its place in this list: a new kind goes last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum LogKind {
    /// Runs of billing.
    Billing,
    /// Runs of disconnect, and whom they cut.
    Disconnect,
    /// What the routers confirmed or refused.
    Access,
    /// Payments, adjustments, reversals.
    Payment,
    /// Subscribers added or changed by hand.
    Subscriber,
    /// The configuration loaded or refused.
    Config,
    /// Jobs paused, resumed, started by hand.
    Jobs,
    /// The service started and stopped.
    Service,
    /// What the administrator should know.
    Alert,
    /// Who was to be reminded, and who was not.
    Reminders,
    /// The state of the routers and of the box.
    Health,
    /// What was archived and deleted.
    Cleanup,
    /// What became of messages.
    Messages,
}

impl LogKind {
    /// All of them.
    pub const ALL: [Self; 13] = [
        Self::Billing,
        Self::Disconnect,
        Self::Access,
        Self::Payment,
        Self::Subscriber,
        Self::Config,
        Self::Jobs,
        Self::Service,
        Self::Alert,
        Self::Reminders,
        Self::Health,
        Self::Cleanup,
        Self::Messages,
    ];

    /// Returns the stream that tells of a job's runs.
    #[must_use]
    pub const fn of_runs(job: Job) -> Self {
        match job {
            Job::Billing => Self::Billing,
            Job::Disconnect => Self::Disconnect,
            Job::Reminders => Self::Reminders,
            Job::Health => Self::Health,
            Job::Cleanup => Self::Cleanup,
        }
    }

    /// Returns the word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Billing => "billing",
            Self::Disconnect => "disconnect",
            Self::Access => "access",
            Self::Payment => "payment",
            Self::Subscriber => "subscriber",
            Self::Config => "config",
            Self::Jobs => "jobs",
            Self::Service => "service",
            Self::Alert => "alert",
            Self::Reminders => "reminders",
            Self::Health => "health",
            Self::Cleanup => "cleanup",
            Self::Messages => "messages",
        }
    }

    /// Parses the word for a kind.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

impl fmt::Display for LogKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One record of a log stream.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogRecord {
    /// When it was recorded.
    pub at: Instant,
    /// Which stream.
    pub kind: LogKind,
    /// The planned time of the run it belongs to.
    pub planned_for: Option<Instant>,
    /// Whom it is about.
    pub username: Option<Username>,
    /// What happened, in words.
    pub message: String,
    /// The same as figures, for scripts.
    pub fields: Vec<(String, String)>,
}

impl LogRecord {
    /// Returns a record of what happened at an instant; it belongs to no run and is about nobody.
    #[must_use]
    pub fn new(at: Instant, kind: LogKind, message: impl Into<String>) -> Self {
        Self {
            at,
            kind,
            planned_for: None,
            username: None,
            message: message.into(),
            fields: Vec::new(),
        }
    }

    /// Sets the planned time of the run it belongs to.
    #[must_use]
    pub fn planned_for(mut self, planned_for: impl Into<Option<Instant>>) -> Self {
        self.planned_for = planned_for.into();
        self
    }

    /// Sets whom it is about.
    #[must_use]
    pub fn about<'a>(mut self, username: impl Into<Option<&'a Username>>) -> Self {
        self.username = username.into().cloned();
        self
    }

    /// Adds a figure behind those it has.
    #[must_use]
    pub fn field(mut self, name: &str, value: impl ToString) -> Self {
        self.fields.push((name.to_owned(), value.to_string()));
        self
    }

    /// Adds figures behind those it has, in their order.
    #[must_use]
    pub fn fields(mut self, fields: impl IntoIterator<Item = (impl Into<String>, impl ToString)>) -> Self {
        let fields = fields.into_iter();
        self.fields
            .extend(fields.map(|(name, value)| (name.into(), value.to_string())));
        self
    }
}
