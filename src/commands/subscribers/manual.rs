//! Decides one thing about one subscriber by hand, records it, and says what changed.
//!
//! What may be decided and what follows is up to [`crate::rules::manual_actions`].

use serde::Serialize;

use crate::appliance::core::Appliance;
use crate::commands::context::{CommandContext, change};
use crate::commands::person::person;
use crate::commands::refusals::{known, named};
use crate::commands::subscribers::answer::{SubscriberAnswer, changes};
use crate::commands::subscribers::package_cost::PackageCost;
use crate::commands::{Caller, Reply};
use crate::model::failure::Failure;
use crate::model::record::LogKind;
use crate::model::subscriber::{State, Subscriber};
use crate::rules::manual_actions::ByHandError;
use crate::rules::settlement::SettlementResult;
use crate::rules::wallet::Wallet;
use crate::store::write::transaction::AccessWork;

/// The answer of a decision: the subscriber as it is now, and whether service came back by a payment that was there.
#[derive(Serialize)]
pub(crate) struct DecisionAnswer {
    #[serde(flatten)]
    subscriber: SubscriberAnswer,
    resumed: bool,
    #[serde(flatten)]
    cost: Option<PackageCost>,
    #[serde(skip)]
    sentences: String,
}

impl DecisionAnswer {
    /// Returns what changed since `before`, after a first sentence.
    pub(crate) fn of(
        deciding: &CommandContext<'_>,
        before: &Subscriber,
        after: &Subscriber,
        settled: SettlementResult,
        sentence: &str,
    ) -> Self {
        let currency = deciding.currency();
        let mut lines = vec![sentence.to_owned()];
        lines.extend(changes(before, after, currency).iter().map(|line| format!("  {line}")));
        let cost = PackageCost::of(deciding, before, after);
        lines.extend(cost.iter().map(|cost| cost.sentence().to_owned()));
        Self {
            subscriber: SubscriberAnswer::of(after, currency),
            cost,
            resumed: settled.resumed || (before.state == State::Suspended && after.state == State::Active),
            sentences: lines.join("\n"),
        }
    }

    /// Returns the sentence, and a line for each thing that changed.
    pub(crate) fn text(&self) -> String {
        self.sentences.clone()
    }
}

/// Decides one thing about one subscriber, and records it.
pub(crate) fn decide(
    deciding: &CommandContext<'_>,
    appliance: &Appliance,
    call: &Caller,
    username: &str,
    sentence: &str,
    fields: &[(&str, String)],
    rule: impl FnOnce(&mut Wallet<'_>) -> Result<SettlementResult, ByHandError>,
) -> Result<Reply, Failure> {
    known(appliance, username)?;
    let written = deciding.write(appliance, |tx| {
        let before = named(tx, username)?;
        let decided = change(tx, &before, AccessWork::default(), |wallet| -> Result<_, Failure> {
            Ok(rule(wallet)?)
        })?;
        deciding.log(tx, LogKind::Subscriber, Some(&before), sentence.to_owned(), fields)?;
        let told = format!("{}: {sentence}.", person(&decided.after));
        Ok(DecisionAnswer::of(
            deciding,
            &before,
            &decided.after,
            decided.value,
            &told,
        ))
    })?;
    written.reply(appliance, call, DecisionAnswer::text)
}
