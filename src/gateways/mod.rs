//! How is a message handed to a gateway over HTTP, or to a mail server?
//!
//! Text in, a verdict out: taken, refused, or nobody knows. `http` makes one request and knows whether a byte of it went out;
//! `generic` and `presets` write requests, with `encoding`; `response` judges what came back; `smtp` hands in mail;
//! `redaction` keeps secrets out of what is shown. Must never know: subscribers, the store, when to try again.

pub mod parcel;
pub mod verdict;
pub(crate) mod http;
pub(crate) mod generic;
pub(crate) mod presets;
pub(crate) mod smtp;
pub(crate) mod response;
pub(crate) mod encoding;
pub(crate) mod redaction;
pub mod handover;
