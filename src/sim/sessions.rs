//! The simulated sessions: who is connected, and who dials in again.
//!
//! A session lives by itself: it keeps the rights it was started with, whatever becomes of its secret, until somebody
//! removes it or the router reboots. The client behind it then dials again after a while, and gets the rights of that
//! moment, or none. What is due is looked up whenever somebody asks, so that no timer runs. It must never know commands.

use std::time::Instant;

use super::device::Device;
use super::menus::Menu;
use super::table::{SessionPart, TableItem};

/// The most sessions that are started in one go when many are due; the rest follows at the next look.
const DIALS_PER_LOOK: usize = 200_000;

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
        let radius = self.clients.radius(name);
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
        let number = self.clients.next_number();
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
        self.clients.set_radius(name, profile);
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
        self.clients.schedule_all(at);
    }
}
