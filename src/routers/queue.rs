//! Reads simple queues, and compares them with the desired state.
//!
//! A queue is a subscriber's when it has exactly their name; failing that, when its target is exactly their address. Weir
//! sets its rate and never adds, moves or removes one, since their order matters. Must never send anything but prints.
//!
//! *Source:* MikroTik documentation, Queues, `/queue/simple` (`max-limit`, dynamic queues).

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use crate::model::package::Rate;
use crate::routers::batch::AttributeValues;
use crate::routers::object_id::ObjectId;
use crate::routers::reply::CommandReply;
use crate::routers::router_error::RouterError;
use crate::routers::sentence::Command;
use crate::routers::values;

/// The table of queues.
pub(crate) const QUEUES: &str = "/queue/simple/print";
/// What is read of a queue.
const ATTRIBUTES: [&str; 6] = [".id", "name", "target", "max-limit", "dynamic", "disabled"];
/// The rate of a subscriber who is cut off, in bits per second each way: the least a queue takes that is not "no limit".
pub(crate) const CUT: Rate = Rate {
    upload_bps: 1_000,
    download_bps: 1_000,
};

/// A queue as read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Queue {
    pub(crate) id: ObjectId,
    name: Vec<u8>,
    target: Vec<u8>,
    /// `None`: not in a form we know.
    rate: Option<Rate>,
    dynamic: bool,
    disabled: bool,
}

impl Queue {
    /// Returns whether it cuts its subscriber off.
    pub(crate) fn cuts(&self) -> bool {
        self.rate == Some(CUT) && !self.disabled
    }

    /// Returns what to set so that it has this rate and counts.
    pub(crate) fn change(&self, rate: Rate) -> AttributeValues {
        let mut set = AttributeValues::new();
        if self.rate != Some(rate) {
            // The cut is sent in the form that people know from the router's own window.
            let words = if rate == CUT {
                "1k/1k".to_owned()
            } else {
                rate.to_string()
            };
            set.push(("max-limit", words));
        }
        if self.disabled {
            set.push(("disabled", "no".to_owned()));
        }
        set
    }

    /// Returns its rate in words.
    pub(crate) fn describe(&self) -> String {
        let rate = match self.rate {
            Some(CUT) => "max-limit 1k/1k".to_owned(),
            Some(rate) => format!("max-limit {rate}"),
            None => "an unknown max-limit".to_owned(),
        };
        if self.disabled {
            format!("{rate}, disabled")
        } else {
            rate
        }
    }
}

/// Returns which address a queue's target has when it is this client's alone.
pub(crate) fn target_of(address: Ipv4Addr) -> Vec<u8> {
    format!("{address}/32").into_bytes()
}

/// Asks for the queues of these names; `None` without names.
pub(crate) fn ask_by_name(names: &[&[u8]]) -> Option<Command> {
    Command::print_where(QUEUES, &ATTRIBUTES, "name", names)
}

/// Asks for the queues with these targets; `None` without targets.
pub(crate) fn ask_by_target(targets: &[&[u8]]) -> Option<Command> {
    Command::print_where(QUEUES, &ATTRIBUTES, "target", targets)
}

/// Returns the queues of a reply; one that came twice counts once.
pub(crate) fn queues(reply: &CommandReply) -> Result<Vec<Queue>, RouterError> {
    let mut found = BTreeMap::new();
    for row in &reply.rows {
        let bytes = |name| row.get(name).unwrap_or_default().to_vec();
        let queue = Queue {
            id: ObjectId::of(row)?,
            name: bytes("name"),
            target: bytes("target"),
            rate: values::rate(row.get("max-limit")),
            dynamic: values::flag(row.get("dynamic")) != Some(false),
            disabled: values::flag(row.get("disabled")) != Some(false),
        };
        found.insert(queue.id.clone(), queue);
    }
    Ok(found.into_values().collect())
}

