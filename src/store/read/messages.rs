//! Reads the outbox of messages.
//!
//! The part of a [`Reader`] that knows messages and the announcements of alerts.

use redb::{ReadableTable, ReadableTableMetadata};

use crate::model::alert::Announcement;
use crate::model::day::Instant;
use crate::model::message::{Lane, Message, MessageId, MessagesState};
use crate::store::error::{StoreError, reading, record};
use crate::store::keys::lane_number;
use crate::store::read::reader::Reader;
use crate::store::rows::get;
use crate::store::{codec, tables};

impl Reader<'_> {
    /// Returns how many messages are in which state.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn messages_state(&self) -> Result<MessagesState, StoreError> {
        Ok(get(&self.table(tables::META)?, tables::META_MESSAGES, "meta")?.unwrap_or_default())
    }

    /// Returns a message.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn message(&self, id: MessageId) -> Result<Option<Message>, StoreError> {
        get(&self.table(tables::MESSAGES)?, id.0, "messages")
    }

    /// Returns whether a message with this sent-once key was queued before.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn has_once(&self, once: &str) -> Result<bool, StoreError> {
        Ok(self.table(tables::MESSAGES_ONCE)?.get(once).map_err(reading)?.is_some())
    }

    /// Returns the message that was queued under a sent-once key, whatever became of it.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn queued_as(&self, once: &str) -> Result<Option<MessageId>, StoreError> {
        let row = self.table(tables::MESSAGES_ONCE)?.get(once).map_err(reading)?;
        Ok(row.map(|row| MessageId(row.value())))
    }

    /// Walks over all messages, newest first, until `visit` says no.
    ///
    /// # Errors
    /// When the store cannot be read, or what `visit` returns.
    pub fn each_message_back<E: From<StoreError>>(
        &self,
        mut visit: impl FnMut(Message) -> Result<bool, E>,
    ) -> Result<(), E> {
        let table = self.table(tables::MESSAGES)?;
        for row in table.iter().map_err(|error| E::from(reading(error)))?.rev() {
            let (_, bytes) = row.map_err(|error| E::from(reading(error)))?;
            if !visit(codec::decode(bytes.value()).map_err(record("messages"))?)? {
                break;
            }
        }
        Ok(())
    }

    /// Returns up to `most` messages of a lane that still have to leave and whose time is after `after` and not after `until`,
    /// the earliest first; those that are being handed over among them.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn due_messages(
        &self,
        lane: Lane,
        after: Instant,
        until: Instant,
        most: usize,
    ) -> Result<Vec<Message>, StoreError> {
        if after >= until {
            return Ok(Vec::new());
        }
        let table = self.table(tables::MESSAGES)?;
        let mut found = Vec::new();
        let due = self.table(tables::MESSAGES_DUE)?;
        let lane = lane_number(lane);
        let first = (lane, after.millis().saturating_add(1), 0);
        for row in due
            .range(first..=(lane, until.millis(), u64::MAX))
            .map_err(reading)?
            .take(most)
        {
            let (key, _) = row.map_err(reading)?;
            let (_, _, id) = key.value();
            found.extend(get::<u64, Message>(&table, id, "messages")?);
        }
        Ok(found)
    }

    /// Returns when the first message of a lane may leave whose time is after `after`; `None` where none still has to.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn next_message_due(&self, lane: Lane, after: Instant) -> Result<Option<Instant>, StoreError> {
        let due = self.table(tables::MESSAGES_DUE)?;
        let lane = lane_number(lane);
        let first = (lane, after.millis().saturating_add(1), 0);
        let mut rows = due.range(first..=(lane, i64::MAX, u64::MAX)).map_err(reading)?;
        let next = rows.next().transpose().map_err(reading)?;
        Ok(next.map(|(key, _)| Instant::from_millis(key.value().1)))
    }

    /// Returns up to `most` announcements that are not made yet, the oldest first.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn announcements(&self, most: usize) -> Result<Vec<Announcement>, StoreError> {
        let mut found = Vec::new();
        for row in self.table(tables::ANNOUNCEMENTS)?.iter().map_err(reading)?.take(most) {
            let (_, bytes) = row.map_err(reading)?;
            found.push(codec::decode(bytes.value()).map_err(record("announcements"))?);
        }
        Ok(found)
    }

    /// Returns how many announcements are not made yet.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn announcements_waiting(&self) -> Result<u64, StoreError> {
        self.table(tables::ANNOUNCEMENTS)?.len().map_err(reading)
    }
}
