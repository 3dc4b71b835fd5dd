//! What happens on some days alone?
//!
//! The import, a cut-off and a payment looked at closely, a false note, two days without mains, a mistyped account, a
//! promise, a power cut in the very minute of the cut-off, a router without its cable, and the end.

use serde_json::Value;

use crate::commands::request::{FileBody, Request};
use crate::demo::agreement;
use crate::demo::figures::Figures;
use crate::demo::month::{Month, NIGHTS, number, text};
use crate::demo::network::Line;
use crate::demo::people::{Habit, Named, Person};
use crate::demo::running::wait_for;
use crate::demo::site;
use crate::demo::story::{amount, count};
use crate::model::failure::Failure;

/// The night in which Brian and Chebet are cut off; Brian pays the next morning.
const CLOSE_LOOK: i32 = 6;
/// The day on which the false note is noticed.
const FALSE_NOTE: i32 = 9;
/// The evening on which the mains fail ...
const DARK_FROM: i32 = 11;
/// ... and the morning on which they come back.
const LIGHT_AGAIN: i32 = 14;
/// The day of the mistyped account.
const MISTYPED: i32 = 15;
/// The night in which the power fails.
const POWER_CUT: i32 = 17;
/// The day of the promise ...
const PROMISE: i32 = 18;
/// ... the day that it names, and the one on which it is kept.
const PROMISED: i32 = 22;
const KEPT: i32 = 21;
/// The night in which the router's cable is out.
const UNPLUGGED: i32 = 20;
/// What George types instead of his account.
const WRONG_ACCOUNT: &str = "H700";

