//! Pauses or resumes a job in the store.
//!
//! A pause by command outlives the file. What was missed before it is caught up at resume; what falls into it is skipped.

use serde::Serialize;

use crate::appliance::core::Appliance;
use crate::commands::Caller;
use crate::model::failure::Failure;
use crate::model::job::{Job, JobState};
use crate::model::record::{LogKind, LogRecord};
use crate::rules::catch_up;
use crate::store::error::StoreError;

/// A job's state after the command, as `--json` prints it.
#[derive(Debug, Serialize)]
pub(crate) struct PauseAnswer {
    pub(crate) name: &'static str,
    pub(crate) enabled: bool,
    pub(crate) changed: bool,
}

/// Pauses or resumes; returns whether that changed anything, and the job's state then.
pub(crate) fn set(appliance: &Appliance, call: &Caller, job: Job, paused: bool) -> Result<(bool, JobState), Failure> {
    let in_force = appliance.in_force();
    let begun = appliance.store.read()?.job(job)?.is_some();
    if !begun {
        let trust = appliance.trust()?;
        if !trust.is_trusted() {
            return Err(Failure::refused(
                format!(
                    "job `{job}` is not scheduled until the clock is trusted: {}",
                    trust.reason_in(&in_force.terms.zone)
                ),
                trust.way_out(),
            ));
        }
    }
    let at = appliance.recorded()?.at;
    Ok(appliance
        .store
        .write(at, |tx| -> Result<(bool, JobState), StoreError> {
            let before = tx.job(job)?;
            if let Some(before) = &before
                && before.paused_by_command == paused
            {
                return Ok((false, before.clone()));
            }
            let mut wanted = before.unwrap_or(JobState {
                job,
                eras: Vec::new(),
                paused_by_command: false,
                part: None,
                last_run: None,
            });
            wanted.paused_by_command = paused;
            let Some(config) = in_force.config.job(job) else {
                return Ok((false, wanted));
            };
            let zone = in_force.config.site.zone_name.as_str();
            let schedule = config.schedule.text();
            let after = catch_up::adopt(Some(&wanted), job, schedule, zone, config.enabled, at);
            tx.put_job(&after)?;
            let words = if paused { "paused" } else { "resumed" };
            tx.log(
                &LogRecord::new(at, LogKind::Jobs, format!("job `{job}` {words} by {}", call.actor))
                    .field("job", job)
                    .field("action", if paused { "pause" } else { "resume" })
                    .field("actor", &call.actor),
            )?;
            Ok((true, after))
        })?)
}
