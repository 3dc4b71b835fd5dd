//! How do the routers stand?

use crate::commands::appliance::Appliance;
use crate::commands::{Call, Reply};
use crate::model::failure::Failure;

/// Not written yet.
pub(crate) fn list(_a: &Appliance, _c: &Call, _n: Option<&str>) -> Result<Reply, Failure> {
    Err(Failure::refused("not written yet", ""))
}

/// Not written yet.
pub(crate) fn probe(_a: &Appliance, _c: &Call, _n: Option<&str>) -> Result<Reply, Failure> {
    Err(Failure::refused("not written yet", ""))
}

/// Not written yet.
pub(crate) fn diff(_a: &Appliance, _c: &Call, _n: Option<&str>) -> Result<Reply, Failure> {
    Err(Failure::refused("not written yet", ""))
}

/// Not written yet.
pub(crate) fn reconcile(_a: &Appliance, _c: &Call, _n: Option<&str>) -> Result<Reply, Failure> {
    Err(Failure::refused("not written yet", ""))
}
