//! One client's connection to the simulated router.
//!
//! One connection: bytes become sentences, each sentence one small step on the device, its answer goes into a batch, and
//! the batch goes out when no more sentences are there. It must never keep the lock while it waits, and never believe a
//! length.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};

use crate::routers::word::{Decoder, WordLimits};

use super::counters::count;
use super::shared::Shared;
use super::spoil::{SpoiledReply, Then};
use super::talk::SimDialogue;

/// How much is read at once, in bytes.
const READ_BYTES: usize = 16 * 1024;
/// The most answers that are gathered before they go out.
const BATCH: usize = 256;
/// The most bytes of answers that are gathered before they go out.
const BATCH_BYTES: usize = 256 * 1024;
/// How long a client may be silent.
const IDLE: Duration = Duration::from_secs(600);
/// How long a client may leave its answers unread.
const UNREAD: Duration = Duration::from_secs(60);
/// How long commands are gathered when answers are to be mixed.
const GATHER: Duration = Duration::from_millis(4);
/// How long a client gets to read the last words before the connection is closed.
const PARTING: Duration = Duration::from_millis(200);
/// The most bytes that drip one by one; the rest of the answer comes at once.
const DRIPS: usize = 4096;

/// Answers that wait to go out together.
#[derive(Default)]
struct PendingReplies {
    /// The pieces of each.
    answers: Vec<Vec<Vec<u8>>>,
    bytes: usize,
}

impl PendingReplies {
    fn push(&mut self, pieces: Vec<Vec<u8>>) {
        self.bytes = pieces.iter().map(Vec::len).fold(self.bytes, usize::saturating_add);
        self.answers.push(pieces);
    }
}

/// Serves a connection until either side ends it, or the epoch does.
pub(crate) async fn serve(shared: &Arc<Shared>, stream: TcpStream, epoch: u64, number: u64, silent: bool) {
    let mut gates = shared.watch();
    let connection = SimConnection {
        talk: SimDialogue::new(shared, number),
        mixed: number,
    };
    tokio::select! {
        biased;
        () = shared.end_of(epoch, &mut gates) => {}
        () = connection.converse(stream, silent) => {}
    }
}

/// A connection and the talk on it.
struct SimConnection<'a> {
    talk: SimDialogue<'a>,
    /// The state of the order in which answers are mixed.
    mixed: u64,
}

