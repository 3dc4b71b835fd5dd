//! `weir pay move` moves a payment to another subscriber.

use serde::{Deserialize, Serialize};

use crate::appliance::core::Appliance;
use crate::commands::context::CommandContext;
use crate::commands::payments::answer::PaymentAnswer;
use crate::commands::payments::answer::credited;
use crate::commands::payments::credit::credit;
use crate::commands::payments::reversal::not_there;
use crate::commands::payments::reversal::stored_entry;
use crate::commands::payments::reversal::take_back;
use crate::commands::payments::reversal::whose;
use crate::commands::payments::slips;
use crate::commands::person::person;
use crate::commands::refusals::{self, known, named, open_for_payment};
use crate::commands::{Asked, Caller, Reply, SiteCommand};
use crate::model::failure::{Consent, Failure};
use crate::model::name::Comment;
use crate::model::unmatched::Holder;
use crate::rules::payment::Payment;

/// Move a payment to another subscriber
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, clap::Args)]
#[serde(deny_unknown_fields)]
pub struct PayMove {
    /// The payment's reference
    pub reference: String,
    /// The subscriber who paid, by username, account or phone
    pub username: String,
    /// Say that an unusually large amount is right
    #[arg(long)]
    #[serde(default)]
    pub yes: bool,
}

impl SiteCommand for PayMove {
    fn whom_mut(&mut self) -> Option<&mut String> {
        Some(&mut self.username)
    }

    fn answer(&self, site: &Appliance, asked: &mut Asked<'_>) -> Result<Reply, Failure> {
        move_to(site, asked.caller, &self.reference, &self.username, self.yes)
    }

    fn agree(&mut self, consent: Consent) {
        self.yes |= consent == Consent::Amount;
    }
}

/// Answers `weir pay move REF USERNAME`.
pub(crate) fn move_to(
    appliance: &Appliance,
    call: &Caller,
    reference: &str,
    username: &str,
    agreed: bool,
) -> Result<Reply, Failure> {
    let deciding = CommandContext::begin(appliance, call)?;
    let reference = refusals::reference(reference)?;
    known(appliance, username)?;
    let written = deciding.write(appliance, |tx| {
        let target = named(tx, username)?;
        let (entry, from, amount) = match tx.holder(&reference)? {
            Some(Holder::Credit {
                entry,
                subscriber,
                amount,
            }) => (stored_entry(tx, entry.0)?, whose(tx, subscriber)?, amount),
            Some(Holder::Unmatched { .. }) => {
                return Err(Failure::refused(
                    format!("payment `{reference}` is among the unmatched payments and in no wallet yet"),
                    format!(
                        "assign it with `weir pay assign {} {username}`",
                        reference.as_argument()
                    ),
                ));
            }
            other => return Err(not_there(&reference, other)),
        };
        if from.id == target.id {
            return Err(Failure::refused(
                format!("payment `{reference}` is already in the wallet of {}", person(&target)),
                "check the reference and the username; nothing was changed",
            ));
        }
        open_for_payment(&target)?;
        slips::insist_on_amount(&deciding, &target, amount, agreed)?;
        let comment = Comment::new(&format!("moved to `{}`", target.username)).ok();
        take_back(&deciding, tx, &from, &reference, amount, comment)?;
        let payment = Payment {
            reference: reference.clone(),
            amount,
            source: entry.source.clone(),
            // Statistics count it on the day on which it was made.
            made_on: entry.for_day,
            comment: Comment::new(&format!("moved from `{}`", from.username)).ok(),
        };
        let decided = credit(&deciding, tx, &target, &payment)?;
        let sentence = format!(
            "Moved {} from {} to {}, reference `{reference}`.",
            deciding.amount(amount),
            person(&from),
            person(&target)
        );
        credited(&deciding, tx, &decided, &reference, sentence)
    })?;
    written.reply(appliance, call, PaymentAnswer::text)
}
