//! The answer of `weir stats`, as a value for scripts and text.
//!
//! It holds the fields that scripts read, and the words that people read. Must never know where figures come from.

use serde::Serialize;

use crate::model::day::Day;
use crate::model::money::{Currency, Money};
use crate::model::name::PackageName;
use crate::rules::statistics::{Period, Tally};

/// For how many weeks ahead income is expected.
pub(crate) const EXPECTED_WEEKS: usize = 4;
/// Days of a week.
const WEEK_DAYS: i32 = 7;

/// The figures of a period, as `--json` prints them.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct FiguresAnswer {
    pub(crate) from: String,
    pub(crate) to: String,
    pub(crate) billed: String,
    pub(crate) collected: String,
    pub(crate) outstanding: String,
    pub(crate) on_time: u64,
    pub(crate) late: u64,
    /// Bills whose time ended in the period, paid or not.
    pub(crate) time_over: u64,
    /// Of those, the bills that were paid on time.
    pub(crate) time_over_on_time: u64,
    pub(crate) average_delay_days: serde_json::Number,
    pub(crate) subscribers: u64,
}

/// Somebody who is late today.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct LateLine {
    pub(crate) username: String,
    pub(crate) name: Option<String>,
    pub(crate) state: &'static str,
    /// What the wallet lies below zero.
    pub(crate) owed: String,
    /// What of it are bills that are late.
    pub(crate) overdue: String,
    pub(crate) since: String,
    pub(crate) days: i32,
}

/// What a week should bring.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct WeekLine {
    pub(crate) from: String,
    pub(crate) to: String,
    pub(crate) amount: String,
}

/// Those who have one package now.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct PackageLine {
    pub(crate) package: Option<String>,
    pub(crate) subscribers: u64,
    pub(crate) billed: String,
    pub(crate) collected: String,
    pub(crate) outstanding: String,
    pub(crate) on_time: u64,
    pub(crate) late: u64,
    pub(crate) average_delay_days: serde_json::Number,
}

impl PackageLine {
    pub(crate) fn of(package: Option<&PackageName>, subscribers: u64, tally: &Tally, words: &StatisticsWords) -> Self {
        Self {
            package: package.map(ToString::to_string),
            subscribers,
            billed: words.currency.format(tally.billed),
            collected: words.currency.format(tally.collected),
            outstanding: words.currency.format(tally.outstanding),
            on_time: tally.on_time,
            late: tally.late,
            average_delay_days: number(tally),
        }
    }
}

/// `stats`, as `--json` prints it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct SiteAnswer {
    #[serde(flatten)]
    pub(crate) figures: FiguresAnswer,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) package: Option<String>,
    pub(crate) late_now: Vec<LateLine>,
    pub(crate) expected: Vec<WeekLine>,
    pub(crate) packages: Vec<PackageLine>,
}

/// A payment of one subscriber.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct PaymentLine {
    pub(crate) seq: u64,
    pub(crate) date: String,
    pub(crate) amount: String,
    pub(crate) source: String,
    pub(crate) reference: Option<String>,
    pub(crate) reversed: bool,
}

/// A bill of one subscriber.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct BillLine {
    pub(crate) due: String,
    pub(crate) amount: String,
    pub(crate) open: String,
    pub(crate) paid_on: Option<String>,
    pub(crate) delay_days: Option<i32>,
    pub(crate) standing: &'static str,
}

/// `stats U`, as `--json` prints it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct UserAnswer {
    pub(crate) username: String,
    #[serde(flatten)]
    pub(crate) figures: FiguresAnswer,
    pub(crate) lifetime_value: String,
    pub(crate) payments: Vec<PaymentLine>,
    pub(crate) bills: Vec<BillLine>,
    pub(crate) late_now: Vec<LateLine>,
}

/// How amounts and days are put into words at this site.
#[derive(Debug, Clone, Copy)]
pub(crate) struct StatisticsWords {
    pub(crate) currency: Currency,
    pub(crate) grace_days: u16,
}

impl StatisticsWords {
    pub(crate) fn figures(&self, period: &Period, tally: &Tally, subscribers: u64) -> FiguresAnswer {
        FiguresAnswer {
            from: period.from.to_string(),
            to: period.to.to_string(),
            billed: self.currency.format(tally.billed),
            collected: self.currency.format(tally.collected),
            outstanding: self.currency.format(tally.outstanding),
            on_time: tally.on_time,
            late: tally.late,
            time_over: tally.time_over,
            time_over_on_time: tally.time_over_on_time,
            average_delay_days: number(tally),
            subscribers,
        }
    }

    pub(crate) fn expected(&self, weeks: &[Money], today: Day) -> Vec<WeekLine> {
        let mut from = today;
        weeks
            .iter()
            .map(|amount| {
                let line = WeekLine {
                    from: from.to_string(),
                    to: from.plus_days(WEEK_DAYS - 1).to_string(),
                    amount: self.currency.format(*amount),
                };
                from = from.plus_days(WEEK_DAYS);
                line
            })
            .collect()
    }

    /// Returns the state of a bill: `on_time` or `late` once it is paid, `open` or `overdue` before.
    pub(crate) fn standing(&self, due: Day, paid: Option<Day>, today: Day) -> &'static str {
        let in_grace = paid.unwrap_or(today).days_since(due) <= i32::from(self.grace_days);
        match (paid.is_some(), in_grace) {
            (true, true) => "on_time",
            (true, false) => "late",
            (false, true) => "open",
            (false, false) => "overdue",
        }
    }
}

/// Returns tenths as a decimal.
pub(crate) fn tenths(count: u64) -> String {
    format!("{}.{}", count / 10, count % 10)
}

/// Returns the average delay as a number of JSON; `0.0` where nothing was paid. Read from its text, so that nothing is
/// computed in floating point.
fn number(tally: &Tally) -> serde_json::Number {
    tenths(tally.average_delay_tenths().unwrap_or(0))
        .parse::<f64>()
        .ok()
        .and_then(serde_json::Number::from_f64)
        .unwrap_or_else(|| serde_json::Number::from(0))
}
