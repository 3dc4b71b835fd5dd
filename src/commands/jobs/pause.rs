//! `weir jobs pause` and `weir jobs resume` pause and resume a job.
//!
//! A pause by command outlives the file. Occurrences missed before it are caught up at resume, those within it are skipped.

use serde::Serialize;

use crate::appliance::core::{Appliance, OpenedBy};
use crate::commands::jobs::registry;
use crate::commands::reply::reply;
use crate::commands::{Call, Reply};
use crate::model::failure::Failure;
use crate::model::job::{Job, JobState};
use crate::model::record::{LogKind, LogRecord};
use crate::rules::catch_up;
use crate::store::error::StoreError;

/// A job's state after the command, as `--json` prints it.
#[derive(Debug, Serialize)]
struct PauseAnswer {
    name: &'static str,
    enabled: bool,
    changed: bool,
}

/// Answers `weir jobs pause NAME`.
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

/// Answers `weir jobs resume NAME`.
pub(crate) fn resume(appliance: &Appliance, call: &Call, name: &str) -> Result<Reply, Failure> {
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

/// Pauses or resumes; returns whether that changed anything, and the job's state then.
fn set(appliance: &Appliance, call: &Call, job: Job, paused: bool) -> Result<(bool, JobState), Failure> {
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
