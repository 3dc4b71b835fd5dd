//! Which figures may others collect?

use crate::commands::appliance::Appliance;
use crate::commands::{Call, Reply};
use crate::model::failure::Failure;

pub(crate) fn answer(_appliance: &Appliance, _call: &Call) -> Result<Reply, Failure> {
    Err(Failure::refused("not built", "wait"))
}
