//! `weir jobs run` runs a job now, or shows with `--dry-run` what it would do.
//!
//! The run acts as an occurrence planned for this moment, after the missed ones that its policy asks for. A dry run folds the
//! same occurrences over a snapshot and opens no write transaction.

use serde::{Deserialize, Serialize};

use crate::appliance::core::Appliance;
use crate::appliance::in_force::InForce;
use crate::commands::jobs::plan::{HELD, would_be_held};
use crate::commands::jobs::run_answer::{CountsAnswer, RunAnswer};
use crate::commands::jobs::{cleanup_preview, held_run, registry, reminders_preview, run_health};
use crate::commands::reply::reply;
use crate::commands::table::{Column, Table, counted, facts};
use crate::commands::time_words::{civil, insist_on_trust};
use crate::commands::{Asked, Caller, Progress, Reply, SiteCommand};
use crate::jobs::context::{CompactionHook, SchedulerError};
use crate::jobs::history::{self, WorkCounts};
use crate::jobs::plan::{self, Coming, Outlook};
use crate::model::day::Instant;
use crate::model::failure::Failure;
use crate::model::job::{Job, Outcome};

/// Run a job now, after catching up the runs it missed
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, clap::Args)]
#[serde(deny_unknown_fields)]
pub struct JobsRun {
    /// The job
    pub name: String,
    /// Only show what it would do, to whom, and for how much
    #[arg(long)]
    pub dry_run: bool,
}

impl SiteCommand for JobsRun {
    fn answer(&self, site: &Appliance, asked: &mut Asked<'_>) -> Result<Reply, Failure> {
        answer(site, asked.caller, &self.name, self.dry_run, asked.hook, asked.progress)
    }

    fn has_long_answer(&self) -> bool {
        self.dry_run
    }
}

/// Answers `weir jobs run NAME`: runs a job, or shows what it would do.
pub(crate) fn answer(
    appliance: &Appliance,
    call: &Caller,
    name: &str,
    dry_run: bool,
    hook: &dyn CompactionHook,
    progress: &mut dyn Progress,
) -> Result<Reply, Failure> {
    let job = registry::automated_named(&appliance.in_force().config, name, "run")?;
    if job == Job::Health {
        return run_health::answer(appliance, call, dry_run);
    }
    insist_on_trust(appliance, &format!("job `{job}`"))?;
    if dry_run && job == Job::Cleanup {
        cleanup_preview::would(appliance, call, progress)
    } else if dry_run && job == Job::Reminders {
        reminders_preview::would(appliance, call, progress)
    } else if dry_run {
        would(appliance, call, job, progress)
    } else {
        run(appliance, call, job, hook, progress)
    }
}

fn run(
    appliance: &Appliance,
    call: &Caller,
    job: Job,
    hook: &dyn CompactionHook,
    progress: &mut dyn Progress,
) -> Result<Reply, Failure> {
    let what = match job {
        Job::Cleanup => "records",
        Job::Billing | Job::Disconnect | Job::Reminders | Job::Health => "subscribers",
    };
    let ran = appliance.run_now(job, hook, &mut |done, total| progress.step(done, total, what))?;
    let Some((asked, missed)) = ran.split_last() else {
        return Err(Failure::refused(
            format!("job `{job}` did not run"),
            "see its state with `weir jobs show`",
        ));
    };
    registry::record_run_by_hand(appliance, job, asked.planned_for, &call.actor)?;
    let mut told = Reply::default();
    // Held runs are not caught up: the run asked for has counted their subscribers again.
    let made_good = missed.iter().filter(|run| run.outcome != Outcome::Waiting);
    let zone = &appliance.in_force().terms.zone;
    let times: Vec<String> = made_good.map(|run| civil(run.planned_for, zone)).collect();
    if !times.is_empty() {
        told.notes.push(format!("caught up first: {}", some(&times)));
    }
    told.notes.extend(appliance.tell_routers());
    if asked.outcome == Outcome::Waiting {
        return held_run::reply_of(appliance, call, asked, told);
    }
    // Counted after the routers were woken: what is done by now counts as done.
    let work = history::work_by_run(&appliance.store.read()?)?;
    let answer = RunAnswer::of(asked, &work);
    let made = reply(call, &answer, || {
        let counts = answer.counts.map_or(String::new(), |counts| counts.words());
        let words = format!("{}: {counts}", outcome_words(asked.outcome));
        facts(&[(job.as_str(), words)], call.width)
    })?;
    Ok(Reply {
        payload: made.payload,
        exit: u8::from(asked.outcome == Outcome::Failed),
        ..told
    })
}

const fn outcome_words(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Done | Outcome::CaughtUp => "ran",
        Outcome::Failed => "failed",
        Outcome::Collapsed => "collapsed",
        Outcome::Skipped => "was skipped",
        Outcome::Waiting => "waits",
    }
}

