//! Do the books balance?
//!
//! Recomputes every law of the ledger from its entries: numbers without a gap, each hash over the one before it, each
//! balance the sum of its entries, at most one debit per due day, every reference at most once unreversed, what is
//! outstanding, since when somebody is served, and the counts that `status` shows. Reads only.

use std::collections::HashMap;

use crate::model::entry::{Entry, EntryKind, SOURCE_MONTHLY_BILL, SOURCE_REVERSAL};
use crate::model::entry_chain::{ChainHead, EntrySeq};
use crate::model::money::Money;
use crate::model::site_state::Tallies;
use crate::model::subscriber::{Access, State, SubscriberId};
use crate::model::unmatched::{Holder, UnmatchedState};
use crate::rules::wallet::Policy;
use crate::rules::{access, chain};
use crate::store::error::StoreError;
use crate::store::read::reader::Reader;

/// How many problems are listed one by one.
const PROBLEMS_MAX: usize = 100;

/// What a verification found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Verified {
    /// How many subscribers were checked.
    pub subscribers: u64,
    /// How many entries were checked.
    pub entries: u64,
    /// What does not hold, in words; empty when all does.
    pub problems: Vec<String>,
}

impl Verified {
    fn problem(&mut self, text: impl FnOnce() -> String) {
        if self.problems.len() < PROBLEMS_MAX {
            self.problems.push(text());
        }
    }
}

/// The last entry seen of a wallet, and the balance after it.
#[derive(Clone, Copy)]
struct WalletTail {
    last: EntrySeq,
    balance: Money,
}

/// Recomputes every law; `step` is called now and then with how far it is.
///
/// # Errors
/// When the store cannot be read.
pub fn verify(reader: &Reader<'_>, mut step: impl FnMut(u64, u64)) -> Result<Verified, StoreError> {
    let state = reader.state()?;
    let mut found = Verified::default();
    let mut wallets: HashMap<u32, WalletTail> = HashMap::new();
    let mut unreversed: HashMap<String, i64> = HashMap::new();
    let mut head = ChainHead::START;
    let mut periodic = 0_u64;
    reader.each_entry(|seq, entry| -> Result<(), StoreError> {
        found.entries = found.entries.saturating_add(1);
        if found.entries.is_multiple_of(4_096) {
            step(found.entries, state.head.seq.0);
        }
        check_chain(&mut found, &mut head, seq, &entry);
        check_wallet(&mut found, &mut wallets, &entry);
        if let Some(reference) = &entry.reference {
            check_reference(&mut found, &mut unreversed, &entry, reader.key_of(reference)?);
        }
        if entry.kind == EntryKind::Debit && entry.source.as_str() == SOURCE_MONTHLY_BILL {
            periodic = periodic.saturating_add(1);
        }
        Ok(())
    })?;
    if head != state.head {
        found.problem(|| {
            format!(
                "the ledger ends at entry {}, but its head names entry {} or another hash",
                head.seq, state.head.seq
            )
        });
    }
    let outstanding = check_debits(&mut found, reader, periodic)?;
    check_subscribers(&mut found, reader, &wallets, outstanding, &state.tallies)?;
    check_holders(&mut found, reader, &unreversed)?;
    check_unmatched(&mut found, reader, state.unmatched_waiting)?;
    Ok(found)
}

fn check_chain(found: &mut Verified, head: &mut ChainHead, key: u64, entry: &Entry) {
    let expected = head.seq.0.saturating_add(1);
    if key != expected || entry.seq.0 != key {
        found.problem(|| format!("entry {expected} is missing: entry {key} follows entry {}", head.seq));
    }
    let hash = chain::hash(entry, head.hash);
    if hash != entry.hash {
        found.problem(|| format!("entry {key} was changed, or the one before it: its hash does not fit"));
    }
    *head = ChainHead {
        seq: EntrySeq(key),
        hash: entry.hash,
    };
}

