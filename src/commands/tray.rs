//! Whose payments are these?

use crate::commands::appliance::Appliance;
use crate::commands::{Call, Reply};
use crate::model::failure::Failure;

/// Not written yet.
pub(crate) fn list(_a: &Appliance, _c: &Call) -> Result<Reply, Failure> {
    Err(Failure::refused("not written yet", ""))
}

/// Not written yet.
pub(crate) fn assign(_a: &Appliance, _c: &Call, _r: &str, _u: &str) -> Result<Reply, Failure> {
    Err(Failure::refused("not written yet", ""))
}
