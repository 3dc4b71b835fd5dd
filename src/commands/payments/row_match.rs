//! Matches a row of a statement to a subscriber, and finds what is already recorded of it.
//!
//! A row is matched by its account, else by a whole phone number, where that belongs to one subscriber. It changes nothing when it
//! was recorded before; it becomes an unmatched payment when it matches nobody, or contradicts what holds its reference. Must never know how
//! the statement was read.

use crate::commands::context::CommandContext;
use crate::commands::payments::credit::{assign, credit, holder_in_words, waiting};
use crate::commands::payments::known_payment::known_payment;
use crate::commands::payments::numbered_reference::free_reference;
use crate::commands::payments::taken_row;
use crate::import::statement_row::PaymentRow;
use crate::model::failure::Failure;
use crate::model::name::Reference;
use crate::model::record::LogKind;
use crate::model::subscriber::{State, Subscriber, SubscriberId};
use crate::model::unmatched::{Holder, PaymentOrigin, Unmatched, UnmatchedState};
use crate::rules::payer::account::same_account;
use crate::rules::payer::contact::{has_account, has_number};
use crate::rules::payer::same_payment::{PaymentRecord, same_payment};
use crate::rules::payment::Payment;
use crate::rules::phone::complete::same_number;
use crate::store::error::StoreError;
use crate::store::write::transaction::Transaction;

/// What became of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum MatchedRow {
    /// It was credited to a wallet.
    Credited,
    /// It was recorded before; nothing changed.
    Duplicate,
    /// It is an unmatched payment.
    Unmatched(WhyUnmatched),
    /// It contradicts a known reference and is an unmatched payment under one of its own.
    Conflict,
}

/// Why a row is nobody's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum WhyUnmatched {
    /// No account and no phone is what the row says.
    Unknown,
    /// Several subscribers have what it says.
    Shared,
    /// The account is closed.
    Closed,
}

impl WhyUnmatched {
    fn of(whose: &Whose) -> Self {
        match whose {
            Whose::Unclear(several) if several.len() > 1 => Self::Shared,
            Whose::Unclear(_) => Self::Closed,
            Whose::One(_) | Whose::Nobody => Self::Unknown,
        }
    }

    /// Returns the reason in words.
    pub(crate) const fn in_words(self) -> &'static str {
        match self {
            Self::Unknown => "it fits no subscriber",
            Self::Shared => "it fits several subscribers",
            Self::Closed => "the account that it fits is closed",
        }
    }
}

/// The subscribers that a row may belong to.
enum Whose {
    One(Box<Subscriber>),
    /// Several, or a closed account.
    Unclear(Vec<SubscriberId>),
    Nobody,
}

/// Records one row.
pub(crate) fn take(
    deciding: &CommandContext<'_>,
    tx: &mut Transaction<'_>,
    row: &PaymentRow,
) -> Result<MatchedRow, Failure> {
    if taken_row::was_taken(tx, row)? {
        return Ok(MatchedRow::Duplicate);
    }
    let whose = whose(deciding, tx, row)?;
    let taken = if was_told_by_its_number(tx, row, &whose)? || was_told_as_saved(tx, row, &whose)? {
        MatchedRow::Duplicate
    } else {
        take_new(deciding, tx, row, &whose)?
    };
    taken_row::note(tx, row)?;
    Ok(taken)
}

/// Records a row that was not taken before.
fn take_new(
    deciding: &CommandContext<'_>,
    tx: &mut Transaction<'_>,
    row: &PaymentRow,
    whose: &Whose,
) -> Result<MatchedRow, Failure> {
    let holder = tx.holder(&row.reference)?;
    let same = match &holder {
        Some(holder) => tells_of_the_same(tx, row, &row.reference, holder, whose)?,
        None => false,
    };
    Ok(match (holder, whose) {
        (None | Some(Holder::Reversed), Whose::One(subscriber)) => {
            let payment = Payment::new(row.reference.clone(), row.amount, row.source.clone(), row.date);
            credit(deciding, tx, subscriber, &payment)?;
            tx.put_origin(&row.reference, PaymentOrigin::Statement)?;
            MatchedRow::Credited
        }
        (None | Some(Holder::Reversed), Whose::Unclear(_) | Whose::Nobody) => {
            let why = WhyUnmatched::of(whose);
            let words = why.in_words();
            put_aside(deciding, tx, row, row.reference.clone(), words, None)?;
            MatchedRow::Unmatched(why)
        }
        (Some(Holder::Unmatched { .. }), Whose::One(subscriber)) if same => {
            let waiting = waiting(tx, &row.reference)?;
            assign(deciding, tx, subscriber, waiting)?;
            MatchedRow::Credited
        }
        (Some(Holder::Credit { .. }), _) if same => {
            note_told(tx, row, &row.reference)?;
            MatchedRow::Duplicate
        }
        (Some(Holder::Unmatched { .. }), _) if same => MatchedRow::Duplicate,
        (Some(held @ (Holder::Unmatched { .. } | Holder::Credit { .. })), _) => {
            let words = holder_in_words(deciding, tx, &row.reference, &held)?;
            let reference = free_reference(tx, &row.reference)?;
            put_aside(deciding, tx, row, reference, &words, Some(words.clone()))?;
            MatchedRow::Conflict
        }
    })
}

