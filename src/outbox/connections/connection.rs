//! Logs in to a router, checks that it is the right box, and notes what was seen.

use std::sync::Arc;

use tokio::time::Instant as Stopwatch;

use crate::clock::keeper::Keeper;
use crate::config::read::Config;
use crate::config::routers::RouterConfig;
use crate::config::secrets::{self, SecretError};
use crate::model::router::incident::{KnownRouter, Trouble};
use crate::model::router::readings::RouterState;
use crate::model::router::work::Generation;
use crate::outbox::connections::intervals::Intervals;
use crate::outbox::connections::observed::{ObservedRouter, RoutersSeen, Vitals};
use crate::routers::clock::{self, Keeping, RouterClock};
use crate::routers::facts::{self, RouterFacts};
use crate::routers::router_error::{FailureKind, RouterError};
use crate::routers::session::{Endpoint, Session, SessionLimits};
use crate::rules::trust::WitnessReport;
use crate::store::error::StoreError;
use crate::store::open::Store;

/// What router work needs of the site.
#[derive(Clone)]
pub struct RouterContext {
    /// The store.
    pub store: Arc<Store>,
    /// The clock, and whether it is trusted.
    pub keeper: Arc<Keeper>,
    /// The configuration in force, asked for each time.
    pub config: Arc<dyn Fn() -> Arc<Config> + Send + Sync>,
    /// What was last seen of the routers.
    pub routers: Arc<RoutersSeen>,
    /// Work of this generation or an older one was there when this process started: an earlier process may have done it
    /// in part before it was killed.
    pub inherited: Generation,
    /// The waits within a conversation, and how much is read.
    pub limits: SessionLimits,
    /// The waits between conversations.
    pub intervals: Intervals,
}

