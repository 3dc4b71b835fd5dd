//! Which messages are there, what became of them, and does a gateway work?
//!
//! A file for each command of `weir outbox`: the list, sending one again, and a test message.

pub mod test;
pub(crate) mod answer;
pub mod list;
pub mod resend;
