//! Decides what to do about one object that differs from its desired state.
//!
//! It becomes work, unless work of its own is under way, or somebody has changed it by hand again within a day of its repair:
//! then it is reported once and left until the owner decides. Who would be cut off by this is not decided here, one by one, but
//! by [`crate::outbox::router_work::held_cuts`] over the whole router.

use crate::model::alert::AlertKind;
use crate::model::record::{LogKind, LogRecord};
use crate::model::router::work::{Healed, ObjectKey, RouterWork, Target, WorkState};
use crate::model::subscriber::{Access, State, Subscriber};
use crate::outbox::router_work::{object_alerts, targets};
use crate::routers::outcome::{Drift, ObservedState};
use crate::store::error::StoreError;
use crate::store::keys::object_key;
use crate::store::write::transaction::{AccessWork, Transaction};

/// An object that is changed by hand again within this time after its repair is left alone; in milliseconds.
const LEAVE_MS: i64 = 24 * 60 * 60 * 1_000;

/// What is done about a difference.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DriftPolicy {
    /// Nothing: it is only shown.
    Show,
    /// It is repaired, unless it was repaired within a day before.
    ByItself,
    /// It is repaired: the owner asks for it.
    ByHand,
}

/// An object that was read.
pub(crate) struct InspectedObject {
    pub(crate) key: ObjectKey,
    pub(crate) subscriber: Subscriber,
    pub(crate) target: Target,
    /// The work on it when it was read: a reading does not contradict work under way.
    pub(crate) work: Option<RouterWork>,
}

/// What was done about one object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DriftOutcome {
    /// It is being repaired.
    Work,
    /// It is left until the owner decides.
    Left,
    /// Nothing is to be done.
    Nothing,
    /// Repairing it would cut off a subscriber whom nobody has decided to cut off: not yet.
    Cut,
}

/// Makes work of one object that differs, unless that would cut somebody off.
pub(crate) fn heal(
    tx: &mut Transaction<'_>,
    looked: &InspectedObject,
    found: &ObservedState,
    policy: DriftPolicy,
) -> Result<DriftOutcome, StoreError> {
    let key = &looked.key;
    // A decision or a worker may have come first: what is in the store now counts.
    let Some(subscriber) = tx
        .subscriber(looked.subscriber.id)?
        .filter(|now| now.access() == looked.subscriber.access() && object_key(now).as_ref() == Some(key))
    else {
        return Ok(DriftOutcome::Nothing);
    };
    let work = tx.work(key)?;
    match (work, &found.standing) {
        (Some(work), _) if work.state == WorkState::Pending => return Ok(DriftOutcome::Nothing),
        // Its subscriber's account has ended since it was found missing: that it is gone is right.
        (Some(work), Drift::Absent) if !targets::is_needed(key, Some(&subscriber)) => {
            tx.close_work(key, work.generation)?;
            return Ok(DriftOutcome::Nothing);
        }
        (_, Drift::NotOurs(_)) => return Ok(DriftOutcome::Nothing),
        // It is still missing. For a subscriber to be cut off that is enough; for one to be served it was reported
        // once.
        (Some(work), Drift::Absent) if work.access == Access::Off || policy == DriftPolicy::ByItself => {
            return Ok(DriftOutcome::Nothing);
        }
        (None, Drift::Absent) if subscriber.access() == Access::Off => return Ok(DriftOutcome::Nothing),
        // A missing object has come, or is looked for again because the owner asks: no drift, but work not done.
        (Some(work), _) => {
            tx.put_work(
                key,
                &RouterWork {
                    state: WorkState::Pending,
                    ..work
                },
            )?;
            return Ok(DriftOutcome::Work);
        }
        // Removed by hand, or not there yet: the work finds out which, and reports it once.
        (None, Drift::Absent) => {
            tx.want(key, &subscriber, subscriber.access(), AccessWork::default())?;
            return Ok(DriftOutcome::Work);
        }
        (None, Drift::Equal) => {
            // Somebody has repaired by hand what was left.
            keep_again(tx, key, "is correct again")?;
            return Ok(DriftOutcome::Nothing);
        }
        (None, Drift::Different) => {}
    }
    if is_left(tx, looked, found, policy)? {
        return Ok(DriftOutcome::Left);
    }
    if subscriber.access() == Access::Off && !is_decided_by_hand(&subscriber) {
        return Ok(DriftOutcome::Cut);
    }
    put_right(tx, key, &subscriber, &difference(found))?;
    Ok(DriftOutcome::Work)
}

/// Returns whether the object is left until the owner decides; reports it where that begins now.
fn is_left(
    tx: &mut Transaction<'_>,
    looked: &InspectedObject,
    found: &ObservedState,
    policy: DriftPolicy,
) -> Result<bool, StoreError> {
    let key = &looked.key;
    let Some(before) = tx.healed(key)?.filter(|_| policy == DriftPolicy::ByItself) else {
        return Ok(false);
    };
    if before.left {
        return Ok(true);
    }
    // A repair dated ahead by a wrong clock does not count as within a day.
    if !(0..LEAVE_MS).contains(&tx.now().millis_since(before.at)) {
        return Ok(false);
    }
    tx.put_healed(key, Some(Healed { left: true, ..before }))?;
    let text = format!(
        "`{}` on router `{}` was changed by hand again ({}); it stays so until you run `weir router reconcile`",
        key.object,
        key.router,
        difference(found)
    );
    object_alerts::raise(tx, AlertKind::Drift, key, &looked.subscriber.username, text)?;
    Ok(true)
}

/// Returns whether access should be off because the owner decided it for this subscriber.
pub(crate) const fn is_decided_by_hand(subscriber: &Subscriber) -> bool {
    subscriber.hold.is_some() || matches!(subscriber.state, State::Closed)
}

/// Returns how an object differs, in words.
pub(crate) fn difference(found: &ObservedState) -> String {
    format!("{} instead of {}", found.found, found.wanted)
}

/// Makes work of a difference that somebody made by hand, and notes when.
pub(crate) fn put_right(
    tx: &mut Transaction<'_>,
    key: &ObjectKey,
    subscriber: &Subscriber,
    difference: &str,
) -> Result<(), StoreError> {
    let now = tx.now();
    tx.put_healed(key, Some(Healed { at: now, left: false }))?;
    object_alerts::end(tx, AlertKind::Drift, key, "is being corrected")?;
    tx.log(
        &LogRecord::new(
            now,
            LogKind::Access,
            format!(
                "`{}` on router `{}` is {difference}; it is being corrected",
                key.object, key.router
            ),
        )
        .about(&subscriber.username)
        .field("router", &key.router)
        .field("object", &key.object),
    )?;
    tx.want(key, subscriber, subscriber.access(), AccessWork::default())
}

/// Records that an object that was left is kept in order again, as `how` says.
pub(crate) fn keep_again(tx: &mut Transaction<'_>, key: &ObjectKey, how: &str) -> Result<(), StoreError> {
    if let Some(left) = tx.healed(key)?.filter(|healed| healed.left) {
        tx.put_healed(key, Some(Healed { left: false, ..left }))?;
        object_alerts::end(tx, AlertKind::Drift, key, how)?;
    }
    Ok(())
}
