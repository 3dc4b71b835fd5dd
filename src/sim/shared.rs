//! What do the thread of a simulated router, its connections and its handle share?

use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex};
use tokio::sync::watch;

use super::counters::Counters;
use super::device::Device;
use super::faults::Faults;
use super::options::Options;

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
    pub(crate) version: u64,
    /// Higher with each change that ends all connections.
    pub(crate) epoch: u64,
    pub(crate) shut: bool,
    pub(crate) opens: Option<Instant>,
    pub(crate) stop: bool,
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

    /// Waits until an epoch is over and the door shut: whoever sees a connection end must not find the door still open.
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

    /// Notes that the door is as this version of the gate wants it.
    pub(crate) fn reach(&self, version: u64) {
        let mut reached = self.reached.lock();
        *reached = version.max(*reached);
        self.reaching.notify_all();
    }
}
