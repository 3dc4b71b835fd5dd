//! `weir pay --unmatched` lists payments that matched nobody.
//!
//! An unmatched payment waits until somebody assigns it. None is ever deleted; those that wait are shown.

use serde::{Deserialize, Serialize};

use crate::appliance::core::Appliance;
use crate::commands::reply::reply;
use crate::commands::table::{Column, Table, facts};
use crate::commands::{Asked, Caller, Reply, SiteCommand};
use crate::model::failure::Failure;
use crate::model::money::Currency;
use crate::model::unmatched::{Unmatched, UnmatchedState};
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
}

impl UnmatchedLine {
    fn of(row: Unmatched, currency: &Currency) -> Self {
        Self {
            reference: row.reference.to_string(),
            date: row.date.to_string(),
            amount: currency.format(row.amount),
            account: row.account,
            phone: row.phone,
            source: row.source.to_string(),
            conflict: row.conflict,
        }
    }
}

/// Answers `weir pay --unmatched`.
pub(crate) fn list(appliance: &Appliance, call: &Caller) -> Result<Reply, Failure> {
    let in_force = appliance.in_force();
    let mut rows = Vec::new();
    appliance
        .store
        .read()?
        .each_unmatched(|row| -> Result<(), StoreError> {
            if row.state == UnmatchedState::Waiting {
                rows.push(UnmatchedLine::of(row, &in_force.config.site.currency));
            }
            Ok(())
        })?;
    reply(call, &rows, || text(&rows, call.width))
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
    let conflicts: Vec<(&str, String)> = rows
        .iter()
        .filter_map(|row| Some((row.reference.as_str(), row.conflict.clone()?)))
        .collect();
    let conflicts = if conflicts.is_empty() {
        String::new()
    } else {
        format!("\nIn conflict with known references:\n{}", facts(&conflicts, width))
    };
    format!(
        "{}{conflicts}Assign one to a subscriber with `weir pay assign REF USERNAME`.",
        table.render(width)
    )
}
