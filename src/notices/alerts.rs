//! Turns alerts into messages to the owner.
//!
//! An alert, and the end of one, becomes a message for each phone and address of `[alerts]`, once: its kind, subject and
//! beginning make the sent-once key. The end goes to those who received the beginning; where that has not left yet, one message
//! tells both. Several of one kind at a time become one message, and alerts about single objects are gathered for a while after
//! the first. Must never know: gateways, beyond what they carry.

use std::time::Duration;

use crate::clock::keeper::ClockReading;
use crate::config::read::Config;
use crate::model::alert::{AlertKind, Announcement};
use crate::model::message::{Draft, Message, MessageState, MessagesState, Purpose};
use crate::notices::addressees::{self, Recipient};
use crate::rules::trust::civil;
use crate::store::error::StoreError;
use crate::store::open::Store;
use crate::store::write::transaction::Transaction;

/// How many announcements become messages in one transaction.
const ANNOUNCED_MAX: usize = 256;
/// More than this many of one kind at a time share one message.
const ONE_BY_ONE_MAX: usize = 3;
/// How many announcements wait for another write where nobody receives alerts.
const UNTOLD_MAX: usize = 64;
/// For how long alerts about single objects on routers are gathered after the first was sent, in seconds: hundreds may follow.
const GATHERED_S: u64 = 600;
/// How many subjects one message names.
const NAMED_MAX: usize = 3;

/// How far the delivery of alerts has come.
#[derive(Debug, Default)]
pub struct AlertDelivery {
    /// The newest announcement that needs no further look.
    seen: u64,
    /// Announcements through this one had no recipient.
    nobody: u64,
    /// The stopwatch's reading until which alerts of a kind are gathered.
    gathered: Vec<(AlertKind, Duration)>,
    /// When the gathered ones are checked again.
    again: Option<Duration>,
}

impl AlertDelivery {
    /// Returns whether there are announcements to handle now, at this reading of the stopwatch.
    #[must_use]
    pub fn has_new(&self, state: &MessagesState, elapsed: Duration) -> bool {
        state.last_announcement > self.seen || self.again.is_some_and(|again| elapsed >= again)
    }

    /// Returns until when alerts of a kind are gathered.
    fn gathers(&self, kind: AlertKind) -> Option<Duration> {
        let found = self.gathered.iter().find(|(known, _)| *known == kind);
        found.map(|(_, until)| *until)
    }
}

/// What one message tells.
#[derive(Debug, Clone, Copy)]
enum AlertNotice<'a> {
    Begun(&'a Announcement),
    Ended(&'a Announcement),
    /// Both at once.
    Over(&'a Announcement, &'a Announcement),
}

impl<'a> AlertNotice<'a> {
    const fn newest(self) -> &'a Announcement {
        match self {
            Self::Begun(it) | Self::Ended(it) | Self::Over(_, it) => it,
        }
    }
}

