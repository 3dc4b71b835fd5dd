//! What runs at once where the clock turns out to be right?
//!
//! The occurrences that have come by now, and what they do to whom: the outlook of [`crate::jobs::plan`] up to now, after
//! every job is set back as the owner's word sets it back. Changes nothing.

use serde::Serialize;

use crate::commands::in_force::InForce;
use crate::commands::job_facts;
use crate::commands::plan::would_be_held;
use crate::jobs::plan;
use crate::jobs::scheduler::SchedulerError;
use crate::model::day::Instant;
use crate::model::failure::Failure;
use crate::model::job::{Job, JobState};
use crate::rules::catch_up;
use crate::store::reader::Reader;

/// How many occurrences are weighed: more than two years of nights. A question must not keep a small box busy for minutes
/// because its clock shows the year 2099.
const WEIGHED_MAX: usize = 1_000;

/// What runs at once, as `--json` prints it.
#[derive(Debug, Serialize)]
pub(crate) struct AtOnce {
    /// Per job that has occurrences to make good.
    pub(crate) jobs: Vec<JobAtOnce>,
    /// There are more occurrences than were looked at: everything here is of the first ones alone.
    pub(crate) more: bool,
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

/// What runs at once; `None` where no occurrence has come.
pub(crate) fn gather(reader: &Reader<'_>, in_force: &InForce, now: Instant) -> Result<Option<AtOnce>, Failure> {
    let states: Vec<JobState> = job_facts::states(reader, in_force, now)?
        .iter()
        .map(|state| catch_up::set_back(state, now))
        .collect();
    let mut ahead = plan::ahead(&states, now, now, false, &in_force.terms).map_err(SchedulerError::from)?;
    let more = ahead.ends_before.is_some() || ahead.coming.len() > WEIGHED_MAX;
    ahead.coming.truncate(WEIGHED_MAX);
    if ahead.coming.is_empty() {
        return Ok(None);
    }
    let mut jobs = Vec::new();
    for job in Job::ALL {
        let mut of_job = ahead.coming.iter().filter(|coming| coming.job == job);
        let Some(first) = of_job.next() else { continue };
        let (last, others) = of_job.fold((first.at, 0_u64), |(_, count), coming| {
            (coming.at, count.saturating_add(1))
        });
        jobs.push(JobAtOnce {
            name: job.as_str(),
            occurrences: others.saturating_add(1),
            first: first.at.to_string(),
            last: last.to_string(),
        });
    }
    let outlook = plan::outlook(reader, &in_force.terms, &ahead.coming, &mut |_, _| {})?;
    Ok(Some(AtOnce {
        jobs,
        more,
        charges: outlook.charged.count,
        charged: in_force.config.site.currency.format(outlook.charged.amount),
        renewed: outlook.renewed,
        resumed: outlook.resumed,
        cuts: outlook.disconnect.suspended,
        held: would_be_held(&outlook, &ahead.coming, &in_force.terms),
    }))
}
