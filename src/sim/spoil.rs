//! Spoils an answer as a faulty router would.
//!
//! Takes the sentences of an answer and a fault, gives the bytes that go out and what follows them. It must never know
//! what the answer says, nor send it.

use crate::routers::word::{encode_sentence, encode_word};

use super::faults::FaultKind;
use super::sentence::{WordList, attribute, reply};

/// Noise: reserved control bytes among it, so that no decoder takes it for words for long.
const NOISE: &[u8] = b"\x9c\x07\xfe\xff\x00\xf8garbage\x1b[0m\xff\xff\xff\xff\xff\xff\xff\xff";
/// The head of a word that never comes.
const HUGE: &[u8] = b"\xf0\xff\xff\xff\xf0";

/// What follows an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Then {
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
pub(crate) struct SpoiledReply {
    /// The pieces in order.
    pub(crate) pieces: Vec<Vec<u8>>,
    /// What follows.
    pub(crate) then: Then,
}

/// Does to an answer what a fault wants.
pub(crate) fn spoil(
    mut sentences: Vec<WordList>,
    then: Then,
    fault: Option<&FaultKind>,
    tag: Option<&[u8]>,
) -> SpoiledReply {
    let Some(fault) = fault else {
        return SpoiledReply {
            pieces: encode(sentences),
            then,
        };
    };
    match fault {
        FaultKind::Lost => SpoiledReply {
            pieces: Vec::new(),
            then: Then::Close,
        },
        FaultKind::CloseMidWord => close_mid_word(sentences),
        FaultKind::Cut { sentences: whole } => cut(sentences, *whole),
        FaultKind::Half => {
            let mut bytes = encode(sentences).concat();
            bytes.truncate(bytes.len() / 2);
            SpoiledReply {
                pieces: vec![bytes],
                then: Then::Silence,
            }
        }
        FaultKind::Garbage => before(NOISE.to_vec(), sentences, then),
        FaultKind::HugeLength => before(HUGE.to_vec(), sentences, then),
        FaultKind::Delay(ms) => SpoiledReply {
            pieces: encode(sentences),
            then: Then::Delay(*ms),
        },
        FaultKind::Drip(ms) => SpoiledReply {
            pieces: encode(sentences),
            then: Then::Drip(*ms),
        },
        FaultKind::UnknownReply
        | FaultKind::DuplicateRows
        | FaultKind::DoneTwice
        | FaultKind::NoRows
        | FaultKind::WrongTag
        | FaultKind::NoTag
        | FaultKind::Refuse
        | FaultKind::WrongClock(_)
        | FaultKind::Shuffle
        | FaultKind::Silent
        | FaultKind::Reset
        | FaultKind::LoginRefused
        | FaultKind::Hang
        | FaultKind::Close
        | FaultKind::Trap(_)
        | FaultKind::TrapDone(_)
        | FaultKind::Denied
        | FaultKind::Fatal(_)
        | FaultKind::Reboot => {
            change(&mut sentences, fault, tag);
            SpoiledReply {
                pieces: encode(sentences),
                then,
            }
        }
    }
}

/// Changes sentences as a fault wants that leaves each of them whole; other faults change none.
fn change(sentences: &mut Vec<WordList>, fault: &FaultKind, tag: Option<&[u8]>) {
    match fault {
        FaultKind::UnknownReply => {
            let mut words = reply("!notice", tag);
            words.push(attribute("message", b"nobody knows this word"));
            sentences.insert(0, words);
        }
        FaultKind::DuplicateRows => double(sentences, b"!re"),
        FaultKind::DoneTwice => double(sentences, b"!done"),
        FaultKind::NoRows => sentences.retain(|words| !is(words, b"!re")),
        FaultKind::WrongTag => retag(sentences, Some(b"nobody")),
        FaultKind::NoTag => retag(sentences, None),
        FaultKind::Lost
        | FaultKind::CloseMidWord
        | FaultKind::Cut { .. }
        | FaultKind::Half
        | FaultKind::Garbage
        | FaultKind::HugeLength
        | FaultKind::Delay(_)
        | FaultKind::Drip(_)
        | FaultKind::Refuse
        | FaultKind::WrongClock(_)
        | FaultKind::Shuffle
        | FaultKind::Silent
        | FaultKind::Reset
        | FaultKind::LoginRefused
        | FaultKind::Hang
        | FaultKind::Close
        | FaultKind::Trap(_)
        | FaultKind::TrapDone(_)
        | FaultKind::Denied
        | FaultKind::Fatal(_)
        | FaultKind::Reboot => {}
    }
}

fn is(words: &WordList, reply: &[u8]) -> bool {
    words.first().is_some_and(|first| first == reply)
}

/// Has each sentence that begins with this word twice.
fn double(sentences: &mut Vec<WordList>, reply: &[u8]) {
    let doubled = |words: WordList| {
        if is(&words, reply) {
            vec![words.clone(), words]
        } else {
            vec![words]
        }
    };
    *sentences = std::mem::take(sentences).into_iter().flat_map(doubled).collect();
}

/// Gives each sentence another tag, or none.
fn retag(sentences: &mut [WordList], other: Option<&[u8]>) {
    for words in sentences {
        words.retain(|word| !word.starts_with(b".tag="));
        if let Some(other) = other {
            words.push([b".tag=", other].concat());
        }
    }
}

fn close_mid_word(sentences: Vec<WordList>) -> SpoiledReply {
    let mut pieces = encode(sentences);
    pieces.truncate(1);
    if let Some(first) = pieces.first_mut() {
        // The zero at the end, and the last byte of the last word.
        first.truncate(first.len().saturating_sub(2));
    }
    SpoiledReply {
        pieces,
        then: Then::Close,
    }
}

/// Ends within the first word that follows so many whole sentences.
fn cut(mut sentences: Vec<WordList>, whole: usize) -> SpoiledReply {
    let next = sentences.get(whole).and_then(|words| words.first()).cloned();
    sentences.truncate(whole);
    let mut pieces = encode(sentences);
    let mut half = Vec::new();
    if next.is_some_and(|word| encode_word(&word, &mut half).is_ok()) {
        pieces.push(half);
    }
    SpoiledReply {
        pieces,
        then: Then::Close,
    }
}

fn before(noise: Vec<u8>, sentences: Vec<WordList>, then: Then) -> SpoiledReply {
    let mut pieces = vec![noise];
    pieces.extend(encode(sentences));
    SpoiledReply { pieces, then }
}

/// Returns the end of a connection: a bare word, no attribute. *Source:* MikroTik documentation, API, "Command
/// response".
pub(crate) fn fatal(words: &str) -> WordList {
    vec![b"!fatal".to_vec(), words.as_bytes().to_vec()]
}

/// Encodes sentences as bytes. A sentence that cannot be sent, because it has an empty word, is left out.
pub(crate) fn encode(sentences: Vec<WordList>) -> Vec<Vec<u8>> {
    let encoded = sentences.into_iter().map(|words| {
        let mut bytes = Vec::new();
        encode_sentence(words, &mut bytes).map(|()| bytes)
    });
    encoded.filter_map(Result::ok).collect()
}
