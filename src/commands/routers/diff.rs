//! `weir router diff` shows where the routers differ from what Weir decided; changes nothing.

use serde::{Deserialize, Serialize};

use crate::appliance::core::{Appliance, OpenedBy};
use crate::commands::reply::reply;
use crate::commands::routers::comparison::look;
use crate::commands::table::{Column, Table};
use crate::commands::{Asked, Caller, Reply, SiteCommand};
use crate::model::failure::Failure;
use crate::outbox::router_work::drift::DriftPolicy;
use crate::outbox::router_work::reconcile::Difference;

/// Show where the routers differ from what Weir decided
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, clap::Args)]
#[serde(deny_unknown_fields)]
pub struct RouterDiff {
    /// Only this router
    pub name: Option<String>,
}

impl SiteCommand for RouterDiff {
    fn answer(&self, site: &Appliance, asked: &mut Asked<'_>) -> Result<Reply, Failure> {
        diff(site, asked.caller, self.name.as_deref())
    }

    fn has_long_answer(&self) -> bool {
        true
    }
}

/// How many differences one answer lists.
pub(crate) const DIFFERENCES_MAX: usize = 10_000;

#[derive(Serialize)]
pub(crate) struct DiffAnswer {
    router: String,
    username: String,
    object: String,
    wanted: String,
    found: String,
    pending: bool,
}

/// Answers `weir router diff`: shows where routers and ledger differ; changes nothing.
pub(crate) fn diff(appliance: &Appliance, call: &Caller, name: Option<&str>) -> Result<Reply, Failure> {
    let looked = look(appliance, name, DriftPolicy::Show)?;
    let mut notes = Vec::new();
    let mut differences: Vec<Difference> = Vec::new();
    let mut looked_at = 0_u64;
    let mut failed = false;
    for (router, result) in looked {
        match result {
            Ok(found) => {
                looked_at = looked_at.saturating_add(found.looked_at);
                differences.extend(found.differences);
                if found.not_switched > 0 {
                    notes.push(format!(
                        "router `{router}`: not managed by this version of Weir, so not read: {} (services `hotspot` and \
                        `dhcp`)",
                        found.not_switched
                    ));
                }
            }
            Err(error) => {
                failed = true;
                notes.push(format!("router `{router}` could not be compared: {error}"));
            }
        }
    }
    let total = differences.len();
    if total > DIFFERENCES_MAX {
        notes.push(format!("{total} objects differ; the first {DIFFERENCES_MAX} are shown"));
        differences.truncate(DIFFERENCES_MAX);
    }
    let site_is_empty = appliance.opened_by == OpenedBy::WithoutStore;
    let answer: Vec<DiffAnswer> = differences.into_iter().map(diff_answer).collect();
    let mut reply = reply(call, &answer, || {
        if site_is_empty && answer.is_empty() {
            return "Nobody is known yet, so there is nothing to compare.\n".to_owned();
        }
        if failed && answer.is_empty() {
            return format!("No difference on the {looked_at} objects that could be compared.\n");
        }
        diff_text(&answer, looked_at, call.width)
    })?;
    reply.notes = notes;
    reply.exit = u8::from(failed);
    Ok(reply)
}

pub(crate) fn diff_answer(difference: Difference) -> DiffAnswer {
    DiffAnswer {
        router: difference.key.router.to_string(),
        username: difference.username.to_string(),
        object: difference.key.object,
        wanted: difference.wanted,
        found: difference.found,
        pending: difference.pending,
    }
}

pub(crate) fn diff_text(answer: &[DiffAnswer], looked_at: u64, width: u16) -> String {
    if answer.is_empty() {
        return format!("Routers and ledger agree on {looked_at} objects.\n");
    }
    let mut table = Table::new(&[
        Column::name("router"),
        Column::name("subscriber"),
        Column::text("wanted"),
        Column::text("found"),
        Column::whole("work"),
    ]);
    for row in answer {
        table.row([
            row.router.clone(),
            row.username.clone(),
            row.wanted.clone(),
            row.found.clone(),
            if row.pending {
                "pending".to_owned()
            } else {
                String::new()
            },
        ]);
    }
    format!(
        "{}\n{} of {looked_at} objects differ; `weir router reconcile` corrects what Weir may change.\n",
        table.render(width),
        answer.len()
    )
}
