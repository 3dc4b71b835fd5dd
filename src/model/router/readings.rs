//! What was last read on a router, and when?
//!
//! What the books want and what is so on a router are two things; only a reading tells the second. A reading of one object is kept
//! where it told something new: work was confirmed, or the object differed. A reading of a whole router is one row: every object
//! without a newer row of its own was then as the books wanted it.

use serde::{Deserialize, Serialize};

use crate::model::day::Instant;
use crate::model::subscriber::Access;

/// What was found of one object.
/// Stored by its place in this list: a new kind goes last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum FoundObject {
    /// It gave its subscriber this access, in all that was wanted.
    Access(Access),
    /// It differed from what was wanted: how it was, in words.
    Otherwise(String),
    /// There was no such object.
    Absent,
    /// It was there, and is not Weir's to change: why.
    NotOurs(String),
    /// Nothing yet: it has been this subscriber's object since then.
    NotRead,
}

/// What was last found of one object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ObjectReading {
    /// When.
    pub at: Instant,
    /// What.
    pub found: FoundObject,
}

/// The newest reading of every object of a router.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct WholeReading {
    /// When it began.
    pub at: Instant,
    /// How many objects were read.
    pub objects: u64,
    /// How many of them were otherwise than wanted.
    pub differ: u64,
}

/// The state of a router at the last contact.
/// Stored by its place in this list: a new kind goes last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum RouterState {
    /// Not contacted yet, or there is no password to do so.
    Unknown,
    /// Logged in.
    Up,
    /// Could not be reached, or broke off.
    Down,
    /// Reached, but it refused the login.
    LoginRefused,
    /// Logged in, but it is another box than the one that is pinned: it gets no work.
    RefusedIdentity,
}

impl RouterState {
    /// Returns the word for it, as `--json` prints it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Up => "up",
            Self::Down => "down",
            Self::LoginRefused => "login_refused",
            Self::RefusedIdentity => "refused_identity",
        }
    }
}

/// The last try to reach a router, whatever came of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact {
    /// When.
    pub at: Instant,
    /// What came of it.
    pub state: RouterState,
    /// Since when tries come out so.
    pub since: Instant,
    /// What went wrong.
    pub error: Option<String>,
}

/// What is remembered of a router's last contact and last reading.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct RouterLastSeen {
    /// The last try to reach it.
    pub contact: Option<Contact>,
    /// The newest reading of all its objects.
    pub whole: Option<WholeReading>,
}

impl RouterLastSeen {
    /// Returns what came of the last try; unknown without one.
    #[must_use]
    pub fn state(&self) -> RouterState {
        self.contact
            .as_ref()
            .map_or(RouterState::Unknown, |contact| contact.state)
    }
}
