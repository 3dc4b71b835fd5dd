//! How did routers and jobs fare in a month?
//!
//! A router counts as watched in the time that runs of `health` stand for, each until the next one is due; what is between
//! them is not known, and counts neither as up nor as down.

use crate::commands::report_figures::Span;
use crate::config::routers::RouterConfig;
use crate::model::day::Instant;
use crate::model::incident::Incident;
use crate::model::job::{Job, Outcome, Run};
use crate::report::figures::{JobMonth, RouterMonth};
use crate::store::error::StoreError;
use crate::store::reader::Reader;

/// How long a look at the routers stands for, in milliseconds: a quarter of an hour, as `health` is planned.
const LOOK_MS: i64 = 900_000;
/// A minute in milliseconds.
const MINUTE_MS: i64 = 60_000;
/// How many records of a job are looked at: a month of one each quarter of an hour has 2,976.
const RUNS_MAX: usize = 20_000;

/// What the jobs did; those without any planned time in the month are left out.
///
/// # Errors
/// When the store cannot be read.
pub(crate) fn jobs(reader: &Reader<'_>, span: Span) -> Result<Vec<JobMonth>, StoreError> {
    let mut found = Vec::new();
    for job in Job::ALL {
        let mut month = JobMonth {
            name: job.as_str(),
            ..JobMonth::default()
        };
        for run in reader.runs_through(job, span.to, RUNS_MAX)? {
            let count = within(&run, span);
            if count == 0 {
                continue;
            }
            let sum = match run.outcome {
                Outcome::Done => &mut month.done,
                Outcome::CaughtUp => &mut month.caught_up,
                Outcome::Failed => &mut month.failed,
                Outcome::Collapsed | Outcome::Skipped => &mut month.not_run,
                Outcome::Waiting => &mut month.waiting,
            };
            *sum = sum.saturating_add(count);
            if run.outcome == Outcome::Failed && month.error.is_none() {
                month.error = run.error;
            }
        }
        let sums = [month.done, month.caught_up, month.failed, month.not_run, month.waiting];
        if sums.iter().any(|sum| *sum > 0) {
            found.push(month);
        }
    }
    Ok(found)
}

/// How many of a record's occurrences lie within: of a stretch across the border the share that its time has there.
fn within(run: &Run, span: Span) -> u64 {
    let last = run.to.unwrap_or(run.planned_for);
    let (from, to) = (run.planned_for.max(span.from), last.min(span.to));
    if from > to {
        return 0;
    }
    let steps = i64::from(run.count).saturating_sub(1);
    let whole = last.millis_since(run.planned_for);
    let share = steps
        .saturating_mul(to.millis_since(from))
        .checked_div(whole)
        .unwrap_or(0);
    u64::try_from(share.saturating_add(1)).unwrap_or(1)
}

/// How the routers fared.
///
/// # Errors
/// When the store cannot be read.
pub(crate) fn routers(
    reader: &Reader<'_>,
    routers: &[RouterConfig],
    span: Span,
) -> Result<Vec<RouterMonth>, StoreError> {
    let watched = watched(&reader.runs_through(Job::Health, span.to, RUNS_MAX)?, span);
    let minutes_of = |ms: i64| u64::try_from(ms / MINUTE_MS).unwrap_or(0);
    let mut found = Vec::new();
    for router in routers {
        let mut down = Vec::new();
        reader.each_incident_back(&router.name, |incident| -> Result<bool, StoreError> {
            down.extend(clipped(&incident, span));
            Ok(incident.until.is_none_or(|until| until >= span.from))
        })?;
        let incidents = u64::try_from(down.len()).unwrap_or(u64::MAX);
        let longest = down.iter().map(|(from, to)| to.millis_since(*from)).max().unwrap_or(0);
        let down_ms: i64 = watched.iter().map(|seen| shared_ms(*seen, &down)).sum();
        found.push(RouterMonth {
            name: router.name.to_string(),
            minutes: minutes_of(span.to.plus_millis(1).millis_since(span.from)),
            watched_minutes: minutes_of(watched.iter().map(|(from, to)| to.millis_since(*from)).sum()),
            down_minutes: minutes_of(down_ms),
            incidents,
            longest_minutes: minutes_of(longest),
        });
    }
    Ok(found)
}

/// The stretches in which routers were watched, apart from each other, oldest first.
fn watched(newest_first: &[Run], span: Span) -> Vec<(Instant, Instant)> {
    let end = span.to.plus_millis(1);
    let mut found: Vec<(Instant, Instant)> = Vec::new();
    for run in newest_first.iter().rev().filter(|run| run.started_at.is_some()) {
        let from = run.planned_for.max(span.from);
        let to = run.to.unwrap_or(run.planned_for).plus_millis(LOOK_MS).min(end);
        if from >= to {
            continue;
        }
        match found.last_mut() {
            Some(last) if from <= last.1 => last.1 = last.1.max(to),
            Some(_) | None => found.push((from, to)),
        }
    }
    found
}

fn clipped(incident: &Incident, span: Span) -> Option<(Instant, Instant)> {
    let end = span.to.plus_millis(1);
    let from = incident.since.max(span.from);
    let to = incident.until.unwrap_or(end).min(end);
    (from < to).then_some((from, to))
}

/// How many milliseconds of a stretch belong to one of the others, which do not overlap.
fn shared_ms(seen: (Instant, Instant), down: &[(Instant, Instant)]) -> i64 {
    down.iter()
        .map(|(from, to)| seen.1.min(*to).millis_since(seen.0.max(*from)).max(0))
        .sum()
}

#[cfg(test)]
mod tests {
    use super::{shared_ms, watched, within};
    use crate::commands::report_figures::Span;
    use crate::model::day::Instant;
    use crate::model::job::{Counts, Job, Outcome, Run, RunId};

    const QUARTER_MS: i64 = 900_000;

    fn at(quarters: i64) -> Instant {
        Instant::from_millis(quarters * QUARTER_MS)
    }

    fn run(from: i64, to: i64) -> Run {
        Run {
            id: RunId(1),
            job: Job::Health,
            planned_for: at(from),
            to: (to > from).then(|| at(to)),
            count: u32::try_from(to - from + 1).unwrap(),
            started_at: Some(at(from)),
            finished_at: Some(at(from)),
            outcome: Outcome::Done,
            counts: Counts::None,
            error: None,
            by_hand: false,
        }
    }

    #[test]
    fn a_stretch_across_the_border_counts_as_much_as_lies_within() {
        let span = Span {
            from: at(10),
            to: at(20).plus_millis(-1),
        };
        for (from, to, wanted) in [
            (10, 19, 10),
            (5, 14, 5),
            (15, 25, 5),
            (0, 9, 0),
            (12, 12, 1),
            (20, 30, 0),
            (0, 40, 10),
        ] {
            assert_eq!(within(&run(from, to), span), wanted, "{from} to {to}");
        }
    }

    #[test]
    fn what_lies_between_looks_is_not_watched_and_down_only_counts_while_watched() {
        let span = Span {
            from: at(10),
            to: at(30).plus_millis(-1),
        };
        let seen = watched(&[run(28, 35), run(14, 14), run(5, 13)], span);
        assert_eq!(seen, [(at(10), at(15)), (at(28), at(30))]);
        let down = [(at(12), at(13)), (at(14), at(29))];
        let shared: i64 = seen.iter().map(|seen| shared_ms(*seen, &down)).sum();
        assert_eq!(shared, 3 * QUARTER_MS);
    }
}
