//! What does the owner's log tell?

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::model::day::Instant;
use crate::model::name::Username;

/// The streams of log records.
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
    /// Subscribers taken in or changed by hand.
    Subscriber,
    /// The configuration taken in or refused.
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
