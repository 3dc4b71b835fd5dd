//! What must be known of a month before it can be put on paper?

use crate::model::day::Day;
use crate::model::money::{Currency, Money};
use crate::rules::open_charges::Aged;
use crate::rules::statistics::Tally;

/// Everything that the page of one month shows.
#[derive(Debug, Clone)]
pub struct ReportFigures {
    /// The site's name.
    pub site: String,
    /// What amounts are in.
    pub currency: Currency,
    /// The first day of the month.
    pub from: Day,
    /// The last day that is counted.
    pub to: Day,
    /// Whether that is the month's last one.
    pub is_whole: bool,
    /// When the page was written, in the site's time.
    pub written_at: String,
    /// Days after the due day within which a payment is on time.
    pub grace_days: u16,
    /// What was billed, collected, open and on time.
    pub tally: Tally,
    /// What was collected, by where it came from, the most first.
    pub by_source: Vec<SourceMoney>,
    /// What was billed and collected on each day, the first day first.
    pub by_day: Vec<DayMoney>,
    /// The bills and other charges that were open at the end, by age.
    pub ageing: [Aged; 4],
    /// Who was late at the end, the longest first.
    pub late: Vec<LatePayer>,
    /// Who joined and who left.
    pub movements: Movements,
    /// The month before.
    pub before: MonthBefore,
    /// How many subscribers there are, by state, when the page was written.
    pub states: Vec<(&'static str, u64)>,
    /// How the routers fared.
    pub routers: Vec<RouterMonth>,
    /// What the jobs did.
    pub jobs: Vec<JobMonth>,
    /// What was said to people.
    pub messages: Vec<MessageMonth>,
    /// What of this the store no longer has.
    pub left_out: LeftOut,
}

/// Which parts of the page are not whole, since their records were taken out of the store: each in words.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LeftOut {
    /// Incidents and probes of routers.
    pub routers: Option<String>,
    /// Runs of jobs.
    pub jobs: Option<String>,
    /// Messages.
    pub messages: Option<String>,
}

/// What came from one source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceMoney {
    /// Where it came from.
    pub source: String,
    /// How many payments.
    pub payments: u64,
    /// How much.
    pub amount: Money,
}

/// The money of one day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DayMoney {
    /// The day.
    pub day: Day,
    /// Bills due on it.
    pub billed: Money,
    /// Payments made on it.
    pub collected: Money,
}

/// Somebody who was late.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LatePayer {
    /// Their name in the site.
    pub username: String,
    /// What they are called.
    pub name: Option<String>,
    /// Their phone.
    pub phone: Option<String>,
    /// How much they owe: what the wallet lay below zero.
    pub owed: Money,
    /// How much of it were late bills.
    pub overdue: Money,
    /// The due day of the oldest open bill.
    pub since: Day,
    /// How many days ago that was.
    pub days: i32,
}

/// Who joined and who left in a month.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Movements {
    /// Those who were taken in, the first day first; no more than are listed.
    pub joined: Vec<Mover>,
    /// How many were taken in.
    pub joined_count: u64,
    /// Those who were closed and not reopened within the month; no more than are listed.
    pub left: Vec<Mover>,
    /// How many left.
    pub left_count: u64,
    /// What could not be read, in words: somebody who left may be missing.
    pub unread: Vec<String>,
}

/// Somebody who joined or left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mover {
    /// Their name in the site.
    pub username: String,
    /// What they are called.
    pub name: Option<String>,
    /// Their phone.
    pub phone: Option<String>,
    /// When.
    pub day: Day,
}

/// The month before, to be read beside this one.
#[derive(Debug, Clone)]
pub struct MonthBefore {
    /// Its first day.
    pub from: Day,
    /// What was billed, collected, open and on time.
    pub tally: Tally,
    /// How many were taken in.
    pub joined: u64,
    /// How many left.
    pub left: u64,
}

/// How one router fared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RouterMonth {
    /// Its name.
    pub name: String,
    /// Minutes of the month so far.
    pub minutes: u64,
    /// Of these, those in which it was watched.
    pub watched_minutes: u64,
    /// Of the watched, those in which it was not as it should be.
    pub down_minutes: u64,
    /// Incidents that lasted in the month.
    pub incidents: u64,
    /// The longest of them within the month.
    pub longest_minutes: u64,
    /// What was last read of its objects, when the page was written, in words.
    pub last_read: String,
}

impl RouterMonth {
    /// Returns the share of the watched time in which the router was up, in hundredths of a percent; `None` if it was
    /// not watched at all.
    #[must_use]
    pub fn up_of_ten_thousand(&self) -> Option<u64> {
        let up = self.watched_minutes.saturating_sub(self.down_minutes);
        up.saturating_mul(10_000).checked_div(self.watched_minutes)
    }
}

/// What one job did.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct JobMonth {
    /// Its name.
    pub name: &'static str,
    /// Ran at its time.
    pub done: u64,
    /// Ran later than planned.
    pub caught_up: u64,
    /// Failed.
    pub failed: u64,
    /// Left to a later one, or skipped with a reason.
    pub not_run: u64,
    /// Still waits.
    pub waiting: u64,
    /// The newest error.
    pub error: Option<String>,
}

/// What became of messages of one purpose.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MessageMonth {
    /// What they were for.
    pub purpose: &'static str,
    /// Taken by a gateway.
    pub sent: u64,
    /// Refused for good.
    pub failed: u64,
    /// Perhaps arrived.
    pub unknown: u64,
    /// Not true any more when their time came.
    pub dropped: u64,
    /// Still to leave.
    pub waiting: u64,
    /// Parts that were charged.
    pub parts: u64,
    /// What they cost, as far as a price is configured.
    pub cost: Money,
}
