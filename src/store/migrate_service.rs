//! Migrates a store to format 4.
//!
//! Subscribers know since when they are served, their ended stretches of service have a table, and who owes is counted by the
//! wallets.
//!
//! Format 3 kept two ends instead: how many days had been served after the due day by the last cut, and since when somebody
//! was served without a new period. The number stays in the period, where it is added to the days that the stretches show. The
//! stretches before it follow from the settlements that brought somebody back, so that a reversal of an old payment still
//! finds the days that it paid for.

use redb::{ReadableTable, Table, WriteTransaction};
use serde::{Deserialize, Serialize};

use crate::model::day::{Day, Instant};
use crate::model::entry::Debit;
use crate::model::entry_chain::EntrySeq;
use crate::model::money::Money;
use crate::model::name::Username;
use crate::model::site_state::{SiteState, Tallies};
use crate::model::subscriber::{
    Access, Hold, Outstanding, PaidPeriod, Profile, ServedStretches, ServiceStretch, State, Subscriber, SubscriberId,
};
use crate::store::codec;
use crate::store::error::{StoreError, reading, record, writing};
use crate::store::rows::get;
use crate::store::tables::{DEBITS, META, META_STATE, SERVED, SUBSCRIBERS};

/// How many subscribers are read before they are written.
const BATCH: usize = 1_000;

/// How many settlements of one subscriber are looked at, the newest: ten years of months.
const SETTLEMENTS_MAX: usize = 120;

/// A subscriber as formats 1 to 3 stored one. In the period, `unpaid_from` was the first day of a service without a new period.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SubscriberBefore4 {
    /// The number in the store.
    pub id: SubscriberId,
    /// The name.
    pub username: Username,
    /// What may be changed freely.
    pub profile: Profile,
    /// Active, suspended or closed.
    pub state: State,
    /// A hold.
    pub hold: Option<Hold>,
    /// Through when they are paid.
    pub period: PaidPeriod,
    /// A promise to pay.
    pub extended_to: Option<Day>,
    /// The balance.
    pub balance: Money,
    /// The last entry.
    pub last_entry: Option<EntrySeq>,
    /// Debits posted and not settled.
    pub outstanding: Vec<Outstanding>,
    /// The due day of the newest settlement.
    pub last_settled: Option<Day>,
    /// When they were added.
    pub added_at: Instant,
}

/// Rewrites all subscribers, and writes their stretches of service.
///
/// # Errors
/// When the file cannot be read or written.
pub(super) fn store_service(txn: &WriteTransaction) -> Result<(), StoreError> {
    let mut subscribers = txn.open_table(SUBSCRIBERS).map_err(writing)?;
    let debits = txn.open_table(DEBITS).map_err(writing)?;
    let mut served = txn.open_table(SERVED).map_err(writing)?;
    let mut after = 0_u32;
    let mut tallies = Tallies::default();
    loop {
        let batch = subscribers_after(&subscribers, after)?;
        let Some(last) = batch.last() else { break };
        after = last.id.0;
        for before in batch {
            let id = before.id;
            let (subscriber, stretches) = with_service(before, &debits)?;
            tallies.add(&subscriber);
            let bytes = codec::encode(&subscriber).map_err(record("subscribers"))?;
            subscribers.insert(id.0, bytes.as_slice()).map_err(writing)?;
            if !stretches.stretches().is_empty() {
                let bytes = codec::encode(&stretches).map_err(record("served"))?;
                served.insert(id.0, bytes.as_slice()).map_err(writing)?;
            }
        }
    }
    // Who owes was counted by the charges that are outstanding.
    let mut meta = txn.open_table(META).map_err(writing)?;
    let state: Option<SiteState> = get(&meta, META_STATE, "meta")?;
    if let Some(state) = state {
        let bytes = codec::encode(&SiteState { tallies, ..state }).map_err(record("meta"))?;
        meta.insert(META_STATE, bytes.as_slice()).map_err(writing)?;
    }
    Ok(())
}

fn subscribers_after(table: &Table<'_, u32, &'static [u8]>, after: u32) -> Result<Vec<SubscriberBefore4>, StoreError> {
    let mut found = Vec::with_capacity(BATCH);
    for row in table.range(after.saturating_add(1)..).map_err(reading)?.take(BATCH) {
        let (_, bytes) = row.map_err(reading)?;
        found.push(codec::decode(bytes.value()).map_err(record("subscribers"))?);
    }
    Ok(found)
}

fn with_service(
    before: SubscriberBefore4,
    debits: &Table<'_, (i32, u32), &'static [u8]>,
) -> Result<(Subscriber, ServedStretches), StoreError> {
    let resumed = resumptions(&before, debits)?;
    let mut stretches = ServedStretches::default();
    for (one, next) in resumed.iter().zip(resumed.iter().skip(1)) {
        add(&mut stretches, one.0, next.1);
    }
    let began_anew = before.period.unpaid_from;
    let newest = resumed.last().map(|(on, _)| *on);
    let is_served = match (before.state, &before.hold) {
        (State::Closed, _) => false,
        (_, Some(hold)) => hold.access == Access::On,
        (state, None) => state == State::Active,
    };
    // What ended before the present service, or with the cut. On which day an account was closed is not known.
    if let Some(newest) = newest
        && (began_anew.is_some() || before.state == State::Suspended)
    {
        add(&mut stretches, newest, before.period.expires_on);
    }
    // The civil day of an instant needs the zone; no zone is a day behind.
    let added = Day::from_number(i32::try_from(before.added_at.millis().div_euclid(DAY_MS)).unwrap_or(0)).plus_days(-1);
    let since = began_anew.or(newest).unwrap_or(added);
    let subscriber = Subscriber {
        id: before.id,
        username: before.username,
        profile: before.profile,
        state: before.state,
        hold: before.hold,
        period: PaidPeriod {
            unpaid_from: None,
            ..before.period
        },
        extended_to: before.extended_to,
        balance: before.balance,
        last_entry: before.last_entry,
        outstanding: before.outstanding,
        last_settled: before.last_settled,
        added_at: before.added_at,
        serving_since: is_served.then_some(since),
    };
    Ok((subscriber, stretches))
}

/// The milliseconds of a day.
const DAY_MS: i64 = 86_400_000;

fn add(stretches: &mut ServedStretches, from: Day, through: Option<Day>) {
    if let Some(through) = through {
        stretches.add(ServiceStretch { from, through });
    }
}

/// Returns on which days settlements brought a subscriber back, oldest first, and the end of the period before each.
fn resumptions(
    subscriber: &SubscriberBefore4,
    debits: &Table<'_, (i32, u32), &'static [u8]>,
) -> Result<Vec<(Day, Option<Day>)>, StoreError> {
    let mut found = Vec::new();
    let mut next = subscriber.last_settled;
    for _ in 0..SETTLEMENTS_MAX {
        let Some(due) = next else { break };
        let debit: Option<Debit> = get(debits, (due.number(), subscriber.id.0), "debits")?;
        let Some(settled) = debit.and_then(|debit| debit.settled) else {
            break;
        };
        if let Some(on) = settled.resumed_on {
            found.push((on, settled.before.expires_on));
        }
        next = settled.previous;
    }
    found.reverse();
    Ok(found)
}
