//! Which clients of the simulated router want to dial in, and when?

use std::collections::{BTreeMap, HashMap};
use std::time::Instant;

#[derive(Debug, Default)]
struct Client {
    /// Dials in whenever it may.
    wants: bool,
    /// The profile that RADIUS gives it; `None` for one who has a secret.
    radius: Option<Vec<u8>>,
    /// When it dials next.
    due: Option<(Instant, u64)>,
}

/// The modems outside, by the name they dial with.
#[derive(Debug, Default)]
pub(crate) struct Clients {
    by_name: HashMap<Vec<u8>, Client>,
    /// Who dials when, in order; the number keeps those of one instant apart.
    due: BTreeMap<(Instant, u64), Vec<u8>>,
    dialled: u64,
}

impl Clients {
    /// Has a client that wants to dial in do so at this moment, or before where it was to do so already.
    pub(crate) fn schedule(&mut self, name: &[u8], at: Instant) {
        let Some(client) = self.by_name.get_mut(name) else {
            return;
        };
        if !client.wants || client.due.is_some_and(|(due, _)| due <= at) {
            return;
        }
        if let Some(later) = client.due.take() {
            self.due.remove(&later);
        }
        self.dialled = self.dialled.saturating_add(1);
        client.due = Some((at, self.dialled));
        self.due.insert((at, self.dialled), name.to_vec());
    }

    /// Takes the client that dials next, where its time has come, with that time.
    pub(crate) fn take_due(&mut self, now: Instant) -> Option<(Instant, Vec<u8>)> {
        let entry = self.due.first_entry().filter(|entry| entry.key().0 <= now)?;
        let ((at, _), name) = entry.remove_entry();
        if let Some(client) = self.by_name.get_mut(&name) {
            client.due = None;
        }
        Some((at, name))
    }

    /// Returns whether a modem with this name dials whenever it may.
    pub(crate) fn wants(&self, name: &[u8]) -> bool {
        self.by_name.get(name).is_some_and(|client| client.wants)
    }

    /// Sets whether a modem with this name dials whenever it may, or is switched off.
    pub(crate) fn set_wants(&mut self, name: &[u8], wants: bool) {
        let client = self.by_name.entry(name.to_vec()).or_default();
        client.wants = wants;
        if !wants && let Some(due) = client.due.take() {
            self.due.remove(&due);
        }
    }

    /// Returns the profile that RADIUS gives to this client; `None` for one who has a secret.
    pub(crate) fn radius(&self, name: &[u8]) -> Option<Vec<u8>> {
        self.by_name.get(name).and_then(|client| client.radius.clone())
    }

    /// Makes a client known to RADIUS alone, with this profile.
    pub(crate) fn set_radius(&mut self, name: &[u8], profile: &[u8]) {
        if let Some(client) = self.by_name.get_mut(name) {
            client.radius = Some(profile.to_vec());
        }
    }

    /// Returns the number of a new session.
    pub(crate) fn next_number(&mut self) -> u64 {
        self.dialled = self.dialled.saturating_add(1);
        self.dialled
    }

    /// Has all who want to dial in do so at this moment, in the reverse order of their names.
    pub(crate) fn schedule_all(&mut self, at: Instant) {
        self.due.clear();
        let mut names: Vec<Vec<u8>> = Vec::new();
        for (name, client) in &mut self.by_name {
            client.due = None;
            if client.wants {
                names.push(name.clone());
            }
        }
        names.sort_unstable_by(|a, b| b.cmp(a));
        for name in names {
            self.schedule(&name, at);
        }
    }
}
