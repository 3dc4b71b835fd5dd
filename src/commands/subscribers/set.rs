//! `weir subscriber add` and `weir subscriber set` write what is stated about a subscriber.
//!
//! Adding is like one row of an import; setting fields changes what is stated and leaves the rest. Another package, profile or
//! rate reaches the router at once; another due day and another package go by the rules.

use crate::appliance::core::Appliance;
use crate::commands::context::{CommandContext, change};
use crate::commands::refusals::{self, known, named, wrong_name};
use crate::commands::request::SubscriberFields;
use crate::commands::subscribers::answer::changes;
use crate::commands::subscribers::onboarding::{holds_debit, take_in};
use crate::commands::subscribers::profile::{self, blank, is_switched, not_switched, other_owner, taken_by};
use crate::commands::subscribers::subscriber::DecisionAnswer;
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

/// Why adding somebody whose last day may not be over waits for the clock.
const ADD_REFUSED_BY_CLOCK: &str = "adding a subscriber whose last paid day may be over";

/// Answers `weir subscriber add USERNAME`.
pub(crate) fn add(
    appliance: &Appliance,
    call: &Call,
    username: &str,
    fields: &SubscriberFields,
    balance: Option<&str>,
    debited: Option<&str>,
) -> Result<Reply, Failure> {
    let ends = day_of(fields)?;
    let mut deciding = CommandContext::begin(appliance, call)?;
    if !deciding.recorded.trusted && ends.is_some_and(|end| end < deciding.recorded.today) {
        // They would start suspended, and nobody knows whether that day is over.
        deciding = CommandContext::by_a_trusted_clock(appliance, call, ADD_REFUSED_BY_CLOCK)?;
    }
    let config = &deciding.in_force.config;
    if fields.router.as_ref().is_some_and(|router| !router.is_empty()) && fields.service.is_none() {
        return Err(Failure::refused(
            "a subscriber on a router needs a service",
            "add `--service pppoe`, or `--service static --address 10.20.0.15`",
        ));
    }
    let newcomer = Newcomer {
        username: Username::new(username).map_err(|error| wrong_name(&error))?,
        profile: profile::stated(&blank(Service::Pppoe), fields, config)?,
        expires_on: ends,
        balance: match balance {
            Some(text) => refusals::amount(deciding.currency(), text)?,
            None => Money::ZERO,
        },
        debited: match debited {
            None => None,
            Some("yes") => Some(true),
            Some("no") => Some(false),
            Some(other) => {
                return Err(Failure::refused(
                    format!("`{other}` is neither `yes` nor `no`"),
                    "write one of them, or leave out `--debited`",
                ));
            }
        },
    };
    let holds_debit = holds_debit(&deciding, &newcomer)
        .map_err(|error| Failure::refused(error.to_string(), "correct it, or leave out `--debited`"))?;
    let written = deciding.write(appliance, |tx| {
        if tx.subscriber_named(username)?.is_some() {
            return Err(Failure::refused(
                format!("subscriber `{username}` already exists"),
                format!("change it with `weir subscriber set {username}`, or choose another name"),
            ));
        }
        refuse_taken(tx, object_of(&newcomer.username, &newcomer.profile).as_ref(), None)?;
        let begun = take_in(&deciding, tx, &newcomer, holds_debit)?;
        let debit = begun.debit.map_or_else(String::new, |amount| {
            format!(
                " The old system's charge of {} counts as the debit of its due day.",
                deciding.amount(amount)
            )
        });
        let after = begun.subscriber;
        deciding.log(
            tx,
            LogKind::Subscriber,
            Some(&after),
            format!("added as {}", after.state_word()),
            &[("balance", deciding.currency().format(after.balance))],
        )?;
        let mut sentence = format!("Added `{username}` as {}.{debit}", after.state_word());
        if after.profile.router.is_some() && !is_switched(after.profile.service) {
            sentence.push_str(&format!(" Note: {}.", not_switched(after.profile.service)));
        }
        Ok(DecisionAnswer::of(
            &deciding,
            &after,
            &after,
            SettlementResult::default(),
            &sentence,
        ))
    })?;
    written.reply(appliance, call, DecisionAnswer::text)
}

/// Refuses an object that somebody else has.
fn refuse_taken(tx: &Transaction<'_>, key: Option<&ObjectKey>, but: Option<&Subscriber>) -> Result<(), Failure> {
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

fn day_of(fields: &SubscriberFields) -> Result<Option<Day>, Failure> {
    match fields.expires_on.as_deref() {
        None | Some("") => Ok(None),
        Some(text) => refusals::day("expires-on", text).map(Some),
    }
}

/// Answers `weir subscriber set USERNAME`.
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
