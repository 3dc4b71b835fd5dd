//! What does the guard hold, and how does the owner approve or refuse it?
//!
//! [`approve`] carries out or refuses it; [`preview`] shows whom it would cut off now.

pub mod approve;
pub mod preview;
