//! `weir jobs` lists the registry: each job, its schedule, its last run and its next one.
//!
//! The registry, live. Must never change anything.

use std::collections::HashMap;
use std::fmt::Write as _;

use jiff::tz::TimeZone;
use serde::Serialize;

use crate::appliance::core::Appliance;
use crate::commands::jobs::registry::{self, JobFacts, JobStanding};
use crate::commands::jobs::run_answer::CountsAnswer;
use crate::commands::reply::reply;
use crate::commands::table::{Column, Table, facts};
use crate::commands::time_words::civil;
use crate::commands::{Call, Reply};
use crate::jobs::history::{self, WorkCounts};
use crate::model::failure::Failure;
use crate::model::job::{Job, Outcome, RunId};

/// A job of the registry, as `--json` prints it.
#[derive(Debug, Serialize)]
struct JobAnswer {
    name: String,
    schedule: String,
    meaning: String,
    purpose: String,
    catch_up: Option<&'static str>,
    /// Whether Weir runs it.
    enabled: bool,
    /// `enabled`, `paused` or `planned`.
    state: &'static str,
    automated: bool,
    last_run: Option<String>,
    last_outcome: Option<&'static str>,
    last_counts: Option<CountsAnswer>,
    next_run: Option<String>,
    /// Why it does not run what is due, or cannot know what is; `null` where nothing waits.
    waits_for: Option<String>,
}

impl JobAnswer {
    fn of(facts: &JobFacts<'_>, work: &HashMap<RunId, WorkCounts>, trusted: bool, reason: &str) -> Self {
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
                .map(|at| at.to_string()),
            last_outcome: facts.last.as_ref().map(|run| run.outcome.as_str()),
            last_counts: facts.last.as_ref().and_then(|run| CountsAnswer::of(run, work)),
            next_run: facts.next.map(|at| at.to_string()),
            waits_for: waits_for(facts, trusted, reason),
        }
    }
}

/// Returns why a job does not run what is due; while the clock is in doubt it waits in any case.
fn waits_for(facts: &JobFacts<'_>, trusted: bool, reason: &str) -> Option<String> {
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

/// Returns the registry.
pub(crate) fn list(appliance: &Appliance, call: &Call) -> Result<Reply, Failure> {
    let in_force = appliance.in_force();
    let look = appliance.keeper.look()?;
    let trusted = look.trust.is_trusted();
    let reader = appliance.store.read()?;
    let all = registry::gather(appliance, &reader, &in_force, look.recorded())?;
    let work = history::work_by_run(&reader)?;
    let reason = registry::waits_for(appliance, &look.trust);
    let answers: Vec<JobAnswer> = all
        .iter()
        .map(|facts| JobAnswer::of(facts, &work, trusted, &reason))
        .collect();
    reply(call, &answers, || {
        let mut text = list_text(&all, &answers, &in_force.terms.zone, call.width);
        if !trusted {
            let words = format!("Jobs wait until the clock is trusted: {reason}. Only `health` runs.");
            text.push_str(&format!("\n{}", facts(&[("!", words)], call.width)));
        }
        text
    })
}

fn list_text(all: &[JobFacts<'_>], answers: &[JobAnswer], zone: &TimeZone, width: u16) -> String {
    let mut table = Table::new(&[
        Column::name("JOB"),
        Column::whole("SCHEDULE"),
        Column::whole("STATE"),
        Column::whole("LAST RUN"),
        Column::whole("NEXT"),
    ]);
    let mut words: Vec<(&str, String)> = Vec::new();
    for (facts, answer) in all.iter().zip(answers) {
        let last = facts.last.as_ref().and_then(|run| run.started_at);
        table.row([
            answer.name.as_str(),
            answer.schedule.as_str(),
            answer.state,
            last.map_or("-".to_owned(), |at| civil(at, zone)).as_str(),
            facts.next.map_or("-".to_owned(), |at| civil(at, zone)).as_str(),
        ]);
        words.push((answer.name.as_str(), in_words(facts, answer)));
    }
    let mut text = table.render(width);
    text.push('\n');
    text.push_str(&facts(&words, width));
    if all.iter().any(|facts| facts.standing == JobStanding::Planned) {
        text.push_str("\nA planned job is listed with its times, but Weir never runs it.\n");
    }
    text
}

fn in_words(facts: &JobFacts<'_>, answer: &JobAnswer) -> String {
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
            _ => "",
        };
        let _ok = match why {
            "" => write!(text, " Last run {outcome}: {}.", counts.words()),
            why => write!(text, " Last run {outcome}: {why}."),
        };
    }
    text
}

/// Answers `weir jobs show NAME`.
pub(crate) fn show(appliance: &Appliance, call: &Call, name: &str) -> Result<Reply, Failure> {
    let in_force = appliance.in_force();
    registry::named(&in_force.config, name)?;
    let look = appliance.keeper.look()?;
    let reader = appliance.store.read()?;
    let all = registry::gather(appliance, &reader, &in_force, look.recorded())?;
    let Some(found) = all.iter().find(|facts| facts.config.name.as_str() == name) else {
        return Err(Failure::refused(
            format!("there is no job `{name}`"),
            "`weir jobs` lists them",
        ));
    };
    let work = history::work_by_run(&reader)?;
    let reason = registry::waits_for(appliance, &look.trust);
    let answer = JobAnswer::of(found, &work, look.trust.is_trusted(), &reason);
    reply(call, &answer, || {
        show_text(found, &answer, &in_force.terms.zone, &reason, call.width)
    })
}

fn show_text(found: &JobFacts<'_>, answer: &JobAnswer, zone: &TimeZone, reason: &str, width: u16) -> String {
    let mut pairs = vec![
        ("job", answer.name.clone()),
        ("schedule", format!("{} ({})", answer.schedule, answer.meaning)),
        ("purpose", answer.purpose.clone()),
        ("state", found.standing.words().to_owned()),
    ];
    if let Some(policy) = answer.catch_up {
        pairs.push(("when missed", format!("caught up: {policy}")));
    }
    if found.standing == JobStanding::Planned {
        let next = found.next.map_or("none".to_owned(), |at| civil(at, zone));
        pairs.push(("planned for", next));
        return facts(&pairs, width);
    }
    let last = match &found.last {
        None => "none yet".to_owned(),
        Some(run) => {
            let started = run.started_at.map_or(String::new(), |at| civil(at, zone));
            let counts = answer
                .last_counts
                .as_ref()
                .map_or(String::new(), |counts| format!(": {}", counts.words()));
            let error = run.error.as_ref().map_or(String::new(), |error| format!(" ({error})"));
            format!(
                "{started}, {}{counts}{error}, planned for {}",
                run.outcome.as_str(),
                civil(run.planned_for, zone)
            )
        }
    };
    pairs.push(("last run", last));
    for stretch in &found.waiting {
        let times = if stretch.count > 1 {
            format!(
                "{} occurrences from {} to {}",
                stretch.count,
                civil(stretch.from, zone),
                civil(stretch.to, zone)
            )
        } else {
            civil(stretch.from, zone)
        };
        let why = match found.standing {
            JobStanding::PausedByCommand | JobStanding::PausedByFile => "the job is paused",
            JobStanding::Enabled | JobStanding::Planned => reason,
        };
        pairs.push(("waiting", format!("{times}: {why}")));
    }
    if let (true, Some(waits_for)) = (found.waiting.is_empty(), &answer.waits_for) {
        pairs.push(("waiting", waits_for.clone()));
    }
    let next = found.next.map_or("none while paused".to_owned(), |at| civil(at, zone));
    pairs.push(("next run", next));
    facts(&pairs, width)
}
