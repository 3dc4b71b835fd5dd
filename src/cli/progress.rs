//! How far is the work, for a person at a terminal?
//!
//! One line on standard error, written over each time; nothing at all in a pipe.

use std::io::{self, Write};

use crate::cli::failure::visible;
use crate::commands::{Progress, Sieve};

/// Progress on standard error.
#[derive(Debug)]
pub struct ProgressLine {
    on_terminal: bool,
    columns: usize,
    sieve: Sieve,
    dirty: bool,
}

impl ProgressLine {
    /// Shows progress if standard error is a terminal, on a line of `width` columns.
    #[must_use]
    pub fn on(terminal: bool, width: u16) -> Self {
        Self {
            on_terminal: terminal,
            columns: usize::from(width.saturating_sub(1)),
            sieve: Sieve::default(),
            dirty: false,
        }
    }

    /// Removes the line.
    pub fn clear(&mut self) {
        if self.dirty {
            self.dirty = false;
            // A terminal that has gone shows nothing, which is no reason to end the work.
            drop(io::stderr().write_all(b"\r\x1b[K"));
        }
    }
}

impl Progress for ProgressLine {
    fn step(&mut self, done: u64, total: u64, what: &str) {
        if !self.on_terminal || !self.sieve.lets_through(done, total, what) {
            return;
        }
        let line: String = line(done, total, what).chars().take(self.columns).collect();
        self.dirty = true;
        drop(io::stderr().write_all(format!("\r{line}\x1b[K").as_bytes()));
    }
}

/// Returns the line of a step.
fn line(done: u64, total: u64, what: &str) -> String {
    let what = visible(what);
    match done.saturating_mul(100).checked_div(total) {
        Some(percent) => format!("{what}: {done} of {total} ({percent} %)"),
        None => format!("{what}: {done}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_reads_with_and_without_a_total() {
        assert_eq!(line(250, 1000, "subscribers"), "subscribers: 250 of 1000 (25 %)");
        assert_eq!(line(250, 0, "rows"), "rows: 250");
    }
}
