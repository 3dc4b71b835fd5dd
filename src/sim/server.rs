//! Accepts, refuses and closes connections.
//!
//! The port, the thread behind it, and the gate that closes both for a reboot, a fault, or the end. The port stays reserved
//! while it is closed, by a socket that is bound and does not listen, so that nobody else gets it meanwhile and connections are
//! refused. It must never read a word of what clients say.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex};
use tokio::net::{TcpListener, TcpSocket};
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::connection;
use super::counters::{Counters, count};
use super::device::Device;
use super::faults::{FaultKind, Faults};
use super::options::Options;

/// The most connections at once; one more is closed at once.
const CONNECTIONS: usize = 64;
/// How many connections may wait to be accepted.
const BACKLOG: u32 = 64;
/// How long to wait before listening is tried again, when the system refuses it.
const LISTEN_AGAIN: Duration = Duration::from_millis(20);
/// How long a caller waits until the door is as it asked for.
const GATE_WAIT: Duration = Duration::from_secs(5);

/// How many turns a connection waits for the door before it ends.
const DOOR_TURNS: usize = 1000;

/// All that changes, behind one lock that is never held while waiting.
pub(crate) struct SimState {
    pub(crate) device: Device,
    pub(crate) faults: Faults,
    pub(crate) counters: Counters,
    /// Switched off by hand.
    pub(crate) off: bool,
}

/// How the door is to be.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Gate {
    /// Higher with each change.
    version: u64,
    /// Higher with each change that ends all connections.
    pub(crate) epoch: u64,
    shut: bool,
    opens: Option<Instant>,
    stop: bool,
}

/// What the thread and the handle share.
pub(crate) struct Shared {
    pub(crate) state: Mutex<SimState>,
    pub(crate) latency: Duration,
    gate: watch::Sender<Gate>,
    /// The version of the gate that the door has reached.
    reached: Mutex<u64>,
    reaching: Condvar,
}

impl Shared {
    /// Returns a device that is not on the network yet.
    pub(crate) fn new(options: Options, now: Instant) -> Self {
        let latency = options.latency;
        let state = SimState {
            device: Device::new(options, now),
            faults: Faults::default(),
            counters: Counters::default(),
            off: false,
        };
        let gate = Gate {
            version: 1,
            epoch: 0,
            shut: false,
            opens: None,
            stop: false,
        };
        Self {
            state: Mutex::new(state),
            latency,
            gate: watch::Sender::new(gate),
            reached: Mutex::new(0),
            reaching: Condvar::new(),
        }
    }

    /// Returns a receiver with which a connection watches whether it has to end.
    pub(crate) fn watch(&self) -> watch::Receiver<Gate> {
        self.gate.subscribe()
    }

    /// Waits until an epoch is over and the gate closed: a client that sees its connection end must not find the gate
    /// still open.
    pub(crate) async fn end_of(&self, epoch: u64, gates: &mut watch::Receiver<Gate>) {
        let Ok(version) = gates
            .wait_for(|gate| gate.epoch != epoch)
            .await
            .map(|gate| gate.version)
        else {
            return;
        };
        for _ in 0..DOOR_TURNS {
            if *self.reached.lock() >= version {
                return;
            }
            tokio::task::yield_now().await;
        }
    }

    /// Shuts or opens the door as switch and faults want it now.
    pub(crate) fn settle_gate(&self) {
        let state = self.state.lock();
        let shut = state.off || state.faults.refuses();
        self.gate.send_if_modified(|gate| {
            if shut == gate.shut {
                return false;
            }
            if shut {
                gate.epoch = gate.epoch.saturating_add(1);
            }
            gate.shut = shut;
            gate.version = gate.version.saturating_add(1);
            true
        });
    }

    /// Ends all connections and keeps the door shut while the device reboots.
    pub(crate) fn reboot(&self) {
        let now = Instant::now();
        let mut state = self.state.lock();
        state.device.advance(now);
        state.device.reboot(now);
        let opens = now.checked_add(state.device.options.reboot);
        self.gate.send_modify(|gate| {
            gate.epoch = gate.epoch.saturating_add(1);
            gate.version = gate.version.saturating_add(1);
            gate.opens = opens;
        });
    }

