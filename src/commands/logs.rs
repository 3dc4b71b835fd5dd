//! What happened, in order?

use crate::commands::appliance::Appliance;
use crate::commands::{Call, Reply};
use crate::model::failure::Failure;

/// What is asked of the logs.
pub struct Question<'a> {
    /// k
    pub kind: Option<&'a str>,
    /// s
    pub since: Option<&'a str>,
    /// u
    pub until: Option<&'a str>,
    /// u
    pub user: Option<&'a str>,
    /// l
    pub limit: u32,
}

/// Not written yet.
pub(crate) fn answer(_a: &Appliance, _c: &Call, _q: &Question<'_>) -> Result<Reply, Failure> {
    Err(Failure::refused("not written yet", ""))
}
