//! Events that take place on single days of the month.
//!
//! On which day each of them comes, and the first ones: the import, a hold, a cut-off and a payment looked at closely.

use serde_json::Value;

use crate::commands::file_body::FileBody;
use crate::commands::imports::subscribers::ImportSubscribers;
use crate::commands::jobs::history::JobsHistory;
use crate::commands::payments::pay::Pay;
use crate::commands::payments::statement::PayFile;
use crate::commands::request::Request;
use crate::commands::subscribers::hold::SubscriberHold;
use crate::demo::demo_box::wait_for;
use crate::demo::month::{DemoMonth, NIGHTS, number, text};
use crate::demo::network::LinkState;
use crate::demo::people::{Habit, NamedPerson, PAYDAY};
use crate::demo::site;
use crate::demo::story::{amount, soon};
use crate::model::counted::counted;
use crate::model::failure::Failure;

/// The day on which Isaac asks for a hold.
const ON_HOLD: i32 = 4;
/// The day whose reminders are looked at.
const REMINDED: i32 = 3;
/// The night in which Brian and Chebet are cut off; Brian pays the next morning.
const CLOSE_LOOK: i32 = 6;
/// The day on which the false note is noticed.
pub(super) const FALSE_NOTE: i32 = 9;
/// The evening on which the mains fail ...
pub(super) const DARK_FROM: i32 = 11;
/// ... and the morning on which they come back.
pub(super) const LIGHT_AGAIN: i32 = 14;
/// The day of the mistyped account.
const MISTYPED: i32 = 15;
/// The night in which the power fails.
pub(super) const POWER_CUT: i32 = 20;
/// The day of the promise ...
pub(super) const PROMISE: i32 = 18;
/// ... the day that it names, and the one on which it is kept.
pub(super) const PROMISED: i32 = 22;
pub(super) const KEPT: i32 = 21;
/// The night in which the router's cable is out.
pub(super) const UNPLUGGED: i32 = 21;
/// What George types instead of his account.
pub(super) const WRONG_ACCOUNT: &str = "H700";

