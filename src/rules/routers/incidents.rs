//! When is a router in trouble, and what is the owner told of it?
//!
//! One outage is one incident, with one alert and one recovery. A router that fails once is tried again before it counts as in
//! trouble. One that keeps going and coming back is one incident until it has been up for an hour, and however it behaves, one
//! alert and one recovery an hour are all that is sent: what is held back is sent when the hour is over, if it is still true.
//! Lengths are measured by a stopwatch where there is one, so that a clock in doubt does not falsify them. Must never know how
//! a router is reached, or who receives alerts.

use jiff::tz::TimeZone;

use crate::model::alert::Alert;
use crate::model::counted::counted;
use crate::model::day::Instant;
use crate::model::name::RouterName;
use crate::model::router::incident::{Incident, Trouble};

/// A router that fails within this time after it has come back has relapsed, in milliseconds: two probes of the usual
/// schedule.
pub const RELAPSE_MS: i64 = 1_800_000;

/// After more relapses than this in a row it is unstable.
pub const RELAPSES_MAX: u32 = 3;

/// An unstable router has recovered when it has been up for this long, in milliseconds.
pub const STEADY_MS: i64 = 3_600_000;

/// Between two alerts about a router, and between two recoveries, there is at least this time, in milliseconds.
pub const TOLD_AGAIN_MS: i64 = 3_600_000;

/// How often the reason of an incident is rewritten at most, where it alternates.
const CHANGES_MAX: u32 = 8;

/// The most characters of a reason.
const REASON_MAX_CHARS: usize = 300;

/// A moment, by the clock that records go by and by a stopwatch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProbeMoment {
    /// What a record of it carries.
    pub at: Instant,
    /// The stopwatch's reading in milliseconds; negative where it was not running yet.
    pub ran_ms: i64,
}

impl ProbeMoment {
    /// Returns how long after an earlier one, in milliseconds.
    #[must_use]
    pub fn after_ms(self, earlier: Self) -> i64 {
        self.ran_ms.saturating_sub(earlier.ran_ms).max(0)
    }

    /// Returns the moment of a record, as far as the clock knows how long ago that was.
    fn of_record(at: Instant, now: Self) -> Self {
        Self {
            at,
            ran_ms: now.ran_ms.saturating_sub(now.at.millis_since(at).max(0)),
        }
    }
}

/// What one try at a router has come to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProbeResult {
    /// It is as it should be.
    Up,
    /// It is not.
    Fails {
        /// What is wrong.
        trouble: Trouble,
        /// What was seen, in words.
        reason: String,
    },
}

/// What a try has changed in an incident; to be written and logged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IncidentChange {
    /// One has begun.
    Opened(Incident),
    /// Something else is wrong by now.
    Changed(Incident),
    /// It is over, after so many milliseconds.
    Closed(Incident, i64),
}

impl IncidentChange {
    /// Returns the incident as it is now.
    #[must_use]
    pub const fn incident(&self) -> &Incident {
        match self {
            Self::Opened(incident) | Self::Changed(incident) | Self::Closed(incident, _) => incident,
        }
    }
}

/// What the owner is to be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IncidentNotice {
    /// That something is wrong.
    Raise(String),
    /// Nothing new: the text of the open alert changes.
    Reword(String),
    /// That it is over.
    End(String),
}

/// An incident that lasts.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Open {
    incident: Incident,
    began: ProbeMoment,
    /// What is wrong now.
    trouble: Trouble,
    changes: u32,
    /// Of an unstable router: since when it has been up.
    up_since: Option<ProbeMoment>,
}

/// The health of a router, from probe to probe.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RouterHealth {
    /// Failed tries in a row, while that is no incident yet.
    failures: u32,
    first_failed: Option<ProbeMoment>,
    open: Option<Open>,
    /// The last incident that is over, with its length.
    closed: Option<(Incident, i64)>,
    /// When it last came back.
    returned: Option<ProbeMoment>,
    relapses: u32,
    /// The text of the open alert.
    alert: Option<String>,
    /// When one was last raised, and ended.
    raised: Option<ProbeMoment>,
    ended: Option<ProbeMoment>,
}

