//! How is a decision written, with all the work it causes?
//!
//! [`Store::write`] is one transaction. Inside it a [`Desk`] reads what it needs and writes what was decided; on success
//! everything is committed and synced, on failure nothing is. [`Desk::put`] is the only place that writes a subscriber:
//! entries, debits, indexes and counts go with it, and where the access that should be has changed, so does the router
//! work. Nothing changed means nothing is written.

use redb::{ReadableTable, Table, WriteTransaction};

use crate::model::day::{Day, Instant};
use crate::model::entry::{ChainHead, Debit, Entry};
use crate::model::job::{Job, JobState, Run, RunId};
use crate::model::name::{Phone, Reference, Username};
use crate::model::record::LogRecord;
use crate::model::router_work::{Generation, Healed, ObjectKey, RouterWork, WorkState};
use crate::model::site_state::{ConfigInForce, SiteState};
use crate::model::subscriber::{Access, Profile, Service, Subscriber, SubscriberId};
use crate::model::unmatched::{Holder, TrayState, Unmatched};
use crate::rules::wallet::{Debits, RuleError, Wallet};
use crate::store::codec;
use crate::store::error::{StoreError, reading, record, writing};
use crate::store::open::Store;
use crate::store::tables;

/// What a wallet's rules have changed, taken off the desk's hands and ready to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changed {
    /// The subscriber as it will be.
    pub subscriber: Subscriber,
    /// New entries, in order.
    pub entries: Vec<Entry>,
    /// Rows of debits as they will be.
    pub debits: Vec<(Day, Debit)>,
    /// The head of the chain after the entries.
    pub head: ChainHead,
}

impl From<Wallet<'_>> for Changed {
    fn from(wallet: Wallet<'_>) -> Self {
        Self {
            subscriber: wallet.subscriber,
            entries: wallet.entries,
            debits: wallet.debits,
            head: wallet.head,
        }
    }
}

/// What a decision means for the router beyond a change of access.
#[derive(Debug, Clone, Copy, Default)]
pub struct AccessWork {
    /// The run that decided it.
    pub run: Option<RunId>,
    /// The package, profile or rate changed: the object is to be looked at, and its live session ended once.
    pub end_session: bool,
}

/// One write transaction.
pub struct Desk<'txn> {
    meta: Table<'txn, &'static str, &'static [u8]>,
    subscribers: Table<'txn, u32, &'static [u8]>,
    usernames: Table<'txn, &'static str, u32>,
    accounts: Table<'txn, (&'static str, u32), ()>,
    phones: Table<'txn, (&'static str, u32), ()>,
    objects: Table<'txn, tables::ObjectRow<'static>, u32>,
    ledger: Table<'txn, u64, &'static [u8]>,
    debits: Table<'txn, (i32, u32), &'static [u8]>,
    references: Table<'txn, &'static str, &'static [u8]>,
    unmatched: Table<'txn, &'static str, &'static [u8]>,
    taken_rows: Table<'txn, &'static [u8], ()>,
    jobs: Table<'txn, u8, &'static [u8]>,
    runs: Table<'txn, (u8, i64, u64), &'static [u8]>,
    router_work: Table<'txn, tables::ObjectRow<'static>, &'static [u8]>,
    healed: Table<'txn, tables::ObjectRow<'static>, &'static [u8]>,
    log: Table<'txn, (u8, u64), &'static [u8]>,
    state: SiteState,
    now: Instant,
    changes: u64,
}

