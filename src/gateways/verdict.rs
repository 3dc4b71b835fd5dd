//! What has become of a message that was handed to a gateway?

use crate::routers::sms::SmsError;

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
