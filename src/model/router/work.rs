//! What does Weir want on a router?
//!
//! Router work says what is wanted of one object, not what to do: so a late or repeated worker converges instead of
//! undoing a newer decision. The generation tells an older decision from a newer one.

use std::net::Ipv4Addr;

use serde::{Deserialize, Serialize};

use crate::model::day::Instant;
use crate::model::job::RunId;
use crate::model::name::{ProfileName, RouterName, Username};
use crate::model::package::Rate;
use crate::model::subscriber::{Access, Service, SubscriberId};

/// The number of a decision about access; higher is newer, over the whole site.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Generation(pub u64);

/// One object on one router.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ObjectKey {
    /// Which router.
    pub router: RouterName,
    /// Which kind of object.
    pub service: Service,
    /// The login of a pppoe or hotspot subscriber, the queue's name or the address of a static one.
    pub object: String,
}

/// What a router answered about an object that is not there.
/// Stored by its place in this list: a new kind goes last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum WorkState {
    /// To be done.
    Pending,
    /// The router has no such object; seen twice. Not tried again until the next reconcile or decision.
    Absent,
    /// This version does not switch such objects: what is wanted is left to the owner.
    NotManaged,
}

/// Work on one object: what is wanted, and since which decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RouterWork {
    /// Whose object, for the owner's eyes.
    pub username: Username,
    /// Whose object.
    pub subscriber: SubscriberId,
    /// The fixed address of a static or dhcp service.
    pub address: Option<Ipv4Addr>,
    /// What is wanted.
    pub access: Access,
    /// End the live session once, also when nothing else changes (a new package, another profile).
    pub end_session: bool,
    /// Since which decision.
    pub generation: Generation,
    /// When it was decided.
    pub decided_at: Instant,
    /// The run that decided it.
    pub run: Option<RunId>,
    /// Pending or given up.
    pub state: WorkState,
    /// What the router said when it was last refused.
    pub last_error: Option<String>,
}

/// When an object that somebody had changed by hand was last repaired.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Healed {
    /// When.
    pub at: Instant,
    /// It was changed again within a day: reported, and left until the owner decides.
    pub left: bool,
}

/// How a static subscriber is cut off.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum StaticMethod {
    /// The simple queue's max-limit is set to `1k/1k`.
    Queue,
    /// The address is put on this address list.
    AddressList(String),
}

/// What an object should be, with all that the router needs to know; made from the work, the subscriber and the
/// configuration at the moment of sending.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// A PPP secret.
    Pppoe {
        /// Its name.
        name: String,
        /// Enabled, or cut off.
        access: Access,
        /// The profile it should have when on; `None` leaves it.
        profile: Option<ProfileName>,
        /// The profile it should have when off; `None` disables the secret instead.
        suspended_profile: Option<ProfileName>,
    },
    /// A simple queue, and the address list.
    Static {
        /// The queue's name.
        name: String,
        /// A queue of this name is not meant, whatever its address: its subscriber has another address now.
        not_named: Option<String>,
        /// The client's address.
        address: Option<Ipv4Addr>,
        /// Full rate, or cut off.
        access: Access,
        /// The rate it should have when on; `None` where the site states none.
        rate: Option<Rate>,
        /// How to cut off.
        method: StaticMethod,
    },
}
