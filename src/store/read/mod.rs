//! What does the store say, without changing it?
//!
//! [`reader`] is a snapshot of the whole store; the other files read one family of tables each.

pub mod reader;
pub(crate) mod incidents;
pub mod readings;
pub(crate) mod messages;
pub(crate) mod aging;
pub(crate) mod credits;
pub(crate) mod open_matters;
mod lookups;
