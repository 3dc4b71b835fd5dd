//! All tests that stand outside the modules: one target, a module per kind.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::as_conversions,
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::wildcard_enum_match_arm,
    missing_docs,
    unreachable_pub,
    reason = "a test fails by panicking, and its helpers are read by nobody else"
)]

mod commands;
mod import;
mod door;
mod process;
#[cfg(feature = "sim")]
mod refusals;
mod router;
mod config;
mod rules;
mod gateways;
#[cfg(feature = "sim")]
mod outbox;
#[cfg(feature = "sim")]
mod health;
#[cfg(feature = "sim")]
mod sim;
#[cfg(feature = "sim")]
mod moved_clock;
mod support;
mod commands_queries;
mod cleanup;
mod nights;
mod reminders;
mod store;
mod messages;
mod clock;
mod tree;
#[cfg(feature = "sim")]
mod demo;
mod crash;
mod report;
