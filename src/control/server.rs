//! The service's end of the control socket: answers several commands at once.
//!
//! Each connection is one task: who asks is checked before a byte is read, the call is read within a time limit, waits for
//! one of a few turns, and runs on a thread of its own. A client that hangs or goes away costs its connection, never the
//! work: what was begun is finished. Files are received one at a time, since a small box has no room for eight.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncWriteExt, BufReader};
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep, timeout};

use crate::commands::request::{Call, Handler};
use crate::commands::{Progress, Reply, Sieve};
use crate::control::bind::Bound;
use crate::control::line::{self, FrameKind, LineError, NOTE_BYTES_MAX, ProgressFrame, TEXT_BYTES_MAX, Tail};
use crate::control::peer::{self, Peer};
use crate::model::failure::Failure;
use crate::model::io_words::in_words;

/// Calls that are worked on at the same time.
pub const CALLS_MAX: usize = 8;
/// Connections that are open at the same time, waiting ones included; one more is told `busy`.
pub const CONNECTIONS_MAX: usize = 40;
/// Files of calls that are held at the same time.
const FILES_MAX: usize = 1;
/// Answers that can be as long as the site is large, made at the same time: each stays in memory until it is sent.
const LONG_ANSWERS_MAX: usize = 1;
/// Seconds for a client to send its call.
pub const CALL_WAIT_S: u64 = 10;
/// Seconds for a client to send its file.
const FILE_WAIT_S: u64 = 120;
/// Seconds for a client to take 64 KiB of an answer.
const WRITE_WAIT_S: u64 = 10;
/// Seconds that a call waits for its turn.
const TURN_WAIT_S: u64 = 120;
/// Seconds between two signs of life.
pub const ALIVE_EVERY_S: u64 = 5;
/// Seconds that calls in work have to end when the service stops.
pub const DRAIN_WAIT_S: u64 = 30;
/// Steps of progress that wait to be sent; more are left out.
const STEPS_MAX: usize = 16;
/// Milliseconds to wait when the system gives no more connections.
const ACCEPT_REST_MS: u64 = 100;
/// Bytes that are written in one go.
const CHUNK_BYTES: usize = 64 * 1024;
/// Characters of a word that goes with progress.
const WORD_CHARACTERS_MAX: usize = 200;

/// Answers calls on `bound` until `shutdown` is ready, then lets those in work end within [`DRAIN_WAIT_S`]. The socket
/// file stays; [`bind::unbind`](crate::control::bind::unbind) removes it. Returns how many calls were left unfinished.
///
/// # Errors
/// When the listener cannot be used by the runtime.
pub async fn serve(
    bound: Bound,
    handler: Arc<dyn Handler>,
    shutdown: impl Future<Output = ()> + Send,
) -> std::io::Result<usize> {
    let listener = UnixListener::from_std(bound.listener)?;
    let (stop, stopping) = watch::channel(false);
    let tx = Arc::new(ServerState {
        own: bound.own,
        handler,
        turns: Arc::new(Semaphore::new(CALLS_MAX)),
        files: Arc::new(Semaphore::new(FILES_MAX)),
        long_answers: Arc::new(Semaphore::new(LONG_ANSWERS_MAX)),
        places: Arc::new(Semaphore::new(CONNECTIONS_MAX)),
        stopping,
    });
    let mut open = JoinSet::new();
    tokio::pin!(shutdown);
    loop {
        let accepted = tokio::select! {
            () = &mut shutdown => break,
            Some(_) = open.join_next() => continue,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, _)) => {
                open.spawn(answer(Arc::clone(&tx), stream));
            }
            Err(error) => {
                tracing::warn!(error = in_words(&error), "a connection could not be accepted");
                sleep(Duration::from_millis(ACCEPT_REST_MS)).await;
            }
        }
    }
    drop(listener);
    stop.send_replace(true);
    let drained = async { while open.join_next().await.is_some() {} };
    if timeout(Duration::from_secs(DRAIN_WAIT_S), drained).await.is_err() {
        tracing::warn!(calls = open.len(), "calls did not end in time");
    }
    Ok(open.len())
}

/// What all connections share.
struct ServerState {
    own: Peer,
    handler: Arc<dyn Handler>,
    turns: Arc<Semaphore>,
    files: Arc<Semaphore>,
    long_answers: Arc<Semaphore>,
    places: Arc<Semaphore>,
    stopping: watch::Receiver<bool>,
}

