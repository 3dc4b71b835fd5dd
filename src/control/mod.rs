//! How does a command reach the service, or the file?
//!
//! One connection, one command. The client sends a `call` frame; the service checks who asks, waits for its turn, asks for
//! the file where the command carries one (`go`), works, and sends `progress` and `alive` meanwhile, then `text` and
//! `reply`, or `failure`, or `busy`. `line` is the form of the frames, `peer` who may ask, `bind` the socket file, `server`
//! and `client` the two ends, `reach` the choice between service and file. Decides nothing about the site, and must never
//! know what a request means.

pub mod line;
pub mod peer;
pub mod bind;
pub mod server;
pub mod client;
pub mod reach;
