//! What waits for the owner's approval?
//!
//! A run that would cut off too many at once does not act: what it would have done is kept here, with everybody it would
//! have cut off, until the owner approves or refuses it, or a later run of the same kind takes its place.

use serde::{Deserialize, Serialize};

use crate::model::day::{Day, Instant};
use crate::model::job::RunId;
use crate::model::name::RouterName;

/// What was held.
/// Stored by its place in this list: a new kind goes last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum PendingWork {
    /// A run of `disconnect`.
    Disconnect {
        /// The record of the run, which ended as `waiting`.
        run: RunId,
        /// Its planned time.
        planned_for: Instant,
        /// The newest day whose cut-off had come then.
        last_cut_day: Day,
        /// Held runs that this one has taken the place of, oldest first: planned time and record.
        earlier: Vec<(Instant, RunId)>,
    },
    /// Cuts that a reconcile would have made on a router.
    Reconcile {
        /// Which router.
        router: RouterName,
    },
    /// A list of subscribers; its bytes are kept beside.
    Import {
        /// The name of the file.
        file: String,
    },
}

impl PendingWork {
    /// Returns the word under which it is approved, which is also its key in the store: one of a kind is held at a
    /// time.
    #[must_use]
    pub fn word(&self) -> String {
        match self {
            Self::Disconnect { .. } => "disconnect".to_owned(),
            Self::Reconcile { router } => format!("reconcile/{router}"),
            Self::Import { .. } => "import".to_owned(),
        }
    }

    /// Returns the same as part of a sentence.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::Disconnect { .. } => "a held run of disconnect".to_owned(),
            Self::Reconcile { router } => format!("a held reconcile of {router}"),
            Self::Import { file } => format!("the held import of {file}"),
        }
    }
}

/// Who approved, and when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approved {
    /// When.
    pub at: Instant,
    /// Who.
    pub by: String,
}

/// Something that waits for approval.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PendingApproval {
    /// What.
    pub work: PendingWork,
    /// Since when.
    pub since: Instant,
    /// How many would have been cut off.
    pub cuts: u64,
    /// Of how many.
    pub of: u64,
    /// The share that was allowed then, in percent.
    pub max_share: u8,
    /// Once approved: what is not carried out yet is carried out at once, also after a restart.
    pub approved: Option<Approved>,
}

/// What became of those whom something approved would have cut off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Carried {
    /// Cut off.
    pub cut: u64,
    /// Left alone, since there is no longer a reason: paid, held by hand, gone.
    pub spared: u64,
}
