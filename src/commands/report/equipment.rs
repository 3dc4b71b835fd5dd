//! The figures of a month about routers and jobs.

use crate::appliance::core::Appliance;
use crate::commands::report::figures::MonthSpan;
use crate::commands::routers::availability::{Availability, availability_of, outage, watched_spans};
use crate::commands::routers::last_read::of_router;
use crate::commands::table::counted;
use crate::commands::time_words::civil;
use crate::config::routers::RouterConfig;
use crate::model::day::Instant;
use crate::model::job::{Job, Outcome, Run};
use crate::model::name::RouterName;
use crate::model::router::incident::Incident;
use crate::report::figures::{JobMonth, RouterMonth};
use crate::rules::routers::availability;
use crate::store::error::StoreError;
use crate::store::read::reader::Reader;

/// A minute in milliseconds.
const MINUTE_MS: i64 = 60_000;
/// How many records of a job are read: a month of one each quarter of an hour has 2,976.
const RUNS_MAX: usize = 20_000;

/// Returns what the jobs did; those without any planned time in the month are left out.
///
/// # Errors
/// When the store cannot be read.
pub(crate) fn jobs(reader: &Reader<'_>, span: MonthSpan) -> Result<Vec<JobMonth>, StoreError> {
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

/// Returns how many of a record's occurrences lie within: of a stretch across the border the share that its time has
/// there.
fn within(run: &Run, span: MonthSpan) -> u64 {
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

/// Returns the outages of the routers.
///
/// # Errors
/// When the store cannot be read.
pub(crate) fn routers(
    appliance: &Appliance,
    reader: &Reader<'_>,
    routers: &[RouterConfig],
    span: MonthSpan,
    now: Instant,
) -> Result<Vec<RouterMonth>, StoreError> {
    let period = availability::TimeSpan {
        from: span.from,
        to: span.to.plus_millis(1).min(now.max(span.from)),
    };
    let seen = watched_spans(reader, appliance, period.to, now)?;
    let minutes_of = |ms: i64| u64::try_from(ms.max(0) / MINUTE_MS).unwrap_or(0);
    let mut found = Vec::new();
    for router in routers {
        let Availability { incidents, share, .. } = availability_of(reader, &router.name, period, &seen, now)?;
        // By the same rule as their sum: the longest is never longer than the whole.
        let down_ms = |incident: &Incident| availability::share(period, &seen, &[outage(incident, now)]).down_ms;
        let longest = incidents.iter().map(down_ms).max();
        found.push(RouterMonth {
            name: router.name.to_string(),
            minutes: minutes_of(period.to.millis_since(period.from)),
            watched_minutes: minutes_of(share.watched_ms),
            down_minutes: minutes_of(share.down_ms),
            incidents: u64::try_from(incidents.len()).unwrap_or(u64::MAX),
            longest_minutes: minutes_of(longest.unwrap_or(0)),
            last_read: last_read(appliance, reader, &router.name)?,
        });
    }
    Ok(found)
}

/// Returns what was last read of a router's objects, apart from what the books want there.
fn last_read(appliance: &Appliance, reader: &Reader<'_>, router: &RouterName) -> Result<String, StoreError> {
    let zone = &appliance.in_force().terms.zone;
    Ok(match of_router(appliance, reader, router)?.whole {
        Some(whole) => format!(
            "{}: {}, {} otherwise than the books wanted",
            civil(whole.at, zone),
            counted(whole.objects, "object", "objects"),
            whole.differ
        ),
        None => "not read yet".to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::within;
    use crate::commands::report::figures::MonthSpan;
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
        let span = MonthSpan {
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
}
