//! Holds the cut-offs of a reconcile for approval where there are too many.
//!
//! A router that was restored from an old backup serves everybody who was cut off since, and a store restored from last month
//! would cut off everybody who has paid since. What a reconcile of a whole router would cut off is gathered first and judged by
//! the guard: what it lets pass becomes work, the rest is held until the owner approves or refuses it. While the clock is not
//! trusted nobody is cut off at all. Must never count what somebody has decided already: work under way, a hold, a closing.

use crate::config::read::Config;
use crate::config::routers::RouterConfig;
use crate::model::alert::{AlertKind, Cause};
use crate::model::name::{RouterName, Username};
use crate::model::pending_approval::{Carried, PendingApproval, PendingWork};
use crate::model::record::{LogKind, LogRecord};
use crate::model::router::work::{Healed, ObjectKey, RouterWork, WorkState};
use crate::model::subscriber::{Access, Subscriber, SubscriberId};
use crate::outbox::connections::connection::RouterContext;
use crate::outbox::router_work::drift::{DriftPolicy, put_right};
use crate::outbox::router_work::object_alerts;
use crate::rules::guard::{self, Guard};
use crate::store::error::StoreError;
use crate::store::keys::object_key;
use crate::store::read::reader::Reader;
use crate::store::write::alerts::Raised;
use crate::store::write::transaction::Transaction;

/// For how many cuts it is kept how they differ: beyond that many, a number and a name for each are enough.
const WORDS_MAX: usize = 10_000;

/// How many of those who would be cut off are named in an answer.
const NAMES_MAX: usize = 20;

/// The text for a cut whose difference was not kept.
const NO_WORDS: &str = "served instead of cut off";

/// Those whom a reconcile would cut off, and how many are served.
#[derive(Debug, Default)]
pub(crate) struct Cuts {
    found: Vec<HeldCut>,
    /// Those on this router who should be served.
    pub(crate) served: u64,
}

#[derive(Debug)]
struct HeldCut {
    id: SubscriberId,
    username: Username,
    difference: Option<Box<str>>,
}

impl Cuts {
    /// Adds one, with how the object differs.
    pub(crate) fn add(&mut self, subscriber: &Subscriber, difference: impl FnOnce() -> String) {
        let words = (self.found.len() < WORDS_MAX).then(|| difference().into_boxed_str());
        self.found.push(HeldCut {
            id: subscriber.id,
            username: subscriber.username.clone(),
            difference: words,
        });
    }
}

/// Cuts that wait for the owner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldBack {
    /// The word by which they are approved.
    pub word: String,
    /// How many would be cut off.
    pub cuts: u64,
    /// Of how many who are served.
    pub of: u64,
    /// Which share is allowed at once, in percent.
    pub max_share: u8,
    /// The first of them, in order of username.
    pub first: Vec<Username>,
}

impl HeldBack {
    /// Returns why the number is too high, in words.
    #[must_use]
    pub fn reason(&self, router: &RouterName) -> String {
        let whom = format!("subscribers served on router `{router}`");
        guard::reason(self.cuts, self.of, &whom, self.max_share)
    }
}

/// Cuts that wait for a trusted clock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InDoubt {
    /// How many.
    pub cuts: u64,
    /// Why the clock is not trusted.
    pub reason: String,
}

/// What became of the cuts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum CutsVerdict {
    /// They are being cut off; how many.
    Passed(u64),
    /// They wait for the owner.
    Held(HeldBack),
    /// They wait for the clock.
    InDoubt(InDoubt),
}

/// Judges what a reconcile would cut off on a router, in one transaction: makes it work or holds it. What was held before and
/// is no longer too many is released.
pub(crate) fn judge(
    site: &RouterContext,
    config: &Config,
    router: &RouterConfig,
    mut cuts: Cuts,
    policy: DriftPolicy,
) -> Result<CutsVerdict, StoreError> {
    let work = PendingWork::Reconcile {
        router: router.name.clone(),
    };
    let now = if cuts.found.is_empty() {
        if site.store.read()?.all_held()?.iter().all(|held| held.work != work) {
            return Ok(CutsVerdict::Passed(0));
        }
        site.keeper.recorded()?
    } else {
        match site.keeper.trusted()? {
            Ok(now) => now,
            Err(trust) => {
                return Ok(CutsVerdict::InDoubt(InDoubt {
                    cuts: number(cuts.found.len()),
                    reason: trust.reason_in(&config.site.zone),
                }));
            }
        }
    };
    cuts.found.sort_by(|one, other| one.username.cmp(&other.username));
    site.store
        .write(now, |tx| judge_at(tx, config.access.max_share, work, &cuts, policy))
}

