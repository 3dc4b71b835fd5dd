//! Plays the month, day by day.
//!
//! Thirty days from the import to now: cash in the morning, the operator's statement in the evening, billing after midnight and
//! the cut-off before it. Events of single days are in `chapters`.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::civil::time;
use jiff::tz::TimeZone;
use serde_json::Value;

use crate::clock::ManualClock;
use crate::commands::file_body::FileBody;
use crate::commands::payments::pay::Pay;
use crate::commands::payments::statement::PayFile;
use crate::commands::request::Request;
use crate::demo::agreement;
use crate::demo::demo_box::DemoBox;
use crate::demo::figures::DemoFigures;
use crate::demo::gateway::Gateway;
use crate::demo::network::Network;
use crate::demo::people::{self, NamedPerson, PAYDAY, Person};
use crate::demo::site::{self, ZONE, decimal};
use crate::demo::story::{Story, amount};
use crate::demo::till::{self, CounterPayment};
use crate::model::counted::counted;
use crate::model::day::{Day, Instant};
use crate::model::failure::Failure;
use crate::model::job::{Counts, Job, Outcome, Run};
use crate::model::money::Currency;

/// Nights of the month.
pub const NIGHTS: i32 = 30;
/// The last whole day.
const LAST_DAY: i32 = NIGHTS - 1;
/// The binary of the made-up month is as old as this, in days before the import.
const BUILT_DAYS_BEFORE: i32 = 30;
/// The days in whose night a part of the month is summed up.
const SUMMED_UP: [i32; 4] = [6, 14, 21, LAST_DAY];

/// The month as it goes by.
pub struct DemoMonth<'a> {
    pub(super) story: Story<'a>,
    pub(super) network: Network,
    pub(super) gateway: Gateway,
    pub(super) running: DemoBox,
    pub(super) people: Vec<Person>,
    pub(super) payments: Vec<CounterPayment>,
    pub(super) folder: PathBuf,
    pub(super) figures: DemoFigures,
    pub(super) currency: Currency,
    pub(super) zone: TimeZone,
    first_day: Day,
    end: Instant,
    receipts: u32,
    statements: u32,
    /// What came in by the till's own count, in cents.
    till_cents: i64,
    part: SummaryPart,
    /// Writes without effect on the router in the moment of the power cut.
    pub(super) idle_writes_excused: u64,
    /// Everybody who was cut off once.
    pub(super) once_cut: BTreeSet<String>,
}

/// What a summary tells.
#[derive(Debug, Clone, Copy, Default)]
struct SummaryPart {
    nights_before: i32,
    charged: u64,
    payments: u64,
    cents: i64,
    cut_off: u64,
    brought_back: u64,
}

impl<'a> DemoMonth<'a> {
    /// Prepares folder, people, router and box.
    ///
    /// # Errors
    /// When the system gives no folder, port or thread.
    pub fn begin(story: Story<'a>, now: Instant, named: Option<&Path>, subscribers: usize) -> Result<Self, Failure> {
        let fault = |what: String| Failure::refused(what, "report this as a bug in Weir");
        let zone = TimeZone::get(ZONE).map_err(|error| fault(error.to_string()))?;
        let currency = Currency::from_code("KES").ok_or_else(|| fault("there is no KES".to_owned()))?;
        let first_day = now.day_in(&zone).plus_days(-NIGHTS);
        let people = people::people(subscribers);
        let payments = till::payments(&people, LAST_DAY);
        let network = Network::start(&people)?;
        let folder = site::folder(named)?;
        let gateway = Gateway::start()?;
        let file = site::write(&folder, network.port(), gateway.port(), &people, first_day)?;
        let built = first_day.plus_days(-BUILT_DAYS_BEFORE);
        let clock = ManualClock::with_build_day(Instant::from_millis(0), built);
        let receipts = u32::try_from(payments.len()).unwrap_or(u32::MAX);
        Ok(Self {
            story,
            network,
            gateway,
            running: DemoBox::new(file, Arc::new(clock)),
            people,
            payments,
            folder,
            figures: DemoFigures::default(),
            currency,
            zone,
            first_day,
            end: now,
            receipts,
            statements: 0,
            till_cents: 0,
            part: SummaryPart::default(),
            idle_writes_excused: 0,
            once_cut: BTreeSet::new(),
        })
    }

    /// Plays the whole month.
    ///
    /// # Errors
    /// When a command is refused that should not be.
    pub fn live(&mut self) -> Result<(), Failure> {
        self.import()?;
        for day in 0..NIGHTS {
            if day > 0 {
                self.morning(day)?;
            }
            if !self.is_dark(day) {
                self.cash(day)?;
                self.pass_to(self.moment(day, 18, 0))?;
                if day != PAYDAY {
                    self.statement(day, day)?;
                }
            }
            self.evening(day)?;
            self.night(day)?;
            if SUMMED_UP.contains(&day) {
                self.sum_up(day)?;
            }
        }
        self.pass_to(self.end)
    }