impl Store {
    /// Does `work` in one transaction that carries the instant `now`: commits and syncs when it succeeds and changed
    /// something, and leaves everything as it was when it fails.
    ///
    /// # Errors
    /// What `work` returns, or that the store cannot be read or written.
    pub fn write<R, E: From<StoreError>>(
        &self,
        now: Instant,
        work: impl FnOnce(&mut Desk<'_>) -> Result<R, E>,
    ) -> Result<R, E> {
        let _turn = self.turn();
        let gate = self.pass()?;
        let txn = gate
            .as_ref()
            .ok_or(StoreError::Closed)?
            .begin_write()
            .map_err(writing)?;
        let (outcome, before, after) = {
            let mut desk = Desk::open(&txn, now)?;
            let before = desk.state.clone();
            let outcome = work(&mut desk).and_then(|value| Ok((value, desk.finish()?)));
            (outcome, before, desk.state)
        };
        match outcome {
            Ok((value, true)) => match txn.commit() {
                Ok(()) => Ok(value),
                Err(error) => {
                    drop(gate);
                    Err(self.not_committed(error, &before, &after).into())
                }
            },
            Ok((value, false)) => {
                txn.abort().map_err(writing)?;
                Ok(value)
            }
            Err(error) => {
                if let Err(failed) = txn.abort() {
                    // Nothing of it is committed, and the handle is opened anew before its next use.
                    tracing::warn!(error = %failed, "a transaction could not be taken back in order");
                }
                Err(error)
            }
        }
    }

    /// Why a commit failed. All of its pages may have reached the card all the same: only where the store can be opened
    /// anew and is as before is it sure that nothing was changed.
    fn not_committed(&self, error: redb::CommitError, before: &SiteState, after: &SiteState) -> StoreError {
        match writing(error) {
            StoreError::Io { detail, doing } => match self.read().and_then(|reader| reader.state()) {
                Ok(found) if found == *before && found != *after => StoreError::Io { doing, detail },
                Ok(_) | Err(_) => StoreError::Uncertain { detail },
            },
            other => other,
        }
    }
}

impl<'txn> Desk<'txn> {
    pub(crate) fn open(txn: &'txn WriteTransaction, now: Instant) -> Result<Self, StoreError> {
        let meta = txn.open_table(tables::META).map_err(writing)?;
        let state = read_state(&meta)?;
        Ok(Self {
            meta,
            subscribers: txn.open_table(tables::SUBSCRIBERS).map_err(writing)?,
            usernames: txn.open_table(tables::USERNAMES).map_err(writing)?,
            accounts: txn.open_table(tables::ACCOUNTS).map_err(writing)?,
            phones: txn.open_table(tables::PHONES).map_err(writing)?,
            objects: txn.open_table(tables::OBJECTS).map_err(writing)?,
            ledger: txn.open_table(tables::LEDGER).map_err(writing)?,
            debits: txn.open_table(tables::DEBITS).map_err(writing)?,
            references: txn.open_table(tables::REFERENCES).map_err(writing)?,
            unmatched: txn.open_table(tables::UNMATCHED).map_err(writing)?,
            taken_rows: txn.open_table(tables::TAKEN_ROWS).map_err(writing)?,
            jobs: txn.open_table(tables::JOBS).map_err(writing)?,
            runs: txn.open_table(tables::RUNS).map_err(writing)?,
            router_work: txn.open_table(tables::ROUTER_WORK).map_err(writing)?,
            healed: txn.open_table(tables::HEALED).map_err(writing)?,
            log: txn.open_table(tables::LOG).map_err(writing)?,
            state,
            now,
            changes: 0,
        })
    }

    /// Writes the state of the site when anything changed; gives whether it did.
    pub(crate) fn finish(&mut self) -> Result<bool, StoreError> {
        if self.changes > 0 {
            self.state.newest = self.state.newest.max(self.now);
            let bytes = codec::encode(&self.state).map_err(record("meta"))?;
            self.meta
                .insert(tables::META_STATE, bytes.as_slice())
                .map_err(writing)?;
        }
        Ok(self.changes > 0)
    }

    /// How the site stands, with what this transaction has changed.
    #[must_use]
    pub const fn state(&self) -> &SiteState {
        &self.state
    }

    /// The instant that this transaction carries.
    #[must_use]
    pub const fn now(&self) -> Instant {
        self.now
    }

    /// How many changes this transaction has written so far.
    #[must_use]
    pub const fn changes(&self) -> u64 {
        self.changes
    }

    const fn note_change(&mut self) {
        self.changes = self.changes.saturating_add(1);
    }

    /// A new subscriber's number.
    pub fn next_subscriber(&mut self) -> SubscriberId {
        self.state.last_subscriber = self.state.last_subscriber.saturating_add(1);
        self.note_change();
        SubscriberId(self.state.last_subscriber)
    }

    /// A new run's number.
    pub fn next_run(&mut self) -> RunId {
        self.state.last_run = self.state.last_run.saturating_add(1);
        self.note_change();
        RunId(self.state.last_run)
    }

    /// The subscriber of a number.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn subscriber(&self, id: SubscriberId) -> Result<Option<Subscriber>, StoreError> {
        get(&self.subscribers, id.0, "subscribers")
    }

