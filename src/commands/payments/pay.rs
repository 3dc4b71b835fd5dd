//! `weir pay` records a payment by hand.
//!
//! A reference stands for at most one credit that is not reversed. The same payment typed again within three days changes nothing
//! and says so; an unmatched payment with that reference, amount and such a day is assigned to the named subscriber; anything else
//! under a known reference is refused.

use serde::{Deserialize, Serialize};

use crate::appliance::core::Appliance;
use crate::commands::context::CommandContext;
use crate::commands::file_body::FileBody;
use crate::commands::payments::answer::credited;
use crate::commands::payments::answer::{PaymentAnswer, PaymentOutcome};
use crate::commands::payments::credit::{assign, credit, holder_in_words, waiting};
use crate::commands::payments::known_payment::known_payment;
use crate::commands::payments::statement::PayFile;
use crate::commands::payments::unmatched::PayUnmatched;
use crate::commands::refusals::{self, known, named, open_for_payment};
use crate::commands::{Asked, Caller, Reply, SiteCommand, UsageError};
use crate::model::failure::Failure;
use crate::model::name::Source;
use crate::model::subscriber::Subscriber;
use crate::model::unmatched::{Holder, PaymentOrigin};
use crate::rules::payer::reference::known_by;
use crate::rules::payer::same_payment::{PaymentRecord, TYPED_DAYS_MAX, same_payment};
use crate::rules::payment::Payment;
use crate::store::write::transaction::Transaction;

const USAGE: &str = "\
weir pay <USERNAME> <AMOUNT> --ref <REF> [--source <S>] [--date <DAY>]
       weir pay --file <STATEMENT.csv>
       weir pay --unmatched
       weir pay assign <REF> <USERNAME>
       weir pay reverse <REF>
       weir pay move <REF> <USERNAME>";

const HELP: &str = "\
Examples:
  weir pay amina 1500.00 --ref QK4XW2 --source M-Pesa
  weir pay --file statement.csv
  weir pay --unmatched
  weir pay assign QK4XW2 amina
The same payment again within three days changes nothing, so it is safe to repeat
the command.";

/// Record payments, and assign, reverse or move them
#[derive(Debug, clap::Args)]
#[command(after_help = HELP, subcommand_negates_reqs = true, disable_help_subcommand = true)]
#[command(arg_required_else_help = true, override_usage = USAGE)]
pub struct PayWords {
    /// The subscriber, by username, account or phone
    #[arg(required_unless_present_any = ["file", "unmatched"])]
    username: Option<String>,
    /// The amount, for example 1500.00
    #[arg(required_unless_present_any = ["file", "unmatched"], allow_negative_numbers = true)]
    amount: Option<String>,
    /// The payment's reference, for example a receipt number
    #[arg(long = "ref", value_name = "REF", required_unless_present_any = ["file", "unmatched"])]
    reference: Option<String>,
    /// Where it came from, for example M-Pesa
    #[arg(long, value_name = "S")]
    source: Option<String>,
    /// The day of the payment [default: today]
    #[arg(long, value_name = "DAY")]
    date: Option<String>,
    /// Import the payments of a statement
    #[arg(long, value_name = "STATEMENT.csv")]
    #[arg(conflicts_with_all = ["username", "amount", "reference", "source", "date", "unmatched"])]
    file: Option<FileBody>,
    /// List the payments that matched no subscriber
    #[arg(long, conflicts_with_all = ["username", "amount", "reference", "source", "date"])]
    unmatched: bool,
}

/// What the words of `weir pay` ask for.
pub enum PayTyped {
    /// One payment.
    One(Pay),
    /// The payments of a statement.
    File(PayFile),
    /// The payments that matched no subscriber.
    Unmatched(PayUnmatched),
}

impl PayWords {
    /// Sorts the words by what they ask for.
    ///
    /// # Errors
    /// When too little is stated.
    pub fn sort(self) -> Result<PayTyped, UsageError> {
        match (self.file, self.unmatched, self.username, self.amount, self.reference) {
            (Some(file), ..) => Ok(PayTyped::File(PayFile { file })),
            (None, true, ..) => Ok(PayTyped::Unmatched(PayUnmatched)),
            (None, false, Some(username), Some(amount), Some(reference)) => Ok(PayTyped::One(Pay {
                username,
                amount,
                reference,
                source: self.source,
                date: self.date,
            })),
            (None, false, ..) => Err(UsageError::missing("give the username, the amount and `--ref`")),
        }
    }
}

