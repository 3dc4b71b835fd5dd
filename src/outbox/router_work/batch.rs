//! Carries out and closes a batch of router work.
//!
//! Rows of one router's work are read, turned into desired states, and sent over the session; what a reading confirmed is
//! closed, if the row is still of the generation that was sent. A payment in between has made a newer row, which a late
//! suspension cannot close.

use tokio::time::Instant as Stopwatch;

use crate::config::read::Config;
use crate::config::routers::RouterConfig;
use crate::model::alert::AlertKind;
use crate::model::record::{LogKind, LogRecord};
use crate::model::router::readings::{FoundObject, ObjectReading};
use crate::model::router::work::{Generation, ObjectKey, RouterWork, WorkState};
use crate::model::subscriber::Access;
use crate::outbox::connections::connection::RouterContext;
use crate::outbox::router_work::backoff::Backoff;
use crate::outbox::router_work::drift::keep_again;
use crate::outbox::router_work::{object_alerts, targets};
use crate::routers::access::{self, DesiredState};
use crate::routers::outcome::ApplyOutcome;
use crate::routers::router_error::RouterError;
use crate::routers::session::Session;
use crate::store::error::StoreError;
use crate::store::write::transaction::Transaction;

/// How many objects are taken at a time.
const BATCH_OBJECTS: usize = 2_000;

/// Why a batch ended early.
#[derive(Debug, thiserror::Error)]
pub enum BatchError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The conversation broke off.
    #[error(transparent)]
    Router(#[from] RouterError),
}

/// One row to be done.
#[derive(Debug, Clone)]
pub struct DueWork {
    /// Which object.
    pub key: ObjectKey,
    /// What is wanted of it.
    pub work: RouterWork,
}

/// The work of a router that may be tried now.
#[derive(Debug, Clone)]
pub struct DueNow {
    /// Up to a batch of rows, subscribers to be served first.
    pub rows: Vec<DueWork>,
    /// The newest decision about any pending work of this router.
    pub newest: Generation,
}

/// Returns up to a batch of the router's work that may be tried now, subscribers to be served first.
///
/// # Errors
/// When the store cannot be read.
pub fn due(site: &RouterContext, router: &RouterConfig, backoff: &Backoff) -> Result<DueNow, StoreError> {
    let now = Stopwatch::now();
    let (mut on, mut off) = (Vec::new(), Vec::new());
    let mut newest = Generation(0);
    site.store
        .read()?
        .each_work(Some(&router.name), |key, work| -> Result<(), StoreError> {
            if work.state != WorkState::Pending {
                return Ok(());
            }
            newest = newest.max(work.generation);
            let list = if work.access == Access::On { &mut on } else { &mut off };
            if list.len() < BATCH_OBJECTS && backoff.allows(&key, work.generation, now) {
                list.push(DueWork { key, work });
            }
            Ok(())
        })?;
    on.append(&mut off);
    on.truncate(BATCH_OBJECTS);
    Ok(DueNow { rows: on, newest })
}

/// What became of a batch.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct BatchResult {
    /// Rows closed.
    pub closed: usize,
    /// An object was missing for the first time: it must be looked for again on a later connection.
    pub look_again_on_new_connection: bool,
}

/// Carries out a batch over an open session, and closes what was confirmed.
///
/// # Errors
/// When the store fails or the conversation breaks off; what was confirmed before is closed.
pub async fn carry(
    site: &RouterContext,
    config: &Config,
    router: &RouterConfig,
    session: &mut Session,
    connection: u64,
    batch: Vec<DueWork>,
    backoff: &mut Backoff,
) -> Result<BatchResult, BatchError> {
    let (mut rows, mut desired, mut unable) = (Vec::new(), Vec::new(), Vec::new());
    {
        let reader = site.store.read()?;
        for due in batch {
            let subscriber = reader.subscriber(due.work.subscriber)?;
            match targets::target(&due.key, &due.work, subscriber.as_ref(), config, router) {
                Ok(target) => {
                    // A session keeps the rights it began with: where profiles are switched, a try that may have broken
                    // off between the secret and the session is repaired by ending the session once more.
                    let half_done = due.work.generation <= site.inherited
                        || backoff.may_be_half_done(&due.key, due.work.generation);
                    let again = router.suspended_profile.is_some() && half_done;
                    desired.push(DesiredState {
                        target,
                        end_session: due.work.end_session || again,
                    });
                    rows.push(due);
                }
                Err(targets::NotManaged) => unable.push(due),
            }
        }
    }
    let (outcomes, broken) = match access::apply(session, &desired).await {
        Ok(done) => (done.into_iter().map(Some).collect(), None),
        Err(broken) => (broken.done, Some(broken.error)),
    };
    let now = Stopwatch::now();
    let mut closing = Vec::new();
    let mut result = BatchResult::default();
    for (due, outcome) in rows.into_iter().zip(outcomes) {
        match outcome {
            Some(ApplyOutcome::Equal { changed, said }) => closing.push((due, Closing::Confirmed { changed, said })),
            Some(ApplyOutcome::Absent { table_has_rows }) => {
                let seen_before = backoff.absent(&due.key, due.work.generation, now, connection);
                if seen_before && table_has_rows {
                    closing.push((due, Closing::Absent));
                } else {
                    result.look_again_on_new_connection = true;
                }
            }
            Some(ApplyOutcome::Refused { said } | ApplyOutcome::Unsettled { said }) => {
                backoff.refused(&due.key, due.work.generation, now);
                closing.push((due, Closing::Refused { said }));
            }
            None => backoff.broke_off(&due.key, due.work.generation, now),
        }
    }
    closing.extend(unable.into_iter().map(|due| (due, Closing::NotManaged)));
    result.closed = close(site, &closing, backoff)?;
    match broken {
        Some(error) => Err(error.into()),
        None => Ok(result),
    }
}

