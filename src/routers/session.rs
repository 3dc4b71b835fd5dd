//! Holds a conversation with a router: one command at a time, with a limit on every wait.
//!
//! One connection, logged in; commands go out with a tag each, many at a time, and answers are taken as they come, in any
//! order, while writing goes on: neither side ever waits for the other's buffer. Every wait has an end. An answer is given
//! to the command whose tag it carries and to no other; what cannot be attributed ends the session. A session that failed,
//! or whose caller stopped waiting, is dead, because nobody knows which of its commands were carried out.
//! Must never know what a command does, and never repeat one.
//!
//! *Source:* MikroTik documentation, API, "Tags", "Command description".

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep_until, timeout};

use crate::model::io_words::in_words;
use crate::routers::reply::{self, CommandReply, SentenceKind};
use crate::routers::router_error::RouterError;
use crate::routers::sentence::Command;
use crate::routers::word::{self, Decoder, Sentence};

/// How many commands are on their way at most; enough to hide the latency of a slow link.
pub const WINDOW: usize = 64;
/// The wait for a connection, in milliseconds.
const CONNECT_MS: u64 = 10_000;
/// The wait for a whole login, in milliseconds.
const LOGIN_MS: u64 = 10_000;
/// The wait for progress, in milliseconds: see [`SessionLimits::wait`].
const WAIT_MS: u64 = 10_000;
/// The wait for all commands of one run together, in milliseconds.
const RUN_MS: u64 = 60_000;
/// The wait for a farewell, in milliseconds.
const CLOSE_MS: u64 = 1_000;
/// The most rows of one reply.
const ROWS_MAX: usize = 200_000;
/// The most bytes of all replies of one run, with what keeping them costs.
const RUN_BYTES_MAX: usize = 64 * 1024 * 1024;
/// What keeping a word costs beside its bytes, roughly.
const WORD_COST_BYTES: usize = 64;
/// How much is read at a time, in bytes.
const READ_BYTES: usize = 16 * 1024;

/// Where a router is, and who we are to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// A name or an address.
    pub host: String,
    /// The port of its plain API.
    pub port: u16,
    /// The user on the router.
    pub username: String,
}

/// How long is waited, and how much is read. Tests shorten them.
#[derive(Debug, Clone, Copy)]
pub struct SessionLimits {
    /// For a connection.
    pub connect: Duration,
    /// For a whole login.
    pub login: Duration,
    /// For progress: a command's wait begins when it is sent, and again with each whole sentence that comes for it and
    /// each end of another command, since a router may do one after the other. Single bytes are no progress.
    pub wait: Duration,
    /// For a whole run, whatever progress there is.
    pub run: Duration,
    /// Rows of one reply.
    pub rows: usize,
    /// Bytes of one run.
    pub run_bytes: usize,
    /// Words and sentences.
    pub words: word::WordLimits,
}

impl Default for SessionLimits {
    /// Returns what the constants of this page say.
    fn default() -> Self {
        Self {
            connect: Duration::from_millis(CONNECT_MS),
            login: Duration::from_millis(LOGIN_MS),
            wait: Duration::from_millis(WAIT_MS),
            run: Duration::from_millis(RUN_MS),
            rows: ROWS_MAX,
            run_bytes: RUN_BYTES_MAX,
            words: word::WordLimits::default(),
        }
    }
}

/// A connection that is logged in.
#[derive(Debug)]
pub struct Session {
    stream: TcpStream,
    decoder: Decoder,
    limits: SessionLimits,
    /// The tag of the next command; no tag is used twice on a connection.
    next_tag: u64,
    /// Set while commands are on their way, so that a run nobody waits for any more leaves a dead session behind.
    dead: bool,
    /// Whether an unknown reply word was logged.
    unknown_logged: bool,
}

/// A command on its way.
struct Flight {
    index: usize,
    since: Instant,
}

/// One run: what is on its way and what has come.
struct Exchange<'a> {
    commands: &'a [Command],
    flights: BTreeMap<Option<u64>, Flight>,
    replies: Vec<CommandReply>,
    bytes: usize,
}

