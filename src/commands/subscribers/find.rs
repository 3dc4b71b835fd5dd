//! `weir find` looks for subscribers by anything that is known of them.
//!
//! Every subscriber is read once, and only the nearest are kept. What is found is shown with the reason; nothing is decided by it.

use serde::{Deserialize, Serialize};

use crate::appliance::core::Appliance;
use crate::commands::reply::reply;
use crate::commands::subscribers::answer::SubscriberAnswer;
use crate::commands::table::{Column, Table};
use crate::commands::{Asked, Caller, Reply, SiteCommand};
use crate::model::failure::Failure;
use crate::model::subscriber::Subscriber;
use crate::rules::people::find::{NearestFound, Reason, Sought, TEXT_LETTERS_MAX};
use crate::store::error::StoreError;

/// How many are shown.
const SHOWN_MAX: usize = 20;

/// Find subscribers by name, account, phone, login or address, near misses included
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, clap::Args)]
#[serde(deny_unknown_fields)]
#[command(
    after_help = "Examples:\n  weir find hassan\n  weir find 0712345678\n  weir find 0712***678\n  weir find 10.20.0.15"
)]
pub struct Find {
    /// What to look for; several words are one text
    #[arg(required = true, num_args = 1.., value_name = "TEXT")]
    pub text: Vec<String>,
}

impl SiteCommand for Find {
    fn answer(&self, site: &Appliance, asked: &mut Asked<'_>) -> Result<Reply, Failure> {
        answer(site, asked.caller, &self.text.join(" "))
    }
}

/// The answer: the nearest first, and how many were found besides.
#[derive(Serialize)]
struct FindAnswer {
    found: Vec<FoundAnswer>,
    more: u64,
}

/// Somebody who was found.
#[derive(Serialize)]
struct FoundAnswer {
    #[serde(flatten)]
    subscriber: SubscriberAnswer,
    /// Where the text was found.
    field: &'static str,
    /// How near it is.
    nearness: &'static str,
    /// Both in words.
    why: String,
}

/// Answers `weir find TEXT`.
pub(crate) fn answer(appliance: &Appliance, call: &Caller, text: &str) -> Result<Reply, Failure> {
    let in_force = appliance.in_force();
    let plan = in_force.config.messages.numbering();
    let sought = Sought::new(text, plan).ok_or_else(|| {
        Failure::refused(
            format!("`{text}` cannot be looked for"),
            format!("give letters or digits, at most {TEXT_LETTERS_MAX}"),
        )
    })?;
    let currency = &in_force.config.site.currency;
    let mut nearest = NearestFound::new(SHOWN_MAX);
    appliance
        .store
        .read()?
        .each_subscriber(|subscriber| -> Result<(), StoreError> {
            if let Some(reason) = sought.reason(&subscriber) {
                nearest.take(reason, subscriber);
            }
            Ok(())
        })?;
    let (found, more) = nearest.into_parts();
    let shown = FindAnswer {
        found: found
            .iter()
            .map(|(reason, subscriber)| FoundAnswer {
                subscriber: SubscriberAnswer::of(subscriber, currency),
                field: reason.field.as_str(),
                nearness: reason.nearness.as_str(),
                why: reason.in_words(),
            })
            .collect(),
        more,
    };
    reply(call, &shown, || in_words(text, &found, more, call.width))
}

fn in_words(text: &str, found: &[(Reason, Subscriber)], more: u64, width: u16) -> String {
    if found.is_empty() {
        return format!("No name, account, phone, login or address is like `{text}`.");
    }
    let mut table = Table::new(&[
        Column::name("username"),
        Column::name("name"),
        Column::whole("phone"),
        Column::name("account"),
        Column::whole("state"),
        Column::sentence("found by"),
    ]);
    for (reason, subscriber) in found {
        let profile = &subscriber.profile;
        let or_dash = |value: Option<String>| value.unwrap_or_else(|| "-".to_owned());
        table.row([
            subscriber.username.to_string(),
            or_dash(profile.name.as_ref().map(ToString::to_string)),
            or_dash(profile.phone.as_ref().map(ToString::to_string)),
            or_dash(profile.account.as_ref().map(ToString::to_string)),
            subscriber.state_word().to_owned(),
            reason.in_words(),
        ]);
    }
    let mut told = table.render(width);
    if more > 0 {
        told.push_str(&format!("{more} more were found; a longer text finds fewer.\n"));
    }
    told
}
