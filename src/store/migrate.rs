//! Migrates a file of an older format to the present one.
//!
//! The format is one number in the file. An older file is migrated step by step when it is opened, each step in a
//! transaction of its own that also writes the new number; a newer one is refused.

use std::path::Path;

use redb::{Database, ReadableDatabase, ReadableTable, TableHandle};

use crate::model::day::Instant;
use crate::model::name::RouterName;
use crate::model::router::work::{ObjectKey, RouterWork, WorkState};
use crate::store::codec;
use crate::store::error::{StoreError, reading, record, writing};
use crate::store::keys::object_row;
use crate::store::migrate_service::store_service;
use crate::store::payer_keys::tell_payers_apart;
use crate::store::tables::{
    ALERTS, ANNOUNCEMENTS, HELD, HELD_CUTS, HELD_FILES, INCIDENTS, KNOWN_ROUTERS, MESSAGES, MESSAGES_DUE,
    MESSAGES_ONCE, META, META_FORMAT, NAMES, READINGS, ROUTER_READINGS, ROUTER_WORK, UNCERTAIN_PERIODS, service_of,
};
use crate::store::write::transaction::Transaction;

/// The format that this version writes.
pub const FORMAT: u32 = 4;

/// One step: what has to be rewritten to get from format `n` to `n + 1`.
type MigrationStep = fn(&redb::WriteTransaction) -> Result<(), StoreError>;

/// The steps; the first one leads from format 1 to format 2.
const STEPS: &[MigrationStep] = &[add_alerts, add_messages, to_format_4];

/// Migrates to format 2: adds the tables of alerts, of pending approvals, and of periods to be corrected. No record
/// changes.
fn add_alerts(txn: &redb::WriteTransaction) -> Result<(), StoreError> {
    txn.open_table(ALERTS).map_err(writing)?;
    txn.open_table(HELD).map_err(writing)?;
    txn.open_table(HELD_CUTS).map_err(writing)?;
    txn.open_table(HELD_FILES).map_err(writing)?;
    txn.open_table(UNCERTAIN_PERIODS).map_err(writing)?;
    Ok(())
}

/// Migrates to format 3: adds the tables of messages, of announcements of alerts, and of incidents of routers. No record
/// changes.
fn add_messages(txn: &redb::WriteTransaction) -> Result<(), StoreError> {
    txn.open_table(MESSAGES).map_err(writing)?;
    txn.open_table(MESSAGES_DUE).map_err(writing)?;
    txn.open_table(MESSAGES_ONCE).map_err(writing)?;
    txn.open_table(ANNOUNCEMENTS).map_err(writing)?;
    txn.open_table(INCIDENTS).map_err(writing)?;
    txn.open_table(KNOWN_ROUTERS).map_err(writing)?;
    Ok(())
}

/// Migrates to format 4: subscribers know since when they are served; payers and references have exact keys; what was
/// read on routers has tables. The subscribers
/// come first, since all that follows reads them as they are now.
fn to_format_4(txn: &redb::WriteTransaction) -> Result<(), StoreError> {
    store_service(txn)?;
    tell_payers_apart(txn)?;
    add_readings(txn)
}

/// Adds the tables of readings. Work on objects that no version so far switches was kept as if a router refused
/// it; from here on it is kept as what is left to the owner.
fn add_readings(txn: &redb::WriteTransaction) -> Result<(), StoreError> {
    txn.open_table(READINGS).map_err(writing)?;
    txn.open_table(ROUTER_READINGS).map_err(writing)?;
    let mut table = txn.open_table(ROUTER_WORK).map_err(writing)?;
    let mut left: Vec<(ObjectKey, RouterWork)> = Vec::new();
    for row in table.iter().map_err(reading)? {
        let (key, bytes) = row.map_err(reading)?;
        let (router, service, object) = key.value();
        let Some(service) = service_of(service).filter(|service| !service.is_managed()) else {
            continue;
        };
        let work: RouterWork = codec::decode(bytes.value()).map_err(record("router_work"))?;
        let router = RouterName::new(router).map_err(|error| StoreError::Contradiction(error.to_string()))?;
        let key = ObjectKey {
            router,
            service,
            object: object.to_owned(),
        };
        left.push((key, work));
    }
    for (key, work) in left {
        let work = RouterWork {
            state: WorkState::NotManaged,
            last_error: None,
            ..work
        };
        let bytes = codec::encode(&work).map_err(record("router_work"))?;
        table.insert(object_row(&key), bytes.as_slice()).map_err(writing)?;
    }
    Ok(())
}

/// Writes the format into a file that has just been created.
///
/// # Errors
/// When the file cannot be written.
pub fn stamp(db: &Database) -> Result<(), StoreError> {
    let txn = db.begin_write().map_err(writing)?;
    txn.open_table(META)
        .map_err(writing)?
        .insert(META_FORMAT, FORMAT.to_le_bytes().as_slice())
        .map_err(writing)?;
    // A write transaction opens every table, which creates it: a reader then finds them all.
    drop(Transaction::open(&txn, Instant::from_millis(0))?);
    txn.commit().map_err(writing)
}

/// Returns the format of a file that this version knows.
///
/// # Errors
/// When the file is not Weir's, is newer, lacks a table, or cannot be read.
pub fn known_format(db: &Database, path: &Path) -> Result<u32, StoreError> {
    let foreign = |detail: &str| StoreError::Foreign {
        path: path.to_owned(),
        detail: detail.to_owned(),
    };
    let found = {
        let txn = db.begin_read().map_err(reading)?;
        let table = txn
            .open_table(META)
            .map_err(|_| foreign("a redb file without Weir's tables"))?;
        let row = table
            .get(META_FORMAT)
            .map_err(reading)?
            .ok_or_else(|| foreign("it names no format"))?;
        let bytes: [u8; 4] = row.value().try_into().map_err(|_| foreign("its format is no number"))?;
        u32::from_le_bytes(bytes)
    };
    if found > FORMAT {
        return Err(StoreError::Newer {
            path: path.to_owned(),
            found,
            known: FORMAT,
        });
    }
    // The first write would create the missing one again, and empty.
    let txn = db.begin_read().map_err(reading)?;
    let there: Vec<String> = txn
        .list_tables()
        .map_err(reading)?
        .map(|table| table.name().to_owned())
        .collect();
    let mut wanted = NAMES.iter().filter(|(_, format)| *format <= found);
    if let Some((missing, _)) = wanted.find(|(name, _)| !there.iter().any(|there| there == name)) {
        return Err(StoreError::Damaged {
            path: path.to_owned(),
            detail: format!("table `{missing}` is missing"),
        });
    }
    Ok(found)
}

/// Migrates an older file to this version's format.
///
/// # Errors
/// When the file is not Weir's, is newer, or cannot be read or written.
pub fn bring_up(db: &Database, path: &Path) -> Result<(), StoreError> {
    let found = known_format(db, path)?;
    let skipped = usize::try_from(found.saturating_sub(1)).unwrap_or(usize::MAX);
    for (step, to) in STEPS.iter().zip(2_u32..).skip(skipped) {
        let txn = db.begin_write().map_err(writing)?;
        step(&txn)?;
        txn.open_table(META)
            .map_err(writing)?
            .insert(META_FORMAT, to.to_le_bytes().as_slice())
            .map_err(writing)?;
        txn.commit().map_err(writing)?;
    }
    Ok(())
}
