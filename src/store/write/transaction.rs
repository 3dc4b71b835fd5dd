//! Writes a decision together with all the work that it causes.
//!
//! [`Store::write`](crate::store::open::Store::write) is one transaction. Inside it a [`Transaction`] reads what it needs and writes what was decided; on success
//! everything is committed and synced, on failure nothing is. [`Transaction::put`] is the only place that writes a subscriber:
//! entries, debits, indexes and counts go with it, and where the desired access has changed, so does the router work. Without a
//! change nothing is written.

use redb::{ReadableTable, Table, WriteTransaction};

use crate::model::day::{Day, Instant};
use crate::model::entry::{Debit, Entry};
use crate::model::entry_chain::ChainHead;
use crate::model::job::RunId;
use crate::model::message::MessagesState;
use crate::model::name::{Phone, Username};
use crate::model::router::readings::{FoundObject, ObjectReading};
use crate::model::router::work::ObjectKey;
use crate::model::site_state::SiteState;
use crate::model::subscriber::{Access, BillingState, ServedStretches, Subscriber, SubscriberId};
use crate::rules::wallet::{ReadError, Wallet, WalletRows};
use crate::store::codec;
use crate::store::error::{StoreError, reading, record, writing};
use crate::store::keys::{account_key, object_key, object_row};
use crate::store::rows::{get, indexed, read_state, subscribers_after, username_row};
use crate::store::tables;

/// What the rules have changed in a wallet, ready to be written.
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
    /// The stretches of service that have ended, where that changes.
    pub served: Option<ServedStretches>,
}

impl Changed {
    const fn leaves_all_rows(&self) -> bool {
        self.entries.is_empty() && self.debits.is_empty() && self.served.is_none()
    }
}

impl From<Wallet<'_>> for Changed {
    fn from(wallet: Wallet<'_>) -> Self {
        Self {
            served: wallet.changed_served().cloned(),
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
    /// The package, profile or rate changed: the object is to be checked, and its live session ended once.
    pub end_session: bool,
}

/// A commit hook: adds what waits to the next commit that happens anyway, since a commit of its own would cost the card
/// too much.
pub trait CommitHook: Send + Sync {
    /// Writes what waits, in a transaction that has changed something. Called while the turn to write is held: no other
    /// transaction calls it before this one ends.
    ///
    /// # Errors
    /// When the store cannot be read or written; the whole transaction fails then.
    fn before_commit(&self, tx: &mut Transaction<'_>) -> Result<(), StoreError>;

    /// Is called when the transaction is committed: what was written with it waits no more.
    fn committed(&self);
}

/// One write transaction.
pub struct Transaction<'txn> {
    pub(super) meta: Table<'txn, &'static str, &'static [u8]>,
    subscribers: Table<'txn, u32, &'static [u8]>,
    usernames: Table<'txn, &'static str, u32>,
    accounts: Table<'txn, (&'static str, u32), ()>,
    phones: Table<'txn, (&'static str, u32), ()>,
    objects: Table<'txn, tables::ObjectRow<'static>, u32>,
    served: Table<'txn, u32, &'static [u8]>,
    ledger: Table<'txn, u64, &'static [u8]>,
    debits: Table<'txn, (i32, u32), &'static [u8]>,
    pub(super) references: Table<'txn, &'static str, &'static [u8]>,
    pub(super) unmatched: Table<'txn, &'static str, &'static [u8]>,
    pub(super) reference_origins: Table<'txn, &'static str, &'static [u8]>,
    pub(super) unmatched_words: Table<'txn, &'static str, &'static [u8]>,
    pub(super) taken_rows: Table<'txn, &'static [u8], ()>,
    pub(super) jobs: Table<'txn, u8, &'static [u8]>,
    pub(super) runs: Table<'txn, (u8, i64, u64), &'static [u8]>,
    pub(super) router_work: Table<'txn, tables::ObjectRow<'static>, &'static [u8]>,
    pub(super) healed: Table<'txn, tables::ObjectRow<'static>, &'static [u8]>,
    pub(super) log: Table<'txn, (u8, u64), &'static [u8]>,
    pub(super) alerts: Table<'txn, (&'static str, &'static str), &'static [u8]>,
    pub(super) held: Table<'txn, &'static str, &'static [u8]>,
    pub(super) held_cuts: Table<'txn, (&'static str, &'static str), u32>,
    pub(super) held_files: Table<'txn, &'static str, &'static [u8]>,
    pub(super) uncertain_periods: Table<'txn, u32, &'static [u8]>,
    pub(super) messages: Table<'txn, u64, &'static [u8]>,
    pub(super) messages_due: Table<'txn, tables::DueRow, ()>,
    pub(super) messages_once: Table<'txn, &'static str, u64>,
    pub(super) announcements: Table<'txn, u64, &'static [u8]>,
    pub(super) incidents: Table<'txn, (&'static str, i64), &'static [u8]>,
    pub(super) known_routers: Table<'txn, &'static str, &'static [u8]>,
    pub(super) readings: Table<'txn, tables::ObjectRow<'static>, &'static [u8]>,
    pub(super) router_readings: Table<'txn, &'static str, &'static [u8]>,
    pub(super) state: SiteState,
    /// The counts of messages, once this transaction has touched them.
    pub(super) messages_state: Option<MessagesState>,
    /// No row of debits has a later key: a night's due days come in this order, and need no search for what cannot be there.
    newest_debit: Option<(i32, u32)>,
    pub(super) now: Instant,
    /// The day is not known: the clock is in doubt.
    pub(super) in_doubt: bool,
    changes: u64,
}

