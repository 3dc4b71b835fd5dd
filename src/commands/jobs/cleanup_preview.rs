//! The dry run of `cleanup`: what it would archive and delete now.
//!
//! Shows how many records of which kind, into which months, and how much space would be freed. Changes nothing.

use serde::Serialize;

use crate::appliance::core::Appliance;
use crate::commands::jobs::registry;
use crate::commands::reply::reply;
use crate::commands::table::{Column, Table, counted, facts};
use crate::commands::{Caller, Progress, Reply};
use crate::jobs::context::SchedulerError;
use crate::jobs::{cleanup_preview, plan};
use crate::model::failure::Failure;
use crate::model::job::Job;

/// Bytes of a kilobyte, as texts show them.
const KB: u64 = 1_000;

#[derive(Debug, Serialize)]
struct CleanupPreview {
    job: &'static str,
    dry_run: bool,
    planned_for: String,
    /// The missed occurrence that would run first.
    missed: Vec<String>,
    counts: WouldCounts,
    /// Whether records are archived before they are deleted.
    archive: bool,
    records: Vec<RecordsAnswer>,
    months: Vec<MonthAnswer>,
    /// About how much room the records take in the store.
    space_bytes: u64,
    /// Whether the store's file becomes smaller; else the room is used again.
    compacts: bool,
}

#[derive(Debug, Serialize)]
struct WouldCounts {
    archived: u64,
    deleted: u64,
}

#[derive(Debug, Serialize)]
struct RecordsAnswer {
    /// `log`, `run`, `incident` or `message`.
    table: &'static str,
    kind: &'static str,
    count: u64,
}

#[derive(Debug, Serialize)]
struct MonthAnswer {
    month: String,
    count: u64,
}

/// Returns the answer to `jobs run cleanup --dry-run`.
pub(crate) fn would(appliance: &Appliance, call: &Caller, progress: &mut dyn Progress) -> Result<Reply, Failure> {
    let in_force = appliance.in_force();
    let zone = &in_force.terms.zone;
    let now = appliance.clock.now();
    let states: Vec<_> = registry::state_of(&appliance.store.read()?, &in_force, Job::Cleanup, now)?
        .into_iter()
        .collect();
    let missed = plan::ahead(&states, now, now, true, &in_force.terms)
        .map_err(SchedulerError::from)?
        .coming;
    let retention = &in_force.config.retention;
    let today = now.day_in(zone);
    let look = cleanup_preview::look(&appliance.store, retention, zone, today, &mut |done, total| {
        progress.step(done, total, "records");
    })?;
    let total = look.total();
    let answer = CleanupPreview {
        job: Job::Cleanup.as_str(),
        dry_run: true,
        planned_for: now.rfc3339(),
        missed: missed.iter().map(|missed| missed.at.rfc3339()).collect(),
        counts: WouldCounts {
            archived: if retention.archive { total } else { 0 },
            deleted: total,
        },
        archive: retention.archive,
        records: look
            .counts
            .iter()
            .map(|((table, kind), count)| RecordsAnswer {
                table,
                kind: kind.as_str(),
                count: *count,
            })
            .collect(),
        months: look
            .months
            .iter()
            .map(|(month, count)| MonthAnswer {
                month: month.clone(),
                count: *count,
            })
            .collect(),
        space_bytes: look.row_bytes,
        compacts: look.compacts,
    };
    reply(call, &answer, || text(&answer, call.width))
}

fn text(answer: &CleanupPreview, width: u16) -> String {
    let mut table = Table::new(&[
        Column::whole("RECORDS"),
        Column::whole("KIND"),
        Column::amount("WOULD DELETE"),
    ]);
    for records in &answer.records {
        table.row([records.table, records.kind, records.count.to_string().as_str()]);
    }
    let mut text = table.render(width);
    if !text.is_empty() {
        text.push('\n');
    }
    let whole = counted(answer.counts.deleted, "record", "records");
    let where_to = match (answer.months.first(), answer.months.last(), answer.archive) {
        (Some(first), Some(last), true) if first.month == last.month => {
            format!("archived in the month {}, then deleted", first.month)
        }
        (Some(first), Some(last), true) => {
            format!("archived in the months {} to {}, then deleted", first.month, last.month)
        }
        (Some(_), Some(_), false) => "deleted without an archive, as `[retention] archive = false` says".to_owned(),
        (None, _, _) | (_, None, _) => "nothing is past its retention time".to_owned(),
    };
    let room = format!(
        "about {} KB; the store's file {}",
        answer.space_bytes / KB,
        if answer.compacts {
            "becomes smaller"
        } else {
            "keeps its size, and the freed room is used again"
        }
    );
    text.push_str(&facts(
        &[
            ("would delete", format!("{whole}: {where_to}; nothing was changed")),
            ("room", room),
        ],
        width,
    ));
    text
}
