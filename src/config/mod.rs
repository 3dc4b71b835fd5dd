//! What did the owner write, and what is wrong with it?
//!
//! `site.toml` becomes a [`read::Config`], or a list of everything that is wrong with it, each with its place. There is
//! one file here for each section; `walk` goes through the parsed file, `notes` keeps the findings, `nearest` guesses
//! what was meant. Must never know: the store, a router, the clock. Only `secrets` and `starter` touch the disk.

pub mod read;
pub mod site;
pub mod places;
pub mod routers;
pub mod packages;
pub mod schedules;
pub mod billing;
pub mod access;
pub mod clock;
pub mod reminders;
pub mod messages;
pub mod metrics;
pub mod statements;
pub mod import;
pub mod gateways;
pub mod alerts;
pub mod retention;
pub mod secrets;
pub mod placeholders;
pub mod starter;
mod notes;
mod walk;
mod template;
pub(crate) mod nearest;