impl RouterHealth {
    /// Returns the health of a router by its records: its newest incident, and the open alert.
    #[must_use]
    pub fn of_record(newest: Option<&Incident>, alert: Option<&Alert>, now: ProbeMoment) -> Self {
        let mut standing = Self {
            alert: alert.map(|alert| alert.text.clone()),
            raised: alert.map(|alert| ProbeMoment::of_record(alert.since, now)),
            ..Self::default()
        };
        let Some(newest) = newest else {
            return standing;
        };
        let began = ProbeMoment::of_record(newest.since, now);
        standing.relapses = newest.flaps;
        standing.raised = standing.raised.or(Some(began));
        match newest.until {
            None => {
                standing.open = Some(Open {
                    incident: newest.clone(),
                    began,
                    trouble: newest.trouble,
                    changes: 0,
                    up_since: None,
                });
            }
            Some(until) => {
                let until = ProbeMoment::of_record(until, now);
                standing.returned = Some(until);
                standing.ended = alert.is_none().then_some(until);
                standing.closed = Some((newest.clone(), until.after_ms(began)));
            }
        }
        standing
    }

    /// Returns whether it must be tried again before anything follows: it has failed, but not often enough.
    #[must_use]
    pub fn wants_another_try(&self, after_failures: u8) -> bool {
        self.open.is_none() && self.failures > 0 && self.failures < u32::from(after_failures)
    }

    /// Returns the incident that lasts.
    #[must_use]
    pub fn incident(&self) -> Option<&Incident> {
        self.open.as_ref().map(|open| &open.incident)
    }

    /// Adds the result of one try.
    pub fn observe(
        &mut self,
        router: &RouterName,
        tried: ProbeResult,
        after_failures: u8,
        now: ProbeMoment,
    ) -> Option<IncidentChange> {
        match tried {
            ProbeResult::Up => self.is_up(now),
            ProbeResult::Fails { trouble, reason } => {
                let reason = reason.chars().take(REASON_MAX_CHARS).collect();
                self.fails(router, trouble, reason, after_failures, now)
            }
        }
    }

    fn is_up(&mut self, now: ProbeMoment) -> Option<IncidentChange> {
        (self.failures, self.first_failed) = (0, None);
        let mut open = self.open.take()?;
        let back = *open.up_since.get_or_insert(now);
        if open.incident.flaps > 0 && now.after_ms(back) < STEADY_MS {
            self.open = Some(open);
            return None;
        }
        if open.incident.flaps > 0 {
            self.relapses = 0;
        }
        Some(self.close(open, back))
    }

    /// Ends the incident of a router that the site no longer has.
    pub fn leaves(&mut self, now: ProbeMoment) -> Option<IncidentChange> {
        let open = self.open.take()?;
        Some(self.close(open, now))
    }

    fn close(&mut self, mut open: Open, back: ProbeMoment) -> IncidentChange {
        open.incident.until = Some(back.at.max(open.incident.since));
        let length_ms = back.after_ms(open.began);
        self.returned = Some(back);
        self.closed = Some((open.incident.clone(), length_ms));
        IncidentChange::Closed(open.incident, length_ms)
    }

    fn fails(
        &mut self,
        router: &RouterName,
        trouble: Trouble,
        reason: String,
        after_failures: u8,
        now: ProbeMoment,
    ) -> Option<IncidentChange> {
        if let Some(open) = &mut self.open {
            if let Some(back) = open.up_since.take() {
                open.incident.up_ms = open.incident.up_ms.saturating_add(now.after_ms(back));
                open.incident.flaps = open.incident.flaps.saturating_add(1);
            }
            if open.trouble == trouble || open.changes >= CHANGES_MAX {
                return None;
            }
            (open.trouble, open.changes) = (trouble, open.changes.saturating_add(1));
            open.incident.reason = reason;
            return Some(IncidentChange::Changed(open.incident.clone()));
        }
        self.failures = self.failures.saturating_add(1);
        let began = *self.first_failed.get_or_insert(now);
        if self.failures < u32::from(after_failures) {
            return None;
        }
        (self.failures, self.first_failed) = (0, None);
        let relapsed = self.returned.is_some_and(|back| began.after_ms(back) <= RELAPSE_MS);
        self.relapses = if relapsed { self.relapses.saturating_add(1) } else { 0 };
        // Under a clock in doubt records share one instant, which is the key under which incidents are kept.
        let taken = self.closed.as_ref().map(|(closed, _)| closed.since.plus_millis(1));
        let incident = Incident {
            router: router.clone(),
            trouble,
            since: taken.map_or(began.at, |taken| began.at.max(taken)),
            until: None,
            reason,
            flaps: if self.relapses > RELAPSES_MAX { self.relapses } else { 0 },
            up_ms: 0,
        };
        self.open = Some(Open {
            incident: incident.clone(),
            began,
            trouble,
            changes: 0,
            up_since: None,
        });
        Some(IncidentChange::Opened(incident))
    }

