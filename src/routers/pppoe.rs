//! Turns a PPPoE subscriber on or off.
//!
//! First the secret, then the session: a changed secret leaves the session up, and a removed session is dialled again within
//! seconds with the rights of that moment. Then both are read back; only a reading says that it is so. A disabled secret allows
//! no session, so all of its name go, also those dialled meanwhile. A secret that got another profile allows new ones, so those
//! seen at the change go, once. Must never touch a session that RADIUS allowed, or a name that is not exactly the one asked
//! for.

use std::collections::BTreeSet;

use crate::model::counted::counted;
use crate::model::subscriber::Access;
use crate::routers::batch::{self, Edit, Packing};
use crate::routers::object_id::ObjectId;
use crate::routers::outcome::{ApplyOutcome, Drift, ObservedState};
use crate::routers::ppp::{self, ByName, PppSecret, WantedSecret};
use crate::routers::router_error::RouterError;
use crate::routers::session::Session;

/// How often sessions are removed and looked for again, before the rest is left to a later try.
const REMOVALS_MAX: usize = 3;

/// What has happened for one wish.
#[derive(Debug, Default)]
struct SecretProgress {
    /// The router's words, or ours, when its secret or session may not be changed.
    refused: Option<String>,
    /// Something was set.
    set: bool,
    /// A profile was set: sessions keep the old one.
    set_profile: bool,
    /// Sessions that were removed.
    ended: BTreeSet<ObjectId>,
    /// Sessions that were up at the last reading and should not be.
    left: Vec<ObjectId>,
    /// Sessions that RADIUS allowed, on a name that should have none.
    by_radius: usize,
}

/// Which sessions of a name have to go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ending {
    /// None.
    Leave,
    /// Those seen first.
    Once,
    /// All, also those dialled meanwhile.
    All,
}

fn ending(want: &WantedSecret<'_>, secrets: &[PppSecret], progress: &SecretProgress) -> Ending {
    let disabled = !secrets.is_empty() && secrets.iter().all(|secret| secret.disabled == Some(true));
    if want.access == Access::Off && disabled {
        Ending::All
    } else if progress.set_profile || want.end_session {
        Ending::Once
    } else {
        Ending::Leave
    }
}

