//! `weir subscriber add` adds one subscriber.

use serde::{Deserialize, Serialize};

use crate::appliance::core::Appliance;
use crate::commands::context::CommandContext;
use crate::commands::person::person;
use crate::commands::refusals::{self, wrong_name};
use crate::commands::subscribers::fields::SubscriberFields;
use crate::commands::subscribers::manual::DecisionAnswer;
use crate::commands::subscribers::onboarding::{holds_debit, take_in};
use crate::commands::subscribers::profile::{self, blank, is_switched, look_alike, looks_like, not_switched};
use crate::commands::subscribers::profile_change::day_of;
use crate::commands::subscribers::profile_change::refuse_taken;
use crate::commands::subscribers::shared_contact;
use crate::commands::{Asked, Caller, Reply, SiteCommand};
use crate::model::failure::Failure;
use crate::model::money::Money;
use crate::model::name::Username;
use crate::model::record::LogKind;
use crate::model::subscriber::Service;
use crate::rules::onboarding::Newcomer;
use crate::rules::settlement::SettlementResult;
use crate::store::error::StoreError;
use crate::store::keys::object_of;
use crate::store::write::transaction::Transaction;

/// Add a subscriber
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, clap::Args)]
#[serde(deny_unknown_fields)]
#[command(after_help = "Example:\n  weir subscriber add amina --package home-10 --expires-on 2027-03-31")]
pub struct SubscriberAdd {
    /// The subscriber; a name that begins with a dash goes last, after `--`
    pub username: String,
    /// What is known about them.
    #[command(flatten)]
    pub fields: SubscriberFields,
    /// The opening balance, below zero for a debt
    #[arg(long, value_name = "AMOUNT", allow_negative_numbers = true)]
    pub balance: Option<String>,
    /// Whether the old system has already charged the due day
    #[arg(long, value_name = "YES|NO", value_parser = ["yes", "no"])]
    pub debited: Option<String>,
}

impl SiteCommand for SubscriberAdd {
    fn answer(&self, site: &Appliance, asked: &mut Asked<'_>) -> Result<Reply, Failure> {
        add(
            site,
            asked.caller,
            &self.username,
            &self.fields,
            self.balance.as_deref(),
            self.debited.as_deref(),
        )
    }
}

/// Why adding somebody whose last day may not be over waits for the clock.
pub(crate) const ADD_REFUSED_BY_CLOCK: &str = "adding a subscriber whose last paid day may be over";

/// Answers `weir subscriber add USERNAME`.
pub(crate) fn add(
    appliance: &Appliance,
    call: &Caller,
    username: &str,
    fields: &SubscriberFields,
    balance: Option<&str>,
    debited: Option<&str>,
) -> Result<Reply, Failure> {
    let (ends, mut deciding) = (day_of(fields)?, CommandContext::begin(appliance, call)?);
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
        debited: debited.map(yes_or_no).transpose()?,
    };
    let holds_debit = holds_debit(&deciding, &newcomer)
        .map_err(|error| Failure::refused(error.to_string(), "correct it, or leave out `--debited`"))?;
    let written = deciding.write(appliance, |tx| {
        if tx.subscriber_named(newcomer.username.as_str())?.is_some() {
            return Err(exists(&newcomer.username));
        }
        refuse_taken(tx, object_of(&newcomer.username, &newcomer.profile).as_ref(), None)?;
        let mut notes = notes(tx, &newcomer)?;
        notes.push_str(&shared_contact::notes(&deciding, tx, None, None, &newcomer.profile)?);
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
        let sentence = format!("Added {} as {}.{debit}{notes}", person(&after), after.state_word());
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

/// Returns the refusal of a username that is taken.
fn exists(username: &Username) -> Failure {
    Failure::refused(
        format!("subscriber `{username}` already exists"),
        format!("change it with `weir subscriber set {username}`, or choose another name"),
    )
}

/// Returns what is to be known about a newcomer, as sentences behind the answer's first.
fn notes(tx: &Transaction<'_>, newcomer: &Newcomer) -> Result<String, StoreError> {
    let mut notes = String::new();
    let profile = &newcomer.profile;
    if profile.router.is_some() && !is_switched(profile.service) {
        notes.push_str(&format!(" Note: {}.", not_switched(profile.service)));
    }
    if let Some(known) = look_alike(tx, &newcomer.username)? {
        notes.push_str(&format!(" Note: {}.", looks_like(&newcomer.username, &known)));
    }
    Ok(notes)
}

/// Parses whether the old system has charged the due day.
fn yes_or_no(text: &str) -> Result<bool, Failure> {
    match text {
        "yes" => Ok(true),
        "no" => Ok(false),
        other => Err(Failure::refused(
            format!("`{other}` is neither `yes` nor `no`"),
            "write one of them, or leave out `--debited`",
        )),
    }
}
