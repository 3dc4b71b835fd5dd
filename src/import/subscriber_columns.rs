//! Which columns does a list of subscribers have, and where?
//!
//! Reads the header line: known names in any order and case, and the names that other systems use for the same. A name
//! that is almost a known one, or may mean one, is an error, because its values would be dropped silently; any other
//! unknown name is skipped with a warning.

use crate::import::column_words::{self, Meaning};
use crate::import::csv::{Record, number, trimmed};
use crate::import::findings::Findings;
use crate::import::subscriber_column::SubscriberColumn;
use crate::model::subscriber::Service;

/// How many characters of a name are compared, since the effort grows with the square.
const COMPARED_MAX: usize = 32;

/// Where a file has the known columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Columns {
    places: Vec<(SubscriberColumn, usize)>,
    /// Columns that another one of the file may be, which is to be named first.
    proposed: Vec<SubscriberColumn>,
    names: Vec<String>,
}

impl Columns {
    /// Returns the index of a column from 0, if the file has it.
    pub(crate) fn index(&self, column: SubscriberColumn) -> Option<usize> {
        let place = self.places.iter().find(|(known, _)| *known == column);
        place.map(|(_, index)| *index)
    }

    /// Returns the number of a column from 1, as findings name it; 1, for the whole line, if the file does not have it.
    #[must_use]
    pub fn number(&self, column: SubscriberColumn) -> u32 {
        self.index(column).map_or(1, |index| number(index.saturating_add(1)))
    }

    /// Returns what the file calls a column, if it has it.
    #[must_use]
    pub fn name(&self, column: SubscriberColumn) -> Option<&str> {
        let index = self.index(column)?;
        self.names.get(index).map(String::as_str)
    }

    /// Returns the names of all columns as the file has them, in order.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(String::as_str)
    }

    /// Returns whether the file has a column that may be this one: what lacks because of it is not told as well.
    pub(crate) fn is_proposed(&self, column: SubscriberColumn) -> bool {
        self.proposed.contains(&column)
    }

    /// Returns how many fields each line must have.
    pub(crate) const fn width(&self) -> usize {
        self.names.len()
    }

    /// Adds a finding about a column of a line; about the whole line if the file does not have the column.
    pub(crate) fn note(
        &self,
        findings: &mut Findings,
        line: u32,
        column: SubscriberColumn,
        message: impl Into<String>,
    ) {
        match self.index(column) {
            Some(index) => findings.add(line, number(index.saturating_add(1)), message),
            None => findings.add_line(line, message),
        }
    }

    /// Reads the header line; `rows` are some of those below it, by whose values a name may become clear. What makes the
    /// file unusable goes to `errors`, what is passed over or read under another name to `warnings`.
    pub(crate) fn read(header: &Record, rows: &[Record], errors: &mut Findings, warnings: &mut Findings) -> Self {
        let mut reading = HeaderReading {
            columns: Self {
                places: Vec::new(),
                proposed: Vec::new(),
                names: header.fields().map(str::to_owned).collect(),
            },
            line: header.line,
            rows,
            errors,
            warnings,
        };
        reading.known();
        reading.others();
        reading.username();
        reading.columns
    }
}

/// A header line while it is read.
struct HeaderReading<'a> {
    columns: Columns,
    line: u32,
    rows: &'a [Record],
    errors: &'a mut Findings,
    warnings: &'a mut Findings,
}

