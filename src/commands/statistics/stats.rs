//! `weir stats` shows who paid, when, and how much.
//!
//! For a period, by default the current month: what was billed and collected, what is open at its end, how many bills
//! were paid on time. [`crate::rules::statistics`] decides how a bill is settled. Must never know how an answer is laid
//! out.

use serde::{Deserialize, Serialize};

use crate::appliance::core::Appliance;
use crate::commands::refusals::known;
use crate::commands::reply::reply;
use crate::commands::statistics::answer::{
    BillLine, EXPECTED_WEEKS, LateLine, PackageLine, PaymentLine, SiteAnswer, StatisticsWords, UserAnswer, tenths,
};
use crate::commands::statistics::ledger_walk::{self, GroupFigures};
use crate::commands::statistics::{spreadsheet, text};
use crate::commands::time_words::day_of;
use crate::commands::{Asked, Caller, Reply, SiteCommand};
use crate::config::nearest::did_you_mean;
use crate::model::day::Day;
use crate::model::entry::{Entry, EntryKind};
use crate::model::failure::Failure;
use crate::model::money::Money;
use crate::model::name::PackageName;
use crate::model::subscriber::{Subscriber, SubscriberId};
use crate::rules::expected;
use crate::rules::statistics::{self, LedgerEvent, Period, Scope, Tally, sum_of};
use crate::store::error::StoreError;
use crate::store::read::reader::Reader;

/// Show who paid and when: for the site, a package or a subscriber
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, clap::Args)]
#[serde(deny_unknown_fields)]
#[command(
    after_help = "Examples:\n  weir stats --since 2027-01-01 --until 2027-03-31\n  weir stats amina\n  weir stats --package home-10 --csv"
)]
pub struct Stats {
    /// Only this subscriber, by username, account or phone
    pub username: Option<String>,
    /// Only subscribers with this package
    #[arg(long, value_name = "PACKAGE", conflicts_with = "username")]
    pub package: Option<String>,
    /// From this day on
    #[arg(long, value_name = "DAY")]
    pub since: Option<String>,
    /// Through this day
    #[arg(long, value_name = "DAY")]
    pub until: Option<String>,
    /// Print CSV
    #[arg(long)]
    pub csv: bool,
}

impl SiteCommand for Stats {
    fn whom_mut(&mut self) -> Option<&mut String> {
        self.username.as_mut()
    }

    fn answer(&self, site: &Appliance, asked: &mut Asked<'_>) -> Result<Reply, Failure> {
        answer(site, asked.caller, self)
    }

    fn has_long_answer(&self) -> bool {
        true
    }
}

/// Answers `weir stats`.
pub(crate) fn answer(appliance: &Appliance, call: &Caller, question: &Stats) -> Result<Reply, Failure> {
    if question.csv && call.json {
        return Err(Failure::usage(
            "`--csv` and `--json` cannot be combined",
            "leave out one of them",
        ));
    }
    let today = appliance.recorded()?.today;
    let period = period_of(question.since.as_deref(), question.until.as_deref(), today)?;
    let scope = Scope {
        period,
        grace_days: appliance.in_force().config.billing.payment_grace_days,
        today,
    };
    let mut told = if let Some(username) = question.username.as_deref() {
        of_one(appliance, call, username, scope, question.csv)?
    } else if question.csv {
        let package = known_package(appliance, question.package.as_deref())?;
        Reply::done(spreadsheet::of_all(appliance, package.as_ref(), &scope)?)
    } else {
        of_site(appliance, call, question.package.as_deref(), scope)?
    };
    if period.to > today {
        told.notes.push(format!(
            "{} has not come yet; the figures are those of {today} and will change",
            period.to
        ));
    }
    Ok(told)
}

/// Returns the period that is asked for: from the first of the month through today where nothing is stated.
pub(crate) fn period_of(since: Option<&str>, until: Option<&str>, today: Day) -> Result<Period, Failure> {
    let to = until.map_or(Ok(today), |text| day_of(text, "--until"))?;
    let from = since.map_or_else(|| Ok(first_of_month(to)), |text| day_of(text, "--since"))?;
    if from > today {
        return Err(Failure::refused(
            format!("the period begins on {from}, which has not come yet: today is {today}"),
            "`weir plan` shows what is to come",
        ));
    }
    if from > to {
        return Err(Failure::refused(
            format!("the period ends on {to}, before it begins on {from}"),
            "give an earlier `--since` or a later `--until`",
        ));
    }
    Ok(Period { from, to })
}

