//! What is stated about a subscriber?

use crate::commands::appliance::Appliance;
use crate::commands::request::SubscriberFields;
use crate::commands::{Call, Reply};
use crate::model::failure::Failure;

/// Not written yet.
pub(crate) fn add(
    _a: &Appliance,
    _c: &Call,
    _u: &str,
    _f: &SubscriberFields,
    _b: Option<&str>,
    _d: Option<&str>,
) -> Result<Reply, Failure> {
    Err(Failure::refused("not written yet", ""))
}

/// Not written yet.
pub(crate) fn set(_a: &Appliance, _c: &Call, _u: &str, _f: &SubscriberFields) -> Result<Reply, Failure> {
    Err(Failure::refused("not written yet", ""))
}
