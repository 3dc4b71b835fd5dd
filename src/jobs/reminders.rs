//! How does a reminders run go over all subscribers?
//!
//! Each reminder is queued in the transaction of its part, under a key of its subscriber, due day and rule: whatever is run
//! again queues nobody twice. What is queued is judged and written again when it leaves ([`crate::notices::recheck`]), so it
//! may wait for the end of quiet hours or for the uplink, and is of use until the due day is over.

use crate::jobs::run::Decide;
use crate::model::day::{Day, Instant};
use crate::model::job::{Counts, RemindersCounts, RunId};
use crate::model::message::Purpose;
use crate::model::record::{LogKind, LogRecord};
use crate::model::subscriber::Subscriber;
use crate::notices::subscribers;
use crate::rules::messages::reminder::{self, DueReminder, ReminderVerdict};
use crate::rules::messages::text::{self, TemplateValues};
use crate::rules::terms::Terms;
use crate::store::error::StoreError;
use crate::store::write::transaction::Transaction;

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

    fn queue(&mut self, tx: &mut Transaction<'_>, subscriber: &Subscriber, due: DueReminder) -> Result<(), StoreError> {
        let Some(phone) = &subscriber.profile.phone else {
            return Ok(());
        };
        let today = self.today(tx.now());
        let queued = tx.queue(subscribers::draft(
            subscriber,
            phone,
            Purpose::Reminder {
                due: due.day,
                days_before: due.days_before,
            },
            reminder::once(subscriber.id, due.day, due.days_before),
            text(subscriber, self.terms, today, due),
            tx.now(),
            Some(due.day.last_instant(&self.terms.zone)),
        ))?;
        let would = queued.map_or(Would::Skip(NotReminded::Repeated), |_| Would::Queue(due));
        would.count(&mut self.counts);
        Ok(())
    }

    fn tell_no_phone(&self, tx: &mut Transaction<'_>, subscriber: &Subscriber) -> Result<(), StoreError> {
        if self.counts.without_phone > NAMED_MAX {
            return Ok(());
        }
        let message = format!("not reminded: {}", NotReminded::NoPhone.words());
        tx.log(
            &LogRecord::new(tx.now(), LogKind::Reminders, message)
                .planned_for(self.planned_for)
                .about(&subscriber.username),
        )
    }
}

/// What a reminder says on a day.
pub(crate) fn text(subscriber: &Subscriber, terms: &Terms, today: Day, due: DueReminder) -> String {
    let templates = &terms.templates;
    let template = templates.reminder_for(subscriber.profile.package.as_ref());
    let values = TemplateValues::of(subscriber, templates.currency, today, due.amount).until(due.day);
    text::write(template, &values)
}

/// What a run does with a subscriber.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Would {
    /// Nothing: it is not their day.
    Leave,
    /// It is their day, and they are not reminded.
    Skip(NotReminded),
    /// A reminder is queued.
    Queue(DueReminder),
}

/// Why somebody whose day it is is not reminded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NotReminded {
    /// Their wallet settles the due day.
    Covered,
    /// There is no number to send it to.
    NoPhone,
    /// Nothing could carry it.
    NoGateway,
    /// It was queued before.
    Repeated,
}

impl NotReminded {
    /// In words.
    pub(crate) const fn words(self) -> &'static str {
        match self {
            Self::Covered => "covered by the wallet",
            Self::NoPhone => "no phone number",
            Self::NoGateway => NO_GATEWAY,
            Self::Repeated => "reminded before",
        }
    }
}

impl Would {
    /// Adds it to the counts of a run.
    pub(crate) fn count(self, counts: &mut RemindersCounts) {
        match self {
            Self::Leave => {}
            Self::Queue(_) => counts.queued = counts.queued.saturating_add(1),
            Self::Skip(NotReminded::Covered) => skip(counts, |counts| &mut counts.covered),
            Self::Skip(NotReminded::NoPhone) => skip(counts, |counts| &mut counts.without_phone),
            Self::Skip(NotReminded::NoGateway) => skip(counts, |counts| &mut counts.without_gateway),
            Self::Skip(NotReminded::Repeated) => skip(counts, |counts| &mut counts.repeated),
        }
    }
}

/// What a run for a day does with a subscriber; `is_told` says of a due day and rule whether that reminder was queued before.
///
/// # Errors
/// What `is_told` returns.
pub(crate) fn would(
    subscriber: &Subscriber,
    terms: &Terms,
    day: Day,
    is_told: impl FnOnce(Day, u16) -> Result<bool, StoreError>,
) -> Result<Would, StoreError> {
    let templates = &terms.templates;
    Ok(
        match reminder::verdict(subscriber, &terms.policy, &templates.days_before, day) {
            ReminderVerdict::Leave => Would::Leave,
            ReminderVerdict::Covered => Would::Skip(NotReminded::Covered),
            ReminderVerdict::Remind(_) if subscriber.profile.phone.is_none() => Would::Skip(NotReminded::NoPhone),
            ReminderVerdict::Remind(_) if !templates.has_gateway => Would::Skip(NotReminded::NoGateway),
            ReminderVerdict::Remind(due) if is_told(due.day, due.days_before)? => Would::Skip(NotReminded::Repeated),
            ReminderVerdict::Remind(due) => Would::Queue(due),
        },
    )
}

fn skip(counts: &mut RemindersCounts, why: impl FnOnce(&mut RemindersCounts) -> &mut u64) {
    counts.skipped = counts.skipped.saturating_add(1);
    let reason = why(counts);
    *reason = reason.saturating_add(1);
}

impl Decide for Reminders<'_> {
    fn decide(&mut self, tx: &mut Transaction<'_>, subscriber: Subscriber, _run: RunId) -> Result<(), StoreError> {
        // Whether it was queued before is asked by the queue itself.
        match would(&subscriber, self.terms, self.day, |_, _| Ok(false))? {
            Would::Queue(due) => self.queue(tx, &subscriber, due),
            other => {
                other.count(&mut self.counts);
                if other == Would::Skip(NotReminded::NoPhone) {
                    self.tell_no_phone(tx, &subscriber)?;
                }
                Ok(())
            }
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
