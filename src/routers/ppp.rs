//! Reads PPP secrets and sessions, and compares them with the desired state.
//!
//! A secret is the right to dial in; a session is what was dialled with the rights of that moment and keeps them. Names are
//! compared byte for byte, and what a router answers beyond the names asked for is passed over. Must never send anything
//! but prints.
//!
//! *Source:* MikroTik documentation, `/ppp/secret`, `/ppp/active`; `radius` marks a session that no secret here allowed.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::subscriber::Access;
use crate::routers::batch::AttributeValues;
use crate::routers::object_id::ObjectId;
use crate::routers::reply::CommandReply;
use crate::routers::router_error::RouterError;
use crate::routers::sentence::Command;
use crate::routers::values;

/// The table of secrets.
pub(crate) const SECRETS: &str = "/ppp/secret/print";
/// The table of sessions.
pub(crate) const SESSIONS: &str = "/ppp/active/print";
/// The profile of a secret that states none.
const DEFAULT_PROFILE: &[u8] = b"default";

/// What is wanted of a secret.
#[derive(Debug, Clone, Copy)]
pub(crate) struct WantedSecret<'a> {
    pub(crate) name: &'a str,
    pub(crate) access: Access,
    /// The profile when on; `None` leaves it.
    pub(crate) profile: Option<&'a str>,
    /// The profile when off; `None` disables instead.
    pub(crate) suspended_profile: Option<&'a str>,
    /// End the live session once, whatever differs.
    pub(crate) end_session: bool,
}

/// A secret as read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PppSecret {
    pub(crate) id: ObjectId,
    /// `None`: not one of the words for it.
    pub(crate) disabled: Option<bool>,
    profile: Vec<u8>,
    dynamic: bool,
}

/// A session as read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Active {
    pub(crate) id: ObjectId,
    pub(crate) radius: bool,
}

/// Rows by name.
pub(crate) type ByName<T> = BTreeMap<Vec<u8>, Vec<T>>;

/// Asks for the secrets of these names; `None` without names.
pub(crate) fn ask_secrets(names: &[&[u8]]) -> Option<Command> {
    Command::print_where(
        SECRETS,
        &[".id", "name", "disabled", "profile", "dynamic"],
        "name",
        names,
    )
}

/// Asks for the sessions of these names; `None` without names.
pub(crate) fn ask_sessions(names: &[&[u8]]) -> Option<Command> {
    Command::print_where(SESSIONS, &[".id", "name", "radius"], "name", names)
}

/// Returns the secrets of a reply, for these names alone.
pub(crate) fn secrets(reply: &CommandReply, names: &[&[u8]]) -> Result<ByName<PppSecret>, RouterError> {
    let names: BTreeSet<&[u8]> = names.iter().copied().collect();
    let mut found: BTreeMap<Vec<u8>, BTreeMap<ObjectId, PppSecret>> = BTreeMap::new();
    for row in &reply.rows {
        let Some(name) = row.get("name").filter(|name| names.contains(name)) else {
            continue;
        };
        let secret = PppSecret {
            id: ObjectId::of(row)?,
            disabled: values::flag(row.get("disabled")),
            profile: row.get("profile").unwrap_or(DEFAULT_PROFILE).to_vec(),
            dynamic: values::flag(row.get("dynamic")) != Some(false),
        };
        found
            .entry(name.to_vec())
            .or_default()
            .insert(secret.id.clone(), secret);
    }
    Ok(listed(found))
}

/// Returns the sessions of a reply, for these names alone.
pub(crate) fn sessions(reply: &CommandReply, names: &[&[u8]]) -> Result<ByName<Active>, RouterError> {
    let names: BTreeSet<&[u8]> = names.iter().copied().collect();
    let mut found: BTreeMap<Vec<u8>, BTreeMap<ObjectId, Active>> = BTreeMap::new();
    for row in &reply.rows {
        let Some(name) = row.get("name").filter(|name| names.contains(name)) else {
            continue;
        };
        let session = Active {
            id: ObjectId::of(row)?,
            radius: values::flag(row.get("radius")) != Some(false),
        };
        found
            .entry(name.to_vec())
            .or_default()
            .insert(session.id.clone(), session);
    }
    Ok(listed(found))
}

/// Returns a row that came twice counts once.
fn listed<T>(found: BTreeMap<Vec<u8>, BTreeMap<ObjectId, T>>) -> ByName<T> {
    let rows = |(name, rows): (Vec<u8>, BTreeMap<ObjectId, T>)| (name, rows.into_values().collect());
    found.into_iter().map(rows).collect()
}

