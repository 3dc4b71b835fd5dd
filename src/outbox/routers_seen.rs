//! How did each router look when it was last spoken to?
//!
//! Kept in memory: a restart forgets it, the first contact fills it again. The wake-up carries no data; it says "look",
//! and whoever is woken looks at the store.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::Mutex;
use tokio::sync::watch;

use crate::model::day::Instant;
use crate::model::name::RouterName;

/// How a router looked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RouterState {
    /// Not spoken to since the start.
    Unknown,
    /// Logged in.
    Up,
    /// Could not be reached, or broke off.
    Down,
    /// Reached, but it refused the login.
    LoginRefused,
}

impl RouterState {
    /// The word for it, as `--json` prints it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Up => "up",
            Self::Down => "down",
            Self::LoginRefused => "login_refused",
        }
    }
}

/// What was seen of a router.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// How it looked.
    pub state: RouterState,
    /// Since when it has looked like that.
    pub since: Option<Instant>,
    /// Its RouterOS version.
    pub version: Option<String>,
    /// What it calls itself.
    pub identity: Option<String>,
    /// How long the login took, in milliseconds.
    pub latency_ms: Option<u64>,
    /// Its uptime when last asked, in seconds.
    pub uptime_s: Option<u64>,
    /// What went wrong.
    pub error: Option<String>,
}

impl Seen {
    /// Not spoken to.
    pub const UNKNOWN: Self = Self {
        state: RouterState::Unknown,
        since: None,
        version: None,
        identity: None,
        latency_ms: None,
        uptime_s: None,
        error: None,
    };
}

/// All routers as seen, and the bell that wakes their workers.
#[derive(Debug)]
pub struct RoutersSeen {
    seen: Mutex<BTreeMap<RouterName, Seen>>,
    bell: watch::Sender<u64>,
    urges: AtomicU64,
}

impl Default for RoutersSeen {
    fn default() -> Self {
        Self {
            seen: Mutex::default(),
            bell: watch::Sender::new(0),
            urges: AtomicU64::new(0),
        }
    }
}

impl RoutersSeen {
    /// How a router looked.
    #[must_use]
    pub fn of(&self, router: &RouterName) -> Seen {
        self.seen.lock().get(router).cloned().unwrap_or(Seen::UNKNOWN)
    }

    /// Notes how a router looks now; `since` stays where the state stays.
    pub fn note(&self, router: &RouterName, now: Instant, seen: Seen) {
        let mut all = self.seen.lock();
        let since = all
            .get(router)
            .filter(|before| before.state == seen.state)
            .and_then(|before| before.since)
            .unwrap_or(now);
        all.insert(
            router.clone(),
            Seen {
                since: Some(since),
                ..seen
            },
        );
    }

    /// Says "look" to every worker.
    pub fn ring(&self) {
        self.bell.send_modify(|rings| *rings = rings.wrapping_add(1));
    }

    /// Says "try now" to every worker, also to one that waits for a router that failed: the owner asks for it, or something
    /// about the site was changed.
    pub fn urge(&self) {
        self.urges.fetch_add(1, Ordering::SeqCst);
        self.ring();
    }

    /// How often was urged so far.
    #[must_use]
    pub fn urges(&self) -> u64 {
        self.urges.load(Ordering::SeqCst)
    }

    /// Hears the bell.
    #[must_use]
    pub fn listen(&self) -> watch::Receiver<u64> {
        self.bell.subscribe()
    }
}
