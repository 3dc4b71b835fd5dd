//! Changes the profile of a subscriber, with what it means for the router.
//!
//! Shared by `subscriber add`, `subscriber set` and the import of a list.

use crate::commands::context::CommandContext;
use crate::commands::refusals;
use crate::commands::subscribers::fields::SubscriberFields;
use crate::commands::subscribers::profile::{other_owner, taken_by};
use crate::model::day::Day;
use crate::model::failure::Failure;
use crate::model::router::work::ObjectKey;
use crate::model::subscriber::{Profile, Subscriber};
use crate::rules::manual_actions::{self, ByHandError};
use crate::rules::settlement::SettlementResult;
use crate::rules::wallet::Wallet;
use crate::store::write::transaction::{AccessWork, Transaction};

/// Refuses an object that somebody else has.
pub(crate) fn refuse_taken(
    tx: &Transaction<'_>,
    key: Option<&ObjectKey>,
    but: Option<&Subscriber>,
) -> Result<(), Failure> {
    if let (Some(key), Some(owner)) = (key, other_owner(tx, key, but)?) {
        return Err(Failure::refused(
            taken_by(key, &owner),
            format!(
                "give `{0}` another one first, or take it off its router with `weir subscriber set {0} --router ''`",
                owner.username
            ),
        ));
    }
    Ok(())
}

pub(crate) fn day_of(fields: &SubscriberFields) -> Result<Option<Day>, Failure> {
    match fields.expires_on.as_deref() {
        None | Some("") => Ok(None),
        Some(text) => refusals::day("expires-on", text).map(Some),
    }
}

/// Returns what another profile means for the router beside a move of the object.
pub(crate) fn work_of(before: &Profile, after: &Profile) -> AccessWork {
    AccessWork {
        run: None,
        end_session: before.package != after.package
            || before.own_profile != after.own_profile
            || before.own_rate != after.own_rate,
    }
}

/// Sets another profile on a wallet's subscriber; the package changes by its rule.
pub(crate) fn put_profile(
    deciding: &CommandContext<'_>,
    wallet: &mut Wallet<'_>,
    profile: Profile,
) -> Result<SettlementResult, ByHandError> {
    let before = wallet.subscriber.profile.package.clone();
    let package = profile.package.clone();
    wallet.subscriber.profile = Profile {
        package: before.clone(),
        ..profile
    };
    if package == before {
        return Ok(SettlementResult::default());
    }
    manual_actions::change_package(wallet, deciding.policy(), &deciding.moment(), package)
}