/// Queues messages for the announcements of alerts; returns how many were handled.
///
/// # Errors
/// When the store cannot be read or written.
pub(crate) fn tell(
    store: &Store,
    config: &Config,
    look: &ClockReading,
    delivery: &mut AlertDelivery,
    elapsed: Duration,
) -> Result<usize, StoreError> {
    let reader = store.read()?;
    let last = reader.messages_state()?.last_announcement;
    let all = reader.announcements(ANNOUNCED_MAX)?;
    drop(reader);
    let seen = match all.last() {
        Some(newest) if all.len() >= ANNOUNCED_MAX => newest.seq,
        Some(_) | None => last,
    };
    let recipients = addressees::reachable(config);
    if recipients.is_empty() {
        if all.len() >= UNTOLD_MAX {
            store.write(look.recorded(), |tx| drop_all(tx, &all))?;
        }
        (delivery.nobody, delivery.seen, delivery.again) = (seen, seen, None);
        return Ok(0);
    }
    delivery.gathered.retain(|(_, until)| *until > elapsed);
    // Gathered ones must not hide the rest.
    let too_many = all.len() >= ANNOUNCED_MAX;
    let (kept, now): (Vec<&Announcement>, Vec<&Announcement>) = all
        .iter()
        .partition(|it| !too_many && it.seq > delivery.nobody && delivery.gathers(it.cause.kind).is_some());
    let wanted: Vec<&Announcement> = now.iter().copied().filter(|it| it.seq > delivery.nobody).collect();
    if !wanted.is_empty() {
        let items = items(&wanted);
        store.write(look.recorded(), |tx| -> Result<(), StoreError> {
            for recipient in &recipients {
                for group in groups(&items) {
                    tell_group(tx, config, recipient, &group)?;
                }
            }
            now.iter().try_for_each(|it| tx.drop_announcement(it.seq))
        })?;
    }
    for it in &wanted {
        let of_object = it.cause.kind.is_of_one_object();
        if of_object && delivery.gathers(it.cause.kind).is_none() {
            let until = elapsed.saturating_add(Duration::from_secs(GATHERED_S));
            delivery.gathered.push((it.cause.kind, until));
        }
    }
    delivery.again = kept.iter().filter_map(|it| delivery.gathers(it.cause.kind)).min();
    delivery.seen = seen;
    Ok(wanted.len())
}

fn drop_all(tx: &mut Transaction<'_>, all: &[Announcement]) -> Result<(), StoreError> {
    all.iter().try_for_each(|it| tx.drop_announcement(it.seq))
}

/// Pairs beginnings with ends; where both wait, they become one notice.
fn items<'a>(all: &[&'a Announcement]) -> Vec<AlertNotice<'a>> {
    let same = |a: &Announcement, b: &Announcement| a.cause == b.cause && a.since == b.since && a.seq != b.seq;
    let mut items = Vec::new();
    for it in all {
        let other = all.iter().find(|other| same(it, other) && other.ended != it.ended);
        match (it.ended, other) {
            (false, Some(end)) if end.seq > it.seq => items.push(AlertNotice::Over(it, end)),
            (false, _) => items.push(AlertNotice::Begun(it)),
            (true, Some(begun)) if begun.seq < it.seq => {}
            (true, _) => items.push(AlertNotice::Ended(it)),
        }
    }
    items
}

/// Groups the notices: one each, or all of a kind where there are many.
fn groups<'a>(items: &[AlertNotice<'a>]) -> Vec<Vec<AlertNotice<'a>>> {
    let mut groups: Vec<Vec<AlertNotice<'a>>> = Vec::new();
    for item in items {
        let kind = item.newest().cause.kind;
        let of_kind: Vec<AlertNotice<'a>> = items
            .iter()
            .copied()
            .filter(|other| other.newest().cause.kind == kind)
            .collect();
        if of_kind.len() <= ONE_BY_ONE_MAX {
            groups.push(vec![*item]);
        } else if of_kind
            .first()
            .is_some_and(|first| first.newest().seq == item.newest().seq)
        {
            groups.push(of_kind);
        }
    }
    groups
}

