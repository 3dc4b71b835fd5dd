//! Makes the routers match what Weir decided.

use serde::Serialize;

use crate::appliance::core::Appliance;
use crate::commands::reply::reply;
use crate::commands::routers::reading::look;
use crate::commands::routers::reconcile_answer::{self, ReconcileAnswer};
use crate::commands::table::{Column, Table};
use crate::commands::{Call, Reply};
use crate::config::routers::RouterConfig;
use crate::health::probe;
use crate::model::day::Instant;
use crate::model::failure::Failure;
use crate::model::name::RouterName;
use crate::outbox::connections::connection::{self, ConnectionError, RouterContext};
use crate::outbox::connections::observed::RouterState;
use crate::outbox::router_work::batch::BatchError;
use crate::outbox::router_work::drift::DriftPolicy;
use crate::outbox::router_work::reconcile::{self, Difference, Reconciled};
use crate::outbox::router_work::single_try;

/// Closes the difference between routers and ledger.
pub(crate) fn reconcile(appliance: &Appliance, call: &Call, name: Option<&str>) -> Result<Reply, Failure> {
    let looked = look(appliance, name, DriftPolicy::ByHand)?;
    let answer: Vec<ReconcileAnswer> = looked.into_iter().map(reconcile_answer::of).collect();
    let unfinished = answer.iter().any(ReconcileAnswer::is_unfinished);
    let mut reply = reply(call, &answer, || reconcile_answer::text(&answer))?;
    reply.exit = u8::from(unfinished);
    appliance.routers.urge();
    reply.notes.extend(appliance.tell_routers());
    Ok(reply)
}
