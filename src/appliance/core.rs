//! Holds the open site together: store, clock, routers and the configuration in force.
//!
//! The store, the clock, the configuration in force and what was seen of the routers: the same in the running service and
//! in a command that opened the file itself.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use parking_lot::{Mutex, RwLock};

use crate::appliance::in_force::{self, InForce};
use crate::appliance::site_file::SiteFile;
use crate::clock::Clock;
use crate::clock::keeper::Keeper;
use crate::config::clock::ClockConfig;
use crate::health::memory::HealthMemory;
use crate::health::probe::Tries;
use crate::health::round::Round;
use crate::jobs::approved_run::{self, Finished};
use crate::jobs::context::{CompactionHook, JobContext, NoHook, SchedulerError};
use crate::jobs::period_corrections;
use crate::jobs::run::PART_SUBSCRIBERS;
use crate::jobs::scheduler::{self, Scheduler};
use crate::model::alert::{AlertKind, Cause};
use crate::model::day::{Day, Instant};
use crate::model::failure::Failure;
use crate::model::job::{Job, Run};
use crate::model::pending_approval::PendingApproval;
use crate::model::router::work::Generation;
use crate::notices::clock_doubt;
use crate::outbox::connections::connection;
use crate::outbox::connections::intervals::Intervals;
use crate::outbox::connections::observed::RoutersSeen;
use crate::outbox::messages::carrier::Gateways;
use crate::outbox::messages::messenger::Messenger;
use crate::outbox::messages::recovery;
use crate::outbox::router_work::single_try;
use crate::routers::session::SessionLimits;
use crate::rules::trust::Trust;
use crate::store::error::StoreError;
use crate::store::open::Store;
use crate::store::write::alerts::Raised;

/// The log's text when the newest commit was incomplete.
const TAKEN_BACK: &str = "the last change before the store was closed was incomplete on the card and was undone; a \
    payment made at that moment may be missing: enter it again (if it was recorded, nothing changes)";

/// One day in milliseconds.
const DAY_MS: i64 = 86_400_000;

/// For how many days a box may have been off before it starts with a wrong clock: a payment dated later than that after the
/// newest record, and after the build day, is a typing error.
const OFF_DAYS: i64 = 366;

/// Who has the store open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OpenedBy {
    /// The running service: workers carry router work.
    Service,
    /// A command by itself: it tries router work once.
    Alone,
    /// A command on a site that has no store yet: it looks, and nothing of it is kept.
    WithoutStore,
}

/// Everything that is open.
pub struct Appliance {
    /// The store.
    pub store: Arc<Store>,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// Whether the clock is trusted, and which instant records carry.
    pub keeper: Arc<Keeper>,
    /// What was last seen of the routers.
    pub routers: Arc<RoutersSeen>,
    /// What is known of the routers from probe to probe.
    pub health: Arc<HealthMemory>,
    /// Whether the service or a command has it open.
    pub opened_by: OpenedBy,
    inherited: Generation,
    file: PathBuf,
    /// The site's data folder.
    pub data: PathBuf,
    part_subscribers: usize,
    in_force: Arc<RwLock<Arc<InForce>>>,
    scheduler: Mutex<Scheduler>,
    stopping: Arc<AtomicBool>,
    /// Why the file of figures cannot be written, while it cannot be.
    pub metrics_fault: Mutex<Option<String>>,
}

/// When a person's decision is recorded: while the clock is not trusted, at the newest record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Recorded {
    /// The instant that entries carry.
    pub at: Instant,
    /// Its civil day.
    pub today: Day,
    /// Whether the clock is trusted, so that the day is today.
    pub trusted: bool,
    /// No payment can have been made after this instant: now, or while the clock is not trusted, the latest that it can
    /// plausibly be.
    pub latest: Instant,
}

/// The state of the run queue: the occurrences that wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RunQueue {
    /// Nothing runs, and nothing has failed.
    Free,
    /// A run is going on.
    Busy,
    /// A run failed and is tried again; what comes after it waits.
    Failed {
        /// Which job.
        job: Job,
        /// Its planned time.
        planned_for: Instant,
    },
}