fn judge_at(
    tx: &mut Transaction<'_>,
    max_share: u8,
    work: PendingWork,
    cuts: &Cuts,
    policy: DriftPolicy,
) -> Result<CutsVerdict, StoreError> {
    let PendingWork::Reconcile { router } = &work else {
        return Err(foreign(&work));
    };
    // Since they were read somebody may have paid, or another reconcile may have come first.
    let mut still = Vec::with_capacity(cuts.found.len());
    for cut in &cuts.found {
        if let Some((key, _)) = still_to_cut(tx, router, cut.id, cut.username.as_str())?
            && !(policy == DriftPolicy::ByItself && tx.healed(&key)?.is_some_and(|healed| healed.left))
        {
            still.push(cut);
        }
    }
    let many = number(still.len());
    let of = cuts.served.saturating_add(many);
    if guard::judge(many, of, max_share) == Guard::Holds {
        let back = HeldBack {
            word: work.word(),
            cuts: many,
            of,
            max_share,
            first: still.iter().take(NAMES_MAX).map(|cut| cut.username.clone()).collect(),
        };
        hold(tx, router, &back, &still)?;
        return Ok(CutsVerdict::Held(back));
    }
    for cut in still {
        if let Some((key, subscriber)) = still_to_cut(tx, router, cut.id, cut.username.as_str())? {
            let difference = cut.difference.as_deref().unwrap_or(NO_WORDS);
            put_right(tx, &key, &subscriber, difference)?;
        }
    }
    let word = work.word();
    if tx.held(&word)?.is_some() {
        tx.drop_held(&word)?;
        let how = if many == 0 {
            format!(
                "a reconcile of router `{router}` has nobody left to cut off; nothing is waiting for approval any \
                more"
            )
        } else {
            format!(
                "{many} of {of} are being cut off on router `{router}`, no more than `max_share` allows; nothing is \
                waiting for approval any more"
            )
        };
        tx.end_alert(&cause(&word), &how)?;
    }
    Ok(CutsVerdict::Passed(many))
}

/// Holds the cuts and raises the alert, unless the same ones are held already.
fn hold(tx: &mut Transaction<'_>, router: &RouterName, back: &HeldBack, still: &[&HeldCut]) -> Result<(), StoreError> {
    let before = tx.held(&back.word)?.filter(|before| before.approved.is_none());
    if before.is_some() {
        let listed = tx.held_cuts(&back.word, usize::MAX)?;
        let same = |((username, id), cut): (&(String, SubscriberId), &&HeldCut)| {
            *id == cut.id && username == cut.username.as_str()
        };
        if listed.len() == still.len() && listed.iter().zip(still).all(same) {
            return Ok(());
        }
    }
    let held = PendingApproval {
        work: PendingWork::Reconcile { router: router.clone() },
        since: before.map_or(tx.now(), |before| before.since),
        cuts: back.cuts,
        of: back.of,
        max_share: back.max_share,
        approved: None,
    };
    tx.hold(&held, still.iter().map(|cut| (&cut.username, cut.id)), None)?;
    let (word, reason) = (&back.word, back.reason(router));
    let figures = vec![
        ("router".to_owned(), router.to_string()),
        ("cuts".to_owned(), back.cuts.to_string()),
        ("of".to_owned(), back.of.to_string()),
    ];
    log(
        tx,
        format!("a reconcile of router `{router}` cuts nobody off until it is approved: {reason}"),
        figures.clone(),
    )?;
    tx.raise(&Raised {
        fields: figures,
        ..Raised::new(
            cause(word),
            format!(
                "a reconcile of router `{router}` is waiting for approval to cut people off: {reason}; `weir approve \
                --dry-run` lists them, `weir approve {word}` cuts them off, `weir approve {word} --refuse TEXT` \
                spares them"
            ),
        )
    })?;
    Ok(())
}

/// Cuts off those of a held list who are still to be cut off; who has paid since, is held by hand, is gone or has moved, is
/// left alone. The caller wakes the router's worker.
///
/// # Errors
/// When the store cannot be read or written, or when the held thing is no reconcile.
pub fn approve(tx: &mut Transaction<'_>, held: &PendingApproval, by: &str) -> Result<Carried, StoreError> {
    let PendingWork::Reconcile { router } = &held.work else {
        return Err(foreign(&held.work));
    };
    let word = held.work.word();
    let mut carried = Carried::default();
    for (username, id) in tx.held_cuts(&word, usize::MAX)? {
        if let Some((key, subscriber)) = still_to_cut(tx, router, id, &username)? {
            put_right(tx, &key, &subscriber, NO_WORDS)?;
            carried.cut = carried.cut.saturating_add(1);
        } else {
            carried.spared = carried.spared.saturating_add(1);
        }
    }
    let Carried { cut, spared } = carried;
    let message = format!("{by} approved `{word}`: {cut} are being cut off on router `{router}`, {spared} are spared");
    let fields = vec![
        ("router".to_owned(), router.to_string()),
        ("cut".to_owned(), cut.to_string()),
        ("spared".to_owned(), spared.to_string()),
        ("actor".to_owned(), by.to_owned()),
    ];
    ends(tx, &word, message, fields)?;
    Ok(carried)
}

