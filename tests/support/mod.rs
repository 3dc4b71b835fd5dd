//! What tests of the real binary need: children that never outlive their test, waits that end, a clock that is moved.

pub mod child;
pub mod moved;
