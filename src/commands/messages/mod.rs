//! Which messages are there, what became of them, and does a gateway work?

pub mod outbox;
pub mod test;