impl Appliance {
    /// Loads the site's file and returns the open site.
    ///
    /// # Errors
    /// When nothing is in force and the file is faulty, or when the store fails.
    pub fn start(
        store: Store,
        clock: Arc<dyn Clock>,
        file: &SiteFile,
        opened_by: OpenedBy,
        actor: &str,
    ) -> Result<Self, Failure> {
        let store = Arc::new(store);
        // The file's settings of the clock count from the first record on; a faulty file is reported below.
        let counts = match file.parse() {
            Ok(config) => Some(config),
            Err(_) => in_force::last_good(&store, file)?,
        };
        let (settings, routers) = counts.map_or_else(
            || (ClockConfig::default().settings(), Vec::new()),
            |config| (config.clock.settings(), config.routers),
        );
        let keeper = Arc::new(Keeper::new(Arc::clone(&clock), Arc::clone(&store), settings));
        keeper.adopt(settings, routers.into_iter().map(|router| router.name));
        if opened_by == OpenedBy::Service {
            // The routers are asked as soon as the service runs.
            keeper.expect_answers();
        }
        let in_force = in_force::load(&store, &keeper, file, actor)?;
        in_force.tell(&keeper);
        keeper.forget_void_word()?;
        let inherited = Generation(store.read()?.state()?.last_generation);
        let stopping = Arc::new(AtomicBool::new(false));
        let seen = Arc::new(RoutersSeen::default());
        let appliance = Self {
            store,
            clock,
            keeper,
            health: Arc::new(HealthMemory::beside(Arc::clone(&seen))),
            routers: seen,
            opened_by,
            inherited,
            file: file.path.clone(),
            data: file.places().data,
            part_subscribers: PART_SUBSCRIBERS,
            in_force: Arc::new(RwLock::new(Arc::new(in_force))),
            scheduler: Mutex::new(Scheduler::stopped_by(Arc::clone(&stopping))),
            stopping,
            metrics_fault: Mutex::default(),
        };
        if appliance.store.took_back() {
            appliance.tell_what_was_taken_back();
        }
        let config = &appliance.in_force().config;
        recovery::sending_is_unknown(&appliance.store, config, appliance.recorded()?.at)?;
        Ok(appliance)
    }

    /// Records that an incomplete last change was rolled back. After most power cuts nobody had been answered yet;
    /// after damage to the card somebody may have been.
    fn tell_what_was_taken_back(&self) {
        let told = self.recorded().and_then(|recorded| {
            let raised = Raised::new(Cause::only(AlertKind::Store), TAKEN_BACK.to_owned());
            self.store.write(recorded.at, |tx| tx.raise(&raised))
        });
        tracing::warn!("{TAKEN_BACK}");
        if let Err(error) = told {
            tracing::warn!(%error, "this cannot be recorded");
        }
    }

    /// Returns the same site, whose runs commit in parts of so many subscribers (at least one): for tests that cut a
    /// run between parts.
    #[must_use]
    pub fn in_parts_of(self, subscribers: usize) -> Self {
        Self {
            part_subscribers: subscribers.max(1),
            ..self
        }
    }

    /// Returns the configuration in force.
    #[must_use]
    pub fn in_force(&self) -> Arc<InForce> {
        Arc::clone(&self.in_force.read())
    }

    /// Reads the file again and loads it where it has changed.
    ///
    /// # Errors
    /// When the file cannot be read or the store fails; what was in force stays.
    pub fn reload(&self, actor: &str) -> Result<Arc<InForce>, Failure> {
        let file = SiteFile::read(&self.file)?;
        let taken = Arc::new(in_force::load(&self.store, &self.keeper, &file, actor)?);
        taken.tell(&self.keeper);
        *self.in_force.write() = Arc::clone(&taken);
        self.routers.urge();
        Ok(taken)
    }

