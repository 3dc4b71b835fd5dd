//! What is decided and must still leave the box?
//!
//! Router work is stored with the decision that caused it; here it is carried to the routers, retried until a router
//! confirms it, and closed by a reading alone. Messages are taken to their gateways, and never handed over twice by
//! themselves. Knows no money and decides nothing about subscribers.

pub mod routers_seen;
pub mod targets;
pub mod contact;
pub mod batch;
pub mod pace;
pub mod patience;
pub mod uptime;
pub mod object_alerts;
pub mod healing;
pub mod held_cuts;
pub mod reconcile;
pub mod worker;
pub mod once;
pub mod judging;
pub mod messenger_carrier;
pub(crate) mod messenger_choice;
pub mod messenger_gateways;
pub(crate) mod messenger_outcomes;
pub(crate) mod messenger_handing;
pub(crate) mod messenger_start;
pub mod announcing;
pub mod messenger;
