//! Which subscribers does a list have?
//!
//! A CSV file with the columns `username,name,phone,account,package,router,service,address,expires_on,balance`,
//! optionally `login,debited`, in any order; a missing column counts as empty cells. It is read in the dialects that
//! statements come in: `,`, `;` or tabs, UTF-8, UTF-16 with its mark, or Windows-1252. Either all of it is read or
//! nothing: everything that is wrong is reported at once, with line and column. The caller checks whether a package or
//! router exists, and who is already known; [`Subscribers::finding`] names the place for that.

use crate::import::column_words::{self, Meaning};
use crate::import::csv::{FILE_BYTES_MAX, Record, Records, UnreadableRecord};
use crate::import::file_kind;
use crate::import::findings::Findings;
use crate::import::statement_text::decode;
use crate::import::subscriber_cells::{self, ListReading};
use crate::import::subscriber_column::SubscriberColumn;
use crate::import::subscriber_columns::Columns;
use crate::import::subscriber_doubles;
use crate::import::subscriber_row::{ListTerms, RowNames, SubscriberRow};
use crate::model::finding::Finding;
use crate::model::money::Currency;
use crate::model::statement_format::TextEncoding;

/// How many rows are looked at to tell by its values what a column is.
const ROWS_LOOKED_AT: usize = 200;

/// A list of subscribers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subscribers {
    /// The file as the person named it.
    pub file: String,
    /// The rows in the order of the file; those with a username.
    pub rows: Vec<SubscriberRow>,
    /// The packages and routers of the rows that have none.
    pub nameless: Vec<RowNames>,
    /// What is wrong with it: where there is anything, nothing of the list may be taken.
    pub(crate) errors: Findings,
    /// Warnings, which stop nothing.
    pub warnings: Vec<Finding>,
    /// Where the columns are.
    pub columns: Columns,
}

impl Subscribers {
    /// Returns what is wrong with it; of a thousand and more the rest is counted.
    #[must_use]
    pub fn errors(&self) -> Vec<Finding> {
        self.errors.clone().into_vec()
    }

    /// Returns a finding about one cell of a row, for what only the site can tell: an unknown package, an object that
    /// is taken.
    #[must_use]
    pub fn finding(&self, row: &SubscriberRow, column: SubscriberColumn, message: impl Into<String>) -> Finding {
        Finding {
            file: self.file.clone(),
            line: row.line,
            column: self.columns.number(column),
            column_name: self.columns.name(column).map(str::to_owned),
            message: message.into(),
        }
    }
}

/// Reads a list of subscribers whose days are written `YYYY-MM-DD`. Rows without any value are passed over; blanks at the
/// ends of a cell do not count.
///
/// # Errors
/// Everything that is wrong with the file, by line and column; of a thousand and more the rest is counted.
pub fn read(bytes: &[u8], file: &str, currency: &Currency) -> Result<Subscribers, Vec<Finding>> {
    let terms = ListTerms {
        currency,
        date_formats: &[],
    };
    let list = read_all(bytes, file, &terms)?;
    if list.errors.is_empty() {
        Ok(list)
    } else {
        Err(list.errors())
    }
}

/// Reads a list of subscribers with everything that is wrong in it, so that the caller can add what only the site can
/// tell.
///
/// # Errors
/// What is wrong where no row can be read at all.
pub fn read_all(bytes: &[u8], file: &str, terms: &ListTerms<'_>) -> Result<Subscribers, Vec<Finding>> {
    let mut errors = Findings::new(file);
    let mut warnings = Findings::new(file);
    if let Some(message) = unfit(bytes) {
        errors.add_line(1, message);
        return Err(errors.into_vec());
    }
    let text = decode(bytes, TextEncoding::Auto);
    let table = ListTable::of(&text);
    let mut records = Records::new(table.text.as_bytes(), table.delimiter, table.first_line);
    let header = match records.next() {
        Some(Ok(header)) => header,
        None => {
            errors.add_line(
                1,
                "the file is empty; its first line must name the columns, `username` among them",
            );
            return Err(errors.into_vec());
        }
        Some(Err(unreadable)) => {
            errors.add_unreadable(unreadable);
            return Err(errors.into_vec());
        }
    };
    errors.name_columns(header.fields());
    warnings.name_columns(header.fields());
    let first: Vec<Result<Record, UnreadableRecord>> = records.by_ref().take(ROWS_LOOKED_AT).collect();
    let looked_at: Vec<Record> = first.iter().filter_map(|row| row.as_ref().ok()).cloned().collect();
    let columns = Columns::read(&header, &looked_at, &mut errors, &mut warnings);
    if columns.index(SubscriberColumn::Username).is_none() {
        return Err(errors.into_vec());
    }
    let mut reading = ListReading::new(&columns, terms, table.delimiter, &mut errors);
    for record in first.into_iter().chain(records) {
        match record {
            Ok(record) if record.is_blank() => {}
            Ok(record) => subscriber_cells::row(&record, &mut reading),
            Err(unreadable) => reading.errors.add_unreadable(unreadable),
        }
    }
    let (rows, nameless) = reading.end(&mut warnings);
    subscriber_doubles::find(&rows, &columns, &mut errors, &mut warnings);
    Ok(Subscribers {
        file: file.to_owned(),
        rows,
        nameless,
        errors,
        warnings: warnings.into_vec(),
        columns,
    })
}

/// The table in a text.
struct ListTable<'a> {
    text: &'a str,
    delimiter: u8,
    first_line: u32,
}

impl<'a> ListTable<'a> {
    /// Finds what separates the fields: what a line `sep=;` says, which Excel writes, else the sign by which the header
    /// has most of the names that it can have.
    fn of(text: &'a str) -> Self {
        let first = text.lines().next().unwrap_or("");
        let said = first
            .trim_matches('"')
            .strip_prefix("sep=")
            .and_then(|sign| sign.bytes().next());
        if let (Some(delimiter), Some((_, rest))) = (said, text.split_once('\n')) {
            return Self {
                text: rest,
                delimiter,
                first_line: 2,
            };
        }
        let header = text.lines().find(|line| !line.trim().is_empty()).unwrap_or("");
        let known = |delimiter: u8| {
            let record = Records::new(header.as_bytes(), delimiter, 1).next();
            record.and_then(Result::ok).map_or((0, 0), |record| {
                let names = record.fields().filter(|name| is_known(name)).count();
                (names, record.len())
            })
        };
        let delimiter = [b';', b'\t'].into_iter().fold((b',', known(b',')), |best, delimiter| {
            let found = known(delimiter);
            if found > best.1 { (delimiter, found) } else { best }
        });
        Self {
            text,
            delimiter: delimiter.0,
            first_line: 1,
        }
    }
}

fn is_known(name: &str) -> bool {
    let lower = name.to_lowercase();
    SubscriberColumn::ALL.into_iter().any(|column| column.as_str() == lower)
        || column_words::meaning(name) != Meaning::Unknown
}

/// Returns why no line of this file needs to be looked at.
fn unfit(bytes: &[u8]) -> Option<String> {
    if bytes.len() > FILE_BYTES_MAX {
        let megabytes = FILE_BYTES_MAX / (1024 * 1024);
        return Some(format!(
            "the file is larger than {megabytes} MiB; split it into several files"
        ));
    }
    if let Some(foreign) = file_kind::foreign(bytes) {
        return Some(format!("the file is {}; {}", foreign.what, foreign.way_out));
    }
    file_kind::is_utf16_without_mark(bytes)
        .then(|| "the file looks like UTF-16 without its byte order mark; save it as `CSV UTF-8`".to_owned())
}