    /// Returns a moment of a day.
    pub(super) fn moment(&self, day: i32, hour: i8, minute: i8) -> Instant {
        let civil = self.day(day).date().to_datetime(time(hour, minute, 0, 0));
        let at = self.zone.to_ambiguous_timestamp(civil).compatible();
        at.map_or(self.end, Instant::from_timestamp)
    }

    /// Returns a day.
    pub(super) const fn day(&self, day: i32) -> Day {
        self.first_day.plus_days(day)
    }

    /// Returns the end of the month.
    pub(super) const fn end_of_month(&self) -> Instant {
        self.end
    }

    /// Returns who is named so.
    pub(super) fn who(&self, named: NamedPerson) -> Result<Person, Failure> {
        let person = self.people.get(named.place()).cloned();
        person.ok_or_else(|| Failure::refused("the demo has too few people", "ask for at least 60"))
    }

    /// Lets the time pass; runs that come due on the way are counted.
    pub(super) fn pass_to(&mut self, to: Instant) -> Result<(), Failure> {
        let before = self.served()?;
        let ran = self.running.go_to(to)?;
        self.network.set_clock(self.zone.to_datetime(to.timestamp()));
        self.count_runs(&ran);
        self.running.speak()?;
        self.count_changes(&before)
    }

    /// Counts what ran.
    pub(super) fn count_runs(&mut self, ran: &[Run]) {
        for run in ran {
            if run.job == Job::Billing {
                self.figures.billing_runs = self.figures.billing_runs.saturating_add(1);
                let caught_up = u64::from(run.outcome == Outcome::CaughtUp);
                self.figures.caught_up = self.figures.caught_up.saturating_add(caught_up);
            }
            match run.counts {
                Counts::Billing(billing) => self.part.charged = self.part.charged.saturating_add(billing.charged),
                Counts::Disconnect(cut) => self.part.cut_off = self.part.cut_off.saturating_add(cut.suspended),
                Counts::None | Counts::Reminders(_) | Counts::Health(_) | Counts::Cleanup(_) => {}
            }
        }
    }

    /// Counts those whom a command has cut off.
    pub(super) const fn count_cut(&mut self, cut: u64) {
        self.part.cut_off = self.part.cut_off.saturating_add(cut);
    }

    /// Returns who is served by the books; nobody is asked while the box is off.
    pub(super) fn served(&self) -> Result<BTreeSet<String>, Failure> {
        match self.running.commands() {
            Ok(appliance) => agreement::served(appliance),
            Err(_) => Ok(BTreeSet::new()),
        }
    }

    /// Counts who was cut off and who came back since `before`.
    pub(super) fn count_changes(&mut self, before: &BTreeSet<String>) -> Result<(), Failure> {
        if before.is_empty() {
            return Ok(());
        }
        let after = self.served()?;
        let number = |names: usize| u64::try_from(names).unwrap_or(u64::MAX);
        let cut: Vec<&String> = before.difference(&after).collect();
        let back = number(after.difference(before).count());
        self.figures.cut_off = self.figures.cut_off.saturating_add(number(cut.len()));
        self.once_cut.extend(cut.into_iter().cloned());
        self.figures.brought_back = self.figures.brought_back.saturating_add(back);
        self.part.brought_back = self.part.brought_back.saturating_add(back);
        Ok(())
    }

    /// Types a command and counts who is cut off or comes back by it.
    pub(super) fn ask(&mut self, request: Request) -> Result<Value, Failure> {
        let before = self.served()?;
        let answer = self.running.ask(request)?;
        self.count_changes(&before)?;
        Ok(answer)
    }

    /// Notes something that has to hold.
    pub(super) fn hold_to(&mut self, is_so: bool, what: impl Into<String>) {
        if !is_so {
            self.figures.problems.push(what.into());
        }
    }

    /// Waits until the router has confirmed all, and compares it with the books.
    pub(super) fn agree(&mut self, when: &str) -> Result<(), Failure> {
        let confirmed = self.running.routers_confirm()?;
        self.hold_to(confirmed, format!("{when}: the router has not confirmed everything"));
        let differing = agreement::differing(&self.network, &self.people, &self.served()?);
        self.hold_to(
            differing == 0,
            format!("{when}: {differing} people are different on the router and in the ledger"),
        );
        Ok(())
    }

