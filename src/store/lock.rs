//! The lock that lets one process have the store open.
//!
//! A lock file beside the store, locked by the kernel while its holder lives, so that a kill leaves nothing to clean up.
//! It holds the holder's process number and command for the one who is refused.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::time::{Duration, Instant as Stopwatch};

use crate::store::error::{StoreError, opening};

/// How often a waiting process tries again, in milliseconds.
const POLL_MS: u64 = 50;

/// How much of the lock file is read for the holder's name.
const HOLDER_BYTES_MAX: u64 = 256;

/// The lock on a store; released when dropped or when the process ends.
#[derive(Debug)]
pub struct StoreLock {
    _file: File,
}

impl StoreLock {
    /// Takes the lock, waiting up to `wait` for another holder; `command` is shown to those who wait for this process.
    ///
    /// # Errors
    /// When another process holds it for longer, or when the file cannot be made.
    pub fn take(path: &Path, command: &str, wait: Duration) -> Result<Self, StoreError> {
        let io = |error: std::io::Error| opening(path, "written", &error);
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(path)
            .map_err(io)?;
        let began = Stopwatch::now();
        loop {
            match file.try_lock() {
                Ok(()) => break,
                Err(TryLockError::WouldBlock) if began.elapsed() < wait => {
                    std::thread::sleep(Duration::from_millis(POLL_MS));
                }
                Err(TryLockError::WouldBlock) => {
                    return Err(StoreError::Held {
                        holder: holder(&mut file),
                    });
                }
                Err(TryLockError::Error(error)) => return Err(io(error)),
            }
        }
        file.set_len(0).map_err(io)?;
        file.seek(SeekFrom::Start(0)).map_err(io)?;
        // Not synced: only living processes read it.
        writeln!(file, "process {} (weir {command})", std::process::id()).map_err(io)?;
        Ok(Self { _file: file })
    }
}

fn holder(file: &mut File) -> String {
    let mut text = String::new();
    let read = file
        .seek(SeekFrom::Start(0))
        .and_then(|_| file.take(HOLDER_BYTES_MAX).read_to_string(&mut text));
    match read {
        Ok(_) if !text.trim().is_empty() => text.trim().to_owned(),
        _ => "another process".to_owned(),
    }
}
