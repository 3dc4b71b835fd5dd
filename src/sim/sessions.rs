//! The simulated sessions: who is connected, and who dials in again.
//!
//! A session lives by itself: it keeps the rights it was started with, whatever becomes of its secret, until somebody
//! removes it or the router reboots. The client behind it then dials again after a while, and gets the rights of that
//! moment, or none. What is due is looked up whenever somebody asks, so that no timer runs. It must never know commands.

use std::collections::{BTreeMap, HashMap};
use std::time::Instant;

use super::device::Device;
use super::menus::Menu;
use super::table::{SessionPart, TableItem};

/// The most sessions that are started in one go when many are due; the rest follows at the next look.
const DIALS_PER_LOOK: usize = 200_000;

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
    fn schedule(&mut self, name: &[u8], at: Instant) {
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

    fn take_due(&mut self, now: Instant) -> Option<(Instant, Vec<u8>)> {
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
}

impl Device {
    /// Lets those dial in whose time has come.
    pub(crate) fn advance(&mut self, now: Instant) {
        for _ in 0..DIALS_PER_LOOK {
            let Some((at, name)) = self.clients.take_due(now) else {
                return;
            };
            if self.table(Menu::Active).first(&name).is_none() {
                self.dial(&name, at);
            }
        }
    }

    /// Lets a client dial in at this moment. `None` if it has no rights.
    pub(crate) fn dial(&mut self, name: &[u8], now: Instant) -> Option<u32> {
        let radius = self.clients.by_name.get(name).and_then(|client| client.radius.clone());
        let (profile, address) = match &radius {
            Some(profile) => (profile.clone(), None),
            None => {
                let secret = self
                    .table(Menu::Secret)
                    .first(name)
                    .filter(|secret| !secret.is("disabled"))?;
                (
                    secret.value("profile")?.to_vec(),
                    secret.value("remote-address").map(<[u8]>::to_vec),
                )
            }
        };
        self.clients.dialled = self.clients.dialled.saturating_add(1);
        let number = self.clients.dialled;
        let [.., b, c, d] = number.to_be_bytes();
        let address = address.unwrap_or_else(|| format!("10.{}.{c}.{d}", 64 | (b & 0x3F)).into_bytes());
        let queue = self.make_queue(name, &profile, &address, now);
        let text = |text: String| text.into_bytes();
        let mut item = TableItem::new(vec![
            ("name", name.to_vec()),
            ("service", b"pppoe".to_vec()),
            ("caller-id", text(format!("02:00:00:{b:02X}:{c:02X}:{d:02X}"))),
            ("address", address),
            ("encoding", Vec::new()),
            ("session-id", text(format!("0x{number:08x}"))),
            ("radius", super::values::flag_text(radius.is_some(), false).to_vec()),
        ]);
        item.session = Some(SessionPart {
            profile,
            since: now,
            queue,
        });
        Some(self.table_mut(Menu::Active).insert(item, true))
    }

    /// Makes a client known to RADIUS alone dial in.
    pub(crate) fn dial_by_radius(&mut self, name: &[u8], profile: &[u8], now: Instant) -> Option<u32> {
        self.clients.set_wants(name, true);
        if let Some(client) = self.clients.by_name.get_mut(name) {
            client.radius = Some(profile.to_vec());
        }
        self.dial(name, now)
    }

    /// Adds the queue that PPP makes for a session whose profile has a rate.
    fn make_queue(&mut self, name: &[u8], profile: &[u8], address: &[u8], now: Instant) -> Option<u32> {
        let rate = self.table(Menu::Profile).first(profile)?.value("rate-limit")?.to_vec();
        let rate = super::values::rate_pair(rate.split(|byte| *byte == b' ').next()?)?;
        let queue_name = [b"<pppoe-", name, b">"].concat();
        let values = vec![
            ("name", Some(queue_name)),
            ("target", Some([address, b"/32"].concat())),
            ("max-limit", Some(rate)),
        ];
        // A second session of the same name has no queue of its own here; the first one's stays.
        self.add(Menu::Queue, values, true, now).ok()
    }

    /// Ends a session; its client dials again after a while.
    pub(crate) fn end_session(&mut self, id: u32, now: Instant) {
        let Some(item) = self.table_mut(Menu::Active).remove(id) else {
            return;
        };
        if let Some(queue) = item.session.as_ref().and_then(|session| session.queue) {
            self.table_mut(Menu::Queue).remove(queue);
        }
        if let Some(name) = item.value("name") {
            let at = now.checked_add(self.options.redial).unwrap_or(now);
            self.clients.schedule(name, at);
        }
    }

    /// Lets clients dial in after a while if they waited for a secret that may have been enabled now.
    pub(crate) fn let_dial(&mut self, secret: u32, now: Instant) {
        let Some(item) = self.table(Menu::Secret).get(secret).filter(|item| !item.is("disabled")) else {
            return;
        };
        let Some(name) = item.value("name").map(<[u8]>::to_vec) else {
            return;
        };
        if self.table(Menu::Active).first(&name).is_none() {
            let at = now.checked_add(self.options.redial).unwrap_or(now);
            self.clients.schedule(&name, at);
        }
    }

    /// Makes everybody dial after a reboot, in another order than before: an old id may now belong to someone else.
    pub(crate) fn dial_all(&mut self, back: Instant) {
        let at = back.checked_add(self.options.redial).unwrap_or(back);
        self.clients.due.clear();
        let mut names: Vec<Vec<u8>> = Vec::new();
        for (name, client) in &mut self.clients.by_name {
            client.due = None;
            if client.wants {
                names.push(name.clone());
            }
        }
        names.sort_unstable_by(|a, b| b.cmp(a));
        for name in names {
            self.clients.schedule(&name, at);
        }
    }
}
