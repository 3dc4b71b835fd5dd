//! At which instants do a schedule's civil minutes fall in a time zone?
//!
//! The schedule is walked in civil time and the zone applied afterwards. A civil time that the zone skips runs at the
//! instant right after the gap, keeping its civil day and time; several for one instant merge into the newest of them,
//! since a run for a day does the work of the days before it as well. A civil time that comes twice runs at the first, or
//! at the second where the caller says so. A schedule whose hour field is `*` follows elapsed time instead: it occurs
//! whenever the wall clock shows one of its minutes, not in a gap, and twice in a repeated hour.
//!
//! Must never know: what time it is, or which job asks.

use jiff::civil::DateTime;
use jiff::tz::{AmbiguousOffset, Offset, TimeZone};
use jiff::{SignedDuration, Timestamp};

use crate::model::day::Instant;
use crate::model::job::Occurrence;
use crate::rules::cron::expression::Schedule;

/// How far a walk for one occurrence looks at transitions of the zone; a rare day of a leap year is past some dozens, and a
/// zone that changes more often than this between two occurrences has none.
const TRANSITIONS_MAX: usize = 2000;
/// How many transitions before an instant are searched for the one that made a gap.
const GAP_TRANSITIONS_MAX: usize = 8;
/// How near a transition must be, in hours, to repeat civil times that are before the present one. No zone has ever
/// changed by more than a day.
const NEAR_HOURS: i64 = 26;

impl Schedule {
    /// Returns all occurrences after one instant up to and including another, in order of instants, which strictly
    /// rise.
    /// `second_fold`: a civil time that comes twice runs at its second coming.
    pub fn occurrences(
        &self,
        zone: &TimeZone,
        second_fold: bool,
        after: Instant,
        until: Instant,
    ) -> impl Iterator<Item = Occurrence> + use<'_> {
        let mut walk = if self.hour.is_star {
            ZoneWalk::Elapsed(Elapsed::new(self, zone.clone(), after))
        } else {
            ZoneWalk::Planned(ZonedOccurrences::new(self, zone.clone(), second_fold, after))
        };
        std::iter::from_fn(move || match &mut walk {
            ZoneWalk::Elapsed(walk) => walk.next(until),
            ZoneWalk::Planned(walk) => walk.next(until),
        })
    }

    /// Returns the first occurrence after an instant; `None` past the year 4999.
    #[must_use]
    pub fn next(&self, zone: &TimeZone, second_fold: bool, after: Instant) -> Option<Occurrence> {
        self.occurrences(zone, second_fold, after, Instant::from_timestamp(Timestamp::MAX))
            .next()
    }
}

/// One of the two ways to walk.
enum ZoneWalk<'a> {
    Planned(ZonedOccurrences<'a>),
    Elapsed(Elapsed<'a>),
}

/// Walks civil time and applies the zone to each.
struct ZonedOccurrences<'a> {
    schedule: &'a Schedule,
    zone: TimeZone,
    second_fold: bool,
    /// The last instant that is behind.
    after: Instant,
    /// The last civil time that was examined.
    civil: Option<DateTime>,
    /// Found already, while looking whether another merges into the one before.
    ahead: Option<Occurrence>,
}

impl<'a> ZonedOccurrences<'a> {
    fn new(schedule: &'a Schedule, zone: TimeZone, second_fold: bool, after: Instant) -> Self {
        let timestamp = after.timestamp();
        let here = zone.to_datetime(timestamp);
        // Before a clock goes back, a time of day that has passed can still come for the second time.
        let repeated = zone
            .following(timestamp)
            .next()
            .filter(|change| second_fold && change.timestamp().duration_since(timestamp) < hours(NEAR_HOURS))
            .map(|change| change.offset().to_datetime(change.timestamp()));
        let from = repeated.map_or(here, |repeated| repeated.min(here));
        let civil = from.checked_sub(SignedDuration::from_secs(1)).ok();
        Self {
            schedule,
            zone,
            second_fold,
            after,
            civil,
            ahead: None,
        }
    }

