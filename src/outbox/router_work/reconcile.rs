//! Compares a router with the ledger, and repairs the differences.
//!
//! Every subscriber's object is read, in batches; what differs and has no work of its own becomes work at once
//! ([`crate::outbox::router_work::drift`]), but for those who would be cut off by it: they are gathered, and judged together
//! when the whole router was read ([`crate::outbox::router_work::held_cuts`]).

use crate::config::read::Config;
use crate::config::routers::RouterConfig;
use crate::model::day::Instant;
use crate::model::name::Username;
use crate::model::router::readings::{FoundObject, ObjectReading, WholeReading};
use crate::model::router::work::{ObjectKey, RouterWork, Target, WorkState};
use crate::model::subscriber::{Access, SubscriberId};
use crate::outbox::connections::connection::RouterContext;
use crate::outbox::router_work::batch::BatchError;
use crate::outbox::router_work::drift::{self, DriftOutcome, DriftPolicy, InspectedObject};
use crate::outbox::router_work::held_cuts::{self, Cuts, CutsVerdict, HeldBack, InDoubt};
use crate::outbox::router_work::targets;
use crate::routers::access;
use crate::routers::outcome::{Drift, ObservedState};
use crate::routers::session::Session;
use crate::rules::routers::readings;
use crate::store::error::StoreError;
use crate::store::keys::object_key;

/// How many objects are read between two writes.
const LOOK_OBJECTS: usize = 1_000;

/// One object that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The subscriber.
    pub username: Username,
    /// The object.
    pub key: ObjectKey,
    /// The desired state, in words.
    pub wanted: String,
    /// The actual state, in words.
    pub found: String,
    /// Work on it is under way already.
    pub pending: bool,
}

/// What a reconcile of a router found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Reconciled {
    /// Objects read.
    pub looked_at: u64,
    /// How many objects differ.
    pub differ: u64,
    /// The differences, where they are only shown.
    pub differences: Vec<Difference>,
    /// How many became work.
    pub healed: u64,
    /// How many are left until the owner decides.
    pub left: u64,
    /// How many were not compared, since this version does not switch their service.
    pub not_switched: u64,
    /// Cuts that wait for the owner's approval.
    pub held: Option<HeldBack>,
    /// Cuts that wait for a trusted clock; the next reconcile finds them again.
    pub in_doubt: Option<InDoubt>,
}

/// Reads every object of a router, and repairs differences as `policy` says.
///
/// # Errors
/// When the store fails or the conversation breaks off.
pub async fn reconcile(
    site: &RouterContext,
    config: &Config,
    router: &RouterConfig,
    session: &mut Session,
    policy: DriftPolicy,
) -> Result<Reconciled, BatchError> {
    let mut result = Reconciled::default();
    let mut cuts = Cuts::default();
    let mut after = SubscriberId(0);
    let began = site.keeper.recorded()?;
    loop {
        let (batch, last) = next_batch(site, config, router, after, &mut result)?;
        let Some(last) = last else {
            break;
        };
        after = last;
        if batch.is_empty() {
            continue;
        }
        let at = site.keeper.recorded()?;
        let wanted: Vec<Target> = batch.iter().map(|looked| looked.target.clone()).collect();
        let found = access::look(session, &wanted).await?;
        result.looked_at = result.looked_at.saturating_add(u64::try_from(batch.len()).unwrap_or(0));
        note_readings(site, &batch, &found, at)?;
        settle(site, batch, found, policy, &mut result, &mut cuts)?;
    }
    let whole = WholeReading {
        at: began,
        objects: result.looked_at,
        differ: result.differ,
    };
    site.routers.note_whole(&router.name, whole);
    if policy != DriftPolicy::Show {
        match held_cuts::judge(site, config, router, cuts, policy)? {
            CutsVerdict::Passed(cut) => result.healed = result.healed.saturating_add(cut),
            CutsVerdict::Held(held) => result.held = Some(held),
            CutsVerdict::InDoubt(in_doubt) => result.in_doubt = Some(in_doubt),
        }
    }
    Ok(result)
}

