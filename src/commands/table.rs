//! Prints rows as a table that fits a narrow terminal.
//!
//! Plain text, columns two blanks apart. What is too wide shrinks in this order: free texts, then names, both ending in
//! `…` where they were cut; amounts, days and the like are never cut. Sentences in the last column go on in further lines
//! under themselves. When even that does not fit, each row becomes a block of lines, `column  value`. No line is wider
//! than the width. Must never know what the columns mean.
//!
//! Widths are those of Unicode's East Asian Width (UAX 11), as the crate `unicode-width` counts them. Control characters
//! are replaced, invisible ones shown by their number: a router's error text must not steer the owner's terminal.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::model::characters::visible_line;
pub use crate::model::counted::counted;

/// Columns below which no text is shrunk; shorter ones tell nothing.
const TEXT_COLUMNS_MIN: usize = 8;
/// Columns below which no sentence is broken: names shrink before that.
const SENTENCE_COLUMNS_MIN: usize = 24;
/// Columns below which no name is shrunk.
const NAME_COLUMNS_MIN: usize = 12;
/// Columns between two columns.
const GAP: usize = 2;
/// Columns of the narrowest answer: a terminal that claims less gets lines of this width.
const WIDTH_COLUMNS_MIN: usize = 20;

/// What a column gives up when the table is too wide.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fit {
    /// Shrinks first.
    Text,
    /// Goes on in further lines in the last column; elsewhere it shrinks like a text.
    Sentence,
    /// Shrinks last.
    Name,
    /// Is never cut.
    Whole,
}

/// A column of a table.
#[derive(Debug, Clone, Copy)]
pub struct Column {
    head: &'static str,
    fit: Fit,
    right: bool,
}

impl Column {
    /// Returns a column of free text: shrinks first.
    #[must_use]
    pub const fn text(head: &'static str) -> Self {
        Self {
            head,
            fit: Fit::Text,
            right: false,
        }
    }

    /// Returns a column of sentences, in the last place: they go on in further lines.
    #[must_use]
    pub const fn sentence(head: &'static str) -> Self {
        Self {
            head,
            fit: Fit::Sentence,
            right: false,
        }
    }

    /// Returns a column of names that the reader needs to recognise: shrinks last.
    #[must_use]
    pub const fn name(head: &'static str) -> Self {
        Self {
            head,
            fit: Fit::Name,
            right: false,
        }
    }

    /// Returns a column of days, states or references: never cut.
    #[must_use]
    pub const fn whole(head: &'static str) -> Self {
        Self {
            head,
            fit: Fit::Whole,
            right: false,
        }
    }

    /// Returns a column of amounts or counts: never cut, aligned to the right.
    #[must_use]
    pub const fn amount(head: &'static str) -> Self {
        Self {
            head,
            fit: Fit::Whole,
            right: true,
        }
    }
}

/// Rows under columns.
#[derive(Debug, Clone)]
pub struct Table {
    columns: Vec<Column>,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// Creates a table without rows.
    #[must_use]
    pub fn new(columns: &[Column]) -> Self {
        Self {
            columns: columns.to_vec(),
            rows: Vec::new(),
        }
    }

    /// Adds a row: a text for each column; missing ones are empty, more are dropped.
    pub fn row<I, T>(&mut self, cells: I)
    where
        I: IntoIterator<Item = T>,
        T: AsRef<str>,
    {
        let mut cells = cells.into_iter();
        let row = self
            .columns
            .iter()
            .map(|_| cells.next().map(|cell| clean(cell.as_ref())).unwrap_or_default())
            .collect();
        self.rows.push(row);
    }

    /// Returns true when there are no rows.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Returns the table as text, each line ending in a line feed and at most `width` columns wide; nothing at all when
    /// it has no rows.
    #[must_use]
    pub fn render(&self, width: u16) -> String {
        let width = usize::from(width).max(WIDTH_COLUMNS_MIN);
        if self.rows.is_empty() {
            return String::new();
        }
        let mut out = String::new();
        let Some(widths) = self.widths(width) else {
            for row in &self.rows {
                let pairs: Vec<(&str, &str)> = self
                    .columns
                    .iter()
                    .zip(row)
                    .map(|(column, cell)| (column.head, cell.as_str()))
                    .collect();
                if !out.is_empty() {
                    out.push('\n');
                }
                push_facts(&mut out, &pairs, width);
            }
            return out;
        };
        self.push_line(&mut out, &widths, self.columns.iter().map(|column| column.head));
        for row in &self.rows {
            self.push_line(&mut out, &widths, row.iter().map(String::as_str));
        }
        out
    }

