//! What became of every occurrence of a job?
//!
//! Newest first and without a hole: runs, stretches that were collapsed or skipped, and what waits, with the reason.

use crate::commands::appliance::Appliance;
use crate::commands::job_facts;
use crate::commands::moments::civil;
use crate::commands::reply::reply;
use crate::commands::run_answer::RunAnswer;
use crate::commands::table::{Column, Table, counted};
use crate::commands::{Call, Reply};
use crate::jobs::history;
use crate::model::failure::Failure;
use crate::model::job::Outcome;

/// The occurrences of a job.
pub(crate) fn answer(appliance: &Appliance, call: &Call, name: &str, limit: u32) -> Result<Reply, Failure> {
    let in_force = appliance.in_force();
    let job = job_facts::automated_named(&in_force.config, name, "found in a history")?;
    let trust = appliance.trust()?;
    let now = appliance.recorded()?.at;
    let reason = job_facts::waits_for(appliance, &trust);
    let reader = appliance.store.read()?;
    let most = usize::try_from(limit).unwrap_or(usize::MAX);
    let runs = history::history(&reader, job, now, most, &reason)?;
    let work = history::work_by_run(&reader)?;
    let answers: Vec<RunAnswer> = runs.iter().map(|run| RunAnswer::of(run, &work)).collect();
    reply(call, &answers, || {
        if runs.is_empty() {
            return format!("job `{job}` has had no occurrence yet\n");
        }
        let zone = &in_force.terms.zone;
        let mut table = Table::new(&[
            Column::whole("PLANNED FOR"),
            Column::whole("OUTCOME"),
            Column::whole("STARTED"),
            Column::sentence("WHAT"),
        ]);
        for (run, answer) in runs.iter().zip(&answers) {
            // Of a run that did nothing the reason says more than its counts.
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
    })
}
