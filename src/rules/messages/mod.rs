//! Who is sent which message, with which text and length, and by which gateway?
//!
//! [`reminder`] decides who is reminded, [`text`] writes a message, [`gsm`] counts its parts, and [`delivery`] says what
//! happens to a message next.

pub mod reminder;
pub mod delivery;
pub mod gsm;
pub mod text;
pub mod notices;
