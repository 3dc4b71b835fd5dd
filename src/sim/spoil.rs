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
    let is = |words: &WordList, reply: &[u8]| words.first().is_some_and(|first| first == reply);
    let retag = |sentences: &mut Vec<WordList>, other: Option<&[u8]>| {
        for words in sentences {
            words.retain(|word| !word.starts_with(b".tag="));
            if let Some(other) = other {
                words.push([b".tag=", other].concat());
            }
        }
    };
    match fault {
        Some(FaultKind::Lost) => {
            return SpoiledReply {
                pieces: Vec::new(),
                then: Then::Close,
            };
        }
        Some(FaultKind::CloseMidWord) => {
            let mut pieces = encode(sentences);
            pieces.truncate(1);
            if let Some(first) = pieces.first_mut() {
                // The zero at the end, and the last byte of the last word.
                first.truncate(first.len().saturating_sub(2));
            }
            return SpoiledReply {
                pieces,
                then: Then::Close,
            };
        }
        Some(FaultKind::Cut { sentences: whole }) => {
            let next = sentences.get(*whole).and_then(|words| words.first()).cloned();
            sentences.truncate(*whole);
            let mut pieces = encode(sentences);
            let mut half = Vec::new();
            if next.is_some_and(|word| encode_word(&word, &mut half).is_ok()) {
                pieces.push(half);
            }
            return SpoiledReply {
                pieces,
                then: Then::Close,
            };
        }
        Some(FaultKind::Half) => {
            let mut bytes = encode(sentences).concat();
            bytes.truncate(bytes.len() / 2);
            return SpoiledReply {
                pieces: vec![bytes],
                then: Then::Silence,
            };
        }
        Some(FaultKind::Garbage) => return before(NOISE.to_vec(), sentences, then),
        Some(FaultKind::HugeLength) => return before(HUGE.to_vec(), sentences, then),
        Some(FaultKind::UnknownReply) => {
            let mut words = reply("!notice", tag);
            words.push(attribute("message", b"nobody knows this word"));
            sentences.insert(0, words);
        }
        Some(FaultKind::DuplicateRows) => {
            let doubled = |words: WordList| {
                if is(&words, b"!re") {
                    vec![words.clone(), words]
                } else {
                    vec![words]
                }
            };
            sentences = sentences.into_iter().flat_map(doubled).collect();
        }
        Some(FaultKind::DoneTwice) => {
            let doubled = |words: WordList| {
                if is(&words, b"!done") {
                    vec![words.clone(), words]
                } else {
                    vec![words]
                }
            };
            sentences = sentences.into_iter().flat_map(doubled).collect();
        }
        Some(FaultKind::NoRows) => sentences.retain(|words| !is(words, b"!re")),
        Some(FaultKind::WrongTag) => retag(&mut sentences, Some(b"nobody")),
        Some(FaultKind::NoTag) => retag(&mut sentences, None),
        Some(FaultKind::Delay(ms)) => {
            return SpoiledReply {
                pieces: encode(sentences),
                then: Then::Delay(*ms),
            };
        }
        Some(FaultKind::Drip(ms)) => {
            return SpoiledReply {
                pieces: encode(sentences),
                then: Then::Drip(*ms),
            };
        }
        _ => {}
    }
    SpoiledReply {
        pieces: encode(sentences),
        then,
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
