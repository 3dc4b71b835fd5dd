//! Are the routers up, and where do they differ from the ledger?
//!
//! A file for each command of `weir router`; `availability` counts for how much of a period a router was up.

pub(crate) mod reconcile_answer;
pub(crate) mod availability;
pub mod history;
pub mod trust;
pub mod list;
pub(crate) mod last_read;
pub mod probe;
pub(crate) mod comparison;
pub mod diff;
pub mod reconcile;
