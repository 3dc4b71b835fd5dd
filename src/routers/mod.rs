//! How does one talk to RouterOS?
//!
//! Upwards from the wire: `word` (bytes), `sentence` (what is asked), `reply` (what is answered), `values` (what it means),
//! `login`, `session` (a conversation with its limits), `router_error` (why it ends). Must never know subscribers or money.

pub mod word;
pub mod sentence;
pub mod reply;
pub(crate) mod values;
pub(crate) mod object_id;
pub mod router_error;
pub(crate) mod login;
pub mod session;
pub mod facts;
