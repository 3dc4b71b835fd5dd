//! Why is a subscriber on or off, and what happens next?
//!
//! [`answer`] puts it together: the present state (`present`), what led to it (`entries`, `log_records`, `messages`),
//! and what is coming (`forecast`).

pub mod answer;
pub(crate) mod forecast;
pub(crate) mod entries;
pub(crate) mod log_records;
pub(crate) mod present;
pub(crate) mod messages;
