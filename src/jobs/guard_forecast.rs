//! Forecasts which of the coming runs the guard would hold.
//!
//! Whether one is held depends on all subscribers, and what becomes of a subscriber on whether it is held: so the walk over
//! all of them is repeated until the guard says of every run what the walk has taken for granted. Each walk settles all runs
//! up to the next one that it was wrong about; most outlooks need one walk, and two where a run is held.
//!
//! Must never know: what a run does to whom.

use crate::jobs::plan::Coming;
use crate::model::job::Job;
use crate::rules::guard::{self, Guard};

/// How often all subscribers are walked over. Where held and acting runs alternate more often than that, the later ones are
/// told as the last walk saw them.
const WALKS_MAX: u32 = 32;

/// How a run ahead looks to the guard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Foreseen {
    /// How many it would cut off.
    pub cuts: u64,
    /// Of how many active before it.
    pub of: u64,
    /// Whether it would be held, and cut off nobody.
    pub held: bool,
}

/// What one occurrence does to the number of the active.
#[derive(Debug, Clone, Copy, Default)]
struct ActiveTally {
    cuts: u64,
    resumed: u64,
}

/// What is taken for granted of the runs ahead, and what a walk has counted.
pub(crate) struct GuardForecast<'c> {
    coming: &'c [Coming],
    /// Per occurrence whether it is taken to be held.
    held: Vec<bool>,
    tallies: Vec<ActiveTally>,
    /// Occurrences before this place are settled.
    settled: usize,
    walks: u32,
}

impl<'c> GuardForecast<'c> {
    /// Takes for granted that none is held.
    pub(crate) fn new(coming: &'c [Coming]) -> Self {
        Self {
            coming,
            held: vec![false; coming.len()],
            tallies: vec![ActiveTally::default(); coming.len()],
            settled: 0,
            walks: 0,
        }
    }

    /// Returns whether a run is taken to be held.
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

    /// Returns how each run looks after a walk that began with so many active; `None` where the guard has no say.
    pub(crate) fn foreseen(&self, active: u64) -> Vec<Option<Foreseen>> {
        let mut active = active;
        let mut all = Vec::with_capacity(self.coming.len());
        for ((coming, tally), held) in self.coming.iter().zip(&self.tallies).zip(&self.held) {
            let guarded = coming.job == Job::Disconnect;
            all.push(guarded.then_some(Foreseen {
                cuts: tally.cuts.saturating_add(coming.cut_already),
                of: active.saturating_add(coming.cut_already),
                held: *held,
            }));
            active = active.saturating_add(tally.resumed);
            if !held {
                active = active.saturating_sub(tally.cuts);
            }
        }
        all
    }

    /// Compares what was taken for granted with what the guard says after a walk; gives whether another walk is needed.
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
        // What is unpaid at one run is mostly unpaid at the next.
        for (held, coming) in self.held.iter_mut().zip(self.coming).skip(place) {
            *held = says && coming.job == Job::Disconnect;
        }
        self.settled = place.saturating_add(1);
        self.tallies.fill(ActiveTally::default());
        true
    }
}
