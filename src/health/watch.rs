//! Decides when the routers are probed.
//!
//! At each planned time of `health`, whatever the run queue does; a missed probe is never caught up, since the next one serves.
//! While the clock is not trusted they are probed at the times that it shows, without a record in the history: nobody knows
//! when that was. A pause is obeyed. Must never know what a probe finds.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch::Receiver;

use crate::health::memory::WAIT_MOST_MS;
use crate::health::own_box::{self, BoxFinding, OverdueError};
use crate::health::round::{Round, RoundOccasion};
use crate::health::unrecorded;
use crate::model::day::Instant;
use crate::model::job::{Job, JobState, Run};
use crate::rules::catch_up::{self, CatchUpError, CatchUpStep};
use crate::store::error::StoreError;
use crate::store::free_space;

/// Milliseconds between two looks at the clock.
const LOOK_MS: u64 = 1_000;

/// Milliseconds between two looks where a look has failed.
const FAILED_MS: u64 = 10_000;

/// How many steps one look takes at most.
const STEPS_MAX: usize = 100;

/// Why a job of the run queue does not run what is due; `None` while it runs.
pub type BlockedReason = Arc<dyn Fn() -> Option<String> + Send + Sync>;

/// Starts rounds at their planned times.
pub struct HealthWatch {
    round: Round,
    line: BlockedReason,
    /// The process that probed last did not end in order.
    may_be_lost: bool,
    /// What the clock showed at the last look while it was in doubt.
    shown: Option<Instant>,
    /// Before this time nothing is planned, as found at the last look; with the marker it was found by.
    next: Option<(JobState, Instant)>,
}

/// Why a check of the clock has failed.
#[derive(Debug, thiserror::Error)]
pub enum WatchError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A stored schedule cannot be read.
    #[error(transparent)]
    Schedule(#[from] CatchUpError),
}

impl From<OverdueError> for WatchError {
    fn from(error: OverdueError) -> Self {
        match error {
            OverdueError::Store(error) => Self::Store(error),
            OverdueError::Schedule(error) => Self::Schedule(error),
        }
    }
}