    /// Ends everything.
    pub(crate) fn stop(&self) {
        self.gate.send_modify(|gate| {
            gate.epoch = gate.epoch.saturating_add(1);
            gate.version = gate.version.saturating_add(1);
            gate.stop = true;
        });
    }

    /// Waits until the door is as it was asked for last. Says whether it got there.
    pub(crate) fn wait(&self) -> bool {
        let wanted = self.gate.borrow().version;
        let deadline = Instant::now().checked_add(GATE_WAIT);
        let mut reached = self.reached.lock();
        while *reached < wanted {
            let Some(deadline) = deadline else {
                return false;
            };
            if self.reaching.wait_until(&mut reached, deadline).timed_out() {
                return *reached >= wanted;
            }
        }
        true
    }

    fn reach(&self, version: u64) {
        let mut reached = self.reached.lock();
        *reached = version.max(*reached);
        self.reaching.notify_all();
    }
}

/// Reserves a port on loopback, 0 for any, without listening.
pub(crate) fn reserve(port: u16) -> io::Result<(TcpSocket, SocketAddr)> {
    let socket = bound(SocketAddr::from((Ipv4Addr::LOCALHOST, port)))?;
    let address = socket.local_addr()?;
    Ok((socket, address))
}

fn bound(address: SocketAddr) -> io::Result<TcpSocket> {
    let socket = TcpSocket::new_v4()?;
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    Ok(socket)
}

/// Serves until it is stopped.
pub(crate) async fn serve(shared: Arc<Shared>, address: SocketAddr) {
    let mut gates = shared.watch();
    let mut connections = JoinSet::new();
    loop {
        let gate = *gates.borrow_and_update();
        if gate.stop {
            shared.reach(gate.version);
            return;
        }
        let opens = gate.opens.filter(|opens| *opens > Instant::now());
        if gate.shut || opens.is_some() {
            shared.reach(gate.version);
            let open = async {
                match opens.filter(|_| !gate.shut) {
                    Some(opens) => tokio::time::sleep_until(opens.into()).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                changed = gates.changed() => if changed.is_err() { return },
                () = open => {}
            }
            continue;
        }
        match bound(address).and_then(|socket| socket.listen(BACKLOG)) {
            Ok(listener) => {
                shared.reach(gate.version);
                // Left when the gate changes; the listener goes with it.
                accept(&shared, &listener, gate.epoch, &mut gates, &mut connections).await;
            }
            Err(error) => {
                tracing::debug!(%error, %address, "the simulated router cannot listen yet");
                tokio::time::sleep(LISTEN_AGAIN).await;
            }
        }
    }
}

async fn accept(
    shared: &Arc<Shared>,
    listener: &TcpListener,
    epoch: u64,
    gates: &mut watch::Receiver<Gate>,
    connections: &mut JoinSet<()>,
) {
    loop {
        let stream = tokio::select! {
            biased;
            changed = gates.changed() => {
                let gate = *gates.borrow_and_update();
                if changed.is_err() || gate.stop || gate.shut || gate.epoch != epoch {
                    // The loop outside sees why.
                    return;
                }
                shared.reach(gate.version);
                continue;
            }
            Some(_) = connections.join_next() => continue,
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => stream,
                Err(_) => {
                    tokio::time::sleep(LISTEN_AGAIN).await;
                    continue;
                }
            },
        };
        let fault = {
            let mut state = shared.state.lock();
            if connections.len() >= CONNECTIONS {
                count(&mut state.counters.turned_away);
                continue;
            }
            state.counters.opened();
            let fault = state.faults.on_connection();
            if fault.is_some() {
                count(&mut state.counters.faults_fired);
            }
            fault
        };
        let (number, silent) = (
            shared.state.lock().counters.connections,
            fault == Some(FaultKind::Silent),
        );
        if fault == Some(FaultKind::Reset) {
            shared.state.lock().counters.closed();
            continue;
        }
        let shared = Arc::clone(shared);
        connections.spawn(async move {
            connection::serve(&shared, stream, epoch, number, silent).await;
            shared.state.lock().counters.closed();
        });
    }
}
