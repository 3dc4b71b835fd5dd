//! `weir subscriber show` shows one subscriber.
//!
//! Must never know what is decided about them.

use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use crate::appliance::core::Appliance;
use crate::commands::refusals::known;
use crate::commands::reply::reply;
use crate::commands::routers::last_read::{LastReadings, OnRouter, OnRouterAnswer, RouterAccess};
use crate::commands::subscribers::answer::{SubscriberAnswer, facts};
use crate::commands::time_words::civil;
use crate::commands::{Asked, Caller, Reply, SiteCommand, table};
use crate::model::failure::Failure;

/// Show one subscriber
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, clap::Args)]
#[serde(deny_unknown_fields)]
pub struct SubscriberShow {
    /// The subscriber, by username, account or phone; a name that begins with a dash goes last, after `--`
    pub username: String,
}

impl SiteCommand for SubscriberShow {
    fn whom_mut(&mut self) -> Option<&mut String> {
        Some(&mut self.username)
    }

    fn answer(&self, site: &Appliance, asked: &mut Asked<'_>) -> Result<Reply, Failure> {
        show(site, asked.caller, &self.username)
    }
}

/// The note beside a period that began while the day was not known.
pub(crate) const SET_ANEW: &str = "recalculated once the clock is trusted";

/// A subscriber as `subscriber show` and `subscriber list` give one.
#[derive(Serialize)]
pub(crate) struct ShownSubscriber {
    #[serde(flatten)]
    pub(crate) subscriber: SubscriberAnswer,
    /// Whether the period is recalculated once the clock is trusted.
    pub(crate) set_anew: bool,
    /// What was last read on their router.
    #[serde(flatten)]
    pub(crate) on_router: OnRouterAnswer,
}

/// Answers `weir subscriber show USERNAME`.
pub(crate) fn show(appliance: &Appliance, call: &Caller, username: &str) -> Result<Reply, Failure> {
    let in_force = appliance.in_force();
    let currency = &in_force.config.site.currency;
    let subscriber = known(appliance, username)?;
    let reader = appliance.store.read()?;
    let on_router = LastReadings::open(appliance, &reader)?.of(&subscriber)?;
    let shown = ShownSubscriber {
        subscriber: SubscriberAnswer::of(&subscriber, currency),
        set_anew: reader.has_uncertain_period(subscriber.id)?,
        on_router: OnRouterAnswer::from(&on_router),
    };
    reply(call, &shown, || {
        let mut facts = facts(&subscriber, currency);
        if shown.set_anew {
            facts.push(("paid through", SET_ANEW.to_owned()));
        }
        let zone = &in_force.terms.zone;
        facts.push(("on the router", on_router_words(&on_router, zone)));
        table::facts(&facts, call.width)
    })
}

/// Returns what was last read on the router, on one line: the line `access` is what the books want.
fn on_router_words(known: &OnRouter, zone: &TimeZone) -> String {
    match (&known.read, known.standing) {
        (_, RouterAccess::None | RouterAccess::NotManaged) | (None, _) => known.standing.column().to_owned(),
        (Some((at, found)), RouterAccess::Pending) => format!("pending; {found} when last read, {}", civil(*at, zone)),
        (Some((at, found)), _) => format!("{found} when last read, {}", civil(*at, zone)),
    }
}
