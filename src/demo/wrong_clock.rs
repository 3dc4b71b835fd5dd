//! Shows what happens when the box starts with a clock in 1970.
//!
//! The mains come back after two dark days. The box has no battery for its clock and reaches no time server at first: until
//! it does, nobody is charged or cut off, and who pays is served. Once the time is right, the nights that waited run in
//! order by themselves.

use jiff::ToSpan as _;
use serde_json::Value;

use crate::commands::clock::show::ClockShow;
use crate::commands::jobs::run::JobsRun;
use crate::commands::payments::ledger::Ledger;
use crate::commands::payments::pay::Pay;
use crate::commands::request::Request;
use crate::commands::status::answer::Status;
use crate::commands::subscribers::show::SubscriberShow;
use crate::demo::agreement;
use crate::demo::chapters::{DARK_FROM, LIGHT_AGAIN};
use crate::demo::demo_box::wait_for;
use crate::demo::month::{DemoMonth, text};
use crate::demo::network::LinkState;
use crate::demo::people::{Habit, NamedPerson, Person};
use crate::demo::site;
use crate::demo::story::{amount, soon};
use crate::model::counted::counted;
use crate::model::day::Instant;
use crate::model::failure::Failure;

/// What a clock without a battery shows, a minute after the start.
const FIRST_MINUTE: Instant = Instant::from_millis(60_000);

/// How long after the start Joyce comes, in milliseconds.
const UNTIL_JOYCE_MS: i64 = 15 * 60_000;

/// How long after that nobody knows the time yet, in milliseconds.
const AFTER_JOYCE_MS: i64 = 35 * 60_000;

/// Within how many milliseconds who pays must be back.
const BACK_MS: u64 = 5_000;