/// The outcome of a row.
enum Closing {
    Confirmed { changed: bool, said: String },
    Absent,
    Refused { said: String },
    NotManaged,
}

/// Writes what became of the rows, in one transaction; nothing is written where nothing changed.
fn close(site: &RouterContext, closing: &[(DueWork, Closing)], backoff: &mut Backoff) -> Result<usize, StoreError> {
    if closing.is_empty() {
        return Ok(0);
    }
    let mut closed = 0_usize;
    site.store
        .write(site.keeper.recorded()?, |tx| -> Result<(), StoreError> {
            closed = 0;
            for (due, how) in closing {
                closed = closed.saturating_add(usize::from(close_one(tx, due, how)?));
            }
            Ok(())
        })?;
    for (due, how) in closing {
        if !matches!(how, Closing::Refused { .. }) {
            backoff.forget(&due.key);
        }
    }
    Ok(closed)
}

fn close_one(tx: &mut Transaction<'_>, due: &DueWork, how: &Closing) -> Result<bool, StoreError> {
    let (key, work) = (&due.key, &due.work);
    let words = targets::access_words(work.access);
    match how {
        Closing::Confirmed { changed, said } => {
            // Also where a newer decision has come meanwhile: this is what was read.
            note_reading(tx, key, FoundObject::Access(work.access))?;
            let current = tx.close_work(key, work.generation)?;
            if current {
                // A decision has come since somebody changed it by hand: from here on it is kept again.
                keep_again(tx, key, &format!("is {words}, as decided since then"))?;
                object_alerts::end(tx, AlertKind::Absent, key, &format!("is there now, and {words}"))?;
                let what = if *changed {
                    words.to_owned()
                } else {
                    format!("already {words}")
                };
                log(tx, due, format!("router `{}` confirms: {what} ({said})", key.router))?;
            }
            Ok(current)
        }
        Closing::Absent => close_absent(tx, due, words),
        Closing::Refused { said } => note_refusal(tx, due, words, said),
        Closing::NotManaged => {
            if let Some(row) = tx.work(key)?.filter(|row| row.generation == work.generation) {
                let state = WorkState::NotManaged;
                tx.put_work(key, &RouterWork { state, ..row })?;
            }
            Ok(false)
        }
    }
}

/// Notes what was read of an object that is somebody's.
fn note_reading(tx: &mut Transaction<'_>, key: &ObjectKey, found: FoundObject) -> Result<(), StoreError> {
    if tx.owner_of(key)?.is_some() {
        let at = tx.now();
        tx.put_reading(key, &ObjectReading { at, found })?;
    }
    Ok(())
}

/// Closes work on an object that its router does not have.
fn close_absent(tx: &mut Transaction<'_>, due: &DueWork, words: &str) -> Result<bool, StoreError> {
    let (key, work) = (&due.key, &due.work);
    let Some(row) = tx.work(key)?.filter(|row| row.generation == work.generation) else {
        return Ok(false);
    };
    note_reading(tx, key, FoundObject::Absent)?;
    let missing = format!("router `{}` has no {} `{}`", key.router, object_words(key), key.object);
    if work.access == Access::Off && !targets::is_needed(key, tx.subscriber(work.subscriber)?.as_ref()) {
        // Nobody needs it any more: that it is gone is right.
        tx.close_work(key, work.generation)?;
        keep_again(tx, key, "is no longer there")?;
        object_alerts::end(tx, AlertKind::Absent, key, "is not there, and nobody needs it any more")?;
        log(tx, due, format!("{missing}, and nobody needs it any more"))?;
        return Ok(true);
    }
    // Looked for again on request and still missing: that was reported already.
    let told = row.last_error.as_ref() == Some(&missing);
    tx.put_work(
        key,
        &RouterWork {
            state: WorkState::Absent,
            last_error: Some(missing.clone()),
            ..row
        },
    )?;
    keep_again(tx, key, "is no longer there")?;
    let text = format!("{missing}; it should be {words}");
    if work.access == Access::On {
        object_alerts::raise(tx, AlertKind::Absent, key, &work.username, text)?;
    } else {
        object_alerts::end(
            tx,
            AlertKind::Absent,
            key,
            "is not there, and need not be served any more",
        )?;
        if !told {
            log(tx, due, text)?;
        }
    }
    Ok(true)
}

/// Notes why a router refuses; the work stays open.
fn note_refusal(tx: &mut Transaction<'_>, due: &DueWork, words: &str, said: &str) -> Result<bool, StoreError> {
    let (key, work) = (&due.key, &due.work);
    let Some(row) = tx.work(key)?.filter(|row| row.generation == work.generation) else {
        return Ok(false);
    };
    if row.last_error.as_deref() != Some(said) {
        tx.put_work(
            key,
            &RouterWork {
                last_error: Some(said.to_owned()),
                ..row
            },
        )?;
        log(
            tx,
            due,
            format!(
                "router `{}` refuses to have `{}` {words}: {said}",
                key.router, key.object
            ),
        )?;
    }
    Ok(false)
}

/// Returns what an object of a service is called.
#[must_use]
pub const fn object_words(key: &ObjectKey) -> &'static str {
    use crate::model::subscriber::Service;
    match key.service {
        Service::Pppoe => "secret",
        Service::Hotspot => "hotspot user",
        Service::Static => "queue for",
        Service::Dhcp => "lease for",
    }
}

fn log(tx: &mut Transaction<'_>, due: &DueWork, message: String) -> Result<(), StoreError> {
    tx.log(
        &LogRecord::new(tx.now(), LogKind::Access, message)
            .about(&due.work.username)
            .field("router", &due.key.router)
            .field("object", &due.key.object),
    )
}