/// Returns the first few, and how many more.
fn some(times: &[String]) -> String {
    const TOLD_MAX: usize = 5;
    let told: Vec<&str> = times.iter().take(TOLD_MAX).map(String::as_str).collect();
    let rest = times.len().saturating_sub(TOLD_MAX);
    if rest > 0 {
        format!("{} and {rest} more", told.join(", "))
    } else {
        told.join(", ")
    }
}

/// What a run would do, as `--json` prints it.
#[derive(Debug, Serialize)]
struct RunPreview<'a> {
    job: &'static str,
    dry_run: bool,
    planned_for: String,
    /// The missed occurrences that would run first.
    missed: Vec<String>,
    counts: Option<CountsAnswer>,
    /// The guard would hold the run.
    #[serde(skip_serializing_if = "Option::is_none")]
    guard: Option<GuardAnswer>,
    would: Vec<RunPreviewRow<'a>>,
    left_out: u64,
}

/// Why the guard would hold a run, as `--json` prints it.
#[derive(Debug, Serialize)]
struct GuardAnswer {
    cuts: u64,
    of: u64,
    max_share: u8,
}

#[derive(Debug, Serialize)]
struct RunPreviewRow<'a> {
    planned_for: String,
    username: &'a str,
    action: &'static str,
    amount: String,
    /// It does not happen before the run is approved.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    held: bool,
}

fn would(appliance: &Appliance, call: &Caller, job: Job, progress: &mut dyn Progress) -> Result<Reply, Failure> {
    let in_force = appliance.in_force();
    let now = appliance.clock.now();
    let reader = appliance.store.read()?;
    let states: Vec<_> = registry::state_of(&reader, &in_force, job, now)?.into_iter().collect();
    let mut coming = plan::ahead(&states, now, now, true, &in_force.terms)
        .map_err(SchedulerError::from)?
        .coming;
    let missed: Vec<String> = coming.iter().map(|missed| missed.at.rfc3339()).collect();
    coming.push(Coming::by_hand(job, now, &in_force.terms.zone));
    let outlook = plan::outlook(&reader, &in_force.terms, &coming, &mut |done, total| {
        progress.step(done, total, "subscribers");
    })?;
    let currency = in_force.config.site.currency;
    let asked = outlook.foreseen(coming.len().saturating_sub(1));
    let answer = RunPreview {
        job: job.as_str(),
        dry_run: true,
        planned_for: now.rfc3339(),
        missed,
        counts: counts_of(job, &outlook),
        guard: asked.filter(|foreseen| foreseen.held).map(|foreseen| GuardAnswer {
            cuts: foreseen.cuts,
            of: foreseen.of,
            max_share: in_force.terms.max_share,
        }),
        would: outlook
            .rows
            .iter()
            .map(|row| RunPreviewRow {
                planned_for: coming.get(row.coming).map_or(now, |coming| coming.at).rfc3339(),
                username: outlook.username(row),
                action: row.action.as_str(),
                amount: currency.format(row.amount),
                held: outlook.is_held(row),
            })
            .collect(),
        left_out: outlook.left_out,
    };
    let mut told = reply(call, &answer, || {
        let mut text = table_of(&outlook, &coming, now, &in_force).render(call.width);
        if !text.is_empty() {
            text.push('\n');
        }
        let counts = answer.counts.map_or(String::new(), |counts| counts.words());
        let whole = format!("{counts}; nothing was changed");
        text.push_str(&facts(&[("would count", whole)], call.width));
        text
    })?;
    told.notes.extend(would_be_held(&outlook, &coming, &in_force.terms));
    if outlook.left_out > 0 {
        told.notes.push(format!(
            "{} not shown",
            counted(outlook.left_out, "more row is", "more rows are")
        ));
    }
    Ok(told)
}

fn table_of(outlook: &Outlook, coming: &[Coming], now: Instant, in_force: &InForce) -> Table {
    let mut table = Table::new(&[
        Column::name("USERNAME"),
        Column::whole("WOULD"),
        Column::amount("AMOUNT"),
        Column::whole("PLANNED FOR"),
    ]);
    for row in &outlook.rows {
        let at = coming.get(row.coming).map_or(now, |coming| coming.at);
        table.row([
            outlook.username(row),
            if outlook.is_held(row) {
                HELD
            } else {
                row.action.as_str()
            },
            in_force.config.site.currency.format(row.amount).as_str(),
            civil(at, &in_force.terms.zone).as_str(),
        ]);
    }
    table
}

const fn counts_of(job: Job, outlook: &Outlook) -> Option<CountsAnswer> {
    match job {
        Job::Billing => Some(CountsAnswer::billing(&outlook.counts.billing)),
        // Nothing is done on the routers here, so all of it would be pending at first.
        Job::Disconnect => Some(CountsAnswer::disconnect(
            &outlook.counts.disconnect,
            WorkCounts {
                pending: outlook.counts.disconnect.suspended,
                failed: 0,
                not_managed: 0,
            },
        )),
        Job::Reminders | Job::Health | Job::Cleanup => None,
    }
}
