//! Recalculates the periods of those who paid while the day was not known.
//!
//! They are the subscribers whom a payment brought back while the clock was not trusted. Before any waiting occurrence runs,
//! each is corrected by [`crate::rules::period_correction`] and taken off the list, in parts of bounded size. An empty list
//! writes nothing.

use crate::clock::keeper::Keeper;
use crate::model::clock_confirmation::UncertainPeriod;
use crate::model::day::Day;
use crate::model::record::{LogKind, LogRecord};
use crate::model::subscriber::SubscriberId;
use crate::rules::period_correction;
use crate::rules::terms::Terms;
use crate::rules::wallet::Wallet;
use crate::store::error::StoreError;
use crate::store::open::Store;
use crate::store::write::transaction::{AccessWork, Changed, Transaction};

/// How many are corrected in one transaction: a payment waits for at most one.
const PART_NOTES: usize = 500;

/// How many transactions one call makes at most; enough for more subscribers than any site has.
const PARTS_MAX: usize = 10_000;

/// Corrects the periods of all who are listed, as long as the clock is trusted.
///
/// # Errors
/// When the store cannot be read or written; parts that were committed stay.
pub fn correct_all(store: &Store, keeper: &Keeper, terms: &Terms) -> Result<(), StoreError> {
    for _ in 0..PARTS_MAX {
        if !store.read()?.has_uncertain_periods()? {
            break;
        }
        let Ok(now) = keeper.trusted()? else { break };
        store.write(now, |tx| -> Result<(), StoreError> {
            for (id, note) in tx.uncertain_periods(PART_NOTES)? {
                correct_one(tx, terms, id, &note)?;
                tx.put_uncertain_period(id, None)?;
            }
            Ok(())
        })?;
    }
    Ok(())
}

fn correct_one(
    tx: &mut Transaction<'_>,
    terms: &Terms,
    id: SubscriberId,
    note: &UncertainPeriod,
) -> Result<(), StoreError> {
    let Some(before) = tx.subscriber(id)? else {
        return Ok(());
    };
    let today = terms.day(tx.now());
    let mut wallet = Wallet::new(before.clone(), tx.state().head, &*tx);
    let set = period_correction::correct(&mut wallet, note, today)?;
    let changed = Changed::from(wallet);
    let after = changed.subscriber.clone();
    tx.put(Some(&before), changed, AccessWork::default())?;
    let day = |day: Option<Day>| day.map_or_else(|| "-".to_owned(), |day| day.to_string());
    let (was, is) = (day(before.period.expires_on), day(after.period.expires_on));
    let message = if !set && after.hold.is_some() {
        "paid while the clock was not trusted; the release from the hold counts the days from then on".to_owned()
    } else if !set {
        "paid while the clock was not trusted; the period has been changed or ended since, so it stays as it is"
            .to_owned()
    } else if after.outstanding.is_empty() {
        format!("paid while the clock was not trusted; recalculated on {today}, now paid through {is}")
    } else {
        format!("paid while the clock was not trusted, and the payment was reversed; service counts from {today}")
    };
    tx.log(
        &LogRecord::new(tx.now(), LogKind::Payment, message)
            .about(&before.username)
            .field("recorded_on", note.on)
            .field("set_anew_on", today)
            .field("expires_on_before", was)
            .field("expires_on", is),
    )
}
