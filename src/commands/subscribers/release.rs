//! Ends a hold.

use serde::Serialize;

use crate::appliance::core::Appliance;
use crate::commands::context::{CommandContext, change};
use crate::commands::refusals::{self, known, named};
use crate::commands::reply::reply;
use crate::commands::subscribers::answer::{SubscriberAnswer, changes, facts};
use crate::commands::subscribers::manual::decide;
use crate::commands::{Call, Reply, table};
use crate::model::failure::Failure;
use crate::model::name::Comment;
use crate::model::record::LogKind;
use crate::model::subscriber::{Access, State, Subscriber};
use crate::rules::manual_actions::{self, ByHandError};
use crate::rules::settlement::SettlementResult;
use crate::rules::wallet::Wallet;
use crate::store::write::transaction::AccessWork;

/// `weir subscriber release USERNAME`: waits for a clock that can be believed, since it counts the days held.
pub(crate) fn release(appliance: &Appliance, call: &Call, username: &str) -> Result<Reply, Failure> {
    let deciding = CommandContext::by_a_trusted_clock(appliance, call, "a release counts the days held, and")?;
    decide(&deciding, appliance, call, username, "released", &[], |wallet| {
        manual_actions::release(wallet, deciding.policy(), &deciding.moment())
    })
}
