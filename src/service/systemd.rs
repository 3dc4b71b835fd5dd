//! Tells systemd that the service is ready, reloading, stopping or alive.
//!
//! Ready, reloading, stopping, one line of status, and a sign of life where it asks for one. Without `NOTIFY_SOCKET` all of
//! it does nothing. *Source:* sd_notify(3), systemd.service(5) `Type=notify-reload`, `WatchdogSec=`.

use std::time::Duration;

use sd_notify::NotifyState;

use crate::model::io_words::in_words;

/// Signs of life within the time that systemd waits for one.
const SIGNS_PER_WAIT: u32 = 3;

/// The shortest time between two signs of life.
const SIGN_EVERY_MIN: Duration = Duration::from_millis(100);

fn tell(states: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(states) {
        tracing::warn!(error = in_words(&error), "systemd cannot be notified");
    }
}

/// Reports that the service answers now.
pub(crate) fn ready() {
    tell(&[NotifyState::Ready]);
}

/// Reports that the configuration is loaded again, until [`ready`] is called.
pub(crate) fn reloading() {
    match NotifyState::monotonic_usec_now() {
        Ok(since) => tell(&[NotifyState::Reloading, since]),
        Err(error) => tracing::warn!(error = in_words(&error), "systemd is not notified of the reload"),
    }
}

/// Reports that the service ends.
pub(crate) fn stopping() {
    tell(&[NotifyState::Stopping, NotifyState::Status("stopping")]);
}

/// Reports its state in one line.
pub(crate) fn status(line: &str) {
    tell(&[NotifyState::Status(line)]);
}

/// Returns how often a sign of life is wanted; `None` when never.
pub(crate) fn sign_every() -> Option<Duration> {
    let wait = sd_notify::watchdog_enabled()?;
    Some(wait.checked_div(SIGNS_PER_WAIT)?.max(SIGN_EVERY_MIN))
}

/// Sends a sign of life.
pub(crate) fn alive() {
    tell(&[NotifyState::Watchdog]);
}
