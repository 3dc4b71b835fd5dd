//! How do messages leave, each at most once?
//!
//! The [`messenger`] takes up what is due: `choice` selects the messages and writes their texts, `handover` hands them to a
//! gateway through a [`carrier`], `outcomes` writes down what came of it. [`gateway_backoff`] pauses a gateway that refuses
//! everything, and `recovery` marks as `unknown` what was being handed over when the process ended.

pub mod messenger;
pub mod carrier;
pub(crate) mod choice;
pub mod gateway_backoff;
pub(crate) mod handover;
pub(crate) mod outcomes;
pub(crate) mod recovery;