impl SimConnection<'_> {
    async fn converse(mut self, mut stream: TcpStream, silent: bool) {
        // A router answers at once; whether this can be set is no reason to turn a client away.
        drop(stream.set_nodelay(true));
        let mut decoder = Decoder::new(WordLimits::default());
        let mut buffer = vec![0; READ_BYTES];
        let mut batch = PendingReplies::default();
        loop {
            let wait = if batch.answers.is_empty() { IDLE } else { GATHER };
            let read = match timeout(wait, stream.read(&mut buffer)).await {
                Ok(Ok(read @ 1..)) => read,
                Err(_) if !batch.answers.is_empty() => {
                    if !self.flush(&mut stream, &mut batch).await {
                        return;
                    }
                    continue;
                }
                _ => return,
            };
            if silent {
                continue;
            }
            decoder.feed(buffer.get(..read).unwrap_or_default());
            loop {
                let words = match decoder.next_sentence() {
                    Ok(Some(words)) => words,
                    Ok(None) => break,
                    Err(_) => {
                        count(&mut self.talk.shared.state.lock().counters.malformed);
                        self.flush(&mut stream, &mut batch).await;
                        return part(&mut stream).await;
                    }
                };
                let said = self.talk.hear(words);
                if !self.say(&mut stream, &mut batch, said).await {
                    return;
                }
            }
            let gather = self.talk.shared.state.lock().faults.shuffles();
            if !gather && !self.flush(&mut stream, &mut batch).await {
                return;
            }
        }
    }

    /// Puts an answer among the others, or does with it what a fault wants. `false` when the connection is over.
    async fn say(&mut self, stream: &mut TcpStream, batch: &mut PendingReplies, said: SpoiledReply) -> bool {
        match said.then {
            Then::GoOn => {
                batch.push(said.pieces);
                let full = batch.answers.len() >= BATCH || batch.bytes >= BATCH_BYTES;
                return !full || self.flush(stream, batch).await;
            }
            Then::Delay(ms) => {
                if !self.flush(stream, batch).await {
                    return false;
                }
                sleep(Duration::from_millis(ms)).await;
                batch.push(said.pieces);
                return self.flush(stream, batch).await;
            }
            Then::Drip(ms) => {
                if !self.flush(stream, batch).await {
                    return false;
                }
                let bytes = said.pieces.concat();
                let (drops, rest) = bytes.split_at_checked(DRIPS).unwrap_or((&bytes, &[]));
                for drop in drops {
                    sleep(Duration::from_millis(ms)).await;
                    if !write(stream, &[*drop]).await {
                        return false;
                    }
                }
                return write(stream, rest).await;
            }
            Then::Close | Then::Part | Then::Silence | Then::Reboot => {}
        }
        batch.push(said.pieces);
        let alive = self.flush(stream, batch).await;
        match said.then {
            Then::Reboot => {
                self.talk.shared.reboot();
                // The epoch is over; the connection ends with it, not before the door is shut.
                std::future::pending::<()>().await;
            }
            Then::Part if alive => part(stream).await,
            Then::Silence if alive => silence(stream).await,
            Then::GoOn | Then::Close | Then::Part | Then::Silence | Then::Delay(_) | Then::Drip(_) => {}
        }
        false
    }

    async fn flush(&mut self, stream: &mut TcpStream, batch: &mut PendingReplies) -> bool {
        let answers = std::mem::take(&mut batch.answers);
        batch.bytes = 0;
        let mixed = {
            let mut state = self.talk.shared.state.lock();
            let together = u64::try_from(answers.len()).unwrap_or(u64::MAX);
            state.counters.max_in_flight = state.counters.max_in_flight.max(together);
            state.faults.shuffles()
        };
        if mixed {
            let bytes = self.mix(answers);
            return self.send(stream, &bytes).await;
        }
        self.send(stream, &answers.concat().concat()).await
    }

    async fn send(&self, stream: &mut TcpStream, bytes: &[u8]) -> bool {
        if bytes.is_empty() {
            return true;
        }
        if !self.talk.shared.latency.is_zero() {
            sleep(self.talk.shared.latency).await;
        }
        write(stream, bytes).await
    }

    /// Mixes the sentences of several answers in some order, and keeps the order within each.
    fn mix(&mut self, answers: Vec<Vec<Vec<u8>>>) -> Vec<u8> {
        let mut queues: Vec<VecDeque<Vec<u8>>> = answers.into_iter().map(VecDeque::from).collect();
        let mut bytes = Vec::new();
        loop {
            queues.retain(|queue| !queue.is_empty());
            let Ok(left @ 1..) = u64::try_from(queues.len()) else {
                return bytes;
            };
            // Knuth's generator: an order that repeats with each run.
            self.mixed = self
                .mixed
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            let at = usize::try_from((self.mixed >> 33) % left).unwrap_or(0);
            bytes.extend(queues.get_mut(at).and_then(VecDeque::pop_front).unwrap_or_default());
        }
    }
}

async fn write(stream: &mut TcpStream, bytes: &[u8]) -> bool {
    matches!(timeout(UNREAD, stream.write_all(bytes)).await, Ok(Ok(())))
}

/// Closes so that the last words are read: what the client still sends is taken meanwhile, or a reset would overtake them.
async fn part(stream: &mut TcpStream) {
    if stream.shutdown().await.is_err() {
        return;
    }
    // Over when the client closes or the time is up; either is an end.
    drop(timeout(PARTING, silence(stream)).await);
}

/// Reads until the client gives up.
async fn silence(stream: &mut TcpStream) {
    let mut buffer = vec![0; READ_BYTES];
    while matches!(stream.read(&mut buffer).await, Ok(1..)) {}
}
