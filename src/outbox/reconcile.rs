//! Where do router and ledger disagree, and how is the difference closed?
//!
//! Every subscriber's object is looked at, in batches; what differs and has no work of its own becomes work. What was put
//! right and is changed by hand again within a day is reported once and left until the owner decides.

use crate::config::read::Config;
use crate::config::routers::RouterConfig;
use crate::model::name::Username;
use crate::model::record::{LogKind, LogRecord};
use crate::model::router_work::{Healed, ObjectKey, RouterWork, Target, WorkState};
use crate::model::subscriber::{Access, Subscriber};
use crate::outbox::batch::BatchError;
use crate::outbox::contact::Site;
use crate::outbox::targets;
use crate::routers::access::{self, Found, Standing};
use crate::routers::session::Session;
use crate::store::desk::{AccessWork, Desk};
use crate::store::error::StoreError;
use crate::store::keys::object_key;

/// How many objects are looked at between two writes.
const LOOK_OBJECTS: usize = 1_000;

/// Changed by hand again within this time of being put right, an object is left alone; in milliseconds.
const LEAVE_MS: i64 = 24 * 60 * 60 * 1_000;

/// One object that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Whose.
    pub username: Username,
    /// Which object.
    pub key: ObjectKey,
    /// What should be so, in words.
    pub wanted: String,
    /// What is so, in words.
    pub found: String,
    /// Work on it is under way already.
    pub pending: bool,
}

/// What is done about a difference.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Healing {
    /// Nothing: it is only shown.
    Show,
    /// It is put right, unless it was put right within a day before.
    ByItself,
    /// It is put right: the owner asks for it.
    ByHand,
}

/// What a look at a router found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Reconciled {
    /// Objects looked at.
    pub looked_at: u64,
    /// What differs.
    pub differences: Vec<Difference>,
    /// Work made of it.
    pub healed: u64,
    /// Left until the owner decides.
    pub left: u64,
    /// Not compared, since this version does not switch their service.
    pub not_switched: u64,
}

struct Looked {
    key: ObjectKey,
    subscriber: Subscriber,
    target: Target,
    /// The work on it when it was looked at: a reading says nothing against what was on its way.
    work: Option<RouterWork>,
}

/// Looks at every object of a router, and heals as asked.
///
/// # Errors
/// When the store fails or the conversation breaks off.
pub async fn reconcile(
    site: &Site,
    config: &Config,
    router: &RouterConfig,
    session: &mut Session,
    healing: Healing,
) -> Result<Reconciled, BatchError> {
    let mut result = Reconciled::default();
    let mut after = crate::model::subscriber::SubscriberId(0);
    loop {
        let (batch, last) = next_batch(site, config, router, after, &mut result)?;
        let Some(last) = last else {
            break;
        };
        after = last;
        if batch.is_empty() {
            continue;
        }
        let wanted: Vec<Target> = batch.iter().map(|looked| looked.target.clone()).collect();
        let found = access::look(session, &wanted).await?;
        result.looked_at = result.looked_at.saturating_add(u64::try_from(batch.len()).unwrap_or(0));
        settle(site, batch, found, healing, &mut result)?;
    }
    Ok(result)
}

/// The next subscribers of this router whose object can be looked at, and how far that is.
fn next_batch(
    site: &Site,
    config: &Config,
    router: &RouterConfig,
    after: crate::model::subscriber::SubscriberId,
    result: &mut Reconciled,
) -> Result<(Vec<Looked>, Option<crate::model::subscriber::SubscriberId>), StoreError> {
    let reader = site.store.read()?;
    let subscribers = reader.subscribers_after(after, LOOK_OBJECTS)?;
    let last = subscribers.last().map(|subscriber| subscriber.id);
    let mut batch = Vec::new();
    for subscriber in subscribers {
        let Some(key) = object_key(&subscriber).filter(|key| key.router == router.name) else {
            continue;
        };
        match targets::target_of(&key, &subscriber, config, router) {
            Ok(target) => batch.push(Looked {
                work: reader.work(&key)?,
                key,
                subscriber,
                target,
            }),
            Err(_) => result.not_switched = result.not_switched.saturating_add(1),
        }
    }
    Ok((batch, last))
}

