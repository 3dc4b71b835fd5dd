//! What does one client hear?
//!
//! One connection: bytes become sentences, each sentence one small step on the device, its answer goes into a batch, and
//! the batch goes out when no more sentences are there. Here the faults are done that spoil an answer. It must never keep
//! the lock while it waits, and never believe a length.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};

use crate::routers::word::{Decoder, Limits, encode_sentence, encode_word};

use super::api::{self, Effect};
use super::counters::count;
use super::device::Refusal;
use super::faults::Kind;
use super::login::{self, CHALLENGE_BYTES, Verdict};
use super::options::Version;
use super::sentence::{Answer, Command, Words, attribute, reply, trap};
use super::server::{Shared, State};

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
/// The most commands of a connection that hang at once; further ones hang unseen by `/cancel`.
const HUNG: usize = 256;
/// The most bytes that drip one by one; the rest of the answer comes at once.
const DRIPS: usize = 4096;
/// Noise: reserved control bytes among it, so that no decoder takes it for words for long.
const NOISE: &[u8] = b"\x9c\x07\xfe\xff\x00\xf8garbage\x1b[0m\xff\xff\xff\xff\xff\xff\xff\xff";
/// The head of a word that never comes.
const HUGE: &[u8] = b"\xf0\xff\xff\xff\xf0";

/// What follows an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Then {
    GoOn,
    Close,
    /// Closed after the client had time to read.
    Part,
    Silence,
    Reboot,
    /// Goes out this much later, in milliseconds.
    Delay(u64),
    /// Goes out byte by byte, so many milliseconds apart.
    Drip(u64),
}

/// Encoded pieces of an answer, and what follows it.
struct Said {
    pieces: Vec<Vec<u8>>,
    then: Then,
}

/// Answers that wait to go out together.
#[derive(Default)]
struct Batch {
    /// The pieces of each.
    answers: Vec<Vec<Vec<u8>>>,
    bytes: usize,
}

impl Batch {
    fn push(&mut self, pieces: Vec<Vec<u8>>) {
        self.bytes = pieces.iter().map(Vec::len).fold(self.bytes, usize::saturating_add);
        self.answers.push(pieces);
    }
}

/// Serves a connection until either side ends it, or the epoch does.
pub(crate) async fn serve(shared: &Arc<Shared>, stream: TcpStream, epoch: u64, number: u64, silent: bool) {
    let mut gates = shared.watch();
    let talk = Talk {
        shared,
        number,
        writes: None,
        challenge: None,
        hung: Vec::new(),
        mixed: number,
    };
    tokio::select! {
        biased;
        () = shared.end_of(epoch, &mut gates) => {}
        () = talk.converse(stream, silent) => {}
    }
}

struct Talk<'a> {
    shared: &'a Shared,
    number: u64,
    /// Logged in, with or without the right to write.
    writes: Option<bool>,
    challenge: Option<[u8; CHALLENGE_BYTES]>,
    /// Tags of commands that will never be answered.
    hung: Vec<Vec<u8>>,
    /// The state of the order in which answers are mixed.
    mixed: u64,
}

