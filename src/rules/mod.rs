//! What follows from what?
//!
//! Pure rules: data and `now` in, a decision out. Knows nothing of the clock, of files, sockets or the store.

pub mod due;
pub mod chain;
pub mod wallet;
pub mod catch_up;
pub mod settlement;
pub mod reversal;
pub mod billing;
pub mod access;
pub mod payment;
pub mod taking_in;
pub mod terms;
pub mod message_text;
pub mod reminding;
pub mod trust;
pub mod guard;
pub mod by_hand;
pub mod anew;
pub mod statistics;
pub mod expected;
pub mod cron;
pub mod cron_words;
pub mod cron_zone;
pub mod sending;
pub mod phone_number;
pub mod gsm;
pub mod incidents;
pub mod watched;
pub mod retention;