impl Session {
    /// Connects, and does not log in.
    ///
    /// # Errors
    /// [`RouterError::Unreachable`] without a connection.
    pub(crate) async fn connect(endpoint: &Endpoint, limits: SessionLimits) -> Result<Self, RouterError> {
        let unreachable = |words: String, port_closed: bool| RouterError::Unreachable {
            address: format!("{}:{}", endpoint.host, endpoint.port),
            words,
            port_closed,
        };
        let stream = timeout(
            limits.connect,
            TcpStream::connect((endpoint.host.as_str(), endpoint.port)),
        )
        .await
        .map_err(|_| unreachable(format!("no answer within {} ms", limits.connect.as_millis()), false))?
        .map_err(|error| unreachable(in_words(&error), error.kind() == ErrorKind::ConnectionRefused))?;
        // Commands are small; waiting to fill a segment would cost 40 ms each.
        stream
            .set_nodelay(true)
            .map_err(|error| unreachable(in_words(&error), false))?;
        Ok(Self {
            stream,
            decoder: Decoder::new(limits.words),
            limits,
            next_tag: 1,
            dead: false,
            unknown_logged: false,
        })
    }

    /// Sends the commands and gives their replies in the same order. They may be carried out in any order.
    ///
    /// # Errors
    /// Why the conversation ended; which of the commands were carried out is then unknown, and the session is dead.
    pub async fn run(&mut self, commands: Vec<Command>) -> Result<Vec<CommandReply>, RouterError> {
        let (replies, ended) = self.hold(&commands, true).await;
        ended.map(|()| replies)
    }

    /// Sends one command without a tag, and gives whatever came, also when the conversation ended.
    pub(crate) async fn ask_untagged(&mut self, command: Command) -> (CommandReply, Result<(), RouterError>) {
        let (replies, ended) = self.hold(&[command], false).await;
        (replies.into_iter().next().unwrap_or_default(), ended)
    }

    /// Ends the conversation in order, so that the router does not take it for a fault.
    pub async fn close(mut self) {
        let farewell = timeout(Duration::from_millis(CLOSE_MS), self.stream.shutdown()).await;
        tracing::debug!(in_order = matches!(farewell, Ok(Ok(()))), "session closed");
    }

    async fn hold(&mut self, commands: &[Command], tagged: bool) -> (Vec<CommandReply>, Result<(), RouterError>) {
        let mut run = Exchange {
            commands,
            flights: BTreeMap::new(),
            replies: vec![CommandReply::default(); commands.len()],
            bytes: 0,
        };
        if self.dead {
            let words = "this session failed before".to_owned();
            return (run.replies, Err(RouterError::Closed { words }));
        }
        self.dead = true;
        let ended = self.exchange(&mut run, tagged).await;
        self.dead = ended.is_err();
        (run.replies, ended)
    }

    async fn exchange(&mut self, run: &mut Exchange<'_>, tagged: bool) -> Result<(), RouterError> {
        let run_end = Instant::now() + self.limits.run;
        let mut to_send = run.commands.iter().enumerate();
        let mut more = true;
        let mut out = Vec::new();
        let mut sent = 0;
        let mut write_failure: Option<String> = None;
        let mut buffer = vec![0; READ_BYTES];
        loop {
            while more && run.flights.len() < WINDOW {
                let Some((index, command)) = to_send.next() else {
                    more = false;
                    break;
                };
                let tag = tagged.then(|| self.take_tag());
                command.encode(tag, &mut out).map_err(|error| garbage(&error))?;
                tracing::debug!(path = command.path(), tag, "sent");
                let since = Instant::now();
                run.flights.insert(tag, Flight { index, since });
            }
            let Some(oldest) = run.flights.values().min_by_key(|flight| flight.since) else {
                return Ok(());
            };
            let waiting_for = run.commands.get(oldest.index).map_or("", Command::path);
            let wait_end = oldest.since + self.limits.wait;
            let (end, wait) = if wait_end < run_end {
                (wait_end, self.limits.wait)
            } else {
                (run_end, self.limits.run)
            };
            // A router that never pauses would keep the timer from being looked at.
            if Instant::now() >= end {
                return Err(timed_out(waiting_for, wait));
            }
            let unsent = out.get(sent..).unwrap_or_default();
            let (mut reader, mut writer) = self.stream.split();
            tokio::select! {
                read = reader.read(&mut buffer) => {
                    let bytes = match read {
                        Ok(0) => return Err(closed(write_failure, self.decoder.is_between_sentences())),
                        Ok(count) => buffer.get(..count).unwrap_or_default(),
                        Err(error) => return Err(closed(Some(in_words(&error)), true)),
                    };
                    self.decoder.feed(bytes);
                    while let Some(sentence) = self.decoder.next_sentence().map_err(|error| garbage(&error))? {
                        self.take(run, &sentence)?;
                    }
                }
                written = writer.write(unsent), if !unsent.is_empty() && write_failure.is_none() => match written {
                    Ok(count) => {
                        sent += count;
                        if sent == out.len() {
                            out.clear();
                            sent = 0;
                        }
                    }
                    // What the router said before it closed may still be there to be read.
                    Err(error) => write_failure = Some(in_words(&error)),
                },
                () = sleep_until(end) => return Err(timed_out(waiting_for, wait)),
            }
        }
    }