    /// The subscriber of a username.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn subscriber_named(&self, username: &str) -> Result<Option<Subscriber>, StoreError> {
        let id = self.usernames.get(username).map_err(reading)?.map(|row| row.value());
        id.map_or(Ok(None), |id| self.subscriber(SubscriberId(id)))
    }

    /// Up to `most` subscribers with numbers above `after`, in order of number.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn subscribers_after(&self, after: SubscriberId, most: usize) -> Result<Vec<Subscriber>, StoreError> {
        subscribers_after(&self.subscribers, after, most)
    }

    /// Who else has the same object on the router.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn owner_of(&self, key: &ObjectKey) -> Result<Option<SubscriberId>, StoreError> {
        Ok(self
            .objects
            .get(object_row(key))
            .map_err(reading)?
            .map(|row| SubscriberId(row.value())))
    }

    /// Those whose account reads the same in small letters and digits.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn with_account(&self, account: &str) -> Result<Vec<Subscriber>, StoreError> {
        let key = account_key(account);
        if key.is_empty() {
            Ok(Vec::new())
        } else {
            self.indexed(&self.accounts, &key)
        }
    }

    /// Those whose phone ends in the same nine digits.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn with_phone(&self, phone: &Phone) -> Result<Vec<Subscriber>, StoreError> {
        phone
            .last_nine()
            .map_or(Ok(Vec::new()), |key| self.indexed(&self.phones, key))
    }

    fn indexed(&self, index: &Table<'txn, (&'static str, u32), ()>, key: &str) -> Result<Vec<Subscriber>, StoreError> {
        /// One more than two is enough to know that the index is ambiguous.
        const MATCHES_MAX: usize = 16;
        let mut found = Vec::new();
        for row in index
            .range((key, 0)..=(key, u32::MAX))
            .map_err(reading)?
            .take(MATCHES_MAX)
        {
            let (row, ()) = row.map(|(key, value)| (key, value.value())).map_err(reading)?;
            found.extend(self.subscriber(SubscriberId(row.value().1))?);
        }
        Ok(found)
    }

    /// What stands behind a payment's reference.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn holder(&self, reference: &Reference) -> Result<Option<Holder>, StoreError> {
        get(&self.references, reference.as_str(), "references")
    }

    /// Writes what stands behind a payment's reference.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn put_holder(&mut self, reference: &Reference, holder: &Holder) -> Result<(), StoreError> {
        let bytes = codec::encode(holder).map_err(record("references"))?;
        self.references
            .insert(reference.as_str(), bytes.as_slice())
            .map_err(writing)?;
        self.note_change();
        Ok(())
    }

    /// A row of the tray.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn unmatched(&self, reference: &Reference) -> Result<Option<Unmatched>, StoreError> {
        get(&self.unmatched, reference.as_str(), "unmatched")
    }

    /// Writes a row of the tray, and what stands behind its reference while it waits.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn put_unmatched(&mut self, row: &Unmatched) -> Result<(), StoreError> {
        let waited = self
            .unmatched(&row.reference)?
            .is_some_and(|before| before.state == TrayState::Waiting);
        let waits = row.state == TrayState::Waiting;
        if waits && !waited {
            self.state.unmatched_waiting = self.state.unmatched_waiting.saturating_add(1);
        } else if waited && !waits {
            self.state.unmatched_waiting = self.state.unmatched_waiting.saturating_sub(1);
        }
        let bytes = codec::encode(row).map_err(record("unmatched"))?;
        self.unmatched
            .insert(row.reference.as_str(), bytes.as_slice())
            .map_err(writing)?;
        match row.state {
            TrayState::Waiting => self.put_holder(&row.reference, &Holder::Tray { amount: row.amount })?,
            TrayState::Reversed => self.put_holder(&row.reference, &Holder::Reversed)?,
            // The credit that it became holds the reference.
            TrayState::Assigned(_) => {}
        }
        self.note_change();
        Ok(())
    }

    /// Whether a statement's row with this digest has been taken.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn row_was_taken(&self, digest: &[u8]) -> Result<bool, StoreError> {
        Ok(self.taken_rows.get(digest).map_err(reading)?.is_some())
    }

    /// Notes that a statement's row with this digest is taken.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn take_row(&mut self, digest: &[u8]) -> Result<(), StoreError> {
        self.taken_rows.insert(digest, ()).map_err(writing)?;
        self.note_change();
        Ok(())
    }

    /// An entry of the ledger.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn entry(&self, seq: u64) -> Result<Option<Entry>, StoreError> {
        get(&self.ledger, seq, "ledger")
    }

    /// Writes what was decided about one subscriber: entries, debits, the subscriber, indexes, counts, and the router work
    /// where the access that should be has changed.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn put(&mut self, before: Option<&Subscriber>, after: Changed, work: AccessWork) -> Result<(), StoreError> {
        let Changed {
            subscriber,
            entries,
            debits,
            head,
        } = after;
        if before == Some(&subscriber) && entries.is_empty() && debits.is_empty() && !work.end_session {
            return Ok(());
        }
        let made = u64::try_from(entries.len()).unwrap_or(u64::MAX);
        if head.seq.0 != self.state.head.seq.0.saturating_add(made) {
            // Another wallet was written since this one was laid on the desk: its entries would share their numbers.
            return Err(StoreError::Contradiction(format!(
                "the ledger moved on while `{}` was decided",
                subscriber.username
            )));
        }
        for entry in &entries {
            let bytes = codec::encode(entry).map_err(record("ledger"))?;
            let replaced = self
                .ledger
                .insert(entry.seq.0, bytes.as_slice())
                .map_err(writing)?
                .is_some();
            if replaced {
                return Err(StoreError::Contradiction(format!("entry {} exists already", entry.seq)));
            }
        }
        for (due, debit) in &debits {
            let bytes = codec::encode(debit).map_err(record("debits"))?;
            self.debits
                .insert((due.number(), subscriber.id.0), bytes.as_slice())
                .map_err(writing)?;
        }
        self.state.head = head;
        if before != Some(&subscriber) {
            let bytes = codec::encode(&subscriber).map_err(record("subscribers"))?;
            self.subscribers
                .insert(subscriber.id.0, bytes.as_slice())
                .map_err(writing)?;
            self.index(before, &subscriber)?;
            if let Some(before) = before {
                self.state.tallies.remove(before);
            }
            self.state.tallies.add(&subscriber);
        }
        self.route(before, &subscriber, work)?;
        self.note_change();
        Ok(())
    }

    fn index(&mut self, before: Option<&Subscriber>, after: &Subscriber) -> Result<(), StoreError> {
        let id = after.id.0;
        if before.is_none() {
            self.usernames.insert(after.username.as_str(), id).map_err(writing)?;
        }
        let account = |subscriber: &Subscriber| {
            subscriber
                .profile
                .account
                .as_ref()
                .map(|account| account_key(account.as_str()))
        };
        let (old, new) = (before.and_then(account), account(after));
        if old != new {
            if let Some(old) = old {
                self.accounts.remove((old.as_str(), id)).map_err(writing)?;
            }
            if let Some(new) = new {
                self.accounts.insert((new.as_str(), id), ()).map_err(writing)?;
            }
        }
        let phone = |subscriber: &Subscriber| {
            subscriber
                .profile
                .phone
                .as_ref()
                .and_then(|phone| phone.last_nine().map(str::to_owned))
        };
        let (old, new) = (before.and_then(phone), phone(after));
        if old != new {
            if let Some(old) = old {
                self.phones.remove((old.as_str(), id)).map_err(writing)?;
            }
            if let Some(new) = new {
                self.phones.insert((new.as_str(), id), ()).map_err(writing)?;
            }
        }
        Ok(())
    }

    /// Keeps the objects' owners, and writes the router work that a change means.
    fn route(&mut self, before: Option<&Subscriber>, after: &Subscriber, work: AccessWork) -> Result<(), StoreError> {
        let (old, new) = (before.and_then(object_key), object_key(after));
        if old != new {
            if let (Some(old), Some(before)) = (&old, before)
                && self.owner_of(old)? == Some(after.id)
            {
                self.objects.remove(object_row(old)).map_err(writing)?;
                // Whoever moves leaves the old object suspended; nobody else has it now.
                self.want(
                    old,
                    before,
                    Access::Off,
                    AccessWork {
                        run: work.run,
                        end_session: false,
                    },
                )?;
            }
            if let Some(new) = &new {
                self.objects.insert(object_row(new), after.id.0).map_err(writing)?;
            }
        }
        let Some(key) = new else {
            return Ok(());
        };
        let access = after.access();
        let wanted = match before {
            // Whoever is taken in as active is served already, unless work that somebody left behind would cut the object.
            None => access == Access::Off || self.work(&key)?.is_some(),
            Some(before) => {
                before.access() != access || old.as_ref() != Some(&key) || (work.end_session && access == Access::On)
            }
        };
        if wanted {
            self.want(&key, after, access, work)
        } else {
            Ok(())
        }
    }

    /// Writes what is wanted of an object; a newer decision replaces the older one.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn want(
        &mut self,
        key: &ObjectKey,
        subscriber: &Subscriber,
        access: Access,
        work: AccessWork,
    ) -> Result<(), StoreError> {
        self.state.last_generation = self.state.last_generation.saturating_add(1);
        let before = self.work(key)?;
        let row = RouterWork {
            username: subscriber.username.clone(),
            subscriber: subscriber.id,
            address: subscriber.profile.address,
            access,
            end_session: work.end_session || before.is_some_and(|before| before.end_session),
            generation: Generation(self.state.last_generation),
            decided_at: self.now,
            run: work.run,
            state: WorkState::Pending,
            last_error: None,
        };
        self.put_work(key, &row)
    }

    /// The work on an object.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn work(&self, key: &ObjectKey) -> Result<Option<RouterWork>, StoreError> {
        get(&self.router_work, object_row(key), "router_work")
    }

    /// Writes the work on an object as it is.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn put_work(&mut self, key: &ObjectKey, row: &RouterWork) -> Result<(), StoreError> {
        let bytes = codec::encode(row).map_err(record("router_work"))?;
        self.router_work
            .insert(object_row(key), bytes.as_slice())
            .map_err(writing)?;
        self.note_change();
        Ok(())
    }

    /// Closes the work on an object, if it is still of this generation; gives whether it was.
    ///
    /// # Errors
    /// When the store cannot be read or written.
    pub fn close_work(&mut self, key: &ObjectKey, generation: Generation) -> Result<bool, StoreError> {
        let current = self.work(key)?.is_some_and(|row| row.generation == generation);
        if current {
            self.router_work.remove(object_row(key)).map_err(writing)?;
            self.note_change();
        }
        Ok(current)
    }

    /// When drift was last healed on an object.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn healed(&self, key: &ObjectKey) -> Result<Option<Healed>, StoreError> {
        get(&self.healed, object_row(key), "healed")
    }

    /// Notes when drift was healed on an object, or forgets it.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn put_healed(&mut self, key: &ObjectKey, healed: Option<Healed>) -> Result<(), StoreError> {
        match healed {
            Some(healed) => {
                let bytes = codec::encode(&healed).map_err(record("healed"))?;
                self.healed.insert(object_row(key), bytes.as_slice()).map_err(writing)?;
            }
            None => {
                self.healed.remove(object_row(key)).map_err(writing)?;
            }
        }
        self.note_change();
        Ok(())
    }

    /// What is remembered of a job.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn job(&self, job: Job) -> Result<Option<JobState>, StoreError> {
        get(&self.jobs, job_number(job), "jobs")
    }

    /// Writes what is remembered of a job.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn put_job(&mut self, state: &JobState) -> Result<(), StoreError> {
        let bytes = codec::encode(state).map_err(record("jobs"))?;
        self.jobs
            .insert(job_number(state.job), bytes.as_slice())
            .map_err(writing)?;
        self.note_change();
        Ok(())
    }

    /// Writes the record of a run.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn put_run(&mut self, run: &Run) -> Result<(), StoreError> {
        let bytes = codec::encode(run).map_err(record("runs"))?;
        let key = (job_number(run.job), run.planned_for.millis(), run.id.0);
        self.runs.insert(key, bytes.as_slice()).map_err(writing)?;
        self.note_change();
        Ok(())
    }

    /// The newest record of a job's runs.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn newest_run(&self, job: Job) -> Result<Option<Run>, StoreError> {
        let number = job_number(job);
        let mut rows = self
            .runs
            .range((number, i64::MIN, 0)..=(number, i64::MAX, u64::MAX))
            .map_err(reading)?;
        match rows.next_back() {
            Some(row) => {
                let (_, bytes) = row.map_err(reading)?;
                codec::decode(bytes.value()).map(Some).map_err(record("runs"))
            }
            None => Ok(None),
        }
    }

    /// Appends a log record.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn log(&mut self, entry: &LogRecord) -> Result<(), StoreError> {
        self.state.last_log = self.state.last_log.saturating_add(1);
        let bytes = codec::encode(entry).map_err(record("log"))?;
        let key = (log_number(entry.kind), self.state.last_log);
        self.log.insert(key, bytes.as_slice()).map_err(writing)?;
        self.note_change();
        Ok(())
    }

    /// The configuration in force.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn config(&self) -> Result<Option<ConfigInForce>, StoreError> {
        get(&self.meta, tables::META_CONFIG, "meta")
    }

    /// Writes the configuration in force.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn put_config(&mut self, config: &ConfigInForce) -> Result<(), StoreError> {
        let bytes = codec::encode(config).map_err(record("meta"))?;
        self.meta
            .insert(tables::META_CONFIG, bytes.as_slice())
            .map_err(writing)?;
        self.note_change();
        Ok(())
    }

    /// Names a username for messages, by number.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn username(&self, id: SubscriberId) -> Result<Option<Username>, StoreError> {
        Ok(self.subscriber(id)?.map(|subscriber| subscriber.username))
    }
}

