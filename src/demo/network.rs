//! Simulates the router and looks at it from the customer's side.
//!
//! The simulated router: what is on it before Weir comes, and who gets through. It is asked here by hand, not over its
//! API: what Weir claims is read back by another way than its own.

use std::time::Duration;

use jiff::civil::DateTime;

use crate::demo::people::{HOME_10, HOME_20, KIOSK_5, Person};
use crate::demo::site::{PASSWORD, USER};
use crate::model::failure::Failure;
use crate::model::package::Rate;
use crate::sim::options::{Account, Options};
use crate::sim::router::SimRouter;
use crate::sim::rows::{ByHand, NewSecret};

/// After how many milliseconds a modem that lost its session dials in again.
const REDIAL_MS: u64 = 20;
/// The rate of a fixed address that is served.
const FULL: &str = "20M/20M";
/// The rate of a fixed address that is cut off.
const CUT: &str = "1k/1k";

/// The router and the modems behind it.
pub struct Network {
    router: SimRouter,
}

/// A person's state on the router.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkState {
    /// Lets through: the secret is enabled and a session is up, or the queue has the full rate.
    Served,
    /// Cut off: the secret is disabled and there is no session, or the queue is at 1k.
    Cut,
    /// Neither.
    Between,
}

impl Network {
    /// Returns a router on loopback that nobody has managed yet but by hand.
    ///
    /// # Errors
    /// When the system gives no port or thread.
    pub fn start(people: &[Person]) -> Result<Self, Failure> {
        let options = Options {
            accounts: vec![Account::new(USER, PASSWORD)],
            identity: "hilltop-core".to_owned(),
            redial: Duration::from_millis(REDIAL_MS),
            ..Options::default()
        };
        let router = SimRouter::start(options).map_err(|error| {
            Failure::refused(
                format!("the simulated router cannot listen on 127.0.0.1: {error}"),
                "check that this machine lets a program listen on its loopback address",
            )
        })?;
        let network = Self { router };
        network.furnish(people).map_err(|error| {
            Failure::refused(
                format!("the simulated router cannot be set up: {error}"),
                "report this as a bug in Weir",
            )
        })?;
        Ok(network)
    }

    fn furnish(&self, people: &[Person]) -> Result<(), ByHand> {
        for plan in [HOME_10, HOME_20, KIOSK_5] {
            self.router.add_profile(plan.name, None)?;
        }
        for person in people {
            match person.address {
                None => self.router.add_secret(&NewSecret {
                    profile: person.plan.name,
                    disabled: !person.online,
                    ..NewSecret::named(&person.username)
                })?,
                Some(address) => {
                    let rate = if person.online { FULL } else { CUT };
                    self.router
                        .add_queue(&person.username, &format!("{address}/32"), rate, false)?;
                }
            }
        }
        self.router.connect_all();
        Ok(())
    }

    /// Returns the port of its API.
    #[must_use]
    pub const fn port(&self) -> u16 {
        self.router.addr().port()
    }

    /// Sets its civil time.
    pub fn set_clock(&self, to: DateTime) {
        self.router.set_clock(to);
    }

    /// Pulls its network cable.
    pub fn unplug(&self) {
        self.router.unplug();
    }

    /// Plugs its network cable in again.
    pub fn plug_in(&self) {
        self.router.plug_in();
    }

    /// Returns how many pppoe sessions are up.
    #[must_use]
    pub fn sessions(&self) -> usize {
        self.router.session_count()
    }

    /// Returns how many commands Weir has sent so far, and how many of them wrote though nothing was to change.
    #[must_use]
    pub fn commands(&self) -> (u64, u64) {
        let counters = self.router.counters();
        (counters.commands, counters.writes_that_changed_nothing)
    }

    /// Returns a person's state.
    #[must_use]
    pub fn line(&self, person: &Person) -> LinkState {
        if person.address.is_some() {
            let found = self.router.queue(&person.username);
            let rate = found.as_ref().and_then(|queue| queue.value("max-limit"));
            let rate = rate.and_then(Rate::parse);
            return match rate {
                Some(rate) if Some(rate) == Rate::parse(CUT) => LinkState::Cut,
                Some(rate) if Some(rate) == Rate::parse(FULL) => LinkState::Served,
                Some(_) | None => LinkState::Between,
            };
        }
        let Some(secret) = self.router.secret(&person.username) else {
            return LinkState::Between;
        };
        let up = !self.router.sessions(&person.username).is_empty();
        match (secret.is("disabled"), up) {
            (true, false) => LinkState::Cut,
            (false, true) => LinkState::Served,
            (true, true) | (false, false) => LinkState::Between,
        }
    }
}
