//! What did a month look like, and how does the owner get the report?
//!
//! [`month`] answers `weir report`; `figures` and `equipment` gather what the page shows, `mail` sends it.

pub mod month;
pub(crate) mod figures;
mod people;
pub(crate) mod equipment;
pub(crate) mod mail;
