//! A store in memory, for dry runs on a site that has none yet.
//!
//! A dry run decides on it as on a fresh file and leaves nothing behind.

use std::io;
use std::sync::Arc;

use redb::StorageBackend;
use redb::backends::InMemoryBackend;

use crate::store::error::StoreError;
use crate::store::open::Store;

/// One piece of memory, for as many handles as are opened on it.
#[derive(Debug, Clone, Default)]
struct MemoryFile(Arc<InMemoryBackend>);

impl StorageBackend for MemoryFile {
    fn len(&self) -> Result<u64, io::Error> {
        self.0.len()
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> Result<(), io::Error> {
        self.0.read(offset, out)
    }

    fn set_len(&self, len: u64) -> Result<(), io::Error> {
        self.0.set_len(len)
    }

    fn sync_data(&self) -> Result<(), io::Error> {
        self.0.sync_data()
    }

    fn write(&self, offset: u64, data: &[u8]) -> Result<(), io::Error> {
        self.0.write(offset, data)
    }
}

/// Returns a fresh store in memory.
///
/// # Errors
/// None that a healthy box knows: the store's own.
pub fn store() -> Result<Store, StoreError> {
    let memory = MemoryFile::default();
    Store::on_storage(move || memory.clone())
}
