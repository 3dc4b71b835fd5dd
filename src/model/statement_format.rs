//! What does a payment statement look like?
//!
//! A [`StatementFormat`] says which columns of a bank's or a provider's file hold what, and how its days and amounts
//! are written. It is a description only: it opens no file and reads no row.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::fmt::strtime::BrokenDownTime;
use jiff::tz::TimeZone;

use crate::model::name::{NameError, Source};

/// The columns of a statement by the names in its header line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatementColumns {
    /// The payment's own number. Never invented: a file without one names another column here.
    pub reference: String,
    /// The day, with or without a time.
    pub date: String,
    /// What came in: above zero for money in; empty, zero or below for anything else.
    pub amount: String,
    /// The account that the payer stated.
    pub account: Option<String>,
    /// The payer's phone, at the beginning of its cell.
    pub phone: Option<String>,
    /// What the payment came from, where a column says so; else the format's name does.
    pub source: Option<String>,
    /// The payer's name, which helps to find whose an unmatched payment is.
    pub payer: Option<String>,
    /// Free text of the payer or the bank, for the same.
    pub details: Option<String>,
}

/// What a payment is known by in statements of one kind, besides its reference.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UniquePart {
    /// Its day.
    Date,
    /// Its amount.
    Amount,
}

/// Where the account is when its own cell is empty: behind a text in another column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountAfter {
    /// The column with the longer text.
    pub column: String,
    /// The text behind whose last place the account begins, such as `Acc. `.
    pub text: String,
}

/// A column that must hold one of some values; compared trimmed and without case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CellCondition {
    /// The column.
    pub column: String,
    /// The values.
    pub values: Vec<String>,
}

/// The sign before the last digits of an amount.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DecimalSign {
    /// Nobody has said which: read as a point, where nothing else can be meant.
    #[default]
    Unsaid,
    /// `1,500.00`
    Point,
    /// `1.500,00`
    Comma,
}

impl DecimalSign {
    /// Parses a configured decimal sign: `.` or `,`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "." => Some(Self::Point),
            "," => Some(Self::Comma),
            _ => None,
        }
    }
}

/// What separates the fields of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Delimiter {
    /// The one of the three under which a line holds all of the names.
    #[default]
    Auto,
    /// `,`
    Comma,
    /// `;`
    Semicolon,
    /// A tab.
    Tab,
}

impl Delimiter {
    /// Parses a configured delimiter: `auto`, `,`, `;`, `tab` or a tab itself.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "auto" => Some(Self::Auto),
            "," => Some(Self::Comma),
            ";" => Some(Self::Semicolon),
            "tab" | "\t" => Some(Self::Tab),
            _ => None,
        }
    }
}

/// How the file's bytes become text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TextEncoding {
    /// The mark at the beginning of the file decides; without one UTF-8 where that is valid, else Windows-1252.
    #[default]
    Auto,
    /// UTF-8.
    Utf8,
    /// UTF-16, low byte first.
    Utf16Le,
    /// UTF-16, high byte first.
    Utf16Be,
    /// Windows-1252 (Western Europe).
    Windows1252,
}

impl TextEncoding {
    /// Parses a configured encoding: `auto`, `utf-8`, `utf-16le`, `utf-16be` or `windows-1252`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "auto" => Some(Self::Auto),
            "utf-8" => Some(Self::Utf8),
            "utf-16le" => Some(Self::Utf16Le),
            "utf-16be" => Some(Self::Utf16Be),
            "windows-1252" => Some(Self::Windows1252),
            _ => None,
        }
    }
}

/// One kind of statement, as `[[statements]]` describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatementFormat {
    /// Its name, which is also the source of its payments where no column says another.
    pub name: Source,
    /// Which column holds what.
    pub columns: StatementColumns,
    /// How days are written, in strftime's signs; tried in order. Never empty.
    pub date_formats: Vec<String>,
    /// Where else the account is.
    pub account_after: Option<AccountAfter>,
    /// What must hold for a row to be a payment that happened.
    pub accept: Option<CellCondition>,
    /// What marks incoming money that is no customer's.
    pub ignore: Option<CellCondition>,
    /// What tells two payments with one reference apart, in the order in which it is written; empty where references are unique.
    pub unique: Vec<UniquePart>,
    /// The column that, with money out, names the payment that was taken back.
    pub reverses: Option<String>,
    /// The sign before the last digits of an amount.
    pub decimal: DecimalSign,
    /// What separates fields.
    pub delimiter: Delimiter,
    /// How bytes become text.
    pub encoding: TextEncoding,
    /// True where all columns but reference, date and amount may be missing from a file: in Weir's own format alone. From
    /// configuration it is false, since a file without a column that was asked for is another kind of file.
    pub optional_columns: bool,
}

impl StatementFormat {
    /// Returns a format with these columns and day formats, and the default for everything else.
    #[must_use]
    pub const fn new(name: Source, columns: StatementColumns, date_formats: Vec<String>) -> Self {
        Self {
            name,
            columns,
            date_formats,
            account_after: None,
            accept: None,
            ignore: None,
            unique: Vec::new(),
            reverses: None,
            decimal: DecimalSign::Unsaid,
            delimiter: Delimiter::Auto,
            encoding: TextEncoding::Auto,
            optional_columns: false,
        }
    }

    /// Returns Weir's own format: `reference,date,amount,account,phone,source,payer,details`, of which all but the first three
    /// may be missing.
    ///
    /// # Errors
    /// Never in practice: only if its own name were no name.
    pub fn built_in() -> Result<Self, NameError> {
        let columns = StatementColumns {
            reference: "reference".to_owned(),
            date: "date".to_owned(),
            amount: "amount".to_owned(),
            account: Some("account".to_owned()),
            phone: Some("phone".to_owned()),
            source: Some("source".to_owned()),
            payer: Some("payer".to_owned()),
            details: Some("details".to_owned()),
        };
        let days = [
            "%Y-%m-%d",
            "%Y-%m-%d %H:%M:%S",
            "%Y-%m-%d %H:%M",
            "%Y-%m-%dT%H:%M:%S",
            "%Y-%m-%dT%H:%M:%S%:z",
        ];
        let mut format = Self::new(Source::new("Statement")?, columns, days.map(str::to_owned).to_vec());
        format.optional_columns = true;
        Ok(format)
    }
}

/// Returns what is wrong with a day format, and what would be right; `None` if it can be used.
///
/// Tried out with a day and time of which no two parts are alike: a format is right when the day it wrote is read back.
#[must_use]
pub fn date_format_problem(format: &str) -> Option<String> {
    let sample = Date::constant(2031, 10, 26).at(13, 45, 7, 0);
    let example = "write it like `%d-%m-%Y %H:%M:%S`";
    let Ok(zoned) = sample.to_zoned(TimeZone::UTC) else {
        return None;
    };
    let written = match BrokenDownTime::from(&zoned).to_string(format) {
        Ok(written) => written,
        Err(error) => return Some(format!("`{format}` is not a date format ({error}); {example}")),
    };
    let read = match BrokenDownTime::parse(format, &written) {
        Ok(read) => read,
        Err(error) => return Some(format!("dates in `{format}` cannot be read ({error}); {example}")),
    };
    let day = read.to_date().ok().or_else(|| {
        let instant: Option<Timestamp> = read.to_timestamp().ok();
        instant.map(|instant| TimeZone::UTC.to_datetime(instant).date())
    });
    (day != Some(sample.date())).then(|| format!("`{format}` lacks the year, the month or the day; {example}"))
}