impl Talk<'_> {
    async fn converse(mut self, mut stream: TcpStream, silent: bool) {
        // A router answers at once; whether this can be set is no reason to turn a client away.
        drop(stream.set_nodelay(true));
        let mut decoder = Decoder::new(Limits::default());
        let mut buffer = vec![0; READ_BYTES];
        let mut batch = Batch::default();
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
                        count(&mut self.shared.state.lock().counters.malformed);
                        self.flush(&mut stream, &mut batch).await;
                        return part(&mut stream).await;
                    }
                };
                let said = self.hear(words);
                if !self.say(&mut stream, &mut batch, said).await {
                    return;
                }
            }
            let gather = self.shared.state.lock().faults.shuffles();
            if !gather && !self.flush(&mut stream, &mut batch).await {
                return;
            }
        }
    }

    /// Puts an answer among the others, or does with it what a fault wants. `false` when the connection is over.
    async fn say(&mut self, stream: &mut TcpStream, batch: &mut Batch, said: Said) -> bool {
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
                self.shared.reboot();
                // The epoch is over; the connection ends with it, not before the door is shut.
                std::future::pending::<()>().await;
            }
            Then::Part if alive => part(stream).await,
            Then::Silence if alive => silence(stream).await,
            _ => {}
        }
        false
    }

    async fn flush(&mut self, stream: &mut TcpStream, batch: &mut Batch) -> bool {
        let answers = std::mem::take(&mut batch.answers);
        batch.bytes = 0;
        let mixed = {
            let mut state = self.shared.state.lock();
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
        if !self.shared.latency.is_zero() {
            sleep(self.shared.latency).await;
        }
        write(stream, bytes).await
    }

    /// Sentences of several answers in some order, those of each in theirs.
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

    /// One sentence: what it does, and what is said to it.
    fn hear(&mut self, words: Words) -> Said {
        let command = Command::read(words);
        let mut state = self.shared.state.lock();
        let version = state.device.options.version;
        if command.odd {
            count(&mut state.counters.malformed);
        }
        let logging_in = command.path == "/login";
        if self.writes.is_none() && !logging_in {
            return Said {
                pieces: encode(vec![fatal("not logged in")]),
                then: Then::Part,
            };
        }
        if !logging_in {
            state.counters.command(&command.path);
        }
        let fault = state.faults.on_command(&command.path, api::is_write(&command));
        if fault.is_some() {
            count(&mut state.counters.faults_fired);
        }
        let tag = command.tag.as_deref();
        let refused = |refusal: Refusal, state: &mut State| {
            count(&mut state.counters.traps);
            count(&mut state.counters.writes_refused);
            Answer {
                refusal: Some(refusal),
                ..Answer::default()
            }
            .sentences(tag, version)
        };
        match &fault {
            Some(Kind::Hang) => {
                if self.hung.len() < HUNG {
                    self.hung.push(command.tag.unwrap_or_default());
                }
                return Said {
                    pieces: Vec::new(),
                    then: Then::GoOn,
                };
            }
            Some(Kind::Close) => {
                return Said {
                    pieces: Vec::new(),
                    then: Then::Close,
                };
            }
            Some(Kind::Reboot) => {
                return Said {
                    pieces: Vec::new(),
                    then: Then::Reboot,
                };
            }
            Some(Kind::Fatal(words)) => {
                return Said {
                    pieces: encode(vec![fatal(words)]),
                    then: Then::Part,
                };
            }
            Some(Kind::Trap(words)) => {
                let sentences = refused(Refusal::of(4, words.clone()), &mut state);
                return Said {
                    pieces: encode(sentences),
                    then: Then::GoOn,
                };
            }
            Some(Kind::Denied) => {
                let sentences = refused(Refusal::plain("not enough permissions (9)"), &mut state);
                return Said {
                    pieces: encode(sentences),
                    then: Then::GoOn,
                };
            }
            _ => {}
        }
        let (sentences, then) = if logging_in {
            (self.log_in(&command, &mut state), Then::GoOn)
        } else if command.path == "/cancel" {
            (self.cancel(&command, version), Then::GoOn)
        } else {
            obey(&command, self.writes == Some(true), &mut state)
        };
        drop(state);
        spoil(sentences, then, fault.as_ref(), tag)
    }

    fn log_in(&mut self, command: &Command, state: &mut State) -> Vec<Words> {
        let options = &state.device.options;
        let version = options.version;
        let next = login::challenge(self.number);
        let mut verdict = login::judge(options, command, self.challenge.take(), next);
        if matches!(verdict, Verdict::In { .. }) && state.faults.on_login() {
            count(&mut state.counters.faults_fired);
            verdict = Verdict::Refused(if version.takes_passwords() {
                "invalid user name or password (6)"
            } else {
                "cannot log in"
            });
        }
        let mut answer = Answer::default();
        match verdict {
            Verdict::In { writes } => {
                self.writes = Some(writes);
                count(&mut state.counters.logins);
            }
            Verdict::Challenged(challenge) => {
                self.challenge = Some(challenge);
                answer.ret = Some(login::hex(&challenge).into_bytes());
            }
            Verdict::Refused(words) => {
                count(&mut state.counters.failed_logins);
                count(&mut state.counters.traps);
                answer.refusal = Some(Refusal::plain(words));
            }
        }
        answer.sentences(command.tag.as_deref(), version)
    }

    /// Ends hung commands: the one of `=tag=`, or all. *Source:* MikroTik documentation, API, "/cancel".
    fn cancel(&mut self, command: &Command, version: Version) -> Vec<Words> {
        let wanted = command.value("tag");
        let (ended, left) = std::mem::take(&mut self.hung)
            .into_iter()
            .partition(|tag| wanted.is_none_or(|it| it == tag));
        self.hung = left;
        let mut sentences = Vec::new();
        for tag in ended {
            let tag = (!tag.is_empty()).then_some(tag.as_slice());
            sentences.push(trap(&Refusal::of(2, "interrupted"), tag, version));
            sentences.push(reply("!done", tag));
        }
        sentences.push(reply("!done", command.tag.as_deref()));
        sentences
    }
}

