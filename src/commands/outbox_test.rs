//! Does a message get out?

use crate::commands::appliance::Appliance;
use crate::commands::{Call, Reply};
use crate::model::failure::Failure;

pub(crate) fn answer(
    _appliance: &Appliance,
    _call: &Call,
    _to: &str,
    _gateway: Option<&str>,
) -> Result<Reply, Failure> {
    Err(Failure::refused("not built", "wait"))
}
