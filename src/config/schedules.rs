//! Which jobs are there, and when are they planned?
//!
//! The five jobs have schedules of their own; any other name is a planned job, listed and never run. Must never know: what
//! a job does, or when it ran.

use crate::config::nearest::nearest;
use crate::config::notes::Notes;
use crate::config::walk::{Section, TomlText};
use crate::model::job::Job;
use crate::model::name::JobName;
use crate::rules::cron::expression::Schedule;

/// The longest purpose, in bytes.
const PURPOSE_MAX: usize = 500;

/// One job of the registry.
#[derive(Debug, Clone)]
pub struct JobConfig {
    /// Its name.
    pub name: JobName,
    /// When it is planned, in the site's civil time.
    pub schedule: Schedule,
    /// False: paused by the file.
    pub enabled: bool,
    /// What it is for.
    pub purpose: String,
}

/// Reads every `[jobs.NAME]`, and notes what is wrong in them; `None` if something about a job cannot be used.
pub(crate) fn read(notes: &mut Notes<'_>, root: Section<'_>) -> Option<Vec<JobConfig>> {
    let jobs = root.section(notes, "jobs", "[jobs]");
    let mut all = Vec::new();
    for job in Job::ALL {
        let section = jobs.and_then(|jobs| jobs.section(notes, job.as_str(), name_of(job)));
        all.push(own(notes, job, section));
    }
    for (name, at) in jobs.map(|jobs| jobs.keys()).unwrap_or_default() {
        if Job::parse(name).is_none() {
            let section = jobs.and_then(|jobs| jobs.section(notes, name, "[jobs.…]"));
            all.push(section.and_then(|section| planned(notes, name, at, section)));
        }
    }
    all.into_iter().collect()
}

const fn name_of(job: Job) -> &'static str {
    match job {
        Job::Billing => "[jobs.billing]",
        Job::Disconnect => "[jobs.disconnect]",
        Job::Reminders => "[jobs.reminders]",
        Job::Health => "[jobs.health]",
        Job::Cleanup => "[jobs.cleanup]",
    }
}

fn own(notes: &mut Notes<'_>, job: Job, section: Option<Section<'_>>) -> Option<JobConfig> {
    let mut schedule = Schedule::parse(job.default_schedule()).ok();
    let mut enabled = true;
    if let Some(section) = section {
        section.only(notes, &["schedule", "enabled"]);
        if let Some(text) = section.text(notes, "schedule") {
            schedule = schedule_of(notes, text);
        }
        enabled = section.truth(notes, "enabled").unwrap_or(true);
    }
    Some(JobConfig {
        name: JobName::new(job.as_str())?,
        schedule: schedule?,
        enabled,
        purpose: job.purpose().to_owned(),
    })
}

fn planned(notes: &mut Notes<'_>, name: &str, at: usize, section: Section<'_>) -> Option<JobConfig> {
    section.only(notes, &["schedule", "purpose", "enabled"]);
    let known = JobName::new(name);
    if known.is_none() {
        let message = format!("`{name}` cannot be the name of a job; use at most 64 small letters, digits and dashes");
        notes.note(at, message);
    }
    if section.is_absent("purpose")
        && let Some(near) = nearest(name, Job::ALL.map(Job::as_str))
    {
        notes.note(
            at,
            format!("there is no job `{name}`, and a planned job needs a `purpose`; did you mean `{near}`?"),
        );
        return None;
    }
    let schedule = section.required(notes, "schedule", "0 10 1 * *");
    let schedule = schedule.and_then(|text| schedule_of(notes, text));
    let purpose = section.required(notes, "purpose", "Run the generator for ten minutes")?;
    if purpose.text.len() > PURPOSE_MAX || purpose.text.chars().any(char::is_control) {
        let message = format!("`purpose` must be one line of at most {PURPOSE_MAX} bytes; shorten it");
        notes.note(purpose.at, message);
    }
    Some(JobConfig {
        name: known?,
        schedule: schedule?,
        enabled: section.truth(notes, "enabled").unwrap_or(true),
        purpose: purpose.text.to_owned(),
    })
}

fn schedule_of(notes: &mut Notes<'_>, text: TomlText<'_>) -> Option<Schedule> {
    match Schedule::parse(text.text) {
        Ok(schedule) => Some(schedule),
        Err(error) => {
            let place = if error.field.is_some() {
                text.place(error.range.start)
            } else {
                text.at
            };
            notes.note(place, error.message);
            None
        }
    }
}