impl Debits for Desk<'_> {
    fn debit(&self, subscriber: &Subscriber, due: Day) -> Result<Option<Debit>, RuleError> {
        get(&self.debits, (due.number(), subscriber.id.0), "debits")
            .map_err(|error| RuleError::Unreadable(error.to_string()))
    }
}

/// The state of the site; a fresh one where nothing has been written yet.
pub(crate) fn read_state(meta: &impl ReadableTable<&'static str, &'static [u8]>) -> Result<SiteState, StoreError> {
    Ok(get(meta, tables::META_STATE, "meta")?.unwrap_or(SiteState::START))
}

/// One record of a table.
pub(crate) fn get<'k, K, T>(
    table: &impl ReadableTable<K, &'static [u8]>,
    key: impl std::borrow::Borrow<K::SelfType<'k>>,
    name: &'static str,
) -> Result<Option<T>, StoreError>
where
    K: redb::Key + 'static,
    T: serde::de::DeserializeOwned,
{
    match table.get(key).map_err(reading)? {
        Some(row) => codec::decode(row.value()).map(Some).map_err(record(name)),
        None => Ok(None),
    }
}

/// Up to `most` subscribers with numbers above `after`.
pub(crate) fn subscribers_after(
    table: &impl ReadableTable<u32, &'static [u8]>,
    after: SubscriberId,
    most: usize,
) -> Result<Vec<Subscriber>, StoreError> {
    let from = after.0.saturating_add(1);
    let mut found = Vec::with_capacity(most.min(8_192));
    for row in table.range(from..).map_err(reading)?.take(most) {
        let (_, bytes) = row.map_err(reading)?;
        found.push(codec::decode(bytes.value()).map_err(record("subscribers"))?);
    }
    Ok(found)
}

