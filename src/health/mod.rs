//! Are the routers and the box itself well?
//!
//! `probe` logs in to one router, and tries again where it fails; `round` does so with all of them side by side and writes what
//! has changed; `watch` begins a round whenever one is planned, beside the run queue: routers are probed whatever else runs or
//! waits. `memory` keeps runs that changed nothing until the next commit; `own_box` checks the box. Must never know:
//! subscribers, money.

pub mod memory;
pub mod own_box;
pub mod probe;
pub mod round;
pub mod unrecorded;
pub mod watch;
