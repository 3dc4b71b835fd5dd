//! Is this row a payment?
//!
//! A payment is completed, incoming, and a customer's. Every other row is counted by its reason and is no error. Only a
//! row that would be a payment but lacks something a payment needs is unreadable, because otherwise money would be
//! missing silently.

use crate::import::csv::{Record, UnreadableRecord, number, trimmed};
use crate::import::spreadsheet;
use crate::import::statement_amount;
use crate::import::statement_date::Today;
use crate::import::statement_header::ColumnPositions;
use crate::import::statement_payer::{self, PayerCells, WORDS_CHARS_MAX, shown};
use crate::import::statement_text::NO_LETTER;
use crate::model::characters::normalised;
use crate::model::day::Day;
use crate::model::money::{Currency, Money};
use crate::model::name::{Phone, Reference, Source};
use crate::model::statement_format::{CellCondition, StatementFormat};
use crate::model::unmatched::StatementWords;
use crate::rules::payer::reference::known_by;

/// The row's status says that it did not happen.
pub(crate) const FAILED: &str = "failed";
/// A charge, a withdrawal, a reversal, or nothing at all in the column of money in.
pub(crate) const MONEY_OUT: &str = "money out";
/// Money in that is no customer's.
pub(crate) const OWN_TRANSFER: &str = "own transfer";
/// No cell holds anything.
pub(crate) const EMPTY: &str = "empty";
/// Totals and closing lines.
pub(crate) const FOOTER: &str = "footer";
/// The header once more, as where pages were joined.
pub(crate) const HEADER: &str = "header";

/// How much of a free text is kept, in characters.
const DETAILS_CHARS_MAX: usize = 500;

/// One payment as a statement gives it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaymentRow {
    /// The line on which the row begins, from 1.
    pub line: u32,
    /// What it is known by: its own number, with day and amount where the format says that numbers repeat.
    pub reference: Reference,
    /// Its own number as the statement gives it.
    pub number: Reference,
    /// The civil day it was made.
    pub date: Day,
    /// How much came in; above zero.
    pub amount: Money,
    /// The account as the payer typed it, in whatever spelling.
    pub account: Option<String>,
    /// The payer's phone, where the statement shows it whole.
    pub phone: Option<Phone>,
    /// The payer's phone as the statement shows it, a part of it hidden or not.
    pub phone_shown: Option<String>,
    /// What it came from.
    pub source: Source,
    /// What else the statement says of it.
    pub words: StatementWords,
    /// The row as it was read before format 4 of the store.
    pub before_4: RowBefore4,
}

impl PaymentRow {
    /// Returns whether its statement gives several payments one number.
    #[must_use]
    pub fn number_repeats(&self) -> bool {
        self.number != self.reference
    }
}

/// What a row was known by before format 4 of the store: number and account as a spreadsheet saved them (`4711.0`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowBefore4 {
    /// Its own number.
    pub number: Reference,
    /// The account.
    pub account: Option<String>,
}

/// Money out that takes an earlier payment back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reversal {
    /// The line on which the row begins, from 1.
    pub line: u32,
    /// The reversal's own number, where it has one.
    pub reference: Option<Reference>,
    /// The payment that was taken back.
    pub reverses: Reference,
}

/// What a row is.
pub(crate) enum RowResult {
    Payment(Box<PaymentRow>),
    Ignored(&'static str),
    TakenBack(Reversal),
}

/// What rows are read by.
pub(crate) struct RowReader<'a> {
    pub(crate) format: &'a StatementFormat,
    pub(crate) places: &'a ColumnPositions,
    pub(crate) header: &'a Record,
    pub(crate) currency: &'a Currency,
    pub(crate) today: Today<'a>,
}

