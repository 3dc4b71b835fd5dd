//! How is a failure printed?
//!
//! On standard error: `weir: ` and what cannot be done, then `hint: ` and the way out on a line of its own; with `--json` one object
//! `{"error": {what, place, way_out}}` instead. If the failure carries an answer for `--json`, that goes to standard output as well.

use std::ffi::OsString;
use std::io::{self, Write};

use serde::Serialize;

use crate::model::characters;
use crate::model::failure::Failure;

/// A failure, as `--json` prints it.
#[derive(Serialize)]
struct FailureAnswer<'a> {
    error: ErrorWords<'a>,
}

#[derive(Serialize)]
struct ErrorWords<'a> {
    what: &'a str,
    place: Option<&'a str>,
    way_out: &'a str,
}

/// Writes a failure: its text to `err`, or with `json` its object, and its answer to `out`.
///
/// # Errors
/// Those of the streams.
pub fn write(failure: &Failure, json: bool, out: &mut dyn Write, err: &mut dyn Write) -> io::Result<()> {
    if json {
        let told = FailureAnswer {
            error: ErrorWords {
                what: failure.what.trim_end(),
                place: failure.place.as_deref(),
                way_out: failure.way_out.trim_end(),
            },
        };
        writeln!(err, "{}", serde_json::to_string(&told)?)?;
        return match &failure.json {
            Some(answer) => writeln!(out, "{}", answer.trim_end()),
            None => Ok(()),
        };
    }
    writeln!(err, "weir: {}", visible(&failure.what))?;
    if !failure.way_out.is_empty() {
        writeln!(err, "hint: {}", visible(&failure.way_out))?;
    }
    Ok(())
}

/// Returns whether JSON is asked for by arguments that make no command.
pub(crate) fn wants_json(args: &[OsString]) -> bool {
    args.iter().take_while(|arg| *arg != "--").any(|arg| arg == "--json")
}

/// Returns the failure of a command that was typed wrongly, from the text that people read: what is wrong in the first lines,
/// the usage below.
pub(crate) fn of_usage(text: &str) -> Failure {
    let told = text.strip_prefix("weir: ").unwrap_or(text);
    let (what, way_out) = told.split_once("\n\n").unwrap_or((told, ""));
    let what: Vec<&str> = what.lines().map(str::trim).collect();
    let failure = Failure::usage(what.join(" "), way_out.trim());
    let usage = way_out.lines().find_map(|line| line.strip_prefix("Usage: "));
    match usage {
        None => failure,
        Some(usage) => {
            let words: Vec<&str> = usage
                .split(' ')
                .take_while(|word| !word.starts_with(['[', '<', '-']))
                .collect();
            failure.at(words.join(" "))
        }
    }
}

/// Returns the text without control characters other than line ends, and with invisible ones by their number, so that words of a
/// router or a file cannot steer the terminal.
pub(crate) fn visible(text: &str) -> String {
    characters::visible(text.trim_end()).replace('\t', " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_usage_error_is_parted_into_what_where_and_the_way_out() {
        let failure = of_usage(
            "weir: the following required arguments were not provided:\n  <AMOUNT>\n\nUsage: weir pay <USERNAME> <AMOUNT>\n\n\
             For more information, try '--help'.\n",
        );
        assert_eq!(
            failure.what,
            "the following required arguments were not provided: <AMOUNT>"
        );
        assert_eq!(failure.place.as_deref(), Some("weir pay"));
        assert!(failure.way_out.starts_with("Usage: weir pay <USERNAME>"));
        assert_eq!(of_usage("Record payments\n\nUsage: …").what, "Record payments");
    }

    #[test]
    fn json_is_asked_for_before_the_dashes_alone() {
        let args = |words: &[&str]| words.iter().map(OsString::from).collect::<Vec<_>>();
        assert!(wants_json(&args(&["weir", "stattus", "--json"])));
        assert!(!wants_json(&args(&["weir", "pay", "--", "--json"])));
        assert!(!wants_json(&args(&["weir", "pay"])));
    }
}
