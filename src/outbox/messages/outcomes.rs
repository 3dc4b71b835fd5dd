//! Stores what became of the messages that were handed over.
//!
//! Written in one transaction, with a record for each that has come to an end. A message that every gateway refused waits for
//! its next round; one whose outcome is unknown is never tried again by itself. Must never know: how a message is handed over.

use std::time::Duration;

use crate::config::gateways::channels;
use crate::config::read::Config;
use crate::model::alert::{AlertKind, Cause};
use crate::model::day::Instant;
use crate::model::message::{Message, MessageState, MessagesState, Purpose, TRIES_KEPT, Try};
use crate::model::money::Money;
use crate::model::record::{LogKind, LogRecord};
use crate::outbox::messages::choice::{Departure, ground};
use crate::outbox::messages::gateway_backoff::{GatewaysSeen, REFUSALS_IN_A_ROW};
use crate::rules::messages::delivery::{self, DeliveryStep};
use crate::store::error::StoreError;
use crate::store::write::alerts::Raised;
use crate::store::write::transaction::Transaction;

/// How the handover ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Ended {
    /// A gateway has it.
    Taken {
        /// Which.
        gateway: String,
        /// What it said.
        answer: String,
    },
    /// It may have arrived.
    Unknown {
        /// By which gateway.
        gateway: String,
        /// What happened.
        why: String,
    },
    /// Every gateway refused it.
    Refused,
    /// It certainly did not leave, and not every gateway was asked: something else comes first, or the service stops.
    PutBack,
}

/// What became of one message.
#[derive(Debug, Clone)]
pub(crate) struct HandoverOutcome {
    /// The message as it was handed over.
    pub(crate) departure: Departure,
    /// The gateways that refused it, and why, in order.
    pub(crate) refusals: Vec<(String, String)>,
    /// How it ended.
    pub(crate) ended: Ended,
}

/// What the gateways did, for the alerts about them.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct GatewayNews {
    /// A gateway refused several in a row, with the newest reason.
    pub(crate) refuse: Vec<(String, String)>,
    /// A gateway accepted one.
    pub(crate) work: Vec<String>,
}

impl GatewayNews {
    /// Adds later events.
    pub(crate) fn add(&mut self, later: Self) {
        for name in later.work {
            self.refuse.retain(|(known, _)| *known != name);
            self.work.retain(|known| *known != name);
            self.work.push(name);
        }
        for (name, why) in later.refuse {
            self.refuse.retain(|(known, _)| *known != name);
            self.refuse.push((name, why));
        }
    }
}

/// Notes refusals and acceptances of the gateways.
pub(crate) fn behaved(outcomes: &[HandoverOutcome], gateways: &mut GatewaysSeen, elapsed: Duration) -> GatewayNews {
    let mut news = GatewayNews::default();
    for outcome in outcomes {
        for (gateway, why) in &outcome.refusals {
            if gateways.refused(gateway, elapsed) >= REFUSALS_IN_A_ROW {
                news.refuse.retain(|(name, _)| name != gateway);
                news.refuse.push((gateway.clone(), why.clone()));
            }
        }
        if let Ended::Taken { gateway, .. } = &outcome.ended {
            gateways.took(gateway);
            news.refuse.retain(|(name, _)| name != gateway);
            news.work.push(gateway.clone());
        }
    }
    news
}

/// Raises and ends the alerts about gateways.
///
/// # Errors
/// When the store cannot be read or written.
pub(crate) fn tell_gateways(tx: &mut Transaction<'_>, news: &GatewayNews) -> Result<(), StoreError> {
    for gateway in &news.work {
        works(tx, gateway)?;
    }
    for (gateway, why) in &news.refuse {
        let cause = Cause::of(AlertKind::Gateway, gateway.as_str());
        // Its text stays the first one: a new number of refusals is no news.
        if tx.alert(&cause)?.is_none() {
            tx.raise(&Raised::new(
                cause,
                format!("gateway `{gateway}` refuses every message: {why}"),
            ))?;
        }
    }
    Ok(())
}

