//! `weir outbox` lists the messages and what became of them; `weir outbox resend` sends one again.
//!
//! Lists the newest first. One that has failed, was dropped, or may have arrived or not is sent once more only by `weir
//! outbox resend`.

use serde::Serialize;

use crate::appliance::core::{Appliance, OpenedBy};
use crate::commands::reply::reply;
use crate::commands::table::{Column, Table, facts};
use crate::commands::time_words::civil;
use crate::commands::{Call, Reply};
use crate::config::read::Config;
use crate::model::day::Instant;
use crate::model::failure::Failure;
use crate::model::message::{Lane, Message, MessageId, MessageState};
use crate::model::record::{LogKind, LogRecord};
use crate::outbox::messages::carrier::channels;
use crate::outbox::messages::choice;
use crate::rules::messages::delivery;
use crate::store::error::StoreError;

/// A message, as `--json` prints it.
#[derive(Debug, Serialize)]
pub(crate) struct MessageAnswer {
    id: u64,
    channel: &'static str,
    to: String,
    text: String,
    state: &'static str,
    attempts: u16,
    gateway: Option<String>,
    queued_at: String,
    /// When it is tried next; for one that waits for the end of the quiet hours or for the next day, that.
    not_before: String,
    sent_at: Option<String>,
    error: Option<String>,
    parts: u8,
    cost: Option<String>,
    purpose: &'static str,
    username: Option<String>,
    answer: Option<String>,
    subject: Option<String>,
    expires: Option<String>,
    tries: Vec<TryAnswer>,
}

/// A refusal.
#[derive(Debug, Serialize)]
struct TryAnswer {
    gateway: String,
    at: String,
    error: String,
}

impl MessageAnswer {
    pub(crate) fn of(message: &Message, held: Option<Instant>, config: &Config) -> Self {
        Self {
            id: message.id.0,
            channel: message.channel.as_str(),
            to: message.to.clone(),
            text: message.text.clone(),
            state: message.state.as_str(),
            attempts: message.attempts,
            gateway: message.gateway.clone(),
            queued_at: message.queued_at.to_string(),
            not_before: waits_until(message, held).to_string(),
            sent_at: message.sent_at.map(|at| at.to_string()),
            error: message.error.clone(),
            parts: message.parts,
            cost: message.cost.map(|cost| config.site.currency.format(cost)),
            purpose: message.purpose.as_str(),
            username: message.subscriber.as_ref().map(|(_, name)| name.to_string()),
            answer: message.answer.clone(),
            subject: Some(message.subject.clone()).filter(|subject| !subject.is_empty()),
            expires: message.expires.map(|at| at.to_string()),
            tries: message
                .tries
                .iter()
                .map(|one| TryAnswer {
                    gateway: one.gateway.clone(),
                    at: one.at.to_string(),
                    error: one.error.clone(),
                })
                .collect(),
        }
    }
}

fn waits_until(message: &Message, held: Option<Instant>) -> Instant {
    match held {
        Some(held) if message.state == MessageState::Queued && message.purpose.lane() == Lane::Subscribers => {
            message.not_before.max(held)
        }
        Some(_) | None => message.not_before,
    }
}

/// Returns the messages, newest first.
pub(crate) fn list(appliance: &Appliance, call: &Call, state: Option<&str>, limit: u32) -> Result<Reply, Failure> {
    let wanted = state.map(state_of).transpose()?;
    let in_force = appliance.in_force();
    let config = &in_force.config;
    let look = appliance.keeper.look()?;
    let reader = appliance.store.read()?;
    let carried = channels(&config.gateways);
    let counts = reader.messages_state()?;
    let ground = choice::ground(config, &carried, &counts, look.now, look.trust.is_trusted());
    let held = look.trust.is_trusted().then(|| delivery::held_until(&ground)).flatten();
    let most = usize::try_from(limit).unwrap_or(usize::MAX);
    let mut found: Vec<Message> = Vec::new();
    reader.each_message_back(|message| -> Result<bool, StoreError> {
        if wanted.is_none_or(|wanted| message.state == wanted) {
            found.push(message);
        }
        Ok(found.len() < most)
    })?;
    drop(reader);
    let answers: Vec<MessageAnswer> = found
        .iter()
        .map(|message| MessageAnswer::of(message, held, config))
        .collect();
    let mut reply = reply(call, &answers, || {
        if found.is_empty() {
            return "no messages\n".to_owned();
        }
        let mut table = Table::new(&[
            Column::whole("ID"),
            Column::whole("WHEN"),
            Column::name("TO"),
            Column::whole("STATE"),
            Column::whole("TRIES"),
            Column::text("GATEWAY"),
            Column::text("TEXT"),
            Column::sentence("WHY"),
        ]);
        for message in &found {
            table.row([
                message.id.to_string().as_str(),
                civil(message.sent_at.unwrap_or(message.queued_at), &config.site.zone).as_str(),
                message.to.as_str(),
                message.state.as_str(),
                message.attempts.to_string().as_str(),
                message.gateway.as_deref().unwrap_or(""),
                message.text.as_str(),
                message.error.as_deref().unwrap_or(""),
            ]);
        }
        table.render(call.width)
    })?;
    reply
        .notes
        .extend(waits_for_service(appliance, counts.count(MessageState::Queued)));
    Ok(reply)
}

