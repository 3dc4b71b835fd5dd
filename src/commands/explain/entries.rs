//! Describes a subscriber's ledger entries for `explain`.
//!
//! Charges and whether they are paid, payments, corrections, and the periods that followed. The moment of a settlement is not
//! recorded: it is the entry that lifted the balance far enough, which is found again here.

use crate::commands::explain::answer::{Case, TimelineEvent};
use crate::model::entry::{
    Debit, Entry, EntryKind, SOURCE_MONTHLY_BILL, SOURCE_OPENING_BALANCE, SOURCE_REVERSAL, Settled,
};
use crate::model::failure::Failure;
use crate::model::subscriber::Access;

/// How many entries of a wallet are read, the newest.
const ENTRIES_LOOKED_AT: usize = 1_000;

/// How many entries are shown however old they are: the present state came from them.
const ENTRIES_TOLD_MIN: usize = 6;

/// Returns the events of the ledger, in order of time, those of one instant in the order in which they happened.
pub(crate) fn events(case: &Case<'_>) -> Result<Vec<TimelineEvent>, Failure> {
    let mut entries = case.reader.wallet_entries(case.subscriber, ENTRIES_LOOKED_AT)?;
    entries.reverse();
    let old = entries
        .iter()
        .take_while(|entry| entry.recorded_at < case.from)
        .count()
        .min(entries.len().saturating_sub(ENTRIES_TOLD_MIN));
    // What each entry led to: settlements, by the place of the entry that caused them.
    let mut settled: Vec<(usize, TimelineEvent)> = Vec::new();
    let mut debits: Vec<(usize, Debit)> = Vec::new();
    for (place, entry) in entries.iter().enumerate() {
        if is_charge(entry)
            && let Some(debit) = case.reader.debit_of(case.subscriber.id, entry.for_day)?
        {
            if let Some(how) = &debit.settled
                && let Some(by) = settled_by(case, &entries, place)
                && let Some(made) = entries.get(by)
            {
                settled.push((by, settlement(case, entry, how, made)));
            }
            debits.push((place, debit));
        }
    }
    let mut events = Vec::new();
    for (place, entry) in entries.iter().enumerate().skip(old) {
        let debit = debits.iter().find(|(of, _)| *of == place).map(|(_, debit)| debit);
        events.push(entry_told(case, entry, debit));
        events.extend(
            settled
                .iter()
                .filter(|(by, _)| *by == place)
                .map(|(_, event)| event.clone()),
        );
    }
    Ok(events)
}

fn is_charge(entry: &Entry) -> bool {
    entry.kind == EntryKind::Debit && entry.source.as_str() == SOURCE_MONTHLY_BILL
}

/// Returns the entry that lifted the balance to where the charge settles: the last one before the next charge, since
/// what a reversal undid is settled again later.
fn settled_by(case: &Case<'_>, entries: &[Entry], charge: usize) -> Option<usize> {
    let policy = &case.in_force.terms.policy;
    let mut found = None;
    let mut enough_before = false;
    for (place, entry) in entries.iter().enumerate().skip(charge) {
        if place > charge && is_charge(entry) {
            break;
        }
        let enough = policy.allows(entry.balance_after);
        if enough && !enough_before {
            found = Some(place);
        }
        enough_before = enough;
    }
    found
}

fn settlement(case: &Case<'_>, charge: &Entry, how: &Settled, made: &Entry) -> TimelineEvent {
    let through = how
        .after
        .expires_on
        .map_or_else(|| "without an end".to_owned(), |end| format!("through {end}"));
    let what = format!("the charge for {} was settled: paid {through}", charge.for_day);
    match how.resumed_on {
        Some(day) if day == case.in_force.terms.day(made.recorded_at) => {
            TimelineEvent::new(made.recorded_at, "resumed", format!("{what}; service came back"))
                .leaves(Some(Access::On))
        }
        Some(day) => TimelineEvent::new(
            made.recorded_at,
            "resumed",
            format!("{what}; service came back on {day}"),
        ),
        None => TimelineEvent::new(made.recorded_at, "settled", what),
    }
}

fn entry_told(case: &Case<'_>, entry: &Entry, debit: Option<&Debit>) -> TimelineEvent {
    let amount = case.amount(entry.amount);
    let balance = format!("balance {}", case.plain(entry.balance_after));
    let recorded_on = case.in_force.terms.day(entry.recorded_at);
    let comment = entry
        .comment
        .as_ref()
        .map_or_else(String::new, |comment| format!(" ({comment})"));
    let reference = entry
        .reference
        .as_ref()
        .map_or_else(String::new, |reference| format!(" {reference}"));
    match (entry.kind, entry.source.as_str()) {
        (EntryKind::Debit, _) => {
            let open = match debit {
                Some(Debit { settled: None, .. }) => "; not yet paid",
                Some(_) | None => "",
            };
            let text = format!("charged {amount} for the due day {}; {balance}{open}", entry.for_day);
            TimelineEvent::new(entry.recorded_at, "charge", text)
        }
        (EntryKind::Credit, source) => {
            let made = if entry.for_day == recorded_on {
                String::new()
            } else {
                format!(", made on {}", entry.for_day)
            };
            let text = format!("paid {amount}, {source}{reference}{made}{comment}; {balance}");
            TimelineEvent::new(entry.recorded_at, "payment", text)
        }
        (EntryKind::Adjustment, SOURCE_REVERSAL) => {
            let taken = case.amount(entry.amount.negated());
            let text = format!("the payment{reference} of {taken} was reversed{comment}; {balance}");
            TimelineEvent::new(entry.recorded_at, "reversal", text)
        }
        (EntryKind::Adjustment, SOURCE_OPENING_BALANCE) => TimelineEvent::new(
            entry.recorded_at,
            "adjustment",
            format!("opening balance from the previous system: {amount}; {balance}"),
        ),
        (EntryKind::Adjustment, _) => TimelineEvent::new(
            entry.recorded_at,
            "adjustment",
            format!("the balance was adjusted by {amount}{comment}; {balance}"),
        ),
    }
}