    /// Returns whether the clock is trusted now.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn trust(&self) -> Result<Trust, StoreError> {
        Ok(self.keeper.look()?.trust)
    }

    /// Returns the same, once the routers had the chance to tell the time: the running service waits for their first
    /// answers, a command without the service asks them. For what must not be decided while the clock is not trusted.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn settled_trust(&self) -> Result<Trust, StoreError> {
        /// How often to check at most: the keeper stops asking 15 seconds after the start, unless the clock's stopwatch has
        /// stopped.
        const LOOKS_MAX: u32 = 300;
        self.hear_the_routers(LOOKS_MAX);
        self.trust()
    }

    /// Asks the routers for the time, where they may know better and have not been asked. A command without the service asks
    /// them itself; in the service this checks at most `looks_max` times whether they have answered.
    fn hear_the_routers(&self, looks_max: u32) {
        /// Milliseconds between two looks.
        const LOOK_MS: u64 = 50;
        if self.opened_by == OpenedBy::Alone && self.keeper.lacks_answers() {
            single_try::ask_the_time(&self.router_site());
        }
        for _ in 0..looks_max {
            if !self.keeper.is_asking() {
                break;
            }
            std::thread::sleep(Duration::from_millis(LOOK_MS));
        }
    }

    /// Starts the jobs' schedules where they have not started: at the first trusted moment, which may be that of a
    /// command.
    ///
    /// # Errors
    /// When the store cannot be read or written.
    pub fn begin_jobs(&self) -> Result<(), StoreError> {
        in_force::ensure_jobs(&self.store, &self.keeper, &self.in_force().config)
    }

    /// Returns the instant and day that a decision made now carries: the clock's, or while it is not trusted the newest
    /// record's.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn recorded(&self) -> Result<Recorded, StoreError> {
        let look = self.keeper.look()?;
        let at = look.recorded();
        let trusted = look.trust.is_trusted();
        let latest = if trusted {
            at
        } else {
            let built = Instant::from_millis(i64::from(self.clock.build_day().number()).saturating_mul(DAY_MS));
            let off = OFF_DAYS.saturating_mul(DAY_MS);
            at.max(built).plus_millis(off).max(look.now)
        };
        Ok(Recorded {
            at,
            today: at.day_in(&self.in_force().terms.zone),
            trusted,
            latest,
        })
    }

    /// Corrects the periods of subscribers who paid while the day was not known, once the clock is trusted and before anything
    /// else is decided about them. Routers that may know the day are asked first; a payment waits two seconds at most for them.
    pub(crate) fn correct_periods(&self) {
        const LOOKS_MAX: u32 = 40;
        self.hear_the_routers(LOOKS_MAX);
        let in_force = self.in_force();
        if let Err(error) = period_corrections::correct_all(&self.store, &self.keeper, &in_force.terms) {
            tracing::warn!(%error, "paid-through dates could not be recalculated; this is tried again when the jobs \
                are next checked");
        }
    }

    /// Runs every occurrence that has come, in order. One run at a time: a second caller waits. `hook` is called before
    /// the store is closed for compaction.
    ///
    /// # Errors
    /// When a run fails; it is tried again later.
    pub fn work_off(&self, hook: &dyn CompactionHook) -> Result<Vec<Run>, SchedulerError> {
        let in_force = self.in_force();
        let mut scheduler = self.scheduler.lock();
        if self.keeper.is_asking() {
            return Ok(Vec::new());
        }
        self.keeper.forget_void_word()?;
        if self.opened_by == OpenedBy::Service {
            clock_doubt::keep(&self.store, &self.keeper)?;
        }
        in_force::ensure_jobs(&self.store, &self.keeper, &in_force.config)?;
        let ran = scheduler.work_off(self.job_context(&in_force, hook));
        drop(scheduler);
        self.keeper.keep_floor_near()?;
        if ran.as_ref().is_ok_and(|ran| !ran.is_empty()) {
            self.routers.ring();
        }
        ran
    }

    /// Does `work` between two runs: waits for one that is going on, and keeps the next from starting.
    pub(crate) fn between_runs<R>(&self, work: impl FnOnce() -> R) -> R {
        let _one_at_a_time = self.scheduler.lock();
        work()
    }

    /// Makes [`work_off`](Self::work_off) end after the present part of a run, for good.
    pub fn stop_runs(&self) {
        self.stopping.store(true, Ordering::Release);
    }

    /// Returns when a job may be due next.
    ///
    /// # Errors
    /// When the store or a schedule cannot be read.
    pub fn next_due(&self) -> Result<Option<Instant>, SchedulerError> {
        let in_force = self.in_force();
        self.scheduler.lock().next_due(self.job_context(&in_force, &NoHook))
    }

    /// Returns the state of the run queue; never waits for a run.
    #[must_use]
    pub fn line(&self) -> RunQueue {
        self.scheduler.try_lock().map_or(RunQueue::Busy, |scheduler| {
            scheduler
                .failure()
                .map_or(RunQueue::Free, |(job, planned_for)| RunQueue::Failed {
                    job,
                    planned_for,
                })
        })
    }

    /// Runs a job now, after its missed occurrences. One run at a time: waits for one that is going on.
    ///
    /// # Errors
    /// When a run fails.
    pub fn run_now(
        &self,
        job: Job,
        hook: &dyn CompactionHook,
        step: &mut dyn FnMut(u64, u64),
    ) -> Result<Vec<Run>, SchedulerError> {
        let in_force = self.in_force();
        let _one_at_a_time = self.scheduler.lock();
        // The site may have started while the clock was not trusted: its jobs' schedules start now.
        in_force::ensure_jobs(&self.store, &self.keeper, &in_force.config)?;
        let ran = scheduler::run_now(self.job_context(&in_force, hook), job, step);
        self.routers.ring();
        ran
    }

    /// Approves a held run of `disconnect` and carries it out; returns `None` where it does not wait any more. One run at a
    /// time: waits for one that is going on.
    ///
    /// # Errors
    /// When the store fails or the clock is not trusted; what is approved and unfinished goes on by itself.
    pub fn approve_disconnect(
        &self,
        held: &PendingApproval,
        by: &str,
        step: &mut dyn FnMut(u64, u64),
    ) -> Result<Option<Finished>, SchedulerError> {
        let in_force = self.in_force();
        let _one_at_a_time = self.scheduler.lock();
        approved_run::approve(self.job_context(&in_force, &NoHook), held, by, step)
    }

    /// Passes new decisions on to the routers: wakes the workers of the running service, or tries the work once where a
    /// command runs without it. Returns what is still to be done then, as a note for the person who asked.
    #[must_use]
    pub fn tell_routers(&self) -> Option<String> {
        self.routers.ring();
        match self.opened_by {
            OpenedBy::Service => None,
            OpenedBy::Alone => single_try::try_once(&self.router_site()),
            OpenedBy::WithoutStore => None,
        }
    }

    /// Writes what a command without the service has seen of the routers: it would be forgotten with the process. The service writes it
    /// with commits that happen anyway.
    pub fn keep_what_was_seen(&self) {
        let seen = self.routers.unwritten();
        if self.opened_by == OpenedBy::Service || seen.is_empty() {
            return;
        }
        let written = self.recorded().and_then(|recorded| {
            self.store.write(recorded.at, |tx| {
                seen.iter()
                    .try_for_each(|(router, reading)| tx.put_router_reading(router, reading))
            })
        });
        match written {
            Ok(()) => self.routers.note_written(seen),
            Err(error) => tracing::warn!(%error, "what was seen of the routers could not be recorded"),
        }
    }

    /// Returns what router work needs of this site.
    #[must_use]
    pub fn router_site(&self) -> connection::RouterContext {
        let in_force = Arc::clone(&self.in_force);
        connection::RouterContext {
            store: Arc::clone(&self.store),
            keeper: Arc::clone(&self.keeper),
            config: Arc::new(move || Arc::clone(&in_force.read().config)),
            routers: Arc::clone(&self.routers),
            inherited: self.inherited,
            limits: SessionLimits::default(),
            intervals: Intervals::default(),
        }
    }

    /// Returns the messenger that hands messages to their gateways until `stop` is set.
    #[must_use]
    pub fn messenger(&self, stop: Arc<AtomicBool>) -> Messenger {
        let site = self.router_site();
        let carrier = Arc::new(Gateways::new(Arc::clone(&site.config)));
        Messenger::new(site, self.data.clone(), carrier, stop)
    }

    /// Returns a round of probes over this site's routers.
    #[must_use]
    pub fn round(&self) -> Round {
        Round {
            site: self.router_site(),
            memory: Arc::clone(&self.health),
            tries: Tries::default(),
            data: self.data.clone(),
        }
    }

    fn job_context<'a>(&'a self, in_force: &'a InForce, hook: &'a dyn CompactionHook) -> JobContext<'a> {
        JobContext {
            store: &self.store,
            keeper: &self.keeper,
            terms: &in_force.terms,
            config: &in_force.config,
            data: &self.data,
            part_subscribers: self.part_subscribers,
            hook,
        }
    }
}
