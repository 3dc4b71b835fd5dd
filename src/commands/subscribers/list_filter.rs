//! Which subscribers does a list show?

use serde::{Deserialize, Serialize};

use crate::commands::subscribers::profile::{unknown_package, unknown_router};
use crate::commands::time_words::day_of;
use crate::config::read::Config;
use crate::model::day::Day;
use crate::model::failure::Failure;
use crate::model::name::{PackageName, RouterName};
use crate::model::subscriber::{State, Subscriber};

/// The words for the states, as `--state` takes them.
pub(crate) const STATES: [&str; 4] = ["active", "suspended", "held", "closed"];

// Not a doc comment: clap would show it as the text of the command that takes these options.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, clap::Args)]
#[serde(deny_unknown_fields)]
pub struct ListFilter {
    /// Only those in this state
    #[arg(long, value_name = "STATE", value_parser = clap::builder::PossibleValuesParser::new(STATES))]
    pub state: Option<String>,
    /// Only those with this package; '' for those without one
    #[arg(long, value_name = "NAME")]
    pub package: Option<String>,
    /// Only those on this router; '' for those on none
    #[arg(long, value_name = "NAME")]
    pub router: Option<String>,
    /// Only those paid through a day before this one; nobody who is closed
    #[arg(long, value_name = "DAY")]
    pub due_before: Option<String>,
    /// Only those whose wallet is below zero
    #[arg(long)]
    pub owes: bool,
}

/// A filter whose words were read.
#[derive(Debug, Default)]
pub(crate) struct Shown {
    state: Option<String>,
    package: Option<Option<PackageName>>,
    router: Option<Option<RouterName>>,
    due_before: Option<Day>,
    owes: bool,
}

impl ListFilter {
    /// Reads the words.
    ///
    /// # Errors
    /// When a day is none, or a package or router is not defined.
    pub(crate) fn read(&self, config: &Config) -> Result<Shown, Failure> {
        let unknown = |message: String| Failure::refused(message, "correct the name, or leave the option out");
        let package = match self.package.as_deref() {
            None => None,
            Some("") => Some(None),
            Some(text) => {
                let name = PackageName::new(text).map_err(|error| unknown(error.to_string()))?;
                if let Some(message) = unknown_package(config, &name) {
                    return Err(unknown(message));
                }
                Some(Some(name))
            }
        };
        let router = match self.router.as_deref() {
            None => None,
            Some("") => Some(None),
            Some(text) => {
                let name = RouterName::new(text).map_err(|error| unknown(error.to_string()))?;
                if let Some(message) = unknown_router(config, &name) {
                    return Err(unknown(message));
                }
                Some(Some(name))
            }
        };
        Ok(Shown {
            state: self.state.clone(),
            package,
            router,
            due_before: self
                .due_before
                .as_deref()
                .map(|text| day_of(text, "--due-before"))
                .transpose()?,
            owes: self.owes,
        })
    }
}

impl Shown {
    /// Returns whether a subscriber is shown.
    pub(crate) fn has(&self, subscriber: &Subscriber) -> bool {
        let profile = &subscriber.profile;
        let is_due = |before: Day| {
            subscriber.state != State::Closed && subscriber.period.expires_on.is_some_and(|day| day < before)
        };
        self.state
            .as_ref()
            .is_none_or(|state| subscriber.state_word() == state.as_str())
            && self.package.as_ref().is_none_or(|package| profile.package == *package)
            && self.router.as_ref().is_none_or(|router| profile.router == *router)
            && self.due_before.is_none_or(is_due)
            && (!self.owes || subscriber.balance.is_negative())
    }
}
