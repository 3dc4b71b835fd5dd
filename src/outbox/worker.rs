//! What does the worker of one router do all day?
//!
//! It looks at the store when it is woken and from time to time; where there is work it logs in, does it in batches over
//! one connection, and closes the connection when there is nothing more to do. A router that fails is tried again after
//! two seconds, doubling to thirty; a new decision is tried at once. After a first contact, an outage or a reboot everything
//! is looked at once. A router that hangs delays no other.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{Instant as Stopwatch, timeout_at};

use crate::config::read::Config;
use crate::config::routers::RouterConfig;
use crate::model::name::RouterName;
use crate::outbox::batch::{self, BatchError};
use crate::outbox::contact::{self, ContactError, Site, note_error};
use crate::outbox::patience::{Patience, router_wait};
use crate::outbox::reconcile::{self, Healing};
use crate::routers::router_error::FailureKind;
use crate::routers::session::Session;

/// A worker looks at the store at least this often, in seconds, also when nobody rings.
const LOOK_S: u64 = 30;

/// A connection without work is kept this long, in seconds, for the next payment.
const IDLE_S: u64 = 5;

/// A router that refuses the login is tried again after this long, in seconds: each try is a line in its log, and only a
/// person can help.
const LOGIN_REFUSED_S: u64 = 15 * 60;

/// Runs a worker for each router of the configuration in force until `stop` says so; routers may come and go.
pub async fn run_all(site: Site, mut stop: watch::Receiver<bool>) {
    let mut workers: BTreeMap<RouterName, (watch::Sender<bool>, JoinHandle<()>)> = BTreeMap::new();
    let mut bell = site.routers.listen();
    while !*stop.borrow() {
        let config = (site.config)();
        for router in &config.routers {
            let gone = workers.get(&router.name).is_some_and(|(_, task)| task.is_finished());
            if gone || !workers.contains_key(&router.name) {
                let (end, ended) = watch::channel(false);
                let task = tokio::spawn(worker(site.clone(), router.name.clone(), ended));
                workers.insert(router.name.clone(), (end, task));
            }
        }
        workers.retain(|name, (end, _)| {
            let stays = config.router(name).is_some();
            if !stays {
                end.send_replace(true);
            }
            stays
        });
        tokio::select! {
            _ = stop.changed() => {}
            _ = bell.changed() => {}
            () = tokio::time::sleep(Duration::from_secs(LOOK_S)) => {}
        }
    }
    for (end, _) in workers.values() {
        end.send_replace(true);
    }
    for (_, task) in workers.into_values() {
        // Each worker ends at its next look; the waits inside are bounded.
        if let Err(error) = task.await {
            tracing::error!(%error, "a router's worker ended badly");
        }
    }
}

/// What a worker keeps between two looks.
struct Worker {
    session: Option<Session>,
    connection: u64,
    /// Until when an open connection is kept without work.
    idle_until: Option<Stopwatch>,
    failures: u32,
    reconcile: bool,
    patience: Patience,
}

/// What a worker waits for after a look.
enum Next {
    /// There is more to do.
    AtOnce,
    /// Nothing to do until this moment, unless somebody rings.
    At(Stopwatch),
}

async fn worker(site: Site, name: RouterName, mut stop: watch::Receiver<bool>) {
    let mut bell = site.routers.listen();
    let mut state = Worker {
        session: None,
        connection: 0,
        idle_until: None,
        failures: 0,
        reconcile: true,
        patience: Patience::default(),
    };
    while !*stop.borrow() {
        bell.borrow_and_update();
        let config = (site.config)();
        let Some(router) = config.router(&name) else {
            break;
        };
        let next = tokio::select! {
            next = state.look(&site, &config, router) => next,
            _ = stop.changed() => break,
        };
        if let Next::At(moment) = next {
            tokio::select! {
                _ = timeout_at(moment, bell.changed()) => {}
                _ = stop.changed() => {}
            }
        }
    }
    if let Some(session) = state.session.take() {
        session.close().await;
    }
}

impl Worker {
    async fn look(&mut self, site: &Site, config: &Config, router: &RouterConfig) -> Next {
        let due = match batch::due(site, router, &self.patience) {
            Ok(due) => due,
            Err(error) => {
                tracing::warn!(router = %router.name, %error, "router work cannot be read");
                return Next::At(Stopwatch::now() + Duration::from_secs(LOOK_S));
            }
        };
        if due.is_empty() && !self.reconcile {
            return self.rest().await;
        }
        self.idle_until = None;
        if self.session.is_none() {
            match contact::open(site, router).await {
                Ok(contact) => {
                    self.failures = 0;
                    self.connection = self.connection.saturating_add(1);
                    self.session = Some(contact.session);
                    if contact.came_back {
                        self.reconcile = true;
                        self.patience.wake_all(Stopwatch::now());
                        // What waits is read again: more may be due now.
                        return Next::AtOnce;
                    }
                }
                Err(error) => return self.wait_for_router(&error),
            }
        }
        let Some(session) = self.session.as_mut() else {
            return Next::AtOnce;
        };
        let done = if due.is_empty() {
            reconcile::reconcile(site, config, router, session, Healing::ByItself).await.map(|found| {
                self.reconcile = false;
                tracing::info!(router = %router.name, looked_at = found.looked_at, differ = found.differences.len(), healed = found.healed, "reconciled");
                false
            })
        } else {
            batch::carry(site, config, router, session, self.connection, due, &mut self.patience)
                .await
                .map(|result| result.look_again_on_new_connection)
        };
        match done {
            Ok(false) => Next::AtOnce,
            Ok(true) => {
                self.hang_up().await;
                Next::AtOnce
            }
            Err(BatchError::Router(error)) => {
                self.session = None;
                let error = ContactError::Router(error);
                note_error(site, router, &error);
                self.wait_for_router(&error)
            }
            Err(BatchError::Store(error)) => {
                tracing::warn!(router = %router.name, %error, "router work cannot be closed");
                self.hang_up().await;
                Next::At(Stopwatch::now() + Duration::from_secs(LOOK_S))
            }
        }
    }

    /// Nothing to do: the connection stays open a little for the next payment.
    async fn rest(&mut self) -> Next {
        let now = Stopwatch::now();
        let look = now + Duration::from_secs(LOOK_S);
        let again = self.patience.earliest_after(now).unwrap_or(look).min(look);
        if self.session.is_none() {
            return Next::At(again);
        }
        match self.idle_until {
            None => {
                let idle_until = now + Duration::from_secs(IDLE_S);
                self.idle_until = Some(idle_until);
                Next::At(again.min(idle_until))
            }
            Some(idle_until) if now < idle_until => Next::At(again.min(idle_until)),
            Some(_) => {
                self.hang_up().await;
                Next::At(again)
            }
        }
    }

    async fn hang_up(&mut self) {
        self.idle_until = None;
        if let Some(session) = self.session.take() {
            session.close().await;
        }
    }

    fn wait_for_router(&mut self, error: &ContactError) -> Next {
        let refused = match error {
            ContactError::Router(error) => error.kind() == FailureKind::LoginRefused,
            ContactError::Secret(_) => true,
        };
        let wait = if refused {
            Duration::from_secs(LOGIN_REFUSED_S)
        } else {
            router_wait(self.failures)
        };
        self.failures = self.failures.saturating_add(1);
        Next::At(Stopwatch::now() + wait)
    }
}
