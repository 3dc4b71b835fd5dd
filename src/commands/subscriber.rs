//! How does one subscriber stand, and what is decided about them by hand?
//!
//! Showing, a promise to pay, a hold and its release, closing and reopening. What may be decided and what follows is the
//! rules' business; here it is asked for, written and told.

use serde::Serialize;

use crate::commands::appliance::Appliance;
use crate::commands::deciding::{Deciding, change};
use crate::commands::moments::insist_on_trust;
use crate::commands::refusals::{self, known, named};
use crate::commands::reply::reply;
use crate::commands::subscriber_answer::{SubscriberAnswer, changes, facts};
use crate::commands::table;
use crate::commands::{Call, Reply};
use crate::model::failure::Failure;
use crate::model::name::Comment;
use crate::model::record::LogKind;
use crate::model::subscriber::{Access, State, Subscriber};
use crate::rules::by_hand::{self, ByHandError};
use crate::rules::settlement::SettlementResult;
use crate::rules::wallet::Wallet;
use crate::store::desk::AccessWork;

/// The answer of a decision: the subscriber as it is now, and whether service came back by a payment that was there.
#[derive(Serialize)]
pub(crate) struct Told {
    #[serde(flatten)]
    subscriber: SubscriberAnswer,
    resumed: bool,
    #[serde(skip)]
    sentences: String,
}

impl Told {
    /// What became of `before`, begun with a sentence.
    pub(crate) fn of(
        deciding: &Deciding<'_>,
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

    /// The sentence, and a line for each thing that changed.
    pub(crate) fn text(&self) -> String {
        self.sentences.clone()
    }
}

/// What stands beside a period that began while nobody knew the day.
const SET_ANEW: &str = "as if paid on the day on which the clock can be believed";

/// A subscriber as `subscriber show` and `subscriber list` give one.
#[derive(Serialize)]
pub(crate) struct Shown {
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
    let shown = Shown {
        subscriber: SubscriberAnswer::of(&subscriber, currency),
        set_anew: appliance.store.read()?.is_set_anew(subscriber.id)?,
    };
    reply(call, &shown, || {
        let mut facts = facts(&subscriber, currency);
        if shown.set_anew {
            facts.push(("set anew", SET_ANEW.to_owned()));
        }
        table::facts(&facts, call.width)
    })
}

/// Decides one thing about one subscriber, and records it.
fn decide(
    appliance: &Appliance,
    call: &Call,
    username: &str,
    sentence: &str,
    fields: &[(&str, String)],
    rule: impl FnOnce(&Deciding<'_>, &mut Wallet<'_>) -> Result<SettlementResult, ByHandError>,
) -> Result<Reply, Failure> {
    let deciding = Deciding::begin(appliance, call)?;
    known(appliance, username)?;
    let written = deciding.write(appliance, |desk| {
        let before = named(desk, username)?;
        let decided = change(desk, &before, AccessWork::default(), |wallet| -> Result<_, Failure> {
            Ok(rule(&deciding, wallet)?)
        })?;
        deciding.log(desk, LogKind::Subscriber, Some(&before), sentence.to_owned(), fields)?;
        let told = format!("`{username}`: {sentence}.");
        Ok(Told::of(&deciding, &before, &decided.after, decided.value, &told))
    })?;
    written.reply(appliance, call, Told::text)
}

/// `weir subscriber extend USERNAME --until DAY`.
pub(crate) fn extend(appliance: &Appliance, call: &Call, username: &str, until: &str) -> Result<Reply, Failure> {
    let until = refusals::day("until", until)?;
    let sentence = format!("promised to pay, served until {until}");
    let fields = [("until", until.to_string())];
    decide(appliance, call, username, &sentence, &fields, |deciding, wallet| {
        let grace_days = deciding.in_force.terms.grace_days;
        by_hand::extend(wallet, deciding.recorded.today, until, grace_days)?;
        Ok(SettlementResult::default())
    })
}

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
    decide(appliance, call, username, words, &fields, |deciding, wallet| {
        by_hand::hold(wallet, deciding.recorded.today, access)?;
        Ok(SettlementResult::default())
    })
}

/// `weir subscriber release USERNAME`: waits for a clock that can be believed, since it counts the days held.
pub(crate) fn release(appliance: &Appliance, call: &Call, username: &str) -> Result<Reply, Failure> {
    insist_on_trust(appliance, "a release counts the days held, and")?;
    decide(appliance, call, username, "released", &[], |deciding, wallet| {
        by_hand::release(wallet, deciding.policy(), &deciding.moment())
    })
}

/// `weir subscriber close USERNAME`.
pub(crate) fn close(appliance: &Appliance, call: &Call, username: &str) -> Result<Reply, Failure> {
    if known(appliance, username)?.state == State::Closed {
        return Err(Failure::refused(
            format!("`{username}` is closed already"),
            format!("`weir subscriber reopen {username}` opens it again"),
        ));
    }
    decide(appliance, call, username, "closed", &[], |deciding, wallet| {
        by_hand::close(wallet, deciding.recorded.today)?;
        Ok(SettlementResult::default())
    })
}

/// `weir subscriber reopen USERNAME`.
pub(crate) fn reopen(appliance: &Appliance, call: &Call, username: &str) -> Result<Reply, Failure> {
    decide(appliance, call, username, "reopened", &[], |deciding, wallet| {
        by_hand::reopen(wallet, deciding.policy(), &deciding.moment())
    })
}
