//! Looks subscribers up by account and by phone.
//!
//! The indexes lead to candidates; whether an account or a number is the same, the rules decide.

use crate::model::name::Phone;
use crate::model::subscriber::Subscriber;
use crate::store::error::StoreError;
use crate::store::keys::account_key;
use crate::store::read::reader::Reader;
use crate::store::rows::indexed;
use crate::store::tables;

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
        let (index, subscribers) = (self.table(tables::ACCOUNTS)?, self.table(tables::SUBSCRIBERS)?);
        indexed(&index, &subscribers, &account_key(account), is_meant)
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
        let (index, subscribers) = (self.table(tables::PHONES)?, self.table(tables::SUBSCRIBERS)?);
        indexed(&index, &subscribers, phone.ending(), is_meant)
    }
}
