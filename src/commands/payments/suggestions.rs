//! Suggests who may have paid the unmatched payments.
//!
//! All payments are compared while the subscribers are gone over once, so that none of them is kept.

use serde::Serialize;

use crate::rules::payer::suggestion::{Candidate, Clues, PayerTold, Suggestion, payments_compared};
use crate::rules::phone::complete::NumberingPlan;
use crate::store::error::StoreError;
use crate::store::read::reader::Reader;

/// Somebody who may have paid, as scripts read it.
#[derive(Debug, Serialize)]
pub(crate) struct SuggestionLine {
    username: String,
    name: Option<String>,
    why: String,
}

impl SuggestionLine {
    fn of(suggestion: Suggestion) -> Self {
        let closed = if suggestion.closed { ", and is closed" } else { "" };
        Self {
            username: suggestion.username,
            name: suggestion.name,
            why: format!("{}{closed}", suggestion.why.words()),
        }
    }
}

/// Returns for how many payments anybody is suggested.
///
/// # Errors
/// When the store cannot be read.
pub(crate) fn compared_max(reader: &Reader<'_>) -> Result<usize, StoreError> {
    Ok(payments_compared(reader.state()?.tallies.total()))
}

/// Returns who may have paid each of some payments, in their order; nobody for those behind the first [`compared_max`].
///
/// # Errors
/// When the store cannot be read.
pub(crate) fn of_all(
    reader: &Reader<'_>,
    told: &[PayerTold<'_>],
    plan: NumberingPlan<'_>,
) -> Result<Vec<Vec<SuggestionLine>>, StoreError> {
    let mut clues: Vec<Clues<'_>> = told
        .iter()
        .take(compared_max(reader)?)
        .map(|told| Clues::new(*told, plan))
        .collect();
    if !clues.is_empty() {
        reader.each_subscriber(|subscriber| -> Result<(), StoreError> {
            let candidate = Candidate::new(&subscriber, plan);
            clues.iter_mut().for_each(|clues| clues.compare(&candidate));
            Ok(())
        })?;
    }
    let lines = |clues: Clues<'_>| clues.suggestions().into_iter().map(SuggestionLine::of).collect();
    let mut all: Vec<Vec<SuggestionLine>> = clues.into_iter().map(lines).collect();
    all.resize_with(told.len(), Vec::new);
    Ok(all)
}

/// Returns the suggestions of a payment in words, or `None` without any.
pub(crate) fn in_words(suggestions: &[SuggestionLine]) -> Option<String> {
    let each: Vec<String> = suggestions
        .iter()
        .map(|one| match &one.name {
            Some(name) => format!("`{}` ({name}) {}", one.username, one.why),
            None => format!("`{}` {}", one.username, one.why),
        })
        .collect();
    (!each.is_empty()).then(|| each.join("; "))
}
