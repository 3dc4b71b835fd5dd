//! `weir router probe` logs in to the routers now, all at the same time, and shows their state.

use serde::{Deserialize, Serialize};

use crate::appliance::core::Appliance;
use crate::commands::routers::comparison::chosen;
use crate::commands::routers::comparison::no_queue;
use crate::commands::routers::list::seen;
use crate::commands::{Asked, Caller, Reply, SiteCommand};
use crate::config::routers::RouterConfig;
use crate::health::probe;
use crate::model::failure::Failure;
use crate::outbox::connections::connection::RouterContext;
use crate::outbox::router_work::single_try;

/// Log in to the routers now and show their state
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, clap::Args)]
#[serde(deny_unknown_fields)]
pub struct RouterProbe {
    /// Only this router
    pub name: Option<String>,
}

impl SiteCommand for RouterProbe {
    fn answer(&self, site: &Appliance, asked: &mut Asked<'_>) -> Result<Reply, Failure> {
        probe(site, asked.caller, self.name.as_deref())
    }
}

/// Logs in to the routers now, all at the same time.
pub(crate) fn probe(appliance: &Appliance, call: &Caller, name: Option<&str>) -> Result<Reply, Failure> {
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
