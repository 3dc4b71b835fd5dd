//! Turns a subscriber with a fixed address on or off.
//!
//! Off: the queue's rate becomes `1k/1k`, or the address is put on the list, as the site says; either of them counts. On:
//! the queue gets its full rate and the address leaves the list, however it was cut. What was sent is read back. Must never
//! add, move or remove a queue, and takes only entries off a list that are exactly this address.

use std::collections::BTreeSet;
use std::net::Ipv4Addr;

use crate::model::package::Rate;
use crate::model::router::work::StaticMethod;
use crate::model::subscriber::Access;
use crate::routers::address_list::{self, ListEntry};
use crate::routers::batch::{self, AttributeValues, Edit, Packing};
use crate::routers::object_id::ObjectId;
use crate::routers::outcome::{ApplyOutcome, Drift, ObservedState};
use crate::routers::queue::{self, Queue};
use crate::routers::router_error::RouterError;
use crate::routers::session::Session;

/// What is wanted of a queue and the list.
#[derive(Debug, Clone, Copy)]
pub(crate) struct WantedQueue<'a> {
    pub(crate) name: &'a str,
    /// A queue of this name is not meant.
    pub(crate) not_named: Option<&'a str>,
    pub(crate) address: Option<Ipv4Addr>,
    pub(crate) access: Access,
    /// The rate when on; `None` where the site states none.
    pub(crate) rate: Option<Rate>,
    pub(crate) method: &'a StaticMethod,
}

impl WantedQueue<'_> {
    /// Returns its queue among those read.
    fn queue<'r>(&self, reading: &'r FixedReading) -> Result<Option<&'r Queue>, String> {
        queue::find(&reading.queues, self.name, self.address, self.not_named)
    }

    fn list(&self) -> Option<&str> {
        match self.method {
            StaticMethod::Queue => None,
            StaticMethod::AddressList(list) => Some(list),
        }
    }
}

/// What a router holds for the wants of a chunk.
#[derive(Debug, Default)]
struct FixedReading {
    queues: Vec<Queue>,
    entries: Vec<ListEntry>,
}

/// What has to happen for one want.
#[derive(Debug, Default, PartialEq, Eq)]
struct FixedPlan {
    queue: Option<(ObjectId, AttributeValues)>,
    add: bool,
    enable: Vec<ObjectId>,
    remove: Vec<ObjectId>,
    /// There is no queue, and the method needs one.
    absent: bool,
}

impl FixedPlan {
    fn is_empty(&self) -> bool {
        self.queue.is_none() && !self.add && self.enable.is_empty() && self.remove.is_empty()
    }
}

/// Returns what differs.
///
/// # Errors
/// Words for the owner, when Weir may not or cannot set it.
fn plan(want: &WantedQueue<'_>, reading: &FixedReading) -> Result<FixedPlan, String> {
    let queue = want.queue(reading);
    let entries = address_list::find(&reading.entries, want.name, want.address, want.list());
    let mut plan = FixedPlan::default();
    let set = |queue: &Queue, rate| Some((queue.id.clone(), queue.change(rate))).filter(|(_, set)| !set.is_empty());
    match want.access {
        Access::Off => {
            let listed = entries.iter().any(|entry| !entry.disabled);
            if listed || matches!(queue, Ok(Some(queue)) if queue.cuts()) {
                return Ok(plan);
            }
            match want.method {
                StaticMethod::Queue => match queue? {
                    Some(queue) => plan.queue = set(queue, queue::CUT),
                    None => plan.absent = true,
                },
                StaticMethod::AddressList(list) => {
                    if want.address.is_none() {
                        return Err(format!("`{}` has no address to put on the list `{list}`", want.name));
                    }
                    let here = entries.iter().filter(|entry| entry.is_on(list));
                    plan.enable.extend(here.map(|entry| entry.id.clone()));
                    plan.add = plan.enable.is_empty();
                }
            }
        }
        Access::On => {
            let standing = entries.iter().filter(|entry| !entry.disabled);
            plan.remove.extend(standing.map(|entry| entry.id.clone()));
            match (queue, want.rate) {
                (Ok(Some(queue)), Some(rate)) => plan.queue = set(queue, rate),
                (Ok(Some(queue)), None) if queue.cuts() => {
                    return Err(format!(
                        "the queue of `{}` is at 1k/1k, but the site gives no rate for it; give its package a `rate`",
                        want.name
                    ));
                }
                (Ok(Some(_)), None) => {}
                (Ok(None), _) => plan.absent = matches!(want.method, StaticMethod::Queue),
                // A queue that is not ours matters only where queues are the method.
                (Err(said), _) if matches!(want.method, StaticMethod::Queue) => return Err(said),
                (Err(_), _) => {}
            }
        }
    }
    Ok(plan)
}

