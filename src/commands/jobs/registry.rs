//! Gathers the state of each job of the registry.
//!
//! What `jobs`, `jobs show` and `status` show: the schedule in force, whether Weir runs the job, its last run, its next
//! occurrence, and the due ones that wait. Must never know how it is shown.

use crate::appliance::core::{Appliance, OpenedBy, RunQueue};
use crate::appliance::in_force::InForce;
use crate::config::read::Config;
use crate::config::schedules::JobConfig;
use crate::jobs::context::SchedulerError;
use crate::model::day::Instant;
use crate::model::failure::Failure;
use crate::model::job::{Job, JobState, Outcome, Run, Stretch};
use crate::model::record::{LogKind, LogRecord};
use crate::rules::catch_up;
use crate::rules::trust::Trust;
use crate::store::error::StoreError;
use crate::store::read::reader::Reader;

/// Among how many of the newest records the last run is looked for; those without a run between two runs are stretches.
const RECORDS_LOOKED_AT: usize = 64;

/// A job of the registry.
#[derive(Debug, Clone, Copy)]
pub(crate) enum RegistryJob<'c> {
    /// Run by Weir.
    Automated(Job),
    /// Listed, and never run.
    Planned(&'c JobConfig),
}

/// Returns the job of a name.
///
/// # Errors
/// When there is none, naming those that there are.
pub(crate) fn named<'c>(config: &'c Config, name: &str) -> Result<RegistryJob<'c>, Failure> {
    let Some(found) = config.jobs.iter().find(|job| job.name.as_str() == name) else {
        let names: Vec<String> = config.jobs.iter().map(|job| format!("`{}`", job.name)).collect();
        return Err(Failure::refused(
            format!("there is no job `{name}`"),
            format!("the jobs are {}", names.join(", ")),
        ));
    };
    Ok(match automated(found) {
        Some(job) => RegistryJob::Automated(job),
        None => RegistryJob::Planned(found),
    })
}

/// Returns a job that Weir runs.
///
/// # Errors
/// When there is none of that name, or it is planned and never run.
pub(crate) fn automated_named(config: &Config, name: &str, doing: &str) -> Result<Job, Failure> {
    match named(config, name)? {
        RegistryJob::Automated(job) => Ok(job),
        RegistryJob::Planned(job) => Err(Failure::refused(
            format!(
                "job `{}` is only planned and Weir never runs it, so it cannot be {doing}",
                job.name
            ),
            format!("people do this one: {}", job.purpose),
        )),
    }
}

fn automated(config: &JobConfig) -> Option<Job> {
    Job::parse(config.name.as_str())
}

/// Whether a job runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum JobStanding {
    /// It runs.
    Enabled,
    /// `weir jobs pause`.
    PausedByCommand,
    /// `enabled = false` in the file.
    PausedByFile,
    /// Not automated: listed alone.
    Planned,
}

impl JobStanding {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Enabled => "enabled",
            Self::PausedByCommand | Self::PausedByFile => "paused",
            Self::Planned => "planned",
        }
    }

    pub(crate) const fn words(self) -> &'static str {
        match self {
            Self::Enabled => "enabled",
            Self::PausedByCommand => "paused by command; `weir jobs resume` resumes it",
            Self::PausedByFile => "paused by the file (`enabled = false`)",
            Self::Planned => "planned: listed, but never run by Weir",
        }
    }
}

/// The state of a job.
#[derive(Debug, Clone)]
pub(crate) struct JobFacts<'c> {
    pub(crate) config: &'c JobConfig,
    /// One of the five, automated or not.
    pub(crate) job: Option<Job>,
    pub(crate) standing: JobStanding,
    pub(crate) last: Option<Run>,
    /// Its next occurrence; of a planned job the next time that it is planned for.
    pub(crate) next: Option<Instant>,
    /// The occurrences that are due and not accounted for, pauses left out.
    pub(crate) waiting: Vec<Stretch>,
}

/// Returns the state of all jobs at `now`, in the registry's order.
///
/// # Errors
/// When the store or a stored schedule cannot be read.
pub(crate) fn gather<'c>(
    appliance: &Appliance,
    reader: &Reader<'_>,
    in_force: &'c InForce,
    now: Instant,
) -> Result<Vec<JobFacts<'c>>, SchedulerError> {
    let mut all = Vec::new();
    for config in &in_force.config.jobs {
        let Some(job) = automated(config) else {
            let next = config.schedule.next(&in_force.terms.zone, false, now);
            all.push(JobFacts {
                config,
                job: Job::parse(config.name.as_str()),
                standing: JobStanding::Planned,
                last: None,
                next: next.filter(|_| config.enabled).map(|occurrence| occurrence.at),
                waiting: Vec::new(),
            });
            continue;
        };
        let state = state_of(reader, in_force, job, now)?;
        let standing = match &state {
            Some(state) if state.paused_by_command => JobStanding::PausedByCommand,
            _ if !config.enabled => JobStanding::PausedByFile,
            _ => JobStanding::Enabled,
        };
        let (mut next, mut waiting) = (None, Vec::new());
        if let Some(state) = &state {
            next = catch_up::next_occurrence(state, now)?.map(|occurrence| occurrence.at);
        }
        // Missed occurrences of a job outside the queue never wait.
        if let Some(state) = state.as_ref().filter(|_| job.is_in_line()) {
            waiting = catch_up::open_stretches(state, now)?
                .into_iter()
                .filter(|(_, of_a_pause)| !of_a_pause)
                .map(|(stretch, _)| stretch)
                .collect();
        }
        all.push(JobFacts {
            config,
            job: Some(job),
            standing,
            last: unrecorded_run(appliance, job)
                .or(last_run(reader, job, now)?)
                .map(newest_of),
            next,
            waiting,
        });
    }
    Ok(all)
}

