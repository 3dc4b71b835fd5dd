//! Describes a run that the guard holds for approval.
//!
//! Shows that it waits, why, the first of those whom it would have cut off, and how to go on; exit 1. Changes nothing.

use std::collections::HashMap;

use serde::Serialize;

use crate::appliance::core::Appliance;
use crate::commands::jobs::run_answer::RunAnswer;
use crate::commands::reply::reply;
use crate::commands::table::facts;
use crate::commands::{Caller, Reply};
use crate::jobs::guarded_run;
use crate::model::failure::Failure;
use crate::model::job::Run;
use crate::model::pending_approval::{PendingApproval, PendingWork};
use crate::store::error::StoreError;

/// How many of those whom it would have cut off are listed; `weir approve --dry-run` lists all of them.
const NAMES_TOLD_MAX: usize = 20;

/// The run, as `--json` prints it.
#[derive(Debug, Serialize)]
struct HeldRunAnswer {
    #[serde(flatten)]
    run: RunAnswer,
    would_cut: u64,
    of: u64,
    /// The first of them.
    names: Vec<String>,
}

/// Returns the reply to a run that waits; `told` has the notes that come before.
pub(crate) fn reply_of(appliance: &Appliance, call: &Caller, run: &Run, told: Reply) -> Result<Reply, Failure> {
    let reader = appliance.store.read()?;
    let held = reader.all_held()?.into_iter().find(|held| is_of(held, run));
    let (would_cut, of) = held.as_ref().map_or((0, 0), |held| (held.cuts, held.of));
    let mut names = Vec::new();
    if let Some(held) = &held {
        reader.each_held_cut(&held.work.word(), |username, _| -> Result<(), StoreError> {
            if names.len() < NAMES_TOLD_MAX {
                names.push(username.to_owned());
            }
            Ok(())
        })?;
    }
    let answer = HeldRunAnswer {
        run: RunAnswer::of(run, &HashMap::new()),
        would_cut,
        of,
        names,
    };
    let made = reply(call, &answer, || {
        let reason = answer.run.error.clone().unwrap_or_default();
        let rest = would_cut.saturating_sub(u64::try_from(answer.names.len()).unwrap_or(0));
        let more = if rest > 0 {
            format!(" and {rest} more")
        } else {
            String::new()
        };
        facts(
            &[
                (
                    run.job.as_str(),
                    format!("waits for approval, nobody was cut off: {reason}"),
                ),
                ("would cut", format!("{}{more}", answer.names.join(", "))),
            ],
            call.width,
        )
    })?;
    let mut notes = told.notes;
    notes.push(guarded_run::how_to_go_on());
    Ok(Reply {
        payload: made.payload,
        notes,
        exit: 1,
    })
}

fn is_of(held: &PendingApproval, of: &Run) -> bool {
    matches!(held.work, PendingWork::Disconnect { run, .. } if run == of.id)
}
