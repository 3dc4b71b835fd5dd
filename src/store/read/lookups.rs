//! Looks subscribers up by account and by phone.
//!
//! The indexes lead to candidates; whether an account or a number is the same, the rules decide.

use crate::model::name::Phone;
use crate::model::subscriber::{Subscriber, SubscriberId};
use crate::store::error::{StoreError, reading};
use crate::store::keys::account_key;
use crate::store::read::reader::Reader;
use crate::store::tables;

/// How many are returned at most; more than one is ambiguous in any case.
const MATCHES_MAX: usize = 16;

impl Reader<'_> {
    /// Returns those of the candidates for an account whom `is_meant` says yes to.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn with_account(
        &self,
        account: &str,
        is_meant: impl Fn(&Subscriber) -> bool,
    ) -> Result<Vec<Subscriber>, StoreError> {
        let key = account_key(account);
        if key.is_empty() {
            return Ok(Vec::new());
        }
        self.indexed(tables::ACCOUNTS, &key, is_meant)
    }

    /// Returns those of the candidates for a phone whom `is_meant` says yes to.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn with_phone(
        &self,
        phone: &Phone,
        is_meant: impl Fn(&Subscriber) -> bool,
    ) -> Result<Vec<Subscriber>, StoreError> {
        self.indexed(tables::PHONES, phone.ending(), is_meant)
    }

    fn indexed(
        &self,
        index: redb::TableDefinition<'_, (&'static str, u32), ()>,
        key: &str,
        is_meant: impl Fn(&Subscriber) -> bool,
    ) -> Result<Vec<Subscriber>, StoreError> {
        let table = self.table(index)?;
        let rows = table.range((key, 0)..=(key, u32::MAX)).map_err(reading)?;
        let mut found = Vec::new();
        for row in rows {
            let (row, _) = row.map_err(reading)?;
            found.extend(self.subscriber(SubscriberId(row.value().1))?.filter(&is_meant));
            if found.len() >= MATCHES_MAX {
                break;
            }
        }
        Ok(found)
    }
}
