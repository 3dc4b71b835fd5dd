//! `weir jobs run health` probes all routers now.
//!
//! The run is listed in the history beside the planned probes. It also runs while the clock is in doubt: it decides nothing
//! about money or access.

use std::collections::HashMap;

use serde::Serialize;

use crate::appliance::core::Appliance;
use crate::commands::jobs::registry;
use crate::commands::jobs::run_answer::{CountsAnswer, RunAnswer};
use crate::commands::reply::reply;
use crate::commands::table::{Column, Table, counted, facts};
use crate::commands::{Caller, Reply};
use crate::health::round::RoundOccasion;
use crate::model::failure::Failure;
use crate::model::io_words::in_words;
use crate::model::job::Job;
use crate::outbox::router_work::single_try;

/// What a run would do, as `--json` prints it.
#[derive(Serialize)]
struct HealthPreview {
    job: &'static str,
    dry_run: bool,
    planned_for: String,
    missed: [String; 0],
    counts: CountsAnswer,
    would: Vec<HealthPreviewRow>,
}

#[derive(Serialize)]
struct HealthPreviewRow {
    router: String,
    host: String,
    action: &'static str,
}

pub(crate) fn answer(appliance: &Appliance, call: &Caller, dry_run: bool) -> Result<Reply, Failure> {
    if dry_run {
        return would(appliance, call);
    }
    // This may be the first job to run.
    appliance.begin_jobs()?;
    let round = appliance.round();
    let run = single_try::block_on(round.go(RoundOccasion::ByHand, Vec::new())).map_err(|error| {
        Failure::refused(
            format!("the system provides no event queue: {}", in_words(&error)),
            "free some memory or files, then try again",
        )
    })??;
    registry::record_run_by_hand(appliance, Job::Health, run.planned_for, &call.actor)?;
    let answer = RunAnswer::of(&run, &HashMap::new());
    let mut told = reply(call, &answer, || {
        let counts = answer.counts.map_or(String::new(), |counts| counts.words());
        facts(&[(Job::Health.as_str(), format!("ran: {counts}"))], call.width)
    })?;
    for router in &appliance.in_force().config.routers {
        if let Some(error) = appliance.routers.of(&router.name).error {
            told.notes.push(format!("router `{}`: {error}", router.name));
        }
    }
    Ok(told)
}

fn would(appliance: &Appliance, call: &Caller) -> Result<Reply, Failure> {
    let in_force = appliance.in_force();
    let routers = &in_force.config.routers;
    let probed = u64::try_from(routers.len()).unwrap_or(u64::MAX);
    let answer = HealthPreview {
        job: Job::Health.as_str(),
        dry_run: true,
        planned_for: appliance.recorded()?.at.rfc3339(),
        missed: [],
        counts: CountsAnswer::Health { probed, up: 0, down: 0 },
        would: routers
            .iter()
            .map(|router| HealthPreviewRow {
                router: router.name.to_string(),
                host: format!("{}:{}", router.host, router.port),
                action: "probe",
            })
            .collect(),
    };
    reply(call, &answer, || {
        let mut table = Table::new(&[Column::name("ROUTER"), Column::text("HOST"), Column::whole("WOULD")]);
        for row in &answer.would {
            table.row([row.router.as_str(), row.host.as_str(), row.action]);
        }
        let mut text = table.render(call.width);
        let whole = format!(
            "{} would be probed; nothing was changed",
            counted(probed, "router", "routers")
        );
        if !text.is_empty() {
            text.push('\n');
        }
        text.push_str(&facts(&[("would count", whole)], call.width));
        text
    })
}
