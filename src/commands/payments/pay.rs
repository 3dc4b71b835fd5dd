//! How does money come in by hand, and how is it taken back or moved?
//!
//! A reference stands for at most one credit that is not reversed. The same payment typed again changes nothing and says
//! so; one that waits in the tray is given to whoever is named; anything else under a known reference is refused.

use crate::appliance::core::Appliance;
use crate::commands::context::{CommandContext, Decided, change};
use crate::commands::payments::answer::credited;
use crate::commands::payments::answer::{PaymentAnswer, PaymentOutcome};
use crate::commands::payments::crediting::{assign, credit, holder_in_words, waiting};
use crate::commands::refusals::{self, known, named, open_for_payment};
use crate::commands::{Call, Reply};
use crate::model::entry::Entry;
use crate::model::failure::Failure;
use crate::model::money::Money;
use crate::model::name::{Comment, Reference, Source};
use crate::model::record::LogKind;
use crate::model::subscriber::{Subscriber, SubscriberId};
use crate::model::unmatched::{Holder, Unmatched, UnmatchedState};
use crate::rules::payment::Payment;
use crate::rules::reversal;
use crate::rules::settlement::SettlementResult;
use crate::store::error::StoreError;
use crate::store::write::transaction::{AccessWork, Transaction};

/// Where a payment came from unless somebody says otherwise.
const SOURCE_CASH: &str = "Cash";

/// `weir pay USERNAME AMOUNT --ref REF`.
pub(crate) fn pay(
    appliance: &Appliance,
    call: &Call,
    username: &str,
    amount: &str,
    reference: &str,
    source: Option<&str>,
    date: Option<&str>,
) -> Result<Reply, Failure> {
    let deciding = CommandContext::begin(appliance, call)?;
    let amount = refusals::amount(deciding.currency(), amount)?;
    if !amount.is_positive() {
        return Err(Failure::refused(
            format!("a payment must be above zero, not {}", deciding.amount(amount)),
            "to reverse a payment use `weir pay reverse REF`; to correct a balance use `weir adjust`",
        ));
    }
    let payment = Payment::new(
        refusals::reference(reference)?,
        amount,
        Source::new(source.unwrap_or(SOURCE_CASH)).map_err(|error| refusals::wrong_name(&error))?,
        date.map_or(Ok(deciding.recorded.today), |date| refusals::day("date", date))?,
    );
    let latest = deciding.recorded.latest.day_in(&deciding.in_force.terms.zone);
    if payment.made_on > latest {
        let today = if deciding.recorded.trusted {
            format!("today is {latest}")
        } else {
            format!("the clock is not trusted, but today can hardly be later than {latest}")
        };
        return Err(Failure::refused(
            format!("date {} is in the future; {today}", payment.made_on),
            "give the day on which the payment was made",
        ));
    }
    known(appliance, username)?;
    let written = deciding.write(appliance, |tx| {
        let subscriber = named(tx, username)?;
        take(&deciding, tx, &subscriber, &payment)
    })?;
    written.reply(appliance, call, PaymentAnswer::text)
}

fn take(
    deciding: &CommandContext<'_>,
    tx: &mut Transaction<'_>,
    subscriber: &Subscriber,
    payment: &Payment,
) -> Result<PaymentAnswer, Failure> {
    let reference = &payment.reference;
    let holder = tx.holder(reference)?;
    match holder {
        Some(Holder::Credit {
            entry,
            subscriber: whose,
            amount,
        }) if whose == subscriber.id && amount == payment.amount => {
            let sentence = format!(
                "Nothing changed: payment `{reference}` of {} was already credited to `{}`, as entry {entry}.",
                deciding.amount(amount),
                subscriber.username
            );
            let happened = PaymentOutcome {
                reference: Some(reference),
                credited: false,
                duplicate: true,
                resumed: false,
                sentence,
            };
            PaymentAnswer::about(deciding, tx, subscriber, happened)
        }
        Some(Holder::Unmatched { amount }) if amount == payment.amount => {
            open_for_payment(subscriber)?;
            let row = waiting(tx, reference)?;
            let decided = assign(deciding, tx, subscriber, row)?;
            let sentence = format!(
                "Credited {} to `{}`: payment `{reference}` was among the unmatched payments.",
                deciding.amount(amount),
                subscriber.username
            );
            credited(deciding, tx, &decided, reference, sentence)
        }
        None | Some(Holder::Reversed) => {
            open_for_payment(subscriber)?;
            let decided = credit(deciding, tx, subscriber, payment)?;
            let sentence = format!(
                "Credited {} to `{}`, reference `{reference}`.",
                deciding.amount(payment.amount),
                subscriber.username
            );
            credited(deciding, tx, &decided, reference, sentence)
        }
        Some(held @ (Holder::Credit { .. } | Holder::Unmatched { .. })) => Err(Failure::refused(
            holder_in_words(deciding, tx, reference, &held)?,
            "check the reference; to move a payment out of the wrong wallet use `weir pay move REF USERNAME`",
        )),
    }
}
