//! `weir jobs resume` resumes a paused job.

use serde::{Deserialize, Serialize};

use crate::appliance::core::{Appliance, OpenedBy};
use crate::commands::jobs::pause_state::PauseAnswer;
use crate::commands::jobs::pause_state::set;
use crate::commands::jobs::registry;
use crate::commands::reply::reply;
use crate::commands::{Asked, Caller, Reply, SiteCommand};
use crate::model::failure::Failure;
use crate::rules::catch_up;

/// Resume a paused job
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, clap::Args)]
#[serde(deny_unknown_fields)]
pub struct JobsResume {
    /// The job
    pub name: String,
}

impl SiteCommand for JobsResume {
    fn answer(&self, site: &Appliance, asked: &mut Asked<'_>) -> Result<Reply, Failure> {
        resume(site, asked.caller, &self.name)
    }
}

/// Answers `weir jobs resume NAME`.
pub(crate) fn resume(appliance: &Appliance, call: &Caller, name: &str) -> Result<Reply, Failure> {
    let in_force = appliance.in_force();
    let job = registry::automated_named(&in_force.config, name, "resumed")?;
    let by_file = in_force.config.job(job).is_some_and(|config| !config.enabled);
    let (changed, state) = set(appliance, call, job, false)?;
    let answer = PauseAnswer {
        name: job.as_str(),
        enabled: !by_file,
        changed,
    };
    let missed = if by_file {
        None
    } else {
        catch_up::next_step(&state, appliance.recorded()?.at, false)
            .map_err(crate::jobs::context::SchedulerError::from)?
    };
    let mut told = reply(call, &answer, || {
        if changed && !by_file {
            format!("job `{job}` is resumed\n")
        } else if changed {
            format!("job `{job}` is no longer paused by command\n")
        } else {
            format!("job `{job}` was not paused by command; nothing was changed\n")
        }
    })?;
    if by_file {
        told.notes.push(format!(
            "job `{job}` is still paused: the file has `enabled = false` under [jobs.{job}]; remove that line"
        ));
    }
    if missed.is_some() && appliance.opened_by == OpenedBy::Alone {
        told.notes.push(format!(
            "what was missed before the pause is caught up when the service runs, or with `weir jobs run {job}`"
        ));
    }
    // The service checks at once whether something was missed before the pause.
    appliance.routers.ring();
    Ok(told)
}