impl Month<'_> {
    /// The box has no power on this day.
    pub(super) const fn is_dark(&self, day: i32) -> bool {
        DARK_FROM < day && day < LIGHT_AGAIN
    }

    /// Takes the list in: tried first, then for good.
    pub(super) fn import(&mut self) -> Result<(), Failure> {
        let at = self.moment(0, 10, 0);
        self.pass_to(at)?;
        self.running.switch_on()?;
        let fixed = self.people.iter().filter(|person| person.address.is_some()).count();
        let wallets: i64 = self.people.iter().map(|person| person.balance.max(0)).sum();
        let debts: i64 = self.people.iter().map(|person| person.balance.min(0)).sum();
        let all = u64::try_from(self.people.len()).unwrap_or(u64::MAX);
        self.story.say(&format!(
            "A month at hilltop, a made-up ISP: {all} subscribers, one router, {NIGHTS} nights. The router is simulated, on \
             127.0.0.1:{}; all the rest is the real program.",
            self.network.port()
        ))?;
        self.story.line("")?;
        let path = site::list(&self.folder);
        let list = FileBody {
            name: path.display().to_string(),
            bytes: std::fs::read(&path)
                .map_err(|error| Failure::refused(format!("cannot read `{}`: {error}", path.display()), "try again"))?,
        };
        let import = |dry_run| Request::ImportSubscribers {
            file: list.clone(),
            dry_run,
        };
        let tried = self.ask(import(true))?;
        let still_none = self.served()?.is_empty();
        self.hold_to(
            number(&tried, "added") == all && still_none,
            "the dry run of the import changed something",
        );
        let sessions = self.network.sessions();
        let taken = self.ask(import(false))?;
        self.hold_to(number(&taken, "added") == all, "the import did not take everybody in");
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
                "subscribers.csv: a dry run finds no fault, then it is imported: {} by pppoe, {fixed} by fixed address. They \
                 bring {} in their wallets and {} of debts. {suspended} were cut off before; {for_free} of them were online \
                 for free, and are not any more.",
                self.people.len().saturating_sub(fixed),
                amount(self.currency, wallets),
                amount(self.currency, debts.saturating_neg()),
            ),
        )?;
        self.figures.subscribers = all;
        let [faith, george] = [self.who(Named::Faith)?, self.who(Named::George)?];
        let faith = self.payment(LIGHT_AGAIN - 1, &faith, false);
        let mut george = self.payment(MISTYPED, &george, false);
        WRONG_ACCOUNT.clone_into(&mut george.account);
        self.payments.extend([faith, george]);
        Ok(())
    }

    /// What happens before noon.
    pub(super) fn morning(&mut self, day: i32) -> Result<(), Failure> {
        match day {
            _ if day == CLOSE_LOOK + 1 => self.brian_pays(day),
            _ if day == CLOSE_LOOK + 2 => {
                let (chebet, daudi) = (self.who(Named::Chebet)?, self.who(Named::Daudi)?);
                self.pass_to(self.moment(day, 9, 0))?;
                for person in [chebet, daudi] {
                    let payment = self.payment(day, &person, true);
                    self.take(&payment)?;
                }
                Ok(())
            }
            FALSE_NOTE => self.false_note(),
            _ if day == FALSE_NOTE + 1 => {
                let daudi = self.who(Named::Daudi)?;
                self.pass_to(self.moment(day, 9, 0))?;
                let payment = self.payment(day, &daudi, true);
                self.take(&payment).map(|_| ())
            }
            LIGHT_AGAIN => self.light_again(),
            _ if day == MISTYPED + 1 => self.assign(day),
            PROMISE => self.promise(),
            KEPT => self.keep_promise(),
            _ => Ok(()),
        }
    }

    /// What happens after the statement of the day.
    pub(super) fn evening(&mut self, day: i32) -> Result<(), Failure> {
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

    /// The cut-off of the day, looked at from the router's side.
    pub(super) fn night(&mut self, day: i32) -> Result<(), Failure> {
        match day {
            _ if (DARK_FROM..LIGHT_AGAIN).contains(&day) => Ok(()),
            CLOSE_LOOK => self.close_look(),
            POWER_CUT => self.power_cut(),
            UNPLUGGED => self.unplugged(),
            _ => {
                self.pass_to(self.moment(day, 23, 59))?;
                self.agree(&format!("night {}", day.saturating_add(1)))
            }
        }
    }

    fn close_look(&mut self) -> Result<(), Failure> {
        let before = self.served()?.len();
        let at = self.moment(CLOSE_LOOK, 23, 59);
        self.pass_to(at)?;
        self.agree("the night of the close look")?;
        let (brian, chebet) = (self.who(Named::Brian)?, self.who(Named::Chebet)?);
        for person in [&brian, &chebet] {
            let cut = self.network.line(person) == Line::Cut;
            self.hold_to(cut, format!("{} is not cut off on the router", person.username));
        }
        let cut = before.saturating_sub(self.served()?.len());
        self.story.at(
            at,
            &self.zone,
            &format!(
                "Disconnect: {cut} have not paid by the end of their due day. Read back from the router: the secret of `{}` \
                 is disabled and his session gone, the queue of `{}` is at 1k/1k.",
                brian.username, chebet.username
            ),
        )
    }

    fn brian_pays(&mut self, day: i32) -> Result<(), Failure> {
        let at = self.moment(day, 8, 12);
        self.pass_to(at)?;
        let brian = self.who(Named::Brian)?;
        let payment = self.payment(day, &brian, true);
        let answer = self.take(&payment)?;
        let waited = wait_for(|| self.network.line(&brian) == Line::Served);
        let again = self.ask(Request::Pay {
            username: brian.username.clone(),
            amount: site::decimal(self.currency, payment.cents),
            reference: payment.reference.clone(),
            source: None,
            date: None,
        })?;
        let duplicate = again.get("duplicate").and_then(Value::as_bool) == Some(true);
        self.hold_to(duplicate, "a payment typed twice was credited twice");
        self.hold_to(
            waited.is_some_and(|waited| waited < 5_000),
            "Brian was not back within five seconds",
        );
        let soon = match waited {
            Some(waited) if waited < 1_000 => "within a second".to_owned(),
            Some(waited) => format!("after {} s", waited / 1_000),
            None => "never".to_owned(),
        };
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

    /// The statement of the day once more.
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
        let again = self.ask(Request::PayFile { file })?;
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
                "The M-Pesa statement of the day: {} credited, {} no payments (charges, failed). Imported a second time: {} \
                 known, nothing changes.",
                count(number(&again, "duplicates"), "payment", "payments"),
                count(number(&again, "ignored"), "row is", "rows are"),
                number(&again, "duplicates"),
            ),
        )
    }

    fn false_note(&mut self) -> Result<(), Failure> {
        let at = self.moment(FALSE_NOTE, 9, 0);
        self.pass_to(at)?;
        let daudi = self.who(Named::Daudi)?;
        let reference = self.newest_receipt(&daudi)?;
        let answer = self.ask(Request::PayReverse { reference })?;
        let owes = text(&answer, "outstanding").to_owned();
        self.till(0, daudi.plan.price.saturating_neg());
        self.hold_to(!owes.is_empty() && owes != "0.00", "the reversed payment left no debt");
        self.story.at(
            at,
            &self.zone,
            &format!(
                "Yesterday's {} of `{}` was a false note. `pay reverse` posts the opposite entry; he owes again, is cut off \
                 at 23:59, and pays in true money the next day.",
                amount(self.currency, daudi.plan.price),
                daudi.username
            ),
        )
    }

    fn light_again(&mut self) -> Result<(), Failure> {
        let at = self.moment(LIGHT_AGAIN, 8, 0);
        self.story.at(
            self.moment(DARK_FROM, 20, 0),
            &self.zone,
            "The mains fail, for two days and three nights. The router's battery holds; the box is dark, and nobody is \
             charged or cut.",
        )?;
        self.pass_to(at)?;
        let caught_up = self.figures.caught_up;
        self.running.switch_on()?;
        let before = self.served()?;
        self.pass_to(at)?;
        let after = self.served()?;
        self.agree("after the darkness")?;
        let caught_up = self.figures.caught_up.saturating_sub(caught_up);
        let cut = before.difference(&after).count();
        let ahead: Vec<&Person> = self
            .people
            .iter()
            .filter(|person| person.habit == Habit::Ahead)
            .collect();
        let due_in_the_dark = ahead
            .iter()
            .filter(|person| (DARK_FROM + 1..=LIGHT_AGAIN).contains(&person.due))
            .count();
        let all_served = ahead.iter().all(|person| after.contains(&person.username));
        self.hold_to(all_served, "somebody who had paid ahead was cut off after the darkness");
        self.hold_to(
            caught_up == 3,
            format!("{caught_up} runs of billing were caught up instead of 3"),
        );
        self.one_debit_per_dark_day()?;
        self.story.at(
            at,
            &self.zone,
            &format!(
                "Power. Billing catches up {}, each charge dated its own due day; {due_in_the_dark} who paid months ahead \
                 are renewed and stay online. Only then disconnect runs, once: {cut} unpaid are cut off.",
                count(caught_up, "missed run", "missed runs")
            ),
        )?;
        let later = self.moment(LIGHT_AGAIN, 8, 15);
        self.pass_to(later)?;
        let before = self.served()?.len();
        self.statement(DARK_FROM + 1, LIGHT_AGAIN - 1)?;
        let back = self.served()?.len().saturating_sub(before);
        self.agree("after the statement of the dark days")?;
        let faith = self.who(Named::Faith)?;
        let served = self.network.line(&faith) == Line::Served;
        self.hold_to(served, format!("{} paid in the dark and is not online", faith.username));
        self.story.at(
            later,
            &self.zone,
            &format!("The statement of the dark days: {back} of them had paid meanwhile, and are back online."),
        )
    }

    /// Esther's due day fell into the darkness: charged for it once, and dated that day.
    fn one_debit_per_dark_day(&mut self) -> Result<(), Failure> {
        let esther = self.who(Named::Esther)?;
        let due = self.day(esther.due).to_string();
        let ledger = self.ask(Request::Ledger {
            username: esther.username.clone(),
        })?;
        let dated = ledger.as_array().map_or(0, |entries| {
            let is_the_debit = |entry: &&Value| text(entry, "kind") == "debit" && text(entry, "for_day") == due;
            entries.iter().filter(is_the_debit).count()
        });
        self.hold_to(
            dated == 1,
            format!("{} has {dated} debits dated {due}", esther.username),
        );
        Ok(())
    }

    fn assign(&mut self, day: i32) -> Result<(), Failure> {
        let at = self.moment(day, 8, 30);
        self.pass_to(at)?;
        let george = self.who(Named::George)?;
        let was_cut = self.network.line(&george) == Line::Cut;
        let tray = self.ask(Request::PayUnmatched)?;
        let waiting = tray
            .as_array()
            .and_then(|rows| rows.first())
            .cloned()
            .unwrap_or_default();
        let reference = text(&waiting, "reference").to_owned();
        let answer = self.ask(Request::PayAssign {
            reference,
            username: george.username.clone(),
        })?;
        self.till(1, george.plan.price);
        let resumed = answer.get("resumed").and_then(Value::as_bool) == Some(true);
        self.hold_to(was_cut && resumed, "the assigned payment did not bring its owner back");
        self.agree("after the assignment")?;
        self.story.at(
            at,
            &self.zone,
            &format!(
                "`{}` paid to account {WRONG_ACCOUNT} instead of {}, and was cut off. His money waits in the tray of \
                 unmatched payments; assigned to him, it brings him back.",
                george.username, george.account
            ),
        )
    }

    fn power_cut(&mut self) -> Result<(), Failure> {
        let at = self.moment(POWER_CUT, 23, 59);
        let before = self.served()?;
        self.pass_to(at)?;
        let cut = before.len().saturating_sub(self.served()?.len());
        self.running.lose_power()?;
        self.pass_to(at.plus_millis(40_000))?;
        self.running.switch_on()?;
        self.agree("after the power cut")?;
        let verified = self.verified()?;
        self.hold_to(verified, "the ledger does not verify after the power cut");
        self.story.at(
            at,
            &self.zone,
            &format!(
                "Disconnect has decided on {cut}, and in that second the box loses its power. Started again: no decision is \
                 lost, the router is told what it missed, the ledger verifies."
            ),
        )
    }

    fn promise(&mut self) -> Result<(), Failure> {
        let at = self.moment(PROMISE, 9, 15);
        self.pass_to(at)?;
        let halima = self.who(Named::Halima)?;
        let until = self.day(PROMISED).to_string();
        self.ask(Request::SubscriberExtend {
            username: halima.username.clone(),
            until: until.clone(),
        })?;
        self.story.at(
            at,
            &self.zone,
            &format!(
                "`{}` promises to pay by {until}: she stays online until then.",
                halima.username
            ),
        )
    }

    fn keep_promise(&mut self) -> Result<(), Failure> {
        self.pass_to(self.moment(KEPT, 9, 0))?;
        let halima = self.who(Named::Halima)?;
        let payment = self.payment(KEPT, &halima, true);
        self.take(&payment)?;
        let never_cut = !self.once_cut.contains(&halima.username);
        self.hold_to(never_cut, "one who had promised to pay was cut off");
        Ok(())
    }

    fn unplugged(&mut self) -> Result<(), Failure> {
        self.pass_to(self.moment(UNPLUGGED, 23, 50))?;
        self.network.unplug();
        let before = self.served()?.len();
        let at = self.moment(UNPLUGGED, 23, 59);
        self.pass_to(at)?;
        let cut = before.saturating_sub(self.served()?.len());
        let down = wait_for(|| {
            self.running
                .ask(Request::RouterList { name: None })
                .is_ok_and(|routers| {
                    let first = routers.as_array().and_then(|routers| routers.first());
                    first.is_some_and(|router| text(router, "state") == "down")
                })
        });
        self.hold_to(
            down.is_some() || cut == 0,
            "the unplugged router is not said to be down",
        );
        self.pass_to(at.plus_millis(30_000))?;
        self.network.plug_in();
        self.agree("after the router came back")?;
        self.story.at(
            at,
            &self.zone,
            &format!(
                "The router's cable is out while {cut} are to be cut off: `status` says so, the work waits. Plugged in \
                 again, it is done within seconds."
            ),
        )
    }

    /// How the month ended; says whether all holds.
    ///
    /// # Errors
    /// When a command is refused that should not be.
    pub fn end(mut self, program: &str) -> Result<Figures, Failure> {
        self.agree("at the end")?;
        let differences = self.ask(Request::RouterDiff { name: None })?;
        let equal = differences.as_array().is_some_and(Vec::is_empty);
        self.hold_to(equal, "`router diff` finds differences");
        let verified = self.verified()?;
        self.hold_to(verified, "`verify` finds problems");
        let sums = agreement::sums(self.running.appliance()?)?;
        self.hold_to(
            sums.collected == self.till_cents(),
            format!(
                "the till counted {}, the ledger {}",
                amount(self.currency, self.till_cents()),
                amount(self.currency, sums.collected)
            ),
        );
        let payers = self.people.iter().filter(|person| match person.habit {
            Habit::Ahead => true,
            Habit::OnTime(day) => !self.is_dark(day) && !self.is_dark(person.due),
            Habit::Late(_) | Habit::Silent | Habit::Gone(_) | Habit::Told => false,
        });
        let wronged: Vec<String> = payers
            .filter(|person| self.once_cut.contains(&person.username))
            .map(|person| format!("{} was cut off though paid", person.username))
            .collect();
        self.figures.problems.extend(wronged);
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
        self.running.switch_off();
        let told = format!(
            "The month: {} worth {}; {} worth {}. {} cut off, {} brought back; {served} of {} online now. The router got \
             {commands} commands, none of them in vain.",
            count(sums.debits, "charge", "charges"),
            amount(self.currency, sums.billed),
            count(sums.credits, "payment", "payments"),
            amount(self.currency, sums.collected),
            self.figures.cut_off,
            self.figures.brought_back,
            self.figures.subscribers,
        );
        self.story.at(at, &self.zone, &told)?;
        self.close(program)?;
        Ok(self.figures)
    }

    fn close(&mut self, program: &str) -> Result<(), Failure> {
        self.story.line("")?;
        self.story
            .say(&format!("The folder to look into: {}", self.folder.display()))?;
        self.story
            .say("The router is gone now, and the commands say so where it matters. To try:")?;
        let site = self.folder.join("site.toml");
        let brian = self.who(Named::Brian)?.username;
        self.story.line(&format!("  export WEIR_CONFIG={}", site.display()))?;
        for words in [
            "status".to_owned(),
            "subscriber list".to_owned(),
            format!("ledger {brian}"),
            "jobs history billing".to_owned(),
            "logs disconnect".to_owned(),
            "plan --days 7".to_owned(),
        ] {
            self.story.line(&format!("  {program} {words}"))?;
        }
        self.story.line("")?;
        let problems = self.figures.problems.clone();
        for problem in &problems {
            self.story.say(&format!("Does not hold: {problem}"))?;
        }
        let verdict = format!(
            "{} subscribers: router equals ledger, ledger equals till. {} entries: verify ok.",
            self.figures.subscribers, self.figures.entries
        );
        if problems.is_empty() {
            self.story.say(&verdict)
        } else {
            self.story.say("The demo has failed; please report the lines above.")
        }
    }

    fn verified(&mut self) -> Result<bool, Failure> {
        let answer = self.ask(Request::Verify)?;
        self.figures.entries = number(&answer, "entries");
        Ok(answer.get("ok").and_then(Value::as_bool) == Some(true))
    }

    fn entries(&self) -> Result<u64, Failure> {
        let state = self.running.appliance()?.store.read()?.state()?;
        Ok(state.head.seq.0)
    }

    /// The reference of somebody's newest payment.
    fn newest_receipt(&mut self, person: &Person) -> Result<String, Failure> {
        let ledger = self.ask(Request::Ledger {
            username: person.username.clone(),
        })?;
        let credits = ledger.as_array().into_iter().flatten();
        let newest = credits.filter(|entry| text(entry, "kind") == "credit").last();
        Ok(newest
            .map(|entry| text(entry, "reference").to_owned())
            .unwrap_or_default())
    }
}
