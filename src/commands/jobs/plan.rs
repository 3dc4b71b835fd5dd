//! `weir plan` shows what the jobs will do in the coming days, to whom and for how much.
//!
//! Shows the forecast of [`crate::jobs::plan`] in order of time. Changes nothing.

use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use crate::appliance::core::Appliance;
use crate::commands::approvals::preview;
use crate::commands::jobs::registry::{self, JobFacts, JobStanding};
use crate::commands::reply::reply;
use crate::commands::table::{Column, Table, counted, facts};
use crate::commands::time_words::civil;
use crate::commands::{Asked, Caller, Reply, SiteCommand};
use crate::jobs::context::SchedulerError;
use crate::jobs::plan::{self, Coming, Outlook};
use crate::model::day::Instant;
use crate::model::failure::Failure;
use crate::model::job::Job;
use crate::model::money::Currency;
use crate::rules::guard;
use crate::rules::terms::Terms;

/// Days that `plan` looks ahead by default.
const DAYS: u32 = 7;

/// Show what the coming days will do, to whom, and for how much
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, clap::Args)]
#[serde(deny_unknown_fields)]
#[command(after_help = "Example:\n  weir plan --days 30")]
pub struct Plan {
    /// How many days, today included
    #[arg(long, value_name = "N", default_value_t = DAYS)]
    #[arg(value_parser = clap::value_parser!(u32).range(1..=i64::from(DAYS_MAX)))]
    pub days: u32,
}

impl SiteCommand for Plan {
    fn answer(&self, site: &Appliance, asked: &mut Asked<'_>) -> Result<Reply, Failure> {
        answer(site, asked.caller, self.days)
    }

    fn has_long_answer(&self) -> bool {
        true
    }
}

/// The most days that a plan covers.
const DAYS_MAX: u32 = 366;

/// How a row of a run that the guard would hold is shown.
pub(crate) const HELD: &str = "suspend (held)";

/// One thing that will happen, as `--json` prints it.
#[derive(Debug, Serialize)]
struct PlanRow<'a> {
    at: String,
    job: &'static str,
    username: &'a str,
    action: &'static str,
    amount: String,
    /// The guard would hold the run: it does not happen before it is approved.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    held: bool,
}

/// Returns what the jobs will do today and on the days after it.
pub(crate) fn answer(appliance: &Appliance, call: &Caller, days: u32) -> Result<Reply, Failure> {
    if !(1..=DAYS_MAX).contains(&days) {
        return Err(Failure::usage(
            format!("a plan looks 1 to {DAYS_MAX} days ahead, not {days}"),
            "give the days, for example `weir plan --days 7`",
        ));
    }
    let in_force = appliance.in_force();
    let trust = appliance.trust()?;
    let recorded = appliance.recorded()?;
    let zone = &in_force.terms.zone;
    let last = recorded
        .today
        .plus_days(i32::try_from(days).unwrap_or(i32::MAX).saturating_sub(1));
    let reader = appliance.store.read()?;
    let states = registry::states(&reader, &in_force, recorded.at)?;
    let ahead = plan::ahead(&states, recorded.at, last.last_instant(zone), false, &in_force.terms)
        .map_err(SchedulerError::from)?;
    let outlook = plan::outlook(&reader, &in_force.terms, &ahead.coming, &mut |_, _| {})?;
    let currency = in_force.config.site.currency;
    let rows: Vec<PlanRow<'_>> = outlook
        .rows
        .iter()
        .filter_map(|row| {
            let coming = ahead.coming.get(row.coming)?;
            Some(PlanRow {
                at: coming.at.rfc3339(),
                job: coming.job.as_str(),
                username: outlook.username(row),
                action: row.action.as_str(),
                amount: currency.format(row.amount),
                held: outlook.is_held(row),
            })
        })
        .collect();
    let mut told = reply(call, &rows, || {
        let mut text = table_of(&rows, &outlook, &ahead.coming, recorded.at, zone).render(call.width);
        if !text.is_empty() {
            text.push('\n');
        }
        let whole = whole(&outlook, &currency);
        text.push_str(&facts(&[(format!("through {last}").as_str(), whole)], call.width));
        text
    })?;
    if !trust.is_trusted() {
        told.notes.push(format!(
            "none of this happens until the clock is trusted: {}",
            trust.reason_in(&in_force.terms.zone)
        ));
    }
    told.notes.extend(preview::held_run(&reader, &in_force.terms)?);
    told.notes
        .extend(would_be_held(&outlook, &ahead.coming, &in_force.terms));
    let jobs = registry::gather(appliance, &reader, &in_force, recorded.at)?;
    told.notes.extend(jobs.iter().filter_map(left_out));
    if let Some(end) = ahead.ends_before {
        told.notes.push(format!(
            "the schedules have too many occurrences to list; the plan ends before {}",
            civil(end, zone)
        ));
    }
    if outlook.left_out > 0 {
        told.notes.push(format!(
            "{} not shown; ask for fewer days to see everything",
            counted(outlook.left_out, "later row is", "later rows are")
        ));
    }
    Ok(told)
}