impl HealthWatch {
    /// Creates the watch of this site. From now on the runs that wait in memory are written with the store's commits.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn new(round: Round, line: BlockedReason) -> Result<Self, StoreError> {
        let may_be_lost = !unrecorded::ended_in_order(&round.site.store.read()?)?;
        let memory: Arc<dyn crate::store::write::transaction::CommitHook> =
            Arc::<crate::health::memory::HealthMemory>::clone(&round.memory);
        round.site.store.take_along(memory);
        round.memory.set_watched(true);
        Ok(Self {
            round,
            line,
            may_be_lost,
            shown: None,
            next: None,
        })
    }

    /// Starts a round whenever one is planned, until `stop` is set; then writes the runs that wait.
    pub async fn run(mut self, mut stop: Receiver<bool>) {
        while !*stop.borrow() {
            let mut wait_ms = LOOK_MS;
            tokio::select! {
                looked = self.look() => {
                    if let Err(error) = looked {
                        tracing::warn!(%error, "the round of probes failed");
                        wait_ms = FAILED_MS;
                    }
                }
                _ = stop.changed() => break,
            }
            tokio::select! {
                () = tokio::time::sleep(Duration::from_millis(wait_ms)) => {}
                _ = stop.changed() => break,
            }
        }
        self.end();
    }

    /// Returns when a round is planned next, as found at the last look.
    #[must_use]
    pub fn next_round(&self) -> Option<Instant> {
        self.next.as_ref().map(|(_, at)| *at)
    }

    /// Writes what waits, for good.
    pub fn end(&self) {
        if let Err(error) = self.write_what_waits() {
            tracing::warn!(%error, "the last probes could not be recorded");
        }
        self.round.memory.set_watched(false);
    }

    /// Checks the clock, and probes the routers where that is planned. Returns the run where there was one.
    ///
    /// # Errors
    /// When the store or a stored schedule cannot be read, or the store not be written.
    pub async fn look(&mut self) -> Result<Option<Run>, WatchError> {
        let (keeper, memory) = (Arc::clone(&self.round.site.keeper), Arc::clone(&self.round.memory));
        let Ok(now) = keeper.trusted()? else {
            return self.look_in_doubt().await;
        };
        self.shown = None;
        memory.set_back(now);
        let Some(stored) = self.round.site.store.read()?.job(Job::Health)? else {
            return Ok(None);
        };
        if self
            .next
            .as_ref()
            .is_some_and(|(state, next)| *state == stored && now < *next)
        {
            return Ok(None);
        }
        let mut state = match memory.through() {
            Some(through) => catch_up::accounted(&stored, through),
            None => stored.clone(),
        };
        if std::mem::take(&mut self.may_be_lost) {
            for lost in unrecorded::records(&state, now, true)? {
                if lost.error.as_deref() != Some(unrecorded::NOT_RECORDED) {
                    break;
                }
                state = catch_up::accounted(&state, lost.to.unwrap_or(lost.planned_for));
                memory.wait_for_commit(lost);
            }
        }
        let mut ran = None;
        for _ in 0..STEPS_MAX {
            let now = keeper.shows();
            let Some(step) = catch_up::next_step(&state, now, false)? else {
                break;
            };
            match step {
                CatchUpStep::Skip(stretch, reason) => {
                    memory.wait_for_commit(unrecorded::skipped(&state, stretch, reason))
                }
                CatchUpStep::Collapse(stretch) => {
                    memory.wait_for_commit(unrecorded::skipped(&state, stretch, "missed"))
                }
                CatchUpStep::Run { occurrence, .. } => {
                    let found = self.about_the_box(now)?;
                    ran = Some(self.round.go(RoundOccasion::For(occurrence.at), found).await?);
                }
            }
            let Some(through) = memory.through() else { break };
            state = catch_up::accounted(&state, through);
        }
        if memory.has_waited(now, WAIT_MOST_MS) {
            self.write_what_waits()?;
        }
        let stored = self.round.site.store.read()?.job(Job::Health)?.unwrap_or(stored);
        self.next = catch_up::next_occurrence(&state, now)?.map(|next| (stored, next.at));
        Ok(ran)
    }

    /// Probes by a clock that is not trusted: what it shows still tells how time passes.
    async fn look_in_doubt(&mut self) -> Result<Option<Run>, WatchError> {
        self.next = None;
        let shows = self.round.site.keeper.shows();
        let before = self.shown.replace(shows).filter(|before| *before <= shows);
        let config = (self.round.site.config)();
        let Some(health) = config.job(Job::Health) else {
            return Ok(None);
        };
        let stored = self.round.site.store.read()?.job(Job::Health)?;
        let paused = stored
            .and_then(|state| state.eras.last().map(|epoch| epoch.paused))
            .unwrap_or(!health.enabled);
        let Some(before) = before.filter(|_| !paused) else {
            return Ok(None);
        };
        let next = health.schedule.next(&config.site.zone, false, before);
        if next.is_none_or(|next| next.at > shows) {
            return Ok(None);
        }
        let found = self.room();
        Ok(Some(self.round.go(RoundOccasion::InDoubt, found).await?))
    }

    fn about_the_box(&self, now: Instant) -> Result<Vec<BoxFinding>, WatchError> {
        let mut found = self.room();
        let reader = self.round.site.store.read()?;
        let config = (self.round.site.config)();
        found.extend(own_box::overdue(&reader, now, &config.site.zone, self.line.as_ref())?);
        Ok(found)
    }

    fn room(&self) -> Vec<BoxFinding> {
        let store = std::fs::metadata(self.round.site.store.path()).map_or(0, |facts| facts.len());
        free_space::of(&self.round.data).map_or_else(Vec::new, |room| own_box::of_room(room, store).into())
    }

    fn write_what_waits(&self) -> Result<(), StoreError> {
        let site = &self.round.site;
        if self.round.memory.is_empty() {
            return Ok(());
        }
        site.store.write(site.keeper.recorded()?, |tx| {
            tx.raise_floor();
            Ok(())
        })
    }
}
