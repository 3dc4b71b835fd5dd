//! When was a router in trouble?

use serde::{Deserialize, Serialize};

use crate::model::day::Instant;
use crate::model::name::RouterName;

/// What is wrong with a router.
/// Stored by its place in this list: a new kind goes last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Trouble {
    /// No way to its address, or nothing answers there.
    Unreachable,
    /// The port is open, but it does not answer as a router should, or breaks off.
    Failing,
    /// It answers, and refuses the login.
    LoginRefused,
    /// It answers, and is another box than the one that was pinned.
    OtherIdentity,
    /// Its address answers, and the port of its API is closed.
    PortClosed,
    /// The box has no password for it that could be used.
    NoPassword,
}

impl Trouble {
    /// Returns the word for it, as `--json` prints it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unreachable => "unreachable",
            Self::Failing => "failing",
            Self::LoginRefused => "login_refused",
            Self::OtherIdentity => "other_identity",
            Self::PortClosed => "port_closed",
            Self::NoPassword => "no_password",
        }
    }
}

/// A stretch of time in which a router was not as it should be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Incident {
    /// Which router.
    pub router: RouterName,
    /// What was wrong when it began.
    pub trouble: Trouble,
    /// The first failed try.
    pub since: Instant,
    /// The first try that succeeded again; `None` while it lasts.
    pub until: Option<Instant>,
    /// What was seen, in words.
    pub reason: String,
    /// How often it went and came within this incident, where it flaps.
    pub flaps: u32,
    /// For how many milliseconds it was up in between, where it flaps.
    pub up_ms: i64,
}

/// What is remembered of a router over restarts; written only where it changed in something worth telling.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct KnownRouter {
    /// The serial number (or system id) that is pinned; another one is another box.
    pub serial: Option<String>,
    /// What it calls itself.
    pub identity: Option<String>,
    /// Its RouterOS version.
    pub version: Option<String>,
    /// Its board.
    pub board: Option<String>,
    /// When it was last seen to have been restarted.
    pub rebooted_at: Option<Instant>,
    /// When it was first reached.
    pub first_seen: Option<Instant>,
}
