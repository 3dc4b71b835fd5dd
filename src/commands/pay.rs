//! How does money come in by hand, and how is it taken back or moved?

use crate::commands::appliance::Appliance;
use crate::commands::{Call, Reply};
use crate::model::failure::Failure;

/// Not written yet.
pub(crate) fn pay(
    _a: &Appliance,
    _c: &Call,
    _u: &str,
    _x: &str,
    _r: &str,
    _s: Option<&str>,
    _d: Option<&str>,
) -> Result<Reply, Failure> {
    Err(Failure::refused("not written yet", ""))
}

/// Not written yet.
pub(crate) fn reverse(_a: &Appliance, _c: &Call, _r: &str) -> Result<Reply, Failure> {
    Err(Failure::refused("not written yet", ""))
}

/// Not written yet.
pub(crate) fn move_to(_a: &Appliance, _c: &Call, _r: &str, _u: &str) -> Result<Reply, Failure> {
    Err(Failure::refused("not written yet", ""))
}
