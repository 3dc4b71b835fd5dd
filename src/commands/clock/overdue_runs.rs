//! Lists the runs that start at once when the clock is confirmed.
//!
//! The occurrences that are due by now, and what they do to whom: the forecast of [`crate::jobs::plan`] up to now, after every
//! job is set back as the confirmation would do it. Changes nothing.

use serde::Serialize;

use crate::appliance::in_force::InForce;
use crate::commands::jobs::plan::would_be_held;
use crate::commands::jobs::registry;
use crate::jobs::context::SchedulerError;
use crate::jobs::plan;
use crate::model::day::Instant;
use crate::model::failure::Failure;
use crate::model::job::{CatchUp, Job, JobState, ScheduleEpoch, Stretch};
use crate::rules::catch_up;
use crate::store::read::reader::Reader;

/// How far back the first occurrence may be whose effects are shown, in milliseconds: 1,000 days. A question must not keep a
/// small box busy for minutes because its clock shows the year 2099.
const WEIGHED_MS: i64 = 1_000 * 86_400_000;

/// How many occurrences are weighed at most: those of 1,000 nights, and as many more.
const WEIGHED_MAX: usize = 4_000;

/// What runs at once, as `--json` prints it.
#[derive(Debug, Serialize)]
pub(crate) struct AtOnce {
    /// Each job that has occurrences to catch up.
    pub(crate) jobs: Vec<JobAtOnce>,
    /// What they do; its keys are missing where there are too many to work out.
    #[serde(flatten)]
    pub(crate) does: Option<Does>,
}

/// What the occurrences do.
#[derive(Debug, Serialize)]
pub(crate) struct Does {
    pub(crate) charges: u64,
    /// Of all charges.
    pub(crate) charged: String,
    pub(crate) renewed: u64,
    pub(crate) resumed: u64,
    pub(crate) cuts: u64,
    /// Runs that the guard would hold, in words.
    pub(crate) held: Vec<String>,
}

/// The occurrences of one job.
#[derive(Debug, Serialize)]
pub(crate) struct JobAtOnce {
    pub(crate) name: &'static str,
    pub(crate) occurrences: u64,
    pub(crate) first: String,
    pub(crate) last: String,
}

impl JobAtOnce {
    fn new(job: Job, occurrences: u64, first: Instant, last: Instant) -> Self {
        Self {
            name: job.as_str(),
            occurrences,
            first: first.rfc3339(),
            last: last.rfc3339(),
        }
    }
}

/// Returns what runs at once; `None` where no occurrence has come.
pub(crate) fn gather(reader: &Reader<'_>, in_force: &InForce, now: Instant) -> Result<Option<AtOnce>, Failure> {
    let states: Vec<JobState> = registry::states(reader, in_force, now)?
        .iter()
        .map(|state| catch_up::set_back(state, now))
        .collect();
    let mut eras = states.iter().flat_map(|state| &state.eras);
    let is_far = |epoch: &ScheduleEpoch| !epoch.paused && now.millis_since(epoch.after) > WEIGHED_MS;
    if eras.any(is_far) {
        return too_many(&states, now);
    }
    let ahead = plan::ahead(&states, now, now, false, &in_force.terms).map_err(SchedulerError::from)?;
    if ahead.ends_before.is_some() || ahead.coming.len() > WEIGHED_MAX {
        return too_many(&states, now);
    }
    let mut jobs = Vec::new();
    for job in Job::ALL {
        let of_job: Vec<Instant> = ahead
            .coming
            .iter()
            .filter(|coming| coming.job == job)
            .map(|coming| coming.at)
            .collect();
        if let (Some(first), Some(last)) = (of_job.first(), of_job.last()) {
            let count = u64::try_from(of_job.len()).unwrap_or(u64::MAX);
            jobs.push(JobAtOnce::new(job, count, *first, *last));
        }
    }
    if jobs.is_empty() {
        return Ok(None);
    }
    let outlook = plan::outlook(reader, &in_force.terms, &ahead.coming, &mut |_, _| {})?;
    Ok(Some(AtOnce {
        jobs,
        does: Some(Does {
            charges: outlook.charged.count,
            charged: in_force.config.site.currency.format(outlook.charged.amount),
            renewed: outlook.renewed,
            resumed: outlook.resumed,
            cuts: outlook.counts.disconnect.suspended,
            held: would_be_held(&outlook, &ahead.coming, &in_force.terms),
        }),
    }))
}

/// Returns the occurrences alone, of the jobs that catch up every one.
fn too_many(states: &[JobState], now: Instant) -> Result<Option<AtOnce>, Failure> {
    let mut jobs = Vec::new();
    for state in states.iter().filter(|state| state.job.catch_up() == CatchUp::Every) {
        let open = catch_up::open_stretches(state, now).map_err(SchedulerError::from)?;
        let open: Vec<Stretch> = open
            .into_iter()
            .filter_map(|(stretch, paused)| (!paused).then_some(stretch))
            .collect();
        if let (Some(first), Some(last)) = (open.first(), open.last()) {
            let count = open.iter().map(|stretch| u64::from(stretch.count)).sum();
            jobs.push(JobAtOnce::new(state.job, count, first.from, last.to));
        }
    }
    Ok((!jobs.is_empty()).then_some(AtOnce { jobs, does: None }))
}