/// Ends the alert about a gateway that has accepted a message.
///
/// # Errors
/// When the store cannot be read or written.
pub(crate) fn works(tx: &mut Transaction<'_>, gateway: &str) -> Result<(), StoreError> {
    let cause = Cause::of(AlertKind::Gateway, gateway);
    tx.end_alert(&cause, &format!("gateway `{gateway}` accepts messages again"))?;
    Ok(())
}

/// Writes that these messages are being handed over; they count against the cap from here on.
///
/// # Errors
/// When the store cannot be read or written.
pub(crate) fn mark(tx: &mut Transaction<'_>, departures: &[Departure]) -> Result<(), StoreError> {
    for departure in departures {
        tx.put_message(&departure.message)?;
        if let Some(once) = &departure.once {
            tx.stands_for(departure.message.id, once)?;
        }
        if let Some(day) = departure.counts_on {
            tx.change_messages_state(|state| {
                if state.cap_day != day.number() {
                    (state.cap_day, state.left_that_day) = (day.number(), 0);
                }
                state.left_that_day = state.left_that_day.saturating_add(1);
            })?;
        }
    }
    Ok(())
}

/// Writes what ended without leaving.
///
/// # Errors
/// When the store cannot be read or written.
pub(crate) fn write_ends(tx: &mut Transaction<'_>, config: &Config, ends: &[Message]) -> Result<(), StoreError> {
    for message in ends {
        tx.put_message(message)?;
        tell(tx, config, message)?;
    }
    Ok(())
}

/// Writes what became of messages that were handed over; returns them as they are now. `shows`: what the clock shows,
/// which is what pauses are counted by.
///
/// # Errors
/// When the store cannot be read or written.
pub(crate) fn write(
    tx: &mut Transaction<'_>,
    config: &Config,
    outcomes: &[HandoverOutcome],
    shows: Instant,
    trusted: bool,
) -> Result<Vec<Message>, StoreError> {
    let mut written = Vec::new();
    for outcome in outcomes {
        if matches!(outcome.ended, Ended::PutBack) {
            // The commit that was to mark it may have failed: then it is unchanged, or as somebody has changed it since.
            let stands = tx.message(outcome.departure.message.id)?;
            if stands.is_none_or(|message| message.state != MessageState::Sending) {
                continue;
            }
        }
        let message = after(outcome, config, tx.now(), shows, trusted);
        tx.put_message(&message)?;
        tell(tx, config, &message)?;
        if message.state.is_open() || message.state == MessageState::Failed {
            uncount(tx, &outcome.departure)?;
        }
        written.push(message);
    }
    Ok(written)
}

/// Takes a message that did not leave off the count against the cap.
fn uncount(tx: &mut Transaction<'_>, departure: &Departure) -> Result<(), StoreError> {
    let Some(day) = departure.counts_on else {
        return Ok(());
    };
    tx.change_messages_state(|state| {
        if state.cap_day == day.number() {
            state.left_that_day = state.left_that_day.saturating_sub(1);
        }
    })
}

