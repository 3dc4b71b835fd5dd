//! Which record is past its retention?
//!
//! A record is kept for so many civil days of the site's zone, by its kind: one of the day that lies exactly so many days back
//! is kept, one of the day before is not. What is still at work is never old: runs that wait or are unfinished, the newest run
//! of a job and those that a marker names, incidents that last, messages that still have to leave. Must never know money:
//! entries, debits, references and unmatched payments have no retention, and no function here takes one.

use jiff::tz::TimeZone;

use crate::model::day::{Day, Instant};
use crate::model::job::{JobState, Outcome, Run, RunId};
use crate::model::message::{Message, Purpose};
use crate::model::record::LogKind;
use crate::model::router::incident::Incident;
use crate::rules::trust::NOTHING_RECORDED;

/// Where retention ends on a day, by kind.
#[derive(Debug, Clone)]
pub struct Retention {
    /// Per kind the oldest day that is kept, and its first instant.
    kinds: Vec<(LogKind, Day, Instant)>,
    /// The instant of a record that was made before any time was known.
    first_known: Option<Instant>,
}

impl Retention {
    /// Returns the borders on `today`; `days_of` gives the days that a kind is kept.
    #[must_use]
    pub fn on(today: Day, zone: &TimeZone, days_of: impl Fn(&str) -> u16) -> Self {
        let border = |kind: LogKind| {
            let oldest = today.plus_days(i32::from(days_of(kind.as_str())).saturating_neg());
            let begin = oldest.first_instant(zone).unwrap_or(NOTHING_RECORDED);
            (kind, oldest, begin)
        };
        Self {
            kinds: LogKind::ALL.into_iter().map(border).collect(),
            first_known: None,
        }
    }

    /// Returns the same, where the first record of a known time was made at this instant: those before it, whose time
    /// nobody knew, are judged as if they had been made then. Without one they are kept.
    #[must_use]
    pub fn with_first_known(self, first_known: Option<Instant>) -> Self {
        Self { first_known, ..self }
    }

    /// Returns the oldest day that is kept of a kind.
    #[must_use]
    pub fn oldest_kept(&self, kind: LogKind) -> Option<Day> {
        self.kinds
            .iter()
            .find_map(|(known, oldest, _)| (*known == kind).then_some(*oldest))
    }

    /// Returns whether a log record of this kind and instant is past its time.
    #[must_use]
    pub fn log(&self, kind: LogKind, at: Instant) -> bool {
        let at = if at == NOTHING_RECORDED {
            self.first_known
        } else {
            Some(at)
        };
        let begin = self
            .kinds
            .iter()
            .find_map(|(known, _, begin)| (*known == kind).then_some(*begin));
        at.zip(begin).is_some_and(|(at, begin)| at < begin)
    }

    /// Returns whether the record of a run is past its time; `newest` is the number of the newest record of its job,
    /// `state` what is remembered of the job.
    #[must_use]
    pub fn run(&self, run: &Run, state: Option<&JobState>, newest: Option<RunId>) -> bool {
        let unfinished = run.started_at.is_some() && run.finished_at.is_none();
        let named = |id: Option<RunId>| id == Some(run.id);
        let needed =
            named(newest) || state.is_some_and(|state| named(state.last_run) || named(state.part.map(|part| part.run)));
        if run.outcome == Outcome::Waiting || unfinished || needed {
            return false;
        }
        let latest = [run.to, run.started_at, run.finished_at]
            .into_iter()
            .flatten()
            .fold(run.planned_for, Instant::max);
        self.log(LogKind::of_runs(run.job), latest)
    }

    /// Returns whether an incident is past its time; one that lasts never is.
    #[must_use]
    pub fn incident(&self, incident: &Incident) -> bool {
        incident
            .until
            .is_some_and(|until| self.log(LogKind::Health, until.max(incident.since)))
    }

    /// Returns whether a message is past its time. One that still has to leave never is, nor one about a due day that
    /// is kept: its sent-once key goes with it, and nobody may receive it twice.
    #[must_use]
    pub fn message(&self, message: &Message) -> bool {
        if message.state.is_open() {
            return false;
        }
        let tried = message.tries.iter().map(|tried| tried.at);
        let latest = [Some(message.happened_at), message.sent_at]
            .into_iter()
            .flatten()
            .chain(tried)
            .fold(message.queued_at, Instant::max);
        let due = match &message.purpose {
            Purpose::Reminder { due, .. } => Some(*due),
            Purpose::Suspension { due } => *due,
            Purpose::Payment { .. }
            | Purpose::Resumption
            | Purpose::Resumed { .. }
            | Purpose::Alert
            | Purpose::Report
            | Purpose::Test => None,
        };
        let still_due = due
            .zip(self.oldest_kept(LogKind::Messages))
            .is_some_and(|(due, oldest)| due >= oldest);
        !still_due && self.log(LogKind::Messages, latest)
    }
}
