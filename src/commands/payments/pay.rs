//! `weir pay` records a payment by hand.
//!
//! A reference stands for at most one credit that is not reversed. The same payment typed again within three days changes nothing
//! and says so; an unmatched payment with that reference, amount and such a day is assigned to the named subscriber; anything else
//! under a known reference is refused.
//! Cash needs no reference: it gets the next receipt number.

use serde::{Deserialize, Serialize};

use crate::appliance::core::Appliance;
use crate::commands::context::CommandContext;
use crate::commands::file_body::FileBody;
use crate::commands::payments::answer::credited;
use crate::commands::payments::answer::{PaymentAnswer, PaymentOutcome};
use crate::commands::payments::credit::{assign, credit, holder_in_words, waiting};
use crate::commands::payments::known_payment::known_payment;
use crate::commands::payments::slips;
use crate::commands::payments::statement::PayFile;
use crate::commands::payments::unmatched::PayUnmatched;
use crate::commands::person::person;
use crate::commands::refusals::{self, known, named, open_for_payment};
use crate::commands::{Asked, Caller, Reply, SiteCommand, UsageError};
use crate::model::failure::{Consent, Failure};
use crate::model::name::Source;
use crate::model::subscriber::Subscriber;
use crate::model::unmatched::{Holder, PaymentOrigin};
use crate::rules::payer::reference::known_by;
use crate::rules::payer::same_payment::{PaymentRecord, TYPED_DAYS_MAX, same_payment};
use crate::rules::payment::Payment;
use crate::store::write::transaction::Transaction;

const USAGE: &str = "\
weir pay <USERNAME> <AMOUNT> [--ref <REF> | --again] [--source <S>]
                [--date <DAY>] [--yes]
       weir pay --file <STATEMENT.csv> [--dry-run]
       weir pay --unmatched
       weir pay assign <REF> <USERNAME> [--yes]
       weir pay reverse <REF>
       weir pay move <REF> <USERNAME> [--yes]";

const HELP: &str = "\
Examples:
  weir pay amina 1500.00 --ref QK4XW2 --source M-Pesa
  weir pay amina 1500.00                 cash: gets the next receipt number
  weir pay --file statement.csv --dry-run
  weir pay --unmatched
  weir pay assign QK4XW2 amina
The same reference again within three days changes nothing, so it is safe to
repeat a command with `--ref`. Without one, look at `weir ledger` first: the
same cash once more is another payment.";

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
    /// The payment's reference, for example a receipt number; cash without one gets the next number
    #[arg(long = "ref", value_name = "REF")]
    reference: Option<String>,
    /// Where it came from, for example M-Pesa
    #[arg(long, value_name = "S")]
    source: Option<String>,
    /// The day of the payment [default: today]
    #[arg(long, value_name = "DAY")]
    date: Option<String>,
    /// Say that it is another payment: the same amount in cash within ten minutes
    #[arg(long, conflicts_with = "reference")]
    again: bool,
    /// Say that an unusually large amount is right
    #[arg(long)]
    yes: bool,
    /// Import the payments of a statement
    #[arg(long, value_name = "STATEMENT.csv")]
    #[arg(conflicts_with_all = ["username", "amount", "reference", "source", "date", "again", "yes", "unmatched"])]
    file: Option<FileBody>,
    /// With --file: only show what would become of each row
    #[arg(long)]
    dry_run: bool,
    /// List the payments that matched no subscriber
    #[arg(long, conflicts_with_all = ["username", "amount", "reference", "source", "date", "again", "yes"])]
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
        if self.dry_run && self.file.is_none() {
            return Err(UsageError::missing(
                "`--dry-run` shows what a statement would do: add `--file`",
            ));
        }
        match (self.file, self.unmatched, self.username, self.amount) {
            (Some(file), ..) => Ok(PayTyped::File(PayFile {
                file,
                dry_run: self.dry_run,
            })),
            (None, true, ..) => Ok(PayTyped::Unmatched(PayUnmatched)),
            (None, false, Some(username), Some(amount)) => {
                let is_cash = self.source.as_ref().is_none_or(|source| is_cash(source));
                if self.reference.is_none() && !is_cash {
                    return Err(UsageError::missing(
                        "a payment that is not cash needs its reference: add `--ref`",
                    ));
                }
                Ok(PayTyped::One(Pay {
                    username,
                    amount,
                    reference: self.reference,
                    source: self.source,
                    date: self.date,
                    again: self.again,
                    yes: self.yes,
                }))
            }
            (None, false, ..) => Err(UsageError::missing("give the username and the amount")),
        }
    }
}

/// Returns whether a source is cash, which has no reference of its own.
fn is_cash(source: &str) -> bool {
    source.trim().eq_ignore_ascii_case(SOURCE_CASH)
}

/// One payment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pay {
    /// Who.
    pub username: String,
    /// How much.
    pub amount: String,
    /// The payment's reference; `None` for cash, which gets the next receipt number.
    pub reference: Option<String>,
    /// Where it came from; `None` means cash.
    pub source: Option<String>,
    /// The day it was made; `None` means today.
    pub date: Option<String>,
    /// Whether it is another payment although the same was credited a moment ago.
    #[serde(default)]
    pub again: bool,
    /// Whether an unusually large amount is right.
    #[serde(default)]
    pub yes: bool,
}

impl SiteCommand for Pay {
    fn whom_mut(&mut self) -> Option<&mut String> {
        Some(&mut self.username)
    }

    fn answer(&self, site: &Appliance, asked: &mut Asked<'_>) -> Result<Reply, Failure> {
        pay(site, asked.caller, self)
    }

