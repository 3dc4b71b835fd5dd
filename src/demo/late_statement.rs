//! Shows what happens when most have paid and the statement arrives late.
//!
//! On payday a quarter of all is due and pays by phone, but the operator's statement does not come that evening. Disconnect
//! would cut off all of them; the guard holds it until the statement is there and the owner approves.

use serde_json::Value;

use crate::commands::approvals::approve::Approve;
use crate::commands::request::Request;
use crate::demo::month::{DemoMonth, number};
use crate::demo::people::PAYDAY;
use crate::model::alert::AlertKind;
use crate::model::counted::counted;
use crate::model::failure::Failure;

/// More alerts than the demo ever has.
const ALERTS_MOST: usize = 100;

impl DemoMonth<'_> {
    /// Plays the night in which disconnect would cut off everybody who paid today.
    pub(super) fn held_night(&mut self) -> Result<(), Failure> {
        let at = self.moment(PAYDAY, 23, 59);
        let due = self.people.iter().filter(|person| person.due == PAYDAY).count();
        let before = self.served()?;
        self.pass_to(at)?;
        self.hold_to(
            self.served()? == before,
            "the night without a statement cut somebody off",
        );
        self.agree("the night without a statement")?;
        let alert = self.guard_alert()?;
        self.hold_to(alert.is_some(), "no alert says that disconnect is waiting");
        let alert = alert.unwrap_or_default();
        self.story.at(
            at,
            &self.zone,
            &format!(
                "Payday: {due} are due today, and most pay by phone. But the operator's portal is down and the \
                evening's statement does not come, so Weir knows of hardly any payment. Disconnect cuts nobody off; \
                it waits, and an alert says why: \"{alert}.\""
            ),
        )
    }

    /// Plays the next morning: the statement comes, and the owner approves.
    pub(super) fn approve(&mut self, day: i32) -> Result<(), Failure> {
        let at = self.moment(day, 9, 0);
        self.pass_to(at)?;
        let statement = self.statement(PAYDAY, PAYDAY)?;
        let paid = statement.map_or(0, |(answer, _)| number(&answer, "credited"));
        let looked = self.ask(Request::Approve(Approve {
            what: None,
            refuse: None,
            dry_run: true,
        }))?;
        let would_cut = looked.as_array().map_or(0, |rows| {
            let cut = |row: &&Value| row.get("would").and_then(Value::as_str) == Some("cut");
            u64::try_from(rows.iter().filter(cut).count()).unwrap_or(u64::MAX)
        });
        let before = self.served()?;
        let answer = self.ask(Request::Approve(Approve {
            what: None,
            refuse: None,
            dry_run: false,
        }))?;
        let (cut, spared) = (number(&answer, "cut"), number(&answer, "spared"));
        self.count_cut(cut);
        let after = self.served()?;
        let gone = u64::try_from(before.difference(&after).count()).unwrap_or(u64::MAX);
        self.hold_to(
            cut == gone && cut == would_cut && cut.saturating_add(spared) == number(&answer, "would_cut"),
            format!("an approval cut off {gone}, the dry run had said {would_cut}: {answer}"),
        );
        self.agree("after the approval")?;
        let over = self.guard_alert()?.is_none();
        self.hold_to(over, "the alert is still open although the run was approved");
        self.story.at(
            at,
            &self.zone,
            &format!(
                "Yesterday's statement arrives: {}. `weir approve --dry-run` now shows {would_cut} who have still \
                not paid and would be cut off, and {spared} who have paid and would be spared. `weir approve` \
                decides about each one again and does so; the alert ends.",
                counted(paid, "payment", "payments"),
            ),
        )
    }

    /// Returns what the owner is told about a run that waits.
    fn guard_alert(&self) -> Result<Option<String>, Failure> {
        let (alerts, _) = self.running.commands()?.store.read()?.alerts(ALERTS_MOST)?;
        let guard = alerts.into_iter().find(|alert| alert.cause.kind == AlertKind::Guard);
        Ok(guard.map(|alert| alert.text))
    }
}
