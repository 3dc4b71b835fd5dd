//! Which occurrence of a job has to be accounted for next, and how?
//!
//! A job's time is divided into schedule epochs (`Era` on the card), in which its schedule, its zone and its pause did not
//! change: occurrences missed before a change follow the old ones. Each occurrence is accounted for exactly once, in order: it
//! runs, is caught up, collapses into a later one, or is skipped with the reason. Occurrences of a pause are skipped and never
//! caught up; those missed before it are, once the job is resumed.

use jiff::tz::TimeZone;

use crate::model::day::{Day, Instant};
use crate::model::job::{CatchUp, Job, JobState, Occurrence, ScheduleEpoch, Stretch};
use crate::rules::cron::expression::Schedule;

/// A run that starts later than this after its planned time counts as caught up, in milliseconds.
pub const LATE_MS: i64 = 120_000;

/// What has to be accounted for next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CatchUpStep {
    /// An occurrence runs.
    Run {
        /// Which one.
        occurrence: Occurrence,
        /// The zone in force when it was planned.
        zone: String,
        /// It was missed, and is caught up now.
        caught_up: bool,
    },
    /// Occurrences collapse into a later one that runs.
    Collapse(Stretch),
    /// Occurrences are skipped, with the reason.
    Skip(Stretch, &'static str),
}

impl CatchUpStep {
    /// Returns the planned time by which steps of several jobs are put in order.
    #[must_use]
    pub const fn at(&self) -> Instant {
        match self {
            Self::Run { occurrence, .. } => occurrence.at,
            Self::Collapse(stretch) | Self::Skip(stretch, _) => stretch.to,
        }
    }
}

/// Why the occurrences of a job are not known.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CatchUpError {
    /// A stored schedule or zone is none any more.
    #[error("the stored schedule `{schedule}` in zone `{zone}` cannot be read")]
    Schedule {
        /// The expression.
        schedule: String,
        /// The zone.
        zone: String,
    },
}

/// Returns what a job's state becomes when the configuration says `schedule`, `zone` and `enabled` from `now` on.
///
/// A job that is new begins now: nothing planned before exists.
#[must_use]
pub fn adopt(before: Option<&JobState>, job: Job, schedule: &str, zone: &str, enabled: bool, now: Instant) -> JobState {
    let mut state = before.cloned().unwrap_or(JobState {
        job,
        eras: Vec::new(),
        paused_by_command: false,
        part: None,
        last_run: None,
    });
    let paused = state.paused_by_command || !enabled;
    let same = state
        .eras
        .last()
        .is_some_and(|epoch| epoch.schedule == schedule && epoch.zone == zone && epoch.paused == paused);
    if !same {
        if let Some(epoch) = state.eras.last_mut() {
            epoch.until = Some(now.max(epoch.after));
        }
        let after = state.eras.last().and_then(|epoch| epoch.until).unwrap_or(now);
        state.eras.push(ScheduleEpoch {
            schedule: schedule.to_owned(),
            zone: zone.to_owned(),
            paused,
            after,
            until: None,
        });
        let surplus = state.eras.len().saturating_sub(JobState::ERAS_MAX);
        state.eras.drain(..surplus);
    }
    state
}

/// Returns the occurrences of an epoch that are due by `now` and not accounted for.
struct Missed {
    first: Occurrence,
    newest: Occurrence,
    before_newest: Option<Occurrence>,
    count: u32,
}

/// Returns what has to be accounted for next at `now`; `None` when nothing has. A paused job waits, unless
/// `even_paused`.
///
/// # Errors
/// When a stored schedule or zone cannot be read.
pub fn next_step(state: &JobState, now: Instant, even_paused: bool) -> Result<Option<CatchUpStep>, CatchUpError> {
    let paused_now = state.eras.last().is_none_or(|epoch| epoch.paused);
    if paused_now && !even_paused {
        return Ok(None);
    }
    for (at, epoch) in state.eras.iter().enumerate() {
        if epoch.paused {
            if epoch.until.is_some()
                && let Some(missed) = missed_in(state.job, epoch, now)?
            {
                return Ok(Some(CatchUpStep::Skip(whole(&missed), "paused")));
            }
            continue;
        }
        if state.job.catch_up() == CatchUp::Every {
            let (schedule, zone) = parsed(epoch)?;
            if let Some(occurrence) = next_in(state.job, epoch, &schedule, &zone, now) {
                return Ok(Some(run(epoch, occurrence, now)));
            }
            continue;
        }
        let Some(missed) = missed_in(state.job, epoch, now)? else {
            continue;
        };
        let mut later = false;
        for newer in state
            .eras
            .iter()
            .skip(at.saturating_add(1))
            .filter(|epoch| !epoch.paused)
        {
            later |= missed_in(state.job, newer, now)?.is_some();
        }
        return Ok(Some(step_of(state.job, epoch, &missed, later, now)?));
    }
    Ok(None)
}

/// Returns the step for what was missed in one epoch of a job that does not catch up every occurrence.
fn step_of(
    job: Job,
    epoch: &ScheduleEpoch,
    missed: &Missed,
    later: bool,
    now: Instant,
) -> Result<CatchUpStep, CatchUpError> {
    let (_, zone) = parsed(epoch)?;
    let runs = !later
        && match job.catch_up() {
            CatchUp::Every | CatchUp::Once => true,
            CatchUp::SameDay => missed.newest.day() == now.day_in(&zone),
            CatchUp::Never => now.millis_since(missed.newest.at) <= LATE_MS,
        };
    let collapses = job.catch_up() == CatchUp::Once;
    let set_aside = |stretch: Stretch| {
        if collapses {
            CatchUpStep::Collapse(stretch)
        } else {
            CatchUpStep::Skip(stretch, "missed")
        }
    };
    Ok(match (runs, missed.before_newest) {
        (true, None) => run(epoch, missed.newest, now),
        (true, Some(before)) => set_aside(Stretch {
            from: missed.first.at,
            to: before.at,
            count: missed.count.saturating_sub(1),
        }),
        (false, _) => set_aside(whole(missed)),
    })
}

