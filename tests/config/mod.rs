//! What the owner can write, and what is said when it is wrong.

pub mod read;
pub mod secrets;
pub mod starter;
