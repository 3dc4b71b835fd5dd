//! Runs the box, cuts its power, and starts it again.
//!
//! The real program under a clock that is moved by hand: the store on the disk, the appliance behind every command, and
//! the workers that carry router work over the network. Losing the power leaves the store as it lay on the disk at that
//! moment, not as an orderly end would leave it.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use parking_lot::Mutex;
use serde_json::Value;
use tokio::sync::watch;

use crate::appliance::core::OpenedBy;
use crate::appliance::site_file::SiteFile;
use crate::clock::kernel::KernelSays;
use crate::clock::{Clock, ManualClock};
use crate::commands::dispatch::Commands;
use crate::commands::request::Request;
use crate::commands::request::{Call, Handler};
use crate::commands::{Silent, WIDTH_COLUMNS};
use crate::health::probe::Tries;
use crate::health::round::{Round, RoundOccasion};
use crate::health::watch::HealthWatch;
use crate::jobs::context::SchedulerError;
use crate::model::day::Instant;
use crate::model::failure::Failure;
use crate::model::job::Run;
use crate::model::router::work::WorkState;
use crate::outbox::messages::messenger::RoundResult;
use crate::outbox::router_work::worker;
use crate::service::open_site;
use crate::store::error::StoreError;
use crate::store::open::Create;

/// Seconds to wait for the store; nobody else has it.
const STORE_WAIT_S: u64 = 5;
/// Milliseconds between two looks at something that is waited for.
const LOOK_MS: u64 = 2;
/// How many looks: ten seconds.
const LOOKS_MAX: u32 = 5_000;
/// Milliseconds that one try of a probe may take.
const TRY_MS: u64 = 2_000;
/// Who types the commands.
const ACTOR: &str = "demo";

/// The box, on or off.
pub struct DemoBox {
    clock: Arc<ManualClock>,
    site: PathBuf,
    on: Option<On>,
}

struct On {
    commands: Arc<Commands>,
    end: watch::Sender<End>,
    workers: JoinHandle<()>,
    /// Probes the router at its planned times.
    watch: Mutex<HealthWatch>,
}

/// How the workers end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    NotYet,
    /// Each finishes what it is about.
    Orderly,
    /// In the middle of a word.
    AtOnce,
}

impl DemoBox {
    /// Creates a box that is off.
    #[must_use]
    pub const fn new(site: PathBuf, clock: Arc<ManualClock>) -> Self {
        Self { clock, site, on: None }
    }

    /// Switches it on: opens the store, takes the configuration in, starts the routers' workers.
    ///
    /// # Errors
    /// As `weir run`.
    pub fn switch_on(&mut self) -> Result<(), Failure> {
        let file = SiteFile::read(&self.site)?;
        let wait = Duration::from_secs(STORE_WAIT_S);
        let store = open_site::store(&file, Create::IfMissing, "demo", wait)?;
        let clock: Arc<dyn Clock> = self.clock.clone();
        let commands = Arc::new(Commands::start(store, clock, &file, OpenedBy::Service, ACTOR)?);
        let (end, ended) = watch::channel(End::NotYet);
        let workers = workers(&commands, ended).map_err(|error| {
            Failure::refused(
                format!("no thread for the router's worker: {error}"),
                "check how much memory is left",
            )
        })?;
        let round = Round {
            // The room on the disk of whoever looks at a demo is no part of it.
            data: PathBuf::new(),
            ..quick_round(&commands)
        };
        let watch = Mutex::new(HealthWatch::new(round, Arc::new(|| None))?);
        self.on = Some(On {
            commands,
            end,
            workers,
            watch,
        });
        Ok(())
    }

    /// Switches it on while its clock shows something else than the time, and no time server has been reached.
    ///
    /// # Errors
    /// As [`Self::switch_on`].
    pub fn wake_at(&mut self, shows: Instant) -> Result<(), Failure> {
        self.clock.step(shows);
        let says = KernelSays::Unsynchronised("no time server was reached since the start".to_owned());
        self.clock.have_kernel_say(Some(says));
        self.switch_on()
    }

