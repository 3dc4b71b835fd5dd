//! Probes one router.
//!
//! Logs in, checks the box, reads its sensors and its clock, all within a few seconds. A router that fails is tried again some
//! seconds later, until it answers or has failed often enough to be sure. What is seen is noted at once, for commands to show;
//! what follows from it is decided by `rules::routers::incidents`.

use std::time::Duration;

use tokio::time::{Instant as Stopwatch, sleep_until, timeout};

use crate::config::routers::RouterConfig;
use crate::model::router::incident::Trouble;
use crate::outbox::connections::connection::{self, ConnectionError, RouterContext};
use crate::outbox::connections::observed::Vitals;
use crate::routers::clock;
use crate::routers::facts::{self, RouterFacts, Sensors};
use crate::routers::router_error::RouterError;
use crate::routers::session::Session;
use crate::rules::routers::incidents::{IncidentChange, ProbeMoment, ProbeResult, RouterHealth};
use crate::store::error::StoreError;

/// The longest that one try takes, in milliseconds.
const TRY_MS: u64 = 4_000;
/// From the beginning of one try to that of the next, in milliseconds: three tries end within 14 seconds.
const TRY_EVERY_MS: u64 = 5_000;
/// How many tries one round makes at most, so that it ends within two minutes; what is then still to be tried, the next
/// round tries.
const TRIES_MAX: u32 = 20;
/// How long closing a session takes at most, in milliseconds.
const FAREWELL_MS: u64 = 500;

/// How long a try takes, and how far tries are apart. Tests shorten them.
#[derive(Debug, Clone, Copy)]
pub struct Tries {
    /// The longest that one takes.
    pub limit: Duration,
    /// From the beginning of one to that of the next.
    pub every: Duration,
}

impl Default for Tries {
    /// Returns what the constants of this page say.
    fn default() -> Self {
        Self {
            limit: Duration::from_millis(TRY_MS),
            every: Duration::from_millis(TRY_EVERY_MS),
        }
    }
}

/// What a probe has found.
#[derive(Debug)]
pub(super) struct Probed {
    pub(super) standing: RouterHealth,
    pub(super) happened: Vec<IncidentChange>,
    /// What it said of itself, where it has no problem.
    pub(super) facts: Option<RouterFacts>,
}

/// Tries a router until its health is certain.
///
/// # Errors
/// When the store cannot be read.
pub(super) async fn until_sure(
    site: &RouterContext,
    router: &RouterConfig,
    mut standing: RouterHealth,
    after_failures: u8,
    tries: Tries,
) -> Result<Probed, StoreError> {
    let mut happened = Vec::new();
    let mut facts = None;
    for _ in 0..TRIES_MAX {
        let began = Stopwatch::now();
        let tried = match timeout(tries.limit, look(site, router)).await {
            Ok(Ok(told)) => {
                facts = Some(told);
                Some(ProbeResult::Up)
            }
            Ok(Err(error)) => failed(&error),
            Err(_) => {
                let error = ConnectionError::Router(RouterError::TimedOut {
                    waiting_for: "the whole probe".to_owned(),
                    ms: tries.limit.as_millis(),
                });
                connection::note_error(site, router, &error);
                failed(&error)
            }
        };
        if let Some(tried) = tried {
            let now = moment(site)?;
            happened.extend(standing.observe(&router.name, tried, after_failures, now));
        }
        if facts.is_some() || !standing.wants_another_try(after_failures) {
            break;
        }
        sleep_until(began + tries.every).await;
    }
    Ok(Probed {
        standing,
        happened,
        facts,
    })
}

/// Returns the present moment as incidents count it.
pub(super) fn moment(site: &RouterContext) -> Result<ProbeMoment, StoreError> {
    Ok(ProbeMoment {
        at: site.keeper.recorded()?,
        ran_ms: i64::try_from(site.keeper.clock().elapsed().as_millis()).unwrap_or(i64::MAX),
    })
}

fn failed(error: &ConnectionError) -> Option<ProbeResult> {
    let trouble: Trouble = error.trouble()?;
    Some(ProbeResult::Fails {
        trouble,
        reason: error.to_string(),
    })
}

/// Logs in once and asks all that a probe asks. What was seen is noted.
///
/// # Errors
/// When the router has a problem.
pub async fn look(site: &RouterContext, router: &RouterConfig) -> Result<RouterFacts, ConnectionError> {
    let contact = connection::open(site, router).await?;
    let mut session = contact.session;
    let sensed = sense(site, &mut session).await;
    let (sensors, clock_ahead_s) = match sensed {
        Ok(sensed) => sensed,
        Err(error) => {
            let error = ConnectionError::Router(error);
            connection::note_error(site, router, &error);
            return Err(error);
        }
    };
    let facts = contact.facts;
    site.routers.note_vitals(
        &router.name,
        Vitals {
            voltage: sensors.voltage,
            temperature: sensors.temperature,
            clock_ahead_s,
            ..Vitals::of(&facts)
        },
    );
    // A router that is slow to close has answered all the same.
    let _late = timeout(Duration::from_millis(FAREWELL_MS), session.close()).await;
    Ok(facts)
}

/// Returns what its sensors say, and by how many seconds its clock is ahead of ours.
async fn sense(site: &RouterContext, session: &mut Session) -> Result<(Sensors, Option<i64>), RouterError> {
    let sensors = facts::sensors(session).await?;
    let before = site.keeper.shows();
    let clock = clock::read(session).await?;
    let ahead_ms = clock.shows.map(|shows| shows.millis_since(before));
    Ok((sensors, ahead_ms.map(|ms| ms / 1_000)))
}
