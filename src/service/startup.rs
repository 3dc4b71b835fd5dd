//! Starts the service and its threads.
//!
//! In order: the lock of the store, the store, the configuration, the socket; then the scheduler's thread, the routers' thread,
//! that of the messages, and the control socket on this one. The service reports ready when it listens on the socket. Each
//! thread that waits for sockets has a runtime of one thread: router work that waits for the store delays no command.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};
use tokio::signal::unix::Signal;
use tokio::sync::watch;

use crate::appliance::core::{self, Appliance, OpenedBy};
use crate::appliance::site_file::SiteFile;
use crate::clock::SystemClock;
use crate::commands::Reply;
use crate::commands::dispatch::Commands;
use crate::commands::jobs::registry;
use crate::commands::request::Handler;
use crate::config::places::SitePlaces;
use crate::control::bind::{self, Bound};
use crate::control::{client, peer, server};
use crate::health::unrecorded::STOPPED;
use crate::health::watch::{BlockedReason, HealthWatch};
use crate::model::failure::Failure;
use crate::model::io_words::in_words;
use crate::model::record::{LogKind, LogRecord};
use crate::outbox::router_work::worker;
use crate::service::follow_up::Answering;
use crate::service::shutdown::{self, Signals, StopSignal};
use crate::service::wake_ups::Waker;
use crate::service::{journal, open_site, panics, reload, systemd, ticker};
use crate::store::error::StoreError;
use crate::store::open::Create;

/// Seconds that the service waits for a command that holds the store.
pub const HOLDER_WAIT_S: u64 = 10;

/// What a service without a thread or an event queue says.
const NO_BEGIN: &str = "the service cannot start";

/// Answers Answers `weir run`: runs the service from its start to its end.
///
/// # Errors
/// When the configuration is faulty and none is in force, the store is held, damaged or cannot be read, the socket cannot
/// be bound, or the system gives no thread.
pub fn run(config: &Path) -> Result<Reply, Failure> {
    journal::begin();
    let runtime = runtime().map_err(|error| no_room(NO_BEGIN, &error))?;
    // Caught before the store is opened, which may take seconds: uncaught, the signal would end the process.
    let hup = {
        let _entered = runtime.enter();
        shutdown::hang_up().map_err(|error| no_room(NO_BEGIN, &error))?
    };
    let file = SiteFile::read(config)?;
    let places = file.places();
    // A running service does not release the store: no need to wait for it.
    let wait_s = if client::connect(&places.socket).is_ok() {
        0
    } else {
        HOLDER_WAIT_S
    };
    let store = open_site::store(&file, Create::IfMissing, "run", Duration::from_secs(wait_s))?;
    panics::end_the_process();
    let clock = Arc::new(SystemClock);
    let commands = Arc::new(Commands::start(
        store,
        clock,
        &file,
        OpenedBy::Service,
        &peer::own_name(),
    )?);
    let bound = bind::bind(&places.socket)?;
    let ended = live(&commands, bound, &places, runtime, hup);
    if let Err(error) = bind::unbind(&places.socket) {
        tracing::warn!(error = in_words(&error), "the socket file cannot be removed");
    }
    ended.map(|()| Reply::done(String::new()))
}

/// Runs the service from the bound socket to its end.
fn live(
    commands: &Arc<Commands>,
    bound: Bound,
    places: &SitePlaces,
    runtime: Runtime,
    hup: Signal,
) -> Result<(), Failure> {
    let waker = Arc::new(Waker::default());
    let (stop, stopping) = watch::channel(false);
    let halt = Arc::new(AtomicBool::new(false));
    let scheduler = scheduler(commands, &waker, &halt).map_err(|error| no_room(NO_BEGIN, &error))?;
    let routers = routers(commands, &stopping)?;
    let messages = messages(commands, &halt).map_err(|error| no_room(NO_BEGIN, &error))?;
    record(commands, "the service started");
    let site = commands.in_force().config.site.name.clone();
    tracing::info!(version = env!("CARGO_PKG_VERSION"), %site, socket = %places.socket.display(), "the service started");
    let outcome: Result<bool, Failure> = runtime.block_on(async {
        let handler: Arc<dyn Handler> = Arc::new(Answering {
            commands: Arc::clone(commands),
            waker: Arc::clone(&waker),
        });
        let signals = Signals::listen(hup).map_err(|error| no_room(NO_BEGIN, &error))?;
        let serving = tokio::spawn(server::serve(bound, handler, shutdown::stopped(stopping.clone())));
        systemd::ready();
        let watch_over = watch_over(&scheduler);
        attend(signals, commands, &waker, places, watch_over).await;
        systemd::stopping();
        stop.send_replace(true);
        commands.stop_runs();
        halt.store(true, Ordering::Release);
        waker.ring();
        messages.thread().unpark();
        Ok(shutdown::within_limit(async {
            match serving.await {
                Ok(Ok(0)) => {}
                Ok(Ok(calls)) => tracing::warn!(calls, "calls were left unfinished"),
                Ok(Err(error)) => {
                    tracing::error!(error = in_words(&error), "the control socket could not be listened on")
                }
                Err(error) => tracing::error!(%error, "the control socket's task crashed"),
            }
            joined(scheduler).await;
            joined(routers).await;
            joined(messages).await;
        })
        .await)
    });
    // What did not end is not waited for.
    runtime.shutdown_background();
    if outcome? {
        record(commands, STOPPED);
    }
    tracing::info!("the service stopped");
    Ok(())
}

