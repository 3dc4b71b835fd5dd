//! How does the owner decide what the guard holds?
//!
//! [`approve`] carries out or refuses it; [`preview`] shows whom it would cut off now.

pub mod approve;
pub mod preview;
