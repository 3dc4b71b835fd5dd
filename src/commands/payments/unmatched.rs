//! `weir pay --unmatched` lists payments that matched nobody.
//!
//! An unmatched payment waits until somebody assigns it. None is ever deleted; those that wait are shown, with all that the
//! statement says, and with those who may have paid.

use serde::{Deserialize, Serialize};

use crate::appliance::core::Appliance;
use crate::commands::payments::suggestions::{self, SuggestionLine};
use crate::commands::reply::reply;
use crate::commands::table::{Column, Table, facts};
use crate::commands::{Asked, Caller, Reply, SiteCommand};
use crate::model::failure::Failure;
use crate::model::money::Currency;
use crate::model::unmatched::{StatementWords, Unmatched, UnmatchedState};
use crate::rules::payer::suggestion::PayerTold;
use crate::store::error::StoreError;

/// The payments that matched no subscriber
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PayUnmatched;

impl SiteCommand for PayUnmatched {
    fn answer(&self, site: &Appliance, asked: &mut Asked<'_>) -> Result<Reply, Failure> {
        list(site, asked.caller)
    }
}

/// An unmatched payment as scripts read it.
#[derive(Serialize)]
struct UnmatchedLine {
    reference: String,
    date: String,
    amount: String,
    account: Option<String>,
    phone: Option<String>,
    source: String,
    conflict: Option<String>,
    payer: Option<String>,
    details: Option<String>,
    suggestions: Vec<SuggestionLine>,
}

impl UnmatchedLine {
    fn of(row: Unmatched, words: StatementWords, currency: &Currency) -> Self {
        Self {
            reference: row.reference.to_string(),
            date: row.date.to_string(),
            amount: currency.format(row.amount),
            account: row.account,
            phone: row.phone,
            source: row.source.to_string(),
            conflict: row.conflict,
            payer: words.payer,
            details: words.details,
            suggestions: Vec::new(),
        }
    }

    /// Returns what the statement says of the payer.
    fn told(&self) -> PayerTold<'_> {
        PayerTold {
            account: self.account.as_deref(),
            phone: self.phone.as_deref(),
            payer: self.payer.as_deref(),
            details: self.details.as_deref(),
        }
    }
}

/// Answers `weir pay --unmatched`.
pub(crate) fn list(appliance: &Appliance, call: &Caller) -> Result<Reply, Failure> {
    let in_force = appliance.in_force();
    let reader = appliance.store.read()?;
    let mut rows = Vec::new();
    reader.each_unmatched(|row| -> Result<(), StoreError> {
        if row.state == UnmatchedState::Waiting {
            let words = reader.statement_words(&row.reference)?;
            rows.push(UnmatchedLine::of(row, words, &in_force.config.site.currency));
        }
        Ok(())
    })?;
    let told: Vec<PayerTold<'_>> = rows.iter().map(UnmatchedLine::told).collect();
    let suggested = suggestions::of_all(&reader, &told, in_force.config.messages.numbering())?;
    for (row, suggested) in rows.iter_mut().zip(suggested) {
        row.suggestions = suggested;
    }
    let mut answer = reply(call, &rows, || text(&rows, call.width))?;
    let compared = suggestions::compared_max(&reader)?;
    if rows.len() > compared {
        answer.notes.push(format!(
            "who may have paid is looked for with the first {compared} of {} unmatched payments; assign those first",
            rows.len()
        ));
    }
    Ok(answer)
}

fn text(rows: &[UnmatchedLine], width: u16) -> String {
    if rows.is_empty() {
        return "There are no unmatched payments.".to_owned();
    }
    let mut table = Table::new(&[
        Column::whole("reference"),
        Column::whole("date"),
        Column::amount("amount"),
        Column::name("account"),
        Column::name("phone"),
        Column::text("source"),
    ]);
    for row in rows {
        let or_dash = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".to_owned());
        table.row([
            row.reference.clone(),
            row.date.clone(),
            row.amount.clone(),
            or_dash(&row.account),
            or_dash(&row.phone),
            row.source.clone(),
        ]);
    }
    let about = |told: &dyn Fn(&UnmatchedLine) -> Option<String>| -> Vec<(&str, String)> {
        rows.iter()
            .filter_map(|row| Some((row.reference.as_str(), told(row)?)))
            .collect()
    };
    let part = |heading: &str, pairs: &[(&str, String)]| match pairs {
        [] => String::new(),
        pairs => format!("\n{heading}\n{}", facts(pairs, width)),
    };
    let conflicts = part(
        "In conflict with known references:",
        &about(&|row| row.conflict.clone()),
    );
    let words = part("What the statement says besides:", &about(&said));
    let suggested = part(
        "Who may have paid:",
        &about(&|row| suggestions::in_words(&row.suggestions)),
    );
    format!(
        "{}{conflicts}{words}{suggested}Assign one to a subscriber with `weir pay assign REF USERNAME`.",
        table.render(width)
    )
}

/// Returns the payer's name and the details.
fn said(row: &UnmatchedLine) -> Option<String> {
    match (&row.payer, &row.details) {
        (None, None) => None,
        (Some(payer), None) => Some(payer.clone()),
        (None, Some(details)) => Some(details.clone()),
        (Some(payer), Some(details)) => Some(format!("{payer}: {details}")),
    }
}