/// Does a command on the device, counts it, and puts its answer into sentences.
fn obey(command: &Command, may_write: bool, state: &mut State) -> (Vec<Words>, Then) {
    let State { device, counters, .. } = state;
    let (answer, effect) = api::execute(device, command, may_write, Instant::now());
    match effect {
        Effect::Read | Effect::Quit => {}
        Effect::ReadAll => count(&mut counters.full_table_prints),
        Effect::Wrote { changed: true } | Effect::Reboot => count(&mut counters.commands_that_changed_state),
        Effect::Wrote { changed: false } => count(&mut counters.writes_that_changed_nothing),
        Effect::Refused => count(&mut counters.writes_refused),
    }
    if answer.refusal.is_some() {
        count(&mut counters.traps);
    }
    let rows = u64::try_from(answer.rows.len()).unwrap_or(u64::MAX);
    counters.rows_sent = counters.rows_sent.saturating_add(rows);
    if effect == Effect::Quit {
        return (vec![fatal("session terminated on request")], Then::Part);
    }
    let then = if effect == Effect::Reboot {
        Then::Reboot
    } else {
        Then::GoOn
    };
    (answer.sentences(command.tag.as_deref(), device.options.version), then)
}

/// Does to an answer what a fault wants.
fn spoil(mut sentences: Vec<Words>, then: Then, fault: Option<&Kind>, tag: Option<&[u8]>) -> Said {
    let is = |words: &Words, reply: &[u8]| words.first().is_some_and(|first| first == reply);
    let retag = |sentences: &mut Vec<Words>, other: Option<&[u8]>| {
        for words in sentences {
            words.retain(|word| !word.starts_with(b".tag="));
            if let Some(other) = other {
                words.push([b".tag=", other].concat());
            }
        }
    };
    match fault {
        Some(Kind::Lost) => {
            return Said {
                pieces: Vec::new(),
                then: Then::Close,
            };
        }
        Some(Kind::CloseMidWord) => {
            let mut pieces = encode(sentences);
            pieces.truncate(1);
            if let Some(first) = pieces.first_mut() {
                // The zero at the end, and the last byte of the last word.
                first.truncate(first.len().saturating_sub(2));
            }
            return Said {
                pieces,
                then: Then::Close,
            };
        }
        Some(Kind::Cut { sentences: whole }) => {
            let next = sentences.get(*whole).and_then(|words| words.first()).cloned();
            sentences.truncate(*whole);
            let mut pieces = encode(sentences);
            let mut half = Vec::new();
            if next.is_some_and(|word| encode_word(&word, &mut half).is_ok()) {
                pieces.push(half);
            }
            return Said {
                pieces,
                then: Then::Close,
            };
        }
        Some(Kind::Half) => {
            let mut bytes = encode(sentences).concat();
            bytes.truncate(bytes.len() / 2);
            return Said {
                pieces: vec![bytes],
                then: Then::Silence,
            };
        }
        Some(Kind::Garbage) => return before(NOISE.to_vec(), sentences, then),
        Some(Kind::HugeLength) => return before(HUGE.to_vec(), sentences, then),
        Some(Kind::UnknownReply) => {
            let mut words = reply("!notice", tag);
            words.push(attribute("message", b"nobody knows this word"));
            sentences.insert(0, words);
        }
        Some(Kind::DuplicateRows) => {
            let doubled = |words: Words| {
                if is(&words, b"!re") {
                    vec![words.clone(), words]
                } else {
                    vec![words]
                }
            };
            sentences = sentences.into_iter().flat_map(doubled).collect();
        }
        Some(Kind::DoneTwice) => {
            let doubled = |words: Words| {
                if is(&words, b"!done") {
                    vec![words.clone(), words]
                } else {
                    vec![words]
                }
            };
            sentences = sentences.into_iter().flat_map(doubled).collect();
        }
        Some(Kind::NoRows) => sentences.retain(|words| !is(words, b"!re")),
        Some(Kind::WrongTag) => retag(&mut sentences, Some(b"nobody")),
        Some(Kind::NoTag) => retag(&mut sentences, None),
        Some(Kind::Delay(ms)) => {
            return Said {
                pieces: encode(sentences),
                then: Then::Delay(*ms),
            };
        }
        Some(Kind::Drip(ms)) => {
            return Said {
                pieces: encode(sentences),
                then: Then::Drip(*ms),
            };
        }
        _ => {}
    }
    Said {
        pieces: encode(sentences),
        then,
    }
}

fn before(noise: Vec<u8>, sentences: Vec<Words>, then: Then) -> Said {
    let mut pieces = vec![noise];
    pieces.extend(encode(sentences));
    Said { pieces, then }
}

/// The end of a connection: a bare word, no attribute. *Source:* MikroTik documentation, API, "Command response".
fn fatal(words: &str) -> Words {
    vec![b"!fatal".to_vec(), words.as_bytes().to_vec()]
}

/// Sentences as bytes. One that cannot be sent, for an empty word in it, is left out.
fn encode(sentences: Vec<Words>) -> Vec<Vec<u8>> {
    let encoded = sentences.into_iter().map(|words| {
        let mut bytes = Vec::new();
        encode_sentence(words, &mut bytes).map(|()| bytes)
    });
    encoded.filter_map(Result::ok).collect()
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
