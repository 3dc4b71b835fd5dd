//! `weir router trust` pins the box that answers now as the right one.
//!
//! The serial number of the first box that answers is pinned; another box gets no work. Where the owner has replaced it,
//! this command pins the one that answers now.

use serde::{Deserialize, Serialize};

use crate::appliance::core::Appliance;
use crate::commands::reply::reply;
use crate::commands::routers::comparison::{chosen, no_queue};
use crate::commands::{Asked, Caller, Reply, SiteCommand};
use crate::config::routers::RouterConfig;
use crate::model::failure::Failure;
use crate::model::record::{LogKind, LogRecord};
use crate::outbox::connections::connection;
use crate::outbox::connections::connection::RouterContext;
use crate::outbox::router_work::single_try;
use crate::routers::facts::RouterFacts;
use crate::store::error::StoreError;

/// Trust the box that answers now
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, clap::Args)]
#[serde(deny_unknown_fields)]
pub struct RouterTrust {
    /// The router
    pub name: String,
}

impl SiteCommand for RouterTrust {
    fn answer(&self, site: &Appliance, asked: &mut Asked<'_>) -> Result<Reply, Failure> {
        answer(site, asked.caller, &self.name)
    }
}

/// What is pinned now, as `--json` prints it.
#[derive(Serialize)]
struct TrustAnswer {
    router: String,
    serial: String,
    before: Option<String>,
    changed: bool,
    identity: Option<String>,
    board: Option<String>,
}

pub(crate) fn answer(appliance: &Appliance, call: &Caller, name: &str) -> Result<Reply, Failure> {
    let routers = chosen(appliance, Some(name))?;
    let Some(router) = routers.first() else {
        return Err(Failure::refused(
            format!("there is no router `{name}`"),
            "`weir router list` lists them",
        ));
    };
    let site = appliance.router_site();
    let facts = facts_of(&site, router)?;
    let Some(serial) = facts.serial.clone() else {
        return Err(Failure::refused(
            format!("router `{name}` reports neither a serial number nor a licence number"),
            "it cannot be pinned; nothing was changed",
        ));
    };
    let before = appliance.store.read()?.known_router(&router.name)?;
    let before = before.and_then(|known| known.serial);
    let changed = before.as_ref() != Some(&serial);
    if changed {
        connection::pin(&site, router, &facts)?;
        appliance
            .store
            .write(appliance.recorded()?.at, |tx| -> Result<(), StoreError> {
                let was = before
                    .as_ref()
                    .map_or_else(String::new, |before| format!(" instead of `{before}`"));
                tx.log(
                    &LogRecord::new(
                        tx.now(),
                        LogKind::Health,
                        format!("router `{name}`: `{serial}` is trusted{was}, by {}", call.actor),
                    )
                    .field("router", name)
                    .field("serial", &serial)
                    .field("before", before.clone().unwrap_or_default())
                    .field("actor", &call.actor),
                )
            })?;
        appliance.routers.came_back(&router.name);
    }
    appliance.routers.urge();
    let answer = TrustAnswer {
        router: name.to_owned(),
        serial,
        before,
        changed,
        identity: facts.identity,
        board: facts.board,
    };
    reply(call, &answer, || {
        let board = answer.board.as_deref().unwrap_or("a box");
        if answer.changed {
            format!(
                "router `{name}`: {board} with the serial number `{}` is now trusted\n",
                answer.serial
            )
        } else {
            format!(
                "router `{name}`: {board} with the serial number `{}` was already trusted; nothing was changed\n",
                answer.serial
            )
        }
    })
}

/// Asks the router which box it is.
fn facts_of(site: &RouterContext, router: &RouterConfig) -> Result<RouterFacts, Failure> {
    let asked = single_try::block_on(connection::ask_who_it_is(site, router)).map_err(no_queue)?;
    asked.map_err(|error| {
        Failure::refused(
            format!(
                "router `{}` could not be asked for its serial number: {error}",
                router.name
            ),
            "nothing was changed; try again when the router answers",
        )
    })
}