impl DemoMonth<'_> {
    pub(super) fn light_again(&mut self) -> Result<(), Failure> {
        self.story.at(
            self.moment(DARK_FROM, 20, 0),
            &self.zone,
            "The mains fail, for two days and three nights. The router's battery holds; the box is dark, and nobody is \
             charged or cut.",
        )?;
        let reason = self.wake_in_1970()?;
        self.joyce_pays()?;
        self.time_is_known(&reason)?;
        self.dark_receipts()
    }

    /// Starts the box with a wrong clock; returns why the clock is not trusted.
    fn wake_in_1970(&mut self) -> Result<String, Failure> {
        let at = self.moment(LIGHT_AGAIN, 7, 10);
        self.pass_to(at)?;
        self.running.wake_at(FIRST_MINUTE)?;
        let debits = agreement::sums(self.running.commands()?)?.debits;
        let before = self.served()?;
        let early = self.running.go_on_for(0)?;
        let status = self.ask(Request::Status(Status))?;
        let clock = status.get("clock").cloned().unwrap_or_default();
        let believed = clock.get("trusted").and_then(Value::as_bool) != Some(false);
        self.hold_to(!believed, "`status` trusts a clock that shows 1970");
        let reason = text(&clock, "reason").to_owned();
        let way_out = text(&self.ask(Request::ClockShow(ClockShow))?, "way_out").to_owned();
        let by_hand = self.ask(Request::JobsRun(JobsRun {
            name: "billing".to_owned(),
            dry_run: false,
        }));
        let refused = by_hand.is_err_and(|failure| failure.what.contains(&reason));
        self.hold_to(refused, "billing ran by hand under a clock that shows 1970");
        let nobody =
            early.is_empty() && self.served()? == before && agreement::sums(self.running.commands()?)?.debits == debits;
        self.hold_to(nobody, "a box that woke up in 1970 charged or cut somebody");
        self.story.at(
            at,
            &self.zone,
            &format!(
                "Power. But the box has no battery for its clock, and no time server can be reached yet: it wakes up \
                in 1970. `weir status` says: \"Nobody is charged or cut off until the clock is trusted: {reason}.\" \
                `weir clock` adds: \"{way_out}.\" `weir jobs run billing` is refused for the same reason."
            ),
        )?;
        Ok(reason)
    }

    /// Plays Joyce's payment while the day is not known.
    fn joyce_pays(&mut self) -> Result<(), Failure> {
        let at = self.moment(LIGHT_AGAIN, 7, 25);
        let joyce = self.who(NamedPerson::Joyce)?;
        let early = self.running.go_on_for(UNTIL_JOYCE_MS)?;
        self.hold_to(early.is_empty(), "a job ran under a clock that shows 1970");
        let was_cut = self.network.line(&joyce) == LinkState::Cut;
        let payment = self.payment(LIGHT_AGAIN, &joyce, true);
        self.ask(Request::Pay(Pay {
            username: joyce.username.clone(),
            amount: site::decimal(self.currency, payment.cents),
            reference: Some(payment.reference),
            source: None,
            date: None,
            again: false,
            yes: false,
        }))?;
        self.till(1, payment.cents);
        let waited = wait_for(|| self.network.line(&joyce) == LinkState::Served);
        self.hold_to(
            was_cut && waited.is_some_and(|waited| waited < BACK_MS),
            format!("{} paid while the clock was wrong and was not back", joyce.username),
        );
        self.story.at(
            at,
            &self.zone,
            &format!(
                "`{}`, cut off since {}, pays {} at the counter: back online {}, though the box does not know what day \
                 it is.",
                joyce.username,
                self.day(joyce.due).date().strftime("%-d %b"),
                amount(self.currency, payment.cents),
                soon(waited),
            ),
        )
    }

    /// Plays the moment at which a time server is reached, and what waited runs.
    fn time_is_known(&mut self, reason: &str) -> Result<(), Failure> {
        let before = self.served()?;
        let early = self.running.go_on_for(AFTER_JOYCE_MS)?;
        self.hold_to(
            early.is_empty() && self.served()? == before,
            format!("somebody was charged or cut off though {reason}"),
        );
        let at = self.moment(LIGHT_AGAIN, 8, 0);
        let caught_up = self.figures.caught_up;
        self.running.set_right(at);
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
        let joyce = self.who(NamedPerson::Joyce)?;
        let shown = self.ask(Request::SubscriberShow(SubscriberShow {
            username: joyce.username.clone(),
        }))?;
        let paid_through = text(&shown, "expires_on").to_owned();
        let a_month = self.day(LIGHT_AGAIN).date().saturating_add(1.month()).to_string();
        self.hold_to(
            paid_through == a_month && after.contains(&joyce.username),
            format!("{} is paid through {paid_through} instead of {a_month}", joyce.username),
        );
        self.story.at(
            at,
            &self.zone,
            &format!(
                "A time server answers, the clock is right, and everything that was waiting runs by itself: billing \
                catches up {}, each charge dated its own due day; {due_in_the_dark} who had paid months ahead are \
                renewed and stay online. Only then disconnect runs, once: {cut} unpaid are cut off. The period of \
                `{}` starts today: paid through {paid_through}.",
                counted(caught_up, "missed run", "missed runs"),
                joyce.username,
            ),
        )
    }

    /// Types in the payments that came in during the outage.
    fn dark_receipts(&mut self) -> Result<(), Failure> {
        let later = self.moment(LIGHT_AGAIN, 8, 15);
        self.pass_to(later)?;
        let before = self.served()?.len();
        for dark in DARK_FROM + 1..LIGHT_AGAIN {
            self.cash(dark)?;
        }
        self.statement(DARK_FROM + 1, LIGHT_AGAIN - 1)?;
        let back = self.served()?.len().saturating_sub(before);
        self.agree("after the statement of the dark days")?;
        let faith = self.who(NamedPerson::Faith)?;
        let served = self.network.line(&faith) == LinkState::Served;
        self.hold_to(served, format!("{} paid in the dark and is not online", faith.username));
        self.story.at(
            later,
            &self.zone,
            &format!(
                "The receipts and the statement of the dark days are entered: {back} had paid meanwhile, and are \
                back online."
            ),
        )
    }

    /// Checks that Esther, whose due day fell into the outage, is charged for it once, dated that day.
    fn one_debit_per_dark_day(&mut self) -> Result<(), Failure> {
        let esther = self.who(NamedPerson::Esther)?;
        let due = self.day(esther.due).to_string();
        let ledger = self.ask(Request::Ledger(Ledger {
            username: esther.username.clone(),
        }))?;
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
}
