//! What exactly should an object be, at this moment?
//!
//! The work says on or off and since which decision; the rest (profile, rate, how to cut) is looked up at the moment of
//! sending, from the subscriber and the configuration in force.

use std::net::Ipv4Addr;

use crate::config::read::Config;
use crate::config::routers::RouterConfig;
use crate::model::router_work::{ObjectKey, RouterWork, Target};
use crate::model::subscriber::{Access, Service, Subscriber};

/// What is wanted of an object.
///
/// # Errors
/// Why this version cannot switch it, in words for the owner.
pub fn target(
    key: &ObjectKey,
    work: &RouterWork,
    subscriber: Option<&Subscriber>,
    config: &Config,
    router: &RouterConfig,
) -> Result<Target, String> {
    let package = subscriber
        .and_then(|subscriber| subscriber.profile.package.as_ref())
        .and_then(|package| config.package(package));
    match key.service {
        Service::Pppoe => Ok(Target::Pppoe {
            name: key.object.clone(),
            access: work.access,
            profile: subscriber
                .and_then(|subscriber| subscriber.profile.own_profile.clone())
                .or_else(|| package.and_then(|package| package.profile.clone())),
            suspended_profile: router.suspended_profile.clone(),
        }),
        Service::Static => Ok(Target::Static {
            name: queue_name(key, subscriber, work),
            address: address(key, work),
            access: work.access,
            rate: subscriber
                .and_then(|subscriber| subscriber.profile.own_rate)
                .or_else(|| package.and_then(|package| package.rate)),
            method: config.access.static_method.clone(),
        }),
        Service::Hotspot | Service::Dhcp => Err(format!(
            "this version of Weir does not switch the service `{}`; do it by hand",
            key.service
        )),
    }
}

/// What an object of a subscriber should be, as a reconcile sees it.
///
/// # Errors
/// Why this version cannot switch it, in words for the owner.
pub fn target_of(
    key: &ObjectKey,
    subscriber: &Subscriber,
    config: &Config,
    router: &RouterConfig,
) -> Result<Target, String> {
    let as_work = RouterWork {
        username: subscriber.username.clone(),
        subscriber: subscriber.id,
        address: subscriber.profile.address,
        access: subscriber.access(),
        end_session: false,
        generation: crate::model::router_work::Generation(0),
        decided_at: subscriber.added_at,
        run: None,
        state: crate::model::router_work::WorkState::Pending,
        last_error: None,
    };
    target(key, &as_work, Some(subscriber), config, router)
}

/// The queue's name: the subscriber's name on the router, also where the address is the key.
fn queue_name(key: &ObjectKey, subscriber: Option<&Subscriber>, work: &RouterWork) -> String {
    match subscriber {
        Some(subscriber) => subscriber.login().to_owned(),
        None if address(key, work).is_some() => work.username.to_string(),
        None => key.object.clone(),
    }
}

fn address(key: &ObjectKey, work: &RouterWork) -> Option<Ipv4Addr> {
    key.object.parse().ok().or(work.address)
}

/// The words for an access.
#[must_use]
pub const fn access_words(access: Access) -> &'static str {
    match access {
        Access::On => "served",
        Access::Off => "cut off",
    }
}
