//! For how much of a period was a router up?
//!
//! Only time in which the routers were watched counts: a box that was off knows nothing of them. All in whole numbers.
//! Must never know where the records come from.

use crate::model::day::Instant;

/// A stretch of time, from its first instant to the one after its last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimeSpan {
    /// Its beginning.
    pub from: Instant,
    /// Its end.
    pub to: Instant,
}

impl TimeSpan {
    fn cut(self, by: Self) -> Option<Self> {
        let cut = Self {
            from: self.from.max(by.from),
            to: self.to.min(by.to),
        };
        (cut.from < cut.to).then_some(cut)
    }

    fn length_ms(self) -> i64 {
        self.to.millis_since(self.from).max(0)
    }
}

/// A record of probes: planned from this time to that one, and whether they took place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Probes {
    /// The first and the last planned time.
    pub span: TimeSpan,
    /// They took place.
    pub took_place: bool,
}

/// An outage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outage {
    /// From the first failed try to the first that succeeded; one that lasts ends now.
    pub span: TimeSpan,
    /// For how many milliseconds of it the router was up in between.
    pub up_ms: i64,
}

/// How much of a period was watched, and how much of that a router was down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Share {
    /// Milliseconds in which it was watched.
    pub watched_ms: i64,
    /// Milliseconds of the period in which nobody did.
    pub unwatched_ms: i64,
    /// Of the watched ones, those in which it was not as it should be.
    pub down_ms: i64,
}

impl Share {
    /// Returns the part in which it was as it should be, in hundredths of a percent, rounded down: 10,000 means no
    /// outage at all. `None` where nobody watched.
    #[must_use]
    pub fn up_hundredths(&self) -> Option<i64> {
        let up = i128::from(self.watched_ms.saturating_sub(self.down_ms).max(0));
        let part = up.saturating_mul(10_000).checked_div(i128::from(self.watched_ms))?;
        i64::try_from(part).ok()
    }
}

/// Returns the stretches that were watched: from a probe that took place to the next record of one that did. What lies
/// between a probe and one that did not take place counts as not watched. `last` is until when the newest probe speaks.
#[must_use]
pub fn watched(probes: &[Probes], last: Instant) -> Vec<TimeSpan> {
    let mut found: Vec<TimeSpan> = Vec::new();
    let mut probes = probes.iter().peekable();
    while let Some(record) = probes.next() {
        if !record.took_place {
            continue;
        }
        let to = match probes.peek() {
            Some(next) if next.took_place => next.span.from,
            Some(_) => record.span.to,
            None => last.max(record.span.to),
        };
        match found.last_mut() {
            Some(before) if before.to >= record.span.from => before.to = before.to.max(to),
            _ => found.push(TimeSpan {
                from: record.span.from,
                to,
            }),
        }
    }
    found
}

/// Returns the availability of a router in a period. An outage in which it came and went counts in the part in which it
/// was down, spread evenly over it.
#[must_use]
pub fn share(period: TimeSpan, watched: &[TimeSpan], outages: &[Outage]) -> Share {
    let mut share = Share::default();
    for seen in watched.iter().filter_map(|span| span.cut(period)) {
        share.watched_ms = share.watched_ms.saturating_add(seen.length_ms());
        for outage in outages {
            let (Some(cut), whole_ms) = (outage.span.cut(seen), outage.span.length_ms()) else {
                continue;
            };
            let down_ms = i128::from(whole_ms.saturating_sub(outage.up_ms).max(0));
            let part = i128::from(cut.length_ms())
                .saturating_mul(down_ms)
                .checked_div(i128::from(whole_ms))
                .unwrap_or(0);
            share.down_ms = share.down_ms.saturating_add(i64::try_from(part).unwrap_or(i64::MAX));
        }
    }
    share.down_ms = share.down_ms.min(share.watched_ms);
    share.unwatched_ms = period.length_ms().saturating_sub(share.watched_ms);
    share
}
