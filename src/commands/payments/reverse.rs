//! `weir pay reverse` reverses a payment.

use serde::{Deserialize, Serialize};

use crate::appliance::core::Appliance;
use crate::commands::context::CommandContext;
use crate::commands::payments::answer::{PaymentAnswer, PaymentOutcome};
use crate::commands::payments::credit::waiting;
use crate::commands::payments::reversal::not_there;
use crate::commands::payments::reversal::stored_entry;
use crate::commands::payments::reversal::take_back;
use crate::commands::payments::reversal::whose;
use crate::commands::person::person;
use crate::commands::refusals;
use crate::commands::{Asked, Caller, Reply, SiteCommand};
use crate::model::failure::Failure;
use crate::model::record::LogKind;
use crate::model::unmatched::{Holder, Unmatched, UnmatchedState};

/// Reverse a payment
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, clap::Args)]
#[serde(deny_unknown_fields)]
pub struct PayReverse {
    /// The payment's reference
    pub reference: String,
}

impl SiteCommand for PayReverse {
    fn answer(&self, site: &Appliance, asked: &mut Asked<'_>) -> Result<Reply, Failure> {
        reverse(site, asked.caller, &self.reference)
    }
}

/// Answers `weir pay reverse REF`.
pub(crate) fn reverse(appliance: &Appliance, call: &Caller, reference: &str) -> Result<Reply, Failure> {
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
                    "Reversed a payment of {}: {} of {}, reference `{reference}`.{undone}",
                    person(&whose),
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