impl DemoMonth<'_> {
    /// Returns the box has no power on this day.
    pub(super) const fn is_dark(&self, day: i32) -> bool {
        DARK_FROM < day && day < LIGHT_AGAIN
    }

    /// Imports the list: as a dry run first, then for good.
    pub(super) fn import(&mut self) -> Result<(), Failure> {
        let at = self.moment(0, 10, 0);
        self.pass_to(at)?;
        self.running.switch_on()?;
        let fixed = self.people.iter().filter(|person| person.address.is_some()).count();
        let wallets: i64 = self.people.iter().map(|person| person.balance.max(0)).sum();
        let debts: i64 = self.people.iter().map(|person| person.balance.min(0)).sum();
        let all = u64::try_from(self.people.len()).unwrap_or(u64::MAX);
        self.story.say(&format!(
            "A month at hilltop, a made-up ISP: {all} subscribers, one router, {NIGHTS} nights. The router is \
            simulated, on 127.0.0.1:{}; everything else is the real program.",
            self.network.port()
        ))?;
        self.story.line("")?;
        let path = site::list(&self.folder);
        let list = FileBody {
            name: path.display().to_string(),
            bytes: std::fs::read(&path)
                .map_err(|error| Failure::refused(format!("cannot read `{}`: {error}", path.display()), "try again"))?,
        };
        let import = |dry_run| {
            Request::ImportSubscribers(ImportSubscribers {
                file: list.clone(),
                dry_run,
            })
        };
        let tried = self.ask(import(true))?;
        let still_none = self.served()?.is_empty();
        self.hold_to(
            number(&tried, "added") == all && still_none,
            "the dry run of the import changed something",
        );
        let sessions = self.network.sessions();
        let taken = self.ask(import(false))?;
        self.hold_to(number(&taken, "added") == all, "the import did not add everybody");
        let suspended = taken.get("suspended").and_then(Value::as_array).map_or(0, Vec::len);
        let for_free = self
            .people
            .iter()
            .filter(|person| matches!(person.habit, Habit::Gone(_)) && person.online)
            .count();
        let again = self.ask(import(false))?;
        self.hold_to(
            number(&again, "unchanged") == all,
            "the second import changed something",
        );
        self.agree("after the import")?;
        let ended = sessions.saturating_sub(self.network.sessions());
        self.hold_to(ended == for_free, format!("{ended} sessions ended at the import"));
        self.story.at(
            at,
            &self.zone,
            &format!(
                "subscribers.csv: a dry run finds no fault, then it is imported: {} by pppoe, {fixed} by fixed \
                address. They bring {} in their wallets and {} of debts. {suspended} were already cut off in the old \
                system; {for_free} of them were still online for free, and no longer are.",
                self.people.len().saturating_sub(fixed),
                amount(self.currency, wallets),
                amount(self.currency, debts.saturating_neg()),
            ),
        )?;
        self.figures.subscribers = all;
        let [faith, george] = [self.who(NamedPerson::Faith)?, self.who(NamedPerson::George)?];
        let faith = self.payment(LIGHT_AGAIN - 1, &faith, false);
        let mut george = self.payment(MISTYPED, &george, false);
        WRONG_ACCOUNT.clone_into(&mut george.account);
        self.payments.extend([faith, george]);
        Ok(())
    }

    /// Plays what happens before noon.
    pub(super) fn morning(&mut self, day: i32) -> Result<(), Failure> {
        match day {
            ON_HOLD => self.put_on_hold(),
            _ if day == CLOSE_LOOK + 1 => self.brian_pays(day),
            _ if day == CLOSE_LOOK + 2 => {
                let (chebet, daudi) = (self.who(NamedPerson::Chebet)?, self.who(NamedPerson::Daudi)?);
                self.pass_to(self.moment(day, 9, 0))?;
                for person in [chebet, daudi] {
                    let payment = self.payment(day, &person, true);
                    self.take(&payment)?;
                }
                Ok(())
            }
            FALSE_NOTE => self.false_note(),
            _ if day == FALSE_NOTE + 1 => {
                let daudi = self.who(NamedPerson::Daudi)?;
                self.pass_to(self.moment(day, 9, 0))?;
                let cut = self.network.line(&daudi) == LinkState::Cut;
                self.hold_to(cut, "the reversed payment did not end in a cut-off");
                let payment = self.payment(day, &daudi, true);
                self.take(&payment).map(|_| ())
            }
            LIGHT_AGAIN => self.light_again(),
            _ if day == MISTYPED + 1 => self.assign(day),
            _ if day == PAYDAY + 1 => self.approve(day),
            PROMISE => self.promise(),
            KEPT => self.keep_promise(),
            _ => Ok(()),
        }
    }

    /// Plays what happens after the statement of the day.
    pub(super) fn evening(&mut self, day: i32) -> Result<(), Failure> {
        if day == REMINDED {
            self.reminded()?;
        }
        if day == CLOSE_LOOK + 1 {
            self.same_statement(day)?;
        }
        if day == DARK_FROM {
            self.agree("before the darkness")?;
            self.pass_to(self.moment(day, 20, 0))?;
            self.running.switch_off();
        }
        Ok(())
    }

    /// Shows the cut-off of the day from the router's side.
    pub(super) fn night(&mut self, day: i32) -> Result<(), Failure> {
        match day {
            _ if (DARK_FROM..LIGHT_AGAIN).contains(&day) => Ok(()),
            CLOSE_LOOK => self.close_look(),
            PAYDAY => self.held_night(),
            POWER_CUT => self.power_cut(),
            UNPLUGGED => self.unplugged(),
            _ => {
                self.pass_to(self.moment(day, 23, 59))?;
                self.agree(&format!("night {}", day.saturating_add(1)))
            }
        }
    }

    /// Shows the texts of the day, as the gateway has them.
    fn reminded(&mut self) -> Result<(), Failure> {
        let runs = self.ask(Request::JobsHistory(JobsHistory {
            name: "reminders".to_owned(),
            limit: 1,
        }))?;
        let newest = runs
            .as_array()
            .and_then(|runs| runs.first())
            .cloned()
            .unwrap_or_default();
        let counts = newest.get("counts").cloned().unwrap_or_default();
        let said = self.gateway.newest_with("paid until");
        self.hold_to(
            number(&counts, "queued") == 0 || said.is_some(),
            "nobody was reminded, though some were due",
        );
        let Some(said) = said else {
            return Ok(());
        };
        self.story.at(
            self.moment(REMINDED, 9, 5),
            &self.zone,
            &format!(
                "Reminders: {} of those due in three days get a text, {} are covered by their wallets. To {}: \
                \u{201c}{}\u{201d}",
                number(&counts, "queued"),
                number(&counts, "covered"),
                said.to,
                said.text
            ),
        )
    }

    fn put_on_hold(&mut self) -> Result<(), Failure> {
        let at = self.moment(ON_HOLD, 9, 40);
        self.pass_to(at)?;
        let isaac = self.who(NamedPerson::Isaac)?;
        self.ask(Request::SubscriberHold(SubscriberHold {
            username: isaac.username.clone(),
            on: false,
            off: false,
            comment: Some("in hospital".to_owned()),
        }))?;
        self.story.at(
            at,
            &self.zone,
            &format!(
                "`{}` is in hospital and put on hold: no job touches him until he is released.",
                isaac.username
            ),
        )
    }

    fn close_look(&mut self) -> Result<(), Failure> {
        let before = self.served()?.len();
        let at = self.moment(CLOSE_LOOK, 23, 59);
        self.pass_to(at)?;
        self.agree("the night of the close look")?;
        let (brian, chebet) = (self.who(NamedPerson::Brian)?, self.who(NamedPerson::Chebet)?);
        for person in [&brian, &chebet] {
            let cut = self.network.line(person) == LinkState::Cut;
            self.hold_to(cut, format!("{} is not cut off on the router", person.username));
        }
        let cut = before.saturating_sub(self.served()?.len());
        self.story.at(
            at,
            &self.zone,
            &format!(
                "Disconnect: {cut} have not paid by the end of their due day and are cut off. Read back from the \
                router: the secret of `{}` is disabled and his session gone, the queue of `{}` is at 1k/1k.",
                brian.username, chebet.username
            ),
        )
    }

    fn brian_pays(&mut self, day: i32) -> Result<(), Failure> {
        let at = self.moment(day, 8, 12);
        self.pass_to(at)?;
        let brian = self.who(NamedPerson::Brian)?;
        let payment = self.payment(day, &brian, true);
        let answer = self.take(&payment)?;
        let waited = wait_for(|| self.network.line(&brian) == LinkState::Served);
        let again = self.ask(Request::Pay(Pay {
            username: brian.username.clone(),
            amount: site::decimal(self.currency, payment.cents),
            reference: Some(payment.reference.clone()),
            source: None,
            date: None,
            again: false,
            yes: false,
        }))?;
        let duplicate = again.get("duplicate").and_then(Value::as_bool) == Some(true);
        self.hold_to(duplicate, "a payment typed twice was credited twice");
        self.hold_to(
            waited.is_some_and(|waited| waited < 5_000),
            "Brian was not back within five seconds",
        );
        let soon = soon(waited);
        self.story.at(
            at,
            &self.zone,
            &format!(
                "`{}` pays {} at the counter: back online {soon}, session and all, paid through {}. Typed a second time, the \
                 same receipt changes nothing.",
                brian.username,
                amount(self.currency, payment.cents),
                text(&answer, "expires_on"),
            ),
        )
    }

    /// Imports the statement of the day once more.
    fn same_statement(&mut self, day: i32) -> Result<(), Failure> {
        let path = self
            .folder
            .join("statements")
            .join(format!("mpesa-{}.csv", self.day(day)));
        let Ok(bytes) = std::fs::read(&path) else {
            return Ok(());
        };
        let entries = self.entries()?;
        let file = FileBody {
            name: path.display().to_string(),
            bytes,
        };
        let again = self.ask(Request::PayFile(PayFile { file, dry_run: false }))?;
        let unchanged = self.entries()? == entries && number(&again, "credited") == 0;
        self.hold_to(
            unchanged,
            format!("the same statement again changed something: {again}"),
        );
        let at = self.moment(day, 18, 0);
        self.story.at(
            at,
            &self.zone,
            &format!(
                "The M-Pesa statement of the day: {} credited, {} not payments (charges, failed). Imported a second \
                time: {} already known, nothing changes.",
                counted(number(&again, "duplicates"), "payment", "payments"),
                counted(number(&again, "ignored"), "row is", "rows are"),
                number(&again, "duplicates"),
            ),
        )
    }
}