/// Returns the stored state of a job, as the configuration in force will have it at its next run; `None` for one that
/// is not in the configuration, which does not happen.
///
/// # Errors
/// When the store cannot be read.
pub(crate) fn state_of(
    reader: &Reader<'_>,
    in_force: &InForce,
    job: Job,
    now: Instant,
) -> Result<Option<JobState>, StoreError> {
    let Some(config) = in_force.config.job(job) else {
        return Ok(None);
    };
    let before = reader.job(job)?;
    let zone = in_force.config.site.zone_name.as_str();
    let schedule = config.schedule.text();
    Ok(Some(catch_up::adopt(
        before.as_ref(),
        job,
        schedule,
        zone,
        config.enabled,
        now,
    )))
}

/// Returns the states that the scheduler would use at `now`, for all jobs of its queue, in their order.
///
/// # Errors
/// When the store cannot be read.
pub(crate) fn states(reader: &Reader<'_>, in_force: &InForce, now: Instant) -> Result<Vec<JobState>, StoreError> {
    let mut states = Vec::new();
    for job in Job::ALL.into_iter().filter(|job| job.is_in_line()) {
        states.extend(state_of(reader, in_force, job, now)?);
    }
    Ok(states)
}

/// Returns the newest run of a stretch, which is recorded by the beginning of its first and the end of its last.
fn newest_of(run: Run) -> Run {
    match run.to {
        Some(to) if run.started_at.is_some() => Run {
            planned_for: to,
            started_at: Some(to),
            to: None,
            count: 1,
            ..run
        },
        _ => run,
    }
}

/// Returns the newest run that is only in memory.
fn unrecorded_run(appliance: &Appliance, job: Job) -> Option<Run> {
    let waiting = if job == Job::Health {
        appliance.health.waiting()
    } else {
        Vec::new()
    };
    waiting.into_iter().rev().find(|run| run.started_at.is_some())
}

/// Returns the run of those planned by `now` that ended last, waiting for approval or not: a wrong clock may have left
/// later ones. A run that another one replaces, or that was refused, is used only where there is no other.
fn last_run(reader: &Reader<'_>, job: Job, now: Instant) -> Result<Option<Run>, StoreError> {
    let runs = reader.runs_through(job, now, RECORDS_LOOKED_AT)?;
    Ok(runs
        .into_iter()
        .filter(|run| run.started_at.is_some())
        .max_by_key(|run| {
            let stands = !matches!(run.outcome, Outcome::Collapsed | Outcome::Skipped);
            (stands, run.finished_at.or(run.started_at), run.id)
        }))
}

/// Returns why a due occurrence does not run yet, in words.
#[must_use]
pub(crate) fn waits_for(appliance: &Appliance, trust: &Trust) -> String {
    if !trust.is_trusted() {
        return trust.reason_in(&appliance.in_force().terms.zone);
    }
    match (appliance.line(), appliance.opened_by) {
        (RunQueue::Failed { job, planned_for }, _) => {
            let planned = planned_for.minute_in(&appliance.in_force().terms.zone);
            format!("the run of `{job}` planned for {planned} failed and will be tried again")
        }
        (RunQueue::Busy, _) => "another run is in progress".to_owned(),
        (RunQueue::Free, OpenedBy::Alone | OpenedBy::WithoutStore) => "the service is not running".to_owned(),
        (RunQueue::Free, OpenedBy::Service) => "it is about to run".to_owned(),
    }
}

/// Records that somebody had a job run now.
///
/// # Errors
/// When the store cannot be written.
pub(crate) fn record_run_by_hand(
    appliance: &Appliance,
    job: Job,
    planned_for: Instant,
    actor: &str,
) -> Result<(), Failure> {
    appliance
        .store
        .write(appliance.recorded()?.at, |tx| -> Result<(), StoreError> {
            tx.log(
                &LogRecord::new(tx.now(), LogKind::Jobs, format!("job `{job}` started by {actor}"))
                    .planned_for(planned_for)
                    .field("job", job)
                    .field("action", "run")
                    .field("actor", actor),
            )
        })?;
    Ok(())
}
