//! How is a message handed to a gateway over HTTP, or to a mail server?
//!
//! Text in, a verdict out: taken, refused, or nobody knows. `http` makes one request and knows whether a byte of it went out;
//! `generic` and `presets` write requests, with `encoding`; `response` judges what came back; `smtp` hands in mail;
//! `redaction` keeps secrets out of what is shown. Must never know: subscribers, the store, when to try again.

pub(crate) mod http;
pub(crate) mod generic;
pub(crate) mod presets;
pub(crate) mod smtp;

use std::time::Duration;

use crate::config::gateways::{GatewayConfig, GatewayKind};
use crate::gateways::http::HttpRequest;
use crate::gateways::presets::Says;
use crate::gateways::smtp::SmtpOutcome;
use crate::model::secret::Secret;
use crate::routers::sms::SmsError;

/// A message as a gateway needs it.
#[derive(Debug, Clone, Copy)]
pub struct Parcel<'a> {
    /// A phone number with `+`, or an address of e-mail.
    pub to: &'a str,
    /// What to say.
    pub text: &'a str,
    /// The subject of an e-mail.
    pub subject: &'a str,
    /// A file that goes with an e-mail.
    pub attachment: Option<Attachment<'a>>,
}

/// A file that goes with an e-mail.
#[derive(Debug, Clone, Copy)]
pub struct Attachment<'a> {
    /// What the file is called.
    pub name: &'a str,
    /// Its media type, such as `text/html`.
    pub media_type: &'a str,
    /// Its content.
    pub bytes: &'a [u8],
}

/// What came back. No text of it ever holds a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GatewayVerdict {
    /// The gateway has the message.
    Taken {
        /// What it said, shortened: such as its own number for the message.
        answer: String,
    },
    /// Surely not sent: refused before a byte of the request was sent, or by a complete answer that says no. May be tried again.
    Refused {
        /// Why, with what to do where that is known.
        why: String,
    },
    /// Handed over in part or in whole, and nothing sure was heard back. Must not be tried again by itself.
    Unknown {
        /// What happened.
        why: String,
    },
}

impl From<Result<(), SmsError>> for GatewayVerdict {
    /// What a modem's outcome is.
    fn from(sent: Result<(), SmsError>) -> Self {
        match sent {
            Ok(()) => Self::Taken {
                answer: "the modem accepted it".to_owned(),
            },
            Err(SmsError::Refused(why)) => Self::Refused { why },
            Err(SmsError::Unknown(why)) => Self::Unknown { why },
        }
    }
}

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
pub(crate) mod response;
pub(crate) mod encoding;
pub(crate) mod redaction;
