//! What is decided and must still leave the box?
//!
//! Router work is stored with the decision that caused it; here it is carried to the routers, retried until a router
//! confirms it, and closed by a reading alone. Messages are taken to their gateways, and never handed over twice by
//! themselves. Knows no money and decides nothing about subscribers.

pub mod router_work;
pub mod messages;
pub mod connections;
