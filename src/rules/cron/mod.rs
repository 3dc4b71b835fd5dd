//! When does a schedule occur, and how is that put into words?
//!
//! [`expression`] reads a cron expression into civil minutes, [`zone`] finds their instants in a time zone, [`words`] says
//! it in English.

pub mod expression;
pub mod words;
pub mod zone;
