//! Writes pending approvals, and whom each would cut off.
//!
//! The part of a [`Transaction`] that keeps what the guard holds. One of a kind is held at a time; a newer one replaces it.

use redb::ReadableTable;

use crate::model::name::Username;
use crate::model::pending_approval::PendingApproval;
use crate::model::subscriber::SubscriberId;
use crate::store::codec;
use crate::store::error::{StoreError, reading, record, writing};
use crate::store::rows::get;
use crate::store::write::transaction::Transaction;

impl Transaction<'_> {
    /// Returns the pending approval under a word.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn held(&self, word: &str) -> Result<Option<PendingApproval>, StoreError> {
        get(&self.held, word, "held")
    }

    /// Writes a pending approval in place of the one under the same word, with those whom it would cut off.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn hold<'c>(
        &mut self,
        held: &PendingApproval,
        cuts: impl IntoIterator<Item = (&'c Username, SubscriberId)>,
        file: Option<&[u8]>,
    ) -> Result<(), StoreError> {
        let word = held.work.word();
        self.drop_held(&word)?;
        for (username, id) in cuts {
            self.held_cuts
                .insert((word.as_str(), username.as_str()), id.0)
                .map_err(writing)?;
        }
        if let Some(file) = file {
            self.held_files.insert(word.as_str(), file).map_err(writing)?;
        }
        self.put_held(held)
    }

    /// Writes the state of a pending approval.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn put_held(&mut self, held: &PendingApproval) -> Result<(), StoreError> {
        let bytes = codec::encode(held).map_err(record("held"))?;
        self.held
            .insert(held.work.word().as_str(), bytes.as_slice())
            .map_err(writing)?;
        self.note_change();
        Ok(())
    }

    /// Returns up to `most` of those whom it would cut off and who are not decided yet, in order of username.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn held_cuts(&self, word: &str, most: usize) -> Result<Vec<(String, SubscriberId)>, StoreError> {
        let mut found = Vec::new();
        for row in self.held_cuts.range((word, "")..).map_err(reading)?.take(most) {
            let (key, id) = row.map_err(reading)?;
            let (of, username) = key.value();
            if of != word {
                break;
            }
            found.push((username.to_owned(), SubscriberId(id.value())));
        }
        Ok(found)
    }

    /// Takes one of those off the list: they are decided.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn strike_held_cut(&mut self, word: &str, username: &str) -> Result<(), StoreError> {
        self.held_cuts.remove((word, username)).map_err(writing)?;
        self.note_change();
        Ok(())
    }

    /// Returns the file that was held.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn held_file(&self, word: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let row = self.held_files.get(word).map_err(reading)?;
        Ok(row.map(|row| row.value().to_vec()))
    }

    /// Drops a pending approval, with everybody who is left of its list.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn drop_held(&mut self, word: &str) -> Result<(), StoreError> {
        if self.held.remove(word).map_err(writing)?.is_none() {
            return Ok(());
        }
        self.held_files.remove(word).map_err(writing)?;
        let after = format!("{word}\0");
        self.held_cuts
            .retain_in((word, "")..(after.as_str(), ""), |_, _| false)
            .map_err(writing)?;
        self.note_change();
        Ok(())
    }
}
