//! What is on the card, and how does it change?
//!
//! One redb file. [`tables`] names every table with its key and value; [`codec`] is the only door to the encoding;
//! [`open`] decides whether a file may be trusted at all; [`desk`] is the one place where money and access are written,
//! each decision with the work it causes in one transaction. It knows nothing of the clock, of sockets or of routers.

pub mod tables;
pub mod codec;
pub mod error;
pub mod lock;
pub mod open;
mod trial;
pub mod in_memory;
pub mod migrate;
pub mod keys;
mod rows;
pub mod desk;
mod desk_payments;
mod desk_work;
mod desk_records;
pub mod desk_alerts;
mod desk_held;
mod desk_time;
mod desk_messages;
mod desk_health;
mod desk_old;
pub mod reader;
mod reader_waiting;
mod reader_messages;
mod reader_health;
mod reader_old;
pub mod room;
pub mod verify;
