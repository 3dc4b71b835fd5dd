//! Tries the router work once, for a command that runs without the service.
//!
//! Without the service there are no workers: a command whose decision means router work tries it once, for at most ten
//! seconds, and says what is still to be done. The next start of the service goes on from there.

use std::future::Future;
use std::time::Duration;

use crate::config::routers::RouterConfig;
use crate::model::io_words::in_words;
use crate::model::router::work::WorkState;
use crate::outbox::connections::connection::{self, ConnectionError, RouterContext, note_error};
use crate::outbox::router_work::backoff::Backoff;
use crate::outbox::router_work::batch::{self, BatchError};
use crate::routers::router_error::RouterError;
use crate::rules::trust::WitnessReport;
use crate::store::error::StoreError;

/// How long a command without the service asks a router for the time.
const ASK_TIME: Duration = Duration::from_secs(3);

/// How many batches one try does for one router; more than ten seconds allow.
const BATCHES_MAX: usize = 1_000;

/// Tries all pending router work once, for at most ten seconds; returns what is still to be done, in words.
#[must_use]
pub fn try_once(site: &RouterContext) -> Option<String> {
    let pending = match pending(site) {
        Ok(0) => return None,
        Ok(pending) => pending,
        Err(error) => return Some(format!("router work cannot be read: {error}")),
    };
    let config = (site.config)();
    let tries = async {
        let tasks: Vec<_> = config
            .routers
            .iter()
            .map(|router| tokio::spawn(in_time(site.clone(), router.clone())))
            .collect();
        for task in tasks {
            if let Err(error) = task.await {
                tracing::error!(%error, "a try of router work crashed");
            }
        }
    };
    if let Err(error) = block_on(tries) {
        return Some(format!("{} not yet updated: {}", objects(pending), in_words(&error)));
    }
    match self::pending(site) {
        Ok(0) => None,
        Ok(left) => Some(format!(
            "{} not yet updated{}; the service (`weir run`) will update {}",
            objects(left),
            reasons(site),
            if left == 1 { "it" } else { "them" }
        )),
        Err(error) => Some(format!("router work cannot be read: {error}")),
    }
}

/// Asks the routers for the time once, for at most three seconds, where the clock depends on what they say.
pub fn ask_the_time(site: &RouterContext) {
    let config = (site.config)();
    let asks = async {
        let tasks: Vec<_> = config
            .routers
            .iter()
            .map(|router| {
                let (site, router) = (site.clone(), router.clone());
                tokio::spawn(async move {
                    match tokio::time::timeout(ASK_TIME, connection::open(&site, &router)).await {
                        Ok(Ok(contact)) => contact.session.close().await,
                        // Its failure is noted already.
                        Ok(Err(_)) => {}
                        Err(_) => site.keeper.hear(
                            &router.name,
                            WitnessReport::Silent("it did not answer in time".to_owned()),
                        ),
                    }
                })
            })
            .collect();
        for task in tasks {
            if let Err(error) = task.await {
                tracing::error!(%error, "asking a router for the time crashed");
            }
        }
    };
    if let Err(error) = block_on(asks) {
        tracing::warn!(error = in_words(&error), "the routers cannot be asked for the time");
    }
}

/// Runs a future to its end on this thread, from code that is not asynchronous.
///
/// # Errors
/// When the system gives no event queue.
pub fn block_on<T>(future: impl Future<Output = T>) -> std::io::Result<T> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let value = runtime.block_on(future);
    // A name that is still being looked up is not waited for.
    runtime.shutdown_background();
    Ok(value)
}

/// Tries the work of one router, and notes that it did not come to an end where the time was too short.
async fn in_time(site: RouterContext, router: RouterConfig) {
    let intervals = site.intervals.try_once;
    if tokio::time::timeout(intervals, one_router(site.clone(), router.clone()))
        .await
        .is_err()
    {
        let error = RouterError::TimedOut {
            waiting_for: "all pending work".to_owned(),
            ms: intervals.as_millis(),
        };
        note_error(&site, &router, &ConnectionError::Router(error));
    }
}

async fn one_router(site: RouterContext, router: RouterConfig) {
    let config = (site.config)();
    let mut backoff = Backoff::new(site.intervals);
    let mut connection = 0_u64;
    let mut session = None;
    for _ in 0..BATCHES_MAX {
        let due = match batch::due(&site, &router, &backoff) {
            Ok(due) if !due.rows.is_empty() => due.rows,
            Ok(_) => break,
            Err(error) => {
                tracing::warn!(router = %router.name, %error, "router work cannot be read");
                break;
            }
        };
        let mut open = match session.take() {
            Some(open) => open,
            None => match connection::open(&site, &router).await {
                Ok(contact) => {
                    connection = connection.saturating_add(1);
                    contact.session
                }
                Err(_) => break,
            },
        };
        match batch::carry(&site, &config, &router, &mut open, connection, due, &mut backoff).await {
            Ok(_) => session = Some(open),
            Err(BatchError::Router(error)) => {
                note_error(&site, &router, &ConnectionError::Router(error));
                break;
            }
            Err(BatchError::Store(error)) => {
                tracing::warn!(router = %router.name, %error, "router work cannot be closed");
                break;
            }
        }
    }
    if let Some(session) = session {
        session.close().await;
    }
}

fn pending(site: &RouterContext) -> Result<u64, StoreError> {
    let mut pending = 0_u64;
    site.store
        .read()?
        .each_work(None, |_, work| -> Result<(), StoreError> {
            pending = pending.saturating_add(u64::from(work.state == WorkState::Pending));
            Ok(())
        })?;
    Ok(pending)
}

/// Returns why, as far as the routers said.
fn reasons(site: &RouterContext) -> String {
    let config = (site.config)();
    let told: Vec<String> = config
        .routers
        .iter()
        .filter_map(|router| {
            site.routers
                .of(&router.name)
                .error
                .map(|error| format!("router `{}`: {error}", router.name))
        })
        .collect();
    if told.is_empty() {
        String::new()
    } else {
        format!(" ({})", told.join("; "))
    }
}

/// Returns a number of objects, with the verb that follows.
fn objects(count: u64) -> String {
    if count == 1 {
        "1 object on a router is".to_owned()
    } else {
        format!("{count} objects on routers are")
    }
}
