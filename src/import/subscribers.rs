//! Which subscribers does a list have?
//!
//! A CSV file with the columns `username,name,phone,account,package,router,service,address,expires_on,balance`,
//! optionally `login,debited`, in any order; a missing column counts as empty cells. Either all of it is read or
//! nothing: everything that is wrong is reported at once, with line and field. The caller checks whether a package or
//! router exists, and who is already known; [`Subscribers::finding`] names the place for that.

use crate::import::csv::{FILE_BYTES_MAX, Records};
use crate::import::file_kind;
use crate::import::findings::Findings;
use crate::import::subscriber_cells;
use crate::import::subscriber_columns::{Columns, SubscriberColumn};
use crate::import::subscriber_doubles;
use crate::import::subscriber_row::SubscriberRow;
use crate::model::finding::Finding;
use crate::model::money::Currency;

/// A list of subscribers that can be read as a whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subscribers {
    /// The file as the person named it.
    pub file: String,
    /// The rows in the order of the file.
    pub rows: Vec<SubscriberRow>,
    /// Warnings, which stop nothing.
    pub warnings: Vec<Finding>,
    /// Where the columns are.
    pub columns: Columns,
}

impl Subscribers {
    /// Returns a finding about one cell of a row, for what only the site can tell: an unknown package, an object that
    /// is taken.
    #[must_use]
    pub fn finding(&self, row: &SubscriberRow, column: SubscriberColumn, message: impl Into<String>) -> Finding {
        Finding {
            file: self.file.clone(),
            line: row.line,
            column: self.columns.number(column),
            message: message.into(),
        }
    }
}

/// Reads a list of subscribers. Rows without any value are passed over; blanks at the ends of a cell do not count.
///
/// # Errors
/// Everything that is wrong with the file, by line and column; of a thousand and more the rest is counted.
pub fn read(bytes: &[u8], file: &str, currency: &Currency) -> Result<Subscribers, Vec<Finding>> {
    let mut errors = Findings::new(file);
    let mut warnings = Findings::new(file);
    if let Some(message) = unfit(bytes) {
        errors.add(1, 1, message);
        return Err(errors.into_vec());
    }
    let mut records = Records::new(bytes, b',', 1);
    let columns = match records.next() {
        None => {
            errors.add(
                1,
                1,
                "the file is empty; its first line must name the columns, `username` among them",
            );
            return Err(errors.into_vec());
        }
        Some(Err(unreadable)) => {
            errors.add(unreadable.line, unreadable.column, unreadable.message);
            return Err(errors.into_vec());
        }
        Some(Ok(header)) => Columns::read(&header, &mut errors, &mut warnings),
    };
    if columns.index(SubscriberColumn::Username).is_none() {
        return Err(errors.into_vec());
    }
    let mut rows = Vec::new();
    for record in records {
        match record {
            Ok(record) if record.is_blank() => {}
            Ok(record) => rows.extend(subscriber_cells::row(&record, &columns, currency, &mut errors)),
            Err(unreadable) => errors.add(unreadable.line, unreadable.column, unreadable.message),
        }
    }
    subscriber_doubles::find(&rows, &columns, &mut errors, &mut warnings);
    if !errors.is_empty() {
        return Err(errors.into_vec());
    }
    Ok(Subscribers {
        file: file.to_owned(),
        rows,
        warnings: warnings.into_vec(),
        columns,
    })
}

/// Returns why no line of this file needs to be looked at.
fn unfit(bytes: &[u8]) -> Option<String> {
    if bytes.len() > FILE_BYTES_MAX {
        let megabytes = FILE_BYTES_MAX / (1024 * 1024);
        return Some(format!(
            "the file is larger than {megabytes} MiB; split it into several files"
        ));
    }
    if file_kind::is_utf16(bytes) {
        return Some("the file is UTF-16; save it as `CSV UTF-8`".to_owned());
    }
    let foreign = file_kind::foreign(bytes)?;
    Some(format!("the file is {}; {}", foreign.what, foreign.way_out))
}
