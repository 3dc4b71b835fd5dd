//! Opens the store's file, after checking that it may be trusted.
//!
//! Every opening checks the checksum of every page first: without it a damaged file opens and then panics or loops. A store is
//! created only on request, under another name and renamed when it is whole, so that a power cut leaves either no store or one
//! that opens. Readers and writers pass a gate that can be closed, since compaction needs the store alone; after an I/O error
//! the handle is opened again, since redb refuses further work on it.

use std::fs;
use std::ops::Range;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::panic::{self, AssertUnwindSafe};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use parking_lot::{FairMutex, FairMutexGuard, RwLock, RwLockReadGuard};
use redb::backends::FileBackend;
use redb::{Builder, Database, StorageBackend};

use crate::model::io_words::in_words;
use crate::store::error::{StoreError, opening, reading};
use crate::store::lock::StoreLock;
use crate::store::migrate;
use crate::store::trial::Trial;
use crate::store::write::transaction::CommitHook;

/// redb's page cache in bytes; its default of 1 GiB would not fit the box.
const CACHE_BYTES: usize = 4 * 1024 * 1024;

/// How long compaction waits for readers that have begun, in milliseconds: later ones are answered from memory, or
/// wait.
const SETTLE_MS: u64 = 200;

/// How long a reader or writer waits at a closed gate, in seconds.
const GATE_WAIT_S: u64 = 60;

/// The progress that redb reports only when it rolls the newest commit back, as a part of the whole.
///
/// *Source:* redb 4.6, `Database::do_repair`: 0.3 after the newest commit has failed its checksums, 0.6 in any case.
const TAKES_BACK: Range<f64> = 0.2..0.5;

/// The mode of the store's file: the service's user, and its group may read.
const STORE_MODE: u32 = 0o640;

/// The store's file in the data folder.
pub const STORE_FILE: &str = "weir.redb";

/// The lock file in the data folder.
pub const LOCK_FILE: &str = "weir.lock";

/// Whether a missing store is created.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Create {
    /// Only an existing store is opened.
    No,
    /// A missing store is created.
    IfMissing,
}

/// A handle on the file, and what was found on opening.
struct Opened {
    db: Database,
    took_back: bool,
}

/// The open store.
pub struct Store {
    gate: RwLock<Option<Database>>,
    /// Writers wait in the order in which they came, so that a payment is not starved by a long billing run.
    turn: FairMutex<()>,
    /// The floor as last lowered by the owner's confirmation, in milliseconds: a writer that read the floor before must
    /// not use that value.
    pub(super) left_floor_ms: AtomicI64,
    /// Set by the storage after an I/O error: the handle must be opened again.
    broken: Arc<AtomicBool>,
    /// Whether the store is being compacted: nobody else may use it.
    compacting: AtomicBool,
    path: PathBuf,
    length: Box<dyn Fn() -> Option<u64> + Send + Sync>,
    took_back: bool,
    reopen: Box<dyn Fn() -> Result<Opened, StoreError> + Send + Sync>,
    _lock: Option<StoreLock>,
    /// The commit hook.
    pub(super) hook: OnceLock<Arc<dyn CommitHook>>,
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store")
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

impl Store {
    /// Opens the store of a data folder, alone: takes its lock first, waiting up to `wait` for another holder.
    ///
    /// # Errors
    /// When another process holds it, when it is missing and not to be created, or when the file is empty, foreign,
    /// damaged, of a newer version, or cannot be read.
    pub fn open(data: &Path, create: Create, command: &str, wait: Duration) -> Result<Self, StoreError> {
        let path = data.join(STORE_FILE);
        if create == Create::No && !path.exists() {
            return Err(StoreError::Missing { path });
        }
        let lock = StoreLock::take(&data.join(LOCK_FILE), command, wait)?;
        if !path.exists() {
            match create {
                Create::No => return Err(StoreError::Missing { path }),
                Create::IfMissing => create_file(data, &path)?,
            }
        }
        let broken = Arc::default();
        let (again, watch) = (path.clone(), Arc::clone(&broken));
        let reopen = move || open_backend(existing(&again)?, &again, &watch);
        let measured = path.clone();
        let length = move || fs::metadata(&measured).ok().map(|facts| taken_bytes(&facts));
        Self::opened_by(Box::new(reopen), Box::new(length), path, broken, Some(lock))
    }

    /// Opens the store as [`Self::open`] does, to look at it alone: nothing is written, not even a repair or a migration.
    ///
    /// # Errors
    /// As [`Self::open`], and when the store has an older format.
    pub fn open_unchanged(data: &Path, command: &str, wait: Duration) -> Result<Self, StoreError> {
        let path = data.join(STORE_FILE);
        if !path.exists() {
            return Err(StoreError::Missing { path });
        }
        let lock = StoreLock::take(&data.join(LOCK_FILE), command, wait)?;
        let broken = Arc::default();
        let (again, watch) = (path.clone(), Arc::clone(&broken));
        let reopen = move || {
            let (_, opened, found) = on_trial(existing(&again)?, &again, &watch)?;
            if found < migrate::FORMAT {
                return Err(StoreError::Older {
                    path: again.clone(),
                    found,
                    known: migrate::FORMAT,
                });
            }
            Ok(opened)
        };
        Self::opened_by(Box::new(reopen), Box::new(|| None), path, broken, Some(lock))
    }

