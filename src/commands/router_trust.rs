//! Is the box that answers now the right one?

use crate::commands::appliance::Appliance;
use crate::commands::{Call, Reply};
use crate::model::failure::Failure;

pub(crate) fn answer(_appliance: &Appliance, _call: &Call, _name: &str) -> Result<Reply, Failure> {
    Err(Failure::refused("not built", "wait"))
}