impl<'txn> Transaction<'txn> {
    pub(crate) fn open(txn: &'txn WriteTransaction, now: Instant) -> Result<Self, StoreError> {
        let meta = txn.open_table(tables::META).map_err(writing)?;
        let state = read_state(&meta)?;
        let debits = txn.open_table(tables::DEBITS).map_err(writing)?;
        let newest_debit = debits.last().map_err(reading)?.map(|(key, _)| key.value());
        Ok(Self {
            meta,
            subscribers: txn.open_table(tables::SUBSCRIBERS).map_err(writing)?,
            usernames: txn.open_table(tables::USERNAMES).map_err(writing)?,
            accounts: txn.open_table(tables::ACCOUNTS).map_err(writing)?,
            phones: txn.open_table(tables::PHONES).map_err(writing)?,
            objects: txn.open_table(tables::OBJECTS).map_err(writing)?,
            served: txn.open_table(tables::SERVED).map_err(writing)?,
            ledger: txn.open_table(tables::LEDGER).map_err(writing)?,
            debits,
            references: txn.open_table(tables::REFERENCES).map_err(writing)?,
            unmatched: txn.open_table(tables::UNMATCHED).map_err(writing)?,
            reference_origins: txn.open_table(tables::REFERENCE_ORIGINS).map_err(writing)?,
            unmatched_words: txn.open_table(tables::UNMATCHED_WORDS).map_err(writing)?,
            taken_rows: txn.open_table(tables::TAKEN_ROWS).map_err(writing)?,
            jobs: txn.open_table(tables::JOBS).map_err(writing)?,
            runs: txn.open_table(tables::RUNS).map_err(writing)?,
            router_work: txn.open_table(tables::ROUTER_WORK).map_err(writing)?,
            healed: txn.open_table(tables::HEALED).map_err(writing)?,
            log: txn.open_table(tables::LOG).map_err(writing)?,
            alerts: txn.open_table(tables::ALERTS).map_err(writing)?,
            held: txn.open_table(tables::HELD).map_err(writing)?,
            held_cuts: txn.open_table(tables::HELD_CUTS).map_err(writing)?,
            held_files: txn.open_table(tables::HELD_FILES).map_err(writing)?,
            uncertain_periods: txn.open_table(tables::UNCERTAIN_PERIODS).map_err(writing)?,
            messages: txn.open_table(tables::MESSAGES).map_err(writing)?,
            messages_due: txn.open_table(tables::MESSAGES_DUE).map_err(writing)?,
            messages_once: txn.open_table(tables::MESSAGES_ONCE).map_err(writing)?,
            announcements: txn.open_table(tables::ANNOUNCEMENTS).map_err(writing)?,
            incidents: txn.open_table(tables::INCIDENTS).map_err(writing)?,
            known_routers: txn.open_table(tables::KNOWN_ROUTERS).map_err(writing)?,
            readings: txn.open_table(tables::READINGS).map_err(writing)?,
            router_readings: txn.open_table(tables::ROUTER_READINGS).map_err(writing)?,
            messages_state: None,
            // When a clock goes back, records do not: they carry the newest record's instant.
            now: now.max(state.newest),
            state,
            newest_debit,
            in_doubt: false,
            changes: 0,
        })
    }

