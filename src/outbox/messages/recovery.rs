//! Marks messages as `unknown` that were being handed over when the process ended.
//!
//! Each may have arrived. They are shown as `unknown`, and only the owner has one sent again. Done whenever a store is opened,
//! before anything else can be handed over. Must never know: gateways.

use crate::config::read::Config;
use crate::model::day::Instant;
use crate::model::message::{Lane, Message, MessageState};
use crate::outbox::messages::outcomes;
use crate::store::error::StoreError;
use crate::store::open::Store;

/// How many messages are read at a time.
const READ_MAX: usize = 1_000;

/// Marks messages that were being handed over as `unknown`; returns how many.
///
/// # Errors
/// When the store cannot be read or written.
pub(crate) fn sending_is_unknown(store: &Store, config: &Config, recorded: Instant) -> Result<usize, StoreError> {
    let reader = store.read()?;
    let expected = reader.messages_state()?.count(MessageState::Sending);
    if expected == 0 {
        return Ok(0);
    }
    let mut found: Vec<Message> = Vec::new();
    for lane in [Lane::Administrators, Lane::Subscribers] {
        let mut after = Instant::from_millis(i64::MIN);
        loop {
            let rows = reader.due_messages(lane, after, Instant::from_millis(i64::MAX), READ_MAX)?;
            let Some(last) = rows.last().map(|message| message.not_before) else {
                break;
            };
            // More than fit may have the same instant: those are read in one go.
            let same = reader.due_messages(lane, last.plus_millis(-1), last, usize::MAX)?;
            let earlier = rows.into_iter().filter(|message| message.not_before < last);
            found.extend(
                earlier
                    .chain(same)
                    .filter(|message| message.state == MessageState::Sending),
            );
            after = last;
        }
    }
    drop(reader);
    store.write(recorded, |tx| -> Result<(), StoreError> {
        for message in &found {
            let gateway = message.gateway.as_deref().unwrap_or("a gateway");
            let why = format!(
                "the service ended while the message was being handed over (to `{gateway}`, or one after it); `weir \
                outbox resend {}` sends it again",
                message.id
            );
            let message = Message {
                state: MessageState::Unknown,
                error: Some(why),
                ..message.clone()
            };
            tx.put_message(&message)?;
            outcomes::tell(tx, config, &message)?;
        }
        Ok(())
    })?;
    tracing::warn!(
        count = found.len(),
        "messages may have left before the previous process ended"
    );
    Ok(found.len())
}