/// Brings the secrets and sessions of one chunk into their desired state.
///
/// # Errors
/// Why the conversation ended.
pub(crate) async fn apply(session: &mut Session, wants: &[WantedSecret<'_>]) -> Result<Vec<ApplyOutcome>, RouterError> {
    let all: Vec<&[u8]> = wants.iter().map(|want| want.name.as_bytes()).collect();
    let mut progress: Vec<SecretProgress> = wants.iter().map(|_| SecretProgress::default()).collect();
    let mut secrets = read(session, &all, &[]).await?.0;
    let table_has_rows = !secrets.is_empty() || batch::has_rows(session, ppp::SECRETS).await?;
    if secrets.is_empty() && table_has_rows {
        // The table of a router that boots may have come between the two questions.
        secrets = read(session, &all, &[]).await?.0;
    }

    set(session, wants, &all, &mut secrets, &mut progress).await?;

    // Secrets that were set are read back together with the sessions, of those names whose sessions may have to go.
    let pairs = || wants.iter().zip(&progress);
    let was_set: Vec<&[u8]> = pairs()
        .filter(|(_, p)| p.set)
        .map(|(want, _)| want.name.as_bytes())
        .collect();
    let with_sessions: Vec<&[u8]> = pairs()
        .filter(|(want, progress)| {
            let rows = rows_of(&secrets, want.name);
            let will_be_disabled = want.access == Access::Off
                && (want.suspended_profile.is_none() || rows.iter().any(|secret| secret.disabled == Some(true)));
            progress.refused.is_none() && !rows.is_empty() && (will_be_disabled || progress.set || want.end_session)
        })
        .map(|(want, _)| want.name.as_bytes())
        .collect();
    let (again, sessions) = read(session, &was_set, &with_sessions).await?;
    for name in was_set {
        secrets.remove(name);
    }
    secrets.extend(again);

    end_sessions(session, wants, &secrets, sessions, &mut progress).await?;

    let outcome = |(want, progress)| outcome(want, rows_of(&secrets, want.name), progress, table_has_rows);
    Ok(wants.iter().zip(progress).map(outcome).collect())
}

/// Sets what differs, by lists; where a list was refused, reads again and sets the rest one by one.
async fn set(
    session: &mut Session,
    wants: &[WantedSecret<'_>],
    all: &[&[u8]],
    secrets: &mut ByName<PppSecret>,
    progress: &mut [SecretProgress],
) -> Result<(), RouterError> {
    for packing in [Packing::Lists, Packing::OneByOne] {
        let mut edits = Vec::new();
        for (desired, (want, progress)) in wants.iter().zip(progress.iter_mut()).enumerate() {
            let rows = rows_of(secrets, want.name);
            let changes = rows
                .iter()
                .map(|secret| Ok((secret.id.clone(), ppp::change(want, secret)?)));
            match changes.collect::<Result<Vec<_>, String>>() {
                _ if progress.refused.is_some() => {}
                Err(said) => progress.refused = Some(said),
                Ok(changes) => {
                    for (id, values) in changes.into_iter().filter(|(_, values)| !values.is_empty()) {
                        progress.set = true;
                        progress.set_profile |= values.iter().any(|(name, _)| *name == "profile");
                        edits.push(Edit { desired, id, values });
                    }
                }
            }
        }
        if edits.is_empty() {
            return Ok(());
        }
        let verdict = batch::send(session, "/ppp/secret/set", edits, packing).await?;
        for (desired, said) in verdict.refused {
            if let Some(progress) = progress.get_mut(desired) {
                progress.refused = Some(said);
            }
        }
        if !verdict.unclear {
            return Ok(());
        }
        *secrets = read(session, all, &[]).await?.0;
    }
    Ok(())
}

/// Removes the sessions that have to go and looks again, until none is left or it was tried often enough.
async fn end_sessions(
    session: &mut Session,
    wants: &[WantedSecret<'_>],
    secrets: &ByName<PppSecret>,
    mut sessions: ByName<ppp::Active>,
    progress: &mut [SecretProgress],
) -> Result<(), RouterError> {
    let mut packing = Packing::Lists;
    for round in 0..=REMOVALS_MAX {
        let mut edits = Vec::new();
        let mut names = Vec::new();
        for (desired, (want, progress)) in wants.iter().zip(progress.iter_mut()).enumerate() {
            progress.left.clear();
            let rows = rows_of(secrets, want.name);
            // Where the secret is not as wanted, the client would dial in again with the same rights.
            let settled = rows
                .iter()
                .all(|secret| ppp::change(want, secret).is_ok_and(|set| set.is_empty()));
            let ending = ending(want, rows, progress);
            if !settled || ending == Ending::Leave {
                continue;
            }
            let up = sessions
                .get(want.name.as_bytes())
                .map(Vec::as_slice)
                .unwrap_or_default();
            let (radius, ours): (Vec<_>, Vec<_>) = up.iter().partition(|session| session.radius);
            if ending == Ending::All {
                progress.by_radius = progress.by_radius.max(radius.len());
            }
            for session in ours {
                if ending == Ending::All || round == 0 || progress.ended.contains(&session.id) {
                    progress.left.push(session.id.clone());
                }
            }
            if !progress.left.is_empty() {
                names.push(want.name.as_bytes());
            }
            if progress.refused.is_none() {
                let edit = |id: &ObjectId| Edit {
                    desired,
                    id: id.clone(),
                    values: Vec::new(),
                };
                edits.extend(progress.left.iter().map(edit));
            }
        }
        if edits.is_empty() || round == REMOVALS_MAX {
            return Ok(());
        }
        for edit in &edits {
            if let Some(progress) = progress.get_mut(edit.desired) {
                progress.ended.insert(edit.id.clone());
            }
        }
        let verdict = batch::send(session, "/ppp/active/remove", edits, packing).await?;
        if verdict.unclear {
            packing = Packing::OneByOne;
        }
        for (desired, said) in verdict.refused {
            if let Some(progress) = progress.get_mut(desired) {
                progress.refused = Some(said);
            }
        }
        sessions = read(session, &[], &names).await?.1;
    }
    Ok(())
}

fn outcome(
    want: &WantedSecret<'_>,
    rows: &[PppSecret],
    progress: SecretProgress,
    table_has_rows: bool,
) -> ApplyOutcome {
    let found = ppp::describe(rows);
    if rows.is_empty() {
        return if progress.set {
            ApplyOutcome::Unsettled {
                said: format!("{found} after the change"),
            }
        } else {
            ApplyOutcome::Absent { table_has_rows }
        };
    }
    let set = rows
        .iter()
        .map(|secret| ppp::change(want, secret))
        .collect::<Result<Vec<_>, String>>();
    match (set, progress.refused) {
        (Err(said), _) => ApplyOutcome::Refused { said },
        (Ok(set), refused) if set.iter().any(|set| !set.is_empty()) => match refused {
            Some(said) => ApplyOutcome::Refused { said },
            None => ApplyOutcome::Unsettled {
                said: format!("still reads: {found}"),
            },
        },
        (Ok(_), refused) if !progress.left.is_empty() => {
            let still = format!("{found}; {} still up", count(progress.left.len()));
            match refused {
                Some(said) => ApplyOutcome::Refused {
                    said: format!("{said} ({still})"),
                },
                None => ApplyOutcome::Unsettled { said: still },
            }
        }
        (Ok(_), _) if progress.by_radius > 0 => ApplyOutcome::Refused {
            said: format!(
                "{found}; {} up by RADIUS, which Weir does not touch",
                count(progress.by_radius)
            ),
        },
        (Ok(_), _) => {
            let ended = progress.ended.len();
            let said = if ended > 0 {
                format!("{found}; {} ended", count(ended))
            } else {
                found
            };
            ApplyOutcome::Equal {
                changed: progress.set || ended > 0,
                said,
            }
        }
    }
}

/// Compares one chunk, reading only.
///
/// # Errors
/// Why the conversation ended.
pub(crate) async fn look(session: &mut Session, wants: &[WantedSecret<'_>]) -> Result<Vec<ObservedState>, RouterError> {
    let all: Vec<&[u8]> = wants.iter().map(|want| want.name.as_bytes()).collect();
    let (secrets, sessions) = read(session, &all, &all).await?;
    let compare = |want: &WantedSecret<'_>| {
        let rows = rows_of(&secrets, want.name);
        let up = sessions.get(want.name.as_bytes()).map_or(0, Vec::len);
        let found = format!(
            "{}, {}",
            ppp::describe(rows),
            if up == 0 { "no session".to_owned() } else { count(up) }
        );
        let set = rows
            .iter()
            .map(|secret| ppp::change(want, secret))
            .collect::<Result<Vec<_>, String>>();
        let must_end = ending(want, rows, &SecretProgress::default()) == Ending::All && up > 0;
        let standing = match set {
            _ if rows.is_empty() => Drift::Absent,
            Err(said) => Drift::NotOurs(said),
            Ok(set) if must_end || set.iter().any(|set| !set.is_empty()) => Drift::Different,
            Ok(_) => Drift::Equal,
        };
        ObservedState {
            standing,
            wanted: ppp::describe_want(want),
            found,
        }
    };
    Ok(wants.iter().map(compare).collect())
}

/// Reads the secrets and sessions of these names once.
async fn read(
    session: &mut Session,
    secret_names: &[&[u8]],
    session_names: &[&[u8]],
) -> Result<(ByName<PppSecret>, ByName<ppp::Active>), RouterError> {
    let commands = [ppp::ask_secrets(secret_names), ppp::ask_sessions(session_names)];
    let [secrets, sessions] = batch::read(session, commands).await?;
    Ok((
        ppp::secrets(&secrets, secret_names)?,
        ppp::sessions(&sessions, session_names)?,
    ))
}

fn rows_of<'a>(secrets: &'a ByName<PppSecret>, name: &str) -> &'a [PppSecret] {
    secrets.get(name.as_bytes()).map(Vec::as_slice).unwrap_or_default()
}

fn count(sessions: usize) -> String {
    counted(sessions, "session", "sessions")
}
