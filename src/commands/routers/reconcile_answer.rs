//! The answer of `weir router reconcile`.
//!
//! It says how many objects were read, how many are being repaired, who waits for approval before being cut off, and
//! how to go on.

use serde::Serialize;

use crate::model::name::RouterName;
use crate::outbox::router_work::held_cuts::HeldBack;
use crate::outbox::router_work::reconcile::Reconciled;

#[derive(Serialize)]
pub(crate) struct ReconcileAnswer {
    router: String,
    looked_at: u64,
    differences: u64,
    healing: u64,
    /// How many would be cut off and wait for the owner's approval.
    held: u64,
    /// Of how many who are served.
    of: u64,
    /// The first of those who would be cut off.
    names: Vec<String>,
    /// How many are not cut off while the clock is in doubt.
    in_doubt: u64,
    /// Why not everything is being repaired, and how to go on.
    waits: Option<String>,
    error: Option<String>,
}

impl ReconcileAnswer {
    /// Returns whether something that should be repaired is not.
    pub(crate) const fn is_unfinished(&self) -> bool {
        self.error.is_some() || self.waits.is_some()
    }
}

/// Returns the answer about one router.
pub(crate) fn of((router, result): (RouterName, Result<Reconciled, String>)) -> ReconcileAnswer {
    let (found, error) = match result {
        Ok(found) => (found, None),
        Err(error) => (Reconciled::default(), Some(error)),
    };
    let held = found.held.as_ref();
    let waits = match (held, &found.in_doubt) {
        (Some(held), _) => Some(held_words(&router, held)),
        (None, Some(in_doubt)) => Some(format!(
            "{} would be cut off, but are not while the clock is not trusted ({}); the service checks again once it \
            is",
            in_doubt.cuts, in_doubt.reason
        )),
        (None, None) => None,
    };
    ReconcileAnswer {
        router: router.to_string(),
        looked_at: found.looked_at,
        differences: found.differ,
        healing: found.healed,
        held: held.map_or(0, |held| held.cuts),
        of: held.map_or(0, |held| held.of),
        names: held.map_or_else(Vec::new, |held| held.first.iter().map(ToString::to_string).collect()),
        in_doubt: found.in_doubt.as_ref().map_or(0, |in_doubt| in_doubt.cuts),
        waits,
        error,
    }
}

fn held_words(router: &RouterName, held: &HeldBack) -> String {
    let word = &held.word;
    format!(
        "{}; nobody is cut off until you run `weir approve {word}` (`weir approve --dry-run` lists them, `weir \
        approve {word} --refuse TEXT` spares them)",
        held.reason(router)
    )
}

/// Returns the same in words.
pub(crate) fn text(answer: &[ReconcileAnswer]) -> String {
    let mut text = String::new();
    for row in answer {
        match &row.error {
            Some(error) => text.push_str(&format!("{}: {error}\n", row.router)),
            None => text.push_str(&format!(
                "{}: {} objects compared, {} differ, {} are being corrected\n",
                row.router, row.looked_at, row.differences, row.healing
            )),
        }
        if let Some(waits) = &row.waits {
            text.push_str(&format!("{}: {waits}\n", row.router));
        }
        if !row.names.is_empty() {
            let named = u64::try_from(row.names.len()).unwrap_or(u64::MAX);
            let more = match row.held.saturating_sub(named) {
                0 => String::new(),
                more => format!(" and {more} more"),
            };
            text.push_str(&format!("  {}{more}\n", row.names.join(", ")));
        }
    }
    text
}
