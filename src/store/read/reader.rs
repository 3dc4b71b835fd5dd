//! A snapshot of the store for reading.
//!
//! What is committed while a [`Reader`] reads does not show. It never waits for a writer. Everything that could be long
//! is walked in order with a function, not gathered in memory.

use parking_lot::RwLockReadGuard;
use redb::{Database, ReadOnlyTable, ReadTransaction, ReadableDatabase, ReadableTable, ReadableTableMetadata};

use crate::model::day::{Day, Instant};
use crate::model::entry::{Debit, Entry};
use crate::model::entry_chain::EntrySeq;
use crate::model::job::{Job, JobState, Run};
use crate::model::name::{Reference, RouterName};
use crate::model::record::{LogKind, LogRecord};
use crate::model::router::work::{Healed, ObjectKey, RouterWork};
use crate::model::site_state::{ConfigInForce, SiteState};
use crate::model::subscriber::{ServedStretches, Subscriber, SubscriberId};
use crate::model::unmatched::{Holder, StatementWords, Unmatched};
use crate::rules::wallet::{ReadError, WalletRows};
use crate::store::codec;
use crate::store::error::{StoreError, reading, record};
use crate::store::keys::{job_number, log_number, object_row, reference_key};
use crate::store::open::Store;
use crate::store::rows::{self, get};
use crate::store::tables;

/// How many subscribers are decoded at a time while all are walked.
const WALK_BATCH: usize = 1_000;

/// A snapshot of the store.
pub struct Reader<'s> {
    pub(super) txn: ReadTransaction,
    _gate: RwLockReadGuard<'s, Option<Database>>,
}

impl Store {
    /// Returns a snapshot of what is committed.
    ///
    /// # Errors
    /// When the store is being compacted for longer than a reader waits, or cannot be read.
    pub fn read(&self) -> Result<Reader<'_>, StoreError> {
        let gate = self.pass()?;
        let txn = {
            let db = gate.as_ref().ok_or(StoreError::Closed)?;
            db.begin_read().map_err(reading)?
        };
        Ok(Reader { txn, _gate: gate })
    }
}

