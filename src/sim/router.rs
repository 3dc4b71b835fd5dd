//! Starts a simulated router, and lets tests inspect and disturb it.
//!
//! The face for the demo and the tests: start, seed, look, set by hand as an owner in Winbox would, make faults, read the
//! counts. What is done here is no command over the API and counts nowhere. Callable from any thread, blocking for
//! moments only.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Instant;

use jiff::civil::DateTime;
use jiff::{SignedDuration, Timestamp};
use tokio::net::TcpSocket;

use super::counters::Counters;
use super::device::{Device, id_text};
use super::faults::Fault;
use super::menus::Menu;
use super::options::Options;
use super::refusal::Refusal;
use super::rows::{ByHand, NewSecret, RowView, view};
use super::sent_sms::SentSms;
use super::server;
use super::shared::{Shared, SimState};
use super::values;

/// A router on loopback. Gone when dropped.
pub struct SimRouter {
    shared: Arc<Shared>,
    address: SocketAddr,
    thread: Option<JoinHandle<()>>,
    /// Keeps the port while the door is shut.
    _reserved: TcpSocket,
}

impl SimRouter {
    /// Starts one, on a thread of its own; it accepts connections when this returns.
    ///
    /// # Errors
    /// The port is taken, or the system gives no socket or thread.
    pub fn start(options: Options) -> io::Result<Self> {
        let (reserved, address) = server::reserve(options.port)?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let shared = Arc::new(Shared::new(options, Instant::now()));
        let served = Arc::clone(&shared);
        let thread = std::thread::Builder::new()
            .name("sim-router".to_owned())
            .spawn(move || runtime.block_on(server::serve(served, address)))?;
        let router = Self {
            shared,
            address,
            thread: Some(thread),
            _reserved: reserved,
        };
        if router.shared.wait() {
            Ok(router)
        } else {
            Err(io::Error::other("the simulated router does not get to listen"))
        }
    }

    /// Returns the address on which it listens.
    #[must_use]
    pub const fn addr(&self) -> SocketAddr {
        self.address
    }

    /// Ends it, as dropping does: connections and port are closed, and all it held is gone.
    pub fn stop(self) {
        drop(self);
    }

    /// Pulls the plug of the network: connections end, the port is closed until [`Self::plug_in`].
    pub fn unplug(&self) {
        self.shared.state.lock().off = true;
        self.shared.settle_gate();
        self.shared.wait();
    }

    /// Puts the plug in again, on the same port, with all that the router held.
    pub fn plug_in(&self) {
        self.shared.state.lock().off = false;
        self.shared.settle_gate();
        self.shared.wait();
    }

    /// Reboots it; returns when the port is closed. It opens by itself after `Options::reboot`.
    pub fn reboot(&self) {
        self.shared.reboot();
        self.shared.wait();
    }

    /// Asks for a fault.
    pub fn fault(&self, fault: Fault) {
        let mut state = self.shared.state.lock();
        state.faults.add(fault);
        self.faults_changed(&mut state);
        drop(state);
        self.shared.settle_gate();
        self.shared.wait();
    }

    /// Takes all faults back, fired or not. A connection that one of them made silent stays silent.
    pub fn clear_faults(&self) {
        let mut state = self.shared.state.lock();
        state.faults.clear();
        self.faults_changed(&mut state);
        drop(state);
        self.shared.settle_gate();
        self.shared.wait();
    }

    #[expect(clippy::unused_self, reason = "belongs to the two above and nobody else")]
    fn faults_changed(&self, state: &mut SimState) {
        let wrong = state.faults.wrong_clock();
        state.device.set_wrong_clock(wrong, Instant::now());
    }

    /// Returns the counts so far.
    #[must_use]
    pub fn counters(&self) -> Counters {
        self.shared.state.lock().counters.clone()
    }

    /// Starts counting over.
    pub fn reset_counters(&self) {
        self.shared.state.lock().counters.reset();
    }

    /// Sets the router's civil time; it goes on from there.
    pub fn set_clock(&self, to: DateTime) {
        self.with(|device, now| device.set_clock(to, now));
    }

    /// Sets the router's clock to an instant, whatever time it is; it goes on from there.
    pub fn set_instant(&self, to: Timestamp) {
        self.with(|device, now| device.set_instant(to, now));
    }

    /// Makes the router's clock go with the host's, so many seconds ahead of it (behind when negative). The host's clock is
    /// looked at once: what moves it afterwards moves the router's no more.
    pub fn follow_host(&self, ahead_s: i64) {
        #[expect(clippy::disallowed_methods, reason = "the host's time is what a test asks for here")]
        let host = Timestamp::now();
        let to = host.saturating_add(SignedDuration::from_secs(ahead_s));
        self.set_instant(to.unwrap_or(host));
    }