fn tell_group(
    tx: &mut Transaction<'_>,
    config: &Config,
    recipient: &Recipient<'_>,
    group: &[AlertNotice<'_>],
) -> Result<(), StoreError> {
    match group {
        [] => Ok(()),
        [AlertNotice::Begun(it)] => tx
            .queue(draft(
                tx,
                config,
                recipient,
                it,
                key(it, false, recipient),
                words(config, it),
            ))
            .map(drop),
        [AlertNotice::Over(begun, end)] => {
            let text = both(config, &words(config, begun), end);
            tx.queue(draft(tx, config, recipient, end, key(begun, false, recipient), text))
                .map(drop)
        }
        [AlertNotice::Ended(end)] => tell_end(tx, config, recipient, end),
        several => tell_several(tx, config, recipient, several),
    }
}

/// Sends the end to those who received the beginning.
fn tell_end(
    tx: &mut Transaction<'_>,
    config: &Config,
    recipient: &Recipient<'_>,
    end: &Announcement,
) -> Result<(), StoreError> {
    let begun_key = key(end, false, recipient);
    let Some(begun) = tx.message_of(&begun_key)? else {
        return Ok(());
    };
    let alone = begun.once == begun_key;
    match begun.state {
        MessageState::Failed | MessageState::Dropped => Ok(()),
        MessageState::Queued if alone => {
            let text = both(config, &begun.text, end);
            tx.put_message(&Message {
                text,
                happened_at: end.at,
                ..begun
            })
        }
        MessageState::Queued | MessageState::Sending | MessageState::Sent | MessageState::Unknown => tx
            .queue(draft(
                tx,
                config,
                recipient,
                end,
                key(end, true, recipient),
                words(config, end),
            ))
            .map(drop),
    }
}

fn tell_several(
    tx: &mut Transaction<'_>,
    config: &Config,
    recipient: &Recipient<'_>,
    several: &[AlertNotice<'_>],
) -> Result<(), StoreError> {
    let (Some(first), Some(last)) = (several.first(), several.last()) else {
        return Ok(());
    };
    let (first, last) = (first.newest(), last.newest());
    let kind = first.cause.kind.as_str();
    let ends = several
        .iter()
        .filter(|item| matches!(item, AlertNotice::Ended(_)))
        .count();
    let counted = match (several.len().saturating_sub(ends), ends) {
        (alerts, 0) => format!("{alerts} alerts ({kind})"),
        (0, ends) => format!("{ends} alerts ended ({kind})"),
        (alerts, ends) => format!("{alerts} new alerts, {ends} ended ({kind})"),
    };
    let mut named: Vec<&str> = several
        .iter()
        .map(|item| item.newest().cause.subject.as_str())
        .collect();
    named.retain(|name| !name.is_empty());
    named.truncate(NAMED_MAX);
    let more = if several.len() > named.len() { ", ..." } else { "" };
    let text = format!(
        "{}: {counted}: {}{more}; `weir logs alert` shows all",
        config.site.name,
        named.join(", ")
    );
    let once = format!("alerts/{kind}/{}-{}/{}", first.seq, last.seq, recipient.to);
    let Some(id) = tx.queue(draft(tx, config, recipient, last, once, text))? else {
        return Ok(());
    };
    // Their ends go to those who received this one.
    for item in several {
        if let AlertNotice::Begun(it) = item {
            tx.stands_for(id, &key(it, false, recipient))?;
        }
    }
    Ok(())
}

fn draft(
    tx: &Transaction<'_>,
    config: &Config,
    recipient: &Recipient<'_>,
    about: &Announcement,
    once: String,
    text: String,
) -> Draft {
    let kind = about.cause.kind.as_str();
    let subject = match (about.cause.subject.as_str(), about.ended) {
        ("", false) => kind.to_owned(),
        ("", true) => format!("{kind}: over"),
        (subject, false) => format!("{kind} {subject}"),
        (subject, true) => format!("{kind} {subject}: over"),
    };
    Draft {
        channel: recipient.channel,
        to: recipient.to.to_owned(),
        purpose: Purpose::Alert,
        subscriber: None,
        once,
        subject: format!("{}: {subject}", config.site.name),
        text,
        attachment: None,
        happened_at: about.at,
        not_before: tx.now(),
        expires: None,
    }
}

fn key(about: &Announcement, ended: bool, recipient: &Recipient<'_>) -> String {
    format!(
        "alert/{}/{}/{}/{}/{}",
        about.cause.kind.as_str(),
        about.cause.subject,
        about.since.millis(),
        if ended { "over" } else { "begun" },
        recipient.to
    )
}

fn words(config: &Config, about: &Announcement) -> String {
    format!("{}: {}", config.site.name, about.text)
}

/// Returns one text for the beginning and the end.
fn both(config: &Config, begun: &str, end: &Announcement) -> String {
    let zone = &config.site.zone;
    format!(
        "{begun}; already over: {} (from {} to {})",
        end.text,
        civil(end.since, zone),
        civil(end.at, zone)
    )
}