/// Returns what is said of a job that is paused, so that the plan leaves it out.
fn left_out(job: &JobFacts<'_>) -> Option<String> {
    let decides = job.job.is_some_and(Job::is_in_line);
    let is_paused = matches!(job.standing, JobStanding::PausedByCommand | JobStanding::PausedByFile);
    (decides && is_paused).then(|| format!("job `{}` is paused and left out of the plan", job.config.name))
}

fn table_of(rows: &[PlanRow<'_>], outlook: &Outlook, coming: &[Coming], now: Instant, zone: &TimeZone) -> Table {
    let mut table = Table::new(&[
        Column::whole("WHEN"),
        Column::whole("JOB"),
        Column::whole("ACTION"),
        Column::name("USERNAME"),
        Column::amount("AMOUNT"),
    ]);
    for (row, from) in rows.iter().zip(&outlook.rows) {
        let at = coming.get(from.coming).map_or(now, |coming| coming.at);
        let amount = if from.amount.is_zero() { "" } else { row.amount.as_str() };
        let action = if row.held { HELD } else { row.action };
        table.row([civil(at, zone).as_str(), row.job, action, row.username, amount]);
    }
    table
}

fn whole(outlook: &Outlook, currency: &Currency) -> String {
    format!(
        "{}, {} {currency} in all; {} renewed, {} resumed, {} suspended, {}. Payments that arrive before then \
        change this.",
        counted(outlook.charged.count, "charge", "charges"),
        currency.format(outlook.charged.amount),
        counted(outlook.renewed, "period", "periods"),
        outlook.resumed,
        outlook.counts.disconnect.suspended,
        counted(outlook.counts.reminders.queued, "reminder", "reminders"),
    )
}

/// Returns the notes about runs that the guard would hold: the first with the reason, how many more.
pub(crate) fn would_be_held(outlook: &Outlook, coming: &[Coming], terms: &Terms) -> Vec<String> {
    let mut held = coming
        .iter()
        .enumerate()
        .filter_map(|(place, coming)| Some((coming, outlook.foreseen(place).filter(|foreseen| foreseen.held)?)));
    let Some((first, foreseen)) = held.next() else {
        return Vec::new();
    };
    let mut notes = vec![format!(
        "the run of `{}` planned for {} would be held and would cut off nobody: {}",
        first.job,
        civil(first.at, &terms.zone),
        guard::reason(foreseen.cuts, foreseen.of, "active subscribers", terms.max_share)
    )];
    let more = held.count();
    if more > 0 {
        notes.push(format!(
            "{} would be held too, unless those concerned pay or the run is approved (`weir approve`)",
            counted(u64::try_from(more).unwrap_or(u64::MAX), "later run", "later runs")
        ));
    }
    notes
}
