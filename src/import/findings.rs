//! What is wrong with the file so far, and how much of it is kept?
//!
//! A reader reports everything at once, but a file with a shifted column is wrong in every line. Beyond a limit,
//! findings are only counted. Once the header is known, places are told by the names of its columns.

use crate::import::csv::UnreadableRecord;
use crate::model::finding::Finding;

/// How many findings are kept of one file; those after it are counted.
const FINDINGS_MAX: usize = 1000;

/// How many characters of a column's name are shown.
const NAME_CHARS_MAX: usize = 60;

/// The findings of one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Findings {
    file: String,
    /// The names of the columns, in order; empty while no header is known.
    names: Vec<String>,
    kept: Vec<Finding>,
    dropped: Option<Dropped>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Dropped {
    count: u64,
    first_line: u32,
}

impl Findings {
    /// Returns an empty list of findings.
    pub(crate) fn new(file: &str) -> Self {
        Self {
            file: file.to_owned(),
            names: Vec::new(),
            kept: Vec::new(),
            dropped: None,
        }
    }

    /// Sets the names of the columns, by which places are told from now on.
    pub(crate) fn name_columns<'n>(&mut self, names: impl IntoIterator<Item = &'n str>) {
        self.names = names.into_iter().map(column_name).collect();
    }

    /// Adds a finding at a line and a field of that line, both from 1.
    pub(crate) fn add(&mut self, line: u32, column: u32, message: impl Into<String>) {
        let index = usize::try_from(column).ok().and_then(|column| column.checked_sub(1));
        let name = index
            .and_then(|index| self.names.get(index))
            .filter(|name| !name.is_empty());
        let name = name.cloned();
        self.keep(line, column, name, message.into());
    }

    /// Adds a finding about a whole line, from 1.
    pub(crate) fn add_line(&mut self, line: u32, message: impl Into<String>) {
        self.keep(line, 1, None, message.into());
    }

    /// Adds what cannot be read.
    pub(crate) fn add_unreadable(&mut self, unreadable: UnreadableRecord) {
        match unreadable.column {
            Some(column) => self.add(unreadable.line, column, unreadable.message),
            None => self.add_line(unreadable.line, unreadable.message),
        }
    }

    fn keep(&mut self, line: u32, column: u32, column_name: Option<String>, message: String) {
        if self.kept.len() < FINDINGS_MAX {
            self.kept.push(Finding {
                file: self.file.clone(),
                line,
                column,
                column_name,
                message,
            });
            return;
        }
        let dropped = self.dropped.get_or_insert(Dropped {
            count: 0,
            first_line: line,
        });
        dropped.count = dropped.count.saturating_add(1);
        dropped.first_line = dropped.first_line.min(line);
    }

    /// Returns whether nothing was found.
    pub(crate) const fn is_empty(&self) -> bool {
        self.kept.is_empty()
    }

    /// Returns all findings that were kept, by line and column, and at the end how many more there were.
    pub(crate) fn into_vec(self) -> Vec<Finding> {
        let Self {
            file,
            mut kept,
            dropped,
            ..
        } = self;
        kept.sort_by_key(|finding| (finding.line, finding.column));
        if let Some(Dropped { count, first_line }) = dropped {
            kept.push(Finding {
                file,
                line: first_line,
                column: 1,
                column_name: None,
                message: format!("and {count} more from this line on; correct those above first"),
            });
        }
        kept
    }
}

/// Returns the name of a column as it is shown: without line ends and the like, and not too long.
fn column_name(name: &str) -> String {
    let plain = name.chars().map(|c| if c.is_control() { ' ' } else { c });
    plain.take(NAME_CHARS_MAX).collect()
}
