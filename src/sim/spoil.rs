//! How is an answer spoiled?
//!
//! Takes the sentences of an answer and a fault, gives the bytes that go out and what follows them. It must never know
//! what the answer says, nor send it.

use crate::routers::word::{encode_sentence, encode_word};

use super::faults::Kind;
use super::sentence::{Words, attribute, reply};

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
pub(crate) struct Said {
    /// The pieces in order.
    pub(crate) pieces: Vec<Vec<u8>>,
    /// What follows.
    pub(crate) then: Then,
}

/// Does to an answer what a fault wants.
pub(crate) fn spoil(mut sentences: Vec<Words>, then: Then, fault: Option<&Kind>, tag: Option<&[u8]>) -> Said {
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
pub(crate) fn fatal(words: &str) -> Words {
    vec![b"!fatal".to_vec(), words.as_bytes().to_vec()]
}

/// Sentences as bytes. One that cannot be sent, for an empty word in it, is left out.
pub(crate) fn encode(sentences: Vec<Words>) -> Vec<Vec<u8>> {
    let encoded = sentences.into_iter().map(|words| {
        let mut bytes = Vec::new();
        encode_sentence(words, &mut bytes).map(|()| bytes)
    });
    encoded.filter_map(Result::ok).collect()
}