/// Returns whether a row tells of the payment that holds a reference: the same amount, a day that fits, and nobody else.
fn tells_of_the_same(
    tx: &Transaction<'_>,
    row: &PaymentRow,
    reference: &Reference,
    holder: &Holder,
    whose: &Whose,
) -> Result<bool, Failure> {
    let told = PaymentRecord {
        day: row.date,
        origin: PaymentOrigin::Statement,
    };
    let Some(mut known) = known_payment(tx, reference, holder, told.origin)? else {
        return Ok(false);
    };
    if tx.origin(reference)?.is_none() && taken_row::was_taken_on_some_day(tx, row)? {
        known.origin = PaymentOrigin::Statement;
    }
    if !same_payment(known, told) || names_another_payer(tx, reference, row)? {
        return Ok(false);
    }
    let (amount, may_be) = match (holder, whose) {
        (Holder::Reversed, _) => return Ok(false),
        // Where a number is one payment's alone, a row that names a subscriber corrects the one that waits.
        (Holder::Unmatched { amount }, Whose::One(_)) if !row.number_repeats() => (*amount, true),
        (Holder::Unmatched { amount }, _) => (*amount, !contradicts(tx.unmatched(reference)?, row)),
        (Holder::Credit { amount, subscriber, .. }, Whose::One(meant)) => (*amount, meant.id == *subscriber),
        (Holder::Credit { amount, subscriber, .. }, Whose::Unclear(several)) => (*amount, several.contains(subscriber)),
        // Somebody has typed this payment for a subscriber whom its account does not name; or another statement told less of it.
        (Holder::Credit { amount, .. }, Whose::Nobody) => {
            let tells_nothing = row.account.is_none() && row.phone_shown.is_none();
            (*amount, known.origin == PaymentOrigin::Typed || tells_nothing)
        }
    };
    Ok(may_be && amount == row.amount)
}

/// Returns whether a row names another account or phone than the unmatched payment with its reference. What only one of them names
/// contradicts nothing: another export of the same statement has other columns.
fn contradicts(kept: Option<Unmatched>, row: &PaymentRow) -> bool {
    let differ = |one: Option<&String>, other: Option<&String>| {
        one.zip(other).is_some_and(|(one, other)| !same_account(one, other))
    };
    kept.is_some_and(|kept| {
        differ(kept.account.as_ref(), row.account.as_ref()) || differ(kept.phone.as_ref(), row.phone_shown.as_ref())
    })
}

/// Returns whether a row names another payer, or says something else, than what is kept of the payment with its reference.
fn names_another_payer(tx: &Transaction<'_>, reference: &Reference, row: &PaymentRow) -> Result<bool, StoreError> {
    let kept = tx.statement_words(reference)?;
    let differ = |one: Option<&String>, other: Option<&String>| {
        one.zip(other).is_some_and(|(one, other)| !same_account(one, other))
    };
    Ok(differ(kept.payer.as_ref(), row.words.payer.as_ref())
        || differ(kept.details.as_ref(), row.words.details.as_ref()))
}

/// Notes that a typed payment has met its row: the next row under its reference is another payment.
fn note_told(tx: &mut Transaction<'_>, row: &PaymentRow, reference: &Reference) -> Result<(), StoreError> {
    match tx.origin(reference)? {
        Some(PaymentOrigin::Typed) | None => tx.put_origin(reference, PaymentOrigin::TypedAndTold(row.date)),
        Some(PaymentOrigin::Statement | PaymentOrigin::TypedAndTold(_)) => Ok(()),
    }
}

