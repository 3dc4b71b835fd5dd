//! What follows from the facts?
//!
//! Pure rules: data and `now` in, a decision out. Knows nothing of the clock, of files, sockets or the store.

pub mod due;
pub mod chain;
pub mod wallet;
pub mod service;
pub mod catch_up;
pub mod settlement;
pub mod reversal;
pub mod billing;
pub mod access;
pub mod payment;
pub mod terms;
pub mod decision;
pub mod trust;
pub mod guard;
pub mod statistics;
pub mod open_charges;
pub mod expected;
pub mod cron;
pub mod messages;
pub mod phone;
pub mod payer;
pub mod routers;
pub mod retention;
pub mod period_correction;
pub mod manual_actions;
pub mod onboarding;
pub mod people;
