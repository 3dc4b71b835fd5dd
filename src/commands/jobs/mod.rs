//! What is automated, when does it run next, what did it do, and what would it do?
//!
//! A file for each command: the list, one job, its history, running, pausing and resuming it, and the plan of the coming days.
//! [`registry`] gathers the state of each job.

pub mod registry;
pub mod list;
pub mod history;
pub mod pause;
pub mod reminders_preview;
pub mod run;
pub(crate) mod cleanup_preview;
pub mod run_health;
pub mod run_answer;
pub mod held_run;
pub mod plan;
pub(crate) mod answer;
pub mod show;
pub mod resume;
pub(crate) mod pause_state;