/// Returns the note that messages wait and no service sends them.
fn waits_for_service(appliance: &Appliance, queued: u64) -> Option<String> {
    let alone = appliance.opened_by == OpenedBy::Alone && queued > 0;
    alone.then(|| "the service is not running: queued messages wait until `weir run` is started".to_owned())
}

/// Sends a message once more.
pub(crate) fn resend(appliance: &Appliance, call: &Call, id: u64) -> Result<Reply, Failure> {
    let in_force = appliance.in_force();
    let config = &in_force.config;
    let look = appliance.keeper.look()?;
    let zone = &config.site.zone;
    let queued = appliance
        .store
        .write(look.recorded(), |tx| -> Result<Message, Failure> {
            let Some(before) = tx.message(MessageId(id))? else {
                return Err(Failure::refused(
                    format!("there is no message {id}"),
                    "`weir outbox` lists the messages with their numbers",
                ));
            };
            may_be_resent(&before, look.now, zone)?;
            let after = before.clone().queued_again(tx.now());
            tx.put_message(&after)?;
            let was = before.error.as_deref().unwrap_or("no reason was recorded");
            tx.log(
                &LogRecord::new(
                    tx.now(),
                    LogKind::Messages,
                    format!(
                        "{} resent message {id}; it was {}: {was}",
                        call.actor,
                        before.state.as_str()
                    ),
                )
                .about(before.subscriber.as_ref().map(|(_, name)| name))
                .field("id", id)
                .field("state", after.state.as_str())
                .field("actor", &call.actor),
            )?;
            Ok(after)
        })?;
    let answer = MessageAnswer::of(&queued, None, config);
    let mut reply = reply(call, &answer, || {
        facts(
            &[
                ("message", queued.id.to_string()),
                ("to", queued.to.clone()),
                (
                    "state",
                    "queued; it leaves the next time the outbox is checked".to_owned(),
                ),
            ],
            call.width,
        )
    })?;
    reply.notes.extend(waits_for_service(appliance, 1));
    Ok(reply)
}

fn may_be_resent(message: &Message, now: Instant, zone: &jiff::tz::TimeZone) -> Result<(), Failure> {
    let id = message.id;
    match message.state {
        MessageState::Queued => Err(Failure::refused(
            format!("message {id} is still waiting to leave"),
            "`weir outbox --state queued` shows until when it waits",
        )),
        MessageState::Sending => Err(Failure::refused(
            format!("message {id} is being handed over right now"),
            "look again in a minute",
        )),
        MessageState::Sent => Err(Failure::refused(
            format!("message {id} was accepted by its gateway, so it is not sent twice"),
            "ask the gateway's operator what became of it",
        )),
        MessageState::Failed | MessageState::Unknown | MessageState::Dropped => match message.expires {
            Some(expires) if expires < now => Err(Failure::refused(
                format!("message {id} expired at {}", civil(expires, zone)),
                "it is too old to send: what it says is no longer true",
            )),
            Some(_) | None => Ok(()),
        },
    }
}

fn state_of(text: &str) -> Result<MessageState, Failure> {
    MessageState::parse(text).ok_or_else(|| {
        let states: Vec<String> = MessageState::ALL
            .iter()
            .map(|state| format!("`{}`", state.as_str()))
            .collect();
        Failure::refused(
            format!("there is no message state `{text}`"),
            format!("the states are {}", states.join(", ")),
        )
    })
}
