//! Reads and decodes rows of tables.

use std::borrow::Cow;

use redb::ReadableTable;

use crate::model::characters::normalised;
use crate::model::site_state::SiteState;
use crate::model::subscriber::{Subscriber, SubscriberId};
use crate::store::codec;
use crate::store::error::{StoreError, reading, record};
use crate::store::tables;

/// Returns the state of the site; a fresh one where nothing has been written yet.
pub(crate) fn read_state(meta: &impl ReadableTable<&'static str, &'static [u8]>) -> Result<SiteState, StoreError> {
    Ok(get(meta, tables::META_STATE, "meta")?.unwrap_or(SiteState::START))
}

/// Returns one record of a table.
pub(crate) fn get<'k, K, T>(
    table: &impl ReadableTable<K, &'static [u8]>,
    key: impl std::borrow::Borrow<K::SelfType<'k>>,
    name: &'static str,
) -> Result<Option<T>, StoreError>
where
    K: redb::Key + 'static,
    T: serde::de::DeserializeOwned,
{
    match table.get(key).map_err(reading)? {
        Some(row) => codec::decode(row.value()).map(Some).map_err(record(name)),
        None => Ok(None),
    }
}

/// Returns up to `most` subscribers with numbers above `after`.
pub(crate) fn subscribers_after(
    table: &impl ReadableTable<u32, &'static [u8]>,
    after: SubscriberId,
    most: usize,
) -> Result<Vec<Subscriber>, StoreError> {
    let from = after.0.saturating_add(1);
    let mut found = Vec::with_capacity(most.min(8_192));
    for row in table.range(from..).map_err(reading)?.take(most) {
        let (_, bytes) = row.map_err(reading)?;
        found.push(codec::decode(bytes.value()).map_err(record("subscribers"))?);
    }
    Ok(found)
}

/// Returns those whose number an index has under a key and whom `is_meant` says yes to, up to some; an empty key is nobody's.
/// Goes over all of them, so that none of those meant is overlooked.
pub(crate) fn indexed(
    index: &impl ReadableTable<(&'static str, u32), ()>,
    subscribers: &impl ReadableTable<u32, &'static [u8]>,
    key: &str,
    is_meant: impl Fn(&Subscriber) -> bool,
) -> Result<Vec<Subscriber>, StoreError> {
    /// More than one is ambiguous in any case.
    const MATCHES_MAX: usize = 16;
    let mut found = Vec::new();
    if key.is_empty() {
        return Ok(found);
    }
    for row in index.range((key, 0)..=(key, u32::MAX)).map_err(reading)? {
        let (row, _) = row.map_err(reading)?;
        found.extend(get(subscribers, row.value().1, "subscribers")?.filter(&is_meant));
        if found.len() >= MATCHES_MAX {
            break;
        }
    }
    Ok(found)
}

/// Returns the number of a username: as it is written, else as a name enters today.
pub(crate) fn username_row(
    table: &impl ReadableTable<&'static str, u32>,
    username: &str,
) -> Result<Option<u32>, StoreError> {
    let id = |name: &str| Ok(table.get(name).map_err(reading)?.map(|row| row.value()));
    match (id(username)?, normalised(username)) {
        (None, Cow::Owned(name)) => id(&name),
        (found, _) => Ok(found),
    }
}
