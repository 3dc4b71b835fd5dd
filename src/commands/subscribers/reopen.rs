//! `weir subscriber reopen` reopens a closed subscription.

use serde::{Deserialize, Serialize};

use crate::appliance::core::Appliance;
use crate::commands::context::CommandContext;
use crate::commands::subscribers::manual::decide;
use crate::commands::{Asked, Caller, Reply, SiteCommand};
use crate::model::failure::Failure;
use crate::rules::manual_actions;

/// Reopen a closed subscription
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, clap::Args)]
#[serde(deny_unknown_fields)]
pub struct SubscriberReopen {
    /// The subscriber, by username, account or phone; a name that begins with a dash goes last, after `--`
    pub username: String,
}

impl SiteCommand for SubscriberReopen {
    fn whom_mut(&mut self) -> Option<&mut String> {
        Some(&mut self.username)
    }

    fn answer(&self, site: &Appliance, asked: &mut Asked<'_>) -> Result<Reply, Failure> {
        reopen(site, asked.caller, &self.username)
    }
}

/// What the log says of somebody who was reopened.
pub(crate) const REOPENED: &str = "reopened";

/// Answers `weir subscriber reopen USERNAME`.
pub(crate) fn reopen(appliance: &Appliance, call: &Caller, username: &str) -> Result<Reply, Failure> {
    let deciding = CommandContext::begin(appliance, call)?;
    decide(&deciding, appliance, call, username, REOPENED, &[], |wallet| {
        manual_actions::reopen(wallet, deciding.policy(), &deciding.moment())
    })
}
