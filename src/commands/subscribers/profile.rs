//! Checks typed fields, or the cells of a list, and makes a profile of them.
//!
//! Fields that are not stated stay; an empty text clears one. Packages and routers must exist, a fixed service needs an
//! address, and an object on a router belongs to one subscriber. Must never know how the profile is written.

use crate::commands::refusals::wrong_name;
use crate::commands::subscribers::fields::SubscriberFields;
use crate::config::read::Config;
use crate::model::characters::look;
use crate::model::failure::Failure;
use crate::model::name::{Account, FullName, Login, NameError, PackageName, Phone, ProfileName, RouterName, Username};
use crate::model::package::Rate;
use crate::model::router::work::ObjectKey;
use crate::model::subscriber::{Profile, Service, Subscriber, SubscriberId};
use crate::rules::phone::complete::unfit;
use crate::store::error::StoreError;
use crate::store::write::transaction::Transaction;

/// Subscribers that are read together to find a name that looks alike.
const WALK_BATCH: usize = 1_000;

/// Returns an empty profile; the default service is PPPoE.
pub(crate) const fn blank(service: Service) -> Profile {
    Profile {
        name: None,
        phone: None,
        account: None,
        package: None,
        router: None,
        service,
        address: None,
        login: None,
        own_profile: None,
        own_rate: None,
    }
}

/// Sets a stated field; an empty text clears it.
fn put<T>(
    place: &mut Option<T>,
    stated: Option<&String>,
    new: fn(&str) -> Result<T, NameError>,
) -> Result<(), Failure> {
    match stated.map(String::as_str) {
        None => {}
        Some("") => *place = None,
        Some(text) => *place = Some(new(text).map_err(|error| wrong_name(&error))?),
    }
    Ok(())
}

/// Returns the profile with the stated fields in it.
///
/// # Errors
/// When a field is no name of its kind, names a package or router that does not exist, or leaves a service without what
/// it needs.
pub(crate) fn stated(before: &Profile, fields: &SubscriberFields, config: &Config) -> Result<Profile, Failure> {
    let mut profile = before.clone();
    put(&mut profile.name, fields.name.as_ref(), FullName::new)?;
    put(&mut profile.phone, fields.phone.as_ref(), Phone::new)?;
    refuse_unfit(fields.phone.as_deref().unwrap_or(""), config)?;
    put(&mut profile.account, fields.account.as_ref(), Account::new)?;
    put(&mut profile.package, fields.package.as_ref(), PackageName::new)?;
    put(&mut profile.router, fields.router.as_ref(), RouterName::new)?;
    put(&mut profile.login, fields.login.as_ref(), Login::new)?;
    put(&mut profile.own_profile, fields.profile.as_ref(), ProfileName::new)?;
    if let Some(text) = &fields.service {
        profile.service = Service::parse(text).ok_or_else(|| {
            let known = Service::ALL.map(|service| format!("`{service}`")).join(", ");
            Failure::refused(format!("`{text}` is not a service"), format!("write one of {known}"))
        })?;
    }
    match fields.address.as_deref() {
        None => {}
        Some("") => profile.address = None,
        Some(text) => {
            let address = text.parse().map_err(|_| {
                Failure::refused(
                    format!("`{text}` is not an IPv4 address"),
                    "give an address without a mask, for example `10.20.0.15`",
                )
            })?;
            profile.address = Some(address);
        }
    }
    match fields.rate.as_deref() {
        None => {}
        Some("") => profile.own_rate = None,
        Some(text) => {
            let rate = Rate::parse(text).ok_or_else(|| {
                Failure::refused(
                    format!("rate `{text}` is not valid"),
                    "write upload/download, for example `10M/10M` or `512k/2M`",
                )
            })?;
            profile.own_rate = Some(rate);
        }
    }
    let unknown = |message: String| Failure::refused(message, "correct it and try again; nothing was changed");
    if before.package != profile.package
        && let Some(message) = profile.package.as_ref().and_then(|name| unknown_package(config, name))
    {
        return Err(unknown(message));
    }
    if before.router != profile.router
        && let Some(message) = profile.router.as_ref().and_then(|name| unknown_router(config, name))
    {
        return Err(unknown(message));
    }
    if let Some(message) = lacks_address(&profile) {
        return Err(unknown(message));
    }
    Ok(profile)
}