    /// Makes the NTP client synchronised, or no longer.
    pub fn set_ntp(&self, synchronised: bool) {
        self.with(|device, _| device.ntp_synchronised = synchronised);
    }

    /// Lets the cloud set the clock, or no longer.
    pub fn set_cloud_time(&self, on: bool) {
        self.with(|device, _| device.cloud_time = on);
    }

    /// Adds a secret.
    ///
    /// # Errors
    /// There is one of that name.
    pub fn add_secret(&self, secret: &NewSecret<'_>) -> Result<(), ByHand> {
        self.with(|device, now| {
            ensure_profile(device, secret.profile, now)?;
            let disabled = values::flag_text(secret.disabled, false);
            let given: [(&[u8], &[u8]); 6] = [
                (b"name", secret.name),
                (b"service", secret.service.as_bytes()),
                (b"password", secret.password.as_bytes()),
                (b"profile", secret.profile.as_bytes()),
                (b"disabled", disabled),
                (b"comment", secret.comment),
            ];
            let checked = device.check(Menu::Secret, &given, true)?;
            device.add(Menu::Secret, checked, false, now)?;
            device.clients.set_wants(secret.name, secret.has_client);
            Ok(())
        })
    }

    /// Adds a profile, with a rate limit as in `10M/10M` or none.
    ///
    /// # Errors
    /// There is one of that name.
    pub fn add_profile(&self, name: &str, rate_limit: Option<&str>) -> Result<(), ByHand> {
        self.add_row(
            "/ppp/profile",
            &[("name", name), ("rate-limit", rate_limit.unwrap_or_default())],
        )
        .map(|_| ())
    }

    /// Adds a simple queue; a dynamic one is the router's own and cannot be set.
    ///
    /// # Errors
    /// There is one of that name, or the rate is none.
    pub fn add_queue(&self, name: &str, target: &str, max_limit: &str, dynamic: bool) -> Result<(), ByHand> {
        let dynamic = if dynamic { "true" } else { "false" };
        let row = [
            ("name", name),
            ("target", target),
            ("max-limit", max_limit),
            ("dynamic", dynamic),
        ];
        self.add_row("/queue/simple", &row).map(|_| ())
    }

    /// Adds a row to any table, with what only the router itself may write too; says its id.
    ///
    /// # Errors
    /// No such table or attribute, or the router refuses it.
    pub fn add_row<V: AsRef<[u8]>>(&self, menu: &str, values: &[(&str, V)]) -> Result<String, ByHand> {
        let table = table(menu)?;
        self.with(|device, now| {
            let checked = device.check(table, values, true)?;
            let dynamic = checked
                .iter()
                .any(|(name, value)| *name == "dynamic" && value.as_deref() == Some(b"true"));
            Ok(id_text(device.add(table, checked, dynamic, now)?))
        })
    }

    /// Changes a row as an owner in Winbox would; named by its name, its id, or for an address list its address.
    ///
    /// # Errors
    /// No such table, row or attribute, or the router refuses it.
    pub fn set_by_hand<V: AsRef<[u8]>>(
        &self,
        menu: &str,
        row: impl AsRef<[u8]>,
        values: &[(&str, V)],
    ) -> Result<(), ByHand> {
        let (table, row) = (table(menu)?, row.as_ref());
        self.with(|device, now| {
            let id = find(device, table, row).ok_or_else(|| no_row(menu, row))?;
            let checked = device.check(table, values, false)?;
            device.change(table, id, &checked, now)?;
            Ok(())
        })
    }

    /// Removes a row as an owner in Winbox would.
    ///
    /// # Errors
    /// No such table or row, or the router refuses it.
    pub fn remove_by_hand(&self, menu: &str, row: impl AsRef<[u8]>) -> Result<(), ByHand> {
        let (table, row) = (table(menu)?, row.as_ref());
        self.with(|device, now| {
            let id = find(device, table, row).ok_or_else(|| no_row(menu, row))?;
            device.remove(table, id, now)?;
            Ok(())
        })
    }

    /// Makes the client with this name dial in now, even if it has a session already, and returns the session's id.
    /// `None` if its secret is disabled or missing; the client of an existing secret then waits until it is enabled.
    pub fn connect(&self, name: impl AsRef<[u8]>) -> Option<String> {
        let name = name.as_ref();
        self.with(|device, now| {
            device.table(Menu::Secret).first(name)?;
            device.clients.set_wants(name, true);
            device.dial(name, now).map(id_text)
        })
    }

