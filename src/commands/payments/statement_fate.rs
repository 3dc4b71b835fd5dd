//! What became of each row of a statement, or would become of it?
//!
//! A dry run shows each row, up to some thousand. A real run names those whose amount is unusually large, since nobody is asked about them.

use serde::Serialize;

use crate::commands::context::CommandContext;
use crate::commands::payments::credit::holder_in_words;
use crate::commands::payments::row_match::MatchedRow;
use crate::commands::payments::slips;
use crate::commands::payments::suggestions::{self, SuggestionLine};
use crate::commands::person::person;
use crate::commands::table::{Column, Table};
use crate::import::statement_row::PaymentRow;
use crate::model::failure::Failure;
use crate::model::subscriber::{State, Subscriber};
use crate::model::unmatched::Holder;
use crate::rules::payer::suggestion::PayerTold;
use crate::rules::phone::complete::NumberingPlan;
use crate::store::error::StoreError;
use crate::store::read::reader::Reader;
use crate::store::write::transaction::Transaction;

/// One row, and what became of it.
#[derive(Debug, Serialize)]
pub(crate) struct RowFate {
    line: u32,
    reference: String,
    date: String,
    amount: String,
    account: Option<String>,
    /// The phone as the statement shows it, also with a part hidden.
    phone: Option<String>,
    outcome: &'static str,
    username: Option<String>,
    name: Option<String>,
    balance: Option<String>,
    expires_on: Option<String>,
    state: Option<&'static str>,
    /// Why the amount is unusually large, where it is.
    unusual: Option<String>,
    /// Who may have paid what would wait for somebody to assign it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    suggestions: Vec<SuggestionLine>,
    #[serde(skip)]
    waits: bool,
    #[serde(skip)]
    told: String,
}

impl RowFate {
    /// Returns what became of a row that was just taken.
    pub(crate) fn of(
        deciding: &CommandContext<'_>,
        tx: &Transaction<'_>,
        row: &PaymentRow,
        taken: MatchedRow,
    ) -> Result<Self, Failure> {
        let whose = match taken {
            MatchedRow::Credited => credited_to(tx, row)?,
            MatchedRow::Duplicate | MatchedRow::Unmatched(_) | MatchedRow::Conflict => None,
        };
        let currency = deciding.currency();
        let unusual = whose
            .as_ref()
            .and_then(|whose| slips::unusual(deciding, whose, row.amount));
        Ok(Self {
            line: row.line,
            reference: row.reference.to_string(),
            date: row.date.to_string(),
            amount: currency.format(row.amount),
            account: row.account.clone(),
            phone: row.phone_shown.clone(),
            outcome: outcome(taken),
            username: whose.as_ref().map(|whose| whose.username.to_string()),
            name: whose
                .as_ref()
                .and_then(|whose| whose.profile.name.as_ref())
                .map(ToString::to_string),
            balance: whose.as_ref().map(|whose| currency.format(whose.balance)),
            expires_on: whose
                .as_ref()
                .and_then(|whose| whose.period.expires_on)
                .map(|day| day.to_string()),
            state: whose.as_ref().map(Subscriber::state_word),
            suggestions: Vec::new(),
            waits: matches!(taken, MatchedRow::Unmatched(_) | MatchedRow::Conflict),
            told: told(deciding, tx, row, taken, whose.as_ref())?,
            unusual,
        })
    }
}

/// Adds who may have paid the rows that would wait for somebody to assign them; `rows` and `fates` are in the same order.
pub(crate) fn suggest(
    reader: &Reader<'_>,
    plan: NumberingPlan<'_>,
    rows: &[PaymentRow],
    fates: &mut [RowFate],
) -> Result<(), StoreError> {
    let waiting = rows.iter().zip(fates.iter()).filter(|(_, fate)| fate.waits);
    let told: Vec<PayerTold<'_>> = waiting
        .map(|(row, _)| PayerTold {
            account: row.account.as_deref(),
            phone: row.phone_shown.as_deref(),
            payer: row.words.payer.as_deref(),
            details: row.words.details.as_deref(),
        })
        .collect();
    let suggested = suggestions::of_all(reader, &told, plan)?;
    for (fate, suggested) in fates.iter_mut().filter(|fate| fate.waits).zip(suggested) {
        fate.suggestions = suggested;
    }
    Ok(())
}

