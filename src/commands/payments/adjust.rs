//! `weir adjust` corrects a wallet by hand.
//!
//! One signed entry with the reason. It also works on a closed account: that is how a refund or a write-off is booked.

use serde::{Deserialize, Serialize};

use crate::appliance::core::Appliance;
use crate::commands::context::{CommandContext, change};
use crate::commands::payments::answer::{PaymentAnswer, PaymentOutcome};
use crate::commands::person::person;
use crate::commands::refusals::{self, known, named};
use crate::commands::{Asked, Caller, Reply, SiteCommand};
use crate::model::entry::SOURCE_ADJUSTMENT;
use crate::model::failure::Failure;
use crate::model::name::{Comment, Source};
use crate::model::record::LogKind;
use crate::notices::subscribers::{self, CreditOrigin};
use crate::rules::payment;
use crate::store::write::transaction::AccessWork;

/// Correct a balance by hand
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, clap::Args)]
#[serde(deny_unknown_fields)]
#[command(
    after_help = "Examples:\n  weir adjust amina 200.00 --comment \"two days without service\"\n  \
                  weir adjust amina -50.00 --comment \"router returned damaged\""
)]
pub struct Adjust {
    /// The subscriber, by username, account or phone
    pub username: String,
    /// The amount to add, for example 50.00 or -50.00
    #[arg(allow_negative_numbers = true)]
    pub amount: String,
    /// The reason
    #[arg(long, value_name = "TEXT")]
    pub comment: String,
}

impl SiteCommand for Adjust {
    fn whom_mut(&mut self) -> Option<&mut String> {
        Some(&mut self.username)
    }

    fn answer(&self, site: &Appliance, asked: &mut Asked<'_>) -> Result<Reply, Failure> {
        answer(site, asked.caller, &self.username, &self.amount, &self.comment)
    }
}

/// Answers `weir adjust USERNAME AMOUNT --comment TEXT`.
pub(crate) fn answer(
    appliance: &Appliance,
    call: &Caller,
    username: &str,
    amount: &str,
    comment: &str,
) -> Result<Reply, Failure> {
    let deciding = CommandContext::begin(appliance, call)?;
    let amount = refusals::amount(deciding.currency(), amount)?;
    if amount.is_zero() {
        return Err(Failure::refused(
            "an adjustment of zero changes nothing",
            "give the amount, for example `50.00` or `-50.00`",
        ));
    }
    let comment = Comment::new(comment).map_err(|error| {
        Failure::refused(
            error.to_string(),
            "say why, for example `--comment \"two days without service\"`",
        )
    })?;
    let source = Source::own(SOURCE_ADJUSTMENT);
    known(appliance, username)?;
    let written = deciding.write(appliance, |tx| {
        let before = named(tx, username)?;
        let decided = change(tx, &before, AccessWork::default(), |wallet| -> Result<_, Failure> {
            let moment = deciding.moment();
            let words = Some(comment.clone());
            Ok(payment::adjust(
                wallet,
                deciding.policy(),
                &moment,
                amount,
                source,
                words,
            )?)
        })?;
        if decided.value.resumed
            && let Some(entry) = decided.entries.first()
        {
            let came = CreditOrigin::Adjustment(entry.seq, amount);
            let day_is_known = deciding.recorded.trusted;
            subscribers::money(tx, &deciding.in_force.terms, &decided.after, came, true, day_is_known)?;
        }
        deciding.log(
            tx,
            LogKind::Payment,
            Some(&before),
            format!("balance adjusted by {}: {comment}", deciding.amount(amount)),
            &[("amount", deciding.currency().format(amount))],
        )?;
        let happened = PaymentOutcome {
            reference: None,
            credited: amount.is_positive(),
            duplicate: false,
            resumed: decided.value.resumed,
            sentence: format!(
                "Adjusted the balance of {} by {}.",
                person(&decided.after),
                deciding.amount(amount)
            ),
        };
        PaymentAnswer::about(&deciding, tx, &decided.after, happened)
    })?;
    written.reply(appliance, call, PaymentAnswer::text)
}
