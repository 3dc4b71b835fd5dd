//! The commands that are sent to a router.
//!
//! A command as words: its path, attributes, a query. Values are bytes and go out as they are. A query over several values
//! of one attribute is answered by one walk over the router's table, however many values there are. Must never know
//! sockets or tags of others, and shows no value when printed, since some are passwords.
//!
//! *Source:* MikroTik documentation, API, "Command word", "Attribute word", "Query word".

use std::fmt;

use crate::routers::word::{self, WordError};

/// A command, ready to be sent.
#[derive(Clone, PartialEq, Eq)]
pub struct Command {
    path: &'static str,
    words: Vec<Vec<u8>>,
}

impl Command {
    /// Creates a command without attributes, such as `/system/identity/print`.
    #[must_use]
    pub const fn new(path: &'static str) -> Self {
        Self {
            path,
            words: Vec::new(),
        }
    }

    /// Returns a print of those rows in which `name` equals one of the values, with these attributes alone. `None` when
    /// there are no values: without a query the whole table would come.
    #[must_use]
    pub fn print_where(path: &'static str, attributes: &[&str], name: &str, values: &[&[u8]]) -> Option<Self> {
        let more = values.len().checked_sub(1)?;
        let mut command = Self::new(path).with(".proplist", attributes.join(","));
        for value in values {
            command.words.push([b"?", name.as_bytes(), b"=", value].concat());
        }
        if more > 0 {
            command.words.push([b"?#".as_slice(), &b"|".repeat(more)].concat());
        }
        Some(command)
    }

    /// Returns the same with one more attribute.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl AsRef<[u8]>) -> Self {
        self.words.push([b"=", name.as_bytes(), b"=", value.as_ref()].concat());
        self
    }

    /// Returns the path, which is all of a command that may be shown.
    #[must_use]
    pub const fn path(&self) -> &'static str {
        self.path
    }

    /// Appends the command's bytes, with its tag where it has one.
    ///
    /// # Errors
    /// A word that is too long to be sent. Nothing is appended then.
    pub(crate) fn encode(&self, tag: Option<u64>, into: &mut Vec<u8>) -> Result<(), WordError> {
        let tag = tag.map(|tag| format!(".tag={tag}").into_bytes());
        let words = std::iter::once(self.path.as_bytes())
            .chain(self.words.iter().map(Vec::as_slice))
            .chain(tag.as_deref());
        word::encode_sentence(words, into)
    }
}

impl fmt::Debug for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::routers::word::{Decoder, WordLimits};

    fn words(command: &Command, tag: Option<u64>) -> Vec<String> {
        let mut bytes = Vec::new();
        command.encode(tag, &mut bytes).unwrap();
        let mut decoder = Decoder::new(WordLimits::default());
        decoder.feed(&bytes);
        let sentence = decoder.next_sentence().unwrap().unwrap();
        sentence
            .into_iter()
            .map(|word| String::from_utf8(word).unwrap())
            .collect()
    }

    #[test]
    fn a_command_is_path_attributes_tag() {
        let command = Command::new("/ppp/secret/set")
            .with(".id", "*1A")
            .with("comment", "a=b");
        assert_eq!(
            words(&command, Some(7)),
            ["/ppp/secret/set", "=.id=*1A", "=comment=a=b", ".tag=7"]
        );
        assert_eq!(words(&Command::new("/login"), None), ["/login"]);
    }

    #[test]
    fn n_values_are_joined_by_one_or_less() {
        let names: [&[u8]; 3] = [b"a", b"x=y", b"?#!"];
        let print = |count| Command::print_where("/t/print", &[".id", "name"], "name", &names[..count]);
        assert_eq!(print(0), None);
        assert_eq!(
            words(&print(1).unwrap(), None),
            ["/t/print", "=.proplist=.id,name", "?name=a"]
        );
        assert_eq!(
            words(&print(3).unwrap(), None),
            [
                "/t/print",
                "=.proplist=.id,name",
                "?name=a",
                "?name=x=y",
                "?name=?#!",
                "?#||"
            ]
        );
    }

    #[test]
    fn a_printed_command_shows_no_value() {
        let login = Command::new("/login").with("password", "s3cret");
        assert_eq!(format!("{login:?}"), "/login");
    }
}
