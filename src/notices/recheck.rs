//! Checks a message again right before it leaves, and writes its text again.
//!
//! A reminder that was queued in the night and leaves in the morning is checked and written again: nobody who has paid since is
//! reminded, the days left are counted from now, and it goes to the number that its subscriber has now. What was for somebody who
//! receives nothing any more goes to nobody.

use crate::config::read::Config;
use crate::model::day::{Day, Instant};
use crate::model::entry::EntryKind;
use crate::model::entry_chain::EntrySeq;
use crate::model::message::{Message, MessageState, Purpose};
use crate::model::subscriber::{Access, Subscriber};
use crate::model::unmatched::Holder;
use crate::notices::addressees::{self, Addressee};
use crate::rules::messages::notices;
use crate::rules::messages::reminder;
use crate::rules::messages::text::MessageTemplates;
use crate::rules::wallet::Policy;
use crate::store::error::StoreError;
use crate::store::read::reader::Reader;

/// What becomes of a message that is about to leave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Recheck {
    /// It leaves.
    Say {
        /// To this number or address.
        to: String,
        /// With this text.
        text: String,
        /// A further sent-once key that it stands for, where somebody else receives it.
        once: Option<String>,
    },
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
        return to_the_owner(reader, config, message);
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
        Purpose::Resumed { entry, .. } => now.resumed(purpose, *entry)?,
        Purpose::Alert | Purpose::Report | Purpose::Test => Ok(message.text.clone()),
    };
    Ok(match (said, &subscriber.profile.phone) {
        (Err(why), _) => Recheck::Drop(why),
        (Ok(_), None) => Recheck::Drop(format!("`{username}` no longer has a phone number")),
        (Ok(text), Some(phone)) => Recheck::Say {
            to: phone.as_str().to_owned(),
            text,
            once: None,
        },
    })
}

/// Returns the message as it would leave now: its addressee and its text, or why it would be dropped. One that has ended, or is
/// being handed over, stays as it is.
///
/// # Errors
/// When the store cannot be read.
pub fn as_it_leaves(
    reader: &Reader<'_>,
    config: &Config,
    message: Message,
    now: Instant,
) -> Result<Message, StoreError> {
    if message.state != MessageState::Queued {
        return Ok(message);
    }
    Ok(match recheck(reader, config, &message, now)? {
        Recheck::Say { to, text, .. } if addressees::is_same(config, message.channel, &to, &message.to) => {
            Message { text, ..message }
        }
        Recheck::Say { to, text, .. } => Message { to, text, ..message },
        Recheck::Drop(why) => Message {
            error: Some(format!("will be dropped: {why}")),
            ..message
        },
    })
}

/// Checks a message to the owner: its text is a record of what happened and stays; its addressee may have changed.
fn to_the_owner(reader: &Reader<'_>, config: &Config, message: &Message) -> Result<Recheck, StoreError> {
    let as_written = || Recheck::Say {
        to: message.to.clone(),
        text: message.text.clone(),
        once: None,
    };
    let no_longer = |what: &str| Recheck::Drop(format!("[alerts] no longer names `{}` to receive {what}", message.to));
    Ok(match message.purpose {
        Purpose::Alert => match addressees::of_alert(reader, config, message)? {
            Addressee::AsWritten => as_written(),
            Addressee::Instead { to, once } => Recheck::Say {
                to,
                text: message.text.clone(),
                once: Some(once),
            },
            Addressee::Nobody => no_longer("alerts"),
        },
        Purpose::Report if !addressees::still_named(config, message) => no_longer("the report"),
        Purpose::Report
        | Purpose::Test
        | Purpose::Reminder { .. }
        | Purpose::Suspension { .. }
        | Purpose::Payment { .. }
        | Purpose::Resumption
        | Purpose::Resumed { .. } => as_written(),
    })
}

/// Why a message about a payment is dropped that was taken back.
const REVERSED: &str = "the payment was reversed";

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
        if !self.stands(entry)? {
            return Ok(Err(REVERSED.to_owned()));
        }
        Ok(self.written("on_payment", purpose))
    }

    fn resumed(&self, purpose: &Purpose, entry: Option<EntrySeq>) -> Result<RecheckedText, StoreError> {
        if let Some(entry) = entry
            && !self.stands(entry)?
        {
            return Ok(Err(REVERSED.to_owned()));
        }
        Ok(self.resumption(purpose))
    }

    /// Returns whether an entry was not taken back; an adjustment never is, another one follows it.
    fn stands(&self, entry: EntrySeq) -> Result<bool, StoreError> {
        let Some(found) = self.reader.entry(entry)? else {
            return Ok(false);
        };
        if found.kind != EntryKind::Credit {
            return Ok(true);
        }
        let holder = match &found.reference {
            Some(reference) => self.reader.holder(reference)?,
            None => None,
        };
        Ok(matches!(holder, Some(Holder::Credit { entry: holds, .. }) if holds == entry))
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
