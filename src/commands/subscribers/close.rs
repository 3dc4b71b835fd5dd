//! `weir subscriber close` ends a subscription.

use serde::{Deserialize, Serialize};

use crate::appliance::core::Appliance;
use crate::commands::context::CommandContext;
use crate::commands::refusals::known;
use crate::commands::subscribers::manual::decide;
use crate::commands::{Asked, Caller, Reply, SiteCommand};
use crate::model::failure::Failure;
use crate::model::subscriber::State;
use crate::rules::manual_actions;
use crate::rules::settlement::SettlementResult;

/// End a subscription; the balance stays visible
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, clap::Args)]
#[serde(deny_unknown_fields)]
pub struct SubscriberClose {
    /// The subscriber, by username, account or phone; a name that begins with a dash goes last, after `--`
    pub username: String,
}

impl SiteCommand for SubscriberClose {
    fn whom_mut(&mut self) -> Option<&mut String> {
        Some(&mut self.username)
    }

    fn answer(&self, site: &Appliance, asked: &mut Asked<'_>) -> Result<Reply, Failure> {
        close(site, asked.caller, &self.username)
    }
}

/// What the log says of somebody who was closed.
pub(crate) const CLOSED: &str = "closed";

/// Answers `weir subscriber close USERNAME`.
pub(crate) fn close(appliance: &Appliance, call: &Caller, username: &str) -> Result<Reply, Failure> {
    if known(appliance, username)?.state == State::Closed {
        return Err(Failure::refused(
            format!("`{username}` is already closed"),
            format!("`weir subscriber reopen {username}` reopens it"),
        ));
    }
    let deciding = CommandContext::begin(appliance, call)?;
    decide(&deciding, appliance, call, username, CLOSED, &[], |wallet| {
        manual_actions::close(wallet, &deciding.moment())?;
        Ok(SettlementResult::default())
    })
}
