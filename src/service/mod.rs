//! What runs while `weir run` runs, and how does it stop?
//!
//! `opening` takes the store, for the service and for a command that stands alone. `startup` is the way from there to a
//! service that answers: the scheduler's thread (`ticker`, woken through `wake_ups`), the routers' thread, that of the messages, and the control
//! socket on the main thread, each with a runtime of its own, so that none waits for another. `shutdown` is the way back.
//! Decides nothing about subscribers or money.

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
pub mod site_opening;
