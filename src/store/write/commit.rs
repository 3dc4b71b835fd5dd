//! When is a transaction committed, and when is it taken back?

use std::sync::Arc;
use std::sync::atomic::Ordering;

use crate::model::day::Instant;
use crate::model::site_state::SiteState;
use crate::store::error::{StoreError, writing};
use crate::store::open::Store;
use crate::store::write::transaction::{CommitHook, Transaction};

impl Store {
    /// Has `hook` board each commit from now on; there is one at most, the first.
    pub fn take_along(&self, hook: Arc<dyn CommitHook>) {
        if self.hook.set(hook).is_err() {
            tracing::warn!("there is a rider already");
        }
    }

    /// Does `work` in one transaction that carries the instant `now`: commits and syncs when it succeeds and changed
    /// something, and leaves everything as it was when it fails.
    ///
    /// # Errors
    /// What `work` returns, or that the store cannot be read or written.
    pub fn write<R, E: From<StoreError>>(
        &self,
        now: Instant,
        work: impl FnOnce(&mut Transaction<'_>) -> Result<R, E>,
    ) -> Result<R, E> {
        let _turn = self.turn();
        // Under a clock in doubt records carry the newest one's instant. Who looked before the floor was lowered, and came to
        // write after it, must not raise it again.
        let is_left = now.millis() == self.left_floor_ms.load(Ordering::Acquire);
        let now = if is_left { Instant::from_millis(i64::MIN) } else { now };
        let gate = self.pass()?;
        let txn = gate
            .as_ref()
            .ok_or(StoreError::Closed)?
            .begin_write()
            .map_err(writing)?;
        let (outcome, before, after) = {
            let mut tx = Transaction::open(&txn, now)?;
            let before = tx.state.clone();
            let outcome = work(&mut tx).and_then(|value| {
                if tx.changes() > 0
                    && let Some(hook) = self.hook.get()
                {
                    hook.before_commit(&mut tx)?;
                }
                Ok((value, tx.finish()?))
            });
            (outcome, before, tx.state)
        };
        match outcome {
            Ok((value, true)) => match txn.commit() {
                Ok(()) => {
                    if let Some(hook) = self.hook.get() {
                        hook.committed();
                    }
                    if after.newest < before.newest {
                        self.left_floor_ms.store(before.newest.millis(), Ordering::Release);
                    }
                    Ok(value)
                }
                Err(error) => {
                    drop(gate);
                    Err(self.not_committed(error, &before, &after).into())
                }
            },
            Ok((value, false)) => {
                txn.abort().map_err(writing)?;
                Ok(value)
            }
            Err(error) => {
                if let Err(failed) = txn.abort() {
                    // Nothing of it is committed, and the handle is opened anew before its next use.
                    tracing::warn!(error = %failed, "a transaction could not be taken back in order");
                }
                Err(error)
            }
        }
    }

    /// Why a commit failed. All of its pages may have reached the card all the same: only where the store can be opened
    /// anew and is as before is it sure that nothing was changed.
    fn not_committed(&self, error: redb::CommitError, before: &SiteState, after: &SiteState) -> StoreError {
        match writing(error) {
            StoreError::Io { detail, doing } => match self.read().and_then(|reader| reader.state()) {
                Ok(found) if found == *before && found != *after => StoreError::Io { doing, detail },
                Ok(_) | Err(_) => StoreError::Uncertain { detail },
            },
            other @ (StoreError::Missing { .. }
            | StoreError::Empty { .. }
            | StoreError::Foreign { .. }
            | StoreError::Damaged { .. }
            | StoreError::Newer { .. }
            | StoreError::Older { .. }
            | StoreError::Held { .. }
            | StoreError::Unopened { .. }
            | StoreError::Uncertain { .. }
            | StoreError::Record { .. }
            | StoreError::Contradiction(_)
            | StoreError::Rule(_)
            | StoreError::Closed) => other,
        }
    }
}
