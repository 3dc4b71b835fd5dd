//! Sends a text through a router's modem, and judges whether it was sent.
//!
//! One command, on a connection of its own, since it blocks until the modem has answered. No refusal means that the network
//! has the message; there is no receipt. A refusal that the router gives before it talks to its modem (no such port, no such
//! command, no right) means that nothing was sent. Any other comes from the modem's side: a router says `failure` and
//! `timeout` also when the modem was only slow to confirm, and a long message may have gone in part; so these, like a
//! conversation that ends after the command was sent, leave it unknown. Must never send again, and never know what for.
//!
//! *Source:* MikroTik documentation, "SMS": up to 160 characters of the GSM 7-bit alphabet; refusals as seen in transcripts.

use std::time::Duration;

use crate::model::characters::visible_line;
use crate::model::secret::Secret;
use crate::routers::reply::CommandReply;
use crate::routers::sentence::Command;
use crate::routers::session::{Endpoint, Session, SessionLimits};

/// The wait for the modem, in seconds: it is given a minute by the router.
const SEND_S: u64 = 90;
/// The longest text of a message, in bytes: more than 160 characters of the alphabet ever have.
const TEXT_BYTES_MAX: usize = 512;
/// The longest number or port, in bytes.
const NAME_BYTES_MAX: usize = 64;
/// How much of a router's words is shown, in characters.
const SAID_MAX_CHARS: usize = 120;
/// How the refusals begin that a router gives before it talks to its modem.
const BEFORE_THE_MODEM: &[&str] = &[
    "input does not match any value of",
    "invalid value",
    "ambiguous value",
    "missing value",
    "missing =",
    "unknown parameter",
    "no such command",
    "no such item",
    "not enough permissions",
    "expected end of command",
    "syntax error",
];

/// Why it is not known to be sent. The words hold neither the text nor a password.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SmsError {
    /// Surely not sent.
    #[error("{0}")]
    Refused(String),
    /// It may have gone.
    #[error("{0}")]
    Unknown(String),
}

/// Returns the limits of a session in which a message is sent: as patient as a modem needs.
#[must_use]
pub fn limits() -> SessionLimits {
    SessionLimits {
        wait: Duration::from_secs(SEND_S),
        run: Duration::from_secs(SEND_S),
        ..SessionLimits::default()
    }
}

/// Sends a message on a connection of its own.
///
/// # Errors
/// As [`send`]; also refused where the router cannot be reached or refuses the login.
pub async fn hand_over(endpoint: &Endpoint, secret: &Secret, port: &str, to: &str, text: &str) -> Result<(), SmsError> {
    check(port, to, text)?;
    let mut session = Session::open_within(endpoint, secret, limits())
        .await
        .map_err(|error| SmsError::Refused(error.to_string()))?;
    let sent = send(&mut session, port, to, text).await;
    session.close().await;
    sent
}

/// Sends a message in a session that is good for nothing else until the modem has answered, and is to have [`limits`]. What
/// a modem can carry is for [`crate::rules::messages::gsm::fits_modem`] to say.
///
/// # Errors
/// [`SmsError::Refused`]: surely not sent. [`SmsError::Unknown`]: it may have gone.
pub async fn send(session: &mut Session, port: &str, to: &str, text: &str) -> Result<(), SmsError> {
    check(port, to, text)?;
    let command = Command::new("/tool/sms/send")
        .with("port", port)
        .with("phone-number", to)
        .with("message", text);
    let replies = session
        .run(vec![command])
        .await
        .map_err(|error| SmsError::Unknown(format!("{error}, after the message was handed to the modem")))?;
    judge(&replies.into_iter().next().unwrap_or_default())
}

fn check(port: &str, to: &str, text: &str) -> Result<(), SmsError> {
    if text.len() > TEXT_BYTES_MAX || to.len() > NAME_BYTES_MAX || port.len() > NAME_BYTES_MAX {
        return Err(SmsError::Refused("too long for a modem".to_owned()));
    }
    Ok(())
}

fn judge(reply: &CommandReply) -> Result<(), SmsError> {
    let Some(said) = reply.refusal() else { return Ok(()) };
    let before = |trap: &String| BEFORE_THE_MODEM.iter().any(|words| trap.starts_with(words));
    let short: String = said
        .chars()
        .take(SAID_MAX_CHARS)
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    let clean = visible_line(&short);
    if !reply.traps.iter().all(before) {
        return Err(SmsError::Unknown(format!(
            "the modem says `{clean}`, which leaves open whether the message was sent"
        )));
    }
    let way_out = if said.starts_with("input does not match") {
        "; check `port` of the gateway"
    } else if said.starts_with("not enough permissions") {
        "; give the user's group the right `test`"
    } else if said.starts_with("no such command") {
        "; this router cannot send messages"
    } else {
        ""
    };
    Err(SmsError::Refused(format!("the router refuses: `{clean}`{way_out}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_the_router_says_before_it_talks_to_the_modem_is_a_refusal() {
        let judged = |traps: &[&str]| {
            let traps = traps.iter().map(|trap| (*trap).to_owned()).collect();
            judge(&CommandReply {
                traps,
                ..CommandReply::default()
            })
        };
        assert_eq!(judged(&[]), Ok(()));
        for sure in [
            &["input does not match any value of port"][..],
            &["no such command prefix"],
            &["no such command or directory (sms)", "no such command prefix"],
            &["not enough permissions (9)"],
            &["unknown parameter port"],
        ] {
            assert!(matches!(judged(sure), Err(SmsError::Refused(_))), "{sure:?}");
        }
        for unsure in [
            &["timeout"][..],
            &["failure: no response from modem"],
            &["failure: +CMS ERROR: 332"],
            &["interrupted"],
            &["no reason given"],
            &["no such command prefix", "timeout"],
        ] {
            assert!(matches!(judged(unsure), Err(SmsError::Unknown(_))), "{unsure:?}");
        }
        let Err(SmsError::Unknown(why)) = judged(&["failure: \u{1b}[2J"]) else {
            panic!("it is unknown")
        };
        assert!(!why.contains('\u{1b}'), "{why:?}");
    }
}
