//! Prints the story of the month.
//!
//! Paragraphs under a day and a time, wrapped to the terminal, at most eighty columns. Amounts are written with their
//! currency and grouped digits, counts with their noun. With `--json` nothing is told.

use std::io::{self, Write};

use jiff::tz::TimeZone;
use unicode_width::UnicodeWidthStr;

use crate::model::day::Instant;
use crate::model::failure::Failure;
use crate::model::money::{Currency, Money};

/// The most columns of a line; longer ones are hard to read.
const COLUMNS_MAX: u16 = 80;
/// The fewest columns.
const COLUMNS_MIN: u16 = 40;
/// Columns of the day and time before a paragraph.
const MARGIN: usize = 14;

/// The teller.
pub struct Story<'a> {
    out: &'a mut dyn Write,
    silent: bool,
    columns: usize,
}

impl<'a> Story<'a> {
    /// Creates a story that prints on `out`, or with `silent` nothing.
    #[must_use]
    pub fn new(out: &'a mut dyn Write, silent: bool, width: u16) -> Self {
        Self {
            out,
            silent,
            columns: usize::from(width.clamp(COLUMNS_MIN, COLUMNS_MAX)),
        }
    }

    /// Prints a paragraph under a day and a time.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn at(&mut self, at: Instant, zone: &TimeZone, text: &str) -> Result<(), Failure> {
        let moment = zone.to_datetime(at.timestamp()).strftime("%d %b %H:%M").to_string();
        self.paragraph(&moment, MARGIN, text)
    }

    /// Prints a paragraph without a time.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn say(&mut self, text: &str) -> Result<(), Failure> {
        self.paragraph("", 0, text)
    }

    /// Prints a line as it is.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn line(&mut self, text: &str) -> Result<(), Failure> {
        if self.silent {
            return Ok(());
        }
        match writeln!(self.out, "{}", text.trim_end()).and_then(|()| self.out.flush()) {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                // The reader has heard enough; the month goes on, since its end decides the exit code.
                self.silent = true;
                Ok(())
            }
            Err(error) => Err(Failure::refused(
                format!("the story cannot be told: {error}"),
                "check that there is room where the output goes",
            )),
            Ok(()) => Ok(()),
        }
    }

    fn paragraph(&mut self, head: &str, margin: usize, text: &str) -> Result<(), Failure> {
        let mut line = format!("{head:margin$}");
        let mut words = 0_usize;
        for word in text.split_whitespace() {
            if words > 0 && line.width() + 1 + word.width() > self.columns {
                self.line(&line)?;
                line = " ".repeat(margin);
                words = 0;
            }
            if words > 0 {
                line.push(' ');
            }
            line.push_str(word);
            words = words.saturating_add(1);
        }
        self.line(&line)
    }
}

/// Returns an amount as an owner reads it: `KES 12,500.00`.
#[must_use]
pub fn amount(currency: Currency, cents: i64) -> String {
    let plain = currency.format(Money::from_minor(cents));
    let (whole, rest) = plain.split_once('.').unwrap_or((plain.as_str(), ""));
    let (sign, digits) = whole.strip_prefix('-').map_or(("", whole), |digits| ("-", digits));
    let mut grouped = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && digits.len().saturating_sub(place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    let point = if rest.is_empty() { "" } else { "." };
    format!("{currency} {sign}{grouped}{point}{rest}")
}

/// Returns how soon somebody was back, of whom it is known after how many milliseconds.
#[must_use]
pub fn soon(waited: Option<u64>) -> String {
    match waited {
        Some(waited) if waited < 1_000 => "within a second".to_owned(),
        Some(waited) => format!("after {} s", waited / 1_000),
        None => "never".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_grouped_and_keep_their_cents() {
        let kes = Currency::from_code("KES").unwrap();
        assert_eq!(amount(kes, 123_456_789), "KES 1,234,567.89");
        assert_eq!(amount(kes, -150_000), "KES -1,500.00");
        assert_eq!(amount(kes, 5), "KES 0.05");
    }

    #[test]
    fn paragraphs_keep_to_the_columns() {
        let mut told = Vec::new();
        let mut story = Story::new(&mut told, false, 40);
        story
            .at(Instant::from_millis(0), &TimeZone::UTC, &"word ".repeat(30))
            .unwrap();
        let told = String::from_utf8(told).unwrap();
        assert!(told.starts_with("01 Jan 00:00  word"), "{told}");
        assert!(told.lines().all(|line| line.width() <= 40), "{told}");
    }
}
