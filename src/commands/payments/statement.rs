//! `weir pay --file` credits the payments of a statement.
//!
//! It is recorded in parts of some thousand rows, each part one transaction: every row changes something at most once,
//! so that an interrupted statement is simply given again. A row that cannot be read stops no other.

use serde::{Deserialize, Serialize};

use crate::appliance::core::Appliance;
use crate::commands::context::CommandContext;
use crate::commands::file_body::FileBody;
use crate::commands::payments::row_match::{MatchedRow, take};
use crate::commands::reply::reply;
use crate::commands::{Asked, Caller, Progress, Reply, SiteCommand};
use crate::import::statement::{self, Statement};
use crate::model::counted::counted;
use crate::model::failure::{Exit, Failure};
use crate::model::finding::Finding;
use crate::model::unmatched::Holder;

/// A statement of a bank or of M-Pesa
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PayFile {
    /// The statement
    pub file: FileBody,
}

impl SiteCommand for PayFile {
    fn answer(&self, site: &Appliance, asked: &mut Asked<'_>) -> Result<Reply, Failure> {
        answer(site, asked.caller, &self.file, asked.progress)
    }

    fn file(&self) -> Option<&FileBody> {
        Some(&self.file)
    }

    fn file_mut(&mut self) -> Option<&mut FileBody> {
        Some(&mut self.file)
    }
}

/// Rows in one transaction.
const ROWS_PER_PART: usize = 2_000;

/// Reversed payments that are named one by one.
const REVERSALS_TOLD_MAX: usize = 200;

/// A row that cannot be read.
#[derive(Serialize)]
struct UnreadableRow {
    line: u32,
    column: u32,
    message: String,
}

/// What became of the rows.
#[derive(Default, Serialize)]
struct StatementCounts {
    credited: u64,
    duplicates: u64,
    unmatched: u64,
    conflicts: u64,
    ignored: u64,
    unreadable: Vec<UnreadableRow>,
}

impl StatementCounts {
    const fn add(&mut self, taken: MatchedRow) {
        let count = match taken {
            MatchedRow::Credited => &mut self.credited,
            MatchedRow::Duplicate => &mut self.duplicates,
            MatchedRow::Unmatched => &mut self.unmatched,
            MatchedRow::Conflict => &mut self.conflicts,
        };
        *count = count.saturating_add(1);
    }
}

/// Answers `weir pay --file STATEMENT`.
pub(crate) fn answer(
    appliance: &Appliance,
    call: &Caller,
    file: &FileBody,
    progress: &mut dyn Progress,
) -> Result<Reply, Failure> {
    let deciding = CommandContext::begin(appliance, call)?;
    let config = &deciding.in_force.config;
    let statement = statement::read(
        &file.bytes,
        &file.name,
        &config.statements,
        &config.site.currency,
        &config.site.zone,
        deciding.recorded.latest,
    )?;
    let mut counts = StatementCounts {
        ignored: statement.ignored.values().copied().map(u64::from).sum(),
        unreadable: statement.unreadable.iter().map(unreadable).collect(),
        ..StatementCounts::default()
    };
    let total = u64::try_from(statement.rows.len()).unwrap_or(u64::MAX);
    let mut done = 0_u64;
    let mut router_work = false;
    for part in statement.rows.chunks(ROWS_PER_PART) {
        let written = deciding.write(appliance, |tx| {
            let mut taken = Vec::with_capacity(part.len());
            for row in part {
                taken.push(take(&deciding, tx, row)?);
                done = done.saturating_add(1);
                progress.step(done, total, "payments");
            }
            Ok(taken)
        });
        // Earlier parts stay, so their routers are told also when a later one fails.
        let written = written.inspect_err(|_| appliance.routers.ring())?;
        router_work |= written.router_work;
        written.value.into_iter().for_each(|taken| counts.add(taken));
    }
    let mut answer = reply(call, &counts, || text(&counts, &statement))?;
    answer
        .notes
        .extend(statement.unreadable.iter().map(ToString::to_string));
    answer.notes.extend(taken_back(appliance, &statement, &file.name)?);
    if !counts.unreadable.is_empty() {
        answer.exit = Exit::Refused.code();
    }
    if router_work {
        answer.notes.extend(appliance.tell_routers());
    }
    Ok(answer)
}

fn unreadable(finding: &Finding) -> UnreadableRow {
    UnreadableRow {
        line: finding.line,
        column: finding.column,
        message: finding.message.clone(),
    }
}

fn text(counts: &StatementCounts, statement: &Statement) -> String {
    let mut lines = vec![
        format!(
            "Read as a `{}` statement: {}.",
            statement.format,
            counted(statement.rows.len(), "payment", "payments")
        ),
        format!(
            "{} credited, {} already known, {} unmatched, {} in conflict with a known reference.",
            counts.credited, counts.duplicates, counts.unmatched, counts.conflicts
        ),
    ];
    if !statement.ignored.is_empty() {
        let reasons: Vec<String> = statement
            .ignored
            .iter()
            .map(|(reason, rows)| format!("{rows} {reason}"))
            .collect();
        lines.push(format!("Not incoming payments: {}.", reasons.join(", ")));
    }
    if !counts.unreadable.is_empty() {
        lines.push(format!(
            "{} could not be read; correct them and give the same file again (rows already read change nothing).",
            counts.unreadable.len()
        ));
    }
    if counts.unmatched > 0 || counts.conflicts > 0 {
        lines.push("`weir pay --unmatched` lists those without a wallet.".to_owned());
    }
    lines.join("\n")
}

/// Returns the payments that the statement reports as reversed and that still count here.
fn taken_back(appliance: &Appliance, statement: &Statement, file: &str) -> Result<Vec<String>, Failure> {
    let reader = appliance.store.read()?;
    let mut notes = Vec::new();
    for reversal in &statement.reversals {
        let reference = &reversal.reverses;
        if let Some(Holder::Credit { .. } | Holder::Unmatched { .. }) = reader.holder(reference)? {
            if notes.len() >= REVERSALS_TOLD_MAX {
                notes.push("there are more; give the statement again when these are done".to_owned());
                break;
            }
            notes.push(format!(
                "{file}:{}: the payer took payment `{reference}` back; reverse it with `weir pay reverse {reference}`",
                reversal.line
            ));
        }
    }
    Ok(notes)
}
