//! Decodes the bytes of a statement or a list into text.
//!
//! Turns bytes into text, as the statement's format says or as the byte order mark shows. Never fails: bytes
//! that are no character become U+FFFD, and a row that needs such a cell is later reported as unreadable.

use std::borrow::Cow;

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

use crate::model::statement_format::TextEncoding;

/// What replaces bytes that are no character.
pub(crate) const NO_LETTER: char = '\u{FFFD}';

/// Decodes the bytes as text, without a byte order mark at the beginning.
pub(crate) fn decode(bytes: &[u8], encoding: TextEncoding) -> Cow<'_, str> {
    let chosen: &'static Encoding = match encoding {
        TextEncoding::Utf8 => UTF_8,
        TextEncoding::Utf16Le => UTF_16LE,
        TextEncoding::Utf16Be => UTF_16BE,
        TextEncoding::Windows1252 => WINDOWS_1252,
        TextEncoding::Auto => match Encoding::for_bom(bytes) {
            Some((marked, _)) => marked,
            None if std::str::from_utf8(bytes).is_ok() => UTF_8,
            None => WINDOWS_1252,
        },
    };
    chosen.decode_with_bom_removal(bytes).0
}
