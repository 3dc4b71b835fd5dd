//! What do the cells of one subscriber say?
//!
//! Each cell becomes a value of its type, or a finding that says what would be right. Looks at one row alone;
//! `subscriber_doubles` compares rows.

use std::net::Ipv4Addr;

use crate::import::csv::{Record, trimmed};
use crate::import::date_shape::{self, FormatKey};
use crate::import::findings::Findings;
use crate::import::spreadsheet;
use crate::import::statement_text::NO_LETTER;
use crate::import::subscriber_column::SubscriberColumn;
use crate::import::subscriber_columns::Columns;
use crate::import::subscriber_row::{ListTerms, RowNames, SubscriberRow};
use crate::model::characters::normalised;
use crate::model::day::Day;
use crate::model::name::{Account, FullName, Login, NameError, PackageName, Phone, RouterName, Username};
use crate::model::subscriber::Service;

/// Columns whose values a spreadsheet may take for numbers.
const NUMBERS: [SubscriberColumn; 4] = [
    SubscriberColumn::Username,
    SubscriberColumn::Phone,
    SubscriberColumn::Account,
    SubscriberColumn::Login,
];

/// A list while its rows are read.
pub(crate) struct ListReading<'a> {
    columns: &'a Columns,
    terms: &'a ListTerms<'a>,
    delimiter: u8,
    /// What is wrong so far.
    pub(crate) errors: &'a mut Findings,
    rows: Vec<SubscriberRow>,
    nameless: Vec<RowNames>,
    /// Of each column with numbers that a spreadsheet has saved: the first one, as it is and as it was typed, its line,
    /// and how many there are.
    saved_numbers: Vec<(SubscriberColumn, String, String, u32, u64)>,
}

impl<'a> ListReading<'a> {
    /// Begins with no row.
    pub(crate) const fn new(
        columns: &'a Columns,
        terms: &'a ListTerms<'a>,
        delimiter: u8,
        errors: &'a mut Findings,
    ) -> Self {
        Self {
            columns,
            terms,
            delimiter,
            errors,
            rows: Vec::new(),
            nameless: Vec::new(),
            saved_numbers: Vec::new(),
        }
    }

    /// Returns the rows, and what those without a username name; tells which numbers were read as what they were.
    pub(crate) fn end(self, warnings: &mut Findings) -> (Vec<SubscriberRow>, Vec<RowNames>) {
        for (column, text, typed, line, count) in self.saved_numbers {
            let more = match count {
                0 | 1 => String::new(),
                more => format!(", and {} more of this column likewise", more.saturating_sub(1)),
            };
            let message = format!("`{text}`, as a spreadsheet saves a number, is read as `{typed}`{more}");
            self.columns.note(warnings, line, column, message);
        }
        (self.rows, self.nameless)
    }

    fn other_width(&self, fields: usize) -> String {
        let sign = match self.delimiter {
            b'\t' => "a tab".to_owned(),
            sign => format!("a `{}`", char::from(sign)),
        };
        let width = self.columns.width();
        format!("the line has {fields} fields, the header has {width}; put quotes around a value that contains {sign}")
    }

    fn error(&mut self, line: u32, column: SubscriberColumn, message: impl Into<String>) {
        self.columns.note(self.errors, line, column, message);
    }

    fn saved_number(&mut self, line: u32, column: SubscriberColumn, text: &str, typed: &str) {
        match self.saved_numbers.iter_mut().find(|(known, ..)| *known == column) {
            Some((_, _, _, _, count)) => *count = count.saturating_add(1),
            None => self
                .saved_numbers
                .push((column, text.to_owned(), typed.to_owned(), line, 1)),
        }
    }
}

/// The cells of one record, and where to tell what is wrong with them.
struct Cells<'r, 'a> {
    record: &'r Record,
    reading: &'r mut ListReading<'a>,
    is_faulty: bool,
}

impl Cells<'_, '_> {
    fn text(&self, column: SubscriberColumn) -> &str {
        let index = self.reading.columns.index(column);
        index.map_or("", |index| self.record.field(index))
    }

    /// Returns whether a cell holds nothing that anybody sees.
    fn is_empty(&self, column: SubscriberColumn) -> bool {
        trimmed(&normalised(self.text(column))).is_empty()
    }

    fn error(&mut self, column: SubscriberColumn, message: impl Into<String>) {
        self.is_faulty = true;
        self.reading.error(self.record.line, column, message);
    }

