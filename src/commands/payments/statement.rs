//! `weir pay --file` credits the payments of a statement.
//!
//! It is recorded in parts of some thousand rows, each part one transaction: every row changes something at most once,
//! so that an interrupted statement is simply given again. A row that cannot be read stops no other.

use serde::{Deserialize, Serialize};

use crate::appliance::core::Appliance;
use crate::commands::context::CommandContext;
use crate::commands::file_body::FileBody;
use crate::commands::payments::row_match::{MatchedRow, take};
use crate::commands::payments::statement_fate::{LargeRow, RowFate, suggest, table};
use crate::commands::reply::reply;
use crate::commands::{Asked, Caller, Progress, Reply, SiteCommand};
use crate::import::statement::{self, Statement};
use crate::import::statement_row::PaymentRow;
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
    /// Only show what would become of each row.
    #[serde(default)]
    pub dry_run: bool,
}

impl SiteCommand for PayFile {
    fn answer(&self, site: &Appliance, asked: &mut Asked<'_>) -> Result<Reply, Failure> {
        answer(site, asked.caller, self, asked.progress)
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

/// Rows of a dry run that are shown one by one.
const ROWS_SHOWN_MAX: usize = 2_000;

/// Payments of a dry run: it is one transaction, and every other command waits for its end.
const ROWS_TRIED_MAX: usize = 100_000;

/// Reversed payments that are named one by one.
const REVERSALS_TOLD_MAX: usize = 200;

/// Unusually large payments that are named one by one.
const LARGE_TOLD_MAX: usize = 200;

/// A row that cannot be read.
#[derive(Serialize)]
struct UnreadableRow {
    line: u32,
    column: u32,
    column_name: Option<String>,
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
    /// The line from which on nothing was read.
    #[serde(skip_serializing_if = "Option::is_none")]
    stopped_at: Option<u32>,
    /// Whether nothing was changed.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    dry_run: bool,
    /// Of a dry run: each row, up to [`ROWS_SHOWN_MAX`].
    #[serde(skip_serializing_if = "Vec::is_empty")]
    rows: Vec<RowFate>,
    /// Of a dry run: the rows that are counted, and not among `rows`.
    #[serde(skip_serializing_if = "Option::is_none")]
    rows_left_out: Option<usize>,
    /// The credited rows whose amount is unusually large.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    large: Vec<LargeRow>,
    /// The payments that payers took back, and that still count here, up to [`REVERSALS_TOLD_MAX`].
    #[serde(skip_serializing_if = "Vec::is_empty")]
    taken_back: Vec<TakenBackRow>,
}

/// A payment that the payer took back.
#[derive(Serialize)]
struct TakenBackRow {
    line: u32,
    reference: String,
    #[serde(skip)]
    told: String,
}

impl StatementCounts {
    const fn add(&mut self, taken: MatchedRow) {
        let count = match taken {
            MatchedRow::Credited => &mut self.credited,
            MatchedRow::Duplicate => &mut self.duplicates,
            MatchedRow::Unmatched(_) => &mut self.unmatched,
            MatchedRow::Conflict => &mut self.conflicts,
        };
        *count = count.saturating_add(1);
    }
}

/// Answers `weir pay --file STATEMENT`.
pub(crate) fn answer(
    appliance: &Appliance,
    call: &Caller,
    asked: &PayFile,
    progress: &mut dyn Progress,
) -> Result<Reply, Failure> {
    let file = &asked.file;
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
        stopped_at: statement.stopped_at,
        dry_run: asked.dry_run,
        ..StatementCounts::default()
    };
    let router_work = if asked.dry_run {
        try_all(&deciding, appliance, &statement.rows, &mut counts, progress)?;
        suggest(
            &appliance.store.read()?,
            config.messages.numbering(),
            &statement.rows,
            &mut counts.rows,
        )?;
        false
    } else {
        take_all(&deciding, appliance, &statement.rows, &mut counts, progress)?
    };
    let more = taken_back(appliance, &statement, &file.name, &mut counts.taken_back)?;
    let mut answer = reply(call, &counts, || text(&counts, &statement, call.width))?;
    answer
        .notes
        .extend(statement.unreadable.iter().map(ToString::to_string));
    answer.notes.extend(counts.large.iter().map(|row| row.note(&file.name)));
    answer
        .notes
        .extend(counts.taken_back.iter().map(|row| row.told.clone()));
    answer.notes.extend(more);
    if !counts.unreadable.is_empty() {
        answer.exit = Exit::Refused.code();
    }
    if router_work {
        answer.notes.extend(appliance.tell_routers());
    }
    Ok(answer)
}

/// Takes all rows, in parts; returns whether there is router work.
fn take_all(
    deciding: &CommandContext<'_>,
    appliance: &Appliance,
    rows: &[PaymentRow],
    counts: &mut StatementCounts,
    progress: &mut dyn Progress,
) -> Result<bool, Failure> {
    let total = u64::try_from(rows.len()).unwrap_or(u64::MAX);
    let mut done = 0_u64;
    let mut router_work = false;
    for part in rows.chunks(ROWS_PER_PART) {
        let written = deciding.write(appliance, |tx| {
            let mut taken = Vec::with_capacity(part.len());
            for row in part {
                let became = take(deciding, tx, row)?;
                taken.push((became, LargeRow::of(deciding, tx, row, became)?));
                done = done.saturating_add(1);
                progress.step(done, total, "payments");
            }
            Ok(taken)
        });
        // Earlier parts stay, so their routers are told also when a later one fails.
        let written = written.inspect_err(|_| appliance.routers.ring())?;
        router_work |= written.router_work;
        for (taken, large) in written.value {
            counts.add(taken);
            if counts.large.len() < LARGE_TOLD_MAX {
                counts.large.extend(large);
            }
        }
    }
    Ok(router_work)
}

/// Takes all rows in one transaction that is thrown away, and keeps what became of the first.
fn try_all(
    deciding: &CommandContext<'_>,
    appliance: &Appliance,
    rows: &[PaymentRow],
    counts: &mut StatementCounts,
    progress: &mut dyn Progress,
) -> Result<(), Failure> {
    if rows.len() > ROWS_TRIED_MAX {
        return Err(Failure::refused(
            format!(
                "the statement has {} payments; a dry run tries at most {ROWS_TRIED_MAX}, since other commands wait for it",
                rows.len()
            ),
            "split the file and try each part",
        ));
    }
    let total = u64::try_from(rows.len()).unwrap_or(u64::MAX);
    counts.rows_left_out = Some(rows.len().saturating_sub(ROWS_SHOWN_MAX)).filter(|more| *more > 0);
    deciding.try_out(appliance, |tx| {
        for (row, done) in rows.iter().zip(1_u64..) {
            let became = take(deciding, tx, row)?;
            counts.add(became);
            if counts.rows.len() < ROWS_SHOWN_MAX {
                counts.rows.push(RowFate::of(deciding, tx, row, became)?);
            }
            progress.step(done, total, "payments");
        }
        Ok(())
    })
}

fn unreadable(finding: &Finding) -> UnreadableRow {
    UnreadableRow {
        line: finding.line,
        column: finding.column,
        column_name: finding.column_name.clone(),
        message: finding.message.clone(),
    }
}

fn text(counts: &StatementCounts, statement: &Statement, width: u16) -> String {
    let mut lines = Vec::new();
    let would = if counts.dry_run { "would be " } else { "" };
    if !counts.rows.is_empty() {
        lines.push(table(&counts.rows, width).trim_end().to_owned());
    }
    if let Some(more) = counts.rows_left_out {
        lines.push(format!(
            "These are the first {}; {more} more are counted only.",
            counted(counts.rows.len(), "payment", "payments")
        ));
    }
    lines.extend([
        format!(
            "Read as a `{}` statement: {}.",
            statement.format,
            counted(statement.rows.len(), "payment", "payments")
        ),
        format!(
            "{} {would}credited, {} already known, {} unmatched, {} in conflict with a known reference.",
            counts.credited, counts.duplicates, counts.unmatched, counts.conflicts
        ),
    ]);
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
    if let Some(line) = counts.stopped_at {
        lines.push(format!("Nothing from line {line} on was read, whatever stands there."));
    }
    if counts.dry_run {
        lines.push("This was a dry run: nothing was changed.".to_owned());
    } else if counts.unmatched > 0 || counts.conflicts > 0 {
        lines.push("`weir pay --unmatched` lists those without a wallet.".to_owned());
    }
    lines.join("\n")
}

/// Finds the payments that the statement reports as reversed and that still count here. Returns the sentence that there are more.
fn taken_back(
    appliance: &Appliance,
    statement: &Statement,
    file: &str,
    found: &mut Vec<TakenBackRow>,
) -> Result<Option<String>, Failure> {
    let reader = appliance.store.read()?;
    for reversal in &statement.reversals {
        let reference = &reversal.reverses;
        if let Some(Holder::Credit { .. } | Holder::Unmatched { .. }) = reader.holder(reference)? {
            if found.len() >= REVERSALS_TOLD_MAX {
                return Ok(Some(
                    "there are more; give the statement again when these are done".to_owned(),
                ));
            }
            found.push(TakenBackRow {
                line: reversal.line,
                reference: reference.to_string(),
                told: format!(
                    "{file}:{}: the payer took payment `{reference}` back; reverse it with `weir pay reverse {}`",
                    reversal.line,
                    reference.as_argument()
                ),
            });
        }
    }
    Ok(None)
}