fn check_wallet(found: &mut Verified, wallets: &mut HashMap<u32, WalletTail>, entry: &Entry) {
    let before = wallets.get(&entry.subscriber.0).copied();
    if before.map(|seen| seen.last) != entry.previous {
        found.problem(|| format!("entry {} does not follow the entry before it in its wallet", entry.seq));
    }
    let balance = before
        .map_or(Money::ZERO, |seen| seen.balance)
        .plus(entry.kind.effect(entry.amount));
    if balance != Some(entry.balance_after) {
        found.problem(|| {
            format!(
                "entry {} states a balance that is not the sum of the entries",
                entry.seq
            )
        });
    }
    wallets.insert(
        entry.subscriber.0,
        WalletTail {
            last: entry.seq,
            balance: entry.balance_after,
        },
    );
}

fn check_reference(found: &mut Verified, unreversed: &mut HashMap<String, i64>, entry: &Entry, key: String) {
    let change = match entry.kind {
        EntryKind::Credit => 1,
        EntryKind::Adjustment if entry.source.as_str() == SOURCE_REVERSAL => -1,
        EntryKind::Adjustment | EntryKind::Debit => return,
    };
    let count = unreversed.entry(key.clone()).or_default();
    *count = count.saturating_add(change);
    let count = *count;
    if !(0..=1).contains(&count) {
        found.problem(|| {
            format!(
                "reference `{key}` stands for {count} unreversed credits at entry {}",
                entry.seq
            )
        });
    }
    if count == 0 {
        unreversed.remove(&key);
    }
}

/// Checks the rows of debits against the entries; returns how many are outstanding per subscriber.
fn check_debits(found: &mut Verified, reader: &Reader<'_>, periodic: u64) -> Result<HashMap<u32, usize>, StoreError> {
    let mut outstanding: HashMap<u32, usize> = HashMap::new();
    let mut rows = 0_u64;
    reader.each_debit(|due, SubscriberId(id), debit| -> Result<(), StoreError> {
        rows = rows.saturating_add(1);
        let fits = reader.entry(debit.entry)?.is_some_and(|entry| {
            entry.kind == EntryKind::Debit
                && entry.subscriber.0 == id
                && entry.for_day == due
                && entry.amount == debit.amount
        });
        if !fits {
            found.problem(|| format!("the debit of subscriber {id} for {due} has no entry that fits"));
        }
        if debit.settled.is_none() {
            let count = outstanding.entry(id).or_default();
            *count = count.saturating_add(1);
        }
        Ok(())
    })?;
    if rows != periodic {
        found.problem(|| format!("the ledger has {periodic} periodic debits for {rows} due days"));
    }
    Ok(outstanding)
}

fn check_subscribers(
    found: &mut Verified,
    reader: &Reader<'_>,
    wallets: &HashMap<u32, WalletTail>,
    mut outstanding: HashMap<u32, usize>,
    tallies: &Tallies,
) -> Result<(), StoreError> {
    let mut counted = Tallies::default();
    let mut with_entries = 0_usize;
    reader.each_subscriber(|subscriber| -> Result<(), StoreError> {
        found.subscribers = found.subscribers.saturating_add(1);
        counted.add(&subscriber);
        let seen = wallets.get(&subscriber.id.0);
        with_entries = with_entries.saturating_add(usize::from(seen.is_some()));
        let (last, balance) = seen.map_or((None, Money::ZERO), |seen| (Some(seen.last), seen.balance));
        if subscriber.balance != balance || subscriber.last_entry != last {
            found.problem(|| format!("the balance of `{}` is not the sum of its entries", subscriber.username));
        }
        let open = outstanding.remove(&subscriber.id.0).unwrap_or(0);
        if open != subscriber.outstanding.len() {
            found.problem(|| {
                format!(
                    "`{}` has {} debits outstanding, its due days say {open}",
                    subscriber.username,
                    subscriber.outstanding.len()
                )
            });
        }
        if subscriber.serving_since.is_some() != (subscriber.access() == Access::On) {
            found.problem(|| {
                format!(
                    "`{}` is {}, but their days of service say otherwise",
                    subscriber.username,
                    subscriber.state_word()
                )
            });
        }
        for debit in &subscriber.outstanding {
            let row = reader.debit_of(subscriber.id, debit.due)?;
            if row.is_none_or(|row| row.settled.is_some() || row.amount != debit.amount) {
                found.problem(|| {
                    format!(
                        "the outstanding debit of `{}` for {} does not fit its row",
                        subscriber.username, debit.due
                    )
                });
            }
        }
        Ok(())
    })?;
    if with_entries != wallets.len() || !outstanding.is_empty() {
        found.problem(|| "there are entries or debits of subscribers who do not exist".to_owned());
    }
    if counted != *tallies {
        found.problem(|| format!("the counts say {tallies:?}, the subscribers {counted:?}"));
    }
    Ok(())
}