    /// Opens or creates a store on any storage, for tests that cut the power or fill the disk: `storage` gives the same
    /// storage each time it is called.
    ///
    /// # Errors
    /// As [`Store::open`].
    pub fn on_storage<B: StorageBackend>(storage: impl Fn() -> B + Send + Sync + 'static) -> Result<Self, StoreError> {
        let path = PathBuf::from("(storage)");
        let named = path.clone();
        if storage().len().map_err(|error| io("read", &error))? == 0 {
            let db = builder()
                .create_with_backend(storage())
                .map_err(|error| database_error(&named, error))?;
            migrate::stamp(&db)?;
        }
        let broken = Arc::default();
        let watch = Arc::clone(&broken);
        let storage = Arc::new(storage);
        let measured = Arc::clone(&storage);
        let length = move || measured().len().ok();
        let reopen = move || open_backend(storage(), &named, &watch);
        Self::opened_by(Box::new(reopen), Box::new(length), path, broken, None)
    }

    /// Returns the store on the handle that `reopen` gives now, and gives again after an I/O error.
    fn opened_by(
        reopen: Box<dyn Fn() -> Result<Opened, StoreError> + Send + Sync>,
        length: Box<dyn Fn() -> Option<u64> + Send + Sync>,
        path: PathBuf,
        broken: Arc<AtomicBool>,
        lock: Option<StoreLock>,
    ) -> Result<Self, StoreError> {
        let opened = reopen()?;
        Ok(Self {
            gate: RwLock::new(Some(opened.db)),
            turn: FairMutex::new(()),
            left_floor_ms: AtomicI64::new(i64::MIN),
            broken,
            compacting: AtomicBool::new(false),
            path,
            length,
            took_back: opened.took_back,
            reopen,
            _lock: lock,
            hook: OnceLock::new(),
        })
    }

    /// Returns the path of the file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns how much space the file takes on the card, in bytes; `None` where the system does not say.
    #[must_use]
    pub fn file_bytes(&self) -> Option<u64> {
        (self.length)()
    }

    /// Returns whether it is being compacted, so that readers and writers wait.
    #[must_use]
    pub fn is_compacting(&self) -> bool {
        self.compacting.load(Ordering::Acquire)
    }

    /// Returns whether the newest commit was incomplete when the store was opened, and was rolled back: the power
    /// failed while it was written, or the card lost a part of it.
    #[must_use]
    pub const fn took_back(&self) -> bool {
        self.took_back
    }

    /// Waits for the turn to write.
    pub(crate) fn turn(&self) -> FairMutexGuard<'_, ()> {
        self.turn.lock()
    }

    /// Passes the gate; opens the handle again first where an error has broken it.
    pub(crate) fn pass(&self) -> Result<RwLockReadGuard<'_, Option<Database>>, StoreError> {
        if self.broken.load(Ordering::Acquire) {
            self.open_anew()?;
        }
        self.gate
            .try_read_for(Duration::from_secs(GATE_WAIT_S))
            .ok_or(StoreError::Closed)
    }

    fn open_anew(&self) -> Result<(), StoreError> {
        let mut gate = self
            .gate
            .try_write_for(Duration::from_secs(GATE_WAIT_S))
            .ok_or(StoreError::Closed)?;
        if self.broken.load(Ordering::Acquire) {
            // The old handle goes first: two handles on one file would exclude each other.
            drop(gate.take());
            *gate = Some((self.reopen)()?.db);
            self.broken.store(false, Ordering::Release);
        }
        Ok(())
    }

    /// Compacts the file: waits until nobody reads or writes, closes the gate, and lets redb move pages together.
    /// Returns whether anything moved. A kill meanwhile leaves the content as it was, in more or fewer bytes.
    ///
    /// # Errors
    /// When somebody reads for too long, or the file cannot be written.
    pub fn compact(&self) -> Result<bool, StoreError> {
        let _turn = self.turn();
        self.compacting.store(true, Ordering::Release);
        std::thread::sleep(Duration::from_millis(SETTLE_MS));
        let compacted = self.compact_alone();
        self.compacting.store(false, Ordering::Release);
        compacted
    }

    fn compact_alone(&self) -> Result<bool, StoreError> {
        let mut gate = self
            .gate
            .try_write_for(Duration::from_secs(GATE_WAIT_S))
            .ok_or(StoreError::Closed)?;
        match gate.as_mut() {
            Some(db) => db.compact().map_err(crate::store::error::writing),
            None => Err(StoreError::Closed),
        }
    }
}

/// Returns what a file takes on the card: redb doubles its length when it needs more, and what it has never written
/// takes nothing.
fn taken_bytes(facts: &fs::Metadata) -> u64 {
    /// Bytes of a block, whatever the file system's own are. *Source:* stat(2).
    const BLOCK_BYTES: u64 = 512;
    facts.len().min(facts.blocks().saturating_mul(BLOCK_BYTES))
}

