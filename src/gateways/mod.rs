//! How does one talk to those who carry messages: gateways over HTTP, mail servers?
//!
//! Text in, a verdict out: taken, refused, or nobody knows. `http` makes one request and knows whether a byte of it went out;
//! `generic` and `presets` write requests, with `escaping`; `answering` judges what came back; `smtp` hands in mail; `told` keeps
//! secrets out of what is shown. Must never know: subscribers, the store, when to try again.

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
