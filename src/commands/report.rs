//! What did a month look like?

use crate::commands::appliance::Appliance;
use crate::commands::{Call, Reply};
use crate::model::failure::Failure;

pub(crate) fn answer(
    _appliance: &Appliance,
    _call: &Call,
    _month: Option<&str>,
    _email: bool,
) -> Result<Reply, Failure> {
    Err(Failure::refused("not built", "wait"))
}
