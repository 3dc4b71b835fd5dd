//! `weir jobs pause` pauses a job.
//!
//! A pause by command outlives the file. Occurrences missed before it are caught up at resume, those within it are skipped.

use serde::{Deserialize, Serialize};

use crate::appliance::core::Appliance;
use crate::commands::jobs::pause_state::PauseAnswer;
use crate::commands::jobs::pause_state::set;
use crate::commands::jobs::registry;
use crate::commands::reply::reply;
use crate::commands::{Asked, Caller, Reply, SiteCommand};
use crate::model::failure::Failure;

/// Pause a job until it is resumed
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, clap::Args)]
#[serde(deny_unknown_fields)]
pub struct JobsPause {
    /// The job
    pub name: String,
}

impl SiteCommand for JobsPause {
    fn answer(&self, site: &Appliance, asked: &mut Asked<'_>) -> Result<Reply, Failure> {
        pause(site, asked.caller, &self.name)
    }
}

/// Answers `weir jobs pause NAME`.
pub(crate) fn pause(appliance: &Appliance, call: &Caller, name: &str) -> Result<Reply, Failure> {
    let job = registry::automated_named(&appliance.in_force().config, name, "paused")?;
    let (changed, _) = set(appliance, call, job, true)?;
    let answer = PauseAnswer {
        name: job.as_str(),
        enabled: false,
        changed,
    };
    reply(call, &answer, || {
        if changed {
            format!("job `{job}` is paused; its occurrences are skipped until `weir jobs resume {job}`\n")
        } else {
            format!("job `{job}` was already paused by command; nothing was changed\n")
        }
    })
}
