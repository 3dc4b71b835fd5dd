//! Logs in to the routers now, side by side, and shows their state.

use serde::Serialize;

use crate::appliance::core::Appliance;
use crate::commands::reply::reply;
use crate::commands::routers::list::seen;
use crate::commands::routers::reading::chosen;
use crate::commands::routers::reading::no_queue;
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

/// Logs in to the routers now, side by side.
pub(crate) fn probe(appliance: &Appliance, call: &Call, name: Option<&str>) -> Result<Reply, Failure> {
    let routers = chosen(appliance, name)?;
    let site = appliance.router_site();
    let answered = single_try::block_on(async {
        let tasks: Vec<_> = routers
            .iter()
            .map(|router| tokio::spawn(probe_one(site.clone(), router.clone())))
            .collect();
        let mut all = true;
        for task in tasks {
            all &= task.await.unwrap_or(false);
        }
        all
    })
    .map_err(no_queue)?;
    // A router that answers may have work waiting.
    appliance.routers.urge();
    let mut reply = seen(appliance, call, &routers)?;
    if !answered {
        reply.exit = 1;
    }
    Ok(reply)
}

pub(crate) async fn probe_one(site: RouterContext, router: RouterConfig) -> bool {
    probe::look(&site, &router).await.is_ok()
}
