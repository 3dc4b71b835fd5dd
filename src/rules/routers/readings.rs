//! What can be said of an object on a router without asking it?
//!
//! Of an object that was read alone, what was found then; of one that was among all objects read since, that nothing else was found
//! then, for whatever else would have been written down. Of any other one nothing.
//!
//! Must never know: what the books want.

use crate::model::day::Instant;
use crate::model::router::readings::{FoundObject, ObjectReading, WholeReading};

/// What was last read of an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LastRead<'a> {
    /// When.
    pub at: Instant,
    /// What was found; nothing where it was then as the books wanted it.
    pub found: Option<&'a FoundObject>,
}

/// Returns what was last read of an object: `own` is its own reading, `whole` that of its router, `since` when its subscriber was
/// taken in. `None` where it was not read yet.
#[must_use]
pub fn last<'a>(own: Option<&'a ObjectReading>, whole: Option<&WholeReading>, since: Instant) -> Option<LastRead<'a>> {
    let whole = whole.map(|whole| whole.at);
    match own {
        Some(own) if own.found == FoundObject::NotRead => {
            whole.filter(|at| *at >= own.at).map(|at| LastRead { at, found: None })
        }
        Some(own) => Some(LastRead {
            at: whole.map_or(own.at, |at| at.max(own.at)),
            found: Some(&own.found),
        }),
        None => whole.filter(|at| *at >= since).map(|at| LastRead { at, found: None }),
    }
}

/// Returns what a reading of all objects writes of one of them; `None` where it tells nothing new, so that a reading without a change
/// writes nothing. `found` is `None` for an object that was as wanted.
#[must_use]
pub fn news(
    own: Option<&ObjectReading>,
    found: Option<FoundObject>,
    wanted: FoundObject,
    at: Instant,
) -> Option<ObjectReading> {
    if own.is_some_and(|own| own.at > at) {
        // Somebody has read it since.
        return None;
    }
    let before = own.map(|own| &own.found);
    let new = match (found, before) {
        (None, None | Some(FoundObject::NotRead)) => return None,
        (None, Some(_)) => wanted,
        (Some(found), _) => found,
    };
    (before != Some(&new)).then_some(ObjectReading { at, found: new })
}
