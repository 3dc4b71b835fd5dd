//! How is a failure printed?
//!
//! On standard error: `weir: ` and what cannot be done, then `hint: ` and the way out on a line of its own. If `--json`
//! was asked for and the failure carries an answer, that answer goes to standard output as well.

use std::io::{self, Write};

use crate::model::characters;
use crate::model::failure::Failure;

/// Writes a failure: its text to `err`, and with `json` its answer to `out`.
///
/// # Errors
/// Those of the streams.
pub fn write(failure: &Failure, json: bool, out: &mut dyn Write, err: &mut dyn Write) -> io::Result<()> {
    writeln!(err, "weir: {}", visible(&failure.what))?;
    if !failure.way_out.is_empty() {
        writeln!(err, "hint: {}", visible(&failure.way_out))?;
    }
    match &failure.json {
        Some(answer) if json => writeln!(out, "{}", answer.trim_end()),
        Some(_) | None => Ok(()),
    }
}

/// Returns the text without control characters other than line ends, and with invisible ones by their number, so that words of a
/// router or a file cannot steer the terminal.
pub(crate) fn visible(text: &str) -> String {
    characters::visible(text.trim_end()).replace('\t', " ")
}
