//! How does one talk to those who carry messages: gateways over HTTP, mail servers?
//!
//! Text in, a verdict out: taken, refused, or nobody knows. Must never know: subscribers, the store, when to try again.

use crate::config::gateways::GatewayConfig;
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
    /// What stands in it.
    pub bytes: &'a [u8],
}

/// What came back. No text of it ever holds a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
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

impl From<Result<(), SmsError>> for Verdict {
    /// What a modem's outcome is.
    fn from(sent: Result<(), SmsError>) -> Self {
        match sent {
            Ok(()) => Self::Taken {
                answer: "the modem took it".to_owned(),
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
pub fn send(config: &GatewayConfig, secret: Option<&Secret>, parcel: &Parcel<'_>) -> Verdict {
    let refused = |why: &str| Verdict::Refused { why: why.to_owned() };
    drop((config, secret, parcel));
    refused("not yet")
}
