//! What goes wrong in a month, and how does it end?
//!
//! A false note, two days without mains, a mistyped account, a power cut in the very minute of the cut-off, a router without
//! its cable.

use serde_json::Value;

use crate::commands::request::Request;
use crate::demo::chapters::{
    DARK_FROM, FALSE_NOTE, KEPT, LIGHT_AGAIN, POWER_CUT, PROMISE, PROMISED, UNPLUGGED, WRONG_ACCOUNT,
};
use crate::demo::month::{Month, text};
use crate::demo::network::Line;
use crate::demo::people::{Habit, Named, Person};
use crate::demo::running::wait_for;
use crate::demo::story::{amount, count};
use crate::model::failure::Failure;

impl Month<'_> {
    pub(super) fn false_note(&mut self) -> Result<(), Failure> {
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

    pub(super) fn light_again(&mut self) -> Result<(), Failure> {
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
        for dark in DARK_FROM + 1..LIGHT_AGAIN {
            self.cash(dark)?;
        }
        self.statement(DARK_FROM + 1, LIGHT_AGAIN - 1)?;
        let back = self.served()?.len().saturating_sub(before);
        self.agree("after the statement of the dark days")?;
        let faith = self.who(Named::Faith)?;
        let served = self.network.line(&faith) == Line::Served;
        self.hold_to(served, format!("{} paid in the dark and is not online", faith.username));
        self.story.at(
            later,
            &self.zone,
            &format!(
                "Receipts and statement of the dark days are taken in: {back} had paid meanwhile, and are back online."
            ),
        )
    }

    /// Esther's due day fell into the darkness: charged for it once, and dated that day.
    pub(super) fn one_debit_per_dark_day(&mut self) -> Result<(), Failure> {
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

    pub(super) fn assign(&mut self, day: i32) -> Result<(), Failure> {
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

    pub(super) fn power_cut(&mut self) -> Result<(), Failure> {
        let at = self.moment(POWER_CUT, 23, 59);
        let before = self.served()?;
        self.pass_to(at)?;
        let cut = before.len().saturating_sub(self.served()?.len());
        let (_, idle_before) = self.network.commands();
        self.running.lose_power()?;
        self.pass_to(at.plus_millis(40_000))?;
        self.running.switch_on()?;
        self.agree("after the power cut")?;
        // The router may still have been about the last commands of the old life when the new one looked at it.
        let (_, idle_after) = self.network.commands();
        self.idle_writes_excused = idle_after.saturating_sub(idle_before);
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

    pub(super) fn promise(&mut self) -> Result<(), Failure> {
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

    pub(super) fn keep_promise(&mut self) -> Result<(), Failure> {
        self.pass_to(self.moment(KEPT, 9, 0))?;
        let halima = self.who(Named::Halima)?;
        let payment = self.payment(KEPT, &halima, true);
        self.take(&payment)?;
        let never_cut = !self.once_cut.contains(&halima.username);
        self.hold_to(never_cut, "one who had promised to pay was cut off");
        Ok(())
    }

    pub(super) fn unplugged(&mut self) -> Result<(), Failure> {
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
                "The router's cable is out while {cut} are to be cut off: `router list` says so, the work waits. Plugged in \
                 again, it is done within seconds."
            ),
        )
    }
}