impl ServerState {
    /// Waits until the service stops.
    async fn stops(&self) {
        let mut stopping = self.stopping.clone();
        drop(stopping.wait_for(|stop| *stop).await);
    }
}

/// The connection to one client. Once it has failed, nothing more is sent.
struct ClientLine {
    out: OwnedWriteHalf,
    gone: bool,
}

impl ClientLine {
    async fn send(&mut self, kind: FrameKind, bytes: &[u8]) {
        if self.gone {
            return;
        }
        let header = line::header(kind, bytes.len());
        let parts = std::iter::once(header.as_bytes()).chain(bytes.chunks(CHUNK_BYTES));
        for part in parts {
            let written = timeout(Duration::from_secs(WRITE_WAIT_S), self.out.write_all(part)).await;
            if !matches!(written, Ok(Ok(()))) {
                tracing::debug!("the client has gone or reads nothing");
                self.gone = true;
                return;
            }
        }
    }

    async fn fail(&mut self, failure: &Failure) {
        let bytes = serde_json::to_vec(failure).unwrap_or_default();
        self.send(FrameKind::Failure, &bytes).await;
    }
}

async fn answer(tx: Arc<ServerState>, stream: UnixStream) {
    let cred = stream.peer_cred();
    let (from, out) = stream.into_split();
    let mut line = ClientLine { out, gone: false };
    let Ok(_place) = Arc::clone(&tx.places).try_acquire_owned() else {
        line.send(FrameKind::Busy, &[]).await;
        return;
    };
    let ended = match cred {
        Ok(cred) => {
            let asking = Peer {
                uid: cred.uid(),
                gid: cred.gid(),
            };
            one_call(&tx, asking, from, &mut line).await
        }
        Err(error) => Err(Failure::refused(
            format!("the system does not say who is asking: {}", in_words(&error)),
            "try again",
        )),
    };
    match ended {
        Ok(reply) => send_reply(&mut line, reply).await,
        Err(failure) => line.fail(&failure).await,
    }
}

async fn one_call(
    tx: &ServerState,
    asking: Peer,
    from: OwnedReadHalf,
    line: &mut ClientLine,
) -> Result<Reply, Failure> {
    peer::admit(asking, tx.own)?;
    let mut from = BufReader::new(from);
    let mut call = read_call(tx, &mut from).await?;
    call.actor = peer::user_name(asking.uid);
    let room = if call.request.file().is_some() {
        Some(turn(tx, &tx.files, line).await?)
    } else if call.request.has_long_answer() {
        Some(turn(tx, &tx.long_answers, line).await?)
    } else {
        None
    };
    let turn = turn(tx, &tx.turns, line).await?;
    if let Some(file) = call.request.file_mut() {
        line.send(FrameKind::Go, &[]).await;
        let frame = within(tx, FILE_WAIT_S, line::read_async(&mut from, FrameKind::File)).await?;
        file.bytes = frame.bytes;
    }
    let ended = work(tx, call, turn, line).await;
    drop(room);
    ended
}

async fn read_call(tx: &ServerState, from: &mut BufReader<OwnedReadHalf>) -> Result<Call, Failure> {
    let frame = within(tx, CALL_WAIT_S, line::read_async(from, FrameKind::Call)).await?;
    serde_json::from_slice(&frame.bytes).map_err(|error| {
        tracing::debug!(%error, "a request that cannot be read");
        if frame.header.weir == line::VERSION {
            Failure::usage(
                "the request cannot be understood",
                "use `weir` itself to ask the service",
            )
        } else {
            Failure::refused(
                format!(
                    "the service runs weir {}, but this command is from weir {} and asks for something the service \
                    does not know",
                    line::VERSION,
                    frame.header.weir
                ),
                "restart the service, so that both have the same version",
            )
        }
    })
}