fn builder() -> Builder {
    let mut builder = Builder::new();
    builder.set_cache_size(CACHE_BYTES).set_check_integrity_on_open(true);
    builder
}

/// Creates the file under another name and renames it when it is whole and synced.
fn create_file(data: &Path, path: &Path) -> Result<(), StoreError> {
    let io = |error: std::io::Error| opening(data, "written", &error);
    let fresh = data.join("weir.redb.new");
    if fresh.exists() {
        // Left by a creation that was cut off: never a store, since it was never renamed.
        fs::remove_file(&fresh).map_err(io)?;
    }
    // The mode is set before the first byte: nobody else may read names, phones and wallets.
    fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(STORE_MODE)
        .open(&fresh)
        .map_err(io)?;
    {
        let db = builder()
            .create(&fresh)
            .map_err(|error| database_error(&fresh, error))?;
        migrate::stamp(&db)?;
    }
    fs::File::open(&fresh).and_then(|file| file.sync_all()).map_err(io)?;
    fs::rename(&fresh, path).map_err(io)?;
    fs::File::open(data).and_then(|folder| folder.sync_all()).map_err(io)
}

/// Opens the file of a store, which is there.
fn existing(path: &Path) -> Result<FileBackend, StoreError> {
    let refused = |error: std::io::Error| opening(path, "read", &error);
    if fs::metadata(path).map_err(refused)?.len() == 0 {
        return Err(StoreError::Empty { path: path.to_owned() });
    }
    let file = fs::OpenOptions::new()
        .read(true)
        .write(true)
        .open(path)
        .map_err(refused)?;
    FileBackend::new(file).map_err(|error| database_error(path, error))
}

/// Opens the storage of a store, named `path`; it is not changed before it is known to be a whole store. Where the system fails
/// to read or write it, now or later, `broken` is set.
fn open_backend(backend: impl StorageBackend, path: &Path, broken: &Arc<AtomicBool>) -> Result<Opened, StoreError> {
    let (trial, opened, _) = on_trial(backend, path, broken)?;
    // It is a whole store of a known format: only now may it be written.
    trial.accept().map_err(|error| io("written", &error))?;
    migrate::bring_up(&opened.db, path)?;
    Ok(opened)
}

/// Opens the storage of a store without changing it, and returns its format.
fn on_trial<B: StorageBackend>(
    backend: B,
    path: &Path,
    broken: &Arc<AtomicBool>,
) -> Result<(Trial<B>, Opened, u32), StoreError> {
    let trial = Trial::new(backend, Arc::clone(broken));
    let backend = trial.clone();
    let took_back = Arc::new(AtomicBool::new(false));
    let tell = Arc::clone(&took_back);
    // redb's own checks come first and return errors; a panic can only mean damage that they did not foresee.
    let opened = panic::catch_unwind(AssertUnwindSafe(|| -> Result<(Database, u32), StoreError> {
        let db = builder()
            .set_repair_callback(move |session| {
                if TAKES_BACK.contains(&session.progress()) {
                    tell.store(true, Ordering::Release);
                }
            })
            .create_with_backend(backend)
            .map_err(|error| database_error(path, error))?;
        let found = migrate::known_format(&db, path)?;
        Ok((db, found))
    }));
    let (db, found) = match opened {
        Ok(opened) => opened?,
        Err(_) => {
            return Err(StoreError::Damaged {
                path: path.to_owned(),
                detail: "its pages contradict each other".to_owned(),
            });
        }
    };
    let opened = Opened {
        db,
        took_back: took_back.load(Ordering::Acquire),
    };
    Ok((trial, opened, found))
}

fn io(doing: &'static str, error: &std::io::Error) -> StoreError {
    StoreError::Io {
        doing,
        detail: in_words(error),
    }
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the errors of redb are not ours, and grow"
)]
fn database_error(path: &Path, error: redb::DatabaseError) -> StoreError {
    let path = path.to_owned();
    match error {
        redb::DatabaseError::DatabaseAlreadyOpen | redb::DatabaseError::LockProtocolMismatch => StoreError::Held {
            holder: "another process".to_owned(),
        },
        redb::DatabaseError::UpgradeRequired(version) => StoreError::Foreign {
            path,
            detail: format!("redb file format {version}"),
        },
        redb::DatabaseError::Storage(redb::StorageError::Corrupted(detail)) => StoreError::Damaged { path, detail },
        redb::DatabaseError::Storage(redb::StorageError::Io(error))
            if error.kind() == std::io::ErrorKind::InvalidData =>
        {
            StoreError::Foreign {
                path,
                detail: in_words(&error),
            }
        }
        redb::DatabaseError::Storage(redb::StorageError::Io(error))
            if error.kind() == std::io::ErrorKind::UnexpectedEof =>
        {
            StoreError::Damaged {
                path,
                detail: "it ends too early".to_owned(),
            }
        }
        redb::DatabaseError::RepairAborted => StoreError::Damaged {
            path,
            detail: "it could not be repaired".to_owned(),
        },
        other => reading(other),
    }
}
