//! What has been found wrong so far, and where?
//!
//! Must never know: what would be right.

use crate::model::finding::Finding;

/// How many findings are reported; nobody reads more at once.
pub(crate) const FINDINGS_MAX: usize = 200;

/// Everything found wrong so far.
pub(crate) struct Notes<'t> {
    text: &'t str,
    file: &'t str,
    found: Vec<(usize, String)>,
}

impl<'t> Notes<'t> {
    /// Returns empty notes on a file's text; `file` is its name for the findings.
    pub(crate) const fn new(text: &'t str, file: &'t str) -> Self {
        Self {
            text,
            file,
            found: Vec::new(),
        }
    }

    /// Notes what is wrong at a place, in bytes from the beginning of the file.
    pub(crate) fn note(&mut self, at: usize, message: impl Into<String>) {
        self.found.push((at, message.into()));
    }

    /// Returns the line number of a place, from 1.
    pub(crate) fn line(&self, at: usize) -> u32 {
        self.place(at).0
    }

    /// Returns whether nothing wrong has been noted.
    pub(crate) const fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// Returns the findings in order of their places, at most [`FINDINGS_MAX`].
    pub(crate) fn into_findings(mut self) -> Vec<Finding> {
        let mut found = std::mem::take(&mut self.found);
        found.sort();
        found.dedup();
        found.truncate(FINDINGS_MAX);
        let finding = |(at, message)| {
            let (line, column) = self.place(at);
            Finding {
                file: self.file.to_owned(),
                line,
                column,
                column_name: None,
                message,
            }
        };
        found.into_iter().map(finding).collect()
    }

    /// Returns line and column of a place, from 1; columns in characters.
    fn place(&self, at: usize) -> (u32, u32) {
        let before = self.text.get(..at).unwrap_or(self.text);
        let line = before.bytes().filter(|byte| *byte == b'\n').count() + 1;
        let start = before.rfind('\n').map_or(0, |end| end + 1);
        let column = before.get(start..).unwrap_or("").chars().count() + 1;
        (
            u32::try_from(line).unwrap_or(u32::MAX),
            u32::try_from(column).unwrap_or(u32::MAX),
        )
    }
}
