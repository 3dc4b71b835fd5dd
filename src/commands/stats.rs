//! Who paid, and when?

use crate::commands::appliance::Appliance;
use crate::commands::{Call, Reply};
use crate::model::failure::Failure;

/// What is asked.
pub(crate) struct Question<'a> {
    pub(crate) username: Option<&'a str>,
    pub(crate) package: Option<&'a str>,
    pub(crate) since: Option<&'a str>,
    pub(crate) until: Option<&'a str>,
    pub(crate) csv: bool,
}

pub(crate) fn answer(_appliance: &Appliance, _call: &Call, _question: &Question<'_>) -> Result<Reply, Failure> {
    Err(Failure::refused("not built", "wait"))
}
