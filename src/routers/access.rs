//! Changes an object on a router to its desired state, and reads it back.
//!
//! Desired states go in, each about one object; an outcome comes out for each, and only a reading makes it `Equal`.
//! Objects are taken in chunks, each read, changed where it differs, and read back, with a handful of commands a chunk;
//! an object in its desired state gets no command. One object that the router refuses stops no other. Must never know
//! why something is wanted.

use crate::model::name::ProfileName;
use crate::model::router::work::Target;
use crate::routers::batch::CHUNK;
use crate::routers::fixed;
use crate::routers::outcome::{ApplyOutcome, Drift, ObservedState};
use crate::routers::ppp::WantedSecret;
use crate::routers::pppoe;
use crate::routers::router_error::RouterError;
use crate::routers::session::Session;

/// What should be so of one object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DesiredState {
    /// The object, and what it should be.
    pub target: Target,
    /// End the live session once, also when nothing else differs.
    ///
    /// A session keeps its old rights when a secret gets another profile, and no reading shows which rights a session has.
    /// So a wish about profiles that did not come out [`ApplyOutcome::Equal`] is repeated with this set: it may have broken off
    /// between the secret and the session.
    pub end_session: bool,
}

/// A conversation that ended before all was done.
#[derive(Debug, thiserror::Error)]
#[error("{error}")]
pub struct Interrupted {
    /// Why it ended.
    #[source]
    pub error: RouterError,
    /// What had become of each wish; `None` is not known and may be half done.
    pub done: Vec<Option<ApplyOutcome>>,
}

/// Makes each wish so, and says what became of it, in the order of the wishes. Each object may be wished for once.
///
/// # Errors
/// [`Interrupted`] when the conversation ends, with what was confirmed before.
pub async fn apply(session: &mut Session, desired: &[DesiredState]) -> Result<Vec<ApplyOutcome>, Interrupted> {
    let mut done: Vec<Option<ApplyOutcome>> = vec![None; desired.len()];
    let parts = split(desired.iter().map(|desired| (&desired.target, desired.end_session)));
    for chunk in parts.pppoe.chunks(CHUNK) {
        let wants: Vec<WantedSecret<'_>> = chunk.iter().map(|(_, want)| *want).collect();
        match pppoe::apply(session, &wants).await {
            Ok(outcomes) => place(&mut done, chunk, outcomes),
            Err(RouterError::Unreadable { path, said }) => refuse(&mut done, chunk, path, &said),
            Err(error) => return Err(Interrupted { error, done }),
        }
    }
    for chunk in parts.fixed.chunks(CHUNK) {
        let wants: Vec<fixed::WantedQueue<'_>> = chunk.iter().map(|(_, want)| *want).collect();
        match fixed::apply(session, &wants).await {
            Ok(outcomes) => place(&mut done, chunk, outcomes),
            Err(RouterError::Unreadable { path, said }) => refuse(&mut done, chunk, path, &said),
            Err(error) => return Err(Interrupted { error, done }),
        }
    }
    let unseen = || ApplyOutcome::Unsettled {
        said: "not looked at".to_owned(),
    };
    Ok(done.into_iter().map(|done| done.unwrap_or_else(unseen)).collect())
}

/// Compares, reading only; in the order of the targets.
///
/// # Errors
/// Why the conversation ended.
pub async fn look(session: &mut Session, targets: &[Target]) -> Result<Vec<ObservedState>, RouterError> {
    let mut found: Vec<Option<ObservedState>> = vec![None; targets.len()];
    let parts = split(targets.iter().map(|target| (target, false)));
    for chunk in parts.pppoe.chunks(CHUNK) {
        let wants: Vec<WantedSecret<'_>> = chunk.iter().map(|(_, want)| *want).collect();
        place(&mut found, chunk, pppoe::look(session, &wants).await?);
    }
    for chunk in parts.fixed.chunks(CHUNK) {
        let wants: Vec<fixed::WantedQueue<'_>> = chunk.iter().map(|(_, want)| *want).collect();
        place(&mut found, chunk, fixed::look(session, &wants).await?);
    }
    let unseen = || ObservedState {
        standing: Drift::NotOurs("not looked at".to_owned()),
        wanted: String::new(),
        found: String::new(),
    };
    Ok(found.into_iter().map(|found| found.unwrap_or_else(unseen)).collect())
}

/// Targets by service, each with its place.
struct Parts<'a> {
    pppoe: Vec<(usize, WantedSecret<'a>)>,
    fixed: Vec<(usize, fixed::WantedQueue<'a>)>,
}

fn split<'a>(targets: impl Iterator<Item = (&'a Target, bool)>) -> Parts<'a> {
    let mut parts = Parts {
        pppoe: Vec::new(),
        fixed: Vec::new(),
    };
    for (place, (target, end_session)) in targets.enumerate() {
        match target {
            Target::Pppoe {
                name,
                access,
                profile,
                suspended_profile,
            } => {
                let want = WantedSecret {
                    name,
                    access: *access,
                    profile: profile.as_ref().map(ProfileName::as_str),
                    suspended_profile: suspended_profile.as_ref().map(ProfileName::as_str),
                    end_session,
                };
                parts.pppoe.push((place, want));
            }
            Target::Static {
                name,
                not_named,
                address,
                access,
                rate,
                method,
            } => {
                let want = fixed::WantedQueue {
                    name,
                    not_named: not_named.as_deref(),
                    address: *address,
                    access: *access,
                    rate: *rate,
                    method,
                };
                parts.fixed.push((place, want));
            }
        }
    }
    parts
}

/// Refuses the objects of a chunk whose table may not be read: other tables may, so the session goes on.
fn refuse<W>(into: &mut [Option<ApplyOutcome>], chunk: &[(usize, W)], path: &'static str, said: &str) {
    let refused = || ApplyOutcome::Refused {
        said: RouterError::Unreadable {
            path,
            said: said.to_owned(),
        }
        .to_string(),
    };
    place(into, chunk, chunk.iter().map(|_| refused()).collect());
}

fn place<W, T>(into: &mut [Option<T>], chunk: &[(usize, W)], outcomes: Vec<T>) {
    for ((place, _), outcome) in chunk.iter().zip(outcomes) {
        if let Some(slot) = into.get_mut(*place) {
            *slot = Some(outcome);
        }
    }
}
