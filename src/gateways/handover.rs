//! Which gateway takes a message, and how is it handed over?

use std::time::Duration;

use crate::config::gateways::{GatewayConfig, GatewayKind};
use crate::gateways::http::HttpRequest;
use crate::gateways::parcel::Parcel;
use crate::gateways::presets::Says;
use crate::gateways::smtp::SmtpOutcome;
use crate::gateways::verdict::GatewayVerdict;
use crate::gateways::{generic, http, presets, redaction, response, smtp};
use crate::model::secret::Secret;

/// Hands a message over, and waits for what comes back: blocks for at most the gateway's `timeout_seconds` and a little.
///
/// A modem is refused here: a router is talked to by [`crate::routers::sms::hand_over`].
#[must_use]
pub fn send(config: &GatewayConfig, secret: Option<&Secret>, parcel: &Parcel<'_>) -> GatewayVerdict {
    let limit = Duration::from_secs(u64::from(config.timeout_s));
    let ca_file = config.ca_file.as_deref();
    let show = |words: &str| redaction::redact(words.as_bytes(), secret);
    let Some(key) = secret.map_or(Some(""), |secret| std::str::from_utf8(secret.expose()).ok()) else {
        return GatewayVerdict::Refused {
            why: "the secret is not text; write it into its file as UTF-8".to_owned(),
        };
    };
    let (request, says): (HttpRequest, fn(&[u8]) -> Says) = match &config.kind {
        GatewayKind::Http(http) => {
            let exchanged = http::exchange(generic::request(http, key, parcel), limit, ca_file);
            return response::generic(http, exchanged, secret);
        }
        GatewayKind::AfricasTalking { username, sender, url } => (
            presets::africas_talking(username, sender.as_deref(), url.as_deref(), key, parcel),
            presets::africas_talking_says,
        ),
        GatewayKind::Twilio { account, from, url } => (
            presets::twilio(account, from, url.as_deref(), key, parcel),
            presets::twilio_says,
        ),
        GatewayKind::Modem { router, .. } => {
            return GatewayVerdict::Refused {
                why: format!("a modem is reached only through its router `{router}`"),
            };
        }
        GatewayKind::Smtp {
            host,
            port,
            security,
            username,
            from,
        } => {
            let server = smtp::Server {
                host,
                port: *port,
                security: *security,
                login: username.as_deref().map(|username| (username, key)),
                from,
                ca_file,
            };
            return match smtp::mail(&server, parcel, limit) {
                SmtpOutcome::Taken(answer) => GatewayVerdict::Taken { answer: show(&answer) },
                SmtpOutcome::Refused(why) => GatewayVerdict::Refused { why: show(&why) },
                SmtpOutcome::Unknown(why) => GatewayVerdict::Unknown { why: show(&why) },
            };
        }
    };
    response::preset(says, http::exchange(request, limit, ca_file), secret)
}
