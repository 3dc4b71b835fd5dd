//! What runs while `weir run` runs, and how does it stop?
//!
//! `open_site` opens the store, for the service and for a command without it. `startup` starts the threads: the scheduler's
//! (`ticker`, woken through `wake_ups`), the routers', the messages', and the control socket on the main thread, each with a
//! runtime of its own, so that none waits for another. `shutdown` stops them. Decides nothing about subscribers or money.

pub mod startup;
pub mod journal;
pub mod panics;
pub mod reload;
pub mod shutdown;
pub mod systemd;
mod textfile;
pub mod ticker;
pub mod wake_ups;
pub mod follow_up;
pub mod open_site;