fn settle(
    site: &Site,
    batch: Vec<Looked>,
    found: Vec<Found>,
    healing: Healing,
    result: &mut Reconciled,
) -> Result<(), StoreError> {
    let mut open = Vec::new();
    {
        let reader = site.store.read()?;
        for (looked, found) in batch.into_iter().zip(found) {
            let work = reader.work(&looked.key)?;
            let is_pending = |work: &Option<RouterWork>| matches!(work, Some(work) if work.state == WorkState::Pending);
            let differs = match &found.standing {
                Standing::Equal => false,
                // Cut off and not there is as good as cut off.
                Standing::Absent => looked.subscriber.access() == Access::On,
                Standing::Different | Standing::NotOurs(_) => true,
            };
            if differs {
                result.differences.push(Difference {
                    username: looked.subscriber.username.clone(),
                    key: looked.key.clone(),
                    wanted: found.wanted.clone(),
                    found: match &found.standing {
                        Standing::NotOurs(why) => why.clone(),
                        Standing::Equal | Standing::Different | Standing::Absent => found.found.clone(),
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
    if healing == Healing::Show || open.is_empty() {
        return Ok(());
    }
    site.store
        .write(site.keeper.recorded()?, |desk| -> Result<(), StoreError> {
            let (mut healed, mut left) = (0_u64, 0_u64);
            for (looked, found) in &open {
                match heal(desk, looked, found, healing)? {
                    Came::Work => healed = healed.saturating_add(1),
                    Came::Left => left = left.saturating_add(1),
                    Came::Nothing => {}
                }
            }
            result.healed = result.healed.saturating_add(healed);
            result.left = result.left.saturating_add(left);
            Ok(())
        })
}

/// What healing one object came to.
enum Came {
    Work,
    Left,
    Nothing,
}

fn heal(desk: &mut Desk<'_>, looked: &Looked, found: &Found, healing: Healing) -> Result<Came, StoreError> {
    let key = &looked.key;
    // A decision or a worker may have come first: what stands in the store now counts.
    let Some(subscriber) = desk
        .subscriber(looked.subscriber.id)?
        .filter(|now| now.access() == looked.subscriber.access() && object_key(now).as_ref() == Some(key))
    else {
        return Ok(Came::Nothing);
    };
    let work = desk.work(key)?;
    match (work, &found.standing) {
        (Some(work), _) if work.state == WorkState::Pending => return Ok(Came::Nothing),
        (_, Standing::NotOurs(_)) => return Ok(Came::Nothing),
        // It is still not there. Who should be cut off is; who should be served was told of once.
        (Some(work), Standing::Absent) if work.access == Access::Off || healing == Healing::ByItself => {
            return Ok(Came::Nothing);
        }
        (None, Standing::Absent) if subscriber.access() == Access::Off => return Ok(Came::Nothing),
        // What was not there has come, or is looked for again because the owner asks: no drift, but work not done.
        (Some(work), _) => {
            desk.put_work(
                key,
                &RouterWork {
                    state: WorkState::Pending,
                    ..work
                },
            )?;
            return Ok(Came::Work);
        }
        // Removed by hand, or not there yet: work finds out which, and tells of it once.
        (None, Standing::Absent) => {
            desk.want(key, &subscriber, subscriber.access(), AccessWork::default())?;
            return Ok(Came::Work);
        }
        (None, Standing::Equal) => {
            // Somebody has put right by hand what was left.
            if let Some(left) = desk.healed(key)?.filter(|healed| healed.left) {
                desk.put_healed(key, Some(Healed { left: false, ..left }))?;
            }
            return Ok(Came::Nothing);
        }
        (None, Standing::Different) => {}
    }
    let now = desk.now();
    let before = desk.healed(key)?;
    let recently = before.is_some_and(|healed| now.millis_since(healed.at) < LEAVE_MS);
    if healing == Healing::ByItself && before.is_some_and(|healed| healed.left) {
        return Ok(Came::Left);
    }
    if let (Healing::ByItself, true, Some(before)) = (healing, recently, before) {
        desk.put_healed(key, Some(Healed { left: true, ..before }))?;
        let message = format!(
            "`{}` on router `{}` was changed by hand again ({} instead of {}); it is left so until you run `weir router reconcile`",
            key.object, key.router, found.found, found.wanted
        );
        log(desk, LogKind::Alert, looked, message)?;
        return Ok(Came::Left);
    }
    desk.put_healed(key, Some(Healed { at: now, left: false }))?;
    let message = format!(
        "`{}` on router `{}` is {} instead of {}; it is being put right",
        key.object, key.router, found.found, found.wanted
    );
    log(desk, LogKind::Access, looked, message)?;
    desk.want(key, &subscriber, subscriber.access(), AccessWork::default())?;
    Ok(Came::Work)
}

fn log(desk: &mut Desk<'_>, kind: LogKind, looked: &Looked, message: String) -> Result<(), StoreError> {
    desk.log(&LogRecord {
        at: desk.now(),
        kind,
        planned_for: None,
        username: Some(looked.subscriber.username.clone()),
        message,
        fields: vec![
            ("router".to_owned(), looked.key.router.to_string()),
            ("object".to_owned(), looked.key.object.clone()),
        ],
    })
}
