//! The worker of one router.
//!
//! It reads the store when it is woken and from time to time; where there is work it logs in, carries it out in batches over
//! one connection, and closes the connection when there is nothing more to do. A router that fails is tried again after a
//! while, and at once for a newer decision or when the owner asks. After a first contact, an outage, a reboot or a night's cut-off all
//! objects are checked once. From time to time the router is asked what time it is. A router that hangs delays no other.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{Instant as Stopwatch, timeout_at};

use crate::config::read::Config;
use crate::config::routers::RouterConfig;
use crate::model::job::{Job, RunId};
use crate::model::name::RouterName;
use crate::model::router::readings::RouterState;
use crate::model::router::work::Generation;
use crate::outbox::connections::connection::{self, ConnectionError, RouterContext, note_alive, note_error};
use crate::outbox::connections::uptime::Uptime;
use crate::outbox::router_work::backoff::Backoff;
use crate::outbox::router_work::batch::{self, BatchError, DueWork};
use crate::outbox::router_work::drift::DriftPolicy;
use crate::outbox::router_work::reconcile;
use crate::routers::session::Session;
use crate::store::error::StoreError;

/// Runs a worker for each router of the configuration in force until `stop` is set; routers may come and go.
pub async fn run_all(site: RouterContext, mut stop: watch::Receiver<bool>) {
    let mut workers: BTreeMap<RouterName, (watch::Sender<bool>, JoinHandle<()>)> = BTreeMap::new();
    let mut waker = site.routers.listen();
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
                site.routers.forget(name);
            }
            stays
        });
        tokio::select! {
            _ = stop.changed() => {}
            _ = waker.changed() => {}
            () = tokio::time::sleep(site.intervals.look) => {}
        }
    }
    for (end, _) in workers.values() {
        end.send_replace(true);
    }
    for (_, task) in workers.into_values() {
        // Each worker ends at its next turn; the waits inside are bounded.
        if let Err(error) = task.await {
            tracing::error!(%error, "a router's worker crashed");
        }
    }
}

/// What a worker keeps between two turns.
struct Worker {
    session: Option<Session>,
    /// How many sessions there were.
    connection: u64,
    /// The router's configuration at the last turn.
    router: Option<RouterConfig>,
    /// Until when an open connection is kept without work.
    idle_until: Option<Stopwatch>,
    /// An object was not there: it is looked for again on a later connection.
    wants_new_connection: bool,
    uptime: Uptime,
    failures: u32,
    failed: Option<FailedRouter>,
    reconcile: bool,
    /// How often others had seen it come back when all objects were last to be checked.
    returns: u64,
    /// The run of `disconnect` after which all objects were last to be checked.
    cut_off: Option<RunId>,
    /// Whether the last check of all objects found cuts that wait for a trusted clock.
    waits_for_clock: bool,
    backoff: Backoff,
}

/// A router that failed, and what would make it worth a try before its time.
struct FailedRouter {
    since: Stopwatch,
    until: Stopwatch,
    /// Whether it refused the login, is another box, or has no password.
    refused: bool,
    /// The newest decision about it when it was tried.
    newest: Generation,
    /// How often the owner had asked for a try when it was tried.
    urges: u64,
}

/// What a worker waits for after a turn.
enum WorkerWait {
    /// There is more to do.
    AtOnce,
    /// Nothing to do until this moment, unless it is woken.
    At(Stopwatch),
}

async fn worker(site: RouterContext, name: RouterName, mut stop: watch::Receiver<bool>) {
    let mut waker = site.routers.listen();
    let mut state = Worker {
        session: None,
        connection: 0,
        router: None,
        idle_until: None,
        wants_new_connection: false,
        uptime: Uptime::default(),
        failures: 0,
        failed: None,
        reconcile: true,
        returns: site.routers.returns(&name),
        cut_off: None,
        waits_for_clock: false,
        backoff: Backoff::new(site.intervals),
    };
    while !*stop.borrow() {
        waker.borrow_and_update();
        let config = (site.config)();
        let Some(router) = config.router(&name) else {
            break;
        };
        let next = tokio::select! {
            next = state.look(&site, &config, router) => next,
            _ = stop.changed() => break,
        };
        if let WorkerWait::At(moment) = next {
            tokio::select! {
                _ = timeout_at(moment, waker.changed()) => {}
                _ = stop.changed() => {}
            }
        }
    }
    state.hang_up().await;
}

/// Returns the last run of `disconnect`.
fn last_cut_off(site: &RouterContext) -> Result<Option<RunId>, StoreError> {
    Ok(site
        .store
        .read()?
        .job(Job::Disconnect)?
        .and_then(|state| state.last_run))
}

