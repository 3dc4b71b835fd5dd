//! Forecasts which of the coming runs the guard would hold.
//!
//! Whether one is held depends on all subscribers, and what becomes of a subscriber on whether it is held: so the walk over all
//! of them is repeated until the guard decides every run as the walk assumed. Each walk confirms all runs up to the next one
//! that it was wrong about; most forecasts need one walk, and two where a run is held.
//!
//! Must never know: what a run does to whom.

use crate::rules::guard::{self, Guard};

/// How often all subscribers are walked over. Where held and acting runs alternate more often than that, the later ones are
/// shown as the last walk saw them.
const WALKS_MAX: u32 = 32;

/// A run ahead, as far as the guard has a say in it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ForecastRun {
    /// Whether the guard looks at it.
    pub(crate) is_guarded: bool,
    /// How many subscribers its earlier parts have cut off.
    pub(crate) cut_already: u64,
}

/// The guard's view of a coming run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Foreseen {
    /// How many it would cut off.
    pub cuts: u64,
    /// Of how many active before it.
    pub of: u64,
    /// Whether it would be held, and cut off nobody.
    pub held: bool,
}

/// How one occurrence changes the number of active subscribers.
#[derive(Debug, Clone, Copy, Default)]
struct ActiveTally {
    cuts: u64,
    resumed: u64,
}

/// What is assumed of the coming runs, and what a walk has counted.
pub(crate) struct GuardForecast {
    runs: Vec<ForecastRun>,
    /// Per occurrence , whether it is assumed to be held.
    held: Vec<bool>,
    tallies: Vec<ActiveTally>,
    /// Occurrences before this place are confirmed.
    settled: usize,
    walks: u32,
}

impl GuardForecast {
    /// Starts from the assumption that none is held.
    pub(crate) fn new(runs: impl Iterator<Item = ForecastRun>) -> Self {
        let runs: Vec<ForecastRun> = runs.collect();
        Self {
            held: vec![false; runs.len()],
            tallies: vec![ActiveTally::default(); runs.len()],
            runs,
            settled: 0,
            walks: 0,
        }
    }

    /// Returns whether a run is assumed to be held.
    pub(crate) fn is_held(&self, place: usize) -> bool {
        self.held.get(place).copied().unwrap_or(false)
    }

    /// Notes that a run would cut somebody off.
    pub(crate) fn cuts(&mut self, place: usize) {
        if let Some(tally) = self.tallies.get_mut(place) {
            tally.cuts = tally.cuts.saturating_add(1);
        }
    }

    /// Notes that somebody is active again from a run on.
    pub(crate) fn resumes(&mut self, place: usize) {
        if let Some(tally) = self.tallies.get_mut(place) {
            tally.resumed = tally.resumed.saturating_add(1);
        }
    }

    /// Returns the guard's view of each run after a walk that began with so many active; `None` for jobs without a
    /// guard.
    pub(crate) fn foreseen(&self, active: u64) -> Vec<Option<Foreseen>> {
        let mut active = active;
        let mut all = Vec::with_capacity(self.runs.len());
        for ((run, tally), held) in self.runs.iter().zip(&self.tallies).zip(&self.held) {
            all.push(run.is_guarded.then_some(Foreseen {
                cuts: tally.cuts.saturating_add(run.cut_already),
                of: active.saturating_add(run.cut_already),
                held: *held,
            }));
            active = active.saturating_add(tally.resumed);
            if !held {
                active = active.saturating_sub(tally.cuts);
            }
        }
        all
    }

    /// Compares the assumptions with what the guard decides after a walk; returns whether another walk is needed.
    pub(crate) fn learns(&mut self, active: u64, max_share: u8) -> bool {
        self.walks = self.walks.saturating_add(1);
        let wrong = self
            .foreseen(active)
            .into_iter()
            .enumerate()
            .skip(self.settled)
            .find_map(|(place, foreseen)| {
                let foreseen = foreseen?;
                let held = guard::judge(foreseen.cuts, foreseen.of, max_share) == Guard::Holds;
                (held != foreseen.held).then_some((place, held))
            });
        let Some((place, says)) = wrong.filter(|_| self.walks < WALKS_MAX) else {
            return false;
        };
        // Who is unpaid at one run is mostly unpaid at the next.
        for (held, run) in self.held.iter_mut().zip(&self.runs).skip(place) {
            *held = says && run.is_guarded;
        }
        self.settled = place.saturating_add(1);
        self.tallies.fill(ActiveTally::default());
        true
    }
}