/// Returns the next subscribers of this router whose object can be read, and how far that is.
fn next_batch(
    site: &RouterContext,
    config: &Config,
    router: &RouterConfig,
    after: SubscriberId,
    result: &mut Reconciled,
) -> Result<(Vec<InspectedObject>, Option<SubscriberId>), StoreError> {
    let reader = site.store.read()?;
    let subscribers = reader.subscribers_after(after, LOOK_OBJECTS)?;
    let last = subscribers.last().map(|subscriber| subscriber.id);
    let mut batch = Vec::new();
    for subscriber in subscribers {
        let Some(key) = object_key(&subscriber).filter(|key| key.router == router.name) else {
            continue;
        };
        match targets::target_of(&key, &subscriber, config, router) {
            Ok(target) => batch.push(InspectedObject {
                work: reader.work(&key)?,
                key,
                subscriber,
                target,
            }),
            Err(targets::NotManaged) => result.not_switched = result.not_switched.saturating_add(1),
        }
    }
    Ok((batch, last))
}

/// Writes what was found, as far as it is news.
fn note_readings(
    site: &RouterContext,
    batch: &[InspectedObject],
    found: &[ObservedState],
    at: Instant,
) -> Result<(), StoreError> {
    let of = |looked: &InspectedObject, found: &ObservedState, own: Option<&ObjectReading>| {
        let otherwise = match &found.standing {
            Drift::Equal => None,
            Drift::Different => Some(FoundObject::Otherwise(found.found.clone())),
            Drift::Absent => Some(FoundObject::Absent),
            Drift::NotOurs(why) => Some(FoundObject::NotOurs(why.clone())),
        };
        readings::news(own, otherwise, FoundObject::Access(looked.subscriber.access()), at)
    };
    let mut new = Vec::new();
    {
        let reader = site.store.read()?;
        let known = reader.object_readings()?;
        for (looked, found) in batch.iter().zip(found) {
            if of(looked, found, known.of(&looked.key)?.as_ref()).is_some() {
                new.push((looked, found));
            }
        }
    }
    if new.is_empty() {
        return Ok(());
    }
    site.store
        .write(site.keeper.recorded()?, |tx| -> Result<(), StoreError> {
            for (looked, found) in &new {
                if let Some(reading) = of(looked, found, tx.reading(&looked.key)?.as_ref())
                    && tx.owner_of(&looked.key)? == Some(looked.subscriber.id)
                {
                    tx.put_reading(&looked.key, &reading)?;
                }
            }
            Ok(())
        })
}

fn settle(
    site: &RouterContext,
    batch: Vec<InspectedObject>,
    found: Vec<ObservedState>,
    policy: DriftPolicy,
    result: &mut Reconciled,
    cuts: &mut Cuts,
) -> Result<(), StoreError> {
    let mut open = Vec::new();
    {
        let reader = site.store.read()?;
        for (looked, found) in batch.into_iter().zip(found) {
            cuts.served = cuts
                .served
                .saturating_add(u64::from(looked.subscriber.access() == Access::On));
            let work = reader.work(&looked.key)?;
            let is_pending = |work: &Option<RouterWork>| matches!(work, Some(work) if work.state == WorkState::Pending);
            let differs = match &found.standing {
                Drift::Equal => false,
                // Cut off and not there is as good as cut off.
                Drift::Absent => looked.subscriber.access() == Access::On,
                Drift::Different | Drift::NotOurs(_) => true,
            };
            result.differ = result.differ.saturating_add(u64::from(differs));
            if differs && policy == DriftPolicy::Show {
                result.differences.push(Difference {
                    username: looked.subscriber.username.clone(),
                    key: looked.key.clone(),
                    wanted: found.wanted.clone(),
                    found: match &found.standing {
                        Drift::NotOurs(why) => why.clone(),
                        Drift::Equal | Drift::Different | Drift::Absent => found.found.clone(),
                    },
                    pending: is_pending(&work),
                });
            }
            let settled = work.is_none() && !reader.healed(&looked.key)?.is_some_and(|healed| healed.left);
            let on_its_way = is_pending(&work) || is_pending(&looked.work);
            if !on_its_way && (differs || !settled) {
                open.push((looked, found));
            }
        }
    }
    if policy == DriftPolicy::Show || open.is_empty() {
        return Ok(());
    }
    site.store
        .write(site.keeper.recorded()?, |tx| -> Result<(), StoreError> {
            let (mut healed, mut left) = (0_u64, 0_u64);
            for (looked, found) in &open {
                match drift::heal(tx, looked, found, policy)? {
                    DriftOutcome::Work => healed = healed.saturating_add(1),
                    DriftOutcome::Left => left = left.saturating_add(1),
                    DriftOutcome::Cut => cuts.add(&looked.subscriber, || drift::difference(found)),
                    DriftOutcome::Nothing => {}
                }
            }
            result.healed = result.healed.saturating_add(healed);
            result.left = result.left.saturating_add(left);
            Ok(())
        })
}
