//! What is typed at a site: words of the command line, read as the program reads them.

use std::ffi::OsString;

use weir::cli::args::{Parsed, TypedStep, parse};
use weir::commands::request::Request;

/// What may be asked of a site: a typed line; a typed line with what stands in the file that it names; a request.
pub trait Asked {
    fn request(self) -> Request;
}

impl Asked for &str {
    fn request(self) -> Request {
        typed(self)
    }
}

impl Asked for String {
    fn request(self) -> Request {
        typed(&self)
    }
}

impl Asked for (&str, &str) {
    fn request(self) -> Request {
        let (line, content) = self;
        let mut request = typed(line);
        request.file_mut().unwrap().bytes = content.as_bytes().to_vec();
        request
    }
}

impl Asked for Request {
    fn request(self) -> Request {
        self
    }
}

/// Returns what a line asks of the site; it is typed without `weir`.
pub fn typed(line: &str) -> Request {
    let args = std::iter::once("weir".to_owned()).chain(words(line));
    match parse(args.map(OsString::from)) {
        Parsed::Typed(typed) => match typed.step {
            TypedStep::Ask(request) => *request,
            other => panic!("`{line}` asks no site: {other:?}"),
        },
        Parsed::Text { text, .. } => panic!("`{line}`: {text}"),
    }
}

/// Returns the words of a line as a shell divides them.
pub fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    for character in line.chars() {
        match (character, quote) {
            (c, Some(open)) if c == open => quote = None,
            ('\'' | '"', None) => {
                quote = Some(character);
                word.get_or_insert_default();
            }
            (' ', None) => words.extend(word.take()),
            _ => word.get_or_insert_default().push(character),
        }
    }
    assert!(quote.is_none(), "a quote is not closed: {line}");
    words.extend(word);
    words
}

/// Returns an amount as it is typed, from minor units of which a hundred make one.
pub fn amount(minor: i64) -> String {
    let (sign, minor) = (if minor < 0 { "-" } else { "" }, minor.unsigned_abs());
    format!("{sign}{}.{:02}", minor / 100, minor % 100)
}

/// Returns a word in quotes, whatever is in it.
pub fn quoted(word: &str) -> String {
    let quote = if word.contains('\'') { '"' } else { '\'' };
    assert!(!word.contains(quote), "a word with both kinds of quotes: {word}");
    format!("{quote}{word}{quote}")
}
