//! Checks a message again right before it leaves, and writes its text again.
//!
//! A reminder that was queued in the night and leaves in the morning is checked and written again: nobody who has paid since is
//! reminded, and the days left are counted from now.

use crate::config::read::Config;
use crate::model::day::{Day, Instant};
use crate::model::entry_chain::EntrySeq;
use crate::model::message::{Message, Purpose};
use crate::model::subscriber::{Access, Subscriber};
use crate::model::unmatched::Holder;
use crate::rules::messages::notices;
use crate::rules::messages::reminder;
use crate::rules::messages::text::MessageTemplates;
use crate::rules::wallet::Policy;
use crate::store::error::StoreError;
use crate::store::read::reader::Reader;

/// What becomes of a message that is about to leave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Recheck {
    /// It leaves, with this text.
    Say(String),
    /// It is dropped, since it is no longer true, for this reason.
    Drop(String),
}

/// Checks a message and writes its text again.
///
/// # Errors
/// When the store cannot be read.
pub fn recheck(reader: &Reader<'_>, config: &Config, message: &Message, now: Instant) -> Result<Recheck, StoreError> {
    let about = message
        .subscriber
        .as_ref()
        .filter(|_| !message.purpose.is_for_administrator());
    let Some((id, username)) = about else {
        return Ok(Recheck::Say(message.text.clone()));
    };
    let found = reader.subscriber(*id)?;
    let Some(subscriber) = found.filter(|found| found.username == *username) else {
        return Ok(Recheck::Drop("the subscriber no longer exists".to_owned()));
    };
    let now = Now {
        reader,
        policy: config.policy(),
        templates: config.templates(),
        subscriber: &subscriber,
        today: now.day_in(&config.site.zone),
    };
    let purpose = &message.purpose;
    let said = match purpose {
        Purpose::Reminder { due, days_before } => now.reminder(*due, *days_before)?,
        Purpose::Suspension { .. } => now.suspension(purpose),
        Purpose::Payment { entry, .. } => now.payment(purpose, *entry)?,
        Purpose::Resumption => now.resumption(purpose),
        Purpose::Alert | Purpose::Report | Purpose::Test => Ok(message.text.clone()),
    };
    Ok(match said {
        Ok(text) => Recheck::Say(text),
        Err(why) => Recheck::Drop(why),
    })
}

/// The facts when a message leaves.
struct Now<'a> {
    reader: &'a Reader<'a>,
    policy: Policy,
    templates: MessageTemplates,
    subscriber: &'a Subscriber,
    today: Day,
}

/// The text, or why the message is dropped.
type RecheckedText = Result<String, String>;

impl Now<'_> {
    fn reminder(&self, due: Day, days_before: u16) -> Result<RecheckedText, StoreError> {
        let rules = &self.templates.days_before;
        if !rules.contains(&days_before) {
            return Ok(Err(format!("`days_before` of [reminders] no longer has {days_before}")));
        }
        if let Err(why) = reminder::still(self.subscriber, &self.policy, due, self.today) {
            return Ok(Err(why));
        }
        for nearer in reminder::nearer(rules, days_before, due, self.today) {
            let is_today = due.days_since(self.today) == i32::from(nearer);
            let once = reminder::once(self.subscriber.id, due, nearer);
            if is_today || self.reader.queued_as(&once)?.is_some() {
                return Ok(Err(format!(
                    "the reminder {nearer} days before the due day replaces it"
                )));
            }
        }
        let text = notices::reminder(due, self.subscriber, &self.policy, &self.templates, self.today);
        Ok(Ok(text))
    }

    fn suspension(&self, purpose: &Purpose) -> RecheckedText {
        if self.subscriber.access() == Access::On {
            return Err("service is back".to_owned());
        }
        self.still_off()?;
        self.written("on_suspension", purpose)
    }

    fn payment(&self, purpose: &Purpose, entry: EntrySeq) -> Result<RecheckedText, StoreError> {
        let reference = self.reader.entry(entry)?.and_then(|entry| entry.reference);
        let holder = match &reference {
            Some(reference) => self.reader.holder(reference)?,
            None => None,
        };
        let stands = matches!(holder, Some(Holder::Credit { entry: holds, .. }) if holds == entry);
        if !stands {
            return Ok(Err("the payment was reversed".to_owned()));
        }
        Ok(self.written("on_payment", purpose))
    }

    fn resumption(&self, purpose: &Purpose) -> RecheckedText {
        if self.subscriber.access() == Access::Off {
            return Err(format!(
                "`{}` is now {}",
                self.subscriber.username,
                self.subscriber.state_word()
            ));
        }
        self.written("on_resume", purpose)
    }

    /// Checks that the subscriber is still off for want of payment, and not for another reason.
    fn still_off(&self) -> Result<(), String> {
        match self.subscriber.state_word() {
            "suspended" => Ok(()),
            other => Err(format!("`{}` is now {other}", self.subscriber.username)),
        }
    }

    fn written(&self, key: &str, purpose: &Purpose) -> RecheckedText {
        notices::text(purpose, self.subscriber, &self.policy, &self.templates, self.today)
            .ok_or_else(|| format!("[messages] no longer has `{key}`"))
    }
}
