//! `weir subscriber hold` puts a subscriber on hold until they are released.

use serde::{Deserialize, Serialize};

use crate::appliance::core::Appliance;
use crate::commands::context::CommandContext;
use crate::commands::refusals;
use crate::commands::subscribers::manual::decide;
use crate::commands::{Asked, Caller, Reply, SiteCommand};
use crate::model::failure::Failure;
use crate::model::name::Comment;
use crate::model::subscriber::Access;
use crate::rules::manual_actions;
use crate::rules::settlement::SettlementResult;

/// Freeze a subscriber: no job touches them until released
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, clap::Args)]
#[serde(deny_unknown_fields)]
pub struct SubscriberHold {
    /// The subscriber, by username, account or phone; a name that begins with a dash goes last, after `--`
    pub username: String,
    /// Keep service on meanwhile
    #[arg(long, conflicts_with = "off")]
    pub on: bool,
    /// Keep service off meanwhile
    #[arg(long)]
    pub off: bool,
    /// The reason
    #[arg(long, value_name = "TEXT")]
    pub comment: Option<String>,
}

impl SiteCommand for SubscriberHold {
    fn whom_mut(&mut self) -> Option<&mut String> {
        Some(&mut self.username)
    }

    fn answer(&self, site: &Appliance, asked: &mut Asked<'_>) -> Result<Reply, Failure> {
        hold(
            site,
            asked.caller,
            &self.username,
            self.access(),
            self.comment.as_deref(),
        )
    }
}

impl SubscriberHold {
    /// Returns the access meanwhile; `None` leaves it as it is.
    const fn access(&self) -> Option<Access> {
        match (self.on, self.off) {
            (true, _) => Some(Access::On),
            (false, true) => Some(Access::Off),
            (false, false) => None,
        }
    }
}

/// Answers `weir subscriber hold USERNAME`.
pub(crate) fn hold(
    appliance: &Appliance,
    call: &Caller,
    username: &str,
    access: Option<Access>,
    comment: Option<&str>,
) -> Result<Reply, Failure> {
    let comment = match comment {
        Some(text) if !text.is_empty() => Some(Comment::new(text).map_err(|error| refusals::wrong_name(&error))?),
        _ => None,
    };
    let words = match access {
        Some(Access::On) => "on hold, with service",
        Some(Access::Off) => "on hold, without service",
        None => "on hold, access as it was",
    };
    let fields: Vec<(&str, String)> = comment.iter().map(|comment| ("comment", comment.to_string())).collect();
    let deciding = CommandContext::begin(appliance, call)?;
    decide(&deciding, appliance, call, username, words, &fields, |wallet| {
        manual_actions::hold(wallet, &deciding.moment(), access)?;
        Ok(SettlementResult::default())
    })
}