    /// Writes the state of the site when anything changed; returns whether it did.
    pub(crate) fn finish(&mut self) -> Result<bool, StoreError> {
        if self.changes > 0 {
            self.state.newest = self.state.newest.max(self.now);
            let bytes = codec::encode(&self.state).map_err(record("meta"))?;
            self.meta
                .insert(tables::META_STATE, bytes.as_slice())
                .map_err(writing)?;
            if let Some(messages) = self.messages_state.take() {
                let bytes = codec::encode(&messages).map_err(record("meta"))?;
                self.meta
                    .insert(tables::META_MESSAGES, bytes.as_slice())
                    .map_err(writing)?;
            }
        }
        Ok(self.changes > 0)
    }

    /// Returns the state of the site, with what this transaction has changed.
    #[must_use]
    pub const fn state(&self) -> &SiteState {
        &self.state
    }

    /// Returns the instant that this transaction carries.
    #[must_use]
    pub const fn now(&self) -> Instant {
        self.now
    }

    /// Returns how many changes this transaction has written so far.
    #[must_use]
    pub const fn changes(&self) -> u64 {
        self.changes
    }

    pub(super) const fn note_change(&mut self) {
        self.changes = self.changes.saturating_add(1);
    }

    /// Returns a new subscriber's number.
    pub fn next_subscriber(&mut self) -> SubscriberId {
        self.state.last_subscriber = self.state.last_subscriber.saturating_add(1);
        self.note_change();
        SubscriberId(self.state.last_subscriber)
    }

    /// Returns a new run's number.
    pub fn next_run(&mut self) -> RunId {
        self.state.last_run = self.state.last_run.saturating_add(1);
        self.note_change();
        RunId(self.state.last_run)
    }

