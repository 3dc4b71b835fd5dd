//! Which messages are there, and what has become of them?

use crate::commands::appliance::Appliance;
use crate::commands::{Call, Reply};
use crate::model::failure::Failure;

pub(crate) fn list(_appliance: &Appliance, _call: &Call, _state: Option<&str>, _limit: u32) -> Result<Reply, Failure> {
    Err(Failure::refused("not built", "wait"))
}

pub(crate) fn resend(_appliance: &Appliance, _call: &Call, _id: u64) -> Result<Reply, Failure> {
    Err(Failure::refused("not built", "wait"))
}
