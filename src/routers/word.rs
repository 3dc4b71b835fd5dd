//! Encodes and decodes the words of the RouterOS API.
//!
//! The API speaks in sentences; a sentence is words; a word is its length and that many bytes; a length of zero ends the
//! sentence. This page turns sentences into bytes and bytes into sentences, for either side of the conversation. It
//! believes no length: words and sentences have limits, and what exceeds them is an error before a byte of it is kept.
//! It must never know sockets, waits, or what a word means.
//!
//! *Source:* MikroTik documentation, API, "Protocol" (lengths, sentences, reserved control bytes).

/// The longest word that is read, in bytes. What Weir asks for is far shorter.
pub const WORD_BYTES: usize = 64 * 1024;
/// The most words of one sentence.
pub const SENTENCE_WORDS: usize = 512;
/// The most bytes of one sentence, lengths not counted.
pub const SENTENCE_BYTES: usize = 256 * 1024;

/// Words in order, without their lengths. Bytes, since nothing says which encoding they are in.
pub type Sentence = Vec<Vec<u8>>;

/// How much is read at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WordLimits {
    /// The longest word, in bytes.
    pub word_bytes: usize,
    /// The most words of a sentence.
    pub sentence_words: usize,
    /// The most bytes of a sentence, lengths not counted.
    pub sentence_bytes: usize,
}

impl Default for WordLimits {
    /// Returns [`WORD_BYTES`], [`SENTENCE_WORDS`] and [`SENTENCE_BYTES`].
    fn default() -> Self {
        Self {
            word_bytes: WORD_BYTES,
            sentence_words: SENTENCE_WORDS,
            sentence_bytes: SENTENCE_BYTES,
        }
    }
}

/// Why bytes are no sentence, or a sentence cannot become bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WordError {
    /// A first byte that the protocol keeps for later.
    #[error("the byte `{byte:#04x}` where a length should be; `0xf8` to `0xff` are reserved")]
    Control {
        /// The byte.
        byte: u8,
    },
    /// A word that is too long.
    #[error("a word of {bytes} bytes; at most {max} are accepted")]
    WordTooLong {
        /// The length that was announced.
        bytes: usize,
        /// The limit.
        max: usize,
    },
    /// A sentence of too many words.
    #[error("a sentence of more than {max} words")]
    TooManyWords {
        /// The limit.
        max: usize,
    },
    /// A sentence of too many bytes.
    #[error("a sentence of more than {max} bytes")]
    SentenceTooLong {
        /// The limit.
        max: usize,
    },
    /// A word without bytes, which would end the sentence before its time.
    #[error("an empty word cannot be sent, since it would end the sentence")]
    EmptyWord,
}

/// Appends a word: its length in the shortest form, then its bytes.
///
/// # Errors
/// [`WordError::EmptyWord`], and [`WordError::WordTooLong`] past the four bytes that a length may have. Nothing is
/// appended then.
pub fn encode_word(word: &[u8], into: &mut Vec<u8>) -> Result<(), WordError> {
    if word.is_empty() {
        return Err(WordError::EmptyWord);
    }
    let length = u32::try_from(word.len()).map_err(|_| WordError::WordTooLong {
        bytes: word.len(),
        max: usize::try_from(u32::MAX).unwrap_or(usize::MAX),
    })?;
    encode_length(length, into);
    into.extend_from_slice(word);
    Ok(())
}

/// Appends a sentence: its words, then the zero that ends it.
///
/// # Errors
/// Those of [`encode_word`]. Nothing is appended then.
pub fn encode_sentence<W: AsRef<[u8]>>(
    words: impl IntoIterator<Item = W>,
    into: &mut Vec<u8>,
) -> Result<(), WordError> {
    let before = into.len();
    for word in words {
        if let Err(error) = encode_word(word.as_ref(), into) {
            into.truncate(before);
            return Err(error);
        }
    }
    into.push(0);
    Ok(())
}

fn encode_length(length: u32, into: &mut Vec<u8>) {
    let [top, high, low, last] = length.to_be_bytes();
    match length {
        0..0x80 => into.push(last),
        0x80..0x4000 => into.extend([low | 0x80, last]),
        0x4000..0x20_0000 => into.extend([high | 0xC0, low, last]),
        0x20_0000..0x1000_0000 => into.extend([top | 0xE0, high, low, last]),
        _ => into.extend([0xF0, top, high, low, last]),
    }
}

/// Returns the length at the head of these bytes and how many bytes it took; `None` while part of it has not arrived.
fn decode_length(bytes: &[u8]) -> Result<Option<(usize, usize)>, WordError> {
    let Some(first) = bytes.first().copied() else {
        return Ok(None);
    };
    let (value, taken) = match (first, bytes) {
        (0..0x80, _) => ([0, 0, 0, first], 1),
        (0x80..0xC0, [_, last, ..]) => ([0, 0, first & 0x3F, *last], 2),
        (0xC0..0xE0, [_, low, last, ..]) => ([0, first & 0x1F, *low, *last], 3),
        (0xE0..0xF0, [_, high, low, last, ..]) => ([first & 0x0F, *high, *low, *last], 4),
        (0xF0..0xF8, [_, top, high, low, last, ..]) => ([*top, *high, *low, *last], 5),
        (0xF8.., _) => return Err(WordError::Control { byte: first }),
        _ => return Ok(None),
    };
    let length = usize::try_from(u32::from_be_bytes(value)).unwrap_or(usize::MAX);
    Ok(Some((length, taken)))
}

