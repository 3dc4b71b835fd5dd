//! `weir outbox test` sends one test message and shows the gateway's answer.
//!
//! The message goes now, from gateway to gateway as any other does, until one has it; or by the one that is named. It is written down
//! before and after like any other, and never tried a second time.

use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::appliance::core::Appliance;
use crate::commands::messages::answer::MessageAnswer;
use crate::commands::reply::reply;
use crate::commands::table::facts;
use crate::commands::{Asked, Caller, Reply, SiteCommand};
use crate::config::alerts::email_of;
use crate::config::gateways::GatewayConfig;
use crate::config::read::Config;
use crate::model::failure::Failure;
use crate::model::message::{Channel, Draft, Message, MessageState, Purpose};
use crate::outbox::messages::carrier::Gateways;
use crate::outbox::messages::choice::Departure;
use crate::outbox::messages::handover::{self, Ways};
use crate::outbox::messages::outcomes::{self, Ended, HandoverOutcome};
use crate::rules::messages::gsm;
use crate::rules::phone::complete::complete;
use crate::store::error::StoreError;

/// Send one message now and show the answer
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, clap::Args)]
#[serde(deny_unknown_fields)]
pub struct OutboxTest {
    /// A phone number or an e-mail address
    pub to: String,
    /// Use only this gateway
    #[arg(long, value_name = "NAME")]
    pub gateway: Option<String>,
}

impl SiteCommand for OutboxTest {
    fn answer(&self, site: &Appliance, asked: &mut Asked<'_>) -> Result<Reply, Failure> {
        answer(site, asked.caller, &self.to, self.gateway.as_deref())
    }
}

/// The outcome, as `--json` prints it.
#[derive(Debug, Serialize)]
struct TestAnswer {
    #[serde(flatten)]
    message: MessageAnswer,
    /// `taken`, `refused` or `unknown`.
    verdict: &'static str,
    latency_ms: u64,
}

/// Answers `weir outbox test NUMBER`: sends one message and shows the answer.
pub(crate) fn answer(appliance: &Appliance, call: &Caller, to: &str, gateway: Option<&str>) -> Result<Reply, Failure> {
    let in_force = appliance.in_force();
    let config = &in_force.config;
    let (channel, to) = recipient(to, config)?;
    let named = gateway.is_some();
    let (at, gateway) = chosen(config, channel, gateway)?;
    let departure = set_out(appliance, config, channel, to, at, gateway)?;
    // As a real message does, it falls back on the next one; unless one of them is to be tried.
    let others: Vec<usize> = (0..config.gateways.len())
        .filter(|other| named && *other != at)
        .collect();
    let carrier = Gateways::new(Arc::new({
        let config = Arc::clone(config);
        move || Arc::clone(&config)
    }));
    let began = appliance.clock.elapsed();
    let outcome = handover::one(
        Ways {
            config,
            data: &appliance.data,
            carrier: &carrier,
            go_on: &|| true,
        },
        Departure {
            skipped: others,
            ..departure
        },
    );
    let took = appliance.clock.elapsed().saturating_sub(began);
    let (verdict, came_back) = match &outcome.ended {
        Ended::Taken { answer, .. } => ("taken", answer.clone()),
        Ended::Unknown { why, .. } => ("unknown", why.clone()),
        Ended::Refused | Ended::PutBack => (
            "refused",
            outcome.refusals.last().map_or(String::new(), |(_, why)| why.clone()),
        ),
    };
    let message = write_down(appliance, config, &outcome)?;
    told(call, config, &message, verdict, &came_back, took)
}

/// Returns the recipient, as a phone number or an e-mail address.
fn recipient(to: &str, config: &Config) -> Result<(Channel, String), Failure> {
    let way_out = "write a phone number, for example `+254700000001`, or an e-mail address";
    if to.contains('@') {
        let address = email_of(to).map_err(|why| Failure::refused(why, way_out))?;
        return Ok((Channel::Email, address));
    }
    let number = complete(to, config.messages.numbering()).map_err(|why| Failure::refused(why, way_out))?;
    Ok((Channel::Sms, number))
}

