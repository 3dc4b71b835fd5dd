//! What is wrong with the file so far, and how much of it is kept?
//!
//! A reader reports everything at once, but a file with a shifted column is wrong in every line. Beyond a limit,
//! findings are only counted.

use crate::model::finding::Finding;

/// How many findings are kept of one file; those after it are counted.
const FINDINGS_MAX: usize = 1000;

/// The findings of one file.
#[derive(Debug)]
pub(crate) struct Findings {
    file: String,
    kept: Vec<Finding>,
    dropped: Option<Dropped>,
}

#[derive(Debug)]
struct Dropped {
    count: u64,
    first_line: u32,
}

impl Findings {
    /// Returns an empty list of findings.
    pub(crate) fn new(file: &str) -> Self {
        Self {
            file: file.to_owned(),
            kept: Vec::new(),
            dropped: None,
        }
    }

    /// Adds a finding at a line and a field of that line, both from 1.
    pub(crate) fn add(&mut self, line: u32, column: u32, message: impl Into<String>) {
        if self.kept.len() < FINDINGS_MAX {
            self.kept.push(Finding {
                file: self.file.clone(),
                line,
                column,
                message: message.into(),
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
        } = self;
        kept.sort_by_key(|finding| (finding.line, finding.column));
        if let Some(Dropped { count, first_line }) = dropped {
            kept.push(Finding {
                file,
                line: first_line,
                column: 1,
                message: format!("and {count} more from this line on; correct those above first"),
            });
        }
        kept
    }
}
