//! Hands a batch of messages to the gateways.
//!
//! Each message goes from gateway to gateway, in their order, until one has it, one may have it, or all have refused. Up to
//! four are handed over at the same time. Never waits for the store. Must never know: what becomes of a message that was
//! refused.

use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::thread;

use parking_lot::Mutex;

use crate::config::gateways::channels;
use crate::config::read::Config;
use crate::gateways::parcel::{Attachment, Parcel};
use crate::gateways::verdict::GatewayVerdict;
use crate::model::io_words::in_words;
use crate::model::message::Message;
use crate::outbox::messages::carrier::Carrier;
use crate::outbox::messages::choice::Departure;
use crate::outbox::messages::outcomes::{Ended, HandoverOutcome};
use crate::rules::messages::delivery;

/// How many messages are handed over at the same time.
const SIDE_BY_SIDE_MAX: usize = 4;
/// The largest file that goes with an e-mail, in bytes.
const ATTACHMENT_MAX: u64 = 8 * 1024 * 1024;

/// What the handover needs of the site.
#[derive(Clone, Copy)]
pub(crate) struct Ways<'a> {
    pub(crate) config: &'a Config,
    /// The folder that attachments are relative to.
    pub(crate) data: &'a Path,
    pub(crate) carrier: &'a dyn Carrier,
    /// Whether a further message, or a further gateway, may be started.
    pub(crate) go_on: &'a (dyn Fn() -> bool + Sync),
}

/// Hands all of them over; returns what became of each, in no order.
pub(crate) fn hand_over(ways: Ways<'_>, departures: Vec<Departure>) -> Vec<HandoverOutcome> {
    let workers = departures.len().min(SIDE_BY_SIDE_MAX);
    let waiting = Mutex::new(departures.into_iter());
    let done = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                loop {
                    let next = waiting.lock().next();
                    let Some(departure) = next else {
                        break;
                    };
                    let outcome = one(ways, departure);
                    done.lock().push(outcome);
                }
            });
        }
    });
    done.into_inner()
}

/// Hands one over.
pub(crate) fn one(ways: Ways<'_>, departure: Departure) -> HandoverOutcome {
    let carried = channels(&ways.config.gateways);
    let mut refused = departure.skipped.clone();
    let mut refusals: Vec<(String, String)> = Vec::new();
    let mut next = Some(departure.first);
    let attached = attachment(ways.data, &departure.message);
    let ended = loop {
        let Some((at, gateway)) = next.and_then(|at| Some((at, ways.config.gateways.get(at)?))) else {
            break Ended::Refused;
        };
        if !(ways.go_on)() {
            break Ended::PutBack;
        }
        let verdict = match &attached {
            Err(why) => GatewayVerdict::Refused { why: why.clone() },
            Ok(bytes) => {
                let named = departure.message.attachment.as_deref().zip(bytes.as_deref());
                let parcel = Parcel {
                    to: &departure.message.to,
                    text: &departure.text,
                    subject: &departure.message.subject,
                    attachment: named.map(|(name, bytes)| attached_as(name, bytes)),
                };
                ways.carrier
                    .hand_over(gateway, departure.message.purpose.lane(), &parcel)
            }
        };
        let gateway = gateway.name.clone();
        match verdict {
            GatewayVerdict::Taken { answer } => break Ended::Taken { gateway, answer },
            GatewayVerdict::Unknown { why } => break Ended::Unknown { gateway, why },
            GatewayVerdict::Refused { why } => {
                tracing::info!(id = departure.message.id.0, %gateway, "a message was refused");
                refusals.push((gateway, why));
                refused.push(at);
                next = delivery::next_gateway(departure.message.channel, &carried, &refused);
            }
        }
    };
    HandoverOutcome {
        departure,
        refusals,
        ended,
    }
}

fn attached_as<'a>(path: &'a str, bytes: &'a [u8]) -> Attachment<'a> {
    let name = path.rsplit('/').next().unwrap_or(path);
    let media_type = match name.rsplit_once('.').map(|(_, end)| end) {
        Some("html") => "text/html",
        Some("csv") => "text/csv",
        Some("json") => "application/json",
        Some(_) | None => "application/octet-stream",
    };
    Attachment {
        name,
        media_type,
        bytes,
    }
}

/// Returns the file that goes with a message.
fn attachment(data: &Path, message: &Message) -> Result<Option<Vec<u8>>, String> {
    let Some(name) = &message.attachment else {
        return Ok(None);
    };
    let mut bytes = Vec::new();
    let path = data.join(name);
    let read = File::open(&path).and_then(|file| file.take(ATTACHMENT_MAX.saturating_add(1)).read_to_end(&mut bytes));
    match read {
        Ok(size) if u64::try_from(size).is_ok_and(|size| size <= ATTACHMENT_MAX) => Ok(Some(bytes)),
        Ok(_) => Err(format!(
            "`{}` has more than {ATTACHMENT_MAX} bytes and cannot be attached",
            path.display()
        )),
        Err(error) => Err(format!("`{}` cannot be attached: {}", path.display(), in_words(&error))),
    }
}