impl HeaderReading<'_> {
    fn error(&mut self, index: usize, message: String) {
        self.errors.add(self.line, number(index.saturating_add(1)), message);
    }

    fn warn(&mut self, index: usize, message: String) {
        self.warnings.add(self.line, number(index.saturating_add(1)), message);
    }

    /// Finds the columns that have their own names.
    fn known(&mut self) {
        for (index, name) in self.columns.names.clone().iter().enumerate() {
            let name = name.to_lowercase();
            let Some(known) = SubscriberColumn::ALL.into_iter().find(|known| known.as_str() == name) else {
                continue;
            };
            if let Some(first) = self.columns.index(known) {
                let message = format!(
                    "column `{name}` appears twice, here and as column {}; remove one of them",
                    first.saturating_add(1)
                );
                self.error(index, message);
            } else {
                self.columns.places.push((known, index));
            }
        }
    }

    /// Finds the columns that have the names of other systems, and those that nobody knows.
    fn others(&mut self) {
        for (index, name) in self.columns.names.clone().iter().enumerate() {
            let lower = name.to_lowercase();
            if name.is_empty() || SubscriberColumn::ALL.into_iter().any(|known| known.as_str() == lower) {
                continue;
            }
            match column_words::meaning(name) {
                Meaning::Is(column) => self.take(index, name, column),
                Meaning::IsServiceByItsValues if self.are_services(index) => {
                    self.take(index, name, SubscriberColumn::Service);
                }
                Meaning::IsServiceByItsValues => {
                    self.warn(
                        index,
                        format!("column `{name}` is ignored: its values are no kinds of connections"),
                    );
                }
                Meaning::MayBe(columns) => self.propose(index, name, columns),
                Meaning::MayBeOwed => self.propose_owed(index, name),
                Meaning::Unknown => self.unknown(index, name, &lower),
            }
        }
    }

    /// Takes a column under the name of another system.
    fn take(&mut self, index: usize, name: &str, column: SubscriberColumn) {
        let word = column.as_str();
        match self.columns.index(column) {
            // Who has both means the postal address by the other.
            Some(postal) if column == SubscriberColumn::Address && self.has_own_name(postal, column) => {
                self.columns.places.retain(|(known, _)| *known != column);
                self.columns.places.push((column, index));
                let other = self.columns.names.get(postal).cloned().unwrap_or_default();
                self.warn(index, format!("column `{name}` is read as `{word}`"));
                self.warn(
                    postal,
                    format!("column `{other}` is ignored: `{name}` has the address on the network"),
                );
            }
            Some(first) if self.has_own_name(first, column) => {
                self.warn(
                    index,
                    format!("column `{name}` is ignored: the file has a column `{word}` as well"),
                );
            }
            Some(first) => {
                let other = self.columns.names.get(first).cloned().unwrap_or_default();
                let message =
                    format!("columns `{other}` and `{name}` may both be `{word}`; name the right one `{word}`");
                self.error(index, message);
            }
            None => {
                self.columns.places.push((column, index));
                self.warn(index, format!("column `{name}` is read as `{word}`"));
            }
        }
    }

    fn has_own_name(&self, index: usize, column: SubscriberColumn) -> bool {
        let name = self.columns.names.get(index);
        name.is_some_and(|name| name.to_lowercase() == column.as_str())
    }

    /// Returns whether the column has values, and all of them are kinds of connections.
    fn are_services(&self, index: usize) -> bool {
        let mut values = self
            .rows
            .iter()
            .map(|row| row.field(index))
            .filter(|value| !value.is_empty());
        let is_service = |value: &str| Service::parse(&value.to_lowercase()).is_some();
        values.next().is_some_and(is_service) && values.all(is_service)
    }

    fn propose(&mut self, index: usize, name: &str, columns: &[SubscriberColumn]) {
        let open: Vec<SubscriberColumn> = columns
            .iter()
            .copied()
            .filter(|column| self.columns.index(*column).is_none())
            .collect();
        if open.is_empty() {
            self.warn(index, format!("unknown column `{name}` is ignored"));
            return;
        }
        let words: Vec<String> = open.iter().map(|column| format!("`{}`", column.as_str())).collect();
        let one = if words.len() == 1 {
            "to that"
        } else {
            "to the right one"
        };
        let words = words.join(" or ");
        self.error(
            index,
            format!("column `{name}` may be {words}; rename it {one}, or remove it"),
        );
        self.columns.proposed.extend(open);
    }

    fn propose_owed(&mut self, index: usize, name: &str) {
        if self.columns.index(SubscriberColumn::Balance).is_some() {
            self.warn(index, format!("unknown column `{name}` is ignored"));
            return;
        }
        let message = format!(
            "column `{name}` may be what is owed; name it `balance` and write debts below zero, such as `-1500.00`, or \
             remove it"
        );
        self.error(index, message);
        self.columns.proposed.push(SubscriberColumn::Balance);
    }

    fn unknown(&mut self, index: usize, name: &str, lower: &str) {
        match nearest(lower, &self.columns) {
            Some(near) => {
                let message = format!("unknown column `{name}`; did you mean `{}`?", near.as_str());
                self.error(index, message);
                self.columns.proposed.push(near);
            }
            None => self.warn(index, format!("unknown column `{name}` is ignored")),
        }
    }

    /// Says what may be the username where no column is.
    fn username(&mut self) {
        let columns = &self.columns;
        if columns.index(SubscriberColumn::Username).is_some() || columns.is_proposed(SubscriberColumn::Username) {
            return;
        }
        let instead = [
            SubscriberColumn::Login,
            SubscriberColumn::Account,
            SubscriberColumn::Phone,
        ];
        let instead = instead
            .into_iter()
            .find_map(|column| columns.index(column).zip(columns.name(column)));
        if let Some((index, name)) = instead {
            let message = format!(
                "the header has no column `username`; if `{name}` is different for everybody, name it `username`, or add \
                 such a column"
            );
            self.error(index, message);
            return;
        }
        let known: Vec<&str> = SubscriberColumn::ALL
            .into_iter()
            .map(SubscriberColumn::as_str)
            .collect();
        let message = format!(
            "the header has no column `username`; the first line must name the columns: {}",
            known.join(",")
        );
        self.errors.add_line(self.line, message);
    }
}

/// The known column that this name almost is, unless the header has that one as well (`phone` beside `phone2`).
fn nearest(name: &str, columns: &Columns) -> Option<SubscriberColumn> {
    let letters: String = trimmed(name)
        .chars()
        .map(|c| if matches!(c, ' ' | '-') { '_' } else { c })
        .collect();
    let absent = |column: &SubscriberColumn| columns.index(*column).is_none();
    let near = |column: &SubscriberColumn| {
        let known = column.as_str();
        // Two slips only in a long name: `surname` is not `username`.
        let slips = if known.len() > 8 { 2 } else { 1 };
        distance(&letters, known) <= slips
    };
    SubscriberColumn::ALL.into_iter().filter(absent).find(near)
}

/// How many letters must be put in, left out, replaced or swapped with their neighbour to make one word of the other
/// (the optimal string alignment distance).
fn distance(left: &str, right: &str) -> usize {
    let start = |word: &str| word.chars().take(COMPARED_MAX).collect::<String>();
    strsim::osa_distance(&start(left), &start(right))
}

#[cfg(test)]
mod tests {
    use super::distance;

    #[test]
    fn a_slip_of_any_kind_counts_once() {
        for (left, right, slips) in [
            ("package", "package", 0),
            ("pakage", "package", 1),
            ("packagee", "package", 1),
            ("packege", "package", 1),
            ("pcakage", "package", 1),
            ("surname", "username", 2),
            ("", "name", 4),
        ] {
            assert_eq!(distance(left, right), slips, "{left} and {right}");
        }
    }
}
