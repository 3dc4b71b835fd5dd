//! Which payments does a statement have?
//!
//! A file of a bank or a provider is recognised by its header line, among the formats of the site and Weir's own
//! (`reference,date,amount,account,phone,source,payer,details`). Payments come out as rows; all other rows are counted by
//! reason. A row that cannot be read is reported and stops no other, but for a quote that is not closed, which stops all
//! after it. Must never know: who paid, and which payments are already
//! known.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;

use crate::import::csv::{FILE_BYTES_MAX, Records};
use crate::import::file_kind;
use crate::import::findings::Findings;
use crate::import::statement_date::Today;
use crate::import::statement_header;
use crate::import::statement_row::{MONEY_OUT, PaymentRow, Reversal, RowReader, RowResult};
use crate::model::day::Instant;
use crate::model::failure::Failure;
use crate::model::finding::Finding;
use crate::model::money::Currency;
use crate::model::name::Source;
use crate::model::statement_format::StatementFormat;

/// What a statement holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// The name of the format that fits it.
    pub format: Source,
    /// The payments in the order of the file.
    pub rows: Vec<PaymentRow>,
    /// How many rows are no payment, by reason: `failed`, `money out`, `own transfer`, `empty`, `footer`, `header`.
    /// Reversals count as `money out`.
    pub ignored: BTreeMap<&'static str, u32>,
    /// Payments that the statement says were taken back.
    pub reversals: Vec<Reversal>,
    /// The line from which on nothing was read, because a quote there may have swallowed what follows.
    pub stopped_at: Option<u32>,
    /// Rows that cannot be read, by line; of a thousand and more the rest is counted in the last one.
    pub unreadable: Vec<Finding>,
}

/// Reads a statement with the site's formats and Weir's own.
///
/// # Errors
/// When the file is no table of text, is too large, or fits none of the formats.
pub fn read(
    bytes: &[u8],
    file: &str,
    formats: &[StatementFormat],
    currency: &Currency,
    zone: &TimeZone,
    now: Instant,
) -> Result<Statement, Failure> {
    if bytes.len() > FILE_BYTES_MAX {
        let megabytes = FILE_BYTES_MAX / (1024 * 1024);
        let what = format!("`{file}` is larger than {megabytes} MiB");
        return Err(Failure::refused(what, "export a shorter period"));
    }
    if let Some(foreign) = file_kind::foreign(bytes) {
        return Err(Failure::refused(
            format!("`{file}` is {}", foreign.what),
            foreign.way_out,
        ));
    }
    let built_in = StatementFormat::built_in().map_err(|error| Failure::refused(error.to_string(), ""))?;
    let known: Vec<&StatementFormat> = formats.iter().chain(std::iter::once(&built_in)).collect();
    let recognised = statement_header::recognise(bytes, file, &known)?;
    let found = &recognised.found;
    let mut statement = Statement {
        format: recognised.format.name.clone(),
        rows: Vec::new(),
        ignored: BTreeMap::new(),
        reversals: Vec::new(),
        stopped_at: None,
        unreadable: Vec::new(),
    };
    let reader = RowReader {
        format: recognised.format,
        places: &found.places,
        header: &found.header,
        currency,
        today: Today::at(now, zone),
    };
    let mut unreadable = Findings::new(file);
    unreadable.name_columns(found.header.fields());
    let table = recognised.text.get(found.starts_at..).unwrap_or_default();
    let mut records = Records::new(table.as_bytes(), found.delimiter, found.line);
    for record in records.by_ref().skip(1) {
        match record.and_then(|record| reader.read(&record)) {
            Ok(RowResult::Payment(row)) => statement.rows.push(*row),
            Ok(RowResult::Ignored(reason)) => count(&mut statement.ignored, reason),
            Ok(RowResult::TakenBack(reversal)) => {
                count(&mut statement.ignored, MONEY_OUT);
                statement.reversals.push(reversal);
            }
            Err(found) => unreadable.add_unreadable(found),
        }
    }
    statement.stopped_at = records.stopped_at();
    statement.unreadable = unreadable.into_vec();
    Ok(statement)
}

fn count(ignored: &mut BTreeMap<&'static str, u32>, reason: &'static str) {
    let rows = ignored.entry(reason).or_default();
    *rows = rows.saturating_add(1);
}
