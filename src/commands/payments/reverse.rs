//! Reverses a payment.

use crate::appliance::core::Appliance;
use crate::commands::context::{CommandContext, Decided, change};
use crate::commands::payments::answer::credited;
use crate::commands::payments::answer::{PaymentAnswer, PaymentOutcome};
use crate::commands::payments::crediting::{assign, credit, holder_in_words, waiting};
use crate::commands::payments::reversal::not_there;
use crate::commands::payments::reversal::stored_entry;
use crate::commands::payments::reversal::take_back;
use crate::commands::payments::reversal::whose;
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

/// `weir pay reverse REF`.
pub(crate) fn reverse(appliance: &Appliance, call: &Call, reference: &str) -> Result<Reply, Failure> {
    let deciding = CommandContext::begin(appliance, call)?;
    let reference = refusals::reference(reference)?;
    let written = deciding.write(appliance, |tx| match tx.holder(&reference)? {
        Some(Holder::Credit {
            entry,
            subscriber,
            amount,
        }) => {
            let credit = stored_entry(tx, entry.0)?;
            let whose = whose(tx, subscriber)?;
            let decided = take_back(&deciding, tx, &whose, &reference, amount, None)?;
            let undone = match decided.value {
                0 => "",
                _ => " What it had paid for is outstanding again; the next `disconnect` decides.",
            };
            let happened = PaymentOutcome {
                reference: Some(&reference),
                credited: false,
                duplicate: false,
                resumed: false,
                sentence: format!(
                    "Reversed a payment of `{}`: {} of {}, reference `{reference}`.{undone}",
                    whose.username,
                    deciding.amount(amount),
                    credit.for_day
                ),
            };
            PaymentAnswer::about(&deciding, tx, &decided.after, happened)
        }
        Some(Holder::Unmatched { amount }) => {
            let row = waiting(tx, &reference)?;
            tx.put_unmatched(&Unmatched {
                state: UnmatchedState::Reversed,
                ..row
            })?;
            deciding.log(
                tx,
                LogKind::Payment,
                None,
                format!("unmatched payment of {} marked as reversed", deciding.amount(amount)),
                &[("reference", reference.to_string())],
            )?;
            let sentence = format!(
                "The unmatched payment `{reference}` of {} is marked as reversed; it was in no wallet.",
                deciding.amount(amount)
            );
            Ok(PaymentAnswer::nobodys(&reference, sentence))
        }
        other => Err(not_there(&reference, other)),
    })?;
    written.reply(appliance, call, PaymentAnswer::text)
}
