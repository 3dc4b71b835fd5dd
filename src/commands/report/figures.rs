//! Gathers the figures of a month for the page of a report.
//!
//! Money comes from the ledger, the rest from the records of routers, runs and messages. Must never know how a page looks.

use std::collections::{BTreeMap, HashMap};

use crate::appliance::core::Appliance;
use crate::commands::archive_notes::{AskedTime, left_out};
use crate::commands::report::{equipment, people};
use crate::commands::statistics::ledger_walk;
use crate::commands::statistics::stats::first_of_month;
use crate::commands::time_words::civil;
use crate::model::day::{Day, Instant};
use crate::model::failure::Failure;
use crate::model::job::Job;
use crate::model::message::{MessageState, Purpose};
use crate::model::money::Money;
use crate::model::record::LogKind;
use crate::report::figures::{DayMoney, LatePayer, LeftOut, MessageMonth, MonthBefore, ReportFigures, SourceMoney};
use crate::rules::statistics::{LedgerEvent, Period, Scope, Tally, sum_of};
use crate::store::error::StoreError;
use crate::store::read::reader::Reader;

/// How many sources are listed; payments of any more count as `other`.
const SOURCES_MAX: usize = 24;
/// How many who were late are kept, the longest late first.
const LATE_MAX: usize = 100_000;

/// A month that has begun.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ReportMonth {
    /// Its first day.
    pub(crate) first: Day,
    /// Its last day.
    pub(crate) last: Day,
}

impl ReportMonth {
    /// Returns the month of a day.
    pub(crate) fn of(day: Day) -> Self {
        let first = first_of_month(day);
        // No month has more than 31 days, and none fewer than 28.
        let last = first_of_month(first.plus_days(31)).plus_days(-1);
        Self { first, last }
    }

    /// Returns the last whole month before a day.
    pub(crate) fn before(day: Day) -> Self {
        Self::of(first_of_month(day).plus_days(-1))
    }

    /// Reads `2027-03`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        Day::parse(&format!("{text}-01")).map(Self::of)
    }

    /// Returns its days.
    pub(crate) const fn period(&self) -> Period {
        Period {
            from: self.first,
            to: self.last,
        }
    }

    /// Returns it as `2027-03`.
    pub(crate) fn word(&self) -> String {
        self.first.to_string().chars().take(7).collect()
    }
}

/// Returns the first and the last instant of the month, both within it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct MonthSpan {
    pub(crate) from: Instant,
    pub(crate) to: Instant,
}

/// Gathers all that the page shows.
///
/// # Errors
/// When the store cannot be read.
pub(crate) fn gather(appliance: &Appliance, month: ReportMonth) -> Result<ReportFigures, Failure> {
    let in_force = appliance.in_force();
    let recorded = appliance.recorded()?;
    let zone = &in_force.terms.zone;
    let to = month.last.min(recorded.today);
    let period = Period { from: month.first, to };
    let from = month.first.plus_days(-1).last_instant(zone).plus_millis(1);
    let through = to.last_instant(zone).min(recorded.at);
    let span = MonthSpan { from, to: through };
    let reader = appliance.store.read()?;
    let grace_days = in_force.config.billing.payment_grace_days;
    let scope = Scope {
        period,
        grace_days,
        today: recorded.today,
    };
    let MonthMoney {
        settled,
        by_day,
        by_source,
    } = money(&reader, &month, scope)?;
    let late = late_payers(&reader, &settled)?;
    let last_month = ReportMonth::before(month.first);
    let [movements, moved_before] = people::movements(appliance, &reader, [month.period(), last_month.period()])?;
    let before = MonthBefore {
        from: last_month.first,
        tally: tally_of(&reader, last_month.period(), scope)?,
        joined: moved_before.joined_count,
        left: moved_before.left_count,
    };
    let tallies = reader.state()?.tallies;
    Ok(ReportFigures {
        site: in_force.config.site.name.to_string(),
        currency: in_force.config.site.currency,
        from: month.first,
        to,
        is_whole: month.last < recorded.today,
        written_at: civil(recorded.at, zone),
        grace_days,
        tally: settled.tally,
        by_source,
        by_day,
        ageing: settled.open.ageing(),
        late,
        movements,
        before,
        states: vec![
            ("Active", tallies.active),
            ("Suspended", tallies.suspended),
            ("On hold", tallies.held),
            ("Closed", tallies.closed),
        ],
        routers: equipment::routers(appliance, &reader, &in_force.config.routers, span, recorded.at)?,
        jobs: equipment::jobs(&reader, span)?,
        messages: messages(&reader, span)?,
        left_out: parts_left_out(appliance, &reader, span)?,
    })
}

/// Returns who is late, the longest first.
fn late_payers(reader: &Reader<'_>, settled: &ledger_walk::GroupFigures) -> Result<Vec<LatePayer>, StoreError> {
    let mut late = Vec::new();
    for row in settled.open.late(settled.scope.grace_days).into_iter().take(LATE_MAX) {
        let person = reader.subscriber(row.subscriber)?;
        late.extend(person.map(|person| LatePayer {
            username: person.username.to_string(),
            name: person.profile.name.as_ref().map(ToString::to_string),
            phone: person.profile.phone.as_ref().map(ToString::to_string),
            owed: row.owed,
            overdue: row.overdue,
            since: row.since,
            days: row.days,
        }));
    }
    Ok(late)
}

