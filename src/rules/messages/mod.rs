//! Who is told what, in which words, how long is it, and what becomes of it?
//!
//! [`reminder`] decides who is reminded, [`text`] writes a message, [`gsm`] counts its parts, [`phone_number`] completes a
//! number, and [`delivery`] says what happens to a message next.

pub mod reminder;
pub mod delivery;
pub mod gsm;
pub mod text;
pub mod phone_number;
pub mod notices;
