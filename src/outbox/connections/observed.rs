//! Remembers how each router was when it was last contacted.
//!
//! Kept in memory: a restart forgets it, the first contact fills it again. What outlives it (the last contact, and when all objects
//! were last read) is written with the next commit that happens anyway. A wake-up carries no data: the worker then reads the
//! store.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::Mutex;
use tokio::sync::watch;

use crate::model::day::Instant;
use crate::model::name::RouterName;
use crate::model::router::readings::{Contact, RouterLastSeen, RouterState, WholeReading};
use crate::routers::facts::RouterFacts;

/// The readings of a router at the last probe; `None` is what it does not tell.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Vitals {
    /// Its board.
    pub board: Option<String>,
    /// Its serial number, or the number of its licence.
    pub serial: Option<String>,
    /// How busy its processor is, in percent.
    pub cpu_load: Option<u64>,
    /// Free memory, in bytes.
    pub free_memory: Option<u64>,
    /// All memory, in bytes.
    pub total_memory: Option<u64>,
    /// Free room on its disk, in bytes.
    pub free_disk: Option<u64>,
    /// Volts, as it writes them.
    pub voltage: Option<String>,
    /// Degrees Celsius, as it writes them.
    pub temperature: Option<String>,
    /// By how many seconds its clock is ahead of the box's.
    pub clock_ahead_s: Option<i64>,
}

impl Vitals {
    /// Returns what a router says of itself at a login; its sensors and its clock are not asked.
    #[must_use]
    pub fn of(facts: &RouterFacts) -> Self {
        Self {
            board: facts.board.clone(),
            serial: facts.serial.clone(),
            cpu_load: facts.cpu_load,
            free_memory: facts.free_memory,
            total_memory: facts.total_memory,
            free_disk: facts.free_disk,
            voltage: None,
            temperature: None,
            clock_ahead_s: None,
        }
    }
}

/// What was seen of a router.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObservedRouter {
    /// Its state.
    pub state: RouterState,
    /// Since when it has been in that state.
    pub since: Option<Instant>,
    /// When it was last tried to reach it.
    pub tried_at: Option<Instant>,
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
    /// Its readings.
    pub vitals: Vitals,
}

impl ObservedRouter {
    /// Returns what is known of a router that was not contacted yet.
    pub const UNKNOWN: Self = Self {
        state: RouterState::Unknown,
        since: None,
        tried_at: None,
        version: None,
        identity: None,
        latency_ms: None,
        uptime_s: None,
        error: None,
        vitals: Vitals {
            board: None,
            serial: None,
            cpu_load: None,
            free_memory: None,
            total_memory: None,
            free_disk: None,
            voltage: None,
            temperature: None,
            clock_ahead_s: None,
        },
    };
}

/// All routers as last seen, and the waker of their workers.
#[derive(Debug)]
pub struct RoutersSeen {
    seen: Mutex<BTreeMap<RouterName, ObservedRouter>>,
    waker: watch::Sender<u64>,
    urges: AtomicU64,
    /// The newest reading of all objects of each router.
    whole: Mutex<BTreeMap<RouterName, WholeReading>>,
    /// What the store has of all this.
    written: Mutex<BTreeMap<RouterName, RouterLastSeen>>,
    /// How often each router has come back or was restarted.
    returns: Mutex<BTreeMap<RouterName, u64>>,
}

impl Default for RoutersSeen {
    fn default() -> Self {
        Self {
            seen: Mutex::default(),
            waker: watch::Sender::new(0),
            urges: AtomicU64::new(0),
            whole: Mutex::default(),
            written: Mutex::default(),
            returns: Mutex::default(),
        }
    }
}

impl RoutersSeen {
    /// Returns what was last seen of a router.
    #[must_use]
    pub fn of(&self, router: &RouterName) -> ObservedRouter {
        self.seen.lock().get(router).cloned().unwrap_or(ObservedRouter::UNKNOWN)
    }

    /// Notes a router's present state; `since` stays where the state stays.
    pub fn note(&self, router: &RouterName, now: Instant, seen: ObservedRouter) {
        let mut all = self.seen.lock();
        let since = all
            .get(router)
            .filter(|before| before.state == seen.state)
            .and_then(|before| before.since)
            .unwrap_or(now);
        all.insert(
            router.clone(),
            ObservedRouter {
                since: Some(since),
                tried_at: Some(now),
                ..seen
            },
        );
    }

    /// Notes that every object of a router was read.
    pub fn note_whole(&self, router: &RouterName, reading: WholeReading) {
        self.whole.lock().insert(router.clone(), reading);
    }

    /// Forgets a router that the site no longer has.
    pub fn forget(&self, router: &RouterName) {
        self.seen.lock().remove(router);
        self.whole.lock().remove(router);
        self.written.lock().remove(router);
    }

    /// Returns what this process has seen of a router that outlives it.
    #[must_use]
    pub fn reading_of(&self, router: &RouterName) -> RouterLastSeen {
        let seen = self.of(router);
        let contact = seen.tried_at.zip(seen.since).map(|(at, since)| Contact {
            at,
            state: seen.state,
            since,
            error: seen.error,
        });
        RouterLastSeen {
            contact,
            whole: self.whole.lock().get(router).copied(),
        }
    }

    /// Returns what was seen since it was last written.
    #[must_use]
    pub fn unwritten(&self) -> Vec<(RouterName, RouterLastSeen)> {
        let names: Vec<RouterName> = self.seen.lock().keys().cloned().collect();
        let written = self.written.lock();
        let mut found: Vec<(RouterName, RouterLastSeen)> = Vec::new();
        for name in names {
            let reading = self.reading_of(&name);
            if written.get(&name) != Some(&reading) {
                found.push((name, reading));
            }
        }
        found
    }

    /// Notes what was written of that.
    pub fn note_written(&self, readings: Vec<(RouterName, RouterLastSeen)>) {
        self.written.lock().extend(readings);
    }

    /// Wakes every worker to read the store.
    pub fn ring(&self) {
        self.waker.send_modify(|rings| *rings = rings.wrapping_add(1));
    }

    /// Wakes every worker to try now, also one that waits for a router that failed: the owner asks for it, or the site has
    /// changed.
    pub fn urge(&self) {
        self.urges.fetch_add(1, Ordering::SeqCst);
        self.ring();
    }

    /// Returns how often [`urge`](Self::urge) was called so far.
    #[must_use]
    pub fn urges(&self) -> u64 {
        self.urges.load(Ordering::SeqCst)
    }

    /// Notes that a router has come back or was restarted, which its worker may not have noticed: all its objects are to be
    /// checked.
    pub fn came_back(&self, router: &RouterName) {
        let mut returns = self.returns.lock();
        let count = returns.entry(router.clone()).or_default();
        *count = count.saturating_add(1);
        drop(returns);
        self.ring();
    }

    /// Returns how often a router has come back so far.
    #[must_use]
    pub fn returns(&self, router: &RouterName) -> u64 {
        self.returns.lock().get(router).copied().unwrap_or(0)
    }

    /// Adds the readings of a probe.
    pub fn note_vitals(&self, router: &RouterName, vitals: Vitals) {
        if let Some(seen) = self.seen.lock().get_mut(router) {
            seen.vitals = vitals;
        }
    }

    /// Returns a receiver of the wake-ups.
    #[must_use]
    pub fn listen(&self) -> watch::Receiver<u64> {
        self.waker.subscribe()
    }
}
