//! Opens a file of unknown content without changing it.
//!
//! redb writes while it opens: it marks the file as in use and repairs what a kill left behind. So until a file is trusted,
//! redb's writes are held back in memory, where redb reads them again; once the file is accepted, it is written in the same
//! order, with the same syncs. A file that is refused has not been touched. Afterwards it only watches: an error of the system
//! means that redb will refuse all further work, and is noted. Must never know what the file holds.

use std::collections::BTreeMap;
use std::io;
use std::ops::Bound;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use parking_lot::Mutex;
use redb::{BackendError, StorageBackend};

/// Bytes that are held together.
const BLOCK_BYTES: usize = 4096;

/// Bytes that are held back at most: far more than a repair writes.
const HELD_BYTES_MAX: usize = 64 * 1024 * 1024;

/// A file on trial; clones are the same file.
#[derive(Debug)]
pub(crate) struct Trial<B>(Arc<TrialState<B>>);

impl<B> Clone for Trial<B> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

#[derive(Debug)]
struct TrialState<B> {
    file: B,
    failed: Arc<AtomicBool>,
    accepted: AtomicBool,
    held: Mutex<PendingWrites>,
}

/// The writes so far, by block and in their order.
#[derive(Debug, Default)]
struct PendingWrites {
    bytes: usize,
    length: Option<u64>,
    blocks: BTreeMap<u64, Vec<u8>>,
    steps: Vec<TrialStep>,
}

#[derive(Debug)]
enum TrialStep {
    Write(u64, Vec<u8>),
    Length(u64),
    Sync,
}

impl<B: StorageBackend> Trial<B> {
    /// Wraps an open file; `failed` is set when the system fails to read or write it.
    pub(crate) fn new(file: B, failed: Arc<AtomicBool>) -> Self {
        Self(Arc::new(TrialState {
            file,
            failed,
            accepted: AtomicBool::new(false),
            held: Mutex::default(),
        }))
    }

    /// Writes what was held back; from now on everything is written as it comes.
    ///
    /// # Errors
    /// The system's.
    pub(crate) fn accept(&self) -> io::Result<()> {
        self.watched(self.write_held())
    }

    fn write_held(&self) -> io::Result<()> {
        let mut held = self.0.held.lock();
        for step in held.steps.drain(..) {
            match step {
                TrialStep::Write(offset, bytes) => self.0.file.write(offset, &bytes)?,
                TrialStep::Length(length) => self.0.file.set_len(length)?,
                TrialStep::Sync => self.0.file.sync_data()?,
            }
        }
        *held = PendingWrites::default();
        self.0.accepted.store(true, Ordering::Release);
        Ok(())
    }

    fn watched<T>(&self, done: io::Result<T>) -> io::Result<T> {
        if done.is_err() {
            self.0.failed.store(true, Ordering::Release);
        }
        done
    }

    fn is_accepted(&self) -> bool {
        self.0.accepted.load(Ordering::Acquire)
    }

    fn length(&self, held: &PendingWrites) -> io::Result<u64> {
        held.length.map_or_else(|| self.0.file.len(), Ok)
    }

    /// Returns the block of a number as the file has it; zeroes beyond its end.
    fn block(&self, number: u64) -> io::Result<Vec<u8>> {
        let mut block = vec![0; BLOCK_BYTES];
        let start = number.saturating_mul(widened(BLOCK_BYTES));
        let there = self.0.file.len()?.saturating_sub(start);
        let there = usize::try_from(there).unwrap_or(BLOCK_BYTES).min(BLOCK_BYTES);
        if let Some(part) = block.get_mut(..there) {
            self.0.file.read(start, part)?;
        }
        Ok(block)
    }
}

impl PendingWrites {
    fn note(&mut self, step: TrialStep, bytes: usize) -> io::Result<()> {
        self.bytes = self.bytes.saturating_add(bytes);
        if self.bytes > HELD_BYTES_MAX {
            return Err(io::Error::other(
                "opening the file would write more than can be held back",
            ));
        }
        self.steps.push(step);
        Ok(())
    }
}

fn widened(bytes: usize) -> u64 {
    u64::try_from(bytes).unwrap_or(u64::MAX)
}

/// Splits `bytes` bytes at `offset` into blocks: number of the block, offset in it, offset in the bytes, how many.
fn cuts(offset: u64, bytes: usize) -> impl Iterator<Item = (u64, usize, usize, usize)> {
    let mut done = 0_usize;
    std::iter::from_fn(move || {
        if done >= bytes {
            return None;
        }
        let at = offset.saturating_add(widened(done));
        let within = usize::try_from(at % widened(BLOCK_BYTES)).unwrap_or(0);
        let count = (BLOCK_BYTES - within).min(bytes - done);
        let cut = (at / widened(BLOCK_BYTES), within, done, count);
        done += count;
        Some(cut)
    })
}

