//! Gateways of threads and sockets on loopback, one fault each: what is told of a message is never more than is sure.

mod peer;
mod http;
mod presets;
mod smtp;
mod tls;
