//! What should the administrator know, until it is over?
//!
//! An alert stands for one cause: it is raised once, however often the cause is seen again, and goes when the cause has
//! ended. What was told then stays in the log.

use serde::{Deserialize, Serialize};

use crate::model::day::Instant;
use crate::model::name::Username;

/// What kind of trouble it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum AlertKind {
    /// The clock cannot be believed, and jobs wait.
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
}

impl AlertKind {
    /// The word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Clock => "clock",
            Self::Guard => "guard",
            Self::Config => "config",
            Self::Store => "store",
            Self::Drift => "drift",
            Self::Absent => "absent",
        }
    }

    /// Whether the cause is over as soon as it has been told: nothing that happens later ends it.
    #[must_use]
    pub const fn ends_when_seen(self) -> bool {
        matches!(self, Self::Store)
    }
}

/// What an alert stands for: one alert per cause.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Cause {
    /// What kind of trouble.
    pub kind: AlertKind,
    /// Which one of its kind, such as `disconnect` or `core/amina`; empty where there is only one.
    pub subject: String,
}

impl Cause {
    /// The cause of a kind of which there is only one.
    #[must_use]
    pub const fn only(kind: AlertKind) -> Self {
        Self {
            kind,
            subject: String::new(),
        }
    }

    /// One of several of a kind.
    #[must_use]
    pub fn of(kind: AlertKind, subject: impl Into<String>) -> Self {
        Self {
            kind,
            subject: subject.into(),
        }
    }
}

/// An alert that stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alert {
    /// What it stands for.
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