    fn agree(&mut self, consent: Consent) {
        match consent {
            Consent::Amount => self.yes = true,
            Consent::Again => self.again = true,
        }
    }
}

/// The source of a payment unless another is stated.
const SOURCE_CASH: &str = "Cash";

/// Answers `weir pay USERNAME AMOUNT [--ref REF]`.
pub(crate) fn pay(appliance: &Appliance, call: &Caller, typed: &Pay) -> Result<Reply, Failure> {
    let deciding = CommandContext::begin(appliance, call)?;
    let amount = refusals::amount(deciding.currency(), &typed.amount)?;
    if !amount.is_positive() {
        return Err(Failure::refused(
            format!("a payment must be above zero, not {}", deciding.amount(amount)),
            "to reverse a payment use `weir pay reverse REF`; to correct a balance use `weir adjust`",
        ));
    }
    let reference = typed.reference.as_deref().map(refusals::reference).transpose()?;
    let source = typed.source.as_deref().unwrap_or(SOURCE_CASH);
    if reference.is_none() && !is_cash(source) {
        return Err(Failure::refused(
            format!("a payment by {source} needs its reference"),
            "add `--ref`; Weir gives a number to cash alone",
        ));
    }
    let source = Source::new(source).map_err(|error| refusals::wrong_name(&error))?;
    let made_on = typed
        .date
        .as_deref()
        .map_or(Ok(deciding.recorded.today), |date| refusals::day("date", date))?;
    let latest = deciding.recorded.latest.day_in(&deciding.in_force.terms.zone);
    if made_on > latest {
        let today = if deciding.recorded.trusted {
            format!("today is {latest}")
        } else {
            format!("the clock is not trusted, but today can hardly be later than {latest}")
        };
        return Err(Failure::refused(
            format!("date {made_on} is in the future; {today}"),
            "give the day on which the payment was made",
        ));
    }
    known(appliance, &typed.username)?;
    let written = deciding.write(appliance, |tx| {
        let subscriber = named(tx, &typed.username)?;
        match &reference {
            Some(reference) => {
                let payment = Payment::new(reference.clone(), amount, source.clone(), made_on);
                let payment = as_statements_know_it(&deciding, tx, &subscriber, &payment)?;
                take(&deciding, tx, &subscriber, &payment, typed.yes)
            }
            None => {
                open_for_payment(&subscriber)?;
                slips::insist_on_another(&deciding, tx, &subscriber, amount, typed.again)?;
                let payment = Payment::new(tx.next_receipt()?, amount, source.clone(), made_on);
                take(&deciding, tx, &subscriber, &payment, typed.yes)
            }
        }
    })?;
    written.reply(appliance, call, PaymentAnswer::text)
}

fn take(
    deciding: &CommandContext<'_>,
    tx: &mut Transaction<'_>,
    subscriber: &Subscriber,
    payment: &Payment,
    agreed: bool,
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
                "Nothing changed: payment `{reference}` of {} was already credited to {}, as entry {entry}.",
                deciding.amount(amount),
                person(subscriber)
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
            slips::insist_on_amount(deciding, subscriber, amount, agreed)?;
            let row = waiting(tx, reference)?;
            let decided = assign(deciding, tx, subscriber, row)?;
            let sentence = format!(
                "Credited {} to {}: payment `{reference}` was among the unmatched payments.",
                deciding.amount(amount),
                person(subscriber)
            );
            credited(deciding, tx, &decided, reference, sentence)
        }
        None | Some(Holder::Reversed) => {
            open_for_payment(subscriber)?;
            slips::insist_on_amount(deciding, subscriber, payment.amount, agreed)?;
            let decided = credit(deciding, tx, subscriber, payment)?;
            tx.put_origin(reference, PaymentOrigin::Typed)?;
            let sentence = format!(
                "Credited {} to {}, reference `{reference}`.",
                deciding.amount(payment.amount),
                person(subscriber)
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
                "check reference, amount and day (`--date`); if it is this payment, assign it with `weir pay assign {} {}`",
                reference.as_argument(),
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
    let own = |holder: &Holder| matches!(holder, Holder::Credit { subscriber: whose, .. } if *whose == subscriber.id);
    let by_number = tx.holder(&payment.reference)?;
    if by_number.as_ref().is_some_and(own) && is_the_same(tx, payment, by_number.as_ref())? {
        return Ok(payment.clone());
    }
    // The nearest day first; what is theirs already before what waits, which may be somebody else's.
    let mut known = Vec::new();
    for apart in (0..=TYPED_DAYS_MAX).flat_map(|apart| [apart, apart.saturating_neg()]) {
        let day = payment.made_on.plus_days(apart);
        for format in &deciding.in_force.config.statements {
            if format.unique.is_empty() {
                continue;
            }
            let unique = &format.unique;
            let reference = known_by(&payment.reference, unique, day, payment.amount, deciding.currency());
            if let Some(holder) = tx.holder(&reference)? {
                known.push((reference, holder));
            }
        }
    }
    let waits = |holder: &Holder| matches!(holder, Holder::Unmatched { .. });
    let theirs = known.iter().find(|(_, holder)| own(holder));
    let found = theirs.or_else(|| known.iter().find(|(_, holder)| waits(holder)));
    Ok(Payment {
        reference: found.map_or_else(|| payment.reference.clone(), |(reference, _)| reference.clone()),
        ..payment.clone()
    })
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
    let known = known_payment(tx, &payment.reference, holder, typed.origin)?;
    Ok(amount == payment.amount && known.is_some_and(|known| same_payment(known, typed)))
}
