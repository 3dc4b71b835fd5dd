//! The floor under billing: the rows that a billed store has, written by redb alone.

use std::path::Path;

use redb::{Builder, Database, ReadableDatabase};
use weir::store::tables;

use crate::Failed;
use crate::watch::{Took, Watch};

/// As the store has it.
const CACHE_BYTES: usize = 4 * 1024 * 1024;

/// A key and what stands under it.
type Row<K> = (K, Vec<u8>);

/// All that a billing run has written.
pub struct Rows {
    subscribers: Vec<Row<u32>>,
    ledger: Vec<Row<u64>>,
    debits: Vec<Row<(i32, u32)>>,
    jobs: Vec<Row<u8>>,
    runs: Vec<Row<(u8, i64, u64)>>,
    log: Vec<Row<(u8, u64)>>,
    state: Vec<u8>,
}

/// In which order the rows are written.
#[derive(Clone, Copy)]
pub enum Order {
    /// One table after the other, each in order of its keys: the best that redb can be given.
    ByTable,
    /// Subscriber by subscriber.
    BySubscriber,
}

fn builder() -> Builder {
    let mut builder = Builder::new();
    builder.set_cache_size(CACHE_BYTES);
    builder
}

impl Rows {
    /// Reads what billing wrote; entries up to `entries_before` were there already.
    pub fn of(billed: &Path, entries_before: u64) -> Result<Self, Failed> {
        let db = builder().open(billed)?;
        let txn = db.begin_read()?;
        let mut subscribers = Vec::new();
        for row in txn.open_table(tables::SUBSCRIBERS)?.range::<u32>(..)? {
            let (key, value) = row?;
            subscribers.push((key.value(), value.value().to_vec()));
        }
        let mut ledger = Vec::new();
        for row in txn.open_table(tables::LEDGER)?.range(entries_before + 1..)? {
            let (key, value) = row?;
            ledger.push((key.value(), value.value().to_vec()));
        }
        let mut debits = Vec::new();
        for row in txn.open_table(tables::DEBITS)?.range::<(i32, u32)>(..)? {
            let (key, value) = row?;
            debits.push((key.value(), value.value().to_vec()));
        }
        let mut jobs = Vec::new();
        for row in txn.open_table(tables::JOBS)?.range::<u8>(..=1)? {
            let (key, value) = row?;
            jobs.push((key.value(), value.value().to_vec()));
        }
        let mut runs = Vec::new();
        for row in txn.open_table(tables::RUNS)?.range::<(u8, i64, u64)>(..)? {
            let (key, value) = row?;
            runs.push((key.value(), value.value().to_vec()));
        }
        let mut log = Vec::new();
        for row in txn.open_table(tables::LOG)?.range::<(u8, u64)>(..)? {
            let (key, value) = row?;
            log.push((key.value(), value.value().to_vec()));
        }
        let meta = txn.open_table(tables::META)?;
        let state = meta.get(tables::META_STATE)?.ok_or("a billed store has a state")?;
        let state = state.value().to_vec();
        if ledger.len() != subscribers.len() || debits.len() != subscribers.len() {
            return Err(Failed::from("not every subscriber was charged"));
        }
        Ok(Self {
            subscribers,
            ledger,
            debits,
            jobs,
            runs,
            log,
            state,
        })
    }

    /// Writes them into an unbilled store, in one transaction that is synced as Weir's are; gives how long that took.
    pub fn write(&self, file: &Path, order: Order) -> Result<Took, Failed> {
        let db = builder().open(file)?;
        let watch = Watch::start()?;
        self.write_into(&db, order)?;
        watch.read()
    }

    fn write_into(&self, db: &Database, order: Order) -> Result<(), Failed> {
        let txn = db.begin_write()?;
        {
            let mut subscribers = txn.open_table(tables::SUBSCRIBERS)?;
            let mut ledger = txn.open_table(tables::LEDGER)?;
            let mut debits = txn.open_table(tables::DEBITS)?;
            match order {
                Order::ByTable => {
                    for (key, value) in &self.subscribers {
                        subscribers.insert(key, value.as_slice())?;
                    }
                    for (key, value) in &self.ledger {
                        ledger.insert(key, value.as_slice())?;
                    }
                    for (key, value) in &self.debits {
                        debits.insert(key, value.as_slice())?;
                    }
                }
                Order::BySubscriber => {
                    for ((subscriber, entry), debit) in self.subscribers.iter().zip(&self.ledger).zip(&self.debits) {
                        ledger.insert(entry.0, entry.1.as_slice())?;
                        debits.insert(debit.0, debit.1.as_slice())?;
                        subscribers.insert(subscriber.0, subscriber.1.as_slice())?;
                    }
                }
            }
            let mut jobs = txn.open_table(tables::JOBS)?;
            for (key, value) in &self.jobs {
                jobs.insert(key, value.as_slice())?;
            }
            let mut runs = txn.open_table(tables::RUNS)?;
            for (key, value) in &self.runs {
                runs.insert(key, value.as_slice())?;
            }
            let mut log = txn.open_table(tables::LOG)?;
            for (key, value) in &self.log {
                log.insert(key, value.as_slice())?;
            }
            txn.open_table(tables::META)?
                .insert(tables::META_STATE, self.state.as_slice())?;
        }
        txn.commit()?;
        Ok(())
    }
}