impl RowReader<'_> {
    /// Reads one row.
    ///
    /// # Errors
    /// When it would be a payment and cannot be read as one.
    pub(crate) fn read(&self, record: &Record) -> Result<RowResult, UnreadableRecord> {
        if let Some(reason) = self.aside(record) {
            return Ok(RowResult::Ignored(reason));
        }
        self.shape(record)?;
        if !self.holds(record, self.format.accept.as_ref(), self.places.accept, true) {
            return Ok(RowResult::Ignored(FAILED));
        }
        let amount = self.sound(record, self.places.amount)?;
        let amount = statement_amount::read(amount, self.format.decimal, self.currency)
            .map_err(|message| unreadable(record, self.places.amount, message))?;
        match amount {
            Some(amount) if amount.is_positive() => {
                if self.holds(record, self.format.ignore.as_ref(), self.places.ignore, false) {
                    return Ok(RowResult::Ignored(OWN_TRANSFER));
                }
                Ok(RowResult::Payment(Box::new(self.payment(record, amount)?)))
            }
            _ => Ok(self.money_out(record)),
        }
    }

    /// Returns why a row is no movement of money at all.
    fn aside(&self, record: &Record) -> Option<&'static str> {
        if record.is_blank() {
            return Some(EMPTY);
        }
        let same = |index: usize| record.field(index).eq_ignore_ascii_case(self.header.field(index));
        if same(self.places.amount) && same(self.places.date) && same(self.places.reference) {
            return Some(HEADER);
        }
        // A line of totals has no day, and lacks at least one more thing that every movement has.
        let day = record.field(self.places.date).bytes().any(|byte| byte.is_ascii_digit());
        let lacks = |index: usize| record.field(index).is_empty();
        let incomplete =
            lacks(self.places.reference) || lacks(self.places.amount) || self.places.accept.is_some_and(lacks);
        (!day && incomplete).then_some(FOOTER)
    }

    /// Checks the number of fields: with more or fewer than the header has, cells may be in wrong columns.
    fn shape(&self, record: &Record) -> Result<(), UnreadableRecord> {
        let (width, found) = (self.header.len(), record.len());
        let surplus = record.fields().skip(width).any(|field| !field.is_empty());
        let ends_early = found <= self.places.amount || self.places.accept.is_some_and(|index| found <= index);
        if surplus || ends_early {
            let message =
                format!("the row has {found} fields, the header has {width}; its values may be in the wrong columns");
            return Err(unreadable(record, if surplus { width } else { found }, message));
        }
        Ok(())
    }

    /// Returns whether a condition holds; `absent` if there is none.
    fn holds(&self, record: &Record, condition: Option<&CellCondition>, index: Option<usize>, absent: bool) -> bool {
        let Some((condition, index)) = condition.zip(index) else {
            return absent;
        };
        let spelled = |text: &str| trimmed(&normalised(text)).to_lowercase();
        let cell = spelled(record.field(index));
        condition.values.iter().any(|value| spelled(value) == cell)
    }

    fn money_out(&self, record: &Record) -> RowResult {
        let cell = |index: usize| Reference::new(as_typed_or_as_it_is(record.field(index))).ok();
        let own = cell(self.places.reference);
        match self.places.reverses.and_then(cell) {
            Some(reverses) if own.as_ref() != Some(&reverses) => RowResult::TakenBack(Reversal {
                line: record.line,
                reference: own,
                reverses,
            }),
            _ => RowResult::Ignored(MONEY_OUT),
        }
    }

    fn payment(&self, record: &Record, amount: Money) -> Result<PaymentRow, UnreadableRecord> {
        let places = self.places;
        let cell = self.sound(record, places.reference)?;
        let reference = spreadsheet::as_typed(cell).map_err(|message| unreadable(record, places.reference, message))?;
        let reference = Reference::new(reference).map_err(|error| {
            let message = if reference.is_empty() {
                "the payment has no reference; without one it could be credited twice".to_owned()
            } else {
                error.to_string()
            };
            unreadable(record, places.reference, message)
        })?;
        let date = self.sound(record, places.date)?;
        let date = self.today.read(date, self.format);
        let date = date.map_err(|message| unreadable(record, places.date, message))?;
        let source = match places.source.map(|index| (index, record.field(index))) {
            Some((index, text)) if !text.is_empty() => {
                Source::new(text).map_err(|error| unreadable(record, index, error.to_string()))?
            }
            _ => self.format.name.clone(),
        };
        let payer = self.payer(record);
        let account = self.account(record)?;
        let saved = places
            .account
            .and_then(|index| shown(record.field(index), WORDS_CHARS_MAX));
        Ok(PaymentRow {
            line: record.line,
            reference: known_by(&reference, &self.format.unique, date, amount, self.currency),
            before_4: RowBefore4 {
                number: Reference::new(cell).unwrap_or_else(|_| reference.clone()),
                account: saved.or_else(|| account.clone()),
            },
            number: reference,
            date,
            amount,
            account,
            phone: payer.phone,
            phone_shown: payer.shown,
            source,
            words: StatementWords {
                payer: payer.name,
                details: places
                    .details
                    .and_then(|index| shown(record.field(index), DETAILS_CHARS_MAX)),
            },
        })
    }

    /// Returns what the cells about the payer say. A cell of the phone may hold the name as well.
    fn payer(&self, record: &Record) -> PayerCells {
        let cell = self.places.phone.map_or("", |index| record.field(index));
        let mut payer = statement_payer::read(as_typed_or_as_it_is(cell));
        let named = self
            .places
            .payer
            .and_then(|index| shown(record.field(index), WORDS_CHARS_MAX));
        payer.name = named.or(payer.name);
        payer
    }

    fn account(&self, record: &Record) -> Result<Option<String>, UnreadableRecord> {
        if let Some(index) = self.places.account
            && let Some(account) = shown(as_typed_or_as_it_is(self.sound(record, index)?), WORDS_CHARS_MAX)
        {
            return Ok(Some(account));
        }
        let Some((after, index)) = self.format.account_after.as_ref().zip(self.places.account_after) else {
            return Ok(None);
        };
        // The text may be at the very end, where blanks of the cell were taken off.
        let cell = normalised(record.field(index));
        let behind = cell.rsplit_once(after.text.as_str()).map(|(_, behind)| behind);
        match behind {
            Some(behind) if behind.contains(NO_LETTER) => Err(unreadable(record, index, not_text())),
            behind => Ok(behind.and_then(|behind| shown(behind, WORDS_CHARS_MAX))),
        }
    }

    /// Returns a cell if every byte of it is part of a character.
    fn sound<'r>(&self, record: &'r Record, index: usize) -> Result<&'r str, UnreadableRecord> {
        let cell = record.field(index);
        if cell.contains(NO_LETTER) {
            return Err(unreadable(record, index, not_text()));
        }
        Ok(cell)
    }
}

/// Returns what was typed before a spreadsheet saved it. A number that it has rounded stays as it is: it fits nobody, and the
/// payment waits among the unmatched.
fn as_typed_or_as_it_is(cell: &str) -> &str {
    spreadsheet::as_typed(cell).unwrap_or(cell)
}

fn not_text() -> String {
    "the field contains bytes that are not text in the encoding of the file; save the file as `CSV UTF-8`".to_owned()
}

fn unreadable(record: &Record, index: usize, message: String) -> UnreadableRecord {
    UnreadableRecord {
        line: record.line,
        column: Some(number(index.saturating_add(1))),
        message,
    }
}
