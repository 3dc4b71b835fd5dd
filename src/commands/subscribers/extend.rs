//! Records a promise to pay.

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

/// `weir subscriber extend USERNAME --until DAY`.
pub(crate) fn extend(appliance: &Appliance, call: &Call, username: &str, until: &str) -> Result<Reply, Failure> {
    let until = refusals::day("until", until)?;
    let sentence = format!("promised to pay, served until {until}");
    let fields = [("until", until.to_string())];
    let deciding = CommandContext::begin(appliance, call)?;
    decide(&deciding, appliance, call, username, &sentence, &fields, |wallet| {
        let grace_days = deciding.in_force.terms.grace_days;
        manual_actions::extend(wallet, deciding.recorded.today, until, grace_days)?;
        Ok(SettlementResult::default())
    })
}
