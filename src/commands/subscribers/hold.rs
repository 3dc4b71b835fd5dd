//! Freezes a subscriber until they are released.

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

/// `weir subscriber hold USERNAME`.
pub(crate) fn hold(
    appliance: &Appliance,
    call: &Call,
    username: &str,
    access: Option<Access>,
    comment: Option<&str>,
) -> Result<Reply, Failure> {
    let comment = match comment {
        Some(text) if !text.is_empty() => Some(Comment::new(text).map_err(|error| refusals::wrong_name(&error))?),
        _ => None,
    };
    let words = match access {
        Some(Access::On) => "on hold, with service",
        Some(Access::Off) => "on hold, without service",
        None => "on hold, access as it was",
    };
    let fields: Vec<(&str, String)> = comment.iter().map(|comment| ("comment", comment.to_string())).collect();
    let deciding = CommandContext::begin(appliance, call)?;
    decide(&deciding, appliance, call, username, words, &fields, |wallet| {
        manual_actions::hold(wallet, deciding.recorded.today, access)?;
        Ok(SettlementResult::default())
    })
}