/// Returns the subscribers whom no job would ever touch, in words: active on a package with a price, on no hold, without a day
/// through which they are paid, promised or charged. Others are paid through a day, free, or without a package.
///
/// # Errors
/// When the store cannot be read.
pub fn touched_by_no_job(reader: &Reader<'_>, policy: &Policy) -> Result<Vec<String>, StoreError> {
    let mut found = Verified::default();
    reader.each_subscriber(|subscriber| -> Result<(), StoreError> {
        let package = policy.package(subscriber.profile.package.as_ref());
        let costs = package.is_some_and(|package| package.price.is_positive());
        let is_served = subscriber.state == State::Active && subscriber.hold.is_none();
        if costs && is_served && access::cut_off_day(&subscriber, 0).is_none() {
            found.problem(|| {
                format!(
                    "`{0}` is active without a day through which they are paid or promised; `weir subscriber set {0} \
                    --expires-on DAY` gives them one",
                    subscriber.username
                )
            });
        }
        Ok(())
    })?;
    Ok(found.problems)
}

fn check_holders(
    found: &mut Verified,
    reader: &Reader<'_>,
    unreversed: &HashMap<String, i64>,
) -> Result<(), StoreError> {
    let mut credits = 0_usize;
    reader.each_reference(|reference, holder| -> Result<(), StoreError> {
        match holder {
            Holder::Credit {
                entry,
                subscriber,
                amount,
            } => {
                credits = credits.saturating_add(1);
                let fits = reader.entry(entry)?.is_some_and(|entry| {
                    entry.kind == EntryKind::Credit && entry.subscriber == subscriber && entry.amount == amount
                });
                if !fits || !unreversed.contains_key(reference) {
                    found.problem(|| format!("reference `{reference}` names entry {entry}, which does not fit"));
                }
            }
            Holder::Unmatched { .. } | Holder::Reversed => {
                if unreversed.contains_key(reference) {
                    found.problem(|| format!("reference `{reference}` was credited, but is not known as a credit"));
                }
            }
        }
        Ok(())
    })?;
    if credits != unreversed.len() {
        found.problem(|| format!("{} references were credited, {credits} are known", unreversed.len()));
    }
    Ok(())
}

fn check_unmatched(found: &mut Verified, reader: &Reader<'_>, waiting: u64) -> Result<(), StoreError> {
    let mut counted = 0_u64;
    reader.each_unmatched(|row| -> Result<(), StoreError> {
        if row.state == UnmatchedState::Waiting {
            counted = counted.saturating_add(1);
            if !matches!(reader.holder(&row.reference)?, Some(Holder::Unmatched { amount }) if amount == row.amount) {
                found.problem(|| format!("the unmatched payment `{}` does not hold its reference", row.reference));
            }
        }
        Ok(())
    })?;
    if counted != waiting {
        found.problem(|| format!("{waiting} unmatched payments are counted, {counted} are there"));
    }
    Ok(())
}
