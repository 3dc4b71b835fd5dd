//! `weir jobs show` shows one job.

use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use crate::appliance::core::Appliance;
use crate::commands::jobs::answer::JobAnswer;
use crate::commands::jobs::registry::{self, JobFacts, JobStanding};
use crate::commands::reply::reply;
use crate::commands::table::facts;
use crate::commands::time_words::civil;
use crate::commands::{Asked, Caller, Reply, SiteCommand};
use crate::jobs::history;
use crate::model::failure::Failure;

/// Show one job
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, clap::Args)]
#[serde(deny_unknown_fields)]
pub struct JobsShow {
    /// The job
    pub name: String,
}

impl SiteCommand for JobsShow {
    fn answer(&self, site: &Appliance, asked: &mut Asked<'_>) -> Result<Reply, Failure> {
        show(site, asked.caller, &self.name)
    }
}

/// Answers `weir jobs show NAME`.
pub(crate) fn show(appliance: &Appliance, call: &Caller, name: &str) -> Result<Reply, Failure> {
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

pub(crate) fn show_text(found: &JobFacts<'_>, answer: &JobAnswer, zone: &TimeZone, reason: &str, width: u16) -> String {
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
