//! Loads a changed `site.toml` on SIGHUP.
//!
//! On SIGHUP the file is read: a good one is loaded, a faulty one refused while the last good one stays in force. Store and
//! socket stay where they are until the next start.

use crate::appliance::core::Appliance;
use crate::config::places::SitePlaces;
use crate::service::systemd;
use crate::service::wake_ups::Waker;

/// The actor in the log for a file that was loaded on a signal.
const ACTOR: &str = "SIGHUP";

/// Loads the file again and wakes the scheduler. Blocks while others write the store.
pub(crate) fn look_again(appliance: &Appliance, waker: &Waker, places: &SitePlaces) {
    systemd::reloading();
    let before = appliance.in_force();
    match appliance.reload(ACTOR) {
        Err(failure) => tracing::warn!(%failure, "the configuration stays as it was"),
        Ok(now) => match &now.record.refused {
            Some(why) => tracing::warn!(%why, "the file is faulty; the configuration stays as it was"),
            None if now.record.text == before.record.text => tracing::info!("the configuration is as it was"),
            None => {
                tracing::info!("the changed configuration is in force");
                if now.config.site.data != places.data || now.config.site.socket != places.socket {
                    tracing::warn!("a changed `data` or `socket` takes effect at the next start of the service");
                }
            }
        },
    }
    waker.ring();
    systemd::ready();
}