    /// Returns a payment with a reference of its own.
    pub(super) fn payment(&mut self, day: i32, person: &Person, cash: bool) -> CounterPayment {
        self.receipts = self.receipts.saturating_add(1);
        CounterPayment {
            day,
            username: person.username.clone(),
            account: person.account.clone(),
            cents: person.plan.price,
            cash,
            reference: till::reference(cash, self.receipts),
        }
    }

    /// Records a payment at the counter.
    pub(super) fn take(&mut self, payment: &CounterPayment) -> Result<Value, Failure> {
        let answer = self.ask(Request::Pay(Pay {
            username: payment.username.clone(),
            amount: decimal(self.currency, payment.cents),
            reference: Some(payment.reference.clone()),
            source: None,
            date: Some(self.day(payment.day).to_string()),
            again: false,
            yes: false,
        }))?;
        let credited = answer.get("credited").and_then(Value::as_bool) == Some(true);
        self.hold_to(credited, format!("payment {} was not credited", payment.reference));
        self.till(1, payment.cents);
        Ok(answer)
    }

    /// Counts what came in, or with a negative amount went out.
    pub(super) fn till(&mut self, payments: u64, cents: i64) {
        self.till_cents = self.till_cents.saturating_add(cents);
        self.part.cents = self.part.cents.saturating_add(cents);
        self.part.payments = self.part.payments.saturating_add(payments);
    }

    /// Returns what came in by the till's own count, in cents.
    pub(super) const fn till_cents(&self) -> i64 {
        self.till_cents
    }

    /// Types in what came in at the counter on a day.
    pub(super) fn cash(&mut self, day: i32) -> Result<(), Failure> {
        let due: Vec<CounterPayment> = self
            .payments
            .iter()
            .filter(|payment| payment.cash && payment.day == day)
            .cloned()
            .collect();
        // The counter is open in the dark, too; what came in then is typed in later.
        if !self.is_dark(day) {
            self.pass_to(self.moment(day, 10, 30))?;
        }
        for payment in &due {
            self.take(payment)?;
        }
        Ok(())
    }

    /// Imports the statement of these days; returns the answer.
    pub(super) fn statement(&mut self, from: i32, to: i32) -> Result<Option<(Value, FileBody)>, Failure> {
        let rows: Vec<CounterPayment> = self
            .payments
            .iter()
            .filter(|payment| !payment.cash && (from..=to).contains(&payment.day))
            .cloned()
            .collect();
        if rows.is_empty() {
            return Ok(None);
        }
        self.statements = self.statements.saturating_add(1);
        let listed: Vec<&CounterPayment> = rows.iter().collect();
        let (text, others) = till::statement(&listed, self.first_day, self.statements);
        let path = self
            .folder
            .join("statements")
            .join(format!("mpesa-{}.csv", self.day(to)));
        site::file(&path, &text)?;
        let file = FileBody {
            name: path.display().to_string(),
            bytes: text.into_bytes(),
        };
        let answer = self.ask(Request::PayFile(PayFile {
            file: file.clone(),
            dry_run: false,
        }))?;
        let mistyped = number(&answer, "unmatched");
        let credited = number(&answer, "credited");
        let all = u64::try_from(rows.len()).unwrap_or(u64::MAX);
        self.hold_to(
            credited.saturating_add(mistyped) == all && number(&answer, "ignored") == others,
            format!("{}: {answer}", path.display()),
        );
        let known = |payment: &&CounterPayment| self.people.iter().any(|person| person.account == payment.account);
        let cents = rows.iter().filter(known).map(|payment| payment.cents).sum();
        self.till(credited, cents);
        Ok(Some((answer, file)))
    }

    fn sum_up(&mut self, day: i32) -> Result<(), Failure> {
        let part = std::mem::take(&mut self.part);
        let nights = day.saturating_add(1);
        let text = format!(
            "Nights {} to {nights}: {}, {} worth {}, {} cut off, {} brought back.",
            part.nights_before.saturating_add(1),
            counted(part.charged, "charge", "charges"),
            counted(part.payments, "payment", "payments"),
            amount(self.currency, part.cents),
            part.cut_off,
            part.brought_back,
        );
        self.part.nights_before = nights;
        self.story.at(self.moment(day, 23, 59), &self.zone, &text)
    }
}

/// Returns a count in an answer.
pub(super) fn number(answer: &Value, field: &str) -> u64 {
    answer.get(field).and_then(Value::as_u64).unwrap_or(0)
}

/// Returns a text in an answer.
pub(super) fn text<'v>(answer: &'v Value, field: &str) -> &'v str {
    answer.get(field).and_then(Value::as_str).unwrap_or_default()
}
