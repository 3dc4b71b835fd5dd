//! How is a router spoken to, and what is noted of it?

use std::sync::Arc;

use tokio::time::Instant as Stopwatch;

use crate::clock::keeper::Keeper;
use crate::config::read::Config;
use crate::config::routers::RouterConfig;
use crate::config::secrets;
use crate::model::router_work::Generation;
use crate::outbox::pace::Pace;
use crate::outbox::routers_seen::{RouterState, RoutersSeen, Seen};
use crate::routers::clock::{self, Keeping, RouterClock};
use crate::routers::facts::{self, Facts};
use crate::routers::router_error::{FailureKind, RouterError};
use crate::routers::session::{Endpoint, Limits, Session};
use crate::rules::trust::Said;
use crate::store::open::Store;

/// What carrying router work needs of the site.
#[derive(Clone)]
pub struct Site {
    /// The store.
    pub store: Arc<Store>,
    /// The clock, and whether it may be believed.
    pub keeper: Arc<Keeper>,
    /// The configuration in force, asked anew each time.
    pub config: Arc<dyn Fn() -> Arc<Config> + Send + Sync>,
    /// How the routers looked.
    pub routers: Arc<RoutersSeen>,
    /// Work of this generation or an older one was there when this process started: an earlier process may have done it
    /// in part before it was killed.
    pub inherited: Generation,
    /// The waits within a conversation, and how much is read.
    pub limits: Limits,
    /// The waits between conversations.
    pub pace: Pace,
}

/// Why a router could not be spoken to.
#[derive(Debug, thiserror::Error)]
pub enum ContactError {
    /// The password file cannot be used.
    #[error("{0}")]
    Secret(String),
    /// The conversation failed.
    #[error(transparent)]
    Router(#[from] RouterError),
}

/// A conversation that has begun.
pub struct Contact {
    /// The conversation.
    pub session: Session,
    /// For how many seconds the router has been up.
    pub uptime_s: Option<u64>,
}

/// Logs in to a router, asks who it is, and notes how it looked.
///
/// # Errors
/// When it cannot be reached or refuses the login; that is noted, too.
pub async fn open(site: &Site, router: &RouterConfig) -> Result<Contact, ContactError> {
    let began = Stopwatch::now();
    match log_in(site, router).await {
        Ok((session, facts)) => {
            let latency_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
            let uptime_s = facts.uptime_s;
            note_up(site, router, facts, latency_ms);
            Ok(Contact { session, uptime_s })
        }
        Err(error) => {
            note_error(site, router, &error);
            Err(error)
        }
    }
}

async fn log_in(site: &Site, router: &RouterConfig) -> Result<(Session, Facts), ContactError> {
    let secret = secrets::read(&router.password_file).map_err(|error| ContactError::Secret(error.to_string()))?;
    let endpoint = Endpoint {
        host: router.host.clone(),
        port: router.port,
        username: router.username.clone(),
    };
    let mut session = Session::open_within(&endpoint, &secret, site.limits).await?;
    let facts = facts::read(&mut session).await?;
    hear_the_time(site, router, &mut session).await?;
    Ok((session, facts))
}

/// Asks a router for the time, where that is worth asking now.
///
/// # Errors
/// When the conversation breaks off.
pub async fn hear_the_time(site: &Site, router: &RouterConfig, session: &mut Session) -> Result<(), RouterError> {
    if site.keeper.wants(&router.name) {
        let said = testimony(clock::read(session).await?);
        site.keeper.hear(&router.name, said);
    }
    Ok(())
}

/// What a router's clock is worth as a witness.
fn testimony(clock: RouterClock) -> Said {
    match (clock.keeping, clock.shows) {
        (Keeping::Synchronised, Some(at)) => Said::Time(at),
        (Keeping::Synchronised, None) => {
            Said::Unsynchronised(format!("its date and time cannot be read ({})", clock.told))
        }
        (Keeping::Not(why), _) => Said::Unsynchronised(why),
    }
}

/// Notes that a router that was taken for failing answers on a conversation that is open.
pub fn note_alive(site: &Site, router: &RouterConfig) {
    let before = site.routers.of(&router.name);
    if before.state != RouterState::Up {
        let seen = Seen {
            state: RouterState::Up,
            error: None,
            ..before
        };
        site.routers.note(&router.name, site.keeper.shows(), seen);
    }
}

fn note_up(site: &Site, router: &RouterConfig, facts: Facts, latency_ms: u64) {
    if site.routers.of(&router.name).state != RouterState::Up {
        tracing::info!(router = %router.name, "router answers");
    }
    site.routers.note(
        &router.name,
        site.keeper.shows(),
        Seen {
            state: RouterState::Up,
            since: None,
            version: facts.version,
            identity: facts.identity,
            latency_ms: Some(latency_ms),
            uptime_s: facts.uptime_s,
            error: None,
        },
    );
}

/// Notes that a router failed; what was known of it stays.
pub fn note_error(site: &Site, router: &RouterConfig, error: &ContactError) {
    let state = match error {
        ContactError::Secret(_) => RouterState::Unknown,
        ContactError::Router(error) => match error.kind() {
            FailureKind::LoginRefused => RouterState::LoginRefused,
            FailureKind::Down => RouterState::Down,
        },
    };
    site.keeper.hear(&router.name, Said::Silent(error.to_string()));
    let before = site.routers.of(&router.name);
    if before.state != state {
        tracing::warn!(router = %router.name, %error, "router fails");
    }
    let seen = Seen {
        state,
        since: None,
        latency_ms: None,
        error: Some(error.to_string()),
        ..before
    };
    site.routers.note(&router.name, site.keeper.shows(), seen);
}