impl Reader<'_> {
    pub(super) fn table<K: redb::Key + 'static, V: redb::Value + 'static>(
        &self,
        definition: redb::TableDefinition<'_, K, V>,
    ) -> Result<ReadOnlyTable<K, V>, StoreError> {
        self.txn.open_table(definition).map_err(reading)
    }

    /// Returns the state of the site.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn state(&self) -> Result<SiteState, StoreError> {
        rows::read_state(&self.table(tables::META)?)
    }

    /// Returns the configuration in force.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn config(&self) -> Result<Option<ConfigInForce>, StoreError> {
        get(&self.table(tables::META)?, tables::META_CONFIG, "meta")
    }

    /// Returns the subscriber of a number.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn subscriber(&self, id: SubscriberId) -> Result<Option<Subscriber>, StoreError> {
        get(&self.table(tables::SUBSCRIBERS)?, id.0, "subscribers")
    }

    /// Returns the subscriber of a username.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn subscriber_named(&self, username: &str) -> Result<Option<Subscriber>, StoreError> {
        let id = rows::username_row(&self.table(tables::USERNAMES)?, username)?;
        id.map_or(Ok(None), |id| self.subscriber(SubscriberId(id)))
    }

    /// Returns up to `most` subscribers with numbers above `after`, in order of number.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn subscribers_after(&self, after: SubscriberId, most: usize) -> Result<Vec<Subscriber>, StoreError> {
        rows::subscribers_after(&self.table(tables::SUBSCRIBERS)?, after, most)
    }

    /// Returns the row of a subscriber's due day.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn debit_of(&self, subscriber: SubscriberId, due: Day) -> Result<Option<Debit>, StoreError> {
        get(&self.table(tables::DEBITS)?, (due.number(), subscriber.0), "debits")
    }

    /// Returns a subscriber's stretches of service that have ended.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn served_of(&self, subscriber: SubscriberId) -> Result<ServedStretches, StoreError> {
        Ok(get(&self.table(tables::SERVED)?, subscriber.0, "served")?.unwrap_or_default())
    }

    /// Walks over all subscribers in order of number.
    ///
    /// # Errors
    /// When the store cannot be read, or what `visit` returns.
    pub fn each_subscriber<E: From<StoreError>>(
        &self,
        mut visit: impl FnMut(Subscriber) -> Result<(), E>,
    ) -> Result<(), E> {
        let table = self.table(tables::SUBSCRIBERS)?;
        let mut after = SubscriberId(0);
        loop {
            let batch = rows::subscribers_after(&table, after, WALK_BATCH)?;
            let Some(last) = batch.last() else {
                return Ok(());
            };
            after = last.id;
            for subscriber in batch {
                visit(subscriber)?;
            }
        }
    }

    /// Walks over all subscribers in order of username.
    ///
    /// # Errors
    /// When the store cannot be read, or what `visit` returns.
    pub fn each_subscriber_by_name<E: From<StoreError>>(
        &self,
        mut visit: impl FnMut(Subscriber) -> Result<(), E>,
    ) -> Result<(), E> {
        let names = self.table(tables::USERNAMES)?;
        let subscribers = self.table(tables::SUBSCRIBERS)?;
        for row in names.iter().map_err(|error| E::from(reading(error)))? {
            let (_, id) = row.map_err(|error| E::from(reading(error)))?;
            let found: Option<Subscriber> = get(&subscribers, id.value(), "subscribers")?;
            if let Some(subscriber) = found {
                visit(subscriber)?;
            }
        }
        Ok(())
    }

    /// Returns the entries of a wallet, newest first, at most `most`.
    ///
    /// # Errors
    /// When the store cannot be read, or the links between the entries are broken.
    pub fn wallet_entries(&self, subscriber: &Subscriber, most: usize) -> Result<Vec<Entry>, StoreError> {
        let ledger = self.table(tables::LEDGER)?;
        let mut found = Vec::new();
        let mut next = subscriber.last_entry;
        while let Some(seq) = next {
            if found.len() >= most {
                break;
            }
            let entry: Entry = get(&ledger, seq.0, "ledger")?.ok_or_else(|| {
                StoreError::Contradiction(format!("entry {seq} of `{}` is missing", subscriber.username))
            })?;
            // Each link leads to an older entry, so the walk ends.
            if entry.subscriber != subscriber.id || entry.previous.is_some_and(|previous| previous >= seq) {
                return Err(StoreError::Contradiction(format!(
                    "entry {seq} does not belong to `{}`",
                    subscriber.username
                )));
            }
            next = entry.previous;
            found.push(entry);
        }
        Ok(found)
    }

    /// Returns one entry.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn entry(&self, seq: EntrySeq) -> Result<Option<Entry>, StoreError> {
        get(&self.table(tables::LEDGER)?, seq.0, "ledger")
    }

    /// Walks over the whole ledger in order of number.
    ///
    /// # Errors
    /// When the store cannot be read, or what `visit` returns.
    pub fn each_entry<E: From<StoreError>>(&self, mut visit: impl FnMut(u64, Entry) -> Result<(), E>) -> Result<(), E> {
        let ledger = self.table(tables::LEDGER)?;
        for row in ledger.iter().map_err(|error| E::from(reading(error)))? {
            let (seq, bytes) = row.map_err(|error| E::from(reading(error)))?;
            let entry = codec::decode(bytes.value()).map_err(|error| E::from(record("ledger")(error)))?;
            visit(seq.value(), entry)?;
        }
        Ok(())
    }

    /// Walks over all rows of debits in order of due day.
    ///
    /// # Errors
    /// When the store cannot be read, or what `visit` returns.
    pub fn each_debit<E: From<StoreError>>(
        &self,
        mut visit: impl FnMut(Day, SubscriberId, Debit) -> Result<(), E>,
    ) -> Result<(), E> {
        let debits = self.table(tables::DEBITS)?;
        for row in debits.iter().map_err(|error| E::from(reading(error)))? {
            let (key, bytes) = row.map_err(|error| E::from(reading(error)))?;
            let (due, id) = key.value();
            let debit = codec::decode(bytes.value()).map_err(|error| E::from(record("debits")(error)))?;
            visit(Day::from_number(due), SubscriberId(id), debit)?;
        }
        Ok(())
    }

    /// Returns how many rows of debits there are.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn debit_count(&self) -> Result<u64, StoreError> {
        self.table(tables::DEBITS)?.len().map_err(reading)
    }

    /// Returns what holds a payment's reference.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn holder(&self, reference: &Reference) -> Result<Option<Holder>, StoreError> {
        get(
            &self.table(tables::REFERENCES)?,
            reference_key(reference).as_str(),
            "references",
        )
    }

    /// Returns what a statement says of an unmatched payment besides.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn statement_words(&self, reference: &Reference) -> Result<StatementWords, StoreError> {
        let key = reference_key(reference);
        let words = get(&self.table(tables::UNMATCHED_WORDS)?, key.as_str(), "unmatched_words")?;
        Ok(words.unwrap_or_default())
    }

    /// Returns the key under which a reference is kept: that of today, unless a receipt that was recorded twice by format 3, once
    /// with characters that nobody sees, still has a row of its own.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub(crate) fn key_of(&self, reference: &Reference) -> Result<String, StoreError> {
        let (today, once) = (reference_key(reference), reference.as_str().to_lowercase());
        let is_kept = once != today && {
            let references = self.table(tables::REFERENCES)?;
            references.get(once.as_str()).map_err(reading)?.is_some()
        };
        Ok(if is_kept { once } else { today })
    }

    /// Walks over all references.
    ///
    /// # Errors
    /// When the store cannot be read, or what `visit` returns.
    pub fn each_reference<E: From<StoreError>>(
        &self,
        mut visit: impl FnMut(&str, Holder) -> Result<(), E>,
    ) -> Result<(), E> {
        let references = self.table(tables::REFERENCES)?;
        for row in references.iter().map_err(|error| E::from(reading(error)))? {
            let (key, bytes) = row.map_err(|error| E::from(reading(error)))?;
            let holder = codec::decode(bytes.value()).map_err(|error| E::from(record("references")(error)))?;
            visit(key.value(), holder)?;
        }
        Ok(())
    }

    /// Walks over the unmatched payments, also over those that were assigned.
    ///
    /// # Errors
    /// When the store cannot be read, or what `visit` returns.
    pub fn each_unmatched<E: From<StoreError>>(
        &self,
        mut visit: impl FnMut(Unmatched) -> Result<(), E>,
    ) -> Result<(), E> {
        let unmatched = self.table(tables::UNMATCHED)?;
        for row in unmatched.iter().map_err(|error| E::from(reading(error)))? {
            let (_, bytes) = row.map_err(|error| E::from(reading(error)))?;
            visit(codec::decode(bytes.value()).map_err(|error| E::from(record("unmatched")(error)))?)?;
        }
        Ok(())
    }

    /// Returns the state of a job.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn job(&self, job: Job) -> Result<Option<JobState>, StoreError> {
        get(&self.table(tables::JOBS)?, job_number(job), "jobs")
    }

    /// Returns the records of a job's runs, newest first, at most `most`.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn runs(&self, job: Job, most: usize) -> Result<Vec<Run>, StoreError> {
        self.runs_through(job, Instant::from_millis(i64::MAX), most)
    }

    /// Returns the same of those planned no later than an instant: a wrong clock may have left records beyond it.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn runs_through(&self, job: Job, through: Instant, most: usize) -> Result<Vec<Run>, StoreError> {
        let number = job_number(job);
        let table = self.table(tables::RUNS)?;
        let rows = table
            .range((number, i64::MIN, 0)..=(number, through.millis(), u64::MAX))
            .map_err(reading)?;
        let mut found = Vec::new();
        for row in rows.rev().take(most) {
            let (_, bytes) = row.map_err(reading)?;
            found.push(codec::decode(bytes.value()).map_err(record("runs"))?);
        }
        Ok(found)
    }

    /// Walks over all router work, or that of one router, in order of object.
    ///
    /// # Errors
    /// When the store cannot be read, or what `visit` returns.
    pub fn each_work<E: From<StoreError>>(
        &self,
        router: Option<&RouterName>,
        mut visit: impl FnMut(ObjectKey, RouterWork) -> Result<(), E>,
    ) -> Result<(), E> {
        let table = self.table(tables::ROUTER_WORK)?;
        let from = router.map_or("", RouterName::as_str);
        for row in table.range((from, 0, "")..).map_err(|error| E::from(reading(error)))? {
            let (key, bytes) = row.map_err(|error| E::from(reading(error)))?;
            let (name, service, object) = key.value();
            if router.is_some_and(|router| router.as_str() != name) {
                break;
            }
            let contradiction = || {
                E::from(StoreError::Contradiction(format!(
                    "router work on `{object}` of `{name}` has a bad key"
                )))
            };
            let key = ObjectKey {
                router: RouterName::new(name).map_err(|_| contradiction())?,
                service: tables::service_of(service).ok_or_else(contradiction)?,
                object: object.to_owned(),
            };
            visit(
                key,
                codec::decode(bytes.value()).map_err(|error| E::from(record("router_work")(error)))?,
            )?;
        }
        Ok(())
    }

    /// Returns the work on one object.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn work(&self, key: &ObjectKey) -> Result<Option<RouterWork>, StoreError> {
        get(&self.table(tables::ROUTER_WORK)?, object_row(key), "router_work")
    }

    /// Returns how many objects have work, done or not.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn work_count(&self) -> Result<u64, StoreError> {
        self.table(tables::ROUTER_WORK)?.len().map_err(reading)
    }

    /// Returns when drift was last repaired on an object.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn healed(&self, key: &ObjectKey) -> Result<Option<Healed>, StoreError> {
        get(&self.table(tables::HEALED)?, object_row(key), "healed")
    }

    /// Walks over log records, newest first, of one stream or of all, as long as `visit` says to go on.
    ///
    /// # Errors
    /// When the store cannot be read, or what `visit` returns.
    pub fn each_log<E: From<StoreError>>(
        &self,
        kind: Option<LogKind>,
        mut visit: impl FnMut(LogRecord) -> Result<bool, E>,
    ) -> Result<(), E> {
        self.each_log_numbered(kind, |_, record| visit(record))
    }

    /// Does the same, with the number of each record.
    ///
    /// # Errors
    /// When the store cannot be read, or what `visit` returns.
    pub fn each_log_numbered<E: From<StoreError>>(
        &self,
        kind: Option<LogKind>,
        mut visit: impl FnMut(u64, LogRecord) -> Result<bool, E>,
    ) -> Result<(), E> {
        let table = self.table(tables::LOG)?;
        let kinds: Vec<LogKind> = kind.map_or_else(|| LogKind::ALL.to_vec(), |kind| vec![kind]);
        let mut streams = Vec::with_capacity(kinds.len());
        for kind in kinds {
            let number = log_number(kind);
            let rows = table
                .range((number, 0)..=(number, u64::MAX))
                .map_err(|error| E::from(reading(error)))?;
            streams.push(rows.rev().peekable());
        }
        loop {
            // The stream whose next record is the newest of all.
            let mut newest: Option<(usize, u64)> = None;
            for (at, stream) in streams.iter_mut().enumerate() {
                if let Some(Ok((key, _))) = stream.peek() {
                    let (_, number) = key.value();
                    if newest.is_none_or(|(_, best)| number > best) {
                        newest = Some((at, number));
                    }
                } else if let Some(Err(_)) = stream.peek() {
                    newest = Some((at, u64::MAX));
                    break;
                }
            }
            let Some(row) = newest.and_then(|(at, _)| streams.get_mut(at)).and_then(Iterator::next) else {
                return Ok(());
            };
            let (key, bytes) = row.map_err(|error| E::from(reading(error)))?;
            let entry = codec::decode(bytes.value()).map_err(|error| E::from(record("log")(error)))?;
            if !visit(key.value().1, entry)? {
                return Ok(());
            }
        }
    }
}

impl WalletRows for Reader<'_> {
    fn debit(&self, subscriber: &Subscriber, due: Day) -> Result<Option<Debit>, ReadError> {
        Ok(self.debit_of(subscriber.id, due)?)
    }

    fn served(&self, subscriber: &Subscriber) -> Result<ServedStretches, ReadError> {
        Ok(self.served_of(subscriber.id)?)
    }
}
