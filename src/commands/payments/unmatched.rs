//! `weir pay --unmatched` lists payments that matched nobody; `weir pay assign` assigns one.
//!
//! An unmatched payment waits until somebody assigns it. None is ever deleted; those that wait are shown.

use serde::Serialize;

use crate::appliance::core::Appliance;
use crate::commands::context::CommandContext;
use crate::commands::payments::answer::PaymentAnswer;
use crate::commands::payments::crediting::assign as credit_row;
use crate::commands::payments::pay::credited;
use crate::commands::refusals::{self, known, named, open_for_payment};
use crate::commands::reply::reply;
use crate::commands::table::{Column, Table, facts};
use crate::commands::{Call, Reply};
use crate::model::failure::Failure;
use crate::model::money::Currency;
use crate::model::unmatched::{Holder, Unmatched, UnmatchedState};
use crate::store::error::StoreError;

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
pub(crate) fn list(appliance: &Appliance, call: &Call) -> Result<Reply, Failure> {
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

/// Answers `weir pay assign REF USERNAME`.
pub(crate) fn assign(appliance: &Appliance, call: &Call, reference: &str, username: &str) -> Result<Reply, Failure> {
    let deciding = CommandContext::begin(appliance, call)?;
    let reference = refusals::reference(reference)?;
    known(appliance, username)?;
    let written = deciding.write(appliance, |tx| {
        let subscriber = named(tx, username)?;
        let row = match tx.unmatched(&reference)? {
            Some(row) if row.state == UnmatchedState::Waiting => row,
            Some(Unmatched {
                state: UnmatchedState::Assigned(id),
                ..
            }) => {
                let whose = tx
                    .username(id)?
                    .map_or_else(String::new, |name| format!(" to `{name}`"));
                let way_out = format!("to move it to another wallet use `weir pay move {reference} {username}`");
                return Err(Failure::refused(
                    format!("payment `{reference}` was already assigned{whose}"),
                    way_out,
                ));
            }
            Some(_) => {
                return Err(Failure::refused(
                    format!("the unmatched payment `{reference}` was already reversed"),
                    "`weir pay --unmatched` lists the unmatched payments",
                ));
            }
            None => {
                let elsewhere = match tx.holder(&reference)? {
                    Some(Holder::Credit { .. }) => "; it is already in a wallet",
                    _ => "",
                };
                return Err(Failure::refused(
                    format!("no unmatched payment has the reference `{reference}`{elsewhere}"),
                    "`weir pay --unmatched` lists the unmatched payments",
                ));
            }
        };
        open_for_payment(&subscriber)?;
        let sentence = format!(
            "Credited {} of {} to `{}`, reference `{reference}`.",
            deciding.amount(row.amount),
            row.date,
            subscriber.username
        );
        let decided = credit_row(&deciding, tx, &subscriber, row)?;
        credited(&deciding, tx, &decided, &reference, sentence)
    })?;
    written.reply(appliance, call, PaymentAnswer::text)
}
