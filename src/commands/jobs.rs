//! What is automated, and what became of it?

use crate::commands::appliance::Appliance;
use crate::commands::{Call, Progress, Reply};
use crate::model::failure::Failure;

/// Not written yet.
pub(crate) fn list(_a: &Appliance, _c: &Call) -> Result<Reply, Failure> {
    Err(Failure::refused("not written yet", ""))
}

/// Not written yet.
pub(crate) fn show(_a: &Appliance, _c: &Call, _n: &str) -> Result<Reply, Failure> {
    Err(Failure::refused("not written yet", ""))
}

/// Not written yet.
pub(crate) fn history(_a: &Appliance, _c: &Call, _n: &str, _l: u32) -> Result<Reply, Failure> {
    Err(Failure::refused("not written yet", ""))
}

/// Not written yet.
pub(crate) fn run(_a: &Appliance, _c: &Call, _n: &str, _d: bool, _p: &mut dyn Progress) -> Result<Reply, Failure> {
    Err(Failure::refused("not written yet", ""))
}

/// Not written yet.
pub(crate) fn pause(_a: &Appliance, _c: &Call, _n: &str) -> Result<Reply, Failure> {
    Err(Failure::refused("not written yet", ""))
}

/// Not written yet.
pub(crate) fn resume(_a: &Appliance, _c: &Call, _n: &str) -> Result<Reply, Failure> {
    Err(Failure::refused("not written yet", ""))
}