/// Refuses a phone that can be no number of any country; an empty text clears the field.
fn refuse_unfit(phone: &str, config: &Config) -> Result<(), Failure> {
    match unfit(phone, config.messages.numbering()).filter(|_| !phone.is_empty()) {
        Some(why) => Err(Failure::refused(
            why,
            "correct the number and try again; nothing was changed",
        )),
        None => Ok(()),
    }
}

fn listed<T: std::fmt::Display>(names: impl Iterator<Item = T>, none: &str) -> String {
    let names: Vec<String> = names.map(|name| format!("`{name}`")).collect();
    if names.is_empty() {
        none.to_owned()
    } else {
        names.join(", ")
    }
}

/// Returns why a package cannot be had, or `None` where it exists.
pub(crate) fn unknown_package(config: &Config, name: &PackageName) -> Option<String> {
    if config.package(name).is_some() {
        return None;
    }
    let known = listed(config.packages.iter().map(|package| &package.name), "none");
    Some(format!("package `{name}` is not defined; site.toml has {known}"))
}

/// Returns why a router cannot be had, or `None` where it exists.
pub(crate) fn unknown_router(config: &Config, name: &RouterName) -> Option<String> {
    if config.router(name).is_some() {
        return None;
    }
    let known = listed(config.routers.iter().map(|router| &router.name), "none");
    Some(format!("router `{name}` is not defined; site.toml has {known}"))
}

/// Returns why a profile cannot be switched on its router, or `None` where it can.
pub(crate) fn lacks_address(profile: &Profile) -> Option<String> {
    let fixed = matches!(profile.service, Service::Static | Service::Dhcp);
    (fixed && profile.router.is_some() && profile.address.is_none()).then(|| {
        format!(
            "the service `{}` needs an address, for example `10.20.0.15`",
            profile.service
        )
    })
}

/// Returns whether this version switches the access of a service on a router.
pub(crate) const fn is_switched(service: Service) -> bool {
    matches!(service, Service::Pppoe | Service::Static)
}

/// Returns the warning about a service whose access is not switched.
pub(crate) fn not_switched(service: Service) -> String {
    format!(
        "the service `{service}` is recorded, but this version of Weir does not manage it: switch it by hand on the router"
    )
}

/// Returns who else has an object on a router.
///
/// # Errors
/// When the store cannot be read.
pub(crate) fn other_owner(
    tx: &Transaction<'_>,
    key: Option<&ObjectKey>,
    but: Option<&Subscriber>,
) -> Result<Option<Subscriber>, StoreError> {
    let owner = key.map_or(Ok(None), |key| tx.owner_of(key))?;
    match owner {
        Some(id) if but.is_none_or(|but| but.id != id) => tx.subscriber(id),
        _ => Ok(None),
    }
}

/// Returns the text that an object belongs to another subscriber.
pub(crate) fn taken_by(key: &ObjectKey, owner: &Subscriber) -> String {
    format!(
        "`{}` as {} on router `{}` belongs to `{}` ({}); two subscribers cannot share it",
        key.object,
        key.service,
        key.router,
        owner.username,
        owner.state_word()
    )
}

/// Returns the warning about a username that looks like an existing one.
pub(crate) fn looks_like(new: &Username, known: &Username) -> String {
    let how = if new.as_str().to_lowercase() == known.as_str().to_lowercase() {
        "only in upper and lower case"
    } else {
        "only in characters that look alike"
    };
    format!("the username `{new}` differs from the existing `{known}` {how}; they are two subscribers")
}

/// Returns an existing username that looks like a new one.
///
/// # Errors
/// When the store cannot be read.
pub(crate) fn look_alike(tx: &Transaction<'_>, new: &Username) -> Result<Option<Username>, StoreError> {
    let wanted = look(new.as_str());
    let mut after = SubscriberId(0);
    loop {
        let batch = tx.subscribers_after(after, WALK_BATCH)?;
        let Some(last) = batch.last() else { return Ok(None) };
        after = last.id;
        let alike = |known: &Username| known != new && look(known.as_str()) == wanted;
        if let Some(found) = batch.into_iter().map(|known| known.username).find(alike) {
            return Ok(Some(found));
        }
    }
}
