//! How does one talk to RouterOS?
//!
//! `word` makes bytes of sentences and sentences of bytes.

pub mod word;
