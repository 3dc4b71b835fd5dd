//! How has a router fared?

use crate::commands::appliance::Appliance;
use crate::commands::{Call, Reply};
use crate::model::failure::Failure;

pub(crate) fn answer(
    _appliance: &Appliance,
    _call: &Call,
    _name: Option<&str>,
    _since: Option<&str>,
    _until: Option<&str>,
) -> Result<Reply, Failure> {
    Err(Failure::refused("not built", "wait"))
}
