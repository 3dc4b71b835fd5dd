//! `weir pay assign` assigns an unmatched payment to a subscriber.

use serde::{Deserialize, Serialize};

use crate::appliance::core::Appliance;
use crate::commands::context::CommandContext;
use crate::commands::payments::answer::PaymentAnswer;
use crate::commands::payments::answer::credited;
use crate::commands::payments::credit::assign as credit_row;
use crate::commands::payments::slips;
use crate::commands::person::person;
use crate::commands::refusals::{self, known, named, open_for_payment};
use crate::commands::{Asked, Caller, Reply, SiteCommand};
use crate::model::failure::{Consent, Failure};
use crate::model::unmatched::{Holder, Unmatched, UnmatchedState};

/// Assign an unmatched payment to a subscriber
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, clap::Args)]
#[serde(deny_unknown_fields)]
pub struct PayAssign {
    /// The payment's reference
    pub reference: String,
    /// The subscriber who paid, by username, account or phone
    pub username: String,
    /// Say that an unusually large amount is right
    #[arg(long)]
    #[serde(default)]
    pub yes: bool,
}

impl SiteCommand for PayAssign {
    fn whom_mut(&mut self) -> Option<&mut String> {
        Some(&mut self.username)
    }

    fn answer(&self, site: &Appliance, asked: &mut Asked<'_>) -> Result<Reply, Failure> {
        assign(site, asked.caller, &self.reference, &self.username, self.yes)
    }

    fn agree(&mut self, consent: Consent) {
        self.yes |= consent == Consent::Amount;
    }
}

/// Answers `weir pay assign REF USERNAME`.
pub(crate) fn assign(
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
        let subscriber = named(tx, username)?;
        let row = match tx.unmatched(&reference)? {
            Some(row) if row.state == UnmatchedState::Waiting => row,
            Some(Unmatched {
                state: UnmatchedState::Assigned(id),
                ..
            }) => {
                let whose = tx
                    .subscriber(id)?
                    .map_or_else(String::new, |whose| format!(" to {}", person(&whose)));
                let way_out = format!(
                    "to move it to another wallet use `weir pay move {} {username}`",
                    reference.as_argument()
                );
                return Err(Failure::refused(
                    format!("payment `{reference}` was already assigned{whose}"),
                    way_out,
                ));
            }
            Some(_) => {
                return Err(Failure::refused(
                    format!("the unmatched payment `{reference}` was already reversed"),
                    "`weir pay --unmatched` lists the unmatched payments",
                ));
            }
            None => {
                let elsewhere = match tx.holder(&reference)? {
                    Some(Holder::Credit { .. }) => "; it is already in a wallet",
                    Some(Holder::Unmatched { .. } | Holder::Reversed) | None => "",
                };
                return Err(Failure::refused(
                    format!("no unmatched payment has the reference `{reference}`{elsewhere}"),
                    "`weir pay --unmatched` lists the unmatched payments",
                ));
            }
        };
        open_for_payment(&subscriber)?;
        slips::insist_on_amount(&deciding, &subscriber, row.amount, agreed)?;
        let sentence = format!(
            "Credited {} of {} to {}, reference `{reference}`.",
            deciding.amount(row.amount),
            row.date,
            person(&subscriber)
        );
        let decided = credit_row(&deciding, tx, &subscriber, row)?;
        credited(&deciding, tx, &decided, &reference, sentence)
    })?;
    written.reply(appliance, call, PaymentAnswer::text)
}
