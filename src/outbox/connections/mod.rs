//! How is a router reached, and what was seen of it?
//!
//! [`connection`] logs in and makes sure that it is the right box, [`observed`] remembers the last state of each
//! router, [`uptime`] notices a reboot, and [`intervals`] says how long to wait between two tries. Router work and
//! health both use it.

pub mod connection;
pub mod observed;
pub mod uptime;
pub mod intervals;
