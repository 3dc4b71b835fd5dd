//! Which words does a command have, and which an answer?
//!
//! A sentence read as a command, and an outcome written as sentences. It must never know what a command does.

use super::options::Version;
use super::refusal::Refusal;

/// Words in order.
pub(crate) type WordList = Vec<Vec<u8>>;

/// A sentence from outside, sorted.
#[derive(Debug, Default)]
pub(crate) struct SimCommand {
    /// The first word, `/ppp/secret/print`.
    pub(crate) path: String,
    /// `=name=value` words in order.
    pub(crate) attributes: Vec<(Vec<u8>, Vec<u8>)>,
    /// `?` words with their mark.
    pub(crate) queries: WordList,
    /// The value of `.tag`.
    pub(crate) tag: Option<Vec<u8>>,
    /// A word of no known kind was among them.
    pub(crate) odd: bool,
}

impl SimCommand {
    /// Sorts the words.
    pub(crate) fn read(words: WordList) -> Self {
        let mut command = Self::default();
        for (place, word) in words.into_iter().enumerate() {
            if place == 0 {
                command.path = String::from_utf8_lossy(&word).into_owned();
            } else if let Some(pair) = word.strip_prefix(b"=") {
                let at = pair.iter().position(|byte| *byte == b'=').unwrap_or(pair.len());
                let (name, value) = pair.split_at_checked(at).unwrap_or((pair, &[]));
                let value = value.strip_prefix(b"=").unwrap_or(value);
                command.attributes.push((name.to_vec(), value.to_vec()));
            } else if word.starts_with(b"?") {
                command.queries.push(word);
            } else if let Some(tag) = word.strip_prefix(b".tag=") {
                command.tag = Some(tag.to_vec());
            } else {
                command.odd = true;
            }
        }
        command
    }

    /// Returns the last value given under this name.
    pub(crate) fn value(&self, name: &str) -> Option<&[u8]> {
        self.attributes
            .iter()
            .rev()
            .find(|(known, _)| known == name.as_bytes())
            .map(|(_, value)| value.as_slice())
    }

    /// Returns menu and verb.
    pub(crate) fn menu_and_verb(&self) -> (&str, &str) {
        self.path.rsplit_once('/').unwrap_or(("", &self.path))
    }
}

/// What a command came to, to be put into sentences.
#[derive(Debug, Default)]
pub(crate) struct SimReply {
    /// The attribute words of each row.
    pub(crate) rows: Vec<WordList>,
    /// What `!done` returns.
    pub(crate) ret: Option<Vec<u8>>,
    /// Why it was refused.
    pub(crate) refusal: Option<Refusal>,
    /// It was a print, so that finding nothing may have to be said.
    pub(crate) is_print: bool,
}

impl SimReply {
    /// Returns the reply as sentences: rows, refusal, end.
    pub(crate) fn sentences(self, tag: Option<&[u8]>, version: Version) -> Vec<WordList> {
        let mut sentences = Vec::with_capacity(self.rows.len().saturating_add(2));
        if self.is_print && self.rows.is_empty() && self.refusal.is_none() && self.ret.is_none() && version.says_empty()
        {
            sentences.push(reply("!empty", tag));
        }
        for row in self.rows {
            let mut words = reply("!re", tag);
            words.extend(row);
            sentences.push(words);
        }
        if let Some(refusal) = self.refusal {
            sentences.push(trap(&refusal, tag, version));
            if let Some(second) = refusal.second {
                sentences.push(trap(
                    &Refusal {
                        message: second,
                        second: None,
                        ..refusal
                    },
                    tag,
                    version,
                ));
            }
        }
        let mut done = reply("!done", tag);
        if let Some(ret) = self.ret {
            done.push(attribute("ret", &ret));
        }
        sentences.push(done);
        sentences
    }
}

/// Returns `!trap` with its words.
pub(crate) fn trap(refusal: &Refusal, tag: Option<&[u8]>, version: Version) -> WordList {
    let mut words = reply("!trap", tag);
    if let Some(category) = refusal.category
        && version.names_categories()
    {
        words.push(attribute("category", category.to_string().as_bytes()));
    }
    words.push(attribute("message", refusal.message.as_bytes()));
    words
}

/// Returns a reply word and the tag of its command.
pub(crate) fn reply(word: &str, tag: Option<&[u8]>) -> WordList {
    let mut words = vec![word.as_bytes().to_vec()];
    if let Some(tag) = tag {
        words.push([b".tag=", tag].concat());
    }
    words
}

/// Returns `=name=value`.
pub(crate) fn attribute(name: &str, value: &[u8]) -> Vec<u8> {
    [b"=", name.as_bytes(), b"=", value].concat()
}
