//! On which days was a subscriber served?
//!
//! A day counts when service lasted until 23:59 of it, by what the books had decided then: a router that confirms late changes
//! nothing. The stretch that still goes on is [`crate::model::subscriber::Subscriber::serving_since`]; the ended ones are here.

use serde::{Deserialize, Serialize};

use crate::model::day::Day;

/// How many ended stretches of one subscriber are kept, the newest. Somebody who is cut off each month has five years of
/// them; no reversal undoes settlements that are older.
const STRETCHES_MAX: usize = 60;

/// Days on which somebody was served, the first and the last among them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceStretch {
    /// The first day.
    pub from: Day,
    /// The last day.
    pub through: Day,
}

/// The stretches of service that have ended, oldest first.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ServedStretches(Vec<ServiceStretch>);

impl ServedStretches {
    /// Returns them, oldest first.
    #[must_use]
    pub fn stretches(&self) -> &[ServiceStretch] {
        &self.0
    }

    /// Adds a stretch that has ended. One that joins the newest makes it longer; where there are too many, the oldest goes.
    pub fn add(&mut self, ended: ServiceStretch) {
        if ended.through < ended.from {
            // It began and ended between two times of 23:59.
            return;
        }
        match self.0.last_mut() {
            Some(last) if ended.from <= last.through.plus_days(1) && ended.from >= last.from => {
                last.through = last.through.max(ended.through);
            }
            Some(_) | None => self.0.push(ended),
        }
        if self.0.len() > STRETCHES_MAX {
            let surplus = self.0.len().saturating_sub(STRETCHES_MAX);
            self.0.drain(..surplus);
        }
    }

    /// Takes away and returns the newest stretch, where it reaches past this day: it ended on a day that has not come.
    pub fn take_newest_after(&mut self, day: Day) -> Option<ServiceStretch> {
        match self.0.last() {
            Some(last) if last.through > day => self.0.pop(),
            Some(_) | None => None,
        }
    }

    /// Lets those that reach past `day` end with `last` instead; returns whether there were any.
    pub fn end_those_after(&mut self, day: Day, last: Day) -> bool {
        let mut changed = false;
        for stretch in self.0.iter_mut().filter(|stretch| stretch.through > day) {
            stretch.through = last;
            changed = true;
        }
        self.0.retain(|stretch| stretch.from <= stretch.through);
        changed
    }

    /// Returns how many days from `first` on are in them. No day is counted twice.
    #[must_use]
    pub fn days_from(&self, first: Day) -> i32 {
        let mut uncounted = first;
        let mut days = 0_i32;
        let mut sorted = self.0.clone();
        sorted.sort_by_key(|stretch| stretch.from);
        for stretch in sorted {
            let from = stretch.from.max(uncounted);
            if from <= stretch.through {
                days = days.saturating_add(stretch.through.days_since(from).saturating_add(1));
                uncounted = stretch.through.plus_days(1);
            }
        }
        days
    }
}
