//! Can alerts leave, and to whom?

use serde::Serialize;

use crate::config::read::Config;
use crate::model::alert::{AlertKind, Cause};
use crate::model::message::Channel;
use crate::notices::addressees::{self, UnreachedRecipient};
use crate::store::error::StoreError;
use crate::store::read::reader::Reader;

/// Whether alerts can leave, and to whom.
#[derive(Debug, Serialize)]
pub(crate) struct AlertingAnswer {
    /// Whom they reach, as far as is known.
    pub(crate) to: Vec<String>,
    /// Why they cannot reach somebody, or anybody.
    pub(crate) faults: Vec<String>,
}

impl AlertingAnswer {
    /// Reads it.
    pub(crate) fn read(reader: &Reader<'_>, config: &Config) -> Result<Self, StoreError> {
        let (mut to, mut faults) = (Vec::new(), Vec::new());
        for recipient in addressees::named(config) {
            match addressees::can_be_reached(config, recipient) {
                Err(UnreachedRecipient::NoGateway(why) | UnreachedRecipient::NoNumber(why)) => {
                    faults.push(format!("alerts cannot reach `{}`: {why}", recipient.to));
                }
                Ok(()) if Self::all_refuse(reader, config, recipient.channel)? => faults.push(format!(
                    "alerts cannot reach `{}`: every gateway that carries {} refuses",
                    recipient.to,
                    recipient.channel.what()
                )),
                Ok(()) => to.push(recipient.to.to_owned()),
            }
        }
        Ok(Self { to, faults })
    }

    /// Returns whether an alert is open about each gateway of a channel.
    fn all_refuse(reader: &Reader<'_>, config: &Config, channel: Channel) -> Result<bool, StoreError> {
        for gateway in config
            .gateways
            .iter()
            .filter(|gateway| gateway.kind.channel() == channel)
        {
            if reader
                .alert(&Cause::of(AlertKind::Gateway, gateway.name.as_str()))?
                .is_none()
            {
                return Ok(false);
            }
        }
        Ok(true)
    }
}
