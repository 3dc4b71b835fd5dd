//! What is due now, and what did it do?
//!
//! [`scheduler`] asks the rules which occurrence has to be accounted for next, [`run`] carries it out in parts, each with
//! its marker in the same transaction. A job never talks to a router: what has to be done there is written with the
//! decision and done by the outbox.

pub mod run;
pub mod billing;
pub mod disconnect;
pub mod cleanup;
pub mod cleanup_look;
mod cleanup_scan;
mod compacting;
pub mod reminders;
pub mod saying;
pub mod anew;
pub mod guarded;
pub mod approved;
pub mod scheduler;
pub mod history;
pub mod plan;
pub mod one_ahead;
pub mod foresight;
