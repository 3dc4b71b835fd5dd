//! Stops the service in order, within a time limit.
//!
//! On SIGTERM and SIGINT the service takes no more calls, finishes those in work and the present part of a run, and exits. What
//! does not end in time is cut off, as by a power cut: the store is whole at every instant.

use std::future::Future;
use std::io;
use std::time::Duration;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;
use tokio::time::timeout;

/// Seconds that calls, the present part of a run and the router workers have to end.
pub const STOP_WAIT_S: u64 = 20;

/// What a signal asks of the service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum StopSignal {
    /// To stop, by this signal.
    Stop(&'static str),
    /// To load its configuration again.
    LookAgain,
}

/// The signals that the service hears.
pub(crate) struct Signals {
    term: Signal,
    int: Signal,
    hup: Signal,
}

/// Catches SIGHUP from now on: one that comes too early is kept until the service handles it.
pub(crate) fn hang_up() -> io::Result<Signal> {
    signal(SignalKind::hangup())
}

impl Signals {
    /// Catches the other signals from now on, too.
    pub(crate) fn listen(hup: Signal) -> io::Result<Self> {
        Ok(Self {
            term: signal(SignalKind::terminate())?,
            int: signal(SignalKind::interrupt())?,
            hup,
        })
    }

    /// Returns the next one.
    pub(crate) async fn next(&mut self) -> StopSignal {
        tokio::select! {
            biased;
            _ = self.term.recv() => StopSignal::Stop("SIGTERM"),
            _ = self.int.recv() => StopSignal::Stop("SIGINT"),
            _ = self.hup.recv() => StopSignal::LookAgain,
        }
    }
}

/// Waits until the service stops.
pub(crate) async fn stopped(mut stopping: watch::Receiver<bool>) {
    // A sender that has gone means the same.
    drop(stopping.wait_for(|stop| *stop).await);
}

/// Waits for the end of everything, for at most [`STOP_WAIT_S`]; returns whether it came.
pub(crate) async fn within_limit(ending: impl Future<Output = ()>) -> bool {
    let ended = timeout(Duration::from_secs(STOP_WAIT_S), ending).await.is_ok();
    if !ended {
        tracing::warn!(
            limit_s = STOP_WAIT_S,
            "not everything ended in time; the rest is abandoned"
        );
    }
    ended
}
