//! Answers one command.
//!
//! The memory of one client, logged in or not, and the step from its sentence to an answer: login, `/cancel`, commands, and
//! the faults that take a command's place. It must never know sockets and waits.

use std::time::Instant;

use super::api::{self, Effect};
use super::counters::count;
use super::faults::FaultKind;
use super::login::{self, CHALLENGE_BYTES, LoginVerdict};
use super::options::Version;
use super::refusal::Refusal;
use super::sentence::{SimCommand, SimReply, WordList, reply, trap};
use super::shared::{Shared, SimState};
use super::spoil::{SpoiledReply, Then, encode, fatal, spoil};

/// The most commands of a connection that hang at once; further ones hang unseen by `/cancel`.
const HUNG: usize = 256;

/// One client's side of the conversation.
pub(crate) struct SimDialogue<'a> {
    /// The device and its counts.
    pub(crate) shared: &'a Shared,
    number: u64,
    /// Logged in, with or without the right to write.
    writes: Option<bool>,
    challenge: Option<[u8; CHALLENGE_BYTES]>,
    /// Tags of commands that will never be answered.
    hung: Vec<Vec<u8>>,
}

impl<'a> SimDialogue<'a> {
    /// Returns the talk with a client that has said nothing yet.
    pub(crate) const fn new(shared: &'a Shared, number: u64) -> Self {
        Self {
            shared,
            number,
            writes: None,
            challenge: None,
            hung: Vec::new(),
        }
    }

    /// Takes one sentence, acts on it, and returns the reply.
    pub(crate) fn hear(&mut self, words: WordList) -> SpoiledReply {
        let command = SimCommand::read(words);
        let mut state = self.shared.state.lock();
        let version = state.device.options.version;
        if command.odd {
            count(&mut state.counters.malformed);
        }
        let logging_in = command.path == "/login";
        if self.writes.is_none() && !logging_in {
            return SpoiledReply {
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
        if let Some(fault) = &fault
            && let Some(reply) = self.stopped(fault, &command, &mut state)
        {
            return reply;
        }
        let (sentences, then) = if logging_in {
            (self.log_in(&command, &mut state), Then::GoOn)
        } else if command.path == "/cancel" {
            (self.cancel(&command, version), Then::GoOn)
        } else {
            obey(&command, self.writes == Some(true), &mut state)
        };
        let sentences = if let Some(FaultKind::TrapDone(words)) = &fault {
            refused(Refusal::plain(words.clone()), &command, &mut state)
        } else {
            sentences
        };
        drop(state);
        spoil(sentences, then, fault.as_ref(), command.tag.as_deref())
    }

    /// Returns what a fault says in place of a command, which is not carried out; `None` for one that takes no place.
    fn stopped(&mut self, fault: &FaultKind, command: &SimCommand, state: &mut SimState) -> Option<SpoiledReply> {
        let (pieces, then) = match fault {
            FaultKind::Hang => {
                if self.hung.len() < HUNG {
                    self.hung.push(command.tag.clone().unwrap_or_default());
                }
                (Vec::new(), Then::GoOn)
            }
            FaultKind::Close => (Vec::new(), Then::Close),
            FaultKind::Reboot => (Vec::new(), Then::Reboot),
            FaultKind::Fatal(words) => (encode(vec![fatal(words)]), Then::Part),
            FaultKind::Trap(words) => (
                encode(refused(Refusal::of(4, words.clone()), command, state)),
                Then::GoOn,
            ),
            FaultKind::Denied => (
                encode(refused(Refusal::plain("not enough permissions (9)"), command, state)),
                Then::GoOn,
            ),
            FaultKind::Refuse
            | FaultKind::WrongClock(_)
            | FaultKind::Shuffle
            | FaultKind::Silent
            | FaultKind::Reset
            | FaultKind::LoginRefused
            | FaultKind::Lost
            | FaultKind::CloseMidWord
            | FaultKind::Cut { .. }
            | FaultKind::Half
            | FaultKind::Garbage
            | FaultKind::HugeLength
            | FaultKind::UnknownReply
            | FaultKind::TrapDone(_)
            | FaultKind::DuplicateRows
            | FaultKind::Delay(_)
            | FaultKind::Drip(_)
            | FaultKind::WrongTag
            | FaultKind::NoTag
            | FaultKind::DoneTwice
            | FaultKind::NoRows => return None,
        };
        Some(SpoiledReply { pieces, then })
    }

    fn log_in(&mut self, command: &SimCommand, state: &mut SimState) -> Vec<WordList> {
        let options = &state.device.options;
        let version = options.version;
        let next = login::challenge(self.number);
        let mut verdict = login::judge(options, command, self.challenge.take(), next);
        if matches!(verdict, LoginVerdict::In { .. }) && state.faults.on_login() {
            count(&mut state.counters.faults_fired);
            verdict = LoginVerdict::Refused(if version.takes_passwords() {
                "invalid user name or password (6)"
            } else {
                "cannot log in"
            });
        }
        let mut answer = SimReply::default();
        match verdict {
            LoginVerdict::In { writes } => {
                self.writes = Some(writes);
                count(&mut state.counters.logins);
            }
            LoginVerdict::Challenged(challenge) => {
                self.challenge = Some(challenge);
                answer.ret = Some(login::hex(&challenge).into_bytes());
            }
            LoginVerdict::Refused(words) => {
                count(&mut state.counters.failed_logins);
                count(&mut state.counters.traps);
                answer.refusal = Some(Refusal::plain(words));
            }
        }
        answer.sentences(command.tag.as_deref(), version)
    }

    /// Ends hung commands: the one of `=tag=`, or all. *Source:* MikroTik documentation, API, "/cancel".
    fn cancel(&mut self, command: &SimCommand, version: Version) -> Vec<WordList> {
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

/// Counts a refusal, and puts it into sentences.
fn refused(refusal: Refusal, command: &SimCommand, state: &mut SimState) -> Vec<WordList> {
    count(&mut state.counters.traps);
    if api::is_write(command) {
        count(&mut state.counters.writes_refused);
    }
    SimReply {
        refusal: Some(refusal),
        ..SimReply::default()
    }
    .sentences(command.tag.as_deref(), state.device.options.version)
}

/// Does a command on the device, counts it, and puts its answer into sentences.
fn obey(command: &SimCommand, may_write: bool, state: &mut SimState) -> (Vec<WordList>, Then) {
    let SimState { device, counters, .. } = state;
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