    /// Returns the width of each column so that a line fits, or `None` where that cannot be.
    fn widths(&self, width: usize) -> Option<Vec<usize>> {
        let mut widths: Vec<usize> = self.columns.iter().map(|column| column.head.width()).collect();
        for row in &self.rows {
            for (widest, cell) in widths.iter_mut().zip(row) {
                *widest = (*widest).max(cell.width());
            }
        }
        let gaps = GAP * self.columns.len().saturating_sub(1);
        for (fit, least) in [
            (Fit::Text, TEXT_COLUMNS_MIN),
            (Fit::Sentence, SENTENCE_COLUMNS_MIN),
            (Fit::Name, NAME_COLUMNS_MIN),
        ] {
            let total = widths.iter().sum::<usize>() + gaps;
            let too_many = total.saturating_sub(width);
            let mut shrinking: Vec<(usize, &mut usize)> = self
                .columns
                .iter()
                .zip(widths.iter_mut())
                .filter(|(column, _)| column.fit == fit)
                .map(|(column, widest)| (column.head.width().max(least), widest))
                .collect();
            shrink(&mut shrinking, too_many);
        }
        (widths.iter().sum::<usize>() + gaps <= width).then_some(widths)
    }

    fn push_line<'a>(&self, out: &mut String, widths: &[usize], cells: impl Iterator<Item = &'a str>) {
        let mut line = String::new();
        let mut further = Vec::new();
        let last = self.columns.len().saturating_sub(1);
        for (place, ((column, width), cell)) in self.columns.iter().zip(widths).zip(cells).enumerate() {
            let cell = if column.fit == Fit::Sentence && place == last {
                let mut lines = wrapped(cell, *width);
                further = lines.split_off(1.min(lines.len()));
                lines.concat()
            } else {
                cut(cell, *width)
            };
            let blanks = " ".repeat(width.saturating_sub(cell.width()));
            if column.right {
                line.push_str(&blanks);
                line.push_str(&cell);
            } else {
                line.push_str(&cell);
                line.push_str(&blanks);
            }
            line.push_str(&" ".repeat(GAP));
        }
        out.push_str(line.trim_end());
        out.push('\n');
        let under: usize = widths.iter().take(last).map(|width| width + GAP).sum();
        for part in further {
            out.push_str(format!("{}{part}", " ".repeat(under)).trim_end());
            out.push('\n');
        }
    }
}

/// Narrows the widest columns until enough is gained or all are at their least. Every turn gains at least one column or
/// ends.
fn shrink(columns: &mut [(usize, &mut usize)], mut too_many: usize) {
    while too_many > 0 {
        let Some((least, widest)) = columns
            .iter_mut()
            .filter(|(least, width)| **width > *least)
            .max_by_key(|(_, width)| **width)
        else {
            return;
        };
        let step = (widest.saturating_sub(*least)).min(too_many).min((**widest / 8).max(1));
        **widest = widest.saturating_sub(step);
        too_many = too_many.saturating_sub(step);
    }
}

/// Writes pairs of a word and a value, the values in one column and wrapped: how a single thing is shown.
#[must_use]
pub fn facts(pairs: &[(&str, String)], width: u16) -> String {
    let cleaned: Vec<(&str, String)> = pairs.iter().map(|(head, value)| (*head, clean(value))).collect();
    let borrowed: Vec<(&str, &str)> = cleaned.iter().map(|(head, value)| (*head, value.as_str())).collect();
    let mut out = String::new();
    push_facts(&mut out, &borrowed, usize::from(width).max(WIDTH_COLUMNS_MIN));
    out
}

fn push_facts(out: &mut String, pairs: &[(&str, &str)], width: usize) {
    let widest = pairs.iter().map(|(head, _)| head.width()).max().unwrap_or(0);
    // Half of the line at most for the words, so that values stay readable.
    let left = widest.min((width / 2).saturating_sub(GAP));
    let right = width.saturating_sub(left + GAP).max(1);
    for (head, value) in pairs {
        let head = cut(head, left);
        let mut first = true;
        for part in wrapped(value, right) {
            let word = if first { head.as_str() } else { "" };
            let blanks = " ".repeat((left + GAP).saturating_sub(word.width()));
            out.push_str(format!("{word}{blanks}{part}").trim_end());
            out.push('\n');
            first = false;
        }
    }
}

/// Returns the text in lines of at most this width, broken at blanks where that is possible; at least one line.
fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in text.split(' ') {
        if !line.is_empty() && line.width() + 1 + word.width() > width {
            lines.push(std::mem::take(&mut line));
        } else if !line.is_empty() {
            line.push(' ');
        }
        for character in word.chars() {
            line.push(character);
            // A mark may widen the character before it (an emoji's variation selector): both go to the next line then.
            if line.width() > width {
                let rest = line.split_off(last_seen(&line));
                if !line.is_empty() {
                    lines.push(std::mem::replace(&mut line, rest));
                } else {
                    line = rest;
                }
            }
        }
    }
    lines.push(line);
    lines
}

/// Returns where the last visible character begins, with the marks behind it.
fn last_seen(text: &str) -> usize {
    let mut seen = text
        .char_indices()
        .rev()
        .filter(|(_, character)| character.width().unwrap_or(0) > 0);
    seen.next().map_or(0, |(at, _)| at)
}

/// Returns the text in at most `width` columns, with `…` at its end where something is missing.
fn cut(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let mut kept = String::new();
    for character in text.chars() {
        kept.push(character);
        if kept.width() + 1 > width {
            kept.pop();
            break;
        }
    }
    kept.push('…');
    kept
}

/// Returns the text on one line, fit for a terminal.
fn clean(text: &str) -> String {
    visible_line(text)
}
