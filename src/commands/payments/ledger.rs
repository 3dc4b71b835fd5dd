//! `weir ledger` lists the entries of a wallet.

use serde::{Deserialize, Serialize};

use crate::appliance::core::Appliance;
use crate::commands::refusals::known;
use crate::commands::reply::reply;
use crate::commands::table::{Column, Table};
use crate::commands::{Asked, Caller, Reply, SiteCommand};
use crate::model::entry::{Entry, EntryKind};
use crate::model::failure::Failure;
use crate::model::money::Currency;

/// Show the entries of a wallet, oldest first
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, clap::Args)]
#[serde(deny_unknown_fields)]
pub struct Ledger {
    /// The subscriber, by username, account or phone
    pub username: String,
}

impl SiteCommand for Ledger {
    fn whom_mut(&mut self) -> Option<&mut String> {
        Some(&mut self.username)
    }

    fn answer(&self, site: &Appliance, asked: &mut Asked<'_>) -> Result<Reply, Failure> {
        answer(site, asked.caller, &self.username)
    }
}

/// Entries of one wallet that are shown at most, the newest: over two centuries of a daily package.
const ENTRIES_MAX: usize = 100_000;

/// An entry as scripts read it.
#[derive(Serialize)]
struct LedgerLine {
    seq: u64,
    kind: &'static str,
    amount: String,
    source: String,
    reference: Option<String>,
    balance_after: String,
    for_day: String,
    recorded_at: String,
    actor: String,
    comment: Option<String>,
}

impl LedgerLine {
    fn of(entry: &Entry, currency: &Currency) -> Self {
        Self {
            seq: entry.seq.0,
            kind: entry.kind.as_str(),
            amount: currency.format(entry.amount),
            source: entry.source.to_string(),
            reference: entry.reference.as_ref().map(ToString::to_string),
            balance_after: currency.format(entry.balance_after),
            for_day: entry.for_day.to_string(),
            recorded_at: entry.recorded_at.rfc3339(),
            actor: entry.actor.clone(),
            comment: entry.comment.as_ref().map(ToString::to_string),
        }
    }
}

/// Answers `weir ledger USERNAME`: oldest first.
pub(crate) fn answer(appliance: &Appliance, call: &Caller, username: &str) -> Result<Reply, Failure> {
    let in_force = appliance.in_force();
    let currency = &in_force.config.site.currency;
    let subscriber = known(appliance, username)?;
    let mut entries = appliance.store.read()?.wallet_entries(&subscriber, ENTRIES_MAX)?;
    entries.reverse();
    let lines: Vec<LedgerLine> = entries.iter().map(|entry| LedgerLine::of(entry, currency)).collect();
    reply(call, &lines, || {
        text(&entries, currency, call.width) + &format!("Balance {} {currency}.", currency.format(subscriber.balance))
    })
}

fn text(entries: &[Entry], currency: &Currency, width: u16) -> String {
    let mut table = Table::new(&[
        Column::amount("seq"),
        Column::whole("for day"),
        Column::text("source"),
        Column::name("reference"),
        Column::amount("amount"),
        Column::amount("balance"),
        Column::text("comment"),
    ]);
    for entry in entries {
        let amount = currency.format(entry.kind.effect(entry.amount));
        let sign = match entry.kind {
            EntryKind::Credit => "+",
            EntryKind::Adjustment if entry.amount.is_positive() => "+",
            EntryKind::Adjustment | EntryKind::Debit => "",
        };
        table.row([
            entry.seq.to_string(),
            entry.for_day.to_string(),
            entry.source.to_string(),
            entry.reference.as_ref().map_or_else(String::new, ToString::to_string),
            format!("{sign}{amount}"),
            currency.format(entry.balance_after),
            entry.comment.as_ref().map_or_else(String::new, ToString::to_string),
        ]);
    }
    table.render(width)
}