    /// Makes a client that only RADIUS knows dial in now.
    pub fn connect_by_radius(&self, name: impl AsRef<[u8]>, profile: &str) -> Option<String> {
        self.with(|device, now| {
            device
                .dial_by_radius(name.as_ref(), profile.as_bytes(), now)
                .map(id_text)
        })
    }

    /// Makes all clients of enabled secrets that have no session dial in now, and returns how many did.
    pub fn connect_all(&self) -> usize {
        self.with(|device, now| {
            let names: Vec<Vec<u8>> = device
                .table(Menu::Secret)
                .iter()
                .filter_map(|item| item.value("name"))
                .filter(|name| device.clients.wants(name) && device.table(Menu::Active).first(name).is_none())
                .map(<[u8]>::to_vec)
                .collect();
            names.iter().filter_map(|name| device.dial(name, now)).count()
        })
    }

    /// Switches the modem with this name off: its sessions end, and it does not dial until it connects again.
    pub fn hang_up(&self, name: impl AsRef<[u8]>) {
        let name = name.as_ref();
        self.with(|device, now| {
            device.clients.set_wants(name, false);
            let ids = device.table(Menu::Active).ids_of(name).to_vec();
            for id in ids {
                device.end_session(id, now);
            }
        });
    }

    /// Returns the secret with this name.
    #[must_use]
    pub fn secret(&self, name: impl AsRef<[u8]>) -> Option<RowView> {
        self.rows_of(Menu::Secret, name.as_ref()).into_iter().next()
    }

    /// Returns the sessions with this name.
    #[must_use]
    pub fn sessions(&self, name: impl AsRef<[u8]>) -> Vec<RowView> {
        self.rows_of(Menu::Active, name.as_ref())
    }

    /// Returns the number of sessions.
    #[must_use]
    pub fn session_count(&self) -> usize {
        self.with(|device, _| device.table(Menu::Active).len())
    }

    /// Returns the simple queue with this name.
    #[must_use]
    pub fn queue(&self, name: impl AsRef<[u8]>) -> Option<RowView> {
        self.rows_of(Menu::Queue, name.as_ref()).into_iter().next()
    }

    /// Returns the entries of an address list.
    #[must_use]
    pub fn address_list(&self, list: &str) -> Vec<RowView> {
        let rows = self.rows("/ip/firewall/address-list").unwrap_or_default();
        rows.into_iter().filter(|row| row.value("list") == Some(list)).collect()
    }

    /// Returns all rows of a table.
    ///
    /// # Errors
    /// No such table.
    pub fn rows(&self, menu: &str) -> Result<Vec<RowView>, ByHand> {
        let table = table(menu)?;
        Ok(self.with(|device, now| {
            device
                .table(table)
                .iter()
                .map(|item| view(device, table, item, now))
                .collect()
        }))
    }

    /// Returns what its modem has sent, oldest first.
    #[must_use]
    pub fn messages(&self) -> Vec<SentSms> {
        self.with(|device, _| device.messages.clone())
    }

    fn rows_of(&self, menu: Menu, key: &[u8]) -> Vec<RowView> {
        self.with(|device, now| {
            let table = device.table(menu);
            let items = table.ids_of(key).iter().filter_map(|id| table.get(*id));
            items.map(|item| view(device, menu, item, now)).collect()
        })
    }

    /// Does something with the device as it is at this moment.
    fn with<R>(&self, work: impl FnOnce(&mut Device, Instant) -> R) -> R {
        let now = Instant::now();
        let mut state = self.shared.state.lock();
        state.device.advance(now);
        work(&mut state.device, now)
    }
}

impl Drop for SimRouter {
    fn drop(&mut self) {
        self.shared.stop();
        if let Some(thread) = self.thread.take() {
            // A thread that panicked has nothing left to close.
            drop(thread.join());
        }
    }
}

fn table(menu: &str) -> Result<Menu, ByHand> {
    Menu::at(menu).ok_or_else(|| ByHand::NoTable(menu.to_owned()))
}

fn find(device: &Device, menu: Menu, row: &[u8]) -> Option<u32> {
    device
        .table(menu)
        .first(row)
        .map(|item| item.id)
        .or_else(|| device.find(menu, row))
}

fn no_row(menu: &str, row: &[u8]) -> ByHand {
    ByHand::NoRow {
        menu: menu.to_owned(),
        row: String::from_utf8_lossy(row).into_owned(),
    }
}

fn ensure_profile(device: &mut Device, name: &str, now: Instant) -> Result<(), Refusal> {
    if device.table(Menu::Profile).first(name.as_bytes()).is_none() {
        let checked = device.check(Menu::Profile, &[("name", name)], true)?;
        device.add(Menu::Profile, checked, false, now)?;
    }
    Ok(())
}
