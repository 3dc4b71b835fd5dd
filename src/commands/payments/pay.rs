//! `weir pay` records a payment by hand; `reverse` takes one back, `move` gives it to another subscriber.
//!
//! A reference stands for at most one credit that is not reversed. The same payment typed again changes nothing and says so; an
//! unmatched payment with that reference is assigned to the named subscriber; anything else under a known reference is refused.

use crate::appliance::core::Appliance;
use crate::commands::context::{CommandContext, Decided, change};
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

/// The source of a payment unless another is stated.
const SOURCE_CASH: &str = "Cash";

/// Answers `weir pay USERNAME AMOUNT --ref REF`.
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

/// Answers `weir pay reverse REF`.
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

/// Answers `weir pay move REF USERNAME`.
pub(crate) fn move_to(appliance: &Appliance, call: &Call, reference: &str, username: &str) -> Result<Reply, Failure> {
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
                    format!("assign it with `weir pay assign {reference} {username}`"),
                ));
            }
            other => return Err(not_there(&reference, other)),
        };
        if from.id == target.id {
            return Err(Failure::refused(
                format!("payment `{reference}` is already in the wallet of `{username}`"),
                "check the reference and the username; nothing was changed",
            ));
        }
        open_for_payment(&target)?;
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
            "Moved {} from `{}` to `{}`, reference `{reference}`.",
            deciding.amount(amount),
            from.username,
            target.username
        );
        credited(&deciding, tx, &decided, &reference, sentence)
    })?;
    written.reply(appliance, call, PaymentAnswer::text)
}

/// Posts the opposite entry and frees the reference; returns how many settlements were undone.
fn take_back(
    deciding: &CommandContext<'_>,
    tx: &mut Transaction<'_>,
    whose: &Subscriber,
    reference: &Reference,
    amount: Money,
    comment: Option<Comment>,
) -> Result<Decided<u32>, Failure> {
    let decided = change(tx, whose, AccessWork::default(), |wallet| -> Result<u32, Failure> {
        let moment = deciding.moment();
        Ok(reversal::reverse(
            wallet,
            deciding.policy(),
            &moment,
            amount,
            reference,
            comment,
        )?)
    })?;
    tx.put_holder(reference, &Holder::Reversed)?;
    deciding.log(
        tx,
        LogKind::Payment,
        Some(whose),
        format!("payment of {} reversed", deciding.amount(amount)),
        &[
            ("reference", reference.to_string()),
            ("amount", deciding.currency().format(amount)),
            ("settlements_undone", decided.value.to_string()),
        ],
    )?;
    Ok(decided)
}

/// Returns the refusal of a reference that holds no payment to reverse.
fn not_there(reference: &Reference, holder: Option<Holder>) -> Failure {
    if holder == Some(Holder::Reversed) {
        return Failure::refused(
            format!("payment `{reference}` was already reversed; nothing was changed"),
            "`weir ledger USERNAME` shows its entries",
        );
    }
    Failure::refused(
        format!("there is no payment with reference `{reference}`"),
        "find references in `weir ledger USERNAME` and `weir pay --unmatched`; the spelling must match exactly",
    )
}

fn stored_entry(tx: &Transaction<'_>, seq: u64) -> Result<Entry, StoreError> {
    tx.entry(seq)?
        .ok_or_else(|| StoreError::Contradiction(format!("entry {seq} is missing")))
}

fn whose(tx: &Transaction<'_>, id: SubscriberId) -> Result<Subscriber, StoreError> {
    tx.subscriber(id)?
        .ok_or_else(|| StoreError::Contradiction(format!("subscriber {} is missing", id.0)))
}