    /// Assigns a sentence to the command it belongs to.
    fn take(&mut self, run: &mut Exchange<'_>, sentence: &Sentence) -> Result<(), RouterError> {
        run.bytes += sentence.iter().map(|word| word.len() + WORD_COST_BYTES).sum::<usize>();
        if run.bytes > self.limits.run_bytes {
            return Err(RouterError::Garbage {
                words: format!("more than {} bytes in one run", self.limits.run_bytes),
            });
        }
        let answer = reply::read(sentence);
        match &answer.part {
            SentenceKind::Fatal(said) => return Err(RouterError::Fatal { said: said.clone() }),
            SentenceKind::Foreign(word) => {
                return Err(RouterError::Garbage {
                    words: format!("a sentence that begins with `{}`", word.escape_debug()),
                });
            }
            SentenceKind::Unknown(word) => {
                if !self.unknown_logged {
                    self.unknown_logged = true;
                    tracing::warn!(word, "unknown reply word ignored; further ones are not logged");
                }
                return Ok(());
            }
            SentenceKind::Row(_) | SentenceKind::Done(_) | SentenceKind::Trap(_) | SentenceKind::Empty => {}
        }
        let tag = match &answer.tag {
            None => None,
            Some(bytes) => Some(self.known_tag(bytes)?),
        };
        let Some(flight) = run.flights.get_mut(&tag) else {
            return match (tag, answer.part) {
                // Its command has ended: a second end, or a row that came late. Nobody waits for it.
                (Some(_), _) => Ok(()),
                (None, SentenceKind::Trap(said)) => Err(RouterError::Garbage {
                    words: format!("a refusal without a tag: `{said}`"),
                }),
                (None, _) => Err(RouterError::Garbage {
                    words: "an answer without a tag".to_owned(),
                }),
            };
        };
        flight.since = Instant::now();
        let Some(reply) = run.replies.get_mut(flight.index) else {
            return Ok(());
        };
        match answer.part {
            SentenceKind::Row(_) if reply.rows.len() >= self.limits.rows => {
                return Err(RouterError::Garbage {
                    words: format!("more than {} rows in one reply", self.limits.rows),
                });
            }
            SentenceKind::Row(row) => reply.rows.push(row),
            SentenceKind::Trap(said) => reply.traps.push(said),
            SentenceKind::Done(row) => {
                reply.end = row;
                run.flights.remove(&tag);
                let now = Instant::now();
                run.flights.values_mut().for_each(|flight| flight.since = now);
            }
            SentenceKind::Empty | SentenceKind::Fatal(_) | SentenceKind::Unknown(_) | SentenceKind::Foreign(_) => {}
        }
        Ok(())
    }

    const fn take_tag(&mut self) -> u64 {
        let tag = self.next_tag;
        self.next_tag += 1;
        tag
    }

    /// Returns a tag that was given out on this connection.
    fn known_tag(&self, bytes: &[u8]) -> Result<u64, RouterError> {
        let text = String::from_utf8_lossy(bytes);
        match text.parse::<u64>() {
            Ok(tag) if (1..self.next_tag).contains(&tag) && tag.to_string() == text => Ok(tag),
            _ => Err(RouterError::Garbage {
                words: format!("an answer with the tag `{}`, which no command has", text.escape_debug()),
            }),
        }
    }
}

pub(crate) fn timed_out(waiting_for: &str, wait: Duration) -> RouterError {
    RouterError::TimedOut {
        waiting_for: waiting_for.to_owned(),
        ms: wait.as_millis(),
    }
}

fn garbage(error: &word::WordError) -> RouterError {
    RouterError::Garbage {
        words: error.to_string(),
    }
}

fn closed(failure: Option<String>, between_sentences: bool) -> RouterError {
    let words = failure.unwrap_or_else(|| {
        let place = if between_sentences {
            "before an answer was complete"
        } else {
            "in the middle of a sentence"
        };
        place.to_owned()
    });
    RouterError::Closed { words }
}
