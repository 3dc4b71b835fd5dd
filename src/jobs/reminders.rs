//! The reminders run: queues a reminder for everyone whose reminder day has come.
//!
//! Each reminder is queued in the transaction of its part, under a key of its subscriber, due day and rule: a repeated run
//! queues nobody twice. A queued reminder is checked and written again when it leaves ([`crate::notices::recheck`]), so it may
//! wait for the end of quiet hours or for the uplink, and is of use until the due day is over.

use crate::jobs::execution::Execution;
use crate::jobs::run::Decide;
use crate::model::day::{Day, Instant};
use crate::model::job::{Counts, Job, RunId};
use crate::model::record::{LogKind, LogRecord};
use crate::model::subscriber::Subscriber;
use crate::rules::decision::{Decision, NotReminded};
use crate::rules::messages::reminder::NO_GATEWAY;
use crate::rules::terms::Terms;
use crate::store::error::StoreError;
use crate::store::write::transaction::Transaction;

/// How many subscribers without a phone number a run records by name; the rest is counted.
const NAMED_MAX: u64 = 100;

/// A reminders run for one day.
pub struct Reminders<'t> {
    execution: Execution<'t>,
    planned_for: Instant,
}

impl<'t> Reminders<'t> {
    /// Creates a run that reminds those whose day `day` is.
    #[must_use]
    pub fn new(terms: &'t Terms, day: Day, planned_for: Instant) -> Self {
        Self {
            execution: Execution::new(terms, Job::Reminders, day, planned_for),
            planned_for,
        }
    }

    fn tell_no_phone(&self, tx: &mut Transaction<'_>, subscriber: &Subscriber) -> Result<(), StoreError> {
        if self.execution.counts.reminders.without_phone > NAMED_MAX {
            return Ok(());
        }
        tx.log(
            &LogRecord::new(
                tx.now(),
                LogKind::Reminders,
                format!("not reminded: {}", NotReminded::NoPhone.words()),
            )
            .planned_for(self.planned_for)
            .about(&subscriber.username),
        )
    }
}

impl Decide for Reminders<'_> {
    fn decide(&mut self, tx: &mut Transaction<'_>, subscriber: Subscriber, run: RunId) -> Result<(), StoreError> {
        let (decided, subscriber) = self.execution.decide(tx, subscriber, run)?;
        if decided == Decision::NotReminded(NotReminded::NoPhone) {
            self.tell_no_phone(tx, &subscriber)?;
        }
        Ok(())
    }

    fn counts(&self) -> Counts {
        Counts::Reminders(self.execution.counts.reminders)
    }

    fn go_on_from(&mut self, counts: Counts) {
        if let Counts::Reminders(counts) = counts {
            self.execution.counts.reminders = counts;
        }
    }

    fn summary(&self) -> String {
        let counts = &self.execution.counts.reminders;
        let mut text = format!("reminders of {}: {} queued", self.execution.day, counts.queued);
        for (count, words) in [
            (counts.covered, "covered by their wallet"),
            (counts.without_phone, "without a phone number"),
            (counts.repeated, "already reminded"),
        ] {
            if count > 0 {
                text.push_str(&format!(", {count} {words}"));
            }
        }
        if counts.without_gateway > 0 {
            text.push_str(&format!(", {} skipped: {NO_GATEWAY}", counts.without_gateway));
        }
        text
    }
}
