//! Who paid, when, and how much?
//!
//! [`stats`] answers `weir stats` as `text`, JSON (`answer`) or `spreadsheet`; `ledger_walk` reads every entry once and
//! finds out when each bill was paid.

pub mod stats;
pub(crate) mod answer;
pub(crate) mod spreadsheet;
pub(crate) mod text;
pub(crate) mod ledger_walk;
