//! Accepts, refuses and closes connections.
//!
//! The port, the thread behind it, and the gate that closes both for a reboot, a fault, or the end. The port stays reserved
//! while it is closed, by a socket that is bound and does not listen, so that nobody else gets it meanwhile and connections are
//! refused. It must never read a word of what clients say.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::net::{TcpListener, TcpSocket};
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::connection;
use super::counters::count;
use super::faults::FaultKind;
use super::shared::{Gate, Shared};

/// The most connections at once; one more is closed at once.
const CONNECTIONS: usize = 64;
/// How many connections may wait to be accepted.
const BACKLOG: u32 = 64;
/// How long to wait before listening is tried again, when the system refuses it.
const LISTEN_AGAIN: Duration = Duration::from_millis(20);

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