/// Leaves those of a held list as they are on the router: no automatic reconcile checks them again, one by hand does.
///
/// # Errors
/// When the store cannot be read or written, or when the held thing is no reconcile.
pub fn refuse(tx: &mut Transaction<'_>, held: &PendingApproval, by: &str, text: &str) -> Result<(), StoreError> {
    let PendingWork::Reconcile { router } = &held.work else {
        return Err(foreign(&held.work));
    };
    let word = held.work.word();
    let now = tx.now();
    let mut left = 0_u64;
    for (username, id) in tx.held_cuts(&word, usize::MAX)? {
        if let Some((key, _)) = still_to_cut(tx, router, id, &username)? {
            tx.put_healed(&key, Some(Healed { at: now, left: true }))?;
            object_alerts::end(tx, AlertKind::Drift, &key, "stays as it is, as the owner decided")?;
            left = left.saturating_add(1);
        }
    }
    let message = format!(
        "{by} refused `{word}`: {text}; {left} stay as they are until you run `weir router reconcile {router}`"
    );
    let fields = vec![
        ("router".to_owned(), router.to_string()),
        ("left".to_owned(), left.to_string()),
        ("actor".to_owned(), by.to_owned()),
        ("reason".to_owned(), text.to_owned()),
    ];
    ends(tx, &word, message, fields)
}

/// Drops held cuts of routers that are gone from the configuration, and ends the alerts about their objects.
///
/// # Errors
/// When the store cannot be read or written.
pub fn forget_routers_but(tx: &mut Transaction<'_>, stays: impl Fn(&RouterName) -> bool) -> Result<(), StoreError> {
    let is_gone = |name: &str| RouterName::new(name).is_ok_and(|router| !stays(&router));
    for kind in [AlertKind::Guard, AlertKind::Absent, AlertKind::Drift] {
        for cause in tx.causes(kind)? {
            let named = match (kind, cause.subject.split_once('/')) {
                (AlertKind::Guard, Some(("reconcile", router))) => router,
                (AlertKind::Guard, _) | (_, None) => continue,
                (_, Some((router, _))) => router,
            };
            if is_gone(named) {
                if kind == AlertKind::Guard {
                    tx.drop_held(&cause.subject)?;
                }
                tx.end_alert(
                    &cause,
                    &format!("router `{named}` has been removed from the configuration"),
                )?;
            }
        }
    }
    Ok(())
}

/// Drops a held list, and records how it ended.
fn ends(
    tx: &mut Transaction<'_>,
    word: &str,
    message: String,
    fields: Vec<(String, String)>,
) -> Result<(), StoreError> {
    tx.drop_held(word)?;
    tx.end_alert(&cause(word), &message)?;
    log(tx, message, fields)
}

/// Returns everybody of a held list, in order of username, with the reason where an approval would leave them alone
/// now.
///
/// # Errors
/// When the store cannot be read, or when the held thing is no reconcile.
pub fn look(reader: &Reader<'_>, held: &PendingApproval) -> Result<Vec<(String, Option<&'static str>)>, StoreError> {
    let PendingWork::Reconcile { router } = &held.work else {
        return Err(foreign(&held.work));
    };
    let mut all = Vec::new();
    reader.each_held_cut(&held.work.word(), |username, id| -> Result<(), StoreError> {
        let why = match to_cut(reader.subscriber(id)?, router, username) {
            Err(why) => Some(why),
            Ok((key, _)) => under_way(reader.work(&key)?),
        };
        all.push((username.to_owned(), why));
        Ok(())
    })?;
    Ok(all)
}

/// Returns a subscriber who is still to be cut off on this router, with their object: known, off, on no hold, and without work
/// under way.
fn still_to_cut(
    tx: &Transaction<'_>,
    router: &RouterName,
    id: SubscriberId,
    username: &str,
) -> Result<Option<(ObjectKey, Subscriber)>, StoreError> {
    let Ok((key, subscriber)) = to_cut(tx.subscriber(id)?, router, username) else {
        return Ok(None);
    };
    Ok(under_way(tx.work(&key)?).is_none().then_some((key, subscriber)))
}

/// Returns the same without regard to work, or why not in a word.
fn to_cut(
    found: Option<Subscriber>,
    router: &RouterName,
    username: &str,
) -> Result<(ObjectKey, Subscriber), &'static str> {
    let subscriber = found
        .filter(|found| found.username.as_str() == username)
        .ok_or("no longer exists")?;
    if subscriber.hold.is_some() {
        return Err("on hold");
    }
    if subscriber.access() == Access::On {
        return Err("has service again");
    }
    let key = object_key(&subscriber)
        .filter(|key| key.router == *router)
        .ok_or("no longer on this router")?;
    Ok((key, subscriber))
}

/// Returns why work under way leaves nothing to do, in a word.
fn under_way(work: Option<RouterWork>) -> Option<&'static str> {
    work.filter(|work| work.state == WorkState::Pending)
        .map(|_| "its router is already being updated")
}

fn cause(word: &str) -> Cause {
    Cause::of(AlertKind::Guard, word)
}

fn foreign(work: &PendingWork) -> StoreError {
    StoreError::Contradiction(format!("`{}` is not a reconcile of a router", work.word()))
}

fn number(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}

fn log(tx: &mut Transaction<'_>, message: String, fields: Vec<(String, String)>) -> Result<(), StoreError> {
    tx.log(&LogRecord::new(tx.now(), LogKind::Access, message).fields(fields))
}