/// Returns whether the payment is known by its number alone, where statements tell numbers apart by more: it was typed, or it
/// came before the site said so.
fn was_told_by_its_number(tx: &mut Transaction<'_>, row: &PaymentRow, whose: &Whose) -> Result<bool, Failure> {
    if !row.number_repeats() {
        return Ok(false);
    }
    match tx.holder(&row.number)? {
        Some(holder @ Holder::Credit { .. }) if tells_of_the_same(tx, row, &row.number, &holder, whose)? => {
            note_told(tx, row, &row.number)?;
            Ok(true)
        }
        Some(Holder::Credit { .. } | Holder::Unmatched { .. } | Holder::Reversed) | None => Ok(false),
    }
}

/// Returns whether the payment is known by the number as a spreadsheet saved it (`4711.0`), which was taken for the number before
/// format 4.
fn was_told_as_saved(tx: &mut Transaction<'_>, row: &PaymentRow, whose: &Whose) -> Result<bool, Failure> {
    let saved = &row.before_4.number;
    if *saved == row.number {
        return Ok(false);
    }
    match tx.holder(saved)? {
        Some(holder @ (Holder::Credit { .. } | Holder::Unmatched { .. })) => {
            let told = tells_of_the_same(tx, row, saved, &holder, whose)?;
            if told {
                note_told(tx, row, saved)?;
            }
            Ok(told)
        }
        Some(Holder::Reversed) | None => Ok(false),
    }
}

fn whose(deciding: &CommandContext<'_>, tx: &Transaction<'_>, row: &PaymentRow) -> Result<Whose, StoreError> {
    if let Some(account) = &row.account {
        let alike = tx.with_account(account, |subscriber| has_account(subscriber, account))?;
        let as_written = |subscriber: &&Subscriber| {
            let known = subscriber.profile.account.as_ref();
            known.is_some_and(|known| known.as_str() == account)
        };
        let exact: Vec<Subscriber> = alike.iter().filter(as_written).cloned().collect();
        let found = only(if exact.is_empty() { alike } else { exact });
        if !matches!(found, Whose::Nobody) {
            return Ok(found);
        }
    }
    let plan = deciding.in_force.config.messages.numbering();
    let Some((phone, wanted)) = row
        .phone
        .as_ref()
        .and_then(|phone| Some((phone, same_number(phone.as_str(), plan)?)))
    else {
        return Ok(Whose::Nobody);
    };
    let meant = tx.with_phone(phone, |subscriber| has_number(subscriber, &wanted, plan))?;
    Ok(only(meant))
}

/// Returns the one subscriber of a list, if the account is not closed.
fn only(mut found: Vec<Subscriber>) -> Whose {
    let several: Vec<SubscriberId> = found.iter().map(|subscriber| subscriber.id).collect();
    match (found.pop(), found.is_empty()) {
        (None, _) => Whose::Nobody,
        (Some(one), true) if one.state != State::Closed => Whose::One(Box::new(one)),
        (Some(_), _) => Whose::Unclear(several),
    }
}

fn put_aside(
    deciding: &CommandContext<'_>,
    tx: &mut Transaction<'_>,
    row: &PaymentRow,
    reference: Reference,
    why: &str,
    conflict: Option<String>,
) -> Result<(), Failure> {
    let words = format!("payment of {} is unmatched: {why}", deciding.amount(row.amount));
    let fields = [
        ("reference", reference.to_string()),
        ("amount", deciding.currency().format(row.amount)),
        ("date", row.date.to_string()),
        ("account", row.account.clone().unwrap_or_default()),
        ("phone", row.phone_shown.clone().unwrap_or_default()),
        ("source", row.source.to_string()),
    ];
    tx.put_origin(&reference, PaymentOrigin::Statement)?;
    tx.put_statement_words(&reference, &row.words)?;
    tx.put_unmatched(&Unmatched {
        reference,
        date: row.date,
        amount: row.amount,
        account: row.account.clone(),
        phone: row.phone_shown.clone(),
        source: row.source.clone(),
        conflict,
        taken_at: deciding.recorded.at,
        state: UnmatchedState::Waiting,
    })?;
    deciding.log(tx, LogKind::Payment, None, words, &fields)?;
    Ok(())
}
