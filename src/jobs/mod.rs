//! What is due now, and what did it do?
//!
//! [`scheduler`] asks the rules which occurrence has to be accounted for next, [`run`] carries it out in parts, each with
//! its marker in the same transaction. A job never talks to a router: what has to be done there is written with the
//! decision and done by the outbox.

pub mod context;
pub mod run;
mod execution;
pub mod billing;
pub mod disconnect;
pub mod cleanup;
mod cleanup_scan;
pub mod reminders;
pub mod scheduler;
pub mod history;
pub mod plan;
pub mod period_corrections;
pub mod approved_run;
pub mod guarded_run;
pub mod cleanup_preview;
pub(crate) mod compaction;
pub mod guard_forecast;
pub mod subscriber_forecast;
