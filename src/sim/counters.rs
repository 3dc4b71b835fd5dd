//! Counts what clients did to the router.
//!
//! Counts that tests and benchmarks assert on. They count what happened over the API; what a test does by hand counts
//! nowhere. It must never hold a value that a client sent.

use std::collections::BTreeMap;

/// The most command paths that are counted apart; the rest goes under `other`.
const PATHS: usize = 200;

/// Counts since the start, or since they were reset.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counters {
    /// Connections that were accepted.
    pub connections: u64,
    /// Connections that are open now.
    pub open: u64,
    /// The most that were open at once.
    pub max_open: u64,
    /// Connections turned away because too many were open.
    pub turned_away: u64,
    /// Logins that succeeded.
    pub logins: u64,
    /// Logins that were refused.
    pub failed_logins: u64,
    /// Commands after the login, `/login` not among them.
    pub commands: u64,
    /// The same, by path.
    pub by_path: BTreeMap<String, u64>,
    /// Rows that were sent.
    pub rows_sent: u64,
    /// Prints of a whole table, unqueried, with many rows.
    pub full_table_prints: u64,
    /// Commands that changed something.
    pub commands_that_changed_state: u64,
    /// Commands that were to change something and found all as it was to be.
    pub writes_that_changed_nothing: u64,
    /// Commands that were to change something and were refused before they did.
    pub writes_refused: u64,
    /// `!trap` sentences.
    pub traps: u64,
    /// Words or bytes that no router understands.
    pub malformed: u64,
    /// The most commands that came before the first of them was answered.
    pub max_in_flight: u64,
    /// Faults that fired.
    pub faults_fired: u64,
}

impl Counters {
    /// Returns how many commands of this path there were.
    #[must_use]
    pub fn of(&self, path: &str) -> u64 {
        self.by_path.get(path).copied().unwrap_or(0)
    }

    /// Counts a command of this path.
    pub(crate) fn command(&mut self, path: &str) {
        self.commands = self.commands.saturating_add(1);
        let path = if self.by_path.len() < PATHS || self.by_path.contains_key(path) {
            path
        } else {
            "other"
        };
        let count = self.by_path.entry(path.to_owned()).or_default();
        *count = count.saturating_add(1);
    }

    /// Counts a connection that was opened.
    pub(crate) fn opened(&mut self) {
        self.connections = self.connections.saturating_add(1);
        self.open = self.open.saturating_add(1);
        self.max_open = self.max_open.max(self.open);
    }

    /// Counts a connection that was closed.
    pub(crate) const fn closed(&mut self) {
        self.open = self.open.saturating_sub(1);
    }

    /// Starts over; what is open stays open.
    pub(crate) fn reset(&mut self) {
        *self = Self {
            open: self.open,
            max_open: self.open,
            ..Self::default()
        };
    }
}

/// Adds one to a counter.
pub(crate) const fn count(counter: &mut u64) {
    *counter = counter.saturating_add(1);
}
