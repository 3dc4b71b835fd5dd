//! Which fields does each line of a table have?
//!
//! Reads a table of text as records of fields, each with the number of its first line, so that an editor can find
//! whatever is wrong. Quotes follow RFC 4180, with CRLF or LF, but for one thing: a field must end on the line on which it
//! begins. Who exports without doubling quotes makes `"Mama Shop` of one row and `Duka"` of a later one, and all rows
//! between them would be one field. So a quote that is not closed on its line, or text behind a closing quote, ends the
//! reading there, because nobody can say which rows it has swallowed. Must never know: what the fields mean.

use std::ops::Range;

use csv::{ByteRecord, ReaderBuilder};

/// The largest file that is read, in bytes.
pub(crate) const FILE_BYTES_MAX: usize = 64 * 1024 * 1024;
/// The longest field that is read, in bytes.
pub(crate) const FIELD_BYTES_MAX: usize = 64 * 1024;
/// The most records that are read of one file.
pub(crate) const RECORDS_MAX: u32 = 1_000_000;

/// The mark of UTF-8 at the beginning of a file.
const UTF8_MARK: &[u8] = b"\xEF\xBB\xBF";

/// One record.
#[derive(Debug, Clone)]
pub(crate) struct Record {
    /// The line on which it begins, from 1.
    pub(crate) line: u32,
    fields: Vec<String>,
}

impl Record {
    /// Returns the field with this index from 0, without blanks at its ends; empty if the record is shorter.
    pub(crate) fn field(&self, index: usize) -> &str {
        self.fields.get(index).map_or("", |field| trimmed(field))
    }

    /// Returns the number of fields.
    pub(crate) const fn len(&self) -> usize {
        self.fields.len()
    }

    /// Returns all fields, without blanks at their ends.
    pub(crate) fn fields(&self) -> impl Iterator<Item = &str> {
        self.fields.iter().map(|field| trimmed(field))
    }

    /// Returns whether no field holds anything, as a spreadsheet leaves a deleted row.
    pub(crate) fn is_blank(&self) -> bool {
        self.fields().all(str::is_empty)
    }
}

/// A record that cannot be read. Records after it can, unless it says otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct UnreadableRecord {
    /// The line on which it begins, from 1.
    pub(crate) line: u32,
    /// The field, from 1; `None` for the whole line.
    pub(crate) column: Option<u32>,
    /// What is wrong, and what would be right.
    pub(crate) message: String,
}

/// The records of a table, in order.
pub(crate) struct Records<'a> {
    data: &'a [u8],
    delimiter: u8,
    reader: csv::Reader<&'a [u8]>,
    place: LinePosition,
    count: u32,
    ended: bool,
    stopped_at: Option<u32>,
}

/// How far lines have been counted.
struct LinePosition {
    byte: usize,
    line: u32,
}

impl<'a> Records<'a> {
    /// Returns a reader of the records of `data`, whose first line has the number `first_line` in its file.
    pub(crate) fn new(data: &'a [u8], delimiter: u8, first_line: u32) -> Self {
        let data = data.strip_prefix(UTF8_MARK).unwrap_or(data);
        let reader = ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(delimiter)
            .from_reader(data);
        Self {
            data,
            delimiter,
            reader,
            place: LinePosition {
                byte: 0,
                line: first_line,
            },
            count: 0,
            ended: false,
            stopped_at: None,
        }
    }

    /// Returns the line from which on nothing was read, where a quote has ended the reading.
    pub(crate) const fn stopped_at(&self) -> Option<u32> {
        self.stopped_at
    }

    /// Moves the count of lines on to the record at or behind this byte, past line ends that belong to no record.
    fn go_to(&mut self, byte: usize) {
        let passed = self.data.get(self.place.byte..byte).unwrap_or_default();
        let blank = self.data.get(byte..).unwrap_or_default();
        let blank = blank.iter().take_while(|b| matches!(b, b'\r' | b'\n'));
        let (ends, skipped) = blank.fold((0_usize, 0_usize), |(ends, skipped), b| {
            (ends.saturating_add(usize::from(*b == b'\n')), skipped.saturating_add(1))
        });
        let lines = passed.iter().filter(|b| **b == b'\n').count().saturating_add(ends);
        self.place.line = self.place.line.saturating_add(number(lines));
        self.place.byte = byte.saturating_add(skipped);
    }