/// Returns the first day of a day's month.
pub(crate) fn first_of_month(day: Day) -> Day {
    day.plus_days(1_i32.saturating_sub(i32::from(day.day_of_month())))
}

/// Returns the package of a name, which somebody must have or the site must sell.
fn known_package(appliance: &Appliance, name: Option<&str>) -> Result<Option<PackageName>, Failure> {
    let Some(name) = name else {
        return Ok(None);
    };
    let in_force = appliance.in_force();
    let packages = &in_force.terms.policy.packages;
    packages
        .iter()
        .find(|package| package.name.as_str() == name)
        .map(|package| Some(package.name.clone()))
        .ok_or_else(|| {
            let hint = did_you_mean(name, packages.iter().map(|package| package.name.as_str()));
            Failure::refused(
                format!("there is no package `{name}`{hint}"),
                "see `[[packages]]` in `weir config show`",
            )
        })
}

/// Whose wallets are counted, by package: the place of each one's package, by their number.
struct Groups {
    packages: Vec<(Option<PackageName>, u64)>,
    of: Vec<u16>,
}

/// The place of a number without a subscriber.
const NOBODY: u16 = u16::MAX;

impl Groups {
    fn gather(
        reader: &Reader<'_>,
        wanted: Option<&PackageName>,
        mut look: impl FnMut(&Subscriber),
    ) -> Result<Self, StoreError> {
        let mut groups = Self {
            packages: Vec::new(),
            of: Vec::new(),
        };
        reader.each_subscriber(|subscriber| -> Result<(), StoreError> {
            let package = subscriber.profile.package.as_ref();
            if wanted.is_some() && package != wanted {
                return Ok(());
            }
            look(&subscriber);
            let place = groups.packages.iter().position(|(known, _)| known.as_ref() == package);
            let place = place.unwrap_or_else(|| {
                groups.packages.push((package.cloned(), 0));
                groups.packages.len().saturating_sub(1)
            });
            if let Some((_, count)) = groups.packages.get_mut(place) {
                *count = count.saturating_add(1);
            }
            let number = usize::try_from(subscriber.id.0).unwrap_or(usize::MAX);
            // Numbers rise without large gaps: subscribers are never removed.
            while groups.of.len() <= number {
                groups.of.push(NOBODY);
            }
            if let Some(slot) = groups.of.get_mut(number) {
                *slot = u16::try_from(place).unwrap_or(NOBODY);
            }
            Ok(())
        })?;
        Ok(groups)
    }

    fn of(&self, subscriber: SubscriberId) -> Option<usize> {
        let number = usize::try_from(subscriber.0).ok()?;
        let place = self.of.get(number).copied().filter(|place| *place != NOBODY)?;
        Some(usize::from(place))
    }
}

fn of_site(appliance: &Appliance, call: &Caller, package: Option<&str>, scope: Scope) -> Result<Reply, Failure> {
    let Scope { period, today, .. } = scope;
    let wanted = known_package(appliance, package)?;
    let in_force = appliance.in_force();
    let words = StatisticsWords {
        currency: in_force.config.site.currency,
        grace_days: scope.grace_days,
    };
    let reader = appliance.store.read()?;
    let mut weeks = [Money::ZERO; EXPECTED_WEEKS];
    let groups = Groups::gather(&reader, wanted.as_ref(), |subscriber| {
        expected::add(&mut weeks, subscriber, &in_force.terms.policy, today);
    })?;
    let mut figures = GroupFigures::new(scope, today);
    let mut by_package = vec![Tally::default(); groups.packages.len()];
    ledger_walk::each_event(
        &reader,
        |subscriber| groups.of(subscriber).is_some(),
        |entry, event| {
            figures.hear(entry.subscriber, event);
            let place = groups.of(entry.subscriber);
            if let Some(tally) = place.and_then(|place| by_package.get_mut(place)) {
                tally.hear(event, &scope);
            }
        },
    )?;
    let mut packages: Vec<PackageLine> = groups
        .packages
        .iter()
        .zip(&by_package)
        .map(|((name, subscribers), tally)| PackageLine::of(name.as_ref(), *subscribers, tally, &words))
        .collect();
    packages.sort_by(|one, other| one.package.cmp(&other.package));
    let answer = SiteAnswer {
        package: wanted.map(|name| name.to_string()),
        figures: words.figures(
            &period,
            &figures.tally,
            groups.packages.iter().map(|(_, count)| count).sum(),
        ),
        late_now: late_lines(&reader, &figures, &words)?,
        expected: words.expected(&weeks, today),
        packages,
    };
    reply(call, &answer, || text::of_site(&answer, &words, call.width))
}

