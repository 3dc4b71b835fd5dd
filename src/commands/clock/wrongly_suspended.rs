//! Finds subscribers whom a wrong clock cut off too early.
//!
//! They were cut off by a run of `disconnect` that was planned or recorded after the confirmed time, and no run would cut them
//! off by now. The confirmation brings them back: what they paid and owe stays, and the coming nights treat them like anybody.
//! Subscribers on hold, or cut off in any other way, are left alone.

use std::collections::HashMap;

use serde::Serialize;

use crate::model::day::Instant;
use crate::model::name::Username;
use crate::model::record::{LogKind, LogRecord};
use crate::model::subscriber::{Subscriber, SubscriberId};
use crate::rules::access;
use crate::rules::terms::Terms;
use crate::rules::wallet::Wallet;
use crate::store::error::StoreError;
use crate::store::read::reader::Reader;
use crate::store::write::transaction::{AccessWork, Changed, Transaction};

/// Somebody who was cut off too early.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct WronglySuspended {
    #[serde(skip)]
    id: SubscriberId,
    pub(crate) username: Username,
    /// Through which day they are paid.
    pub(crate) expires_on: Option<String>,
    /// At the end of which day they would be cut off, with the grace days.
    pub(crate) cut_off_on: Option<String>,
}

impl WronglySuspended {
    fn of(subscriber: &Subscriber, grace_days: u16) -> Self {
        Self {
            id: subscriber.id,
            username: subscriber.username.clone(),
            expires_on: subscriber.period.expires_on.map(|day| day.to_string()),
            cut_off_on: access::cut_off_day(subscriber, grace_days).map(|day| day.to_string()),
        }
    }
}

/// Returns all of them, in order of username.
pub(crate) fn find(reader: &Reader<'_>, terms: &Terms, now: Instant) -> Result<Vec<WronglySuspended>, StoreError> {
    let last_cut_day = access::last_cut_day(now, &terms.zone);
    let mut open: HashMap<Username, WronglySuspended> = HashMap::new();
    reader.each_subscriber(|subscriber| -> Result<(), StoreError> {
        if access::is_cut_too_early(&subscriber, terms.grace_days, last_cut_day) {
            open.insert(
                subscriber.username.clone(),
                WronglySuspended::of(&subscriber, terms.grace_days),
            );
        }
        Ok(())
    })?;
    let mut found = Vec::new();
    if open.is_empty() {
        return Ok(found);
    }
    reader.each_log(Some(LogKind::Disconnect), |record| -> Result<bool, StoreError> {
        // Of each subscriber the newest cut counts: an earlier one was undone since.
        if let (Some(username), Some(planned_for)) = (&record.username, record.planned_for)
            && let Some(cut) = open.remove(username)
            && planned_for.max(record.at) > now
        {
            found.push(cut);
        }
        Ok(!open.is_empty())
    })?;
    found.sort_by(|one, other| one.username.cmp(&other.username));
    Ok(found)
}

/// Brings them back, except those whom a payment or a person brought back first. Returns how many.
pub(crate) fn bring_back(
    tx: &mut Transaction<'_>,
    terms: &Terms,
    cut: &[WronglySuspended],
    actor: &str,
) -> Result<u64, StoreError> {
    let last_cut_day = access::last_cut_day(tx.now(), &terms.zone);
    let mut count = 0_u64;
    for one in cut {
        let Some(before) = tx
            .subscriber(one.id)?
            .filter(|found| access::is_cut_too_early(found, terms.grace_days, last_cut_day))
        else {
            continue;
        };
        let changed = {
            let mut wallet = Wallet::new(before.clone(), tx.state().head, &*tx);
            access::resume_without_payment(&mut wallet, &terms.moment(tx.now(), actor))?;
            Changed::from(wallet)
        };
        let after = &changed.subscriber;
        let through = after
            .period
            .expires_on
            .map_or_else(String::new, |end| format!("; paid through {end}"));
        tx.log(
            &LogRecord::new(
                tx.now(),
                LogKind::Disconnect,
                format!("brought back: a wrong clock cut them off for a day that has not come yet{through}"),
            )
            .about(&after.username)
            .field("action", "clock confirm")
            .field("actor", actor),
        )?;
        tx.put(Some(&before), changed, AccessWork::default())?;
        count = count.saturating_add(1);
    }
    Ok(count)
}
