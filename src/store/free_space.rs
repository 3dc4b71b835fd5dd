//! Measures the free space of a file system.

use std::path::Path;

/// The free space of a file system, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FreeSpace {
    /// What this user may still write.
    pub free: u64,
    /// All of it.
    pub total: u64,
}

/// Returns the free space for a folder; `None` where the system does not say.
#[must_use]
pub fn of(folder: &Path) -> Option<FreeSpace> {
    match rustix::fs::statvfs(folder) {
        Ok(facts) => Some(FreeSpace {
            free: facts.f_bavail.saturating_mul(facts.f_frsize),
            total: facts.f_blocks.saturating_mul(facts.f_frsize),
        }),
        Err(error) => {
            tracing::debug!(%error, "the system does not say how much room there is");
            None
        }
    }
}
