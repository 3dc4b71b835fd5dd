//! The commands that answer questions and steer jobs, on a whole site in memory.

mod clock;
mod clock_word;
mod explain;
mod jobs;
mod logs;
mod metrics;
mod people;
mod plan;
mod status;
pub mod site;
