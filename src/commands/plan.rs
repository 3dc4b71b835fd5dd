//! What will the coming days do?

use crate::commands::appliance::Appliance;
use crate::commands::{Call, Reply};
use crate::model::failure::Failure;

/// Not written yet.
pub(crate) fn answer(_a: &Appliance, _c: &Call, _d: u32) -> Result<Reply, Failure> {
    Err(Failure::refused("not written yet", ""))
}
