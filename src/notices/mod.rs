//! Which messages go to subscribers and to the owner, and are they still true when they leave?
//!
//! [`subscribers`] queues the message about a cut-off, a payment or a resumption; [`alerts`] turns alerts into messages to the
//! owner, and [`addressees`] says to whom; [`recheck`] checks a message that is about to leave; [`clock_doubt`] raises the alert about a clock that is not
//! trusted. Jobs and commands both use it. Knows nothing of gateways.

pub mod addressees;
pub mod clock_doubt;
pub mod subscribers;
pub mod alerts;
pub mod recheck;
