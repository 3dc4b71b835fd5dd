//! The answer of an import: counts, findings, cut-offs.
//!
//! Tells how many were added, changed and left alone, who starts suspended, and whose opening debt counts as a debit of its due
//! day; a dry run tells the same. A refusal lists everything that is wrong.

use serde::Serialize;

use crate::commands::imports::cut_offs::Because;
use crate::model::failure::Failure;
use crate::model::finding::Finding;
use crate::model::job::Outcome;

/// Names listed one by one in a text.
const NAMES_TOLD_MAX: usize = 20;

/// Names answered one by one as JSON; the rest is a number.
const NAMES_ANSWERED_MAX: usize = 100;

/// Findings printed one by one on standard error: those that are kept of a file, and the one that counts the rest.
const FINDINGS_TOLD_MAX: usize = 1_001;

/// An opening debt that counts as the debit of its due day.
#[derive(Debug, Serialize)]
pub(crate) struct OpeningDebit {
    /// Whose.
    pub(crate) username: String,
    /// The due day.
    pub(crate) due: Option<String>,
    /// How much.
    pub(crate) amount: String,
}

/// What became of a list of subscribers.
#[derive(Debug, Default, Serialize)]
pub(crate) struct ImportReport {
    /// New ones.
    pub(crate) added: u64,
    /// Known ones of whom something changed.
    pub(crate) updated: u64,
    /// Known ones of whom nothing changed.
    pub(crate) unchanged: u64,
    /// Warnings, which stopped nothing.
    pub(crate) warnings: Vec<Finding>,
    /// Whether nothing was changed.
    pub(crate) dry_run: bool,
    /// New ones who begin suspended.
    pub(crate) suspended: Vec<String>,
    /// Opening debts that count as debits.
    pub(crate) debited: Vec<OpeningDebit>,
    /// Of a dry run: that the guard would hold the import.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) guard: Option<Odd>,
}

/// What makes the guard hold a list.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Odd {
    /// How many would be cut off.
    pub(crate) cuts: u64,
    /// Of how many.
    pub(crate) of: u64,
    /// What makes them so many.
    pub(crate) because: Because,
    /// The same in words.
    #[serde(skip)]
    pub(crate) reason: String,
}

/// The answer where the guard holds a list: nothing of it was imported.
#[derive(Debug, Serialize)]
pub(crate) struct HeldImportAnswer {
    added: u64,
    updated: u64,
    unchanged: u64,
    warnings: Vec<Finding>,
    outcome: &'static str,
    would_cut: u64,
    of: u64,
    because: Because,
    cut: Vec<String>,
    #[serde(skip)]
    text: String,
}

impl HeldImportAnswer {
    /// Creates the answer for a file that would cut off these, in order of username.
    pub(crate) fn new(
        file: &str,
        warnings: Vec<Finding>,
        odd: &Odd,
        cut: impl ExactSizeIterator<Item = String> + Clone,
        way_on: &str,
    ) -> Self {
        let names = few(cut.clone().map(|name| format!("`{name}`")));
        Self {
            added: 0,
            updated: 0,
            unchanged: 0,
            warnings,
            outcome: Outcome::Waiting.as_str(),
            would_cut: odd.cuts,
            of: odd.of,
            because: odd.because.clone(),
            cut: cut.take(NAMES_ANSWERED_MAX).collect(),
            text: format!(
                "Nothing of `{file}` was imported; it is waiting for approval: {}.\nIt would cut off {names}.\nNext: \
                {way_on}.",
                odd.reason
            ),
        }
    }

    /// Returns the answer in sentences.
    pub(crate) fn text(&self) -> String {
        self.text.clone()
    }

    /// Returns the warnings for standard error.
    pub(crate) fn notes(&self) -> Vec<String> {
        told(&self.warnings, "warning: ")
    }
}

impl ImportReport {
    /// Returns the report in sentences.
    pub(crate) fn text(&self) -> String {
        let mut lines = Vec::new();
        if self.dry_run {
            lines.push(format!(
                "{} would be added, {} updated, {} unchanged. Nothing was changed.",
                self.added, self.updated, self.unchanged
            ));
        } else {
            lines.push(format!(
                "{} added, {} updated, {} unchanged.",
                self.added, self.updated, self.unchanged
            ));
        }
        let would = if self.dry_run { "would start" } else { "begin" };
        if !self.suspended.is_empty() {
            let names = few(self.suspended.iter().map(|name| format!("`{name}`")));
            lines.push(format!("{} of them {would} suspended: {names}.", self.suspended.len()));
        }
        if !self.debited.is_empty() {
            let would = if self.dry_run { "would count" } else { "counts" };
            let names = few(self.debited.iter().map(|debit| {
                let due = debit.due.as_deref().unwrap_or("-");
                format!("`{}` {} due {due}", debit.username, debit.amount)
            }));
            lines.push(format!(
                "The old system had already charged {} of them: the charge {would} as the debit of the due day: \
                {names}.",
                self.debited.len()
            ));
        }
        lines.join("\n")
    }

    /// Returns the warnings for standard error.
    pub(crate) fn notes(&self) -> Vec<String> {
        let mut notes = told(&self.warnings, "warning: ");
        notes.extend(
            self.guard
                .as_ref()
                .map(|odd| format!("this import would wait for approval: {}", odd.reason)),
        );
        notes
    }
}

fn few(names: impl ExactSizeIterator<Item = String>) -> String {
    let more = names.len().saturating_sub(NAMES_TOLD_MAX);
    let mut told: Vec<String> = names.take(NAMES_TOLD_MAX).collect();
    if more > 0 {
        told.push(format!("and {more} more"));
    }
    told.join(", ")
}

fn told(findings: &[Finding], word: &str) -> Vec<String> {
    let mut lines: Vec<String> = findings
        .iter()
        .take(FINDINGS_TOLD_MAX)
        .map(|finding| format!("{word}{finding}"))
        .collect();
    let more = findings.len().saturating_sub(FINDINGS_TOLD_MAX);
    if more > 0 {
        lines.push(format!("{word}and {more} more"));
    }
    lines
}

/// Returns the refusal of a list, with everything that is wrong with it.
pub(crate) fn refusal(findings: &[Finding]) -> Failure {
    #[derive(Serialize)]
    struct Errors<'a> {
        errors: &'a [Finding],
    }
    let mut failure = Failure::refused(
        told(findings, "").join("\n"),
        "nothing was changed; correct the file and import it again (`--dry-run` checks it first)",
    )
    .at_first(findings);
    failure.json = serde_json::to_string(&Errors { errors: findings }).ok();
    failure
}
