//! Migrates what payments are matched by to format 4.
//!
//! Adds the tables of what is known of a payment besides, and writes the keys by which payers and references are looked up again:
//! phones by their last six digits instead of nine, since many countries have shorter numbers; accounts and references normalised.
//! No record changes, and none but keys of references is read as anything but what it is today.

use redb::{ReadableTable, ReadableTableMetadata, TableDefinition, WriteTransaction};

use crate::model::characters::normalised;
use crate::model::subscriber::Subscriber;
use crate::store::codec;
use crate::store::error::{StoreError, reading, record, writing};
use crate::store::keys::account_key;
use crate::store::tables::{ACCOUNTS, PHONES, REFERENCE_ORIGINS, REFERENCES, SUBSCRIBERS, UNMATCHED, UNMATCHED_WORDS};

/// Does this part of the step to format 4.
pub(super) fn tell_payers_apart(txn: &WriteTransaction) -> Result<(), StoreError> {
    txn.open_table(REFERENCE_ORIGINS).map_err(writing)?;
    txn.open_table(UNMATCHED_WORDS).map_err(writing)?;
    index_payers(txn)?;
    normalise(txn, REFERENCES)?;
    normalise(txn, UNMATCHED)
}

/// Writes the candidates for accounts and phones again.
fn index_payers(txn: &WriteTransaction) -> Result<(), StoreError> {
    let subscribers = txn.open_table(SUBSCRIBERS).map_err(writing)?;
    let mut accounts = txn.open_table(ACCOUNTS).map_err(writing)?;
    let mut phones = txn.open_table(PHONES).map_err(writing)?;
    accounts.retain(|_, ()| false).map_err(writing)?;
    phones.retain(|_, ()| false).map_err(writing)?;
    for row in subscribers.iter().map_err(reading)? {
        let (id, bytes) = row.map_err(reading)?;
        let subscriber: Subscriber = codec::decode(bytes.value()).map_err(record("subscribers"))?;
        if let Some(account) = &subscriber.profile.account {
            let key = account_key(account.as_str());
            accounts.insert((key.as_str(), id.value()), ()).map_err(writing)?;
        }
        if let Some(phone) = &subscriber.profile.phone {
            phones.insert((phone.ending(), id.value()), ()).map_err(writing)?;
        }
    }
    Ok(())
}

/// Gives rows whose key holds what nobody sees the key that such a reference has today. A key that is taken stays as it is: one
/// receipt was recorded twice then, and both entries are in the ledger.
fn normalise(
    txn: &WriteTransaction,
    definition: TableDefinition<'_, &'static str, &'static [u8]>,
) -> Result<(), StoreError> {
    let mut table = txn.open_table(definition).map_err(writing)?;
    if table.is_empty().map_err(reading)? {
        return Ok(());
    }
    let mut renamed: Vec<(String, String, Vec<u8>)> = Vec::new();
    for row in table.iter().map_err(reading)? {
        let (key, bytes) = row.map_err(reading)?;
        let name = normalised(key.value()).to_lowercase();
        if name != key.value() {
            renamed.push((key.value().to_owned(), name, bytes.value().to_vec()));
        }
    }
    for (old, new, bytes) in renamed {
        if !new.is_empty() && table.get(new.as_str()).map_err(reading)?.is_none() {
            table.insert(new.as_str(), bytes.as_slice()).map_err(writing)?;
            table.remove(old.as_str()).map_err(writing)?;
        }
    }
    Ok(())
}
