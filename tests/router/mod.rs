//! Dialogues with a router over loopback.

mod peer;
mod word;
mod conversation;
mod login;
mod pppoe;
mod fixed;
mod clock;
#[cfg(feature = "sim")]
mod sms;