    fn next(&mut self, until: Instant) -> Option<Occurrence> {
        let (mut found, mut in_gap) = match self.ahead.take() {
            Some(ahead) => (ahead, false),
            None => self.step()?,
        };
        // In a gap, the next civil times may fall on the same instant, the last of them right after the gap.
        while in_gap {
            let Some((next, next_in_gap)) = self.step() else { break };
            if next.at > found.at {
                if next_in_gap {
                    // Two gaps without a civil time between them: walk the second one when it is its turn.
                    self.civil = next.civil.checked_sub(SignedDuration::from_secs(1)).ok();
                } else {
                    self.ahead = Some(next);
                }
                break;
            }
            (found, in_gap) = (next, next_in_gap);
        }
        if found.at > until {
            self.civil = None;
            self.ahead = None;
            return None;
        }
        self.after = found.at;
        Some(found)
    }

    /// Returns the next civil time whose instant is not behind, and whether the zone skips it. Ends with the schedule.
    fn step(&mut self) -> Option<(Occurrence, bool)> {
        loop {
            let civil = self.schedule.next_civil_after(self.civil?);
            self.civil = civil;
            let civil = civil?;
            let ambiguous = self.zone.to_ambiguous_timestamp(civil);
            let (timestamp, in_gap) = match ambiguous.offset() {
                AmbiguousOffset::Unambiguous { offset } => (offset.to_timestamp(civil), false),
                AmbiguousOffset::Fold { before, after } => {
                    let offset = if self.second_fold { after } else { before };
                    (offset.to_timestamp(civil), false)
                }
                AmbiguousOffset::Gap { before, after } => (end_of_gap(&self.zone, civil, before, after), true),
            };
            let at = Instant::from_timestamp(timestamp.ok()?);
            if at > self.after {
                return Some((Occurrence { civil, at }, in_gap));
            }
        }
    }
}

/// Returns the instant at which a zone skips over this civil time.
fn end_of_gap(zone: &TimeZone, civil: DateTime, before: Offset, after: Offset) -> Result<Timestamp, jiff::Error> {
    // Read with the offset before the gap, the civil time is the gap's end or later.
    let late = before.to_timestamp(civil)?;
    let change = zone
        .preceding(late.checked_add(SignedDuration::from_millis(1))?)
        .take(GAP_TRANSITIONS_MAX)
        .find(|change| change.offset() == after);
    Ok(change.map_or(late, |change| change.timestamp()))
}

/// Walks the wall clock as it really shows, from one change of the zone to the next.
struct Elapsed<'a> {
    schedule: &'a Schedule,
    zone: TimeZone,
    /// The last civil time examined, under the offset that holds.
    civil: Option<DateTime>,
    offset: Offset,
    /// The instant at which the offset ends.
    ends: Option<Timestamp>,
}

impl<'a> Elapsed<'a> {
    fn new(schedule: &'a Schedule, zone: TimeZone, after: Instant) -> Self {
        let timestamp = after.timestamp();
        let offset = zone.to_offset(timestamp);
        let ends = zone.following(timestamp).next().map(|change| change.timestamp());
        Self {
            schedule,
            zone,
            civil: Some(offset.to_datetime(timestamp)),
            offset,
            ends,
        }
    }

    fn next(&mut self, until: Instant) -> Option<Occurrence> {
        for _ in 0..TRANSITIONS_MAX {
            let found = self.schedule.next_civil_after(self.civil?);
            let at = found.and_then(|civil| self.offset.to_timestamp(civil).ok());
            match (found, at, self.ends) {
                (Some(civil), Some(at), ends) if ends.is_none_or(|ends| at < ends) => {
                    self.civil = Some(civil);
                    let at = Instant::from_timestamp(at);
                    if at > until {
                        self.civil = None;
                    }
                    return (at <= until).then_some(Occurrence { civil, at });
                }
                (_, _, Some(ends)) if Instant::from_timestamp(ends) <= until => {
                    self.offset = self.zone.to_offset(ends);
                    self.civil = self
                        .offset
                        .to_datetime(ends)
                        .checked_sub(SignedDuration::from_secs(1))
                        .ok();
                    self.ends = self.zone.following(ends).next().map(|change| change.timestamp());
                }
                _ => {
                    self.civil = None;
                    return None;
                }
            }
        }
        self.civil = None;
        None
    }
}

const fn hours(hours: i64) -> SignedDuration {
    SignedDuration::from_hours(hours)
}