    fn unreadable(&self, column: Option<usize>, message: impl Into<String>) -> UnreadableRecord {
        UnreadableRecord {
            line: self.place.line,
            column: column.map(number),
            message: message.into(),
        }
    }

    fn stop(&mut self) {
        self.ended = true;
        self.stopped_at = Some(self.place.line);
    }

    fn read(&mut self, raw: &ByteRecord) -> Result<Record, UnreadableRecord> {
        if self.count > RECORDS_MAX {
            self.ended = true;
            let message = format!("the file has more than {RECORDS_MAX} rows; split it into several files");
            return Err(self.unreadable(None, message));
        }
        let end = usize::try_from(self.reader.position().byte()).unwrap_or(usize::MAX);
        let range: Range<usize> = self.place.byte..end.min(self.data.len());
        match quoting(self.data.get(range).unwrap_or_default(), self.delimiter) {
            Quoting::Sound => {}
            Quoting::Open { column } => {
                self.stop();
                let message = "the quote `\"` that opens this field is not closed on its line, so nothing from this line on \
                               was read; close it, or write `\"\"` for a quote inside a quoted field";
                return Err(self.unreadable(Some(column), message));
            }
            Quoting::TextBehind { column } => {
                self.stop();
                let message = "there is text after the closing quote of this field, so nothing from this line on was read; \
                               write `\"\"` for a quote inside a quoted field";
                return Err(self.unreadable(Some(column), message));
            }
        }
        let mut fields = Vec::with_capacity(raw.len());
        for (index, field) in raw.iter().enumerate() {
            let column = Some(index.saturating_add(1));
            if field.len() > FIELD_BYTES_MAX {
                let message = format!(
                    "the field has {} bytes; at most {FIELD_BYTES_MAX} are allowed",
                    field.len()
                );
                return Err(self.unreadable(column, message));
            }
            // The data is text, and a delimiter is never a part of a letter.
            fields.push(String::from_utf8_lossy(field).into_owned());
        }
        Ok(Record {
            line: self.place.line,
            fields,
        })
    }
}

impl Iterator for Records<'_> {
    type Item = Result<Record, UnreadableRecord>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let before = usize::try_from(self.reader.position().byte()).unwrap_or(usize::MAX);
        let mut raw = ByteRecord::new();
        match self.reader.read_byte_record(&mut raw) {
            Ok(true) => {}
            Ok(false) => return None,
            Err(error) => {
                self.ended = true;
                return Some(Err(self.unreadable(None, error.to_string())));
            }
        }
        self.go_to(before);
        self.count = self.count.saturating_add(1);
        Some(self.read(&raw))
    }
}

/// Whether the quotes of a record are what they seem; columns from 1. A field that runs over a line end is open.
enum Quoting {
    Sound,
    Open { column: usize },
    TextBehind { column: usize },
}

fn quoting(record: &[u8], delimiter: u8) -> Quoting {
    enum At {
        Start,
        Plain,
        Quoted,
        Closed,
    }
    let mut at = At::Start;
    let mut column = 1_usize;
    for byte in record {
        at = match (at, *byte) {
            (At::Quoted, b'"') => At::Closed,
            (At::Quoted, b'\r' | b'\n') => return Quoting::Open { column },
            (At::Quoted, _) => At::Quoted,
            (_, b) if b == delimiter => {
                column = column.saturating_add(1);
                At::Start
            }
            (_, b'\r' | b'\n') => return Quoting::Sound,
            (At::Start | At::Closed, b'"') => At::Quoted,
            (At::Start | At::Plain, _) | (At::Closed, b' ' | b'\t') => At::Plain,
            (At::Closed, _) => return Quoting::TextBehind { column },
        };
    }
    match at {
        At::Quoted => Quoting::Open { column },
        At::Start | At::Plain | At::Closed => Quoting::Sound,
    }
}

/// Returns the text without blanks at its ends; byte order marks and marks of writing direction count as blanks.
pub(crate) fn trimmed(text: &str) -> &str {
    text.trim_matches(|c: char| c.is_whitespace() || matches!(c, '\u{FEFF}' | '\u{200B}' | '\u{200E}' | '\u{200F}'))
}

/// Converts a count to the number of a line or column.
pub(crate) fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
