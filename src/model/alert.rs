//! Alerts to the administrator, and what causes them.
//!
//! An alert is about one cause. It is raised once, however often the cause is seen again, and ends when the cause has
//! ended. What was reported stays in the log.

use serde::{Deserialize, Serialize};

use crate::model::day::Instant;
use crate::model::name::Username;

/// What kind of trouble it is. Stored by its place in this list: a new kind goes last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum AlertKind {
    /// The clock is not trusted, and jobs wait.
    Clock,
    /// A run waits for approval.
    Guard,
    /// The configuration file is faulty; the last good one runs on.
    Config,
    /// The store was not whole when it was opened.
    Store,
    /// An object on a router is changed by hand again and again.
    Drift,
    /// A router lacks the object of somebody who should be served.
    Absent,
    /// A router is not as it should be; the subject is its name.
    Router,
    /// The box itself is in trouble; the subject says with what: `disk`, `store`.
    Box,
    /// A job has not run although its time is long past; the subject is its name.
    Overdue,
    /// A gateway refuses every message; the subject is its name.
    Gateway,
}

impl AlertKind {
    /// Returns the word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Clock => "clock",
            Self::Guard => "guard",
            Self::Config => "config",
            Self::Store => "store",
            Self::Drift => "drift",
            Self::Absent => "absent",
            Self::Router => "router",
            Self::Box => "box",
            Self::Overdue => "overdue",
            Self::Gateway => "gateway",
        }
    }

    /// Returns whether the cause is over as soon as it has been shown, because nothing that happens later ends it.
    #[must_use]
    pub const fn ends_when_seen(self) -> bool {
        match self {
            Self::Store => true,
            Self::Clock
            | Self::Guard
            | Self::Config
            | Self::Drift
            | Self::Absent
            | Self::Router
            | Self::Box
            | Self::Overdue
            | Self::Gateway => false,
        }
    }

    /// Returns whether its end is sent, too: for trouble that comes and goes by itself. What the owner ends by a
    /// command needs no message.
    #[must_use]
    pub const fn tells_its_end(self) -> bool {
        match self {
            Self::Clock | Self::Router | Self::Box | Self::Overdue | Self::Gateway => true,
            Self::Guard | Self::Config | Self::Store | Self::Drift | Self::Absent => false,
        }
    }

    /// Returns whether it is about one object on a router: there may be hundreds of them at a time.
    #[must_use]
    pub const fn is_of_one_object(self) -> bool {
        match self {
            Self::Drift | Self::Absent => true,
            Self::Clock
            | Self::Guard
            | Self::Config
            | Self::Store
            | Self::Router
            | Self::Box
            | Self::Overdue
            | Self::Gateway => false,
        }
    }
}

/// What is still to be told to the administrator: written in the transaction that raised or ended the alert, and gone in
/// the one that queues the messages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Announcement {
    /// Its number; rising.
    pub seq: u64,
    /// What it is about.
    pub cause: Cause,
    /// Since when the alert has been open, or was open.
    pub since: Instant,
    /// When it was raised, or ended.
    pub at: Instant,
    /// Whether it reports the end.
    pub ended: bool,
    /// What to know, in words.
    pub text: String,
}

/// The cause of an alert: one alert per cause.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Cause {
    /// What kind of trouble.
    pub kind: AlertKind,
    /// Which one of its kind, such as `disconnect` or `core/amina`; empty where there is only one.
    pub subject: String,
}

impl Cause {
    /// Returns the cause of a kind that has only one.
    #[must_use]
    pub const fn only(kind: AlertKind) -> Self {
        Self {
            kind,
            subject: String::new(),
        }
    }

    /// Returns one of several causes of a kind.
    #[must_use]
    pub fn of(kind: AlertKind, subject: impl Into<String>) -> Self {
        Self {
            kind,
            subject: subject.into(),
        }
    }
}

/// An open alert.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alert {
    /// Its cause.
    pub cause: Cause,
    /// Since when.
    pub since: Instant,
    /// What to know and what to do, in words.
    pub text: String,
    /// Whom it is about, where it is about one.
    pub username: Option<Username>,
    /// When the owner was first shown it by `weir logs alert`; `None` while it is new.
    pub seen: Option<Instant>,
}
