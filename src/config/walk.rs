//! Which values does the file have, and where?
//!
//! A [`Section`] is one table of the file; its keys are read by type. A value of the wrong type is noted and then
//! treated as absent, so that the walk goes on and all findings come at once.
//!
//! Must never know: what any key means.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::config::nearest::{did_you_mean, nearest};
use crate::config::notes::{FINDINGS_MAX, Notes};

/// How many entries a list may have.
pub(crate) const LIST_MAX: usize = 1000;

/// A text of the file and its place.
#[derive(Clone, Copy)]
pub(crate) struct TomlText<'t> {
    pub(crate) text: &'t str,
    /// Where the value begins, quotes included.
    pub(crate) at: usize,
    /// Where its first letter is, if the file has the text as it is (no escapes).
    inside: Option<usize>,
}

impl TomlText<'_> {
    /// Returns the place in the file of a byte of the text; of the value, if escapes make them differ.
    pub(crate) fn place(&self, offset: usize) -> usize {
        self.inside.map_or(self.at, |inside| inside + offset)
    }
}

/// One table of the file.
#[derive(Clone, Copy)]
pub(crate) struct Section<'t> {
    /// What it is called in messages, such as `[site]`.
    pub(crate) name: &'static str,
    /// Where its header is.
    pub(crate) at: usize,
    table: &'t DeTable<'t>,
    source: &'t str,
}

impl<'t> Section<'t> {
    /// Returns the file's top level as a section; `source` is the text of the whole file.
    pub(crate) const fn root(table: &'t DeTable<'t>, source: &'t str) -> Self {
        Self {
            name: "the file",
            at: 0,
            table,
            source,
        }
    }

    fn get(&self, key: &str) -> Option<&'t Spanned<DeValue<'t>>> {
        self.table.get(key)
    }

    /// Returns whether the key is missing.
    pub(crate) fn is_absent(&self, key: &str) -> bool {
        self.get(key).is_none()
    }