/// Returns what a router holds for one want, in words.
fn describe(want: &WantedQueue<'_>, reading: &FixedReading) -> String {
    let queue = match want.queue(reading) {
        Ok(Some(queue)) => queue.describe(),
        Ok(None) => "no queue".to_owned(),
        Err(said) => said,
    };
    let entries = address_list::find(&reading.entries, want.name, want.address, want.list());
    match entries.iter().filter(|entry| !entry.disabled).count() {
        0 if want.list().is_none() => queue,
        0 => format!("{queue}, not on the list"),
        _ => format!("{queue}, on the list"),
    }
}

/// Returns what is wanted, in words.
fn describe_want(want: &WantedQueue<'_>) -> String {
    match (want.access, want.method, want.rate) {
        (Access::Off, StaticMethod::Queue, _) => "max-limit 1k/1k".to_owned(),
        (Access::Off, StaticMethod::AddressList(list), _) => format!("on the list `{list}`"),
        (Access::On, StaticMethod::Queue, Some(rate)) => format!("max-limit {rate}"),
        (Access::On, StaticMethod::Queue, None) => "a max-limit above 1k/1k".to_owned(),
        (Access::On, StaticMethod::AddressList(list), Some(rate)) => {
            format!("max-limit {rate}, not on the list `{list}`")
        }
        (Access::On, StaticMethod::AddressList(list), None) => format!("not on the list `{list}`"),
    }
}

