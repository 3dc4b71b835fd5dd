//! Which messages are there, what became of them, and does a gateway work?

pub mod test;
pub(crate) mod answer;
pub mod list;
pub mod resend;