/// The object on the router that a subscriber has, or `None` for one without a router.
#[must_use]
pub fn object_key(subscriber: &Subscriber) -> Option<ObjectKey> {
    object_of(&subscriber.username, &subscriber.profile)
}

/// The object on the router that somebody with this name and profile has, or `None` without a router.
#[must_use]
pub fn object_of(username: &Username, profile: &Profile) -> Option<ObjectKey> {
    let router = profile.router.clone()?;
    let service = profile.service;
    let object = match (service, profile.address) {
        (Service::Static | Service::Dhcp, Some(address)) => address.to_string(),
        _ => profile
            .login
            .as_ref()
            .map_or_else(|| username.to_string(), ToString::to_string),
    };
    Some(ObjectKey {
        router,
        service,
        object,
    })
}

/// The key of an object as the tables have it.
pub(crate) fn object_row(key: &ObjectKey) -> tables::ObjectRow<'_> {
    (
        key.router.as_str(),
        tables::service_number(key.service),
        key.object.as_str(),
    )
}

/// An account as it is compared: small letters and digits, since payers type it with blanks, dashes and capitals.
#[must_use]
pub fn account_key(account: &str) -> String {
    account
        .chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}

/// The number under which a job stands in keys.
#[must_use]
pub const fn job_number(job: Job) -> u8 {
    match job {
        Job::Billing => 1,
        Job::Disconnect => 2,
        Job::Reminders => 3,
        Job::Health => 4,
        Job::Cleanup => 5,
    }
}

/// The number under which a log stream stands in keys.
#[must_use]
pub const fn log_number(kind: crate::model::record::LogKind) -> u8 {
    use crate::model::record::LogKind;
    match kind {
        LogKind::Billing => 1,
        LogKind::Disconnect => 2,
        LogKind::Access => 3,
        LogKind::Payment => 4,
        LogKind::Subscriber => 5,
        LogKind::Config => 6,
        LogKind::Jobs => 7,
        LogKind::Service => 8,
        LogKind::Alert => 9,
    }
}
