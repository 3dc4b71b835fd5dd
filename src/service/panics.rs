//! Ends the process on a panic.
//!
//! A service that lost a thread would look alive and charge nobody. So a panic anywhere ends the whole process, and systemd
//! starts it again: all state is on the card. Opening is the exception, since a damaged file may do what no check foresaw:
//! there a panic means damage, and is reported as such. Must never know what panicked.

use std::panic::{self, AssertUnwindSafe};

/// Ends the process on any panic from now on, after its message.
pub fn end_the_process() {
    let tell = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        tell(info);
        std::process::abort();
    }));
}

/// Does `work`; returns `None` where it panicked, and prints nothing about it. To be called before other threads start.
pub(crate) fn caught_quietly<R>(work: impl FnOnce() -> R) -> Option<R> {
    let tell = panic::take_hook();
    panic::set_hook(Box::new(|_| {}));
    let done = panic::catch_unwind(AssertUnwindSafe(work));
    panic::set_hook(tell);
    done.ok()
}
