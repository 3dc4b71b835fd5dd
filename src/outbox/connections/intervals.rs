//! How long to wait before a check or a try is repeated.
//!
//! All waits between conversations with a router, in one place, so that tests can shorten them; the waits within a
//! conversation are `routers::session`'s. Must never know what is waited for.

use std::time::Duration;

/// The first wait after a failed try, in seconds; each further one is twice as long.
const FIRST_S: u64 = 2;
/// The longest wait for an object that is refused, in seconds.
const OBJECT_MOST_S: u64 = 15 * 60;
/// The longest wait for a router that fails, in seconds.
const ROUTER_MOST_S: u64 = 30;
/// The longest wait for a router that refuses the login, in seconds: each try is a line in its log, and where it is no slip
/// of the router's (a RADIUS server that was slow, a user table not loaded yet) only a person can help.
const LOGIN_REFUSED_S: u64 = 15 * 60;
/// The shortest wait between two logins that are refused, in seconds, also when something new is decided.
const LOGIN_AGAIN_S: u64 = 60;
/// The store is read at least this often, in seconds, also without a wake-up.
const LOOK_S: u64 = 30;
/// A connection without work is kept this long, in seconds, for the next payment.
const IDLE_S: u64 = 5;
/// A command without the service tries router work for this long, in seconds.
const TRY_ONCE_S: u64 = 10;
/// How often a wait doubles at most; by then it is longer than any wait here.
const DOUBLINGS_MAX: u32 = 20;

/// The waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Intervals {
    /// The first after a failed try; each further one is twice as long.
    pub first: Duration,
    /// The longest for an object.
    pub object_most: Duration,
    /// The longest for a router.
    pub router_most: Duration,
    /// The longest after a refused login.
    pub login_refused: Duration,
    /// Between two refused logins, also when something new is decided.
    pub login_again: Duration,
    /// Between two readings of the store.
    pub look: Duration,
    /// Until a connection without work is closed.
    pub idle: Duration,
    /// For a command without the service.
    pub try_once: Duration,
}

impl Default for Intervals {
    /// Returns what the constants of this page say.
    fn default() -> Self {
        Self {
            first: Duration::from_secs(FIRST_S),
            object_most: Duration::from_secs(OBJECT_MOST_S),
            router_most: Duration::from_secs(ROUTER_MOST_S),
            login_refused: Duration::from_secs(LOGIN_REFUSED_S),
            login_again: Duration::from_secs(LOGIN_AGAIN_S),
            look: Duration::from_secs(LOOK_S),
            idle: Duration::from_secs(IDLE_S),
            try_once: Duration::from_secs(TRY_ONCE_S),
        }
    }
}

impl Intervals {
    /// Returns the wait for an object after so many failed tries before the last.
    #[must_use]
    pub fn object(&self, failures: u32) -> Duration {
        self.doubled(failures).min(self.object_most)
    }

    /// Returns the wait for a router after so many failed tries before the last.
    #[must_use]
    pub fn router(&self, failures: u32) -> Duration {
        self.doubled(failures).min(self.router_most)
    }

    /// Returns the wait for a router that refused the login, after so many failed tries before the last.
    #[must_use]
    pub fn login(&self, failures: u32) -> Duration {
        self.doubled(failures).min(self.login_refused)
    }

    fn doubled(&self, failures: u32) -> Duration {
        self.first.saturating_mul(1_u32 << failures.min(DOUBLINGS_MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_their_longest() {
        let intervals = Intervals::default();
        let seconds = |wait: fn(&Intervals, u32) -> Duration| -> Vec<u64> {
            [0, 1, 2, 3, 4, 8, 9, 1_000]
                .map(|failures| wait(&intervals, failures).as_secs())
                .into()
        };
        assert_eq!(seconds(Intervals::router), [2, 4, 8, 16, 30, 30, 30, 30]);
        assert_eq!(seconds(Intervals::object), [2, 4, 8, 16, 32, 512, 900, 900]);
        assert_eq!(seconds(Intervals::login), [2, 4, 8, 16, 32, 512, 900, 900]);
    }
}
