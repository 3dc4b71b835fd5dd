//! What is on the card, and how does it change?
//!
//! The store is one redb file. [`tables`] names every table with its key and value; [`codec`] alone encodes records; [`open`]
//! decides whether a file may be trusted at all; [`write::transaction`] is the one place where money and access are written,
//! each decision with the work it causes in one transaction. It knows nothing of the clock, of sockets or of routers.

pub mod tables;
pub mod codec;
pub mod error;
pub mod lock;
pub mod open;
mod trial;
pub mod in_memory;
pub mod migrate;
pub mod migrate_service;
pub mod keys;
mod payer_keys;
mod rows;
pub mod verify;
pub mod free_space;
pub mod read;
pub mod write;
