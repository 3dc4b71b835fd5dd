//! Works out the desired state of an object at this moment.
//!
//! The work says on or off and by which decision; the rest (profile, rate, how to cut) is looked up at the moment of
//! sending, from the subscriber and the configuration in force.

use std::net::Ipv4Addr;

use crate::config::read::Config;
use crate::config::routers::RouterConfig;
use crate::model::router::work::{ObjectKey, RouterWork, Target};
use crate::model::subscriber::{Access, Service, State, Subscriber};
use crate::store::keys::object_key;

/// This version does not switch objects of this service: they are left to the owner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotManaged;

/// Returns whether anybody needs an object: it belongs to a subscriber whose account has not ended. One that nobody needs may be gone.
#[must_use]
pub fn is_needed(key: &ObjectKey, subscriber: Option<&Subscriber>) -> bool {
    subscriber
        .is_some_and(|subscriber| subscriber.state != State::Closed && object_key(subscriber).as_ref() == Some(key))
}

/// Returns the desired state of an object. `subscriber` is the one whom the work is for; one who has left the object
/// since has another by now.
///
/// # Errors
/// [`NotManaged`] where this version does not switch the service.
pub fn target(
    key: &ObjectKey,
    work: &RouterWork,
    subscriber: Option<&Subscriber>,
    config: &Config,
    router: &RouterConfig,
) -> Result<Target, NotManaged> {
    let now_at = subscriber.and_then(object_key);
    // Of an object that its subscriber has left, nothing but the row is known.
    let theirs = subscriber.filter(|_| now_at.as_ref() == Some(key));
    let package = theirs
        .and_then(|subscriber| subscriber.profile.package.as_ref())
        .and_then(|package| config.package(package));
    match key.service {
        Service::Pppoe => Ok(Target::Pppoe {
            name: key.object.clone(),
            access: work.access,
            profile: theirs
                .and_then(|subscriber| subscriber.profile.own_profile.clone())
                .or_else(|| package.and_then(|package| package.profile.clone())),
            suspended_profile: router.suspended_profile.clone(),
        }),
        Service::Static => {
            let login = subscriber.map_or(work.username.as_str(), Subscriber::login);
            let address = address(key, work);
            // A subscriber with another address on the same router keeps the queue of their name.
            let elsewhere_here = theirs.is_none()
                && now_at.is_some_and(|now_at| now_at.router == key.router && now_at.service == Service::Static);
            let (name, not_named) = match address {
                Some(address) if elsewhere_here => (address.to_string(), Some(login.to_owned())),
                Some(_) => (login.to_owned(), None),
                None => (key.object.clone(), None),
            };
            Ok(Target::Static {
                name,
                not_named,
                address,
                access: work.access,
                rate: theirs
                    .and_then(|subscriber| subscriber.profile.own_rate)
                    .or_else(|| package.and_then(|package| package.rate)),
                method: config.access.static_method.clone(),
            })
        }
        Service::Hotspot | Service::Dhcp => Err(NotManaged),
    }
}

/// Returns the desired state of a subscriber's object, as a reconcile compares it.
///
/// # Errors
/// [`NotManaged`] where this version does not switch the service.
pub fn target_of(
    key: &ObjectKey,
    subscriber: &Subscriber,
    config: &Config,
    router: &RouterConfig,
) -> Result<Target, NotManaged> {
    let as_work = RouterWork {
        username: subscriber.username.clone(),
        subscriber: subscriber.id,
        address: subscriber.profile.address,
        access: subscriber.access(),
        end_session: false,
        generation: crate::model::router::work::Generation(0),
        decided_at: subscriber.added_at,
        run: None,
        state: crate::model::router::work::WorkState::Pending,
        last_error: None,
    };
    target(key, &as_work, Some(subscriber), config, router)
}

fn address(key: &ObjectKey, work: &RouterWork) -> Option<Ipv4Addr> {
    key.object.parse().ok().or(work.address)
}

/// Returns the words for an access.
#[must_use]
pub const fn access_words(access: Access) -> &'static str {
    match access {
        Access::On => "served",
        Access::Off => "cut off",
    }
}
