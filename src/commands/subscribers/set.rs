//! What is stated about a subscriber?
//!
//! Taking one in is like one row of an import; setting fields changes what is stated and leaves the rest. Another package,
//! profile or rate reaches the router at once; another due day and another package go by the rules.

use crate::appliance::core::Appliance;
use crate::commands::context::{CommandContext, change};
use crate::commands::refusals::{self, known, named, wrong_name};
use crate::commands::request::SubscriberFields;
use crate::commands::subscribers::answer::changes;
use crate::commands::subscribers::manual::DecisionAnswer;
use crate::commands::subscribers::onboarding::{holds_debit, take_in};
use crate::commands::subscribers::profile::{self, blank, is_switched, not_switched, other_owner, taken_by};
use crate::commands::subscribers::profile_change::day_of;
use crate::commands::subscribers::profile_change::put_profile;
use crate::commands::subscribers::profile_change::refuse_taken;
use crate::commands::subscribers::profile_change::work_of;
use crate::commands::{Call, Reply};
use crate::model::day::Day;
use crate::model::failure::Failure;
use crate::model::money::Money;
use crate::model::name::Username;
use crate::model::record::LogKind;
use crate::model::router_work::ObjectKey;
use crate::model::subscriber::{Profile, Service, Subscriber};
use crate::rules::manual_actions::{self, ByHandError};
use crate::rules::onboarding::Newcomer;
use crate::rules::settlement::SettlementResult;
use crate::rules::wallet::Wallet;
use crate::store::keys::object_of;
use crate::store::write::transaction::{AccessWork, Transaction};

/// `weir subscriber set USERNAME`.
pub(crate) fn set(
    appliance: &Appliance,
    call: &Call,
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
            let sentence = format!("`{username}` already has these values; nothing was changed.");
            return Ok(DecisionAnswer::of(&deciding, &before, &after, settled, &sentence));
        }
        deciding.log(tx, LogKind::Subscriber, Some(&before), changed.join("; "), &[])?;
        let sentence = format!("Changed `{username}`:");
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
                manual_actions::set_expires_on(wallet, deciding.recorded.today, day)?;
            }
            Ok(put_profile(deciding, wallet, profile)?)
        },
    )?;
    Ok((decided.after, decided.value))
}