    /// Returns a text that was read before, so that nothing about it is noted twice.
    pub(crate) fn text_quietly(&self, key: &str) -> Option<&'t str> {
        self.get(key)?.get_ref().as_str()
    }

    /// Notes every key that is not among these.
    pub(crate) fn only(&self, notes: &mut Notes<'_>, known: &[&str]) {
        let unknown = self.table.keys().filter(|key| !known.contains(&key.get_ref().as_ref()));
        for key in unknown.take(FINDINGS_MAX) {
            let word = key.get_ref().as_ref();
            let hint = match nearest(word, known.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("the keys here are {}", quoted(known)),
            };
            notes.note(
                key.span().start,
                format!("unknown key `{word}` in {}; {hint}", self.name),
            );
        }
    }

    fn wrong(&self, notes: &mut Notes<'_>, key: &str, value: &Spanned<DeValue<'_>>, right: &str) {
        let found = type_words(value.get_ref());
        notes.note(value.span().start, format!("`{key}` is {found}; write {right}"));
    }

    fn as_text(&self, value: &'t Spanned<DeValue<'t>>) -> Option<TomlText<'t>> {
        let text = value.get_ref().as_str()?;
        let at = value.span().start;
        let raw = self.source.get(value.span()).unwrap_or("");
        let quotes = if raw.starts_with("\"\"\"") || raw.starts_with("'''") {
            3
        } else {
            1
        };
        let inside = raw.get(quotes..).is_some_and(|rest| rest.starts_with(text));
        Some(TomlText {
            text,
            at,
            inside: inside.then_some(at + quotes),
        })
    }

    /// Reads a text; absent if it is missing, or is something else, which is noted.
    pub(crate) fn text(&self, notes: &mut Notes<'_>, key: &str) -> Option<TomlText<'t>> {
        let value = self.get(key)?;
        let text = self.as_text(value);
        if text.is_none() {
            let raw = self.source.get(value.span()).unwrap_or("");
            let is_scalar = !(value.get_ref().is_table() || value.get_ref().is_array());
            let right = if is_scalar {
                format!("it in quotes, `{key} = \"{raw}\"`")
            } else {
                format!("one text in quotes, `{key} = \"…\"`")
            };
            self.wrong(notes, key, value, &right);
        }
        text
    }

    /// Reads a text that must be there and not empty.
    pub(crate) fn required(&self, notes: &mut Notes<'_>, key: &str, example: &str) -> Option<TomlText<'t>> {
        match self.get(key) {
            None => {
                notes.note(
                    self.at,
                    format!(
                        "{} has no `{key}`; add one, for example `{key} = \"{example}\"`",
                        self.name
                    ),
                );
                None
            }
            Some(_) => self.text(notes, key).filter(|text| {
                if text.text.trim().is_empty() {
                    notes.note(
                        text.at,
                        format!("`{key}` is empty; fill it in, for example `{key} = \"{example}\"`"),
                    );
                }
                !text.text.trim().is_empty()
            }),
        }
    }

    /// Reads a whole number within bounds.
    pub(crate) fn whole<T: TryFrom<i64>>(&self, notes: &mut Notes<'_>, key: &str, from: i64, to: i64) -> Option<T> {
        self.get(key)
            .and_then(|value| self.whole_in(notes, key, value, from, to))
    }

    fn whole_in<T: TryFrom<i64>>(
        &self,
        notes: &mut Notes<'_>,
        key: &str,
        value: &Spanned<DeValue<'_>>,
        from: i64,
        to: i64,
    ) -> Option<T> {
        let Some(integer) = value.get_ref().as_integer() else {
            self.wrong(
                notes,
                key,
                value,
                &format!("a whole number {from} to {to}, without quotes"),
            );
            return None;
        };
        let number = i64::from_str_radix(integer.as_str(), integer.radix()).ok();
        let number = number
            .filter(|number| (from..=to).contains(number))
            .and_then(|number| T::try_from(number).ok());
        if number.is_none() {
            let raw = self.source.get(value.span()).unwrap_or("");
            notes.note(
                value.span().start,
                format!("`{key}` is {raw}; it must be {from} to {to}"),
            );
        }
        number
    }

    /// Reads `true` or `false`.
    pub(crate) fn truth(&self, notes: &mut Notes<'_>, key: &str) -> Option<bool> {
        let value = self.get(key)?;
        let truth = value.get_ref().as_bool();
        if truth.is_none() {
            self.wrong(notes, key, value, "`true` or `false`, without quotes");
        }
        truth
    }

    /// Reads a list of texts.
    pub(crate) fn texts(&self, notes: &mut Notes<'_>, key: &str) -> Option<Vec<TomlText<'t>>> {
        let mut texts = Vec::new();
        for value in self.list(notes, key, "[\"…\"]")? {
            match self.as_text(value) {
                Some(text) => texts.push(text),
                None => self.wrong(notes, key, value, "a text in quotes"),
            }
        }
        Some(texts)
    }

    /// Reads one text, or a list of them.
    pub(crate) fn text_or_texts(&self, notes: &mut Notes<'_>, key: &str) -> Option<Vec<TomlText<'t>>> {
        if self.get(key)?.get_ref().is_str() {
            return Some(self.text(notes, key).into_iter().collect());
        }
        self.texts(notes, key)
    }

    /// Reads a list of whole numbers within bounds.
    pub(crate) fn wholes<T: TryFrom<i64>>(
        &self,
        notes: &mut Notes<'_>,
        key: &str,
        from: i64,
        to: i64,
    ) -> Option<Vec<T>> {
        let list = self.list(notes, key, "[3]")?;
        Some(
            list.into_iter()
                .filter_map(|value| self.whole_in(notes, key, value, from, to))
                .collect(),
        )
    }

    fn list(&self, notes: &mut Notes<'_>, key: &str, example: &str) -> Option<Vec<&'t Spanned<DeValue<'t>>>> {
        let value = self.get(key)?;
        let Some(array) = value.get_ref().as_array() else {
            self.wrong(notes, key, value, &format!("a list, `{key} = {example}`"));
            return None;
        };
        if array.len() > LIST_MAX {
            notes.note(
                value.span().start,
                format!("`{key}` has {} entries; at most {LIST_MAX} are allowed", array.len()),
            );
        }
        Some(array.iter().take(LIST_MAX).collect())
    }

    /// Reads a single table, such as `[site]`.
    pub(crate) fn section(&self, notes: &mut Notes<'_>, key: &str, name: &'static str) -> Option<Self> {
        let value = self.get(key)?;
        let Some(table) = value.get_ref().as_table() else {
            self.wrong(notes, key, value, &format!("it as a table, {name}"));
            return None;
        };
        Some(Self {
            name,
            at: value.span().start,
            table,
            source: self.source,
        })
    }

    /// Reads the tables of one kind, such as `[[routers]]`.
    pub(crate) fn sections(&self, notes: &mut Notes<'_>, key: &str, name: &'static str) -> Vec<Self> {
        let Some(value) = self.get(key) else { return Vec::new() };
        let right = format!("{name} above each");
        let list = match value.get_ref().as_array() {
            Some(array) => array,
            None => {
                self.wrong(notes, key, value, &right);
                return Vec::new();
            }
        };
        if list.len() > LIST_MAX {
            notes.note(
                value.span().start,
                format!("{name} appears {} times; at most {LIST_MAX} are allowed", list.len()),
            );
        }
        let mut sections = Vec::new();
        for entry in list.iter().take(LIST_MAX) {
            match entry.get_ref().as_table() {
                Some(table) => sections.push(Self {
                    name,
                    at: entry.span().start,
                    table,
                    source: self.source,
                }),
                None => self.wrong(notes, key, entry, &right),
            }
        }
        sections
    }

    /// Returns the keys and their places, in the order of the file.
    pub(crate) fn keys(&self) -> Vec<(&'t str, usize)> {
        let mut keys: Vec<(&str, usize)> = self
            .table
            .keys()
            .map(|key| (key.get_ref().as_ref(), key.span().start))
            .collect();
        keys.sort_by_key(|(_, at)| *at);
        keys
    }

    /// Returns the place of a key's value; the place of the table if the key is absent.
    pub(crate) fn place(&self, key: &str) -> usize {
        self.get(key).map_or(self.at, |value| value.span().start)
    }

    /// Reads a text and makes something of it; what is wrong with it is noted at its place.
    pub(crate) fn made<T, E: ToString>(
        &self,
        notes: &mut Notes<'_>,
        key: &str,
        make: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<T> {
        let text = self.text(notes, key)?;
        made(notes, text, make)
    }

    /// Reads one of some words.
    pub(crate) fn word<T: Copy>(&self, notes: &mut Notes<'_>, key: &str, words: &[(&str, T)]) -> Option<T> {
        self.made(notes, key, |text| {
            words
                .iter()
                .find(|(word, _)| *word == text)
                .map(|(_, value)| *value)
                .ok_or_else(|| {
                    let known: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
                    let hint = did_you_mean(text, known.iter().copied());
                    format!("{key} `{text}` is not known; write {}{hint}", alternatives(&known))
                })
        })
    }
}

/// Makes something of a text; what is wrong with it is noted at its place.
pub(crate) fn made<T, E: ToString>(
    notes: &mut Notes<'_>,
    text: TomlText<'_>,
    make: impl FnOnce(&str) -> Result<T, E>,
) -> Option<T> {
    match make(text.text) {
        Ok(value) => Some(value),
        Err(error) => {
            notes.note(text.at, error.to_string());
            None
        }
    }
}

fn type_words(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a text",
        DeValue::Integer(_) => "a whole number",
        DeValue::Float(_) => "a number with a point",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}

fn quoted(words: &[&str]) -> String {
    words
        .iter()
        .map(|word| format!("`{word}`"))
        .collect::<Vec<_>>()
        .join(", ")
}

/// Returns `` `a`, `b` or `c` ``.
fn alternatives(words: &[&str]) -> String {
    match words {
        [] => String::new(),
        [only] => format!("`{only}`"),
        [most @ .., last] => format!("{} or `{last}`", quoted(most)),
    }
}
