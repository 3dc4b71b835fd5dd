//! Which messages are there, what became of them, and does a gateway work?

pub mod test;
pub(crate) mod answer;
pub(crate) mod list;
pub(crate) mod resend;