/// Makes sentences of bytes as they arrive, in whatever pieces.
///
/// [`Decoder::feed`] takes what was read, [`Decoder::next_sentence`] gives what is complete, until it gives `None`.
/// Empty sentences are passed over: a router may send them, and they mean nothing. After an error the stream cannot be
/// understood any more: the same error comes again, and what is fed is dropped.
#[derive(Debug)]
pub struct Decoder {
    limits: WordLimits,
    /// Bytes that are not a whole word yet, after `at`.
    buffer: Vec<u8>,
    /// How far `buffer` has been read.
    at: usize,
    sentence: Sentence,
    sentence_bytes: usize,
    failed: Option<WordError>,
}

impl Decoder {
    /// Creates a decoder at the beginning of a stream.
    #[must_use]
    pub const fn new(limits: WordLimits) -> Self {
        Self {
            limits,
            buffer: Vec::new(),
            at: 0,
            sentence: Vec::new(),
            sentence_bytes: 0,
            failed: None,
        }
    }

    /// Takes the next bytes of the stream. Take the sentences out before feeding more, or they pile up here.
    pub fn feed(&mut self, bytes: &[u8]) {
        if self.failed.is_some() {
            return;
        }
        self.buffer.drain(..self.at);
        self.at = 0;
        self.buffer.extend_from_slice(bytes);
    }

    /// Returns the next whole sentence, never an empty one; `None` while more bytes are needed.
    ///
    /// # Errors
    /// A reserved control byte, or a word or sentence past its limit.
    pub fn next_sentence(&mut self) -> Result<Option<Sentence>, WordError> {
        if let Some(error) = self.failed {
            return Err(error);
        }
        let result = self.advance();
        if let Err(error) = &result {
            self.failed = Some(*error);
            self.buffer = Vec::new();
            self.at = 0;
        }
        result
    }

    /// Returns whether the stream is between two sentences, so that its end loses nothing.
    #[must_use]
    pub fn is_between_sentences(&self) -> bool {
        self.sentence.is_empty() && self.at == self.buffer.len()
    }

    fn advance(&mut self) -> Result<Option<Sentence>, WordError> {
        loop {
            let rest = self.buffer.get(self.at..).unwrap_or_default();
            let Some((length, taken)) = decode_length(rest)? else {
                return Ok(None);
            };
            if length == 0 {
                self.at += taken;
                if self.sentence.is_empty() {
                    continue;
                }
                self.sentence_bytes = 0;
                return Ok(Some(std::mem::take(&mut self.sentence)));
            }
            self.check(length)?;
            let Some(word) = rest.get(taken..).and_then(|bytes| bytes.get(..length)) else {
                return Ok(None);
            };
            self.sentence.push(word.to_vec());
            self.sentence_bytes += length;
            self.at += taken + length;
        }
    }

    const fn check(&self, length: usize) -> Result<(), WordError> {
        let WordLimits {
            word_bytes,
            sentence_words,
            sentence_bytes,
        } = self.limits;
        if length > word_bytes {
            return Err(WordError::WordTooLong {
                bytes: length,
                max: word_bytes,
            });
        }
        if self.sentence.len() >= sentence_words {
            return Err(WordError::TooManyWords { max: sentence_words });
        }
        if self.sentence_bytes.saturating_add(length) > sentence_bytes {
            return Err(WordError::SentenceTooLong { max: sentence_bytes });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Lengths and their bytes as the protocol's documentation has them, written by hand.
    const LENGTHS: &[(u32, &[u8])] = &[
        (0, &[0x00]),
        (1, &[0x01]),
        (0x7F, &[0x7F]),
        (0x80, &[0x80, 0x80]),
        (0x3FFF, &[0xBF, 0xFF]),
        (0x4000, &[0xC0, 0x40, 0x00]),
        (0x1F_FFFF, &[0xDF, 0xFF, 0xFF]),
        (0x20_0000, &[0xE0, 0x20, 0x00, 0x00]),
        (0x0FFF_FFFF, &[0xEF, 0xFF, 0xFF, 0xFF]),
        (0x1000_0000, &[0xF0, 0x10, 0x00, 0x00, 0x00]),
        (0xFFFF_FFFF, &[0xF0, 0xFF, 0xFF, 0xFF, 0xFF]),
    ];

    #[test]
    fn lengths_are_written_and_read_as_documented() {
        for (length, expected) in LENGTHS {
            let mut written = Vec::new();
            encode_length(*length, &mut written);
            assert_eq!(&written, expected, "{length:#x}");
            let read = decode_length(expected).unwrap();
            assert_eq!(
                read,
                Some((usize::try_from(*length).unwrap(), expected.len())),
                "{length:#x}"
            );
            for cut in 0..expected.len() {
                assert_eq!(
                    decode_length(&expected[..cut]).unwrap(),
                    None,
                    "{length:#x} cut at {cut}"
                );
            }
        }
    }
}
