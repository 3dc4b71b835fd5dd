//! Does the kernel know that its clock is right?

use crate::model::day::Instant;

/// What the kernel says about its clock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KernelSays {
    /// A time daemon keeps it synchronised; the instant is the kernel's own time at the moment of the question.
    Synchronised(Instant),
    /// Nobody keeps it synchronised, in words.
    Unsynchronised(String),
    /// It cannot be asked, in words.
    Unreadable(String),
}

/// Asks it.
#[must_use]
pub fn ask() -> KernelSays {
    KernelSays::Unreadable("it was not asked".to_owned())
}
