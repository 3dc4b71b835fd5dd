//! The answer after money has moved: wallet, period and access as they are then.
//!
//! One answer for `pay`, `assign`, `reverse`, `move` and `adjust`: as fields for scripts, and as two or three sentences.

use serde::Serialize;

use crate::commands::context::{CommandContext, Decided};
use crate::model::failure::Failure;
use crate::model::money::Money;
use crate::model::name::Reference;
use crate::model::subscriber::{State, Subscriber};
use crate::rules::settlement::SettlementResult;
use crate::store::keys::object_key;
use crate::store::write::transaction::Transaction;

/// The answer. Amounts are decimals; what does not apply is null.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct PaymentAnswer {
    username: Option<String>,
    name: Option<String>,
    reference: Option<String>,
    credited: bool,
    duplicate: bool,
    balance: Option<String>,
    outstanding: Option<String>,
    missing: Option<String>,
    expires_on: Option<String>,
    state: Option<&'static str>,
    resumed: bool,
    /// What happened, as the first sentence tells it.
    #[serde(skip)]
    first: String,
    #[serde(skip)]
    rest: String,
}

/// What happened to the wallet.
pub(crate) struct PaymentOutcome<'a> {
    /// The payment's reference, where there is one.
    pub(crate) reference: Option<&'a Reference>,
    /// Whether money came into the wallet.
    pub(crate) credited: bool,
    /// Whether it was recorded before, so that nothing changed.
    pub(crate) duplicate: bool,
    /// Whether service came back.
    pub(crate) resumed: bool,
    /// The same in one sentence.
    pub(crate) sentence: String,
}

impl PaymentAnswer {
    /// Returns the answer about a wallet as it is in the transaction.
    pub(crate) fn about(
        deciding: &CommandContext<'_>,
        tx: &Transaction<'_>,
        subscriber: &Subscriber,
        happened: PaymentOutcome<'_>,
    ) -> Result<Self, Failure> {
        let currency = deciding.currency();
        let missing = deciding.missing(tx, subscriber)?;
        Ok(Self {
            username: Some(subscriber.username.to_string()),
            name: subscriber.profile.name.as_ref().map(ToString::to_string),
            reference: happened.reference.map(ToString::to_string),
            credited: happened.credited,
            duplicate: happened.duplicate,
            balance: Some(currency.format(subscriber.balance)),
            outstanding: Some(currency.format(subscriber.below_zero())),
            missing: Some(currency.format(missing)),
            expires_on: subscriber.period.expires_on.map(|day| day.to_string()),
            state: Some(subscriber.state_word()),
            resumed: happened.resumed,
            first: happened.sentence,
            rest: standing(deciding, subscriber, missing, happened.resumed),
        })
    }

    /// Returns the answer about an unmatched payment.
    pub(crate) fn nobodys(reference: &Reference, sentence: String) -> Self {
        Self {
            reference: Some(reference.to_string()),
            first: sentence,
            ..Self::default()
        }
    }

    /// Returns the answer in sentences.
    pub(crate) fn text(&self) -> String {
        if self.rest.is_empty() {
            self.first.clone()
        } else {
            format!("{}\n{}", self.first, self.rest)
        }
    }
}

fn standing(deciding: &CommandContext<'_>, subscriber: &Subscriber, missing: Money, resumed: bool) -> String {
    let mut told = format!("Balance {}", deciding.amount(subscriber.balance));
    if let Some(day) = subscriber.period.expires_on {
        let word = if subscriber.state == State::Active && day >= deciding.recorded.today {
            "paid through"
        } else {
            "was paid through"
        };
        told.push_str(&format!(", {word} {day}"));
    }
    told.push_str(&format!("; {}.", subscriber.state_word()));
    if resumed {
        // What is so on the router is told by a reading, which comes later.
        told.push_str(&match object_key(subscriber) {
            Some(key) if key.service.is_managed() => {
                " By the books service is back; the router is being updated.".to_owned()
            }
            Some(key) => format!(
                " By the books service is back; Weir does not manage `{}`: switch `{}` on by hand.",
                key.service, key.object
            ),
            None => " By the books service is back.".to_owned(),
        });
        if !deciding.recorded.trusted {
            told.push_str(" The clock is not trusted: the paid-through date is recalculated once it is.");
        }
    }
    if subscriber.hold.is_some() {
        told.push_str(" Nothing is settled during the hold.");
    } else if missing.is_positive() {
        let what = if subscriber.outstanding.is_empty() {
            "start a new period"
        } else {
            "settle what is owed"
        };
        told.push_str(&format!(" {} more is needed to {what}.", deciding.amount(missing)));
    }
    told
}

pub(crate) fn credited(
    deciding: &CommandContext<'_>,
    tx: &Transaction<'_>,
    decided: &Decided<SettlementResult>,
    reference: &Reference,
    sentence: String,
) -> Result<PaymentAnswer, Failure> {
    let happened = PaymentOutcome {
        reference: Some(reference),
        credited: true,
        duplicate: false,
        resumed: decided.value.resumed,
        sentence,
    };
    PaymentAnswer::about(deciding, tx, &decided.after, happened)
}
