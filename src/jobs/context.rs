//! What jobs need of the site, and why they can fail.
//!
//! Passed in by the caller: the store, the clock, the configuration in force, and a hook that is called before the store is
//! closed for compaction.

use std::path::Path;

use crate::clock::keeper::Keeper;
use crate::config::read::Config;
use crate::rules::catch_up::CatchUpError;
use crate::rules::terms::Terms;
use crate::rules::trust::Trust;
use crate::store::error::StoreError;
use crate::store::open::Store;

/// Why the jobs that are due could not be run.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SchedulerError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A stored schedule cannot be read.
    #[error(transparent)]
    Schedule(#[from] CatchUpError),
    /// The clock is no longer trusted.
    #[error("a run must wait until the clock is trusted: {0}")]
    Clock(String),
}

/// Is called when a run closes the store.
pub trait CompactionHook: Sync {
    /// Is called before the store is closed for compaction; nobody can read it until that is done.
    fn store_closes(&self);
}

/// A hook that does nothing.
#[derive(Debug, Clone, Copy)]
pub struct NoHook;

impl CompactionHook for NoHook {
    fn store_closes(&self) {}
}

/// What the jobs need of the site.
#[derive(Clone, Copy)]
pub struct JobContext<'a> {
    /// The store.
    pub store: &'a Store,
    /// The clock, and whether it is trusted.
    pub keeper: &'a Keeper,
    /// The terms in force.
    pub terms: &'a Terms,
    /// The configuration in force, which the terms are made of.
    pub config: &'a Config,
    /// The site's data folder, in which the archive lies beside the store.
    pub data: &'a Path,
    /// How many subscribers one part of a run decides.
    pub part_subscribers: usize,
    /// Called right before the store is closed for compaction.
    pub hook: &'a dyn CompactionHook,
}

impl JobContext<'_> {
    /// Returns whether the clock is trusted now.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn trust(&self) -> Result<Trust, StoreError> {
        Ok(self.keeper.look()?.trust)
    }
}
