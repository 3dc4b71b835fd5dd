//! The format of the card, pinned: what every record and every key looks like as bytes, and what older versions left.
//!
//! A *vector* is a value with its bytes, field by field in the order on the card. Values are written without `..` and kinds
//! are matched without `_`: a field or a kind that is added, dropped, renamed or swapped does not compile here, or fails.
//! That is the moment to read "How the format changes" in `src/store/tables.rs`; a vector that holds is never edited.
//! *Source* of the bytes: bincode's specification, "Varint encoding" (below 251 one byte; `fb`, `fc`, `fd` before two, four,
//! eight; signed numbers zigzag), options and kinds as one number in front.
//!
//! `money`, `people`, `jobs`, `routers`, `messages`, `site` hold the vectors; `keys` the numbers and words in keys, and
//! `rows` goes over every row of a file; `older` opens what each format so far has left in `files/`; `service_step` tries the
//! step to format 4.

use std::fmt::{Debug, Write as _};

use serde::Serialize;
use serde::de::DeserializeOwned;
use weir::store::codec::{RECORD_VERSION, decode, encode};

/// Pins a record: `field: value => "its bytes"`, for each field in the order in which they are on the card.
macro_rules! record {
    ($type:ident { $($field:ident: $value:expr => $bytes:literal,)+ }) => {{
        let record = $type { $($field: $value,)+ };
        $(super::is_written_as(concat!(stringify!($type), "::", stringify!($field)), &record.$field, $bytes);)+
        super::is_stored_as(stringify!($type), &record, &[$($bytes),+]);
    }};
}

/// Pins every kind of an enum: `pattern = value => "its bytes"`, or `Kind => "its bytes"` where it carries nothing.
macro_rules! kinds {
    ($type:ident { $($pattern:pat = $value:expr => $bytes:literal,)+ }) => {{
        // A kind that is not pinned below does not compile here.
        let is_pinned = |kind: &$type| match kind { $($pattern)|+ => true };
        $(
            let kind: $type = $value;
            assert!(is_pinned(&kind) && matches!(kind, $pattern), "{kind:?} is not `{}`", stringify!($pattern));
            super::is_written_as(stringify!($pattern), &kind, $bytes);
        )+
    }};
    ($type:ident { $($kind:ident => $bytes:literal,)+ }) => {
        kinds!($type { $($type::$kind = $type::$kind => $bytes,)+ })
    };
}

mod jobs;
mod keys;
mod messages;
mod money;
mod older;
mod people;
mod routers;
mod rows;
mod service_step;
mod site;

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let blank = if text.is_empty() { "" } else { " " };
        write!(text, "{blank}{byte:02x}").unwrap();
        text
    })
}

/// Bytes of a text such as `fb 2c 01`.
fn bytes(hex: &str) -> Vec<u8> {
    hex.split_whitespace()
        .map(|byte| u8::from_str_radix(byte, 16).unwrap())
        .collect()
}

/// A part of a record is written as these bytes, and they are read as this part.
#[track_caller]
fn is_written_as<T: Serialize + DeserializeOwned + PartialEq + Debug>(what: &str, part: &T, expected: &str) {
    let written = encode(part).unwrap();
    let (version, written) = written.split_first().unwrap();
    assert_eq!((*version, hex(written).as_str()), (RECORD_VERSION, expected), "{what}");
    let read: T = decode(&[&[RECORD_VERSION], bytes(expected).as_slice()].concat()).unwrap();
    assert_eq!(&read, part, "{what}");
}

/// A record is the version and its fields in this order, with nothing between them, before them or after them.
fn is_stored_as<T: Serialize + DeserializeOwned + PartialEq + Debug>(what: &str, record: &T, fields: &[&str]) {
    let expected = [vec![1], bytes(&fields.join(" "))].concat();
    assert_eq!(hex(&encode(record).unwrap()), hex(&expected), "{what}");
    assert_eq!(&decode::<T>(&expected).unwrap(), record, "{what}");
}
