//! `weir jobs` lists the registry: each job, its schedule, its last run and its next one.
//!
//! The registry, live. Must never change anything.

use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use crate::appliance::core::Appliance;
use crate::commands::jobs::answer::JobAnswer;
use crate::commands::jobs::answer::in_words;
use crate::commands::jobs::registry::{self, JobFacts, JobStanding};
use crate::commands::reply::reply;
use crate::commands::table::{Column, Table, facts};
use crate::commands::time_words::civil;
use crate::commands::{Asked, Caller, Reply, SiteCommand};
use crate::jobs::history;
use crate::model::failure::Failure;

/// List jobs, or show, run, pause or resume one
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, clap::Args)]
#[command(after_help = "Examples:\n  weir jobs\n  weir jobs history billing\n  weir jobs run disconnect --dry-run")]
pub struct JobsList;

impl SiteCommand for JobsList {
    fn answer(&self, site: &Appliance, asked: &mut Asked<'_>) -> Result<Reply, Failure> {
        list(site, asked.caller)
    }
}

/// Returns the registry.
pub(crate) fn list(appliance: &Appliance, call: &Caller) -> Result<Reply, Failure> {
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
