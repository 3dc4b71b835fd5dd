//! Reads the address-list entries that cut an address off, and compares them with the desired state.
//!
//! An entry counts when it is on the list that the site names, or, on whatever list, when its comment says that Weir put it
//! there: a site may change its method while somebody is cut off. Entries with a time-out are dynamic: they end by themselves,
//! are not Weir's, and count as nothing. Must never send anything but prints.
//!
//! *Source:* MikroTik documentation, Firewall, `/ip/firewall/address-list`.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use crate::routers::object_id::ObjectId;
use crate::routers::reply::CommandReply;
use crate::routers::router_error::RouterError;
use crate::routers::sentence::Command;
use crate::routers::values;

/// The table of entries.
pub(crate) const ENTRIES: &str = "/ip/firewall/address-list/print";

/// An entry as read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ListEntry {
    pub(crate) id: ObjectId,
    list: Vec<u8>,
    address: Vec<u8>,
    comment: Vec<u8>,
    dynamic: bool,
    pub(crate) disabled: bool,
}

impl ListEntry {
    /// Returns whether it is about this subscriber's being cut off.
    fn concerns(&self, name: &str, address: Ipv4Addr, list: Option<&str>) -> bool {
        let here = self.address == address.to_string().as_bytes() && !self.dynamic;
        let listed = list.is_some_and(|list| self.list == list.as_bytes());
        here && (listed || self.comment == comment_of(name).as_bytes())
    }

    /// Returns whether it is on this list.
    pub(crate) fn is_on(&self, list: &str) -> bool {
        self.list == list.as_bytes()
    }
}

/// Returns what Weir writes beside an entry.
fn comment_of(name: &str) -> String {
    format!("weir:{name}")
}

/// Asks for the entries of these addresses; `None` without addresses.
pub(crate) fn ask(addresses: &[&[u8]]) -> Option<Command> {
    let attributes = [".id", "list", "address", "comment", "dynamic", "disabled"];
    Command::print_where(ENTRIES, &attributes, "address", addresses)
}

/// Puts an address on a list.
pub(crate) fn add(list: &str, address: Ipv4Addr, name: &str) -> Command {
    Command::new("/ip/firewall/address-list/add")
        .with("list", list)
        .with("address", address.to_string())
        .with("comment", comment_of(name))
}

/// Returns the entries of a reply; one that came twice counts once.
pub(crate) fn entries(reply: &CommandReply) -> Result<Vec<ListEntry>, RouterError> {
    let mut found = BTreeMap::new();
    for row in &reply.rows {
        let bytes = |name| row.get(name).unwrap_or_default().to_vec();
        let entry = ListEntry {
            id: ObjectId::of(row)?,
            list: bytes("list"),
            address: bytes("address"),
            comment: bytes("comment"),
            dynamic: values::flag(row.get("dynamic")) != Some(false),
            disabled: values::flag(row.get("disabled")) != Some(false),
        };
        found.insert(entry.id.clone(), entry);
    }
    Ok(found.into_values().collect())
}

/// Returns the entries that are about this subscriber's being cut off, disabled ones among them.
pub(crate) fn find<'a>(
    entries: &'a [ListEntry],
    name: &str,
    address: Option<Ipv4Addr>,
    list: Option<&str>,
) -> Vec<&'a ListEntry> {
    let Some(address) = address else {
        return Vec::new();
    };
    entries
        .iter()
        .filter(|entry| entry.concerns(name, address, list))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::routers::reply::Attributes;

    #[test]
    fn the_sites_list_counts_and_what_weir_put_elsewhere() {
        let rows = [
            ("cut", "10.0.0.5", "by hand", "false"),
            ("old", "10.0.0.5", "weir:amina", "false"),
            ("old", "10.0.0.5", "weir:other", "false"),
            ("cut", "10.0.0.50", "weir:amina", "false"),
            ("cut", "10.0.0.0/24", "", "false"),
            ("cut", "10.0.0.5", "weir:amina", "true"),
        ];
        let row = |(at, (list, address, comment, dynamic)): (usize, &(&str, &str, &str, &str))| {
            let id = format!("*{at}");
            Attributes::of(&[
                (".id", &id),
                ("list", list),
                ("address", address),
                ("comment", comment),
                ("dynamic", dynamic),
            ])
        };
        let rows = rows.iter().enumerate().map(row).collect();
        let entries = entries(&CommandReply {
            rows,
            ..CommandReply::default()
        })
        .unwrap();
        let found = |address, list| {
            let found = find(&entries, "amina", address, list);
            found
                .iter()
                .map(|entry| entries.iter().position(|other| &other == entry).unwrap())
                .collect::<Vec<_>>()
        };
        let address = Some(Ipv4Addr::new(10, 0, 0, 5));
        assert_eq!(found(address, Some("cut")), [0, 1]);
        assert_eq!(found(address, None), [1]);
        assert_eq!(found(None, Some("cut")), Vec::<usize>::new());
    }
}
