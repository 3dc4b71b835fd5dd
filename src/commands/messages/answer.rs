//! A message of the outbox, as `--json` prints it.

use serde::Serialize;

use crate::appliance::core::{Appliance, OpenedBy};
use crate::config::read::Config;
use crate::model::day::Instant;
use crate::model::message::{Lane, Message, MessageState};

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
pub(crate) struct TryAnswer {
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
            queued_at: message.queued_at.rfc3339(),
            not_before: waits_until(message, held).rfc3339(),
            sent_at: message.sent_at.map(|at| at.rfc3339()),
            error: message.error.clone(),
            parts: message.parts,
            cost: message.cost.map(|cost| config.site.currency.format(cost)),
            purpose: message.purpose.as_str(),
            username: message.subscriber.as_ref().map(|(_, name)| name.to_string()),
            answer: message.answer.clone(),
            subject: Some(message.subject.clone()).filter(|subject| !subject.is_empty()),
            expires: message.expires.map(|at| at.rfc3339()),
            tries: message
                .tries
                .iter()
                .map(|one| TryAnswer {
                    gateway: one.gateway.clone(),
                    at: one.at.rfc3339(),
                    error: one.error.clone(),
                })
                .collect(),
        }
    }
}

pub(crate) fn waits_until(message: &Message, held: Option<Instant>) -> Instant {
    match held {
        Some(held) if message.state == MessageState::Queued && message.purpose.lane() == Lane::Subscribers => {
            message.not_before.max(held)
        }
        Some(_) | None => message.not_before,
    }
}

/// Returns the note that messages wait and no service sends them.
pub(crate) fn waits_for_service(appliance: &Appliance, queued: u64) -> Option<String> {
    let alone = appliance.opened_by == OpenedBy::Alone && queued > 0;
    alone.then(|| "the service is not running: queued messages wait until `weir run` is started".to_owned())
}