/// Returns who is late, with names.
fn late_lines(
    reader: &Reader<'_>,
    figures: &GroupFigures,
    words: &StatisticsWords,
) -> Result<Vec<LateLine>, StoreError> {
    let mut lines = Vec::new();
    for late in figures.open.late(figures.scope.grace_days) {
        if let Some(subscriber) = reader.subscriber(late.subscriber)? {
            lines.push(LateLine {
                username: subscriber.username.to_string(),
                name: subscriber.profile.name.as_ref().map(ToString::to_string),
                state: subscriber.state_word(),
                owed: words.currency.format(late.owed),
                overdue: words.currency.format(late.overdue),
                since: late.since.to_string(),
                days: late.days,
            });
        }
    }
    Ok(lines)
}

fn of_one(appliance: &Appliance, call: &Caller, username: &str, scope: Scope, csv: bool) -> Result<Reply, Failure> {
    let Scope { period, today, .. } = scope;
    let in_force = appliance.in_force();
    let words = StatisticsWords {
        currency: in_force.config.site.currency,
        grace_days: scope.grace_days,
    };
    let subscriber = known(appliance, username)?;
    let reader = appliance.store.read()?;
    let mut figures = GroupFigures::new(scope, today);
    let mut lifetime = Money::ZERO;
    let mut payments: Vec<PaymentLine> = Vec::new();
    let mut bills: Vec<(Day, Money, Money, Option<Day>)> = Vec::new();
    ledger_walk::of_wallet(&reader, &subscriber, |entry, taken_back, events| {
        for event in events {
            figures.hear(subscriber.id, event);
            match *event {
                LedgerEvent::Collected { amount, .. } => lifetime = sum_of(lifetime, amount),
                LedgerEvent::Billed { due, amount } => bills.push((due, amount, amount, None)),
                LedgerEvent::Covered { due, amount, .. } => {
                    if let Some(bill) = bills.iter_mut().rev().find(|bill| bill.0 == due) {
                        bill.2 = bill.2.minus(amount).unwrap_or(Money::ZERO);
                    }
                }
                LedgerEvent::Paid { due, day } => {
                    if let Some(bill) = bills.iter_mut().rev().find(|bill| bill.0 == due) {
                        bill.3 = Some(day);
                    }
                }
                LedgerEvent::Charged { .. } | LedgerEvent::ChargeCovered { .. } => {}
            }
        }
        if entry.kind == EntryKind::Credit && period.has(entry.for_day) {
            payments.push(payment_line(entry, taken_back, &words));
        }
    })?;
    if csv {
        return Ok(Reply::done(spreadsheet::of_one(
            &subscriber,
            &figures.tally,
            lifetime,
            &period,
            &words.currency,
        )));
    }
    let answer = UserAnswer {
        username: subscriber.username.to_string(),
        figures: words.figures(&period, &figures.tally, 1),
        lifetime_value: words.currency.format(lifetime),
        payments,
        bills: bill_lines(&bills, &period, &words, today),
        late_now: late_lines(&reader, &figures, &words)?,
    };
    reply(call, &answer, || text::of_one(&answer, &words, call.width))
}

/// Returns the bills that were open in a period: due day, amount, what is open of it, and when it was paid.
fn bill_lines(
    bills: &[(Day, Money, Money, Option<Day>)],
    period: &Period,
    words: &StatisticsWords,
    today: Day,
) -> Vec<BillLine> {
    bills
        .iter()
        .filter(|(due, _, _, paid)| *due <= period.to && paid.is_none_or(|paid| paid >= period.from))
        .map(|(due, amount, open, paid)| BillLine {
            due: due.to_string(),
            amount: words.currency.format(*amount),
            open: words.currency.format(*open),
            paid_on: paid.map(|day| day.to_string()),
            delay_days: paid.map(|day| day.days_since(*due)),
            standing: words.standing(*due, *paid, today),
        })
        .collect()
}

fn payment_line(entry: &Entry, taken_back: bool, words: &StatisticsWords) -> PaymentLine {
    PaymentLine {
        seq: entry.seq.0,
        date: entry.for_day.to_string(),
        amount: words.currency.format(entry.amount),
        source: entry.source.to_string(),
        reference: entry.reference.as_ref().map(ToString::to_string),
        reversed: taken_back,
    }
}

/// Returns the average delay as people and scripts read it: `5.5`; `0.0` where nothing was paid.
pub(crate) fn delay_text(tally: &statistics::Tally) -> String {
    tenths(tally.average_delay_tenths().unwrap_or(0))
}
