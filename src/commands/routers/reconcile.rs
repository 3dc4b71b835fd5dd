//! `weir router reconcile` brings the routers into the state that Weir decided.

use serde::{Deserialize, Serialize};

use crate::appliance::core::Appliance;
use crate::commands::reply::reply;
use crate::commands::routers::comparison::look;
use crate::commands::routers::reconcile_answer::{self, ReconcileAnswer};
use crate::commands::{Asked, Caller, Reply, SiteCommand};
use crate::model::failure::Failure;
use crate::outbox::router_work::drift::DriftPolicy;

/// Make the routers match what Weir decided
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, clap::Args)]
#[serde(deny_unknown_fields)]
pub struct RouterReconcile {
    /// Only this router
    pub name: Option<String>,
}

impl SiteCommand for RouterReconcile {
    fn answer(&self, site: &Appliance, asked: &mut Asked<'_>) -> Result<Reply, Failure> {
        reconcile(site, asked.caller, self.name.as_deref())
    }
}

/// Answers `weir router reconcile`: repairs the differences between routers and ledger.
pub(crate) fn reconcile(appliance: &Appliance, call: &Caller, name: Option<&str>) -> Result<Reply, Failure> {
    let looked = look(appliance, name, DriftPolicy::ByHand)?;
    let answer: Vec<ReconcileAnswer> = looked.into_iter().map(reconcile_answer::of).collect();
    let unfinished = answer.iter().any(ReconcileAnswer::is_unfinished);
    let mut reply = reply(call, &answer, || reconcile_answer::text(&answer))?;
    reply.exit = u8::from(unfinished);
    appliance.routers.urge();
    reply.notes.extend(appliance.tell_routers());
    Ok(reply)
}
