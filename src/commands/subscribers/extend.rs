//! `weir subscriber extend` records a promise to pay.

use serde::{Deserialize, Serialize};

use crate::appliance::core::Appliance;
use crate::commands::context::CommandContext;
use crate::commands::refusals;
use crate::commands::subscribers::manual::decide;
use crate::commands::{Asked, Caller, Reply, SiteCommand};
use crate::model::failure::Failure;
use crate::rules::manual_actions;
use crate::rules::settlement::SettlementResult;

/// Record a promise to pay: moves the cut-off, nothing else
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, clap::Args)]
#[serde(deny_unknown_fields)]
pub struct SubscriberExtend {
    /// The subscriber, by username, account or phone; a name that begins with a dash goes last, after `--`
    pub username: String,
    /// The last day of service
    #[arg(long, value_name = "DAY")]
    pub until: String,
}

impl SiteCommand for SubscriberExtend {
    fn whom_mut(&mut self) -> Option<&mut String> {
        Some(&mut self.username)
    }

    fn answer(&self, site: &Appliance, asked: &mut Asked<'_>) -> Result<Reply, Failure> {
        extend(site, asked.caller, &self.username, &self.until)
    }
}

/// Answers `weir subscriber extend USERNAME --until DAY`.
pub(crate) fn extend(appliance: &Appliance, call: &Caller, username: &str, until: &str) -> Result<Reply, Failure> {
    let until = refusals::day("until", until)?;
    let sentence = format!("promised to pay, served until {until}");
    let fields = [("until", until.to_string())];
    let deciding = CommandContext::begin(appliance, call)?;
    decide(&deciding, appliance, call, username, &sentence, &fields, |wallet| {
        let grace_days = deciding.in_force.terms.grace_days;
        manual_actions::extend(wallet, &deciding.moment(), until, grace_days)?;
        Ok(SettlementResult::default())
    })
}