/// One payment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pay {
    /// Who.
    pub username: String,
    /// How much.
    pub amount: String,
    /// The payment's reference.
    pub reference: String,
    /// Where it came from; `None` means cash.
    pub source: Option<String>,
    /// The day it was made; `None` means today.
    pub date: Option<String>,
}

impl SiteCommand for Pay {
    fn whom_mut(&mut self) -> Option<&mut String> {
        Some(&mut self.username)
    }

    fn answer(&self, site: &Appliance, asked: &mut Asked<'_>) -> Result<Reply, Failure> {
        pay(
            site,
            asked.caller,
            &self.username,
            &self.amount,
            &self.reference,
            self.source.as_deref(),
            self.date.as_deref(),
        )
    }
}

/// The source of a payment unless another is stated.
const SOURCE_CASH: &str = "Cash";

/// Answers `weir pay USERNAME AMOUNT --ref REF`.
pub(crate) fn pay(
    appliance: &Appliance,
    call: &Caller,
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
        let payment = as_statements_know_it(&deciding, tx, &subscriber, &payment)?;
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
    let same = is_the_same(tx, payment, holder.as_ref())?;
    match holder {
        Some(Holder::Credit {
            entry,
            subscriber: whose,
            amount,
        }) if same && whose == subscriber.id => {
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
        Some(Holder::Unmatched { amount }) if same => {
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
            tx.put_origin(reference, PaymentOrigin::Typed)?;
            let sentence = format!(
                "Credited {} to `{}`, reference `{reference}`.",
                deciding.amount(payment.amount),
                subscriber.username
            );
            credited(deciding, tx, &decided, reference, sentence)
        }
        Some(held @ Holder::Credit { .. }) => Err(Failure::refused(
            holder_in_words(deciding, tx, reference, &held)?,
            "check reference, amount and day (`--date`); two payments never share a reference. To move a payment out of the wrong \
            wallet use `weir pay move REF USERNAME`",
        )),
        Some(held @ Holder::Unmatched { .. }) => Err(Failure::refused(
            holder_in_words(deciding, tx, reference, &held)?,
            format!(
                "check reference, amount and day (`--date`); if it is this payment, assign it with `weir pay assign {reference} {}`",
                subscriber.username
            ),
        )),
    }
}

/// Returns a typed payment under the reference by which a statement has brought it, where statements tell numbers apart by more
/// than the number that is typed.
fn as_statements_know_it(
    deciding: &CommandContext<'_>,
    tx: &Transaction<'_>,
    subscriber: &Subscriber,
    payment: &Payment,
) -> Result<Payment, Failure> {
    for format in &deciding.in_force.config.statements {
        if format.unique.is_empty() {
            continue;
        }
        for apart in -TYPED_DAYS_MAX..=TYPED_DAYS_MAX {
            let day = payment.made_on.plus_days(apart);
            let reference = known_by(
                &payment.reference,
                &format.unique,
                day,
                payment.amount,
                deciding.currency(),
            );
            let is_theirs = match tx.holder(&reference)? {
                Some(Holder::Credit { subscriber: whose, .. }) => whose == subscriber.id,
                Some(Holder::Unmatched { .. }) => true,
                Some(Holder::Reversed) | None => false,
            };
            if is_theirs {
                return Ok(Payment {
                    reference,
                    ..payment.clone()
                });
            }
        }
    }
    Ok(payment.clone())
}

/// Returns whether a typed payment may be the one that holds its reference: the same amount, and a day that fits.
fn is_the_same(tx: &Transaction<'_>, payment: &Payment, holder: Option<&Holder>) -> Result<bool, Failure> {
    let Some(holder) = holder else { return Ok(false) };
    let typed = PaymentRecord {
        day: payment.made_on,
        origin: PaymentOrigin::Typed,
    };
    let amount = match holder {
        Holder::Credit { amount, .. } | Holder::Unmatched { amount } => *amount,
        Holder::Reversed => return Ok(false),
    };
    let known = known_payment(tx, &payment.reference, holder)?;
    Ok(amount == payment.amount && known.is_some_and(|known| same_payment(known, typed)))
}