const fn whole(missed: &Missed) -> Stretch {
    Stretch {
        from: missed.first.at,
        to: missed.newest.at,
        count: missed.count,
    }
}

fn run(epoch: &ScheduleEpoch, occurrence: Occurrence, now: Instant) -> CatchUpStep {
    CatchUpStep::Run {
        occurrence,
        zone: epoch.zone.clone(),
        caught_up: now.millis_since(occurrence.at) > LATE_MS,
    }
}

/// Returns the state after everything up to and including `at` has been accounted for: the marker moves on, and epochs
/// that are over and done with go.
#[must_use]
pub fn accounted(state: &JobState, at: Instant) -> JobState {
    let mut state = state.clone();
    for epoch in &mut state.eras {
        epoch.after = epoch.after.max(epoch.until.map_or(at, |until| at.min(until)));
    }
    drop_ended(&mut state);
    state
}

/// Drops epochs that are over and accounted for.
fn drop_ended(state: &mut JobState) {
    let last = state.eras.len().saturating_sub(1);
    let mut place = 0_usize;
    state.eras.retain(|epoch| {
        let current = place == last;
        place = place.saturating_add(1);
        current || epoch.until.is_none_or(|until| epoch.after < until)
    });
}

/// Returns the state after the owner has confirmed that it is `now`, where a wrong clock has run ahead: nothing is accounted
/// for beyond `now`, epochs that began later now begin at `now`, and an interrupted run and is planned for later is not gone on
/// with.
#[must_use]
pub fn set_back(state: &JobState, now: Instant) -> JobState {
    let mut state = state.clone();
    for epoch in &mut state.eras {
        epoch.after = epoch.after.min(now);
        epoch.until = epoch.until.map(|until| until.min(now));
    }
    drop_ended(&mut state);
    state.part = state.part.filter(|part| part.planned_for <= now);
    state
}

/// Returns the instant through which everything is accounted for; `None` for a job without epochs, which does not
/// occur.
#[must_use]
pub fn accounted_through(state: &JobState) -> Option<Instant> {
    state.eras.iter().map(|epoch| epoch.after).max()
}

/// Returns what has come by `now` and is not accounted for, oldest first: per stretch whether it is of a pause. What a
/// history shows beside its records, so that it has no hole.
///
/// # Errors
/// When a stored schedule or zone cannot be read.
pub fn open_stretches(state: &JobState, now: Instant) -> Result<Vec<(Stretch, bool)>, CatchUpError> {
    let mut found = Vec::new();
    for epoch in &state.eras {
        if let Some(missed) = missed_in(state.job, epoch, now)? {
            found.push((whole(&missed), epoch.paused));
        }
    }
    Ok(found)
}

/// Returns the next occurrence after `now`; `None` while the job is paused.
///
/// # Errors
/// When a stored schedule or zone cannot be read.
pub fn next_occurrence(state: &JobState, now: Instant) -> Result<Option<Occurrence>, CatchUpError> {
    match state.eras.last() {
        Some(epoch) if !epoch.paused => {
            let (schedule, zone) = parsed(epoch)?;
            Ok(schedule.next(&zone, second_fold(state.job), now.max(epoch.after)))
        }
        _ => Ok(None),
    }
}

/// Returns whether a job's occurrence in a repeated hour runs at the second pass.
#[must_use]
pub fn second_fold(job: Job) -> bool {
    job == Job::Disconnect
}

fn parsed(epoch: &ScheduleEpoch) -> Result<(Schedule, TimeZone), CatchUpError> {
    let error = || CatchUpError::Schedule {
        schedule: epoch.schedule.clone(),
        zone: epoch.zone.clone(),
    };
    let schedule = Schedule::parse(&epoch.schedule).map_err(|_| error())?;
    let zone = TimeZone::get(&epoch.zone).map_err(|_| error())?;
    Ok((schedule, zone))
}

fn end_of(epoch: &ScheduleEpoch, now: Instant) -> Instant {
    epoch.until.map_or(now, |until| until.min(now))
}

fn next_in(job: Job, epoch: &ScheduleEpoch, schedule: &Schedule, zone: &TimeZone, now: Instant) -> Option<Occurrence> {
    schedule
        .next(zone, second_fold(job), epoch.after)
        .filter(|occurrence| occurrence.at <= end_of(epoch, now))
}

fn missed_in(job: Job, epoch: &ScheduleEpoch, now: Instant) -> Result<Option<Missed>, CatchUpError> {
    let (schedule, zone) = parsed(epoch)?;
    let mut missed: Option<Missed> = None;
    for occurrence in schedule.occurrences(&zone, second_fold(job), epoch.after, end_of(epoch, now)) {
        missed = Some(match missed {
            None => Missed {
                first: occurrence,
                newest: occurrence,
                before_newest: None,
                count: 1,
            },
            Some(missed) => Missed {
                first: missed.first,
                newest: occurrence,
                before_newest: Some(missed.newest),
                count: missed.count.saturating_add(1),
            },
        });
    }
    Ok(missed)
}

/// Returns the day that a run started by hand is for.
#[must_use]
pub fn day_by_hand(now: Instant, zone: &TimeZone) -> Day {
    now.day_in(zone)
}
