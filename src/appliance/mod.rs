//! The open site, which commands and jobs share: store, clock, configuration in force.
//!
//! [`core`] holds them together for the running service and for a command that opened the file itself; [`in_force`] loads a
//! changed `site.toml`, which [`site_file`] reads. Calls no command: what it needs of them is handed in.

pub mod core;
pub mod in_force;
pub(crate) mod in_use;
pub(crate) mod package_changes;
pub mod site_file;
mod package_prices;
