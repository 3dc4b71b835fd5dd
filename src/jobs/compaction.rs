//! Decides whether compacting the store's file is worth it, and does it.
//!
//! redb reuses the pages of deleted records, and makes the file smaller only while nobody reads: so it is done when a good part
//! of the file is empty, and the card has space for what is moved. Where it cannot be done the run goes on without.

use crate::jobs::context::JobContext;
use crate::store::error::StoreError;
use crate::store::free_space;

/// The file is compacted where more than one part in so many of it is empty.
const EMPTY_PART: u64 = 4;

/// Also, more bytes than this must be empty.
const EMPTY_BYTES_MIN: u64 = 1024 * 1024;

/// Bytes that must be free on the card beside what may be moved.
const ROOM_BYTES_MIN: u64 = 16 * 1024 * 1024;

/// Returns whether compacting a file of this length with so many used bytes is worth it.
#[must_use]
pub(crate) const fn pays(file_bytes: u64, used_bytes: u64) -> bool {
    let empty = file_bytes.saturating_sub(used_bytes);
    empty > EMPTY_BYTES_MIN && empty > file_bytes / EMPTY_PART
}

/// Compacts where it is worth it; returns by how many bytes the file shrank.
///
/// # Errors
/// When the store cannot be read. A failed compaction is only written to the maintainer's log: the store is whole all the same.
pub(crate) fn where_it_pays(site: JobContext<'_>) -> Result<u64, StoreError> {
    let Some(before) = site.store.file_bytes() else {
        return Ok(0);
    };
    // A small file is not walked: compacting it could not be worth it.
    if before <= EMPTY_BYTES_MIN {
        return Ok(0);
    }
    let used = site.store.read()?.used_bytes()?;
    if !pays(before, used) {
        return Ok(0);
    }
    let needed = used.saturating_add(ROOM_BYTES_MIN);
    if let Some(free) = free_space::of(site.data)
        .map(|room| room.free)
        .filter(|free| *free < needed)
    {
        tracing::warn!(free, needed, "not enough room on the card to compact the store");
        return Ok(0);
    }
    // `status` is answered meanwhile from what was read just before.
    site.hook.store_closes();
    if let Err(error) = site.store.compact() {
        tracing::warn!(%error, "the store could not be compacted");
    }
    let after = site.store.file_bytes().unwrap_or(before);
    Ok(before.saturating_sub(after))
}
