//! How does a reminders run go over all subscribers?
//!
//! Each reminder is queued in the transaction of its part, under a key of its subscriber, due day and rule: whatever is run
//! again queues nobody twice. What is queued is judged and written again when it leaves ([`crate::outbox::judging`]), so it
//! may wait for the end of quiet hours or for the uplink, and is of use until the due day is over.

use crate::jobs::run::Decide;
use crate::jobs::saying;
use crate::model::day::{Day, Instant};
use crate::model::job::{Counts, RemindersCounts, RunId};
use crate::model::message::Purpose;
use crate::model::record::{LogKind, LogRecord};
use crate::model::subscriber::Subscriber;
use crate::rules::message_text::{self, Values};
use crate::rules::reminding::{self, Due, Verdict};
use crate::rules::terms::Terms;
use crate::store::desk::Desk;
use crate::store::error::StoreError;

/// How many who could not be reminded for want of a phone number a run records by name; the rest is counted.
const NAMED_MAX: u64 = 100;

/// What is recorded where no gateway could carry a reminder.
pub(crate) const NO_GATEWAY: &str = "no gateway of site.toml carries messages to phones";

/// A reminders run for one day.
pub struct Reminders<'t> {
    terms: &'t Terms,
    day: Day,
    planned_for: Instant,
    counts: RemindersCounts,
    /// The instant of the present part and its civil day.
    part: Option<(Instant, Day)>,
}

impl<'t> Reminders<'t> {
    /// A run that reminds those whose day `day` is.
    #[must_use]
    pub fn new(terms: &'t Terms, day: Day, planned_for: Instant) -> Self {
        Self {
            terms,
            day,
            planned_for,
            counts: RemindersCounts::default(),
            part: None,
        }
    }

    fn today(&mut self, now: Instant) -> Day {
        let today = match self.part {
            Some((at, today)) if at == now => today,
            _ => self.terms.day(now),
        };
        self.part = Some((now, today));
        today
    }

    fn remind(&mut self, desk: &mut Desk<'_>, subscriber: &Subscriber, due: Due) -> Result<(), StoreError> {
        let Some(phone) = &subscriber.profile.phone else {
            skip(&mut self.counts, |counts| &mut counts.without_phone);
            if self.counts.without_phone <= NAMED_MAX {
                desk.log(&LogRecord {
                    at: desk.now(),
                    kind: LogKind::Reminders,
                    planned_for: Some(self.planned_for),
                    username: Some(subscriber.username.clone()),
                    message: format!("due on {}, and not reminded: no phone number", due.day),
                    fields: Vec::new(),
                })?;
            }
            return Ok(());
        };
        if !self.terms.speech.has_gateway {
            skip(&mut self.counts, |counts| &mut counts.without_gateway);
            return Ok(());
        }
        let today = self.today(desk.now());
        let speech = &self.terms.speech;
        let template = speech.reminder_for(subscriber.profile.package.as_ref());
        let values = Values::of(subscriber, speech.currency, today, due.amount).until(due.day);
        let queued = desk.queue(saying::draft(
            subscriber,
            phone,
            Purpose::Reminder {
                due: due.day,
                days_before: due.days_before,
            },
            reminding::once(subscriber.id, due.day, due.days_before),
            message_text::write(template, &values),
            desk.now(),
            Some(saying::last_instant(due.day, &self.terms.zone)),
        ))?;
        match queued {
            Some(_) => self.counts.queued = self.counts.queued.saturating_add(1),
            None => skip(&mut self.counts, |counts| &mut counts.repeated),
        }
        Ok(())
    }
}

fn skip(counts: &mut RemindersCounts, why: impl FnOnce(&mut RemindersCounts) -> &mut u64) {
    counts.skipped = counts.skipped.saturating_add(1);
    let reason = why(counts);
    *reason = reason.saturating_add(1);
}

impl Decide for Reminders<'_> {
    fn decide(&mut self, desk: &mut Desk<'_>, subscriber: Subscriber, _run: RunId) -> Result<(), StoreError> {
        let speech = &self.terms.speech;
        match reminding::verdict(&subscriber, &self.terms.policy, &speech.days_before, self.day) {
            Verdict::Leave => Ok(()),
            Verdict::Covered => {
                skip(&mut self.counts, |counts| &mut counts.covered);
                Ok(())
            }
            Verdict::Remind(due) => self.remind(desk, &subscriber, due),
        }
    }

    fn counts(&self) -> Counts {
        Counts::Reminders(self.counts)
    }

    fn go_on_from(&mut self, counts: Counts) {
        if let Counts::Reminders(counts) = counts {
            self.counts = counts;
        }
    }

    fn summary(&self) -> String {
        let counts = &self.counts;
        let mut text = format!("reminders of {}: {} queued", self.day, counts.queued);
        for (count, words) in [
            (counts.covered, "covered by their wallet"),
            (counts.without_phone, "without a phone number"),
            (counts.repeated, "reminded before"),
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
