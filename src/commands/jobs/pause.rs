//! How does a job rest, and go on?
//!
//! A pause by command outlives the file. What was missed before it is made good at resume, what falls into it is skipped.

use serde::Serialize;

use crate::appliance::core::{Appliance, OpenedBy};
use crate::commands::jobs::pause_state::PauseAnswer;
use crate::commands::jobs::pause_state::set;
use crate::commands::jobs::registry;
use crate::commands::reply::reply;
use crate::commands::{Call, Reply};
use crate::model::failure::Failure;
use crate::model::job::{Job, JobState};
use crate::model::record::{LogKind, LogRecord};
use crate::rules::catch_up;
use crate::store::error::StoreError;

/// Lets a job rest.
pub(crate) fn pause(appliance: &Appliance, call: &Call, name: &str) -> Result<Reply, Failure> {
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
