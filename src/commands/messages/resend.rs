//! `weir outbox resend` sends a message again, although it may have arrived.

use serde::{Deserialize, Serialize};

use crate::appliance::core::Appliance;
use crate::commands::messages::answer::MessageAnswer;
use crate::commands::messages::answer::waits_for_service;
use crate::commands::reply::reply;
use crate::commands::table::facts;
use crate::commands::time_words::civil;
use crate::commands::{Asked, Caller, Reply, SiteCommand};
use crate::model::day::Instant;
use crate::model::failure::Failure;
use crate::model::message::{Message, MessageId, MessageState};
use crate::model::record::{LogKind, LogRecord};

/// Send a message again, although it may have arrived
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, clap::Args)]
#[serde(deny_unknown_fields)]
pub struct OutboxResend {
    /// Its number in `weir outbox`
    pub id: u64,
}

impl SiteCommand for OutboxResend {
    fn answer(&self, site: &Appliance, asked: &mut Asked<'_>) -> Result<Reply, Failure> {
        resend(site, asked.caller, self.id)
    }
}

/// Sends a message once more.
pub(crate) fn resend(appliance: &Appliance, call: &Caller, id: u64) -> Result<Reply, Failure> {
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

pub(crate) fn may_be_resent(message: &Message, now: Instant, zone: &jiff::tz::TimeZone) -> Result<(), Failure> {
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
