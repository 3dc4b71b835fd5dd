//! The keys of the tables.

use crate::model::characters::normalised;
use crate::model::job::Job;
use crate::model::message::{Lane, Purpose};
use crate::model::name::{Reference, Username};
use crate::model::router::work::ObjectKey;
use crate::model::subscriber::{Profile, Service, Subscriber};
use crate::store::tables;

/// Returns the object on the router that a subscriber has, or `None` for one without a router.
#[must_use]
pub fn object_key(subscriber: &Subscriber) -> Option<ObjectKey> {
    object_of(&subscriber.username, &subscriber.profile)
}

/// Returns the object on the router that somebody with this name and profile has, or `None` without a router.
#[must_use]
pub fn object_of(username: &Username, profile: &Profile) -> Option<ObjectKey> {
    let router = profile.router.clone()?;
    let service = profile.service;
    let by_address = match service {
        Service::Static | Service::Dhcp => profile.address,
        Service::Pppoe | Service::Hotspot => None,
    };
    let object = match (by_address, &profile.login) {
        (Some(address), _) => address.to_string(),
        (None, Some(login)) => login.to_string(),
        (None, None) => username.to_string(),
    };
    Some(ObjectKey {
        router,
        service,
        object,
    })
}

/// Returns the key of an object as the tables have it.
pub(crate) fn object_row(key: &ObjectKey) -> tables::ObjectRow<'_> {
    (
        key.router.as_str(),
        tables::service_number(key.service),
        key.object.as_str(),
    )
}

/// Returns a payment's reference as it is compared: normalised and in small letters, since a receipt typed by hand is the
/// same receipt.
#[must_use]
pub fn reference_key(reference: &Reference) -> String {
    normalised(reference.as_str()).to_lowercase()
}

/// Returns by what an account is looked up: small letters and digits. Who is found by it is a candidate, no more: a payment is
/// matched by [`crate::rules::payer::account::same_account`].
#[must_use]
pub fn account_key(account: &str) -> String {
    normalised(account)
        .chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}

/// Returns the number of a job in keys.
#[must_use]
pub const fn job_number(job: Job) -> u8 {
    match job {
        Job::Billing => 1,
        Job::Disconnect => 2,
        Job::Reminders => 3,
        Job::Health => 4,
        Job::Cleanup => 5,
    }
}

/// Returns the number of a log stream in keys.
#[must_use]
pub const fn log_number(kind: crate::model::record::LogKind) -> u8 {
    use crate::model::record::LogKind;
    match kind {
        LogKind::Billing => 1,
        LogKind::Disconnect => 2,
        LogKind::Access => 3,
        LogKind::Payment => 4,
        LogKind::Subscriber => 5,
        LogKind::Config => 6,
        LogKind::Jobs => 7,
        LogKind::Service => 8,
        LogKind::Alert => 9,
        LogKind::Reminders => 10,
        LogKind::Health => 11,
        LogKind::Cleanup => 12,
        LogKind::Messages => 13,
    }
}

/// Returns the number of a lane in keys.
pub(super) const fn lane_number(lane: Lane) -> u8 {
    match lane {
        Lane::Administrators => 0,
        Lane::Subscribers => 1,
    }
}

/// Returns the number of the lane in which a message leaves.
pub(super) const fn lane(purpose: &Purpose) -> u8 {
    lane_number(purpose.lane())
}
