//! Which messages go to subscribers and to the owner, and are they still true when they leave?
//!
//! [`subscribers`] queues what somebody hears of a cut, a payment or a resumption; [`alerts`] makes messages of what the
//! owner has to know; [`recheck`] looks again at a message that is about to leave; [`clock_doubt`] keeps the alert about a
//! clock that is not trusted. Jobs and commands both use it. Knows nothing of gateways.

pub mod clock_doubt;
pub mod subscribers;
pub mod alerts;
pub mod recheck;