    /// Lets the box run for so many milliseconds, whatever its clock shows. Returns the runs.
    ///
    /// # Errors
    /// When a run fails.
    pub fn go_on_for(&self, ms: i64) -> Result<Vec<Run>, Failure> {
        self.clock.set(self.clock.now().plus_millis(ms));
        self.commands()?.work_off().map_err(failed)
    }

    /// Sets the clock to the time of a time server, in one step.
    pub fn set_right(&self, time: Instant) {
        self.clock.step(time);
        self.clock.have_kernel_say(None);
    }

    /// Stops it in order.
    pub fn switch_off(&mut self) {
        if let Some(on) = self.on.take() {
            on.watch.lock().end();
            on.end(End::Orderly);
        }
    }

    /// Cuts its power: what is on the disk at this moment is all that is left.
    ///
    /// # Errors
    /// When the store's file cannot be copied.
    pub fn lose_power(&mut self) -> Result<(), Failure> {
        let Some(on) = self.on.take() else {
            return Ok(());
        };
        let path = on.commands.store.path().to_owned();
        let left = path.with_extension("left");
        // With the turn in hand no transaction is under way: each commit is on the disk as a whole.
        let turn = on.commands.store.turn();
        let copied = fs::copy(&path, &left);
        drop(turn);
        on.end(End::AtOnce);
        copied.and_then(|_| fs::rename(&left, &path)).map_err(|error| {
            Failure::refused(
                format!("`{}` cannot be copied: {error}", path.display()),
                "check that there is room",
            )
        })
    }

    /// Returns the commands of the site that is open.
    ///
    /// # Errors
    /// When the box is off.
    pub fn commands(&self) -> Result<&Arc<Commands>, Failure> {
        self.on.as_ref().map(|on| &on.commands).ok_or_else(|| {
            Failure::refused(
                "the demo asked a box that is switched off",
                "report this as a bug in Weir",
            )
        })
    }

    /// Types a command; returns its `--json` answer.
    ///
    /// # Errors
    /// When the command is refused or fails.
    pub fn ask(&self, request: Request) -> Result<Value, Failure> {
        let call = Call {
            request,
            actor: ACTOR.to_owned(),
            json: true,
            width: WIDTH_COLUMNS,
        };
        let reply = self.commands()?.handle(&call, &mut Silent)?;
        serde_json::from_str(&reply.payload).map_err(|error| {
            Failure::refused(
                format!("the answer to `{}` is not JSON: {error}", call.request.name()),
                "report this as a bug in Weir",
            )
        })
    }

    /// Lets the time pass until `to`, at speed: every planned moment on the way has its turn. Returns the runs.
    ///
    /// # Errors
    /// When a run fails.
    pub fn go_to(&self, to: Instant) -> Result<Vec<Run>, Failure> {
        let mut ran = Vec::new();
        if let Ok(commands) = self.commands() {
            // What was missed comes first.
            ran.extend(commands.work_off().map_err(failed)?);
            self.watch()?;
            while let Some(next) = self.next_moment(commands)?.filter(|next| *next <= to) {
                if next > self.clock.now() {
                    self.clock.set(next);
                }
                ran.extend(commands.work_off().map_err(failed)?);
                self.watch()?;
            }
        }
        self.clock.set(to);
        Ok(ran)
    }

    /// Returns when a job or a probe is planned next.
    fn next_moment(&self, commands: &Commands) -> Result<Option<Instant>, Failure> {
        let job = commands.next_due().map_err(failed)?;
        let now = self.clock.now();
        let on = self.on.as_ref();
        let probe = on
            .and_then(|on| on.watch.lock().next_round())
            .filter(|next| *next > now);
        Ok([job, probe].into_iter().flatten().min())
    }

