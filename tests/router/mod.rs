//! Dialogues with a router over loopback.

mod peer;
mod conversation;
mod login;
mod pppoe;
mod fixed;