/// A credited row whose amount is unusually large.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct LargeRow {
    line: u32,
    reference: String,
    amount: String,
    username: String,
    name: Option<String>,
    #[serde(skip)]
    told: String,
}

impl LargeRow {
    /// Returns a row that was just credited, if its amount is unusually large.
    pub(crate) fn of(
        deciding: &CommandContext<'_>,
        tx: &Transaction<'_>,
        row: &PaymentRow,
        taken: MatchedRow,
    ) -> Result<Option<Self>, StoreError> {
        let whose = match taken {
            MatchedRow::Credited => credited_to(tx, row)?,
            MatchedRow::Duplicate | MatchedRow::Unmatched(_) | MatchedRow::Conflict => None,
        };
        Ok(whose.and_then(|whose| {
            let why = slips::unusual(deciding, &whose, row.amount)?;
            Some(Self {
                line: row.line,
                reference: row.reference.to_string(),
                amount: deciding.currency().format(row.amount),
                username: whose.username.to_string(),
                name: whose.profile.name.as_ref().map(ToString::to_string),
                told: format!(
                    "`{0}` was credited to {1}, but {why}; if it is not theirs, use `weir pay move {2} USERNAME` or `weir pay \
                    reverse {2}`",
                    row.reference,
                    person(&whose),
                    row.reference.as_argument()
                ),
            })
        }))
    }

    /// Returns the note about it, with its place in the file.
    pub(crate) fn note(&self, file: &str) -> String {
        format!("{file}:{}: {}", self.line, self.told)
    }
}

const fn outcome(taken: MatchedRow) -> &'static str {
    match taken {
        MatchedRow::Credited => "credited",
        MatchedRow::Duplicate => "duplicate",
        MatchedRow::Unmatched(_) => "unmatched",
        MatchedRow::Conflict => "conflict",
    }
}

/// Returns to whom a row was credited, as they are now.
fn credited_to(tx: &Transaction<'_>, row: &PaymentRow) -> Result<Option<Subscriber>, StoreError> {
    match tx.holder(&row.reference)? {
        Some(Holder::Credit { subscriber, .. }) => tx.subscriber(subscriber),
        Some(Holder::Unmatched { .. } | Holder::Reversed) | None => Ok(None),
    }
}

fn told(
    deciding: &CommandContext<'_>,
    tx: &Transaction<'_>,
    row: &PaymentRow,
    taken: MatchedRow,
    whose: Option<&Subscriber>,
) -> Result<String, Failure> {
    let known = || -> Result<Option<String>, Failure> {
        match tx.holder(&row.reference)? {
            Some(holder) => holder_in_words(deciding, tx, &row.reference, &holder).map(Some),
            None => Ok(None),
        }
    };
    Ok(match (taken, whose) {
        (MatchedRow::Credited, Some(whose)) => {
            let balance = deciding.amount(whose.balance);
            let end = match whose.period.expires_on {
                Some(day) if whose.state == State::Active => format!(", paid through {day}"),
                Some(_) | None => String::new(),
            };
            format!(
                "credit to {}: balance {balance}, {}{end}",
                person(whose),
                whose.state_word()
            )
        }
        (MatchedRow::Credited, None) => "credit".to_owned(),
        (MatchedRow::Duplicate, _) => {
            known()?.map_or_else(|| "known already".to_owned(), |known| format!("nothing: {known}"))
        }
        (MatchedRow::Unmatched(why), _) => format!("to the unmatched payments: {}", why.in_words()),
        (MatchedRow::Conflict, _) => known()?.map_or_else(
            || "to the unmatched payments: it contradicts a known reference".to_owned(),
            |known| format!("to the unmatched payments: {known}"),
        ),
    })
}

/// Returns the rows as a table.
pub(crate) fn table(rows: &[RowFate], width: u16) -> String {
    let mut table = Table::new(&[
        Column::amount("line"),
        Column::whole("reference"),
        Column::whole("date"),
        Column::amount("amount"),
        Column::sentence("what would become of it"),
    ]);
    for row in rows {
        let further = row.unusual.clone().or_else(|| suggestions::in_words(&row.suggestions));
        let told = match further {
            Some(further) => format!("{}; {further}", row.told),
            None => row.told.clone(),
        };
        table.row([
            row.line.to_string(),
            row.reference.clone(),
            row.date.clone(),
            row.amount.clone(),
            told,
        ]);
    }
    table.render(width)
}