    /// Returns what is to be sent to the owner by now; afterwards it counts as sent.
    pub fn tell(&mut self, now: ProbeMoment, zone: &TimeZone) -> Option<IncidentNotice> {
        let long_ago = |last: Option<ProbeMoment>| last.is_none_or(|last| now.after_ms(last) >= TOLD_AGAIN_MS);
        match (&self.open, &self.alert) {
            (Some(open), None) if long_ago(self.raised) => {
                let text = words(open, zone);
                (self.alert, self.raised) = (Some(text.clone()), Some(now));
                Some(IncidentNotice::Raise(text))
            }
            (Some(open), Some(told)) => {
                let text = words(open, zone);
                if text == *told {
                    return None;
                }
                self.alert = Some(text.clone());
                Some(IncidentNotice::Reword(text))
            }
            (None, Some(_)) if long_ago(self.ended) => {
                (self.alert, self.ended) = (None, Some(now));
                Some(IncidentNotice::End(self.words_of_end(zone)))
            }
            (Some(_) | None, None) | (None, Some(_)) => None,
        }
    }

    fn words_of_end(&self, zone: &TimeZone) -> String {
        let Some((incident, length_ms)) = &self.closed else {
            return "the router is working again".to_owned();
        };
        let back = incident
            .until
            .map_or(String::new(), |until| format!(" (since {})", until.minute_in(zone)));
        format!(
            "router `{}` is working again{back}, after {}: it {} from {} on",
            incident.router,
            length_words(*length_ms),
            what_it_did(incident.trouble),
            incident.since.minute_in(zone)
        )
    }
}

fn words(open: &Open, zone: &TimeZone) -> String {
    let incident = &open.incident;
    let unstable = if incident.flaps > 0 {
        "; it keeps failing and coming back, and counts as recovered after an hour without trouble"
    } else {
        ""
    };
    format!(
        "router `{}` {} since {}: {}{unstable}",
        incident.router,
        what_it_does(open.trouble),
        incident.since.minute_in(zone),
        incident.reason
    )
}

/// Returns what a router in trouble does, after its name.
#[must_use]
pub const fn what_it_does(trouble: Trouble) -> &'static str {
    match trouble {
        Trouble::Unreachable => "cannot be reached",
        Trouble::PortClosed => "has its API port closed",
        Trouble::Failing => "does not answer as it should",
        Trouble::LoginRefused => "refuses the login",
        Trouble::OtherIdentity => "is a different box",
        Trouble::NoPassword => "cannot be logged in to because its password is missing",
    }
}

const fn what_it_did(trouble: Trouble) -> &'static str {
    match trouble {
        Trouble::Unreachable => "could not be reached",
        Trouble::PortClosed => "had its API port closed",
        Trouble::Failing => "did not answer as it should",
        Trouble::LoginRefused => "refused the login",
        Trouble::OtherIdentity => "was a different box",
        Trouble::NoPassword => "could not be logged in to because its password was missing",
    }
}

/// Returns a length of time in words, in its two largest units: `2 hours 15 minutes`.
#[must_use]
pub fn length_words(ms: i64) -> String {
    let seconds = ms.max(0) / 1_000;
    let parts = [
        (seconds / 86_400, "day", "days"),
        (seconds / 3_600 % 24, "hour", "hours"),
        (seconds / 60 % 60, "minute", "minutes"),
        (seconds % 60, "second", "seconds"),
    ];
    let first = parts
        .iter()
        .position(|(count, ..)| *count > 0)
        .unwrap_or(parts.len().saturating_sub(1));
    let told: Vec<String> = parts
        .iter()
        .skip(first)
        .take(2)
        .enumerate()
        .filter(|(place, (count, ..))| *place == 0 || *count > 0)
        .map(|(_, (count, one, many))| counted(*count, one, many))
        .collect();
    told.join(" ")
}
