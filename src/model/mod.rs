//! Which types do all layers share?
//!
//! The words of the trade as types, with what makes each of them valid. Knows nothing of any other module: no rules, no
//! store, no clock, no I/O. Outside text becomes one of these types where it enters and is not checked again inside.

pub mod characters;
pub mod money;
pub mod day;
pub mod name;
pub mod package;
pub mod entry_chain;
pub mod entry;
pub mod subscriber;
pub mod job;
pub mod router;
pub mod unmatched;
pub mod record;
pub mod alert;
pub mod message;
pub mod site_state;
pub mod counted;
pub mod finding;
pub mod failure;
pub mod io_words;
pub mod secret;
pub mod statement_format;
pub mod pending_approval;
pub mod clock_confirmation;
