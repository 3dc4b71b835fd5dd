//! `weir jobs history` shows what became of every occurrence of a job.
//!
//! Newest first and without a hole: runs, stretches that were collapsed or skipped, and what waits, with the reason.

use serde::{Deserialize, Serialize};

use crate::appliance::core::{Appliance, OpenedBy};
use crate::commands::archive_notes::{AskedTime, left_out};
use crate::commands::jobs::registry;
use crate::commands::jobs::run_answer::RunAnswer;
use crate::commands::reply::reply;
use crate::commands::table::{Column, Table, counted};
use crate::commands::time_words::civil;
use crate::commands::{Asked, Caller, RECORDS, RECORDS_MAX, Reply, SiteCommand};
use crate::health::unrecorded;
use crate::jobs::context::SchedulerError;
use crate::jobs::history;
use crate::model::day::Instant;
use crate::model::failure::Failure;
use crate::model::job::{Job, Outcome, Run};
use crate::model::record::LogKind;
use crate::rules::catch_up;
use crate::store::read::reader::Reader;

/// Show a job's history, newest first
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, clap::Args)]
#[serde(deny_unknown_fields)]
pub struct JobsHistory {
    /// The job
    pub name: String,
    /// The most records to show
    #[arg(long, value_name = "N", default_value_t = RECORDS)]
    #[arg(value_parser = clap::value_parser!(u32).range(1..=RECORDS_MAX))]
    pub limit: u32,
}

impl SiteCommand for JobsHistory {
    fn answer(&self, site: &Appliance, asked: &mut Asked<'_>) -> Result<Reply, Failure> {
        answer(site, asked.caller, &self.name, self.limit)
    }
}

/// Returns the occurrences of a job.
pub(crate) fn answer(appliance: &Appliance, call: &Caller, name: &str, limit: u32) -> Result<Reply, Failure> {
    let in_force = appliance.in_force();
    let job = registry::automated_named(&in_force.config, name, "found in a history")?;
    let trust = appliance.trust()?;
    let now = appliance.recorded()?.at;
    let reason = registry::waits_for(appliance, &trust);
    let reader = appliance.store.read()?;
    let most = usize::try_from(limit).unwrap_or(usize::MAX);
    let mut runs = history::history(&reader, job, now, most, &reason)?;
    if job == Job::Health {
        runs.extend(probes_not_recorded(appliance, &reader, now)?);
        runs.sort_by_key(|run| std::cmp::Reverse((run.planned_for, run.id)));
        runs.truncate(most);
    }
    let older = if runs.len() < most {
        left_out(appliance, &reader, &[LogKind::of_runs(job)], AskedTime::EVER)?
    } else {
        None
    };
    let work = history::work_by_run(&reader)?;
    let answers: Vec<RunAnswer> = runs.iter().map(|run| RunAnswer::of(run, &work)).collect();
    let mut reply = reply(call, &answers, || {
        if runs.is_empty() {
            return format!("job `{job}` has no history yet\n");
        }
        let zone = &in_force.terms.zone;
        let mut table = Table::new(&[
            Column::whole("PLANNED FOR"),
            Column::whole("OUTCOME"),
            Column::whole("STARTED"),
            Column::sentence("WHAT"),
        ]);
        for (run, answer) in runs.iter().zip(&answers) {
            // For a run that did nothing the reason says more than its counts.
            let acted = matches!(run.outcome, Outcome::Done | Outcome::CaughtUp | Outcome::Failed);
            let counts = answer.counts.as_ref().filter(|_| acted);
            let mut what = counts.map_or(String::new(), |counts| counts.words());
            if let Some(to) = run.to {
                what = format!(
                    "{} through {}",
                    counted(u64::from(run.count), "occurrence", "occurrences"),
                    civil(to, zone)
                );
            }
            for more in [run.by_hand.then_some("by hand"), run.error.as_deref()]
                .into_iter()
                .flatten()
            {
                what = if what.is_empty() {
                    more.to_owned()
                } else {
                    format!("{what}; {more}")
                };
            }
            table.row([
                civil(run.planned_for, zone).as_str(),
                run.outcome.as_str(),
                run.started_at.map_or("-".to_owned(), |at| civil(at, zone)).as_str(),
                what.as_str(),
            ]);
        }
        table.render(call.width)
    })?;
    reply.notes.extend(older);
    Ok(reply)
}

/// Returns the runs that are only in the running service's memory, and accounts for probes that left no record.
fn probes_not_recorded(appliance: &Appliance, reader: &Reader<'_>, now: Instant) -> Result<Vec<Run>, Failure> {
    let mut runs = appliance.health.waiting();
    let Some(mut state) = reader.job(Job::Health)? else {
        return Ok(runs);
    };
    if let Some(through) = appliance.health.through() {
        state = catch_up::accounted(&state, through);
    }
    let may_be_lost = appliance.opened_by == OpenedBy::Alone && !unrecorded::ended_in_order(reader)?;
    let nowhere = unrecorded::records(&state, now, may_be_lost).map_err(SchedulerError::from)?;
    // An occurrence that is due just now is about to be probed.
    let about_to = |run: &Run| {
        let newest = run.to.unwrap_or(run.planned_for);
        appliance.health.is_watched() && now.millis_since(newest) <= catch_up::LATE_MS
    };
    runs.extend(nowhere.into_iter().filter(|run| !about_to(run)));
    Ok(runs)
}
