//! Hands one message to a gateway, by the kind of the gateway.
//!
//! Must never know: which message it is, or when to try again.

use std::sync::Arc;

use crate::config::gateways::{GatewayConfig, GatewayKind};
use crate::config::read::Config;
use crate::config::secrets;
use crate::gateways::handover;
use crate::gateways::parcel::Parcel;
use crate::gateways::verdict::GatewayVerdict;
use crate::model::io_words::in_words;
use crate::model::message::Lane;
use crate::model::name::RouterName;
use crate::outbox::router_work::single_try;
use crate::routers::session::Endpoint;
use crate::routers::sms::{self, SmsError};
use crate::rules::messages::gsm;

/// Hands messages over; blocks until something is known, within the gateway's limits.
pub trait Carrier: Send + Sync {
    /// Hands one message to one gateway. A gateway that cannot be used as it is configured refuses.
    fn hand_over(&self, gateway: &GatewayConfig, lane: Lane, parcel: &Parcel<'_>) -> GatewayVerdict;
}

/// The gateways of the configuration in force.
pub struct Gateways {
    config: Arc<dyn Fn() -> Arc<Config> + Send + Sync>,
}

impl Gateways {
    /// Returns the gateways of a configuration that is asked for each time.
    #[must_use]
    pub fn new(config: Arc<dyn Fn() -> Arc<Config> + Send + Sync>) -> Self {
        Self { config }
    }

    /// Sends by the modem of a router. A message to a subscriber goes whole or not at all; for an administrator a part is
    /// better than nothing.
    fn by_modem(&self, router: &RouterName, port: &str, lane: Lane, parcel: &Parcel<'_>) -> GatewayVerdict {
        let refused = |why: String| GatewayVerdict::Refused { why };
        let text = match lane {
            Lane::Administrators => gsm::fit_for_modem(parcel.text),
            Lane::Subscribers if gsm::fits_modem(parcel.text) => parcel.text.to_owned(),
            Lane::Subscribers => {
                return refused(
                    "a modem sends a single message of plain letters only; this text is longer or has other \
                    characters"
                        .to_owned(),
                );
            }
        };
        let config = (self.config)();
        let Some(router) = config.router(router) else {
            return refused(format!("router `{router}` is no longer in the configuration"));
        };
        let secret = match secrets::read(&router.password_file) {
            Ok(secret) => secret,
            Err(error) => return refused(error.to_string()),
        };
        let endpoint = Endpoint {
            host: router.host.clone(),
            port: router.port,
            username: router.username.clone(),
        };
        match single_try::block_on(sms::hand_over(&endpoint, &secret, port, parcel.to, &text)) {
            Ok(Ok(())) => GatewayVerdict::Taken { answer: String::new() },
            Ok(Err(SmsError::Refused(why))) => refused(why),
            Ok(Err(SmsError::Unknown(why))) => GatewayVerdict::Unknown { why },
            // Nothing was sent yet.
            Err(error) => refused(format!("the system provides no event queue: {}", in_words(&error))),
        }
    }
}

impl Carrier for Gateways {
    fn hand_over(&self, gateway: &GatewayConfig, lane: Lane, parcel: &Parcel<'_>) -> GatewayVerdict {
        if let GatewayKind::Modem { router, port } = &gateway.kind {
            return self.by_modem(router, port, lane, parcel);
        }
        let secret = match gateway.secret_file.as_deref().map(secrets::read).transpose() {
            Ok(secret) => secret,
            Err(error) => return GatewayVerdict::Refused { why: error.to_string() },
        };
        handover::send(gateway, secret.as_ref(), parcel)
    }
}
