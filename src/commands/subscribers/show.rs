//! Shows one subscriber.
//!
//! Must never know what is decided about them.

use serde::Serialize;

use crate::appliance::core::Appliance;
use crate::commands::context::{CommandContext, change};
use crate::commands::refusals::{self, known, named};
use crate::commands::reply::reply;
use crate::commands::subscribers::answer::{SubscriberAnswer, changes, facts};
use crate::commands::{Call, Reply, table};
use crate::model::failure::Failure;
use crate::model::name::Comment;
use crate::model::record::LogKind;
use crate::model::subscriber::{Access, State, Subscriber};
use crate::rules::manual_actions::{self, ByHandError};
use crate::rules::settlement::SettlementResult;
use crate::rules::wallet::Wallet;
use crate::store::write::transaction::AccessWork;

/// What stands beside a period that began while nobody knew the day.
pub(crate) const SET_ANEW: &str = "recalculated once the clock is trusted";

/// A subscriber as `subscriber show` and `subscriber list` give one.
#[derive(Serialize)]
pub(crate) struct ShownSubscriber {
    #[serde(flatten)]
    pub(crate) subscriber: SubscriberAnswer,
    /// Whether the period is set anew once the clock can be believed.
    pub(crate) set_anew: bool,
}

/// `weir subscriber show USERNAME`.
pub(crate) fn show(appliance: &Appliance, call: &Call, username: &str) -> Result<Reply, Failure> {
    let in_force = appliance.in_force();
    let currency = &in_force.config.site.currency;
    let subscriber = known(appliance, username)?;
    let shown = ShownSubscriber {
        subscriber: SubscriberAnswer::of(&subscriber, currency),
        set_anew: appliance.store.read()?.has_uncertain_period(subscriber.id)?,
    };
    reply(call, &shown, || {
        let mut facts = facts(&subscriber, currency);
        if shown.set_anew {
            facts.push(("paid through", SET_ANEW.to_owned()));
        }
        table::facts(&facts, call.width)
    })
}