fn chosen<'c>(config: &'c Config, channel: Channel, name: Option<&str>) -> Result<(usize, &'c GatewayConfig), Failure> {
    let what = channel.what();
    let mut numbered = config.gateways.iter().enumerate();
    let Some(name) = name else {
        return numbered
            .find(|(_, gateway)| gateway.kind.channel() == channel)
            .ok_or_else(|| {
                Failure::refused(
                    format!("no configured gateway carries {what}"),
                    "add one under [[gateways]]; README.md shows how",
                )
            });
    };
    let Some(found) = numbered.find(|(_, gateway)| gateway.name == name) else {
        let names: Vec<String> = config
            .gateways
            .iter()
            .map(|gateway| format!("`{}`", gateway.name))
            .collect();
        let way_out = if names.is_empty() {
            "add one under [[gateways]]; README.md shows how".to_owned()
        } else {
            format!("the gateways are {}", names.join(", "))
        };
        return Err(Failure::refused(format!("there is no gateway `{name}`"), way_out));
    };
    if found.1.kind.channel() != channel {
        return Err(Failure::refused(
            format!("gateway `{name}` does not carry {what}"),
            "choose one that does, or leave out `--gateway`",
        ));
    }
    Ok(found)
}

/// Queues it as being handed over already, in one commit: nobody else takes it.
fn set_out(
    appliance: &Appliance,
    config: &Config,
    channel: Channel,
    to: String,
    at: usize,
    gateway: &GatewayConfig,
) -> Result<Departure, Failure> {
    let recorded = appliance.recorded()?.at;
    let text = format!("{}: this is a test of gateway {}", config.site.name, gateway.name);
    let message = appliance.store.write(recorded, |tx| -> Result<Message, StoreError> {
        let number = tx.messages_state()?.last_id.saturating_add(1);
        let queued = tx.queue(Draft {
            channel,
            to,
            purpose: Purpose::Test,
            subscriber: None,
            once: format!("test/{number}"),
            subject: format!("{}: a test", config.site.name),
            text: text.clone(),
            attachment: None,
            happened_at: tx.now(),
            not_before: tx.now(),
            expires: None,
        })?;
        let message = queued.map_or(Ok(None), |id| tx.message(id))?;
        let mut message = message
            .ok_or_else(|| StoreError::Contradiction(format!("message {number} existed before it was queued")))?;
        message.state = MessageState::Sending;
        message.attempts = 1;
        message.gateway = Some(gateway.name.clone());
        if channel == Channel::Sms {
            message.parts = gsm::measure(&text).parts;
        }
        tx.put_message(&message)?;
        Ok(message)
    })?;
    Ok(Departure {
        message,
        text,
        once: None,
        first: at,
        skipped: Vec::new(),
        counts_on: None,
    })
}

/// Writes the outcome; a refused test is not tried again.
fn write_down(appliance: &Appliance, config: &Config, outcome: &HandoverOutcome) -> Result<Message, Failure> {
    let look = appliance.keeper.look()?;
    let written = appliance
        .store
        .write(look.recorded(), |tx| -> Result<Vec<Message>, StoreError> {
            if let Ended::Taken { gateway, .. } = &outcome.ended {
                outcomes::works(tx, gateway)?;
            }
            let outcomes = std::slice::from_ref(outcome);
            outcomes::write(tx, config, outcomes, look.now, look.trust.is_trusted())
        })?;
    written.into_iter().next().ok_or_else(|| {
        Failure::refused(
            "the gateway's answer could not be recorded",
            "`weir outbox` shows what is known about the message",
        )
    })
}

fn told(
    call: &Caller,
    config: &Config,
    message: &Message,
    verdict: &'static str,
    came_back: &str,
    took: Duration,
) -> Result<Reply, Failure> {
    let latency_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
    let answer = TestAnswer {
        message: MessageAnswer::of(message, None, config),
        verdict,
        latency_ms,
    };
    let words = match verdict {
        "taken" => "taken: the gateway accepted it",
        "refused" => "refused: no gateway accepted it, and nothing was sent",
        _ => "unknown: it may or may not have arrived; Weir does not send it again by itself",
    };
    let mut reply = reply(call, &answer, || {
        let mut pairs = vec![
            ("message", format!("{} to {}", message.id, message.to)),
            ("gateway", message.gateway.clone().unwrap_or_default()),
            ("verdict", words.to_owned()),
        ];
        let passed_by = message.tries.len().saturating_sub(usize::from(verdict == "refused"));
        for refusal in message.tries.iter().take(passed_by) {
            pairs.push(("refused by", format!("{}: {}", refusal.gateway, refusal.error)));
        }
        if !came_back.is_empty() {
            pairs.push(("answer", came_back.to_owned()));
        }
        pairs.push(("after", format!("{latency_ms} ms")));
        if let Some(cost) = message.cost {
            pairs.push((
                "cost",
                format!("{} {}", config.site.currency.format(cost), config.site.currency.code()),
            ));
        }
        facts(&pairs, call.width)
    })?;
    reply.exit = u8::from(verdict != "taken");
    Ok(reply)
}
