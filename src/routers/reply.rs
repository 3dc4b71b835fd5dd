//! The replies of a router.
//!
//! A reply is rows, then an end, and refusals in between. The words of a sentence become one of these parts; a word this
//! page does not know is named as such and means nothing. Values stay bytes: comments typed on a router's console are often
//! no UTF-8. Must never decide what a refusal means for somebody.
//!
//! *Source:* MikroTik documentation, API, "Reply word", "Query word" (`!empty` since 7.18).

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::routers::word::Sentence;

/// The attributes of one sentence. What the router left out is a default or false.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Attributes(BTreeMap<Vec<u8>, Vec<u8>>);

impl Attributes {
    /// Returns the value of an attribute, as it came.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&[u8]> {
        self.0.get(name.as_bytes()).map(Vec::as_slice)
    }

    /// Returns the value of an attribute for people; what is no UTF-8 is replaced.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<Cow<'_, str>> {
        self.get(name).map(String::from_utf8_lossy)
    }

    #[cfg(test)]
    pub(crate) fn of(attributes: &[(&str, &str)]) -> Self {
        let owned = |text: &&str| text.as_bytes().to_vec();
        Self(
            attributes
                .iter()
                .map(|(name, value)| (owned(name), owned(value)))
                .collect(),
        )
    }
}

/// All that came for one command.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CommandReply {
    /// The rows, in the order they came.
    pub rows: Vec<Attributes>,
    /// The refusals' words, in the order they came.
    pub traps: Vec<String>,
    /// What came with the end, such as `ret`.
    pub end: Attributes,
}

impl CommandReply {
    /// Returns the router's words when it refused the command.
    #[must_use]
    pub fn refusal(&self) -> Option<String> {
        (!self.traps.is_empty()).then(|| self.traps.join("; "))
    }
}

/// What one sentence is.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum SentenceKind {
    /// A row.
    Row(Attributes),
    /// The end of the reply.
    Done(Attributes),
    /// A refusal; the end still follows.
    Trap(String),
    /// The end of the conversation.
    Fatal(String),
    /// Nothing was found; the end still follows.
    Empty,
    /// A reply word of a version that is newer than this page.
    Unknown(String),
    /// No reply at all: its first word does not begin as one.
    Foreign(String),
}

/// A sentence with the tag of the command it belongs to.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct TaggedSentence {
    pub(crate) tag: Option<Vec<u8>>,
    pub(crate) part: SentenceKind,
}

/// Reads a sentence.
pub(crate) fn read(sentence: &Sentence) -> TaggedSentence {
    let mut tag = None;
    let mut attributes = BTreeMap::new();
    let mut bare = Vec::new();
    let (first, rest) = sentence
        .split_first()
        .map_or((&[][..], &[][..]), |(first, rest)| (first.as_slice(), rest));
    for word in rest {
        if let Some(value) = word.strip_prefix(b".tag=") {
            tag = Some(value.to_vec());
        } else if let Some(attribute) = word.strip_prefix(b"=") {
            // Only the second `=` parts name and value; more of them belong to the value.
            let mut parts = attribute.splitn(2, |byte| *byte == b'=');
            let name = parts.next().unwrap_or_default().to_vec();
            attributes.insert(name, parts.next().unwrap_or_default().to_vec());
        } else {
            bare.push(String::from_utf8_lossy(word));
        }
    }
    let row = Attributes(attributes);
    let message = || match row.text("message") {
        Some(message) => message.into_owned(),
        None if bare.is_empty() => "no reason given".to_owned(),
        None => bare.join(" "),
    };
    let part = match first {
        b"!re" => SentenceKind::Row(row),
        b"!done" => SentenceKind::Done(row),
        b"!trap" => SentenceKind::Trap(message()),
        b"!fatal" => SentenceKind::Fatal(message()),
        b"!empty" => SentenceKind::Empty,
        [b'!', ..] => SentenceKind::Unknown(String::from_utf8_lossy(first).into_owned()),
        _ => SentenceKind::Foreign(String::from_utf8_lossy(first).into_owned()),
    };
    TaggedSentence { tag, part }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(words: &[&str]) -> TaggedSentence {
        read(&words.iter().map(|word| word.as_bytes().to_vec()).collect())
    }

    #[test]
    fn a_value_keeps_its_equals_signs_and_may_be_empty() {
        let got = answer(&["!re", ".tag=7", "=.id=*1", "=comment=a=b==", "=empty=", "=bare"]);
        assert_eq!(got.tag.as_deref(), Some(b"7".as_slice()));
        let SentenceKind::Row(row) = got.part else {
            panic!("no row")
        };
        assert_eq!(row.get("comment"), Some(b"a=b==".as_slice()));
        assert_eq!(row.get("empty"), Some(b"".as_slice()));
        assert_eq!(row.get("bare"), Some(b"".as_slice()));
        assert_eq!(row.get("absent"), None);
    }

    #[test]
    fn each_reply_word_is_what_it_is() {
        let trap = answer(&["!trap", "=category=0", "=message=no such item", ".tag=9"]);
        assert_eq!(trap.part, SentenceKind::Trap("no such item".into()));
        assert_eq!(trap.tag.as_deref(), Some(b"9".as_slice()), "the tag may stand anywhere");
        assert_eq!(
            answer(&["!fatal", "not logged in"]).part,
            SentenceKind::Fatal("not logged in".into())
        );
        assert_eq!(answer(&["!fatal"]).part, SentenceKind::Fatal("no reason given".into()));
        assert_eq!(answer(&["!empty", ".tag=3"]).part, SentenceKind::Empty);
        assert_eq!(
            answer(&["!done", "=ret=ab"]).part,
            SentenceKind::Done(Attributes::of(&[("ret", "ab")]))
        );
        assert_eq!(answer(&["!hint", "=x=y"]).part, SentenceKind::Unknown("!hint".into()));
        assert_eq!(answer(&["HTTP/1.1"]).part, SentenceKind::Foreign("HTTP/1.1".into()));
    }

    #[test]
    fn bytes_that_are_no_text_are_kept_and_shown_with_a_replacement() {
        let SentenceKind::Row(row) = read(&vec![b"!re".to_vec(), b"=comment=\xe9t\xe9".to_vec()]).part else {
            panic!("no row")
        };
        assert_eq!(row.get("comment"), Some(b"\xe9t\xe9".as_slice()));
        assert_eq!(row.text("comment").unwrap(), "\u{fffd}t\u{fffd}");
    }
}