/// Returns which parts are not whole.
fn parts_left_out(appliance: &Appliance, reader: &Reader<'_>, span: MonthSpan) -> Result<LeftOut, Failure> {
    let asked = AskedTime {
        from: span.from,
        to: span.to,
    };
    let of_runs = Job::ALL.map(LogKind::of_runs);
    Ok(LeftOut {
        routers: left_out(appliance, reader, &[LogKind::Health], asked)?,
        jobs: left_out(appliance, reader, &of_runs, asked)?,
        messages: left_out(appliance, reader, &[LogKind::Messages], asked)?,
    })
}

/// The money of a month: its bills, and what came in by day and by source.
struct MonthMoney {
    settled: ledger_walk::GroupFigures,
    by_day: Vec<DayMoney>,
    by_source: Vec<SourceMoney>,
}

fn money(reader: &Reader<'_>, month: &ReportMonth, scope: Scope) -> Result<MonthMoney, Failure> {
    let period = scope.period;
    let mut settled = ledger_walk::GroupFigures::new(scope, period.to);
    let mut by_day: Vec<DayMoney> = days(month).collect();
    let mut by_source: HashMap<String, (u64, Money)> = HashMap::new();
    ledger_walk::each_event(
        reader,
        |_| true,
        |entry, event| {
            settled.hear(entry.subscriber, event);
            match *event {
                LedgerEvent::Collected { day, amount } if period.has(day) => {
                    add_to_day(&mut by_day, day, |money| {
                        money.collected = sum_of(money.collected, amount)
                    });
                    let known = by_source.contains_key(entry.source.as_str());
                    let source = if known || by_source.len() < SOURCES_MAX {
                        entry.source.as_str()
                    } else {
                        "other"
                    };
                    let sum = by_source.entry(source.to_owned()).or_default();
                    *sum = (sum.0.saturating_add(1), sum_of(sum.1, amount));
                }
                LedgerEvent::Billed { due, amount } if period.has(due) => {
                    add_to_day(&mut by_day, due, |money| money.billed = sum_of(money.billed, amount));
                }
                LedgerEvent::Collected { .. }
                | LedgerEvent::Billed { .. }
                | LedgerEvent::Covered { .. }
                | LedgerEvent::Charged { .. }
                | LedgerEvent::ChargeCovered { .. }
                | LedgerEvent::Paid { .. } => {}
            }
        },
    )?;
    let mut by_source: Vec<SourceMoney> = by_source
        .into_iter()
        .map(|(source, (payments, amount))| SourceMoney {
            source,
            payments,
            amount,
        })
        .collect();
    by_source.sort_by(|one, other| {
        other
            .amount
            .cmp(&one.amount)
            .then_with(|| one.source.cmp(&other.source))
    });
    Ok(MonthMoney {
        settled,
        by_day,
        by_source,
    })
}

/// Returns the figures of another period, as seen today.
fn tally_of(reader: &Reader<'_>, period: Period, now: Scope) -> Result<Tally, StoreError> {
    let mut figures = ledger_walk::GroupFigures::new(Scope { period, ..now }, period.to);
    ledger_walk::each_event(reader, |_| true, |entry, event| figures.hear(entry.subscriber, event))?;
    Ok(figures.tally)
}

fn days(month: &ReportMonth) -> impl Iterator<Item = DayMoney> {
    let first = month.first;
    (0..=month.last.days_since(first)).map(move |ahead| DayMoney {
        day: first.plus_days(ahead),
        billed: Money::ZERO,
        collected: Money::ZERO,
    })
}

fn add_to_day(days: &mut [DayMoney], day: Day, add: impl FnOnce(&mut DayMoney)) {
    if let Some(money) = days.iter_mut().find(|money| money.day == day) {
        add(money);
    }
}

/// Returns the messages that were queued in the month, by what they were for.
fn messages(reader: &Reader<'_>, span: MonthSpan) -> Result<Vec<MessageMonth>, StoreError> {
    let mut found: BTreeMap<&'static str, MessageMonth> = BTreeMap::new();
    reader.each_message_back(|message| -> Result<bool, StoreError> {
        // Numbers rise with the time of queueing, except where a clock was set back in between: so all are read.
        if message.queued_at < span.from || message.queued_at > span.to {
            return Ok(true);
        }
        let purpose = purpose_word(&message.purpose);
        let row = found.entry(purpose).or_insert_with(|| MessageMonth {
            purpose,
            ..MessageMonth::default()
        });
        let count = match message.state {
            MessageState::Queued | MessageState::Sending => &mut row.waiting,
            MessageState::Sent => &mut row.sent,
            MessageState::Failed => &mut row.failed,
            MessageState::Unknown => &mut row.unknown,
            MessageState::Dropped => &mut row.dropped,
        };
        *count = count.saturating_add(1);
        row.parts = row.parts.saturating_add(u64::from(message.parts));
        row.cost = sum_of(row.cost, message.cost.unwrap_or_default());
        Ok(true)
    })?;
    Ok(found.into_values().collect())
}

const fn purpose_word(purpose: &Purpose) -> &'static str {
    match purpose {
        Purpose::Reminder { .. } => "Reminders",
        Purpose::Suspension { .. } => "Suspensions",
        Purpose::Payment { .. } => "Payments received",
        Purpose::Resumption | Purpose::Resumed { .. } => "Service resumed",
        Purpose::Alert => "Alerts",
        Purpose::Report => "Reports",
        Purpose::Test => "Tests",
    }
}