    /// Probes the router where that is planned now.
    fn watch(&self) -> Result<(), Failure> {
        let Some(on) = &self.on else {
            return Ok(());
        };
        let looked = runtime()?.block_on(on.watch.lock().look());
        looked.map(drop).map_err(|error| {
            Failure::refused(
                format!("the router could not be probed: {error}"),
                "check that there is room on the disk",
            )
        })
    }

    /// Hands over every message that may leave now, as the messages' thread of the service does.
    ///
    /// # Errors
    /// When the store cannot be read or written.
    pub fn speak(&self) -> Result<(), Failure> {
        let Ok(commands) = self.commands() else {
            return Ok(());
        };
        let mut messenger = commands.messenger(Arc::default());
        for _ in 0..LOOKS_MAX {
            if messenger.look()? == RoundResult::Idle {
                break;
            }
        }
        Ok(())
    }

    /// Probes the router, as `health` does each quarter of an hour; the tries follow each other faster.
    ///
    /// # Errors
    /// When the store cannot be read or written, or there is no event queue.
    pub fn probe(&self) -> Result<(), Failure> {
        let round = quick_round(self.commands()?);
        runtime()?.block_on(round.go(RoundOccasion::ByHand, Vec::new()))?;
        Ok(())
    }

    /// Types a command; returns its answer as a person reads it.
    ///
    /// # Errors
    /// When the command is refused or fails.
    pub fn page(&self, request: Request) -> Result<String, Failure> {
        let call = Call {
            request,
            actor: ACTOR.to_owned(),
            json: false,
            width: WIDTH_COLUMNS,
        };
        Ok(self.commands()?.handle(&call, &mut Silent)?.payload)
    }

    /// Returns whether the routers have confirmed everything that was decided, waiting for it up to ten seconds.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn routers_confirm(&self) -> Result<bool, Failure> {
        let store = &self.commands()?.store;
        for _ in 0..LOOKS_MAX {
            let mut pending = false;
            store.read()?.each_work(None, |_, work| -> Result<(), StoreError> {
                pending |= work.state == WorkState::Pending;
                Ok(())
            })?;
            if !pending {
                return Ok(true);
            }
            thread::sleep(Duration::from_millis(LOOK_MS));
        }
        Ok(false)
    }
}

/// Returns a round of probes whose tries follow each other faster than on a real box.
fn quick_round(commands: &Commands) -> Round {
    Round {
        tries: Tries {
            limit: Duration::from_millis(TRY_MS),
            every: Duration::from_millis(LOOK_MS),
        },
        ..commands.round()
    }
}

fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::refused(format!("no probe can start: {error}"), "check how much memory is left"))
}

impl On {
    fn end(self, how: End) {
        self.end.send_replace(how);
        // A worker that panicked has nothing left to end.
        drop(self.workers.join());
    }
}

/// Waits until a condition holds, up to ten seconds; returns whether it did, and after how many milliseconds.
pub fn wait_for(mut is_so: impl FnMut() -> bool) -> Option<u64> {
    for looks in 0..LOOKS_MAX {
        if is_so() {
            return Some(LOOK_MS.saturating_mul(looks.into()));
        }
        thread::sleep(Duration::from_millis(LOOK_MS));
    }
    None
}

fn workers(commands: &Arc<Commands>, mut ended: watch::Receiver<End>) -> std::io::Result<JoinHandle<()>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let site = commands.router_site();
    thread::Builder::new().name("routers".to_owned()).spawn(move || {
        runtime.block_on(async {
            let (stop, stopped) = watch::channel(false);
            let all = worker::run_all(site, stopped);
            tokio::pin!(all);
            tokio::select! {
                () = &mut all => return,
                _ = ended.wait_for(|end| *end != End::NotYet) => {}
            }
            if *ended.borrow() == End::Orderly {
                stop.send_replace(true);
                all.await;
            }
        });
        // Dropping the runtime drops what the workers were about, with their connections.
        drop(runtime);
    })
}

fn failed(error: SchedulerError) -> Failure {
    Failure::refused(
        format!("a planned run failed: {error}"),
        "check that there is room on the disk",
    )
}
