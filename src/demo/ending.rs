//! The end of the month, and the checks of everything it left.

use std::path::{Path, PathBuf};

use jiff::ToSpan as _;
use serde_json::Value;

use crate::commands::jobs::history::JobsHistory;
use crate::commands::payments::ledger::Ledger;
use crate::commands::report::month::Report;
use crate::commands::request::Request;
use crate::commands::routers::diff::RouterDiff;
use crate::commands::subscribers::show::SubscriberShow;
use crate::commands::system::verify::Verify;
use crate::demo::agreement::{self, Sums};
use crate::demo::figures::DemoFigures;
use crate::demo::month::{DemoMonth, NIGHTS, number, text};
use crate::demo::people::{Habit, NamedPerson, Person};
use crate::demo::site;
use crate::demo::story::amount;
use crate::model::counted::counted;
use crate::model::day::Instant;
use crate::model::failure::Failure;
use crate::model::job::Job;

/// More records than a job has in a month.
const HISTORY_RECORDS: u32 = 1_000;

impl DemoMonth<'_> {
    /// Returns how the month ended; says whether all holds.
    ///
    /// # Errors
    /// When a command is refused that should not be.
    pub fn end(mut self, program: &str) -> Result<DemoFigures, Failure> {
        self.agree("at the end")?;
        let differences = self.ask(Request::RouterDiff(RouterDiff { name: None }))?;
        let equal = differences.as_array().is_some_and(Vec::is_empty);
        self.hold_to(equal, "`router diff` finds differences");
        let verified = self.verified()?;
        self.hold_to(verified, "`verify` finds problems");
        let sums = agreement::sums(self.running.commands()?)?;
        self.hold_to(
            sums.collected == self.till_cents(),
            format!(
                "the till counted {}, the ledger {}",
                amount(self.currency, self.till_cents()),
                amount(self.currency, sums.collected)
            ),
        );
        self.nobody_wronged();
        self.no_hole_in_the_history()?;
        self.hold_is_kept()?;
        let served = self.served()?.len();
        let (commands, idle_writes) = self.network.commands();
        self.hold_to(
            idle_writes == 0,
            format!("{idle_writes} writes on the router changed nothing"),
        );
        let (from, to) = (self.day(0).to_string(), self.day(NIGHTS).to_string());
        let figures = &mut self.figures;
        figures.folder = self.folder.display().to_string();
        figures.from = from;
        figures.to = to;
        figures.currency = self.currency.to_string();
        figures.charged = sums.debits;
        figures.billed = site::decimal(self.currency, sums.billed);
        figures.payments = sums.credits;
        figures.collected = site::decimal(self.currency, sums.collected);
        figures.served = u64::try_from(served).unwrap_or(u64::MAX);
        figures.router_commands = commands;
        figures.ok = figures.problems.is_empty();
        let at = self.end_of_month();
        let report = self.report()?;
        self.running.switch_off();
        self.tell_figures(at, &sums, served, &report)?;
        self.close(program)?;
        Ok(self.figures)
    }

    /// Notes who was cut off though paid.
    fn nobody_wronged(&mut self) {
        // In a short month who is due on the first day is due again before the end, and has paid once.
        let due_again =
            |person: &Person| self.day(person.due).date().saturating_add(1.month()) <= self.day(NIGHTS).date();
        let payers = self.people.iter().filter(|person| match person.habit {
            Habit::Ahead => true,
            Habit::OnTime(day) => !self.is_dark(day) && !self.is_dark(person.due) && !due_again(person),
            Habit::Late(_) | Habit::Silent | Habit::Gone(_) | Habit::Told => false,
        });
        let wronged: Vec<String> = payers
            .filter(|person| self.once_cut.contains(&person.username))
            .map(|person| format!("{} was cut off though paid", person.username))
            .collect();
        self.figures.problems.extend(wronged);
    }

    /// Notes whether somebody on hold was touched.
    fn hold_is_kept(&mut self) -> Result<(), Failure> {
        let isaac = self.who(NamedPerson::Isaac)?;
        let shown = self.ask(Request::SubscriberShow(SubscriberShow {
            username: isaac.username.clone(),
        }))?;
        let untouched = text(&shown, "state") == "held" && text(&shown, "balance") == "0.00";
        self.hold_to(untouched, "one on hold was touched");
        Ok(())
    }

    /// Tells what the month has brought.
    fn tell_figures(&mut self, at: Instant, sums: &Sums, served: usize, report: &Path) -> Result<(), Failure> {
        let told = format!(
            "The month: {} worth {}; {} worth {}. {} cut off, {} brought back; {served} of {} online now.",
            counted(sums.debits, "charge", "charges"),
            amount(self.currency, sums.billed),
            counted(sums.credits, "payment", "payments"),
            amount(self.currency, sums.collected),
            self.figures.cut_off,
            self.figures.brought_back,
            self.figures.subscribers,
        );
        self.story.at(at, &self.zone, &told)?;
        self.story.at(
            at,
            &self.zone,
            &format!(
                "`weir report` puts the month on one page, for a browser or a printer: {}.",
                report.display()
            ),
        )
    }

    /// Writes the page of the month in which most of the days lie.
    fn report(&mut self) -> Result<PathBuf, Failure> {
        let middle = self.day(NIGHTS / 2).to_string();
        let month = middle.rsplit_once('-').map_or(middle.as_str(), |(month, _)| month);
        let page = self.running.page(Request::Report(Report {
            month: Some(month.to_owned()),
            email: false,
        }))?;
        self.hold_to(page.trim_end().ends_with("</html>"), "the report is not a page");
        let path = self.folder.join("report.html");
        site::file(&path, &page)?;
        Ok(path)
    }

    pub(super) fn close(&mut self, program: &str) -> Result<(), Failure> {
        self.story.line("")?;
        self.story
            .say(&format!("The demo's folder: {}", self.folder.display()))?;
        self.story
            .say("The router is gone now, and the commands say so where it matters. Try:")?;
        let site = self.folder.join("site.toml");
        let brian = self.who(NamedPerson::Brian)?.username;
        self.story.line(&format!("  export WEIR_CONFIG={}", site.display()))?;
        for words in [
            "status".to_owned(),
            "subscriber list".to_owned(),
            format!("ledger {brian}"),
            format!("subscriber explain {brian}"),
            "outbox --limit 10".to_owned(),
            "stats".to_owned(),
            "jobs history billing".to_owned(),
            "logs disconnect".to_owned(),
            "logs alert".to_owned(),
            "plan --days 7".to_owned(),
        ] {
            self.story.line(&format!("  {program} {words}"))?;
        }
        self.story.line("")?;
        let problems = self.figures.problems.clone();
        for problem in &problems {
            self.story.say(&format!("Does not hold: {problem}"))?;
        }
        if problems.is_empty() {
            self.story.say(&format!(
                "{} subscribers and {} entries: router equals ledger, verify ok.",
                self.figures.subscribers, self.figures.entries
            ))
        } else {
            self.story.say("The demo has failed; please report the lines above.")
        }
    }

    pub(super) fn verified(&mut self) -> Result<bool, Failure> {
        let answer = self.ask(Request::Verify(Verify))?;
        self.figures.entries = number(&answer, "entries");
        Ok(answer.get("ok").and_then(Value::as_bool) == Some(true))
    }

    pub(super) fn entries(&self) -> Result<u64, Failure> {
        let state = self.running.commands()?.store.read()?.state()?;
        Ok(state.head.seq.0)
    }

    /// Checks that every planned time from the import to the end has its record.
    fn no_hole_in_the_history(&mut self) -> Result<(), Failure> {
        let nights: u64 = NIGHTS.unsigned_abs().into();
        // The day on which the demo is asked for has a billing and a disconnect of its own, once their time has come.
        let came = |hour, minute| u64::from(self.moment(NIGHTS, hour, minute) <= self.end_of_month());
        let billed = nights.saturating_sub(1).saturating_add(came(0, 5));
        let disconnected = nights.saturating_add(came(23, 59));
        for (job, planned) in [(Job::Billing, billed), (Job::Disconnect, disconnected)] {
            let history = self.ask(Request::JobsHistory(JobsHistory {
                name: job.to_string(),
                limit: HISTORY_RECORDS,
            }))?;
            let stands_for = |record: &Value| record.get("count").and_then(Value::as_u64).unwrap_or(1);
            let recorded: u64 = history
                .as_array()
                .map_or(0, |records| records.iter().map(stands_for).sum());
            self.hold_to(
                recorded == planned,
                format!("the history of {job} accounts for {recorded} of {planned} planned times"),
            );
        }
        Ok(())
    }

    /// Returns the reference of somebody's newest payment.
    pub(super) fn newest_receipt(&mut self, person: &Person) -> Result<String, Failure> {
        let ledger = self.ask(Request::Ledger(Ledger {
            username: person.username.clone(),
        }))?;
        let mut credits = ledger.as_array().map(|entries| entries.iter()).unwrap_or_default();
        let newest = credits.rfind(|entry| text(entry, "kind") == "credit");
        Ok(newest
            .map(|entry| text(entry, "reference").to_owned())
            .unwrap_or_default())
    }
}
