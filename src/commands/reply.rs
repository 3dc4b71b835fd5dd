//! Turns an answer into text, JSON and an exit code.

use serde::Serialize;

use crate::commands::{Caller, Reply};
use crate::model::failure::Failure;

/// Returns the reply of an answer: its JSON when the call asked for that, else its text.
///
/// # Errors
/// When the answer cannot be written as JSON, which no answer of ours does.
pub(crate) fn reply<T: Serialize>(call: &Caller, answer: &T, text: impl FnOnce() -> String) -> Result<Reply, Failure> {
    if !call.json {
        return Ok(Reply::done(text()));
    }
    serde_json::to_string(answer).map(Reply::done).map_err(|error| {
        Failure::refused(
            format!("the answer cannot be written as JSON: {error}"),
            "report this as a bug in Weir",
        )
    })
}
