//! Which rows does a menu hold?
//!
//! Rows in order of their ids, found by id, by key, or by place. Static rows keep their ids for ever; dynamic ones have
//! ids from a range of their own that starts over when the router reboots. It must never know what a value means.

use std::collections::{BTreeMap, HashMap};
use std::time::Instant;

/// The first id of dynamic rows, as seen on routers for sessions.
const FIRST_DYNAMIC_ID: u32 = 0x8000_0000;

/// What only a session has.
#[derive(Debug, Clone)]
pub(crate) struct SessionPart {
    /// The profile it was started with: its rights until it ends.
    pub(crate) profile: Vec<u8>,
    /// When it was started.
    pub(crate) since: Instant,
    /// The dynamic queue that was made for it.
    pub(crate) queue: Option<u32>,
}

/// A row.
#[derive(Debug, Clone)]
pub(crate) struct TableItem {
    /// Its id, without the star.
    pub(crate) id: u32,
    /// What it has, flags as `true` and `false`.
    values: Vec<(&'static str, Vec<u8>)>,
    /// How often a command over the API changed it.
    pub(crate) changes: u32,
    /// For sessions.
    pub(crate) session: Option<SessionPart>,
}

impl TableItem {
    /// Returns a row with these values, not in a table yet.
    pub(crate) const fn new(values: Vec<(&'static str, Vec<u8>)>) -> Self {
        Self {
            id: 0,
            values,
            changes: 0,
            session: None,
        }
    }

    /// Returns the value of an attribute; `None` if the row lacks it.
    pub(crate) fn value(&self, name: &str) -> Option<&[u8]> {
        self.values
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, value)| value.as_slice())
    }

    /// Returns whether a flag is set.
    pub(crate) fn is(&self, name: &str) -> bool {
        self.value(name) == Some(b"true")
    }

    fn put(&mut self, name: &'static str, value: Option<Vec<u8>>) {
        match (self.values.iter().position(|(known, _)| *known == name), value) {
            (Some(at), None) => {
                self.values.remove(at);
            }
            (Some(at), Some(value)) => {
                if let Some(entry) = self.values.get_mut(at) {
                    entry.1 = value;
                }
            }
            (None, Some(value)) => self.values.push((name, value)),
            (None, None) => {}
        }
    }
}

/// The rows of a menu.
#[derive(Debug)]
pub(crate) struct MenuTable {
    key: &'static str,
    items: BTreeMap<u32, TableItem>,
    /// Ids by the value of `key`, in ascending order.
    by_key: HashMap<Vec<u8>, Vec<u32>>,
    next_static: u32,
    next_dynamic: u32,
}

impl MenuTable {
    /// Returns an empty table whose rows are found by this attribute.
    pub(crate) fn new(key: &'static str) -> Self {
        Self {
            key,
            items: BTreeMap::new(),
            by_key: HashMap::new(),
            next_static: 1,
            next_dynamic: FIRST_DYNAMIC_ID,
        }
    }

    /// Returns the number of rows.
    pub(crate) fn len(&self) -> usize {
        self.items.len()
    }

    /// Puts a row at the end, and says its id.
    pub(crate) fn insert(&mut self, mut item: TableItem, dynamic: bool) -> u32 {
        let next = if dynamic {
            &mut self.next_dynamic
        } else {
            &mut self.next_static
        };
        let id = *next;
        *next = next.saturating_add(1);
        item.id = id;
        if let Some(key) = item.value(self.key) {
            self.by_key.entry(key.to_vec()).or_default().push(id);
        }
        self.items.insert(id, item);
        id
    }

    /// Returns the row with this id.
    pub(crate) fn get(&self, id: u32) -> Option<&TableItem> {
        self.items.get(&id)
    }

    /// Returns all rows in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &TableItem> {
        self.items.values()
    }

    /// Returns the ids of the rows with this key, in order.
    pub(crate) fn ids_of(&self, key: &[u8]) -> &[u32] {
        self.by_key.get(key).map_or(&[], Vec::as_slice)
    }

    /// Returns the first row with this key.
    pub(crate) fn first(&self, key: &[u8]) -> Option<&TableItem> {
        self.ids_of(key).first().and_then(|id| self.items.get(id))
    }

    /// Returns the row at a place, counted from 0.
    pub(crate) fn nth(&self, place: usize) -> Option<u32> {
        self.items.keys().nth(place).copied()
    }

    /// Changes a value, or takes it away. Says whether it was another one before.
    pub(crate) fn put(&mut self, id: u32, name: &'static str, value: Option<Vec<u8>>) -> bool {
        let Some(item) = self.items.get_mut(&id) else {
            return false;
        };
        if item.value(name) == value.as_deref() {
            return false;
        }
        if name == self.key {
            if let Some(old) = item.value(name) {
                unlink(&mut self.by_key, old, id);
            }
            if let Some(new) = &value {
                let ids = self.by_key.entry(new.clone()).or_default();
                let at = ids.partition_point(|other| *other < id);
                ids.insert(at, id);
            }
        }
        item.put(name, value);
        true
    }

    /// Notes that a command over the API changed this row.
    pub(crate) fn note_change(&mut self, id: u32) {
        if let Some(item) = self.items.get_mut(&id) {
            item.changes = item.changes.saturating_add(1);
        }
    }

    /// Takes a row out.
    pub(crate) fn remove(&mut self, id: u32) -> Option<TableItem> {
        let item = self.items.remove(&id)?;
        if let Some(key) = item.value(self.key) {
            unlink(&mut self.by_key, key, id);
        }
        Some(item)
    }

    /// Takes all dynamic rows out; the next one has the first id again.
    pub(crate) fn forget_dynamic(&mut self) {
        let gone: Vec<u32> = self.items.range(FIRST_DYNAMIC_ID..).map(|(id, _)| *id).collect();
        for id in gone {
            self.remove(id);
        }
        self.next_dynamic = FIRST_DYNAMIC_ID;
    }
}

fn unlink(by_key: &mut HashMap<Vec<u8>, Vec<u32>>, key: &[u8], id: u32) {
    if let Some(ids) = by_key.get_mut(key) {
        ids.retain(|other| *other != id);
        if ids.is_empty() {
            by_key.remove(key);
        }
    }
}
