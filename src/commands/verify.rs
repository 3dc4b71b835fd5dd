//! Do the books hold?

use crate::commands::appliance::Appliance;
use crate::commands::{Call, Progress, Reply};
use crate::model::failure::Failure;

/// Not written yet.
pub(crate) fn answer(_a: &Appliance, _c: &Call, _p: &mut dyn Progress) -> Result<Reply, Failure> {
    Err(Failure::refused("not written yet", ""))
}