impl Worker {
    async fn look(&mut self, site: &RouterContext, config: &Config, router: &RouterConfig) -> WorkerWait {
        if self.router.as_ref() != Some(router) {
            // Another address, another user: what is known of the old one is void.
            self.hang_up().await;
            (self.failures, self.failed, self.uptime) = (0, None, Uptime::default());
            self.reconcile = true;
            self.router = Some(router.clone());
        }
        if self.waits_for_clock && matches!(site.keeper.trusted(), Ok(Ok(_))) {
            (self.waits_for_clock, self.reconcile) = (false, true);
        }
        let returns = site.routers.returns(&router.name);
        if std::mem::replace(&mut self.returns, returns) != returns {
            self.reconcile = true;
        }
        match last_cut_off(site) {
            Ok(run) if run != self.cut_off => {
                self.cut_off = run;
                self.reconcile = true;
            }
            Ok(_) => {}
            Err(error) => tracing::warn!(router = %router.name, %error, "the last run cannot be read"),
        }
        let urges = site.routers.urges();
        let due = match batch::due(site, router, &self.backoff) {
            Ok(due) => due,
            Err(error) => {
                tracing::warn!(router = %router.name, %error, "router work cannot be read");
                return WorkerWait::At(Stopwatch::now() + site.intervals.look);
            }
        };
        if due.rows.is_empty() && !self.reconcile && !site.keeper.wants(&router.name) {
            return self.rest(site.intervals.look, site.intervals.idle).await;
        }
        if let Some(until) = self.has_to_wait(site, router, due.newest, urges) {
            return WorkerWait::At(until);
        }
        // A connection that was kept idle may be dead for long without anybody having noticed.
        let rested = self.idle_until.take().is_some();
        if self.session.is_none() {
            match self.open(site, router).await {
                Ok(true) => return WorkerWait::AtOnce,
                Ok(false) => {}
                Err(error) => return self.fails(site, &error, due.newest, urges),
            }
        }
        match self.carry(site, config, router, due.rows).await {
            Ok(()) => {
                (self.failures, self.failed) = (0, None);
                note_alive(site, router);
                WorkerWait::AtOnce
            }
            Err(BatchError::Router(error)) => {
                self.session = None;
                let error = ConnectionError::Router(error);
                note_error(site, router, &error);
                if rested {
                    self.reconcile = true;
                    return WorkerWait::AtOnce;
                }
                self.fails(site, &error, due.newest, urges)
            }
            Err(BatchError::Store(error)) => {
                tracing::warn!(router = %router.name, %error, "router work cannot be closed");
                self.hang_up().await;
                WorkerWait::At(Stopwatch::now() + site.intervals.look)
            }
        }
    }

    /// Logs in; returns whether the router came back, so that more may be due than before.
    async fn open(&mut self, site: &RouterContext, router: &RouterConfig) -> Result<bool, ConnectionError> {
        let contact = connection::open(site, router).await?;
        self.connection = self.connection.saturating_add(1);
        self.session = Some(contact.session);
        self.wants_new_connection = false;
        let now = Stopwatch::now();
        let rebooted = self.uptime.is_reboot(contact.uptime_s, now);
        let came_back = rebooted || self.failed.take().is_some();
        if came_back {
            tracing::info!(router = %router.name, rebooted, "every object is checked");
            self.reconcile = true;
            self.backoff.wake_all(now);
        }
        Ok(came_back)
    }

    /// Carries out a batch, or, where nothing is due, checks all objects that are to be checked; asks for the time now and
    /// then.
    async fn carry(
        &mut self,
        site: &RouterContext,
        config: &Config,
        router: &RouterConfig,
        due: Vec<DueWork>,
    ) -> Result<(), BatchError> {
        let Some(session) = self.session.as_mut() else {
            return Ok(());
        };
        connection::hear_the_time(site, router, session).await?;
        if due.is_empty() && self.reconcile {
            let found = reconcile::reconcile(site, config, router, session, DriftPolicy::ByItself).await?;
            self.reconcile = false;
            self.waits_for_clock = found.in_doubt.is_some();
            tracing::info!(
                router = %router.name,
                looked_at = found.looked_at,
                differ = found.differ,
                healed = found.healed,
                held = found.held.as_ref().map_or(0, |held| held.cuts),
                in_doubt = found.in_doubt.as_ref().map_or(0, |in_doubt| in_doubt.cuts),
                "reconciled"
            );
        } else if !due.is_empty() {
            let done = batch::carry(site, config, router, session, self.connection, due, &mut self.backoff).await?;
            self.wants_new_connection |= done.look_again_on_new_connection;
        }
        Ok(())
    }

    /// Rests while there is nothing to do: the connection stays open a little for the next payment.
    async fn rest(&mut self, look: Duration, idle: Duration) -> WorkerWait {
        let now = Stopwatch::now();
        let look = now + look;
        let again = self.backoff.earliest_after(now).unwrap_or(look).min(look);
        let idle_until = *self.idle_until.get_or_insert(now + idle);
        if self.session.is_none() || now >= idle_until || self.wants_new_connection {
            self.hang_up().await;
            return WorkerWait::At(again);
        }
        WorkerWait::At(again.min(idle_until))
    }

    async fn hang_up(&mut self) {
        self.idle_until = None;
        if let Some(session) = self.session.take() {
            session.close().await;
        }
    }

    /// Returns until when a router that failed is not tried; `None` when it may be tried now.
    fn has_to_wait(
        &self,
        site: &RouterContext,
        router: &RouterConfig,
        newest: Generation,
        urges: u64,
    ) -> Option<Stopwatch> {
        let failed = self.failed.as_ref().filter(|_| self.session.is_none())?;
        let now = Stopwatch::now();
        let answers = || site.routers.of(&router.name).state == RouterState::Up;
        if now >= failed.until || urges != failed.urges || answers() {
            return None;
        }
        if newest <= failed.newest {
            return Some(failed.until);
        }
        // Each refused login is a line in the router's log, and a payment does not mend a password.
        let again = failed.since + site.intervals.login_again;
        (failed.refused && now < again).then(|| again.min(failed.until))
    }

    fn fails(&mut self, site: &RouterContext, error: &ConnectionError, newest: Generation, urges: u64) -> WorkerWait {
        let refused = error.needs_a_person();
        let since = Stopwatch::now();
        let wait = if refused {
            site.intervals.login(self.failures)
        } else {
            site.intervals.router(self.failures)
        };
        self.failures = self.failures.saturating_add(1);
        self.failed = Some(FailedRouter {
            since,
            until: since + wait,
            refused,
            newest,
            urges,
        });
        // The generation when the try began, and not the present one: what was decided meanwhile does not wait.
        WorkerWait::AtOnce
    }
}
