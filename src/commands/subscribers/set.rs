//! `weir subscriber set` changes what is stated about a subscriber.
//!
//! Fields that are not stated stay. Another package, profile or rate reaches the router at once; another due day and another
//! package go by the rules.

use serde::{Deserialize, Serialize};

use crate::appliance::core::Appliance;
use crate::commands::context::{CommandContext, change};
use crate::commands::person::person;
use crate::commands::refusals::{known, named};
use crate::commands::subscribers::answer::changes;
use crate::commands::subscribers::fields::SubscriberFields;
use crate::commands::subscribers::manual::DecisionAnswer;
use crate::commands::subscribers::profile;
use crate::commands::subscribers::profile_change::day_of;
use crate::commands::subscribers::profile_change::put_profile;
use crate::commands::subscribers::profile_change::refuse_taken;
use crate::commands::subscribers::profile_change::work_of;
use crate::commands::subscribers::shared_contact;
use crate::commands::{Asked, Caller, Reply, SiteCommand, UsageError};
use crate::model::day::Day;
use crate::model::failure::Failure;
use crate::model::record::LogKind;
use crate::model::subscriber::{Profile, Subscriber};
use crate::rules::manual_actions;
use crate::rules::settlement::SettlementResult;
use crate::store::keys::object_of;
use crate::store::write::transaction::Transaction;

const HELP: &str = "\
An empty value ('') clears a field. Examples:
  weir subscriber set amina --package home-20
  weir subscriber set amina --profile ''";

/// Change a subscriber
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, clap::Args)]
#[serde(deny_unknown_fields)]
#[command(after_help = HELP)]
pub struct SubscriberSet {
    /// The subscriber, by username, account or phone; a name that begins with a dash goes last, after `--`
    pub username: String,
    /// What changes.
    #[command(flatten)]
    pub fields: SubscriberFields,
}

impl SiteCommand for SubscriberSet {
    fn check(&self) -> Result<(), UsageError> {
        if self.fields == SubscriberFields::default() {
            return Err(UsageError::missing("say what to set, such as `--package home-20`"));
        }
        Ok(())
    }

    fn whom_mut(&mut self) -> Option<&mut String> {
        Some(&mut self.username)
    }

    fn answer(&self, site: &Appliance, asked: &mut Asked<'_>) -> Result<Reply, Failure> {
        set(site, asked.caller, &self.username, &self.fields)
    }
}

/// Answers `weir subscriber set USERNAME`.
pub(crate) fn set(
    appliance: &Appliance,
    call: &Caller,
    username: &str,
    fields: &SubscriberFields,
) -> Result<Reply, Failure> {
    let deciding = CommandContext::begin(appliance, call)?;
    if fields.expires_on.as_deref() == Some("") {
        return Err(Failure::refused(
            "a due day cannot be cleared",
            "give a day, for example `--expires-on 2027-03-31`; to stop charging somebody, take the package away with `--package ''`",
        ));
    }
    let day = day_of(fields)?;
    known(appliance, username)?;
    let written = deciding.write(appliance, |tx| {
        let before = named(tx, username)?;
        let profile = profile::stated(&before.profile, fields, &deciding.in_force.config)?;
        let (after, settled) = write_profile(&deciding, tx, &before, profile, day)?;
        let changed = changes(&before, &after, deciding.currency());
        if after == before {
            let sentence = format!("{} already has these values; nothing was changed.", person(&after));
            return Ok(DecisionAnswer::of(&deciding, &before, &after, settled, &sentence));
        }
        deciding.log(tx, LogKind::Subscriber, Some(&before), changed.join("; "), &[])?;
        let shared = shared_contact::notes(&deciding, tx, Some(before.id), Some(&before.profile), &after.profile)?;
        let sentence = match shared.as_str() {
            "" => format!("Changed {}:", person(&before)),
            shared => format!("Changed {}.{shared}", person(&before)),
        };
        Ok(DecisionAnswer::of(&deciding, &before, &after, settled, &sentence))
    })?;
    written.reply(appliance, call, DecisionAnswer::text)
}

/// Writes another profile and, where stated, another due day.
fn write_profile(
    deciding: &CommandContext<'_>,
    tx: &mut Transaction<'_>,
    before: &Subscriber,
    profile: Profile,
    day: Option<Day>,
) -> Result<(Subscriber, SettlementResult), Failure> {
    refuse_taken(tx, object_of(&before.username, &profile).as_ref(), Some(before))?;
    let decided = change(
        tx,
        before,
        work_of(&before.profile, &profile),
        |wallet| -> Result<_, Failure> {
            if let Some(day) = day {
                manual_actions::set_expires_on(wallet, &deciding.moment(), day)?;
            }
            Ok(put_profile(deciding, wallet, profile)?)
        },
    )?;
    Ok((decided.after, decided.value))
}
