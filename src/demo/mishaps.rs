//! The mishaps of the month, and how each ends.
//!
//! A false note, a mistyped account, a promise, a power cut in the very minute of the cut-off, a router without its cable.

use serde_json::Value;

use crate::commands::payments::assign::PayAssign;
use crate::commands::payments::reverse::PayReverse;
use crate::commands::payments::unmatched::PayUnmatched;
use crate::commands::request::Request;
use crate::commands::routers::list::RouterList;
use crate::commands::subscribers::extend::SubscriberExtend;
use crate::demo::chapters::{FALSE_NOTE, KEPT, POWER_CUT, PROMISE, PROMISED, UNPLUGGED, WRONG_ACCOUNT};
use crate::demo::demo_box::wait_for;
use crate::demo::gateway::HandedText;
use crate::demo::month::{DemoMonth, text};
use crate::demo::network::LinkState;
use crate::demo::people::NamedPerson;
use crate::demo::story::amount;
use crate::model::failure::Failure;

/// How long after the cut-off the router is probed again, in milliseconds.
const BACK_MS: i64 = 50_000;

impl DemoMonth<'_> {
    pub(super) fn false_note(&mut self) -> Result<(), Failure> {
        let at = self.moment(FALSE_NOTE, 9, 0);
        self.pass_to(at)?;
        let daudi = self.who(NamedPerson::Daudi)?;
        let reference = self.newest_receipt(&daudi)?;
        let answer = self.ask(Request::PayReverse(PayReverse { reference }))?;
        let owes = text(&answer, "outstanding").to_owned();
        self.till(0, daudi.plan.price.saturating_neg());
        self.hold_to(!owes.is_empty() && owes != "0.00", "the reversed payment left no debt");
        self.story.at(
            at,
            &self.zone,
            &format!(
                "Yesterday's {} of `{}` was a false note. `pay reverse` posts the opposite entry; he owes again, is \
                cut off at 23:59, and pays with a real one the next day.",
                amount(self.currency, daudi.plan.price),
                daudi.username
            ),
        )
    }

    pub(super) fn assign(&mut self, day: i32) -> Result<(), Failure> {
        let at = self.moment(day, 8, 30);
        self.pass_to(at)?;
        let george = self.who(NamedPerson::George)?;
        let was_cut = self.network.line(&george) == LinkState::Cut;
        let unmatched = self.ask(Request::PayUnmatched(PayUnmatched))?;
        let waiting = unmatched
            .as_array()
            .and_then(|rows| rows.first())
            .cloned()
            .unwrap_or_default();
        let reference = text(&waiting, "reference").to_owned();
        let answer = self.ask(Request::PayAssign(PayAssign {
            reference,
            username: george.username.clone(),
            yes: false,
        }))?;
        self.till(1, george.plan.price);
        let resumed = answer.get("resumed").and_then(Value::as_bool) == Some(true);
        self.hold_to(was_cut && resumed, "the assigned payment did not bring its owner back");
        self.agree("after the assignment")?;
        self.story.at(
            at,
            &self.zone,
            &format!(
                "`{}` paid to account {WRONG_ACCOUNT} instead of {}, and was cut off. His money is among the \
                unmatched payments; once it is assigned to him, he is brought back.",
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
                "Disconnect has decided to cut off {cut}, and in that second the box loses its power. After the \
                restart no decision is lost, the router gets the work it missed, and the ledger passes `verify`."
            ),
        )
    }

    pub(super) fn promise(&mut self) -> Result<(), Failure> {
        let at = self.moment(PROMISE, 9, 15);
        self.pass_to(at)?;
        let halima = self.who(NamedPerson::Halima)?;
        let until = self.day(PROMISED).to_string();
        self.ask(Request::SubscriberExtend(SubscriberExtend {
            username: halima.username.clone(),
            until: until.clone(),
        }))?;
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
        let halima = self.who(NamedPerson::Halima)?;
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
                .ask(Request::RouterList(RouterList { name: None }))
                .is_ok_and(|routers| {
                    let first = routers.as_array().and_then(|routers| routers.first());
                    first.is_some_and(|router| text(router, "state") == "down")
                })
        });
        self.hold_to(down.is_some() || cut == 0, "the unplugged router is not shown as down");
        self.running.probe()?;
        self.pass_to(at.plus_millis(30_000))?;
        let gone = self.gateway.newest_with("router `core`");
        self.network.plug_in();
        self.agree("after the router came back")?;
        self.pass_to(at.plus_millis(BACK_MS))?;
        self.running.probe()?;
        self.running.speak()?;
        let back = self.gateway.newest_with("is working again");
        self.hold_to(
            gone.is_some() && back.is_some(),
            "nobody was told that the router failed and came back",
        );
        let told = |text: Option<HandedText>| text.map(|text| text.text).unwrap_or_default();
        self.story.at(
            at,
            &self.zone,
            &format!(
                "The router's cable is out while {cut} are to be cut off: `router list` shows it, and the work \
                waits. Plugged in again, it is done within seconds. The owner got two texts: \u{201c}{}\u{201d} and \
                \u{201c}{}\u{201d}",
                told(gone),
                told(back)
            ),
        )
    }
}
