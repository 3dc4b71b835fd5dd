//! Is a message still true when it leaves, and how does it read now?
//!
//! A reminder that was queued in the night and leaves in the morning is judged and written again: who has paid since is not
//! reminded, and the days that are left are those of now.

use crate::config::read::Config;
use crate::model::day::{Day, Instant};
use crate::model::entry::EntrySeq;
use crate::model::message::{Message, Purpose};
use crate::model::money::Money;
use crate::model::subscriber::{Access, Subscriber};
use crate::model::unmatched::Holder;
use crate::rules::access;
use crate::rules::messages::reminder;
use crate::rules::messages::text::{self, TemplateValues};
use crate::store::error::StoreError;
use crate::store::read::reader::Reader;

/// What becomes of a message that is about to leave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Recheck {
    /// It leaves with this text.
    Say(String),
    /// It is not true any more, for this reason.
    Drop(String),
}

/// Judges and writes a message again.
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
        config,
        subscriber: &subscriber,
        today: now.day_in(&config.site.zone),
    };
    let said = match &message.purpose {
        Purpose::Reminder { due, days_before } => now.reminder(*due, *days_before)?,
        Purpose::Suspension { .. } => now.suspension(),
        Purpose::Payment { entry, amount } => now.payment(*entry, *amount)?,
        Purpose::Resumption => now.resumption(),
        Purpose::Alert | Purpose::Report | Purpose::Test => Ok(message.text.clone()),
    };
    Ok(match said {
        Ok(text) => Recheck::Say(text),
        Err(why) => Recheck::Drop(why),
    })
}

/// How things stand when a message leaves.
struct Now<'a> {
    reader: &'a Reader<'a>,
    config: &'a Config,
    subscriber: &'a Subscriber,
    today: Day,
}

/// The text, or why it is not said.
type RecheckedText = Result<String, String>;

impl Now<'_> {
    fn reminder(&self, due: Day, days_before: u16) -> Result<RecheckedText, StoreError> {
        let rules = &self.config.reminders.days_before;
        if !rules.contains(&days_before) {
            return Ok(Err(format!("`days_before` of [reminders] no longer has {days_before}")));
        }
        let amount = match reminder::still(self.subscriber, &self.config.policy(), due, self.today) {
            Ok(amount) => amount,
            Err(why) => return Ok(Err(why)),
        };
        for nearer in reminder::nearer(rules, days_before, due, self.today) {
            let is_today = due.days_since(self.today) == i32::from(nearer);
            let once = reminder::once(self.subscriber.id, due, nearer);
            if is_today || self.reader.queued_as(&once)?.is_some() {
                return Ok(Err(format!(
                    "the reminder {nearer} days before the due day replaces it"
                )));
            }
        }
        let template = self.config.reminders.text_for(self.subscriber.profile.package.as_ref());
        Ok(Ok(text::write(template, &self.values(amount).until(due))))
    }

    fn suspension(&self) -> RecheckedText {
        if self.subscriber.access() == Access::On {
            return Err("service is back".to_owned());
        }
        self.still_off()?;
        let missing = reminder::missing(self.subscriber, &self.config.policy());
        self.written("on_suspension", self.config.messages.on_suspension.as_ref(), missing)
    }

    fn payment(&self, entry: EntrySeq, amount: Money) -> Result<RecheckedText, StoreError> {
        let reference = self.reader.entry(entry)?.and_then(|entry| entry.reference);
        let holder = match &reference {
            Some(reference) => self.reader.holder(reference)?,
            None => None,
        };
        let stands = matches!(holder, Some(Holder::Credit { entry: holds, .. }) if holds == entry);
        if !stands {
            return Ok(Err("the payment was reversed".to_owned()));
        }
        Ok(self.written("on_payment", self.config.messages.on_payment.as_ref(), amount))
    }

    fn resumption(&self) -> RecheckedText {
        if self.subscriber.access() == Access::Off {
            return Err(format!(
                "`{}` is now {}",
                self.subscriber.username,
                self.subscriber.state_word()
            ));
        }
        let price = access::price_of(self.subscriber, &self.config.policy());
        self.written("on_resume", self.config.messages.on_resume.as_ref(), price)
    }

    /// A cut for want of payment is not told to one who is off for another reason by now.
    fn still_off(&self) -> Result<(), String> {
        match self.subscriber.state_word() {
            "suspended" => Ok(()),
            other => Err(format!("`{}` is now {other}", self.subscriber.username)),
        }
    }

    fn written(&self, key: &str, template: Option<&String>, amount: Money) -> RecheckedText {
        template.map_or_else(
            || Err(format!("[messages] no longer has `{key}`")),
            |template| Ok(text::write(template, &self.values(amount))),
        )
    }

    fn values(&self, amount: Money) -> TemplateValues<'_> {
        TemplateValues::of(self.subscriber, self.config.site.currency, self.today, amount)
    }
}
