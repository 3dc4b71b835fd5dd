//! A card in memory: it outlives its handle, as a real one does, and counts what is written.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use redb::StorageBackend;
use redb::backends::InMemoryBackend;

/// One card, for as many handles as are opened on it, one after the other.
#[derive(Debug, Clone, Default)]
pub struct Memory {
    bytes: Arc<InMemoryBackend>,
    /// Bytes written so far.
    pub written: Arc<AtomicU64>,
    /// Syncs so far.
    pub syncs: Arc<AtomicU64>,
}

impl StorageBackend for Memory {
    fn len(&self) -> Result<u64, io::Error> {
        self.bytes.len()
    }
    fn read(&self, offset: u64, out: &mut [u8]) -> Result<(), io::Error> {
        self.bytes.read(offset, out)
    }
    fn set_len(&self, len: u64) -> Result<(), io::Error> {
        self.bytes.set_len(len)
    }
    fn sync_data(&self) -> Result<(), io::Error> {
        self.syncs.fetch_add(1, Ordering::SeqCst);
        self.bytes.sync_data()
    }
    fn write(&self, offset: u64, data: &[u8]) -> Result<(), io::Error> {
        self.written.fetch_add(data.len() as u64, Ordering::SeqCst);
        self.bytes.write(offset, data)
    }
}
