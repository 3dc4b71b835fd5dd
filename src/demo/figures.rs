//! The sums of the month.

use serde::Serialize;

/// The sums, as `--json` prints them. Amounts are decimals of the site's currency.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct DemoFigures {
    /// Whether everything holds that has to.
    pub ok: bool,
    /// What does not, in words.
    pub problems: Vec<String>,
    /// The folder that is left behind.
    pub folder: String,
    /// The first day of the month.
    pub from: String,
    /// The last.
    pub to: String,
    /// The site's currency.
    pub currency: String,
    /// People added.
    pub subscribers: u64,
    /// Runs of billing.
    pub billing_runs: u64,
    /// Of them, caught up after the darkness.
    pub caught_up: u64,
    /// Debits posted.
    pub charged: u64,
    /// Their sum.
    pub billed: String,
    /// Payments credited, without those that were taken back.
    pub payments: u64,
    /// Their sum.
    pub collected: String,
    /// Times that somebody was cut off.
    pub cut_off: u64,
    /// Times that somebody came back.
    pub brought_back: u64,
    /// People served at the end.
    pub served: u64,
    /// Entries in the ledger.
    pub entries: u64,
    /// Commands that the router got.
    pub router_commands: u64,
}