/// Returns what to set on a secret so that it is as wanted; nothing when it is.
///
/// Off, either method counts: a disabled secret and one with the suspended profile are both left as they are. Without a
/// suspended profile only a disabled one counts, since nobody says which profile it would be.
///
/// # Errors
/// Words for the owner, when Weir may not or cannot set it.
pub(crate) fn change(want: &WantedSecret<'_>, secret: &PppSecret) -> Result<AttributeValues, String> {
    if secret.dynamic {
        return Err(format!(
            "the secret `{}` is dynamic, so something else manages it",
            want.name
        ));
    }
    let Some(disabled) = secret.disabled else {
        return Err(format!("the secret `{}` is neither enabled nor disabled", want.name));
    };
    let has = |profile: &str| secret.profile == profile.as_bytes();
    let mut set = AttributeValues::new();
    match want.access {
        Access::On => {
            if want.profile.is_none() && want.suspended_profile.is_some_and(has) {
                return Err(format!(
                    "the secret `{}` has the suspended profile `{}`, but the site gives no other profile for it; \
                    give its package a `profile`",
                    want.name,
                    String::from_utf8_lossy(&secret.profile),
                ));
            }
            if disabled {
                set.push(("disabled", "no".to_owned()));
            }
            if let Some(profile) = want.profile.filter(|profile| !has(profile)) {
                set.push(("profile", profile.to_owned()));
            }
        }
        Access::Off if disabled => {}
        Access::Off => match want.suspended_profile {
            Some(profile) if has(profile) => {}
            Some(profile) => set.push(("profile", profile.to_owned())),
            None => set.push(("disabled", "yes".to_owned())),
        },
    }
    Ok(set)
}

/// Returns the secrets of one name in words.
pub(crate) fn describe(secrets: &[PppSecret]) -> String {
    let one = |secret: &PppSecret| {
        let state = match secret.disabled {
            Some(true) => "disabled",
            Some(false) => "enabled",
            None => "neither enabled nor disabled",
        };
        format!("{state}, profile `{}`", String::from_utf8_lossy(&secret.profile))
    };
    match secrets {
        [] => "no secret".to_owned(),
        secrets => secrets.iter().map(one).collect::<Vec<_>>().join("; "),
    }
}

/// Returns what is wanted in words.
pub(crate) fn describe_want(want: &WantedSecret<'_>) -> String {
    match (want.access, want.profile, want.suspended_profile) {
        (Access::On, Some(profile), _) => format!("enabled, profile `{profile}`"),
        (Access::On, None, _) => "enabled".to_owned(),
        (Access::Off, _, Some(profile)) => format!("profile `{profile}` or disabled"),
        (Access::Off, _, None) => "disabled, no session".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::routers::reply::Attributes;

    fn want(
        access: Access,
        profile: Option<&'static str>,
        suspended_profile: Option<&'static str>,
    ) -> WantedSecret<'static> {
        WantedSecret {
            name: "amina",
            access,
            profile,
            suspended_profile,
            end_session: false,
        }
    }

    fn secret(disabled: &str, profile: &str) -> PppSecret {
        let row = Attributes::of(&[
            (".id", "*1"),
            ("name", "amina"),
            ("disabled", disabled),
            ("profile", profile),
        ]);
        let reply = CommandReply {
            rows: vec![row],
            ..CommandReply::default()
        };
        secrets(&reply, &[b"amina"])
            .unwrap()
            .remove(b"amina".as_slice())
            .unwrap()
            .remove(0)
    }

    #[test]
    fn what_is_set_is_what_differs() {
        let on = |profile| want(Access::On, profile, Some("walled"));
        let off = |suspended| want(Access::Off, Some("fast"), suspended);
        let cases: &[(WantedSecret<'_>, &str, &str, &str)] = &[
            (on(Some("fast")), "no", "fast", ""),
            (on(Some("fast")), "true", "fast", "disabled=no"),
            (on(Some("fast")), "yes", "slow", "disabled=no profile=fast"),
            (on(Some("fast")), "false", "walled", "profile=fast"),
            (on(None), "true", "slow", "disabled=no"),
            (on(None), "false", "walled", "refused"),
            (on(None), "maybe", "slow", "refused"),
            (off(None), "false", "fast", "disabled=yes"),
            (off(None), "false", "walled", "disabled=yes"),
            (off(None), "true", "fast", ""),
            (off(Some("walled")), "false", "fast", "profile=walled"),
            (off(Some("walled")), "false", "Walled", "profile=walled"),
            (off(Some("walled")), "false", "walled", ""),
            (off(Some("walled")), "true", "fast", ""),
        ];
        for (want, disabled, profile, expected) in cases {
            let got = change(want, &secret(disabled, profile)).map_or("refused".to_owned(), |set| {
                set.iter()
                    .map(|(name, value)| format!("{name}={value}"))
                    .collect::<Vec<_>>()
                    .join(" ")
            });
            assert_eq!(&got, expected, "{want:?} {disabled} {profile}");
        }
    }

    #[test]
    fn rows_of_other_names_are_passed_over_and_a_row_that_came_twice_counts_once() {
        let row = |id, name| Attributes::of(&[(".id", id), ("name", name)]);
        let rows = vec![
            row("*1", "amina"),
            row("*2", "Amina"),
            row("*1", "amina"),
            row("*3", "amina"),
            row("*4", "x"),
        ];
        let reply = CommandReply {
            rows,
            ..CommandReply::default()
        };
        let found = sessions(&reply, &[b"amina"]).unwrap();
        assert_eq!(found.len(), 1);
        assert_eq!(found[b"amina".as_slice()].len(), 2);
    }
}
