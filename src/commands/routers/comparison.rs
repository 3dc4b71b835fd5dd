//! Reads the named routers and compares them with the ledger, for `router diff` and `router reconcile`.

use crate::appliance::core::Appliance;
use crate::config::routers::RouterConfig;
use crate::model::failure::Failure;
use crate::model::io_words::in_words;
use crate::model::name::RouterName;
use crate::outbox::connections::connection::{self, ConnectionError, RouterContext};
use crate::outbox::router_work::batch::BatchError;
use crate::outbox::router_work::drift::DriftPolicy;
use crate::outbox::router_work::reconcile::{self, Reconciled};
use crate::outbox::router_work::single_try;

pub(crate) fn chosen(appliance: &Appliance, name: Option<&str>) -> Result<Vec<RouterConfig>, Failure> {
    let in_force = appliance.in_force();
    let all = &in_force.config.routers;
    let Some(name) = name else {
        return Ok(all.clone());
    };
    let found: Vec<RouterConfig> = all
        .iter()
        .filter(|router| router.name.as_str() == name)
        .cloned()
        .collect();
    if found.is_empty() {
        let names: Vec<&str> = all.iter().map(|router| router.name.as_str()).collect();
        return Err(Failure::refused(
            format!("there is no router `{name}`"),
            if names.is_empty() {
                "site.toml defines no router; add a `[[routers]]` table".to_owned()
            } else {
                format!("site.toml defines: {}", names.join(", "))
            },
        ));
    }
    Ok(found)
}

pub(crate) type RouterReading = Vec<(RouterName, Result<Reconciled, String>)>;

pub(crate) fn look(appliance: &Appliance, name: Option<&str>, policy: DriftPolicy) -> Result<RouterReading, Failure> {
    let routers = chosen(appliance, name)?;
    let site = appliance.router_site();
    single_try::block_on(async {
        let tasks: Vec<_> = routers
            .into_iter()
            .map(|router| {
                (
                    router.name.clone(),
                    tokio::spawn(look_one(site.clone(), router, policy)),
                )
            })
            .collect();
        let mut found = Vec::with_capacity(tasks.len());
        for (router, task) in tasks {
            found.push((router, task.await.unwrap_or_else(|error| Err(error.to_string()))));
        }
        found
    })
    .map_err(no_queue)
}

pub(crate) async fn look_one(
    site: RouterContext,
    router: RouterConfig,
    policy: DriftPolicy,
) -> Result<Reconciled, String> {
    let config = (site.config)();
    let contact = connection::open(&site, &router)
        .await
        .map_err(|error| error.to_string())?;
    let mut session = contact.session;
    match reconcile::reconcile(&site, &config, &router, &mut session, policy).await {
        Ok(found) => {
            session.close().await;
            Ok(found)
        }
        Err(BatchError::Router(error)) => {
            let error = ConnectionError::Router(error);
            connection::note_error(&site, &router, &error);
            Err(error.to_string())
        }
        Err(BatchError::Store(error)) => Err(error.to_string()),
    }
}

pub(crate) fn no_queue(error: std::io::Error) -> Failure {
    Failure::refused(
        format!("the system provides no event queue: {}", in_words(&error)),
        "free some memory or files, then try again",
    )
}
