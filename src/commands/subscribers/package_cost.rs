//! Says what another package costs, and from when.
//!
//! The answer of `subscriber set --package`: nothing is charged for the days of a package that are over, and nothing comes back.
//! Must never know how the package was changed.

use serde::Serialize;

use crate::commands::context::CommandContext;
use crate::model::day::Day;
use crate::model::subscriber::{Hold, State, Subscriber};
use crate::rules::billing;

/// What a package costs one subscriber.
#[derive(Debug, Serialize)]
pub(crate) struct PackageCost {
    /// Its price.
    package_price: String,
    /// The due day from which it is charged; `None` where it is not, or where a payment or a release must come first.
    charged_from: Option<String>,
    #[serde(skip)]
    sentence: String,
}

impl PackageCost {
    /// Returns what the package that somebody has now costs them; `None` where they have the same as before.
    pub(crate) fn of(deciding: &CommandContext<'_>, before: &Subscriber, after: &Subscriber) -> Option<Self> {
        if before.profile.package == after.profile.package {
            return None;
        }
        let Some(package) = deciding.policy().package(after.profile.package.as_ref()) else {
            return Some(Self {
                package_price: deciding.currency().format(crate::model::money::Money::ZERO),
                charged_from: None,
                sentence: format!(
                    "Without a package nothing is charged from now on.{}",
                    stands(deciding, after)
                ),
            });
        };
        let from = billing::next_charge(after, package.cycle).map(|(day, _)| day);
        let price = deciding.amount(package.price);
        let name = &package.name;
        let (from, when) = match (after.state, from) {
            _ if package.price.is_zero() => (None, " costs nothing".to_owned()),
            (State::Active, from) if let Some(hold) = &after.hold => {
                let from = after_release(hold, from.filter(|_| after.outstanding.is_empty()));
                (None, format!(" costs {price}{from}"))
            }
            (State::Active, Some(day)) => (
                Some(day),
                format!(" costs {price} from {day} on; nothing is charged or given back before that day"),
            ),
            (State::Active, None) => (None, format!(" costs {price}, charged in the next night")),
            (State::Suspended | State::Closed, _) => (None, format!(" costs {price}, charged when service comes back")),
        };
        Some(Self {
            package_price: deciding.currency().format(package.price),
            charged_from: from.map(|day| day.to_string()),
            sentence: format!("`{name}`{when}.{}", stands(deciding, after)),
        })
    }

    /// Returns it as a sentence.
    pub(crate) fn sentence(&self) -> &str {
        &self.sentence
    }
}

/// Returns from when somebody on hold is charged: the release moves a due day on by the days held.
fn after_release(hold: &Hold, due: Option<Day>) -> String {
    match due.map(|due| due.days_since(hold.since)) {
        None => ", charged after the release".to_owned(),
        Some(..=0) => " from the day of the release on".to_owned(),
        Some(1) => " from the day after the release on".to_owned(),
        Some(days) => format!(" from {days} days after the release on"),
    }
}

/// Returns what was charged before and is still to be paid, at the price of then.
fn stands(deciding: &CommandContext<'_>, after: &Subscriber) -> String {
    after.outstanding.first().map_or_else(String::new, |debit| {
        format!(
            " The charge of {} for {} stands as it was.",
            deciding.amount(debit.amount),
            debit.due
        )
    })
}
