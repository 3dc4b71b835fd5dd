//! Queues messages, and writes what became of them.
//!
//! The part of a [`Transaction`] that keeps the outbox of messages. [`Transaction::queue`] is the only way in, and checks the
//! sent-once key; [`Transaction::put_message`] keeps the table of what still has to leave and the counts in step.

use redb::ReadableTable;

use crate::model::alert::{Announcement, Cause};
use crate::model::day::Instant;
use crate::model::message::{Draft, Message, MessageId, MessageState, MessagesState};
use crate::store::error::{StoreError, reading, record, writing};
use crate::store::keys::lane;
use crate::store::rows::get;
use crate::store::write::transaction::Transaction;
use crate::store::{codec, tables};

impl Transaction<'_> {
    /// Returns how many messages are in which state.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn messages_state(&self) -> Result<MessagesState, StoreError> {
        match self.messages_state {
            Some(state) => Ok(state),
            None => Ok(get(&self.meta, tables::META_MESSAGES, "meta")?.unwrap_or_default()),
        }
    }

    /// Writes how many messages are in which state.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn change_messages_state(&mut self, change: impl FnOnce(&mut MessagesState)) -> Result<(), StoreError> {
        let mut state = self.messages_state()?;
        change(&mut state);
        self.messages_state = Some(state);
        self.note_change();
        Ok(())
    }

    /// Queues a message; does nothing where one with its sent-once key was queued before, whatever became of it.
    ///
    /// # Errors
    /// When the store cannot be read or written.
    pub fn queue(&mut self, draft: Draft) -> Result<Option<MessageId>, StoreError> {
        if self.has_once(&draft.once)? {
            return Ok(None);
        }
        let id = MessageId(self.messages_state()?.last_id.saturating_add(1));
        let message = Message::of(id, draft, self.now());
        self.messages_once
            .insert(message.once.as_str(), id.0)
            .map_err(writing)?;
        self.write_message(&message)?;
        self.messages_due.insert(due_row(&message), ()).map_err(writing)?;
        self.change_messages_state(|state| {
            state.last_id = id.0;
            state.change(MessageState::Queued, |count| count.saturating_add(1));
        })?;
        Ok(Some(id))
    }

    /// Returns whether a message with this sent-once key was queued before.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn has_once(&self, once: &str) -> Result<bool, StoreError> {
        Ok(self.messages_once.get(once).map_err(reading)?.is_some())
    }

    /// Returns a message.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn message(&self, id: MessageId) -> Result<Option<Message>, StoreError> {
        get(&self.messages, id.0, "messages")
    }

    /// Writes what has become of a message; the counts and the table of what still has to leave go with it.
    ///
    /// # Errors
    /// When the store cannot be read or written, or no such message was queued.
    pub fn put_message(&mut self, message: &Message) -> Result<(), StoreError> {
        let before = self
            .message(message.id)?
            .ok_or_else(|| StoreError::Contradiction(format!("message {} was never queued", message.id)))?;
        if before == *message {
            return Ok(());
        }
        if before.state.is_open() {
            self.messages_due.remove(due_row(&before)).map_err(writing)?;
        }
        if message.state.is_open() {
            self.messages_due.insert(due_row(message), ()).map_err(writing)?;
        }
        self.write_message(message)?;
        if before.state != message.state {
            self.change_messages_state(|state| {
                state.change(before.state, |count| count.saturating_sub(1));
                state.change(message.state, |count| count.saturating_add(1));
            })?;
        }
        self.note_change();
        Ok(())
    }

    /// Deletes a message with its sent-once key; one that still has to leave stays. Returns whether it was deleted.
    ///
    /// # Errors
    /// When the store cannot be read or written.
    pub fn remove_message(&mut self, id: MessageId) -> Result<bool, StoreError> {
        let Some(message) = self.message(id)? else {
            return Ok(false);
        };
        if message.state.is_open() {
            return Ok(false);
        }
        self.messages.remove(id.0).map_err(writing)?;
        self.messages_once.remove(message.once.as_str()).map_err(writing)?;
        self.change_messages_state(|state| state.change(message.state, |count| count.saturating_sub(1)))?;
        Ok(true)
    }

    /// Returns the message that was queued with a sent-once key, while the store has it.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn message_of(&self, once: &str) -> Result<Option<Message>, StoreError> {
        let id = self.messages_once.get(once).map_err(reading)?.map(|row| row.value());
        id.map_or(Ok(None), |id| self.message(MessageId(id)))
    }

    /// Records a further sent-once key for a message that tells of several things at once.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn stands_for(&mut self, id: MessageId, once: &str) -> Result<(), StoreError> {
        self.messages_once.insert(once, id.0).map_err(writing)?;
        self.note_change();
        Ok(())
    }

    /// Returns up to `most` announcements that are not made yet, the oldest first.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn announcements(&self, most: usize) -> Result<Vec<Announcement>, StoreError> {
        let mut found = Vec::new();
        for row in self.announcements.iter().map_err(reading)?.take(most) {
            let (_, bytes) = row.map_err(reading)?;
            found.push(codec::decode(bytes.value()).map_err(record("announcements"))?);
        }
        Ok(found)
    }

    /// Deletes an announcement, once its messages are queued or nobody receives it.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn drop_announcement(&mut self, seq: u64) -> Result<(), StoreError> {
        if self.announcements.remove(seq).map_err(writing)?.is_some() {
            self.note_change();
        }
        Ok(())
    }

    /// Notes that an alert, or its end, is still to be sent.
    pub(super) fn announce(
        &mut self,
        cause: &Cause,
        since: Instant,
        ended: bool,
        text: String,
    ) -> Result<(), StoreError> {
        let seq = self.messages_state()?.last_announcement.saturating_add(1);
        let announcement = Announcement {
            seq,
            cause: cause.clone(),
            since,
            at: self.now(),
            ended,
            text,
        };
        let bytes = codec::encode(&announcement).map_err(record("announcements"))?;
        self.announcements.insert(seq, bytes.as_slice()).map_err(writing)?;
        self.change_messages_state(|state| state.last_announcement = seq)
    }

    fn write_message(&mut self, message: &Message) -> Result<(), StoreError> {
        let bytes = codec::encode(message).map_err(record("messages"))?;
        self.messages.insert(message.id.0, bytes.as_slice()).map_err(writing)?;
        Ok(())
    }
}

fn due_row(message: &Message) -> tables::DueRow {
    (lane(&message.purpose), message.not_before.millis(), message.id.0)
}