/// Brings queues and list entries of one chunk into their desired state.
///
/// # Errors
/// Why the conversation ended.
pub(crate) async fn apply(session: &mut Session, wants: &[WantedQueue<'_>]) -> Result<Vec<ApplyOutcome>, RouterError> {
    let nothing_found = |reading: &FixedReading| {
        reading.queues.is_empty() && wants.iter().any(|want| plan(want, reading).is_ok_and(|p| p.absent))
    };
    let mut reading = read(session, wants).await?;
    let mut table_has_rows = true;
    if nothing_found(&reading) {
        table_has_rows = batch::has_rows(session, queue::QUEUES).await?;
        if table_has_rows {
            // The table of a router that boots may have come between the two questions.
            reading = read(session, wants).await?;
        }
    }
    let mut refused: Vec<Option<String>> = vec![None; wants.len()];
    let mut touched = BTreeSet::new();
    for packing in [Packing::Lists, Packing::OneByOne] {
        let mut plans = Vec::new();
        for (desired, want) in wants.iter().enumerate() {
            match plan(want, &reading) {
                Ok(plan) if !plan.is_empty() && !matches!(refused.get(desired), Some(Some(_))) => {
                    plans.push((desired, plan))
                }
                Ok(_) | Err(_) => {}
            }
        }
        if plans.is_empty() {
            break;
        }
        touched.extend(plans.iter().map(|(desired, _)| *desired));
        let unclear = send(session, wants, plans, packing, &mut refused).await?;
        reading = read(session, wants).await?;
        if !unclear {
            break;
        }
    }
    let outcome = |(desired, want): (usize, &WantedQueue<'_>)| {
        let changed = touched.contains(&desired);
        let said = describe(want, &reading);
        match (plan(want, &reading), refused.get(desired).cloned().flatten()) {
            (Err(said), _) => ApplyOutcome::Refused { said },
            (Ok(plan), Some(said)) if !plan.is_empty() => ApplyOutcome::Refused { said },
            (Ok(plan), None) if !plan.is_empty() => ApplyOutcome::Unsettled {
                said: format!("still reads: {said}"),
            },
            (Ok(plan), _) if plan.absent => ApplyOutcome::Absent { table_has_rows },
            (Ok(_), _) => ApplyOutcome::Equal { changed, said },
        }
    };
    Ok(wants.iter().enumerate().map(outcome).collect())
}

/// Sends what is planned; whether a list was refused, so that some of it has to be sent again one by one.
async fn send(
    session: &mut Session,
    wants: &[WantedQueue<'_>],
    plans: Vec<(usize, FixedPlan)>,
    packing: Packing,
    refused: &mut [Option<String>],
) -> Result<bool, RouterError> {
    let (mut sets, mut enables, mut removes, mut adds) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for (desired, plan) in plans {
        sets.extend(plan.queue.map(|(id, values)| Edit { desired, id, values }));
        let enabled = || vec![("disabled", "no".to_owned())];
        enables.extend(plan.enable.into_iter().map(|id| Edit {
            desired,
            id,
            values: enabled(),
        }));
        removes.extend(plan.remove.into_iter().map(|id| Edit {
            desired,
            id,
            values: AttributeValues::new(),
        }));
        if let Some(want) = wants.get(desired).filter(|_| plan.add)
            && let (Some(list), Some(address)) = (want.list(), want.address)
        {
            adds.push((desired, address_list::add(list, address, want.name)));
        }
    }
    let mut unclear = false;
    let mut refuse = |desired: usize, said: String| {
        if let Some(slot) = refused.get_mut(desired) {
            *slot = Some(said);
        }
    };
    for (path, edits) in [
        ("/queue/simple/set", sets),
        ("/ip/firewall/address-list/set", enables),
        ("/ip/firewall/address-list/remove", removes),
    ] {
        if edits.is_empty() {
            continue;
        }
        let verdict = batch::send(session, path, edits, packing).await?;
        unclear |= verdict.unclear;
        verdict
            .refused
            .into_iter()
            .for_each(|(desired, said)| refuse(desired, said));
    }
    let (desired, commands): (Vec<usize>, Vec<_>) = adds.into_iter().unzip();
    // One that is there already is refused, too; the reading that follows tells the two apart.
    for (desired, reply) in desired.into_iter().zip(session.run(commands).await?) {
        if let Some(said) = reply.refusal() {
            refuse(desired, said);
        }
    }
    Ok(unclear)
}

/// Compares one chunk, reading only.
///
/// # Errors
/// Why the conversation ended.
pub(crate) async fn look(session: &mut Session, wants: &[WantedQueue<'_>]) -> Result<Vec<ObservedState>, RouterError> {
    let reading = read(session, wants).await?;
    let compare = |want: &WantedQueue<'_>| {
        let standing = match plan(want, &reading) {
            Err(said) => Drift::NotOurs(said),
            Ok(plan) if !plan.is_empty() => Drift::Different,
            Ok(plan) if plan.absent => Drift::Absent,
            Ok(_) => Drift::Equal,
        };
        ObservedState {
            standing,
            wanted: describe_want(want),
            found: describe(want, &reading),
        }
    };
    Ok(wants.iter().map(compare).collect())
}

/// Reads the queues by name, the entries, and, for those without a queue of their name, the queues by address.
async fn read(session: &mut Session, wants: &[WantedQueue<'_>]) -> Result<FixedReading, RouterError> {
    let names: Vec<&[u8]> = wants.iter().map(|want| want.name.as_bytes()).collect();
    let addresses: Vec<String> = wants
        .iter()
        .filter_map(|want| want.address)
        .map(|a| a.to_string())
        .collect();
    let addresses: Vec<&[u8]> = addresses.iter().map(String::as_bytes).collect();
    let prints = [queue::ask_by_name(&names), address_list::ask(&addresses)];
    let [named, listed] = batch::read(session, prints).await?;
    let mut queues = queue::queues(&named)?;
    let nameless = wants
        .iter()
        .filter(|want| matches!(queue::find(&queues, want.name, None, None), Ok(None)));
    let targets: Vec<Vec<u8>> = nameless.filter_map(|want| want.address).map(queue::target_of).collect();
    let targets: Vec<&[u8]> = targets.iter().map(Vec::as_slice).collect();
    let [by_target] = batch::read(session, [queue::ask_by_target(&targets)]).await?;
    // A queue may have one subscriber's name and another's address, and comes twice then.
    let known: BTreeSet<ObjectId> = queues.iter().map(|queue| queue.id.clone()).collect();
    queues.extend(
        queue::queues(&by_target)?
            .into_iter()
            .filter(|queue| !known.contains(&queue.id)),
    );
    Ok(FixedReading {
        queues,
        entries: address_list::entries(&listed)?,
    })
}