impl<B: StorageBackend> StorageBackend for Trial<B> {
    fn len(&self) -> io::Result<u64> {
        if self.is_accepted() {
            return self.watched(self.0.file.len());
        }
        self.length(&self.0.held.lock())
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        if self.is_accepted() {
            return self.watched(self.0.file.read(offset, out));
        }
        let held = self.0.held.lock();
        if held.steps.is_empty() {
            return self.0.file.read(offset, out);
        }
        if offset.saturating_add(widened(out.len())) > self.length(&held)? {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        for (number, within, at, count) in cuts(offset, out.len()) {
            let from_file;
            let block = match held.blocks.get(&number) {
                Some(block) => block,
                None => {
                    from_file = self.block(number)?;
                    &from_file
                }
            };
            if let (Some(to), Some(from)) = (out.get_mut(at..at + count), block.get(within..within + count)) {
                to.copy_from_slice(from);
            }
        }
        Ok(())
    }

    fn set_len(&self, length: u64) -> io::Result<()> {
        if self.is_accepted() {
            return self.watched(self.0.file.set_len(length));
        }
        let mut held = self.0.held.lock();
        let before = self.length(&held)?;
        held.note(TrialStep::Length(length), 0)?;
        held.length = Some(length);
        if length < before {
            // What is cut off reads as zero when the file grows again: every block after that is held.
            for number in length / widened(BLOCK_BYTES)..=before / widened(BLOCK_BYTES) {
                let mut block = match held.blocks.remove(&number) {
                    Some(block) => block,
                    None => self.block(number)?,
                };
                let kept = length.saturating_sub(number.saturating_mul(widened(BLOCK_BYTES)));
                let kept = usize::try_from(kept).unwrap_or(BLOCK_BYTES).min(BLOCK_BYTES);
                if let Some(cut) = block.get_mut(kept..) {
                    cut.fill(0);
                }
                held.blocks.insert(number, block);
            }
        }
        Ok(())
    }

    fn sync_data(&self) -> io::Result<()> {
        if self.is_accepted() {
            return self.watched(self.0.file.sync_data());
        }
        self.0.held.lock().note(TrialStep::Sync, 0)
    }

    fn write(&self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        if self.is_accepted() {
            return self.watched(self.0.file.write(offset, bytes));
        }
        let mut held = self.0.held.lock();
        held.note(TrialStep::Write(offset, bytes.to_vec()), bytes.len())?;
        for (number, within, at, count) in cuts(offset, bytes.len()) {
            let mut block = match held.blocks.remove(&number) {
                Some(block) => block,
                None => self.block(number)?,
            };
            if let (Some(to), Some(from)) = (block.get_mut(within..within + count), bytes.get(at..at + count)) {
                to.copy_from_slice(from);
            }
            held.blocks.insert(number, block);
        }
        let end = offset.saturating_add(widened(bytes.len()));
        let length = self.length(&held)?.max(end);
        held.length = Some(length);
        Ok(())
    }

    fn close(&self) -> io::Result<()> {
        self.0.file.close()
    }

    fn try_lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<bool, BackendError> {
        self.0.file.try_lock_range(start, end)
    }

    fn try_lock_shared_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<bool, BackendError> {
        self.0.file.try_lock_shared_range(start, end)
    }

    fn lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
        self.0.file.lock_range(start, end)
    }

    fn lock_shared_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
        self.0.file.lock_shared_range(start, end)
    }

    fn unlock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
        self.0.file.unlock_range(start, end)
    }

    fn query_lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<bool, BackendError> {
        self.0.file.query_lock_range(start, end)
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::FileExt;

    use proptest::prelude::*;
    use redb::backends::FileBackend;

    use super::*;

    #[derive(Debug, Clone)]
    enum Move {
        Write(u64, Vec<u8>),
        Length(u64),
    }

    fn moves() -> impl Strategy<Value = Vec<Move>> {
        let write =
            (0_u64..20_000, proptest::collection::vec(1_u8.., 1..9000)).prop_map(|(at, bytes)| Move::Write(at, bytes));
        let length = (0_u64..30_000).prop_map(Move::Length);
        proptest::collection::vec(prop_oneof![3 => write, 1 => length], 1..12)
    }

    fn whole(backend: &impl StorageBackend) -> Vec<u8> {
        let mut bytes = vec![0; usize::try_from(backend.len().unwrap()).unwrap()];
        backend.read(0, &mut bytes).unwrap();
        bytes
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        /// What was held back reads as if it were written, leaves the file alone, and is written on acceptance.
        #[test]
        fn a_trial_reads_like_the_file_and_becomes_it(start in 0_usize..20_000, moves in moves()) {
            let file = tempfile::tempfile().unwrap();
            let begun = vec![7; start];
            file.write_all_at(&begun, 0).unwrap();
            let plain = FileBackend::new(tempfile::tempfile().unwrap()).unwrap();
            plain.write(0, &begun).unwrap();
            let trial = Trial::new(FileBackend::new(file.try_clone().unwrap()).unwrap(), Arc::default());
            for step in moves {
                match step {
                    Move::Write(at, bytes) => {
                        trial.write(at, &bytes).unwrap();
                        plain.write(at, &bytes).unwrap();
                    }
                    Move::Length(length) => {
                        trial.set_len(length).unwrap();
                        plain.set_len(length).unwrap();
                    }
                }
                prop_assert!(whole(&trial) == whole(&plain));
            }
            let looked = FileBackend::new(file).unwrap();
            prop_assert!(whole(&looked) == begun);
            trial.accept().unwrap();
            prop_assert!(whole(&looked) == whole(&plain));
            prop_assert!(whole(&trial) == whole(&plain));
        }
    }
}