/// Handles signals until one says to stop; sends signs of life meanwhile.
async fn attend(
    mut signals: Signals,
    commands: &Arc<Commands>,
    waker: &Arc<Waker>,
    places: &SitePlaces,
    watch_over: impl Future<Output = ()>,
) {
    tokio::pin!(watch_over);
    loop {
        let told = tokio::select! {
            told = signals.next() => told,
            () = &mut watch_over => {
                tracing::error!("the scheduler has ended, so the service ends too");
                return;
            }
        };
        match told {
            StopSignal::Stop(signal) => {
                tracing::info!(signal, "stopping");
                return;
            }
            StopSignal::LookAgain => {
                let (commands, waker, places) = (Arc::clone(commands), Arc::clone(waker), places.clone());
                // Not awaited: it may have to wait for a long run, and a stop must be handled.
                drop(tokio::task::spawn_blocking(move || {
                    reload::look_again(&commands, &waker, &places);
                }));
            }
        }
    }
}

/// Ends when the scheduler's thread does; until then systemd gets the signs of life that it asked for.
async fn watch_over(scheduler: &JoinHandle<()>) {
    /// Milliseconds between two checks of the thread when systemd asks for no signs of life.
    const LOOK_MS: u64 = 5_000;
    let wanted = systemd::sign_every();
    let mut tick = tokio::time::interval(wanted.unwrap_or(Duration::from_millis(LOOK_MS)));
    while !scheduler.is_finished() {
        if wanted.is_some() {
            systemd::alive();
        }
        tick.tick().await;
    }
}

fn runtime() -> io::Result<Runtime> {
    Builder::new_current_thread().enable_all().build()
}

fn scheduler(commands: &Arc<Commands>, waker: &Arc<Waker>, halt: &Arc<AtomicBool>) -> io::Result<JoinHandle<()>> {
    let (commands, waker, halt) = (Arc::clone(commands), Arc::clone(waker), Arc::clone(halt));
    thread::Builder::new()
        .name("scheduler".to_owned())
        .spawn(move || ticker::run(&commands, &waker, &halt))
}

/// Starts the thread of everything that talks to routers: the workers, and the watch that probes them.
fn routers(commands: &Arc<Commands>, stopping: &watch::Receiver<bool>) -> Result<JoinHandle<()>, Failure> {
    let (site, stopping) = (commands.router_site(), stopping.clone());
    let asked = Arc::clone(commands);
    let line: BlockedReason = Arc::new(move || why_the_line_stands(&asked));
    let watch = HealthWatch::new(commands.round(), line)?;
    let runtime = runtime().map_err(|error| no_room(NO_BEGIN, &error))?;
    let thread = thread::Builder::new().name("routers".to_owned()).spawn(move || {
        runtime.block_on(async {
            tokio::join!(worker::run_all(site, stopping.clone()), watch.run(stopping));
        });
        runtime.shutdown_background();
    });
    thread.map_err(|error| no_room(NO_BEGIN, &error))
}

/// Returns why a due job does not run; `None` while one runs.
fn why_the_line_stands(appliance: &Appliance) -> Option<String> {
    let trust = appliance.trust().ok()?;
    match appliance.line() {
        core::RunQueue::Busy => None,
        core::RunQueue::Free | core::RunQueue::Failed { .. } => Some(registry::waits_for(appliance, &trust)),
    }
}

/// Starts the thread that sends messages.
fn messages(commands: &Arc<Commands>, halt: &Arc<AtomicBool>) -> io::Result<JoinHandle<()>> {
    let messenger = commands.messenger(Arc::clone(halt));
    thread::Builder::new()
        .name("messages".to_owned())
        .spawn(move || messenger.run())
}

/// Waits for the end of a thread.
async fn joined(thread: JoinHandle<()>) {
    drop(tokio::task::spawn_blocking(move || thread.join()).await);
}

/// Writes to the owner's log; a store that cannot be written does not keep the service from starting or ending.
fn record(appliance: &Appliance, message: &str) {
    let written = appliance.recorded().and_then(|recorded| {
        appliance.store.write(recorded.at, |tx| -> Result<(), StoreError> {
            tx.log(
                &LogRecord::new(tx.now(), LogKind::Service, message)
                    .field("version", env!("CARGO_PKG_VERSION"))
                    .field("process", std::process::id()),
            )
        })
    });
    if let Err(error) = written {
        tracing::warn!(%error, message, "this could not be recorded");
    }
}

fn no_room(what: &str, error: &io::Error) -> Failure {
    Failure::refused(
        format!("{what}: {}", in_words(error)),
        "check how much memory the box has left, then start the service again",
    )
}
