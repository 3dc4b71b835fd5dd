//! Who receives alerts and the report, and does a message that waits still go to one of them?
//!
//! A message to the owner may wait for days for a gateway, and `[alerts]` may name other people by then. One whose addressee is no
//! longer named goes to somebody named since who has not received it, or to nobody.

use crate::config::gateways::channels;
use crate::config::read::Config;
use crate::model::message::{Channel, Message};
use crate::rules::messages::delivery;
use crate::rules::phone::complete::complete;
use crate::store::error::StoreError;
use crate::store::read::reader::Reader;

/// A recipient of alerts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Recipient<'a> {
    /// By what kind of way.
    pub channel: Channel,
    /// The number or address, as `[alerts]` has it.
    pub to: &'a str,
}

/// Returns everybody whom `[alerts]` names.
#[must_use]
pub fn named(config: &Config) -> Vec<Recipient<'_>> {
    let phones = config.alerts.sms.iter().map(|phone| Recipient {
        channel: Channel::Sms,
        to: phone.as_str(),
    });
    let addresses = config.alerts.email.iter().map(|address| Recipient {
        channel: Channel::Email,
        to: address,
    });
    phones.chain(addresses).collect()
}

/// Returns those for whom a gateway is configured.
#[must_use]
pub fn reachable(config: &Config) -> Vec<Recipient<'_>> {
    let carried = channels(&config.gateways);
    let mut found = named(config);
    found.retain(|recipient| delivery::next_gateway(recipient.channel, &carried, &[]).is_some());
    found
}

/// Why alerts cannot reach somebody whom `[alerts]` names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UnreachedRecipient {
    /// No gateway carries what they receive.
    NoGateway(String),
    /// The number is none, by the rule by which messages are sent.
    NoNumber(String),
}

/// Returns whether alerts can be handed to a gateway for somebody whom `[alerts]` names.
///
/// # Errors
/// Why not, in words.
pub fn can_be_reached(config: &Config, recipient: Recipient<'_>) -> Result<(), UnreachedRecipient> {
    let carried = channels(&config.gateways);
    if recipient.channel == Channel::Sms {
        complete(recipient.to, config.messages.numbering()).map_err(UnreachedRecipient::NoNumber)?;
    }
    if delivery::next_gateway(recipient.channel, &carried, &[]).is_none() {
        let what = recipient.channel.what();
        return Err(UnreachedRecipient::NoGateway(format!(
            "no configured gateway carries {what}; add one under [[gateways]]"
        )));
    }
    Ok(())
}

/// To whom an alert that waits goes now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Addressee {
    /// To whom it was written.
    AsWritten,
    /// To somebody named since, under this further sent-once key.
    Instead {
        /// The number or address.
        to: String,
        /// The key that keeps it from being sent there twice.
        once: String,
    },
    /// To nobody.
    Nobody,
}

/// Returns to whom an alert that waits goes now.
///
/// # Errors
/// When the store cannot be read.
pub(crate) fn of_alert(reader: &Reader<'_>, config: &Config, message: &Message) -> Result<Addressee, StoreError> {
    let named = named(config);
    if is_named(config, &named, message) {
        return Ok(Addressee::AsWritten);
    }
    let Some((what, _)) = message.once.rsplit_once('/') else {
        return Ok(Addressee::Nobody);
    };
    for recipient in named.iter().filter(|named| named.channel == message.channel) {
        let once = format!("{what}/{}", recipient.to);
        if !reader.has_once(&once)? {
            return Ok(Addressee::Instead {
                to: recipient.to.to_owned(),
                once,
            });
        }
    }
    Ok(Addressee::Nobody)
}

/// Returns whether `[alerts]` still names the addressee of a message.
pub(crate) fn still_named(config: &Config, message: &Message) -> bool {
    is_named(config, &named(config), message)
}

fn is_named(config: &Config, named: &[Recipient<'_>], message: &Message) -> bool {
    named.iter().any(|recipient| {
        recipient.channel == message.channel && is_same(config, message.channel, recipient.to, &message.to)
    })
}

/// Returns whether two numbers or addresses are the same: a number is completed when it is first tried, and stays so while it waits
/// for the next try.
pub(crate) fn is_same(config: &Config, channel: Channel, one: &str, other: &str) -> bool {
    let whole = |to: &str| complete(to, config.messages.numbering()).ok();
    one == other || channel == Channel::Sms && whole(one).is_some_and(|number| Some(number) == whole(other))
}