/// Why a router could not be used.
#[derive(Debug, thiserror::Error)]
pub enum ConnectionError {
    /// The password file cannot be used.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// It is another box than the one that is pinned.
    #[error(
        "the box that answers is not the pinned one: {told}, but `{pinned}` is expected; if you replaced it, trust \
        the new one with `weir router trust {name}`"
    )]
    OtherBox {
        /// The router's name.
        name: String,
        /// The serial number that is pinned.
        pinned: String,
        /// What it says of itself.
        told: String,
    },
    /// What is pinned cannot be read or written.
    #[error("the pinned serial number cannot be read: {0}")]
    Pin(#[from] StoreError),
    /// The conversation failed.
    #[error(transparent)]
    Router(#[from] RouterError),
}

/// An open session.
pub struct RouterConnection {
    /// The conversation.
    pub session: Session,
    /// For how many seconds the router has been up.
    pub uptime_s: Option<u64>,
    /// What it said of itself.
    pub facts: RouterFacts,
}

impl ConnectionError {
    /// Returns the router's state after this error; `None` where it says nothing about the router.
    #[must_use]
    pub const fn state(&self) -> Option<RouterState> {
        match self {
            Self::Secret(_) => Some(RouterState::Unknown),
            Self::OtherBox { .. } => Some(RouterState::RefusedIdentity),
            Self::Pin(_) => None,
            Self::Router(error) => Some(match error.kind() {
                FailureKind::LoginRefused => RouterState::LoginRefused,
                FailureKind::Down => RouterState::Down,
            }),
        }
    }

    /// Returns what is wrong with the router; `None` where it is not the router.
    #[must_use]
    pub const fn trouble(&self) -> Option<Trouble> {
        match self {
            Self::Secret(_) => Some(Trouble::NoPassword),
            Self::OtherBox { .. } => Some(Trouble::OtherIdentity),
            Self::Pin(_) => None,
            Self::Router(RouterError::LoginRefused { .. }) => Some(Trouble::LoginRefused),
            Self::Router(RouterError::Unreachable { port_closed: true, .. }) => Some(Trouble::PortClosed),
            Self::Router(RouterError::Unreachable { .. }) => Some(Trouble::Unreachable),
            Self::Router(_) => Some(Trouble::Failing),
        }
    }

    /// Returns whether only a person can help.
    #[must_use]
    pub const fn needs_a_person(&self) -> bool {
        matches!(
            self.state(),
            Some(RouterState::LoginRefused | RouterState::RefusedIdentity | RouterState::Unknown)
        )
    }
}

/// Logs in to a router, asks who it is, and notes what was seen.
///
/// # Errors
/// When it cannot be reached or refuses the login; that is noted, too.
pub async fn open(site: &RouterContext, router: &RouterConfig) -> Result<RouterConnection, ConnectionError> {
    let began = Stopwatch::now();
    match log_in(site, router).await {
        Ok((session, facts)) => {
            let latency_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
            let uptime_s = facts.uptime_s;
            note_up(site, router, &facts, latency_ms);
            Ok(RouterConnection {
                session,
                uptime_s,
                facts,
            })
        }
        Err(error) => {
            note_error(site, router, &error);
            Err(error)
        }
    }
}

async fn log_in(site: &RouterContext, router: &RouterConfig) -> Result<(Session, RouterFacts), ConnectionError> {
    let secret = secrets::read(&router.password_file)?;
    let mut session = Session::open_within(&endpoint(router), &secret, site.limits).await?;
    let facts = facts::read(&mut session).await?;
    let pinned = match identify(site, router, &facts) {
        Ok(pinned) => pinned,
        Err(error) => {
            session.close().await;
            return Err(error);
        }
    };
    // Asked first: what it says about the time may change the instant that records carry.
    hear_the_time(site, router, &mut session).await?;
    if !pinned && facts.serial.is_some() {
        pin(site, router, &facts)?;
    }
    Ok((session, facts))
}

/// Checks that it is the pinned box, and returns whether one is pinned. The first one that answers will be, for good.
fn identify(site: &RouterContext, router: &RouterConfig, facts: &RouterFacts) -> Result<bool, ConnectionError> {
    let known = site.store.read()?.known_router(&router.name)?;
    match (known.as_ref().and_then(|known| known.serial.as_ref()), &facts.serial) {
        (Some(pinned), told) if told.as_ref() != Some(pinned) => Err(ConnectionError::OtherBox {
            name: router.name.to_string(),
            pinned: pinned.clone(),
            told: told.as_ref().map_or_else(
                || "it reports no serial number".to_owned(),
                |serial| format!("its serial number is `{serial}`"),
            ),
        }),
        (pinned, _) => Ok(pinned.is_some()),
    }
}

/// Pins the box that answers now.
///
/// # Errors
/// When the store cannot be read or written.
pub fn pin(site: &RouterContext, router: &RouterConfig, facts: &RouterFacts) -> Result<(), StoreError> {
    site.store.write(site.keeper.recorded()?, |tx| {
        let before = tx.known_router(&router.name)?.unwrap_or_default();
        let known = KnownRouter {
            serial: facts.serial.clone(),
            identity: facts.identity.clone(),
            version: facts.version.clone(),
            board: facts.board.clone(),
            rebooted_at: before.rebooted_at,
            first_seen: before.first_seen.or(Some(tx.now())),
        };
        tx.put_known_router(&router.name, &known)
    })
}

/// Logs in to a router whatever box it is, and returns its facts; notes nothing.
///
/// # Errors
/// When it cannot be reached or refuses the login.
pub async fn ask_who_it_is(site: &RouterContext, router: &RouterConfig) -> Result<RouterFacts, ConnectionError> {
    let secret = secrets::read(&router.password_file)?;
    let mut session = Session::open_within(&endpoint(router), &secret, site.limits).await?;
    let facts = facts::read(&mut session).await?;
    session.close().await;
    Ok(facts)
}

fn endpoint(router: &RouterConfig) -> Endpoint {
    Endpoint {
        host: router.host.clone(),
        port: router.port,
        username: router.username.clone(),
    }
}

/// Asks a router for the time, where that is worth asking now.
///
/// # Errors
/// When the conversation breaks off.
pub async fn hear_the_time(
    site: &RouterContext,
    router: &RouterConfig,
    session: &mut Session,
) -> Result<(), RouterError> {
    if site.keeper.wants(&router.name) {
        let said = testimony(clock::read(session).await?);
        site.keeper.hear(&router.name, said);
    }
    Ok(())
}

/// Returns what a router's clock is worth as a witness.
fn testimony(clock: RouterClock) -> WitnessReport {
    match (clock.keeping, clock.shows) {
        (Keeping::Synchronised, Some(at)) => WitnessReport::Time(at),
        (Keeping::Synchronised, None) => {
            WitnessReport::Unsynchronised(format!("its date and time cannot be read ({})", clock.told))
        }
        (Keeping::Not(why), _) => WitnessReport::Unsynchronised(why),
    }
}

/// Notes that a router that counted as failing answers on an open session.
pub fn note_alive(site: &RouterContext, router: &RouterConfig) {
    let before = site.routers.of(&router.name);
    if before.state != RouterState::Up {
        let seen = ObservedRouter {
            state: RouterState::Up,
            error: None,
            ..before
        };
        site.routers.note(&router.name, site.keeper.shows(), seen);
    }
}

fn note_up(site: &RouterContext, router: &RouterConfig, facts: &RouterFacts, latency_ms: u64) {
    let before = site.routers.of(&router.name);
    if before.state != RouterState::Up {
        tracing::info!(router = %router.name, "router answers");
    }
    site.routers.note(
        &router.name,
        site.keeper.shows(),
        ObservedRouter {
            state: RouterState::Up,
            since: None,
            tried_at: None,
            version: facts.version.clone(),
            identity: facts.identity.clone(),
            latency_ms: Some(latency_ms),
            uptime_s: facts.uptime_s,
            error: None,
            // A login asks no sensor: what the last probe saw there stays.
            vitals: Vitals {
                voltage: before.vitals.voltage,
                temperature: before.vitals.temperature,
                clock_ahead_s: before.vitals.clock_ahead_s,
                ..Vitals::of(facts)
            },
        },
    );
}

/// Notes that a router failed; what was known of it stays.
pub fn note_error(site: &RouterContext, router: &RouterConfig, error: &ConnectionError) {
    let Some(state) = error.state() else {
        tracing::warn!(router = %router.name, %error, "router's state is unknown");
        return;
    };
    site.keeper.hear(&router.name, WitnessReport::Silent(error.to_string()));
    let before = site.routers.of(&router.name);
    if before.state != state {
        tracing::warn!(router = %router.name, %error, "router fails");
    }
    let seen = ObservedRouter {
        state,
        since: None,
        latency_ms: None,
        error: Some(error.to_string()),
        ..before
    };
    site.routers.note(&router.name, site.keeper.shows(), seen);
}
