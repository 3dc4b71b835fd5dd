//! What can be done for the routers by a command that stands alone?

use crate::clock::Clock;
use crate::config::read::Config;
use crate::outbox::routers_seen::RoutersSeen;
use crate::store::open::Store;

/// Tries all pending router work once, for at most ten seconds; gives what is still to be done, in words.
#[must_use]
pub fn try_once(_store: &Store, _clock: &dyn Clock, _config: &Config, _seen: &RoutersSeen) -> Option<String> {
    None
}
