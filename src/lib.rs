#![doc = include_str!("README.md")]
// The layers from top to bottom: a layer may use those below it, never those above.
pub mod cli;
#[cfg(feature = "sim")]
pub mod demo;
pub mod service;
pub mod control;
pub mod commands;
pub mod appliance;
pub mod report;
pub mod import;
pub mod jobs;
pub mod health;
pub mod outbox;
pub mod notices;
pub mod clock;
pub mod gateways;
pub mod routers;
pub mod archive;
pub mod store;
pub mod config;
pub mod rules;
pub mod model;
// Beside the layers: uses `routers::word` alone; serves the demo and the tests.
#[cfg(feature = "sim")]
pub mod sim;