    /// Returns the value of a cell that is not empty, if it is one.
    fn value<T>(&mut self, column: SubscriberColumn, read: impl Fn(&str) -> Result<T, String>) -> Option<T> {
        if self.is_empty(column) {
            return None;
        }
        let text = self.text(column).to_owned();
        let typed = if text.contains(NO_LETTER) {
            Err(
                "the field contains bytes that are not text in the encoding of the file; save it as `CSV UTF-8`"
                    .to_owned(),
            )
        } else if NUMBERS.contains(&column) {
            spreadsheet::as_typed(&text)
        } else {
            Ok(text.as_str())
        };
        match typed.and_then(|typed| Ok((typed, read(typed)?))) {
            Ok((typed, value)) => {
                if typed != text {
                    self.reading.saved_number(self.record.line, column, &text, typed);
                }
                Some(value)
            }
            Err(message) => {
                self.error(column, message);
                None
            }
        }
    }

    fn name<T>(&mut self, column: SubscriberColumn, new: fn(&str) -> Result<T, NameError>) -> Option<T> {
        self.value(column, |text| new(text).map_err(|error| error.to_string()))
    }
}

/// Reads one record; only its package and router where it has no valid username.
pub(crate) fn row(record: &Record, reading: &mut ListReading<'_>) {
    let width = reading.columns.width();
    if record.len() != width {
        let message = reading.other_width(record.len());
        reading.errors.add_line(record.line, message);
        return;
    }
    let terms = *reading.terms;
    let mut cells = Cells {
        record,
        reading,
        is_faulty: false,
    };
    let username = cells.name(SubscriberColumn::Username, Username::new);
    if cells.is_empty(SubscriberColumn::Username) {
        cells.error(SubscriberColumn::Username, "the username is empty; each line needs one");
    }
    let service = cells.value(SubscriberColumn::Service, service);
    if let Some(service @ (Service::Static | Service::Dhcp)) = service
        && cells.is_empty(SubscriberColumn::Address)
        && !cells.reading.columns.is_proposed(SubscriberColumn::Address)
    {
        let message = format!("service `{service}` needs an address; add one, such as `10.20.0.15`");
        cells.error(SubscriberColumn::Address, message);
    }
    let name = cells.name(SubscriberColumn::Name, FullName::new);
    let phone = cells.name(SubscriberColumn::Phone, Phone::new);
    let account = cells.name(SubscriberColumn::Account, Account::new);
    let package = cells.name(SubscriberColumn::Package, PackageName::new);
    let router = cells.name(SubscriberColumn::Router, RouterName::new);
    let address = cells.value(SubscriberColumn::Address, address);
    let login = cells.name(SubscriberColumn::Login, Login::new);
    let expires_on = cells.value(SubscriberColumn::ExpiresOn, |text| day(text, terms.date_formats));
    let balance = cells.value(SubscriberColumn::Balance, |text| {
        terms.currency.parse(text).map_err(|error| error.to_string())
    });
    let debited = cells.value(SubscriberColumn::Debited, yes_or_no);
    let is_faulty = cells.is_faulty;
    // Asked last, so that a line with a bad username has its other cells read as well.
    let Some(username) = username else {
        reading.nameless.push(RowNames {
            line: record.line,
            package,
            router,
        });
        return;
    };
    reading.rows.push(SubscriberRow {
        line: record.line,
        username,
        name,
        phone,
        account,
        package,
        router,
        service,
        address,
        login,
        expires_on,
        balance,
        debited,
        is_faulty,
    });
}

fn service(text: &str) -> Result<Service, String> {
    Service::parse(&text.to_lowercase()).ok_or_else(|| {
        let known = Service::ALL.map(|service| format!("`{service}`")).join(", ");
        format!("`{text}` is not a service; write one of {known}")
    })
}

fn address(text: &str) -> Result<Ipv4Addr, String> {
    text.parse()
        .map_err(|_| format!("`{text}` is not an IPv4 address; write one such as `10.20.0.15`, without a mask"))
}

fn day(text: &str, formats: &[String]) -> Result<Day, String> {
    let read = Day::parse(text).or_else(|| formats.iter().find_map(|format| date_shape::date(format, text)));
    read.ok_or_else(|| {
        let key = if formats.is_empty() {
            FormatKey::New("under [import] in site.toml")
        } else {
            FormatKey::Further("to the `date_format` of [import] in site.toml")
        };
        let way_out = date_shape::way_out(text, key);
        format!("`{text}` is not a day; write `YYYY-MM-DD`, such as `2026-03-09`{way_out}")
    })
}

fn yes_or_no(text: &str) -> Result<bool, String> {
    match text {
        "yes" => Ok(true),
        "no" => Ok(false),
        _ => Err(format!(
            "`{text}` is neither `yes` nor `no`; write one of them, or leave the cell empty"
        )),
    }
}