/// Returns the message as it is after the handover.
fn after(outcome: &HandoverOutcome, config: &Config, at: Instant, shows: Instant, trusted: bool) -> Message {
    let mut message = outcome.departure.message.clone();
    message.state = MessageState::Queued;
    for (gateway, why) in &outcome.refusals {
        message.error = Some(format!("`{gateway}`: {why}"));
        message.gateway = Some(gateway.clone());
        if message.tries.len() >= TRIES_KEPT {
            // The first instant is kept: it is tried since then.
            message.tries.remove(1);
        }
        message.tries.push(Try {
            gateway: gateway.clone(),
            at,
            error: why.clone(),
        });
    }
    // One try was counted when it was handed over.
    let began = usize::from(!matches!(outcome.ended, Ended::Refused | Ended::PutBack));
    let tried = outcome.refusals.len().saturating_add(began);
    let before = message.attempts.saturating_sub(1);
    message.attempts = before.saturating_add(u16::try_from(tried).unwrap_or(u16::MAX));
    match &outcome.ended {
        Ended::Taken { gateway, answer } => {
            message.state = MessageState::Sent;
            message.text.clone_from(&outcome.departure.text);
            message.sent_at = Some(at);
            message.cost = cost(config, gateway, message.parts);
            message.gateway = Some(gateway.clone());
            message.answer = Some(answer.clone()).filter(|answer| !answer.is_empty());
            message.error = None;
        }
        Ended::Unknown { gateway, why } => {
            message.state = MessageState::Unknown;
            message.text.clone_from(&outcome.departure.text);
            message.cost = cost(config, gateway, message.parts);
            message.gateway = Some(gateway.clone());
            message.error = Some(format!("`{gateway}`: {why}"));
        }
        Ended::PutBack => message.not_before = message.not_before.min(shows),
        Ended::Refused => {
            let carried = channels(&config.gateways);
            let ground = ground(config, &carried, &MessagesState::default(), shows, trusted);
            match delivery::after_round(&message, &ground) {
                // Somebody waits for the answer.
                DeliveryStep::Wait(_) if message.purpose == Purpose::Test => message.state = MessageState::Failed,
                DeliveryStep::Wait(until) => {
                    message.rounds = message.rounds.saturating_add(1);
                    message.not_before = until;
                }
                DeliveryStep::Fail(why) | DeliveryStep::Drop(why) => {
                    message.state = MessageState::Failed;
                    message.error = Some(why);
                }
                DeliveryStep::Try(_) | DeliveryStep::Nothing => {}
            }
            message.parts = 0;
        }
    }
    message
}

fn cost(config: &Config, gateway: &str, parts: u8) -> Option<Money> {
    let gateway = config.gateways.iter().find(|known| known.name == gateway)?;
    let price = gateway.price_per_part?;
    Some(Money::from_minor(price.minor().saturating_mul(i64::from(parts))))
}

/// Writes a message that has ended to the owner's log, without its text.
///
/// # Errors
/// When the store cannot be written.
pub(crate) fn tell(tx: &mut Transaction<'_>, config: &Config, message: &Message) -> Result<(), StoreError> {
    if message.state.is_open() {
        return Ok(());
    }
    let what = match &message.purpose {
        Purpose::Alert => "an alert".to_owned(),
        Purpose::Report => "a report".to_owned(),
        Purpose::Test => "a test".to_owned(),
        Purpose::Reminder { .. }
        | Purpose::Suspension { .. }
        | Purpose::Payment { .. }
        | Purpose::Resumption
        | Purpose::Resumed { .. } => {
            format!("a message ({})", message.purpose.as_str())
        }
    };
    let gateway = message.gateway.as_deref().unwrap_or("no gateway");
    let why = message.error.as_deref().unwrap_or("no reason was recorded");
    let text = match message.state {
        MessageState::Sent => format!("{what} to {} was accepted by `{gateway}`", message.to),
        MessageState::Failed => format!("{what} to {} failed: {why}", message.to),
        MessageState::Unknown => format!("{what} to {} may or may not have arrived: {why}", message.to),
        MessageState::Dropped => format!("{what} to {} was not sent: {why}", message.to),
        MessageState::Queued | MessageState::Sending => return Ok(()),
    };
    let mut record = LogRecord::new(tx.now(), LogKind::Messages, text)
        .about(message.subscriber.as_ref().map(|(_, username)| username))
        .field("id", message.id)
        .field("state", message.state.as_str())
        .field("purpose", message.purpose.as_str())
        .field("channel", message.channel.as_str())
        .field("attempts", message.attempts);
    if let Some(gateway) = &message.gateway {
        record = record.field("gateway", gateway);
    }
    if message.parts > 0 {
        record = record.field("parts", message.parts);
    }
    if let Some(cost) = message.cost {
        record = record.field("cost", config.site.currency.format(cost));
    }
    tx.log(&record)
}
