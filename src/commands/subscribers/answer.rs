//! The fields of a subscriber as the commands show them.
//!
//! They are shown as fields for scripts, as lines for people, and after a decision as the lines that differ.

use serde::Serialize;

use crate::model::money::Currency;
use crate::model::subscriber::{Access, Subscriber};

/// A subscriber as scripts read one; what is not there is null.
#[derive(Debug, Serialize)]
pub(crate) struct SubscriberAnswer {
    username: String,
    name: Option<String>,
    phone: Option<String>,
    account: Option<String>,
    package: Option<String>,
    router: Option<String>,
    service: &'static str,
    address: Option<String>,
    login: Option<String>,
    own_profile: Option<String>,
    own_rate: Option<String>,
    state: &'static str,
    access: &'static str,
    expires_on: Option<String>,
    anchor_day: Option<u8>,
    extended_to: Option<String>,
    held_since: Option<String>,
    balance: String,
    outstanding: String,
}

fn text<T: ToString>(value: Option<&T>) -> Option<String> {
    value.map(ToString::to_string)
}

const fn access_word(subscriber: &Subscriber) -> &'static str {
    match subscriber.access() {
        Access::On => "on",
        Access::Off => "off",
    }
}

impl SubscriberAnswer {
    /// Returns the fields of a subscriber.
    pub(crate) fn of(subscriber: &Subscriber, currency: &Currency) -> Self {
        let profile = &subscriber.profile;
        Self {
            username: subscriber.username.to_string(),
            name: text(profile.name.as_ref()),
            phone: text(profile.phone.as_ref()),
            account: text(profile.account.as_ref()),
            package: text(profile.package.as_ref()),
            router: text(profile.router.as_ref()),
            service: profile.service.as_str(),
            address: text(profile.address.as_ref()),
            login: text(profile.login.as_ref()),
            own_profile: text(profile.own_profile.as_ref()),
            own_rate: text(profile.own_rate.as_ref()),
            state: subscriber.state_word(),
            access: access_word(subscriber),
            expires_on: text(subscriber.period.expires_on.as_ref()),
            anchor_day: subscriber.period.anchor.map(|anchor| anchor.day_of_month()),
            extended_to: text(subscriber.extended_to.as_ref()),
            held_since: subscriber.hold.as_ref().map(|hold| hold.since.to_string()),
            balance: currency.format(subscriber.balance),
            outstanding: currency.format(subscriber.below_zero()),
        }
    }
}

/// Returns a subscriber in words: always the same words in the same order; what is not there is `-`.
pub(crate) fn facts(subscriber: &Subscriber, currency: &Currency) -> Vec<(&'static str, String)> {
    let answer = SubscriberAnswer::of(subscriber, currency);
    let or_dash = |value: Option<String>| value.unwrap_or_else(|| "-".to_owned());
    let mut debits: Vec<String> = Vec::new();
    for debit in &subscriber.outstanding {
        debits.push(format!("{} for {}", currency.format(debit.amount), debit.due));
    }
    vec![
        ("username", answer.username),
        ("name", or_dash(answer.name)),
        ("phone", or_dash(answer.phone)),
        ("account", or_dash(answer.account)),
        ("package", or_dash(answer.package)),
        ("router", or_dash(answer.router)),
        ("service", answer.service.to_owned()),
        ("address", or_dash(answer.address)),
        ("login", subscriber.login().to_owned()),
        ("profile of their own", or_dash(answer.own_profile)),
        ("rate of their own", or_dash(answer.own_rate)),
        ("state", answer.state.to_owned()),
        ("access", answer.access.to_owned()),
        ("expires on", or_dash(answer.expires_on)),
        ("anchor day", or_dash(answer.anchor_day.map(|day| day.to_string()))),
        ("extended to", or_dash(answer.extended_to)),
        ("held since", or_dash(answer.held_since)),
        ("balance", format!("{} {currency}", answer.balance)),
        (
            "debits outstanding",
            if debits.is_empty() {
                "-".to_owned()
            } else {
                debits.join(", ")
            },
        ),
    ]
}

/// Returns what a decision changed, a line each: `state: suspended -> active`.
pub(crate) fn changes(before: &Subscriber, after: &Subscriber, currency: &Currency) -> Vec<String> {
    facts(before, currency)
        .into_iter()
        .zip(facts(after, currency))
        .filter(|((_, old), (_, new))| old != new)
        .map(|((word, old), (_, new))| format!("{word}: {old} -> {new}"))
        .collect()
}
