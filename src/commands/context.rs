//! Shared steps of commands: find a subscriber, decide at one moment, write the decision.
//!
//! `CommandContext` holds what a decision depends on: the terms in force, the moment, and who decides. Everything happens in
//! one transaction (`CommandContext::write`); a wallet is loaded, changed by a rule and written by `change`. A refusal leaves
//! the store as it was. Must never know which command asks.

use std::convert::Infallible;
use std::sync::Arc;

use crate::appliance::core::{Appliance, Recorded};
use crate::appliance::in_force::InForce;
use crate::commands::reply::reply;
use crate::commands::time_words::{insist_on_trust, must_wait};
use crate::commands::{Caller, Reply};
use crate::model::entry::Entry;
use crate::model::failure::Failure;
use crate::model::money::{Currency, Money};
use crate::model::record::{LogKind, LogRecord};
use crate::model::subscriber::Subscriber;
use crate::rules::settlement;
use crate::rules::wallet::{Moment, Policy, RuleError, Wallet};
use crate::store::error::StoreError;
use crate::store::write::transaction::{AccessWork, Changed, Transaction};

/// What a decision depends on.
pub(crate) struct CommandContext<'a> {
    /// The configuration in force.
    pub(crate) in_force: Arc<InForce>,
    /// The instant and day that the decision carries.
    pub(crate) recorded: Recorded,
    /// Who decides.
    pub(crate) actor: &'a str,
}

/// What was decided, and whether it means work for a router.
pub(crate) struct Written<R> {
    /// The decision's result.
    pub(crate) value: R,
    /// Whether there is router work.
    pub(crate) router_work: bool,
}

/// Why a transaction is not kept.
pub(crate) enum NotKept<T> {
    /// It failed.
    Refused(Failure),
    /// It was a dry run: all of it is thrown away but this.
    Thrown(T),
}

impl<T> From<Failure> for NotKept<T> {
    fn from(failure: Failure) -> Self {
        Self::Refused(failure)
    }
}

impl<T> From<StoreError> for NotKept<T> {
    fn from(error: StoreError) -> Self {
        Self::Refused(error.into())
    }
}

/// One wallet after a rule.
pub(crate) struct Decided<R> {
    /// The subscriber as written.
    pub(crate) after: Subscriber,
    /// The entries that were made, in order.
    pub(crate) entries: Vec<Entry>,
    /// The rule's result.
    pub(crate) value: R,
}

impl<'a> CommandContext<'a> {
    /// Returns the context of this moment.
    pub(crate) fn begin(appliance: &Appliance, call: &'a Caller) -> Result<Self, Failure> {
        appliance.correct_periods();
        Ok(Self {
            in_force: appliance.in_force(),
            recorded: appliance.recorded()?,
            actor: &call.actor,
        })
    }

    /// Returns the same for a decision that depends on the day: refused while the clock is not trusted; `doing` begins
    /// the sentence. The instant comes from the same reading that found the clock right.
    ///
    /// # Errors
    /// With the reason and what ends the doubt.
    pub(crate) fn by_a_trusted_clock(appliance: &Appliance, call: &'a Caller, doing: &str) -> Result<Self, Failure> {
        insist_on_trust(appliance, doing)?;
        let deciding = Self::begin(appliance, call)?;
        if deciding.recorded.trusted {
            Ok(deciding)
        } else {
            Err(must_wait(appliance, doing, &appliance.trust()?))
        }
    }

    pub(crate) fn moment(&self) -> Moment<'_> {
        Moment {
            today: self.recorded.today,
            ..self.in_force.terms.moment(self.recorded.at, self.actor)
        }
    }

    pub(crate) fn policy(&self) -> &Policy {
        &self.in_force.terms.policy
    }

    pub(crate) fn currency(&self) -> &Currency {
        &self.in_force.config.site.currency
    }

    /// Returns an amount with its currency, as a sentence has it.
    pub(crate) fn amount(&self, money: Money) -> String {
        let currency = self.currency();
        format!("{} {currency}", currency.format(money))
    }

    /// Decides in one transaction.
    pub(crate) fn write<R>(
        &self,
        appliance: &Appliance,
        work: impl FnOnce(&mut Transaction<'_>) -> Result<R, Failure>,
    ) -> Result<Written<R>, Failure> {
        appliance.store.write(self.recorded.at, |tx| {
            if !self.recorded.trusted {
                tx.doubt_the_day();
            }
            let before = tx.state().last_generation;
            let value = work(tx)?;
            Ok(Written {
                value,
                router_work: tx.state().last_generation != before,
            })
        })
    }

    /// Decides in one transaction, and throws all of it away but the result: a dry run by the rules of the real one.
    pub(crate) fn try_out<R>(
        &self,
        appliance: &Appliance,
        work: impl FnOnce(&mut Transaction<'_>) -> Result<R, Failure>,
    ) -> Result<R, Failure> {
        let thrown = appliance
            .store
            .write(self.recorded.at, |tx| -> Result<Infallible, NotKept<R>> {
                if !self.recorded.trusted {
                    tx.doubt_the_day();
                }
                Err(NotKept::Thrown(work(tx)?))
            });
        match thrown {
            Ok(never) => match never {},
            Err(NotKept::Thrown(result)) => Ok(result),
            Err(NotKept::Refused(failure)) => Err(failure),
        }
    }

    /// Appends a record about one subscriber.
    pub(crate) fn log(
        &self,
        tx: &mut Transaction<'_>,
        kind: LogKind,
        about: Option<&Subscriber>,
        message: String,
        fields: &[(&str, String)],
    ) -> Result<(), StoreError> {
        tx.log(
            &LogRecord::new(self.recorded.at, kind, message)
                .about(about.map(|subscriber| &subscriber.username))
                .fields(fields.iter().map(|(name, value)| (*name, value)))
                .field("actor", self.actor),
        )
    }

    /// Returns how much is missing until what is owed settles.
    pub(crate) fn missing(&self, tx: &Transaction<'_>, subscriber: &Subscriber) -> Result<Money, RuleError> {
        let wallet = Wallet::new(subscriber.clone(), tx.state().head, tx);
        settlement::missing(&wallet, self.policy())
    }
}

impl<R: serde::Serialize> Written<R> {
    /// Returns the reply, and wakes the routers' workers where there is work for them.
    pub(crate) fn reply(
        self,
        appliance: &Appliance,
        call: &Caller,
        text: impl FnOnce(&R) -> String,
    ) -> Result<Reply, Failure> {
        let mut answer = reply(call, &self.value, || text(&self.value))?;
        if self.router_work {
            answer.notes.extend(appliance.tell_routers());
        }
        Ok(answer)
    }
}

/// Loads the wallet, lets the rule change it, and writes the changes.
pub(crate) fn change<R, E: From<StoreError>>(
    tx: &mut Transaction<'_>,
    before: &Subscriber,
    work: AccessWork,
    rule: impl FnOnce(&mut Wallet<'_>) -> Result<R, E>,
) -> Result<Decided<R>, E> {
    let mut wallet = Wallet::new(before.clone(), tx.state().head, &*tx);
    let value = rule(&mut wallet)?;
    let resumed = wallet.resumed.take();
    let changed = Changed::from(wallet);
    let (after, entries) = (changed.subscriber.clone(), changed.entries.clone());
    tx.put(Some(before), changed, work)?;
    tx.note_resumed(after.id, resumed.as_ref())?;
    Ok(Decided { after, entries, value })
}
