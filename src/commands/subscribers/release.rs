//! `weir subscriber release` ends a hold.

use serde::{Deserialize, Serialize};

use crate::appliance::core::Appliance;
use crate::commands::context::CommandContext;
use crate::commands::subscribers::manual::decide;
use crate::commands::{Asked, Caller, Reply, SiteCommand};
use crate::model::failure::Failure;
use crate::rules::manual_actions;

/// End a hold
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, clap::Args)]
#[serde(deny_unknown_fields)]
pub struct SubscriberRelease {
    /// The subscriber, by username, account or phone; a name that begins with a dash goes last, after `--`
    pub username: String,
}

impl SiteCommand for SubscriberRelease {
    fn whom_mut(&mut self) -> Option<&mut String> {
        Some(&mut self.username)
    }

    fn answer(&self, site: &Appliance, asked: &mut Asked<'_>) -> Result<Reply, Failure> {
        release(site, asked.caller, &self.username)
    }
}

/// Answers `weir subscriber release USERNAME`: waits for a trusted clock, since it counts the days held.
pub(crate) fn release(appliance: &Appliance, call: &Caller, username: &str) -> Result<Reply, Failure> {
    let deciding = CommandContext::by_a_trusted_clock(appliance, call, "a release counts the days held, and")?;
    decide(&deciding, appliance, call, username, "released", &[], |wallet| {
        manual_actions::release(wallet, deciding.policy(), &deciding.moment())
    })
}