/// Waits for what a client sends; gives up when the service stops, since no work has begun yet.
async fn within<T>(
    tx: &ServerState,
    seconds: u64,
    reading: impl Future<Output = Result<T, LineError>>,
) -> Result<T, Failure> {
    let way_out = "use the `weir` command to talk to the service";
    let read = tokio::select! {
        biased;
        () = tx.stops() => return Err(stopping()),
        read = timeout(Duration::from_secs(seconds), reading) => read,
    };
    match read {
        Ok(Ok(read)) => Ok(read),
        Ok(Err(error)) => Err(Failure::usage(error.to_string(), way_out)),
        Err(_) => Err(Failure::refused(
            format!("no request was received within {seconds} seconds"),
            way_out,
        )),
    }
}

fn stopping() -> Failure {
    Failure::refused("the service is stopping", "try again in a minute")
}

/// Waits for a turn, and sends signs of life meanwhile.
async fn turn(
    tx: &ServerState,
    turns: &Arc<Semaphore>,
    line: &mut ClientLine,
) -> Result<OwnedSemaphorePermit, Failure> {
    let until = Instant::now() + Duration::from_secs(TURN_WAIT_S);
    let mut alive = interval(Duration::from_secs(ALIVE_EVERY_S));
    let waiting = Arc::clone(turns).acquire_owned();
    tokio::pin!(waiting);
    loop {
        tokio::select! {
            biased;
            () = tx.stops() => return Err(stopping()),
            turn = &mut waiting => return turn.map_err(|_| stopping()),
            () = tokio::time::sleep_until(until) => {
                return Err(Failure::refused(
                    format!("the service has been busy with other commands for {TURN_WAIT_S} seconds"),
                    "try again in a minute",
                ));
            }
            _ = alive.tick() => line.send(FrameKind::Alive, &[]).await,
        }
    }
}

/// Handles the call on a thread of its own and streams its progress; goes on to the end without a client.
async fn work(
    tx: &ServerState,
    call: Call,
    turn: OwnedSemaphorePermit,
    line: &mut ClientLine,
) -> Result<Reply, Failure> {
    let (steps, mut stepped) = mpsc::channel(STEPS_MAX);
    let handler = Arc::clone(&tx.handler);
    let mut working = tokio::task::spawn_blocking(move || {
        let ended = handler.handle(
            &call,
            &mut Sender {
                steps,
                sieve: Sieve::default(),
            },
        );
        drop(turn);
        ended
    });
    let mut alive = interval(Duration::from_secs(ALIVE_EVERY_S));
    alive.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            biased;
            ended = &mut working => {
                return ended.unwrap_or_else(|error| {
                    tracing::error!(%error, "a command crashed");
                    Err(Failure::refused(
                        "the command crashed inside the service",
                        "look at the service's journal, and report this as a bug in Weir",
                    ))
                });
            }
            Some(step) = stepped.recv() => {
                let bytes = serde_json::to_vec(&step).unwrap_or_default();
                if u64::try_from(bytes.len()).is_ok_and(|bytes| bytes <= NOTE_BYTES_MAX) {
                    line.send(FrameKind::Progress, &bytes).await;
                }
            }
            _ = alive.tick() => line.send(FrameKind::Alive, &[]).await,
        }
    }
}

async fn send_reply(line: &mut ClientLine, reply: Reply) {
    let tail = Tail {
        notes: reply.notes,
        exit: reply.exit,
    };
    let tail = serde_json::to_vec(&tail).unwrap_or_default();
    let fits = [reply.payload.len(), tail.len()]
        .into_iter()
        .all(|bytes| u64::try_from(bytes).is_ok_and(|bytes| bytes <= TEXT_BYTES_MAX));
    if !fits {
        let failure = Failure::refused("the answer is too long to send", "ask for less at a time");
        line.fail(&failure).await;
        return;
    }
    if !reply.payload.is_empty() {
        line.send(FrameKind::Text, reply.payload.as_bytes()).await;
    }
    line.send(FrameKind::Reply, &tail).await;
}

/// Hands steps from the working thread to the client's task; never waits for it.
struct Sender {
    steps: mpsc::Sender<ProgressFrame>,
    sieve: Sieve,
}

impl Progress for Sender {
    fn step(&mut self, done: u64, total: u64, what: &str) {
        if !self.sieve.lets_through(done, total, what) {
            return;
        }
        let step = ProgressFrame {
            done,
            total,
            what: what.chars().take(WORD_CHARACTERS_MAX).collect(),
        };
        // A full queue means that the client is slow: the next step tells more than this one.
        drop(self.steps.try_send(step));
    }
}
