//! `weir subscriber show`, and what the owner decides about one subscriber by hand.
//!
//! The decisions are a promise to pay, a hold and its release, closing and reopening. The rules say what may be decided and
//! what follows; here it is carried out, written and shown.

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

/// The answer of a decision: the subscriber as it is now, and whether service came back by a payment that was there.
#[derive(Serialize)]
pub(crate) struct DecisionAnswer {
    #[serde(flatten)]
    subscriber: SubscriberAnswer,
    resumed: bool,
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
        Self {
            subscriber: SubscriberAnswer::of(after, currency),
            resumed: settled.resumed || (before.state == State::Suspended && after.state == State::Active),
            sentences: lines.join("\n"),
        }
    }

    /// Returns the sentence, and a line for each thing that changed.
    pub(crate) fn text(&self) -> String {
        self.sentences.clone()
    }
}

/// The note beside a period that began while the day was not known.
const SET_ANEW: &str = "recalculated once the clock is trusted";

/// A subscriber as `subscriber show` and `subscriber list` give one.
#[derive(Serialize)]
pub(crate) struct ShownSubscriber {
    #[serde(flatten)]
    pub(crate) subscriber: SubscriberAnswer,
    /// Whether the period is recalculated once the clock is trusted.
    pub(crate) set_anew: bool,
}

/// Answers `weir subscriber show USERNAME`.
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

/// Decides one thing about one subscriber, and records it.
fn decide(
    deciding: &CommandContext<'_>,
    appliance: &Appliance,
    call: &Call,
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
        let told = format!("`{username}`: {sentence}.");
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

/// Answers `weir subscriber extend USERNAME --until DAY`.
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

/// Answers `weir subscriber hold USERNAME`.
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

/// Answers `weir subscriber release USERNAME`: waits for a trusted clock, since it counts the days held.
pub(crate) fn release(appliance: &Appliance, call: &Call, username: &str) -> Result<Reply, Failure> {
    let deciding = CommandContext::by_a_trusted_clock(appliance, call, "a release counts the days held, and")?;
    decide(&deciding, appliance, call, username, "released", &[], |wallet| {
        manual_actions::release(wallet, deciding.policy(), &deciding.moment())
    })
}

/// Answers `weir subscriber close USERNAME`.
pub(crate) fn close(appliance: &Appliance, call: &Call, username: &str) -> Result<Reply, Failure> {
    if known(appliance, username)?.state == State::Closed {
        return Err(Failure::refused(
            format!("`{username}` is already closed"),
            format!("`weir subscriber reopen {username}` reopens it"),
        ));
    }
    let deciding = CommandContext::begin(appliance, call)?;
    decide(&deciding, appliance, call, username, "closed", &[], |wallet| {
        manual_actions::close(wallet, deciding.recorded.today)?;
        Ok(SettlementResult::default())
    })
}

/// Answers `weir subscriber reopen USERNAME`.
pub(crate) fn reopen(appliance: &Appliance, call: &Call, username: &str) -> Result<Reply, Failure> {
    let deciding = CommandContext::begin(appliance, call)?;
    decide(&deciding, appliance, call, username, "reopened", &[], |wallet| {
        manual_actions::reopen(wallet, deciding.policy(), &deciding.moment())
    })
}
