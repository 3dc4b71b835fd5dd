//! Remembers each router from probe to probe, and the runs that are not written yet.
//!
//! A commit would cost the card more than a quiet probe is worth: its run waits here, is written with the next commit
//! that happens anyway, as one record with its neighbours, and moves the job's marker with it. A kill loses what waits;
//! the history says so afterwards. Must never probe anything.

use std::collections::BTreeMap;
use std::sync::Arc;

use parking_lot::Mutex;

use crate::model::day::Instant;
use crate::model::job::{Job, Outcome, Run};
use crate::model::name::RouterName;
use crate::model::router::readings::RouterLastSeen;
use crate::outbox::connections::observed::RoutersSeen;
use crate::outbox::connections::uptime::Uptime;
use crate::rules::catch_up;
use crate::rules::routers::incidents::RouterHealth;
use crate::store::error::StoreError;
use crate::store::write::transaction::{CommitHook, Transaction};

/// Runs wait for a commit that happens anyway for this long at most, in milliseconds: six hours.
pub const WAIT_MOST_MS: i64 = 6 * 3_600_000;

/// How many runs wait at most; more are written at once. Six hours of a probe each minute have 360.
pub const WAITING_MAX: usize = 400;

/// What is kept of one router.
#[derive(Debug, Clone, Default)]
pub struct RememberedRouter {
    /// Its health; `None` before its first probe since the start.
    pub standing: Option<RouterHealth>,
    /// Its uptime, to notice a restart.
    pub uptime: Uptime,
}

/// The memory.
#[derive(Debug, Default)]
pub struct HealthMemory {
    inner: Mutex<MemoryState>,
    /// What was seen of the routers, which is written in the same way.
    seen: Arc<RoutersSeen>,
    /// Held while a round probes: one round at a time.
    pub(super) round: tokio::sync::Mutex<()>,
}

#[derive(Debug, Default)]
struct MemoryState {
    /// Oldest first; numbers come with the write.
    waiting: Vec<Run>,
    /// How many of them the last hooked transaction carries.
    handed_over: usize,
    /// What that transaction carries of what was seen of the routers.
    seen_handed_over: Vec<(RouterName, RouterLastSeen)>,
    /// Through which planned time everything is accounted for, here or in the store.
    through: Option<Instant>,
    routers: BTreeMap<RouterName, RememberedRouter>,
    /// Whether the watch runs: then occurrences that are not accounted for yet soon will be.
    watched: bool,
}

impl HealthMemory {
    /// Creates one that writes what was seen of the routers, too.
    #[must_use]
    pub fn beside(seen: Arc<RoutersSeen>) -> Self {
        Self {
            seen,
            ..Self::default()
        }
    }

    /// Returns the runs that are not in the store yet, equal neighbours merged; oldest first.
    #[must_use]
    pub fn waiting(&self) -> Vec<Run> {
        together(&self.inner.lock().waiting)
    }

    /// Returns whether a watch runs.
    #[must_use]
    pub fn is_watched(&self) -> bool {
        self.inner.lock().watched
    }

    /// Returns the planned time through which everything is accounted for; `None` where only the store knows.
    #[must_use]
    pub fn through(&self) -> Option<Instant> {
        self.inner.lock().through
    }

    pub(super) fn set_watched(&self, watched: bool) {
        self.inner.lock().watched = watched;
    }

    /// Notes a run, or occurrences that did not take place, to be written with the next commit.
    pub(super) fn wait_for_commit(&self, run: Run) {
        let mut inner = self.inner.lock();
        let last = run.to.unwrap_or(run.planned_for);
        inner.through = Some(inner.through.map_or(last, |through| through.max(last)));
        inner.waiting.push(run);
    }

    /// Returns whether enough runs wait, or for long enough, to be worth a commit of their own.
    pub(super) fn has_waited(&self, now: Instant, most_ms: i64) -> bool {
        let inner = self.inner.lock();
        let oldest = inner.waiting.first().map(|run| run.planned_for);
        inner.waiting.len() >= WAITING_MAX || oldest.is_some_and(|oldest| now.millis_since(oldest) >= most_ms)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.inner.lock().waiting.is_empty() && self.seen.unwritten().is_empty()
    }

    /// Follows a clock that the owner's confirmation has set back: nothing beyond `now` is accounted for.
    pub(super) fn set_back(&self, now: Instant) {
        let mut inner = self.inner.lock();
        if inner.through.is_some_and(|through| through > now) {
            inner.through = None;
            inner.waiting.retain(|run| run.planned_for <= now);
            inner.handed_over = 0;
        }
    }

    pub(super) fn router(&self, name: &RouterName) -> RememberedRouter {
        self.inner.lock().routers.get(name).cloned().unwrap_or_default()
    }

    pub(super) fn keep(&self, name: &RouterName, kept: RememberedRouter) {
        self.inner.lock().routers.insert(name.clone(), kept);
    }

    pub(super) fn forget(&self, name: &RouterName) {
        self.inner.lock().routers.remove(name);
    }
}

impl CommitHook for HealthMemory {
    fn before_commit(&self, tx: &mut Transaction<'_>) -> Result<(), StoreError> {
        let mut inner = self.inner.lock();
        inner.handed_over = 0;
        inner.seen_handed_over = self.seen.unwritten();
        for (router, reading) in &inner.seen_handed_over {
            tx.put_router_reading(router, reading)?;
        }
        // A commit that failed may have been kept all the same; and a record is never later than the transaction that
        // carries it, which may be the one that sets a wrong clock back.
        let now = tx.now();
        let ready = inner.waiting.iter().take_while(|run| run.planned_for <= now).count();
        let Some(state) = tx.job(Job::Health)?.filter(|_| ready > 0) else {
            return Ok(());
        };
        let written_through = catch_up::accounted_through(&state);
        let fresh: Vec<Run> = inner
            .waiting
            .iter()
            .take(ready)
            .filter(|run| written_through.is_none_or(|through| run.planned_for > through))
            .cloned()
            .collect();
        let mut state = state;
        for run in together(&fresh) {
            let run = Run {
                id: tx.next_run(),
                ..run
            };
            tx.put_run(&run)?;
            state = catch_up::accounted(&state, run.to.unwrap_or(run.planned_for));
            if run.started_at.is_some() {
                state.last_run = Some(run.id);
            }
        }
        if !fresh.is_empty() {
            tx.put_job(&state)?;
        }
        inner.handed_over = ready;
        Ok(())
    }

    fn committed(&self) {
        let mut inner = self.inner.lock();
        let handed_over = std::mem::take(&mut inner.handed_over).min(inner.waiting.len());
        inner.waiting.drain(..handed_over);
        self.seen.note_written(std::mem::take(&mut inner.seen_handed_over));
    }
}

/// Merges neighbouring runs that are alike into one record.
fn together(runs: &[Run]) -> Vec<Run> {
    let mut found: Vec<Run> = Vec::new();
    for run in runs {
        match found.last_mut() {
            Some(last) if is_like(last, run) => {
                last.to = Some(run.to.unwrap_or(run.planned_for));
                last.count = last.count.saturating_add(run.count);
                last.finished_at = run.finished_at;
            }
            _ => found.push(run.clone()),
        }
    }
    found
}

fn is_like(one: &Run, other: &Run) -> bool {
    let ran = |run: &Run| matches!(run.outcome, Outcome::Done);
    (one.outcome, one.counts, &one.error) == (other.outcome, other.counts, &other.error) && ran(one) && ran(other)
}
