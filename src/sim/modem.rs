//! What does the router's modem send?
//!
//! `/tool/sms/send`: one message of the GSM alphabet, and a list of what went out. It must never know how Weir counts
//! characters: what a modem cannot encode is decided here again.
//!
//! *Source:* MikroTik documentation, "SMS" (sending: up to 160 characters of the GSM 7-bit alphabet); refusals as seen in
//! public transcripts.

use super::device::Device;
use super::refusal::Refusal;
use super::sent_sms::SentSms;
use super::sentence::SimCommand;

/// The command.
pub(crate) const SEND: &str = "/tool/sms/send";
/// The most characters of one message, those that need an escape counted twice.
const SEPTETS: usize = 160;
/// The most messages that are remembered.
const KEPT: usize = 10_000;
/// *Source:* 3GPP TS 23.038, 6.2.1: the alphabet beside letters and digits of ASCII.
const BESIDE_ASCII: &str = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./:;<=>?¡ÄÖÑÜ§¿äöñüà";
/// *Source:* the same, 6.2.1.1.
const ESCAPED: &str = "^{}\\[]~|€\u{c}";

/// Sends a message, or says why not.
pub(crate) fn send(device: &mut Device, command: &SimCommand) -> Result<(), Refusal> {
    let text = |name: &str| {
        let value = command.value(name);
        value.map(|value| String::from_utf8_lossy(value).into_owned())
    };
    for (name, _) in &command.attributes {
        if !matches!(
            name.as_slice(),
            b"port" | b"phone-number" | b"message" | b"channel" | b"smsc"
        ) {
            return Err(device.unknown_parameter(name));
        }
    }
    let (to, message) = match (text("phone-number"), text("message")) {
        (Some(to), Some(message)) => (to, message),
        (to, message) => {
            let lacks = [(to.is_none(), "phone-number"), (message.is_none(), "message")];
            let names: Vec<&str> = lacks
                .into_iter()
                .filter(|(lacks, _)| *lacks)
                .map(|(_, name)| name)
                .collect();
            let words = format!("missing value(s) of argument(s) {}", names.join(" "));
            return Err(Refusal::of(1, words));
        }
    };
    let port = text("port").unwrap_or_default();
    if device.options.modem.as_ref() != Some(&port) {
        return Err(Refusal::no_such_value("port"));
    }
    let digits = to.strip_prefix('+').unwrap_or(&to);
    if digits.is_empty() || !digits.chars().all(|c| c.is_ascii_digit() || "*#abc".contains(c)) {
        return Err(Refusal::of(1, "invalid value for argument phone-number"));
    }
    let mut septets = 0_usize;
    for c in message.chars() {
        septets = septets.saturating_add(match c {
            _ if c.is_ascii_alphanumeric() || BESIDE_ASCII.contains(c) => 1,
            _ if ESCAPED.contains(c) => 2,
            _ => return Err(Refusal::plain("failure: cannot encode message")),
        });
    }
    if septets > SEPTETS {
        return Err(Refusal::plain("failure: message too long"));
    }
    if device.messages.len() >= KEPT {
        device.messages.remove(0);
    }
    device.messages.push(SentSms { port, to, message });
    Ok(())
}