    /// Returns the subscriber of a number.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn subscriber(&self, id: SubscriberId) -> Result<Option<Subscriber>, StoreError> {
        get(&self.subscribers, id.0, "subscribers")
    }

    /// Returns the subscriber of a username.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn subscriber_named(&self, username: &str) -> Result<Option<Subscriber>, StoreError> {
        let id = username_row(&self.usernames, username)?;
        id.map_or(Ok(None), |id| self.subscriber(SubscriberId(id)))
    }

    /// Returns the username of a number, for messages.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn username(&self, id: SubscriberId) -> Result<Option<Username>, StoreError> {
        Ok(self.subscriber(id)?.map(|subscriber| subscriber.username))
    }

    /// Returns up to `most` subscribers with numbers above `after`, in order of number.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn subscribers_after(&self, after: SubscriberId, most: usize) -> Result<Vec<Subscriber>, StoreError> {
        subscribers_after(&self.subscribers, after, most)
    }

    /// Returns who else has the same object on the router.
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

    /// Returns those of the candidates for an account whom `is_meant` says yes to.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn with_account(
        &self,
        account: &str,
        is_meant: impl Fn(&Subscriber) -> bool,
    ) -> Result<Vec<Subscriber>, StoreError> {
        indexed(&self.accounts, &self.subscribers, &account_key(account), is_meant)
    }

    /// Returns those of the candidates for a phone whom `is_meant` says yes to.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn with_phone(
        &self,
        phone: &Phone,
        is_meant: impl Fn(&Subscriber) -> bool,
    ) -> Result<Vec<Subscriber>, StoreError> {
        indexed(&self.phones, &self.subscribers, phone.ending(), is_meant)
    }

    /// Returns an entry of the ledger.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn entry(&self, seq: u64) -> Result<Option<Entry>, StoreError> {
        get(&self.ledger, seq, "ledger")
    }

    /// Writes what was decided about one subscriber: entries, debits, the subscriber, indexes, counts, and the router work
    /// where the desired access has changed.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn put(&mut self, before: Option<&Subscriber>, after: Changed, work: AccessWork) -> Result<(), StoreError> {
        let changed = before != Some(&after.subscriber);
        if !changed && after.leaves_all_rows() && !work.end_session {
            return Ok(());
        }
        self.post(&after)?;
        let subscriber = &after.subscriber;
        if changed {
            self.write_subscriber(subscriber)?;
            self.index(before, subscriber)?;
            if let Some(before) = before {
                self.state.tallies.remove(before);
            }
            self.state.tallies.add(subscriber);
        }
        self.route(before, subscriber, work)?;
        self.note_change();
        Ok(())
    }

    /// Writes a decision that moves no money in the same way.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn put_without_money(
        &mut self,
        before: &Subscriber,
        after: Subscriber,
        work: AccessWork,
    ) -> Result<(), StoreError> {
        let changed = Changed {
            subscriber: after,
            entries: Vec::new(),
            debits: Vec::new(),
            head: self.state.head,
            served: None,
        };
        self.put(Some(before), changed, work)
    }

    /// Writes a decision in the same way that has left name and profile alone, as all decisions of runs do: indexes and
    /// the owners of objects stay as they are.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn put_decided(&mut self, before: &BillingState, after: &Changed, work: AccessWork) -> Result<(), StoreError> {
        let subscriber = &after.subscriber;
        let changed = !subscriber.stands_as(before);
        if !changed && after.leaves_all_rows() && !work.end_session {
            return Ok(());
        }
        self.post(after)?;
        if changed {
            self.write_subscriber(subscriber)?;
            self.state.tallies.replace(before, subscriber);
        }
        let access = subscriber.access();
        if (before.access() != access || (work.end_session && access == Access::On))
            && let Some(key) = object_key(subscriber)
        {
            self.want(&key, subscriber, access, work)?;
        }
        self.note_change();
        Ok(())
    }

    /// Writes entries, rows of debits and stretches of service, and moves the head of the chain on.
    fn post(&mut self, after: &Changed) -> Result<(), StoreError> {
        let made = u64::try_from(after.entries.len()).unwrap_or(u64::MAX);
        if after.head.seq.0 != self.state.head.seq.0.saturating_add(made) {
            // Another wallet was written since this one was loaded: its entries would share their numbers.
            return Err(StoreError::Contradiction(format!(
                "the ledger moved on while `{}` was decided",
                after.subscriber.username
            )));
        }
        for entry in &after.entries {
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
        for (due, debit) in &after.debits {
            let bytes = codec::encode(debit).map_err(record("debits"))?;
            let key = (due.number(), after.subscriber.id.0);
            self.debits.insert(key, bytes.as_slice()).map_err(writing)?;
            self.newest_debit = self.newest_debit.max(Some(key));
        }
        if let Some(served) = &after.served {
            let bytes = codec::encode(served).map_err(record("served"))?;
            self.served
                .insert(after.subscriber.id.0, bytes.as_slice())
                .map_err(writing)?;
        }
        self.state.head = after.head;
        Ok(())
    }

    fn write_subscriber(&mut self, subscriber: &Subscriber) -> Result<(), StoreError> {
        let bytes = codec::encode(subscriber).map_err(record("subscribers"))?;
        self.subscribers
            .insert(subscriber.id.0, bytes.as_slice())
            .map_err(writing)?;
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
        let phone = |subscriber: &Subscriber| subscriber.profile.phone.as_ref().map(|phone| phone.ending().to_owned());
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
                self.readings.remove(object_row(old)).map_err(writing)?;
                // A subscriber who moves leaves the old object suspended; nobody else has it now.
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
                if before.is_some() || self.reading(new)?.is_some() {
                    // What was read of it, if anything, was read for somebody else.
                    let (at, found) = (self.now(), FoundObject::NotRead);
                    self.put_reading(new, &ObjectReading { at, found })?;
                }
            }
        }
        let Some(key) = new else {
            return Ok(());
        };
        let access = after.access();
        let wanted = match before {
            // One who is added as active is served already, unless work that somebody left behind would cut the object off.
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
}

impl WalletRows for Transaction<'_> {
    fn debit(&self, subscriber: &Subscriber, due: Day) -> Result<Option<Debit>, ReadError> {
        let key = (due.number(), subscriber.id.0);
        if self.newest_debit < Some(key) {
            return Ok(None);
        }
        Ok(get(&self.debits, key, "debits")?)
    }

    fn served(&self, subscriber: &Subscriber) -> Result<ServedStretches, ReadError> {
        Ok(get(&self.served, subscriber.id.0, "served")?.unwrap_or_default())
    }
}
