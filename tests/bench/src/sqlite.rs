//! The peer of billing: SQLite doing the same work, with columns, prepared statements and one transaction.

use std::path::Path;

use rusqlite::{Connection, params};
use weir::model::day::{Day, Instant};
use weir::model::entry::{Entry, EntryKind, SOURCE_MONTHLY_BILL};
use weir::model::entry_chain::{EntryHash, EntrySeq};
use weir::model::money::Money;
use weir::model::name::Source;
use weir::model::package::Cycle;
use weir::model::subscriber::{AnchorDay, Subscriber, SubscriberId};
use weir::rules::{chain, due};
use weir::store::read::reader::Reader;

use crate::Failed;
use crate::site::PRICE_MINOR;
use crate::watch::{Took, Watch};

/// How many due rows are read at a time.
const PAGE: usize = 5_000;

const TABLES: &str = "
PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
CREATE TABLE meta (key TEXT PRIMARY KEY, seq INTEGER NOT NULL, hash BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE subscribers (
    id INTEGER PRIMARY KEY, username TEXT NOT NULL UNIQUE, name TEXT, phone TEXT, account TEXT, package TEXT, router TEXT,
    service INTEGER NOT NULL, state INTEGER NOT NULL, hold_since INTEGER, expires_on INTEGER, anchor INTEGER,
    unpaid_days INTEGER NOT NULL, unpaid_from INTEGER, extended_to INTEGER, balance INTEGER NOT NULL,
    last_entry INTEGER, outstanding_due INTEGER, outstanding_amount INTEGER, last_settled INTEGER, added_at INTEGER NOT NULL
);
CREATE TABLE ledger (
    seq INTEGER PRIMARY KEY, subscriber INTEGER NOT NULL, previous INTEGER, kind INTEGER NOT NULL, amount INTEGER NOT NULL,
    source TEXT NOT NULL, reference TEXT, balance_after INTEGER NOT NULL, for_day INTEGER NOT NULL,
    recorded_at INTEGER NOT NULL, actor TEXT NOT NULL, comment TEXT, hash BLOB NOT NULL
);
CREATE TABLE debits (
    due INTEGER NOT NULL, subscriber INTEGER NOT NULL, entry INTEGER NOT NULL, amount INTEGER NOT NULL,
    before_end INTEGER, before_anchor INTEGER, after_end INTEGER, after_anchor INTEGER, previous INTEGER,
    PRIMARY KEY (due, subscriber)
) WITHOUT ROWID;
CREATE TABLE runs (id INTEGER PRIMARY KEY, job INTEGER NOT NULL, planned_for INTEGER NOT NULL, charged INTEGER NOT NULL,
    settled INTEGER NOT NULL);
";

/// Makes an unbilled database of the same subscribers and entries.
pub fn make(file: &Path, reader: &Reader<'_>) -> Result<(), Failed> {
    let mut db = Connection::open(file)?;
    db.execute_batch(TABLES)?;
    let txn = db.transaction()?;
    {
        let mut put = txn
            .prepare("INSERT INTO subscribers VALUES (?,?,?,?,?,?,?,1,1,NULL,?,?,0,NULL,NULL,?,?,NULL,NULL,NULL,?)")?;
        reader.each_subscriber(|subscriber: Subscriber| -> Result<(), Failed> {
            let profile = &subscriber.profile;
            put.execute(params![
                subscriber.id.0,
                subscriber.username.as_str(),
                profile.name.as_ref().map(|name| name.as_str()),
                profile.phone.as_ref().map(|phone| phone.as_str()),
                profile.account.as_ref().map(|account| account.as_str()),
                profile.package.as_ref().map(|package| package.as_str()),
                profile.router.as_ref().map(|router| router.as_str()),
                subscriber.period.expires_on.map(Day::number),
                subscriber.period.anchor.map(AnchorDay::day_of_month),
                subscriber.balance.minor(),
                subscriber.last_entry.map(|seq| seq.0),
                subscriber.added_at.millis(),
            ])?;
            Ok(())
        })?;
        let mut head = (0, EntryHash::default());
        let mut put = txn.prepare(INSERT_ENTRY)?;
        reader.each_entry(|_, entry| -> Result<(), Failed> {
            head = (entry.seq.0, entry.hash);
            insert_entry(&mut put, &entry)
        })?;
        txn.execute("INSERT INTO meta VALUES ('head', ?, ?)", params![head.0, head.1.0])?;
    }
    txn.commit()?;
    db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
    Ok(())
}

const INSERT_ENTRY: &str = "INSERT INTO ledger VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?)";

fn insert_entry(put: &mut rusqlite::Statement<'_>, entry: &Entry) -> Result<(), Failed> {
    put.execute(params![
        entry.seq.0,
        entry.subscriber.0,
        entry.previous.map(|seq| seq.0),
        match entry.kind {
            EntryKind::Credit => 1,
            EntryKind::Debit => 2,
            EntryKind::Adjustment => 3,
        },
        entry.amount.minor(),
        entry.source.as_str(),
        entry.reference.as_ref().map(|reference| reference.as_str()),
        entry.balance_after.minor(),
        entry.for_day.number(),
        entry.recorded_at.millis(),
        entry.actor,
        entry.comment.as_ref().map(|comment| comment.as_str()),
        entry.hash.0,
    ])?;
    Ok(())
}

/// How long it took.
pub struct Billed {
    /// Up to the synced commit, without writing the log back into the database.
    pub committed: Took,
    /// With the checkpoint, which SQLite does by itself after a transaction of this size.
    pub checkpointed: Took,
    /// How many were charged.
    pub charged: u64,
}

struct Due {
    id: u32,
    balance: i64,
    last_entry: Option<u64>,
    last_settled: Option<i32>,
    expires_on: i32,
    anchor: u8,
}

/// Bills everybody who is due by this day.
pub fn bill(file: &Path, day: Day, now: Instant) -> Result<Billed, Failed> {
    let mut db = Connection::open(file)?;
    // As much cache as the store has; the checkpoint is timed apart.
    db.execute_batch("PRAGMA synchronous = FULL; PRAGMA cache_size = -4096; PRAGMA wal_autocheckpoint = 0;")?;
    let watch = Watch::start()?;
    let (mut charged, mut settled) = (0_u64, 0_u64);
    let txn = db.transaction()?;
    {
        let (mut seq, mut hash) = txn.query_row("SELECT seq, hash FROM meta WHERE key = 'head'", [], |row| {
            Ok((row.get::<_, u64>(0)?, EntryHash(row.get(1)?)))
        })?;
        let mut read = txn.prepare(
            "SELECT id, balance, last_entry, last_settled, expires_on, anchor FROM subscribers \
             WHERE id > ? AND state = 1 AND hold_since IS NULL AND package IS NOT NULL AND expires_on <= ? \
             AND outstanding_due IS NULL ORDER BY id LIMIT ?",
        )?;
        let mut entries = txn.prepare(INSERT_ENTRY)?;
        let mut debits = txn.prepare("INSERT INTO debits VALUES (?,?,?,?,?,?,?,?,?)")?;
        let mut settle = txn.prepare(
            "UPDATE subscribers SET expires_on = ?, anchor = ?, balance = ?, last_entry = ?, last_settled = ? WHERE id = ?",
        )?;
        let mut charge = txn.prepare(
            "UPDATE subscribers SET balance = ?, last_entry = ?, outstanding_due = ?, outstanding_amount = ? WHERE id = ?",
        )?;
        let mut after = 0_u32;
        loop {
            let page: Vec<Due> = read
                .query_map(params![after, day.number(), PAGE], |row| {
                    Ok(Due {
                        id: row.get(0)?,
                        balance: row.get(1)?,
                        last_entry: row.get(2)?,
                        last_settled: row.get(3)?,
                        expires_on: row.get(4)?,
                        anchor: row.get(5)?,
                    })
                })?
                .collect::<Result<_, _>>()?;
            let Some(last) = page.last() else { break };
            after = last.id;
            for row in &page {
                seq += 1;
                let balance = row.balance - PRICE_MINOR;
                let due = Day::from_number(row.expires_on);
                let mut entry = Entry {
                    seq: EntrySeq(seq),
                    subscriber: SubscriberId(row.id),
                    previous: row.last_entry.map(EntrySeq),
                    kind: EntryKind::Debit,
                    amount: Money::from_minor(PRICE_MINOR),
                    source: Source::new(SOURCE_MONTHLY_BILL)?,
                    reference: None,
                    balance_after: Money::from_minor(balance),
                    for_day: due,
                    recorded_at: now,
                    actor: weir::rules::billing::ACTOR.to_owned(),
                    comment: None,
                    hash: EntryHash::default(),
                };
                entry.hash = chain::hash(&entry, hash);
                hash = entry.hash;
                insert_entry(&mut entries, &entry)?;
                charged += 1;
                if balance >= 0 {
                    let (end, _) = due::next(due, AnchorDay::of(due), Cycle::Months(1));
                    debits.execute(params![
                        due.number(),
                        row.id,
                        seq,
                        PRICE_MINOR,
                        row.expires_on,
                        row.anchor,
                        end.number(),
                        row.anchor,
                        row.last_settled
                    ])?;
                    settle.execute(params![end.number(), row.anchor, balance, seq, due.number(), row.id])?;
                    settled += 1;
                } else {
                    let none = None::<i32>;
                    debits.execute(params![
                        due.number(),
                        row.id,
                        seq,
                        PRICE_MINOR,
                        none,
                        none,
                        none,
                        none,
                        none
                    ])?;
                    charge.execute(params![balance, seq, due.number(), PRICE_MINOR, row.id])?;
                }
            }
        }
        txn.execute(
            "UPDATE meta SET seq = ?, hash = ? WHERE key = 'head'",
            params![seq, hash.0],
        )?;
        txn.execute(
            "INSERT INTO runs VALUES (1, 1, ?, ?, ?)",
            params![now.millis(), charged, settled],
        )?;
    }
    txn.commit()?;
    let committed = watch.read()?;
    db.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()))?;
    Ok(Billed {
        committed,
        checkpointed: watch.read()?,
        charged,
    })
}
