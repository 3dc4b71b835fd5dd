//! How does one subscriber stand, and what is decided about them by hand?

use crate::commands::appliance::Appliance;
use crate::commands::{Call, Reply};
use crate::model::failure::Failure;

/// Not written yet.
pub(crate) fn show(_a: &Appliance, _c: &Call, _u: &str) -> Result<Reply, Failure> {
    Err(Failure::refused("not written yet", ""))
}

/// Not written yet.
pub(crate) fn extend(_a: &Appliance, _c: &Call, _u: &str, _d: &str) -> Result<Reply, Failure> {
    Err(Failure::refused("not written yet", ""))
}

/// Not written yet.
pub(crate) fn hold(
    _a: &Appliance,
    _c: &Call,
    _u: &str,
    _x: Option<crate::model::subscriber::Access>,
    _t: Option<&str>,
) -> Result<Reply, Failure> {
    Err(Failure::refused("not written yet", ""))
}

/// Not written yet.
pub(crate) fn release(_a: &Appliance, _c: &Call, _u: &str) -> Result<Reply, Failure> {
    Err(Failure::refused("not written yet", ""))
}

/// Not written yet.
pub(crate) fn close(_a: &Appliance, _c: &Call, _u: &str) -> Result<Reply, Failure> {
    Err(Failure::refused("not written yet", ""))
}

/// Not written yet.
pub(crate) fn reopen(_a: &Appliance, _c: &Call, _u: &str) -> Result<Reply, Failure> {
    Err(Failure::refused("not written yet", ""))
}
