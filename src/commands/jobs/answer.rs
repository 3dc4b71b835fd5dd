//! The state of a job, as `--json` prints it.

use std::collections::HashMap;
use std::fmt::Write as _;

use serde::Serialize;

use crate::commands::jobs::registry::{JobFacts, JobStanding};
use crate::commands::jobs::run_answer::CountsAnswer;
use crate::jobs::history::WorkCounts;
use crate::model::job::{Job, Outcome, RunId};

/// A job of the registry, as `--json` prints it.
#[derive(Debug, Serialize)]
pub(crate) struct JobAnswer {
    pub(crate) name: String,
    pub(crate) schedule: String,
    pub(crate) meaning: String,
    pub(crate) purpose: String,
    pub(crate) catch_up: Option<&'static str>,
    /// Whether Weir runs it.
    pub(crate) enabled: bool,
    /// `enabled`, `paused` or `planned`.
    pub(crate) state: &'static str,
    pub(crate) automated: bool,
    pub(crate) last_run: Option<String>,
    pub(crate) last_outcome: Option<&'static str>,
    pub(crate) last_counts: Option<CountsAnswer>,
    pub(crate) next_run: Option<String>,
    /// Why it does not run what is due, or cannot know what is; `null` where nothing waits.
    pub(crate) waits_for: Option<String>,
}

impl JobAnswer {
    pub(crate) fn of(facts: &JobFacts<'_>, work: &HashMap<RunId, WorkCounts>, trusted: bool, reason: &str) -> Self {
        Self {
            name: facts.config.name.to_string(),
            schedule: facts.config.schedule.text().to_owned(),
            meaning: facts.config.schedule.meaning(),
            purpose: facts.config.purpose.clone(),
            catch_up: facts.job.map(|job| job.catch_up().as_str()),
            enabled: facts.standing == JobStanding::Enabled,
            state: facts.standing.as_str(),
            automated: facts.job.is_some(),
            last_run: facts
                .last
                .as_ref()
                .and_then(|run| run.started_at)
                .map(|at| at.rfc3339()),
            last_outcome: facts.last.as_ref().map(|run| run.outcome.as_str()),
            last_counts: facts.last.as_ref().and_then(|run| CountsAnswer::of(run, work)),
            next_run: facts.next.map(|at| at.rfc3339()),
            waits_for: waits_for(facts, trusted, reason),
        }
    }
}

/// Returns why a job does not run what is due; while the clock is in doubt it waits in any case.
pub(crate) fn waits_for(facts: &JobFacts<'_>, trusted: bool, reason: &str) -> Option<String> {
    match facts.standing {
        JobStanding::Planned => None,
        // Routers are probed whatever the clock shows.
        JobStanding::Enabled | JobStanding::PausedByCommand | JobStanding::PausedByFile
            if !facts.job.is_some_and(Job::is_in_line) =>
        {
            None
        }
        JobStanding::Enabled if !trusted => Some(format!("the clock is not trusted: {reason}")),
        _ if facts.waiting.is_empty() => None,
        JobStanding::Enabled => Some(reason.to_owned()),
        JobStanding::PausedByCommand | JobStanding::PausedByFile => Some("the job is paused".to_owned()),
    }
}

pub(crate) fn in_words(facts: &JobFacts<'_>, answer: &JobAnswer) -> String {
    let mut text = format!("{}. {}.", answer.meaning, answer.purpose.trim_end_matches('.'));
    if facts.standing == JobStanding::Planned {
        return text;
    }
    // Writing into a string cannot fail.
    if let Some(policy) = answer.catch_up {
        let _ok = write!(text, " Caught up when missed: {policy}.");
    }
    if let (Some(outcome), Some(counts)) = (answer.last_outcome, &answer.last_counts) {
        let why = match &facts.last {
            Some(last) if last.outcome == Outcome::Waiting => last.error.as_deref().unwrap_or_default(),
            Some(_) | None => "",
        };
        let _ok = match why {
            "" => write!(text, " Last run {outcome}: {}.", counts.words()),
            why => write!(text, " Last run {outcome}: {why}."),
        };
    }
    text
}