/// Returns the queue that is this subscriber's; `None` when there is none. One with the name `not_named` is somebody's
/// with another address.
///
/// # Errors
/// Words for the owner: it is dynamic, or several have the address and none the name.
pub(crate) fn find<'a>(
    queues: &'a [Queue],
    name: &str,
    address: Option<Ipv4Addr>,
    not_named: Option<&str>,
) -> Result<Option<&'a Queue>, String> {
    let named: Vec<&Queue> = queues.iter().filter(|queue| queue.name == name.as_bytes()).collect();
    let target = address.map(target_of);
    let candidates = if named.is_empty() {
        queues
            .iter()
            .filter(|queue| Some(&queue.target) == target.as_ref())
            .filter(|queue| not_named.is_none_or(|name| queue.name != name.as_bytes()))
            .collect()
    } else {
        named
    };
    let ours: Vec<&Queue> = candidates.iter().copied().filter(|queue| !queue.dynamic).collect();
    match (candidates.as_slice(), ours.as_slice()) {
        ([], _) => Ok(None),
        (_, [one]) => Ok(Some(one)),
        ([dynamic, ..], []) => Err(format!(
            "the queue `{}` is dynamic, so something else manages it",
            String::from_utf8_lossy(&dynamic.name)
        )),
        (_, several) => Err(format!(
            "{} queues match; give exactly one of them the name `{name}`",
            several.len()
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::routers::reply::Attributes;

    fn table(rows: &[(&str, &str, &str, &str)]) -> Vec<Queue> {
        let row = |(at, (name, target, limit, dynamic)): (usize, &(&str, &str, &str, &str))| {
            let id = format!("*{at}");
            Attributes::of(&[
                (".id", &id),
                ("name", name),
                ("target", target),
                ("max-limit", limit),
                ("dynamic", dynamic),
            ])
        };
        let rows = rows.iter().enumerate().map(row).collect();
        queues(&CommandReply {
            rows,
            ..CommandReply::default()
        })
        .unwrap()
    }

    fn found(rows: &[(&str, &str, &str, &str)]) -> Result<Option<usize>, ()> {
        let queues = table(rows);
        let found = find(&queues, "amina", Some(Ipv4Addr::new(10, 0, 0, 5)), None).map_err(|_| ())?;
        Ok(found.and_then(|found| queues.iter().position(|queue| queue == found)))
    }

    #[test]
    fn a_queue_is_found_by_name_else_by_exactly_the_address() {
        let other = ("other", "10.0.0.5/32", "0/0", "false");
        assert_eq!(found(&[other, ("amina", "ether1", "0/0", "false")]), Ok(Some(1)));
        assert_eq!(found(&[("Amina", "10.0.0.50/32", "0/0", "no"), other]), Ok(Some(1)));
        assert_eq!(found(&[("Amina", "10.0.0.5/32,10.0.0.6/32", "0/0", "no")]), Ok(None));
        assert_eq!(found(&[("<pppoe-x>", "10.0.0.5/32", "0/0", "true")]), Err(()));
        assert_eq!(
            found(&[("<pppoe-x>", "10.0.0.5/32", "0/0", "true"), other]),
            Ok(Some(1))
        );
        assert_eq!(found(&[other, ("third", "10.0.0.5/32", "0/0", "false")]), Err(()));
    }

    #[test]
    fn only_what_differs_is_set_and_a_rate_is_compared_as_a_number() {
        let full = Rate::parse("10M/10M").unwrap();
        let set = |limit, rate| table(&[("amina", "x", limit, "no")])[0].change(rate);
        assert_eq!(set("10000000/10000000", full), []);
        assert_eq!(set("1000/1000", CUT), []);
        assert_eq!(set("0/0", CUT), [("max-limit", "1k/1k".to_owned())]);
        assert_eq!(set("1k/1k", full), [("max-limit", "10000000/10000000".to_owned())]);
    }
}
