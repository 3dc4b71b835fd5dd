//! Decides when an object that the router refused is tried again.
//!
//! Kept in memory: a restart tries everything at once. Waits double with each failed try. A newer decision never waits for an
//! older one's failures.

use std::collections::HashMap;

use tokio::time::Instant as Stopwatch;

use crate::model::router::work::{Generation, ObjectKey};
use crate::outbox::connections::intervals::Intervals;

/// What is remembered of the tries of one object.
#[derive(Debug, Clone, Copy)]
struct ObjectTries {
    generation: Generation,
    tries: u32,
    again_at: Stopwatch,
    /// The connection on which the object was not there.
    absent_on: Option<u64>,
    /// An earlier try may have been carried out in part.
    half_done: bool,
}

/// The waits of one router's objects.
#[derive(Debug)]
pub struct Backoff {
    intervals: Intervals,
    tried: HashMap<ObjectKey, ObjectTries>,
}

impl Backoff {
    /// Creates one in which nothing was tried yet.
    #[must_use]
    pub fn new(intervals: Intervals) -> Self {
        Self {
            intervals,
            tried: HashMap::new(),
        }
    }

    /// Returns whether work of this generation may be tried now.
    #[must_use]
    pub fn allows(&self, key: &ObjectKey, generation: Generation, now: Stopwatch) -> bool {
        self.of(key, generation).is_none_or(|tried| tried.again_at <= now)
    }

    /// Returns when, after `now`, the earliest object that waits may be tried again.
    #[must_use]
    pub fn earliest_after(&self, now: Stopwatch) -> Option<Stopwatch> {
        self.tried
            .values()
            .map(|tried| tried.again_at)
            .filter(|again| *again > now)
            .min()
    }

    /// Notes that the router refused.
    pub fn refused(&mut self, key: &ObjectKey, generation: Generation, now: Stopwatch) {
        self.put(key, generation, now, |tried| tried.half_done = true);
    }

    /// Notes that the object was not there, on connection `connection`; returns whether it was absent on an earlier
    /// one.
    pub fn absent(&mut self, key: &ObjectKey, generation: Generation, now: Stopwatch, connection: u64) -> bool {
        let earlier = self.of(key, generation).and_then(|tried| tried.absent_on);
        self.put(key, generation, now, |tried| {
            tried.absent_on = tried.absent_on.or(Some(connection));
        });
        earlier.is_some_and(|earlier| earlier < connection)
    }

    /// Notes that the conversation broke off while this was under way: it may be tried at once, but nobody knows how much of it
    /// was done.
    pub fn broke_off(&mut self, key: &ObjectKey, generation: Generation, now: Stopwatch) {
        self.put(key, generation, now, |tried| {
            tried.half_done = true;
            tried.tries = tried.tries.saturating_sub(1);
            tried.again_at = now;
        });
    }

    /// Returns whether an earlier try may have been carried out in part.
    #[must_use]
    pub fn may_be_half_done(&self, key: &ObjectKey, generation: Generation) -> bool {
        self.of(key, generation).is_some_and(|tried| tried.half_done)
    }

    /// Forgets an object whose work is done.
    pub fn forget(&mut self, key: &ObjectKey) {
        self.tried.remove(key);
    }

    /// Forgets the waits, but not what was seen: the router has come back, or the owner asks for a try now.
    pub fn wake_all(&mut self, now: Stopwatch) {
        for tried in self.tried.values_mut() {
            tried.again_at = tried.again_at.min(now);
        }
    }

    fn of(&self, key: &ObjectKey, generation: Generation) -> Option<&ObjectTries> {
        self.tried.get(key).filter(|tried| tried.generation == generation)
    }

    fn put(&mut self, key: &ObjectKey, generation: Generation, now: Stopwatch, change: impl FnOnce(&mut ObjectTries)) {
        let before = self.of(key, generation).copied();
        let tries = before.map_or(0, |tried| tried.tries);
        let mut tried = ObjectTries {
            generation,
            tries: tries.saturating_add(1),
            again_at: now + self.intervals.object(tries),
            absent_on: before.and_then(|tried| tried.absent_on),
            half_done: before.is_some_and(|tried| tried.half_done),
        };
        change(&mut tried);
        self.tried.insert(key.clone(), tried);
    }
}
