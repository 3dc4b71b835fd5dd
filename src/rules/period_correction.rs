//! Through which day is a subscriber paid who paid while the day was not known?
//!
//! The period becomes what the same settlement would have led to on the first trusted day, and so does what a reversal
//! restores, or a second payment after it. Entries keep their days. Only a period that is still as the settlement left it is
//! corrected: a subscriber with another due day from the owner, closed or on hold is left alone; a release moves the period on
//! by the days held, and those that nobody knew are among them. Must never know what time it is.

use crate::model::clock_confirmation::UncertainPeriod;
use crate::model::day::Day;
use crate::model::entry::Debit;
use crate::model::subscriber::{PaidPeriod, State};
use crate::rules::settlement::{move_to, period_moved_on, period_resumed};
use crate::rules::wallet::{RuleError, Wallet};

/// How many settlements are searched; far more than a clock in doubt can see.
const SETTLEMENTS_MAX: usize = 10_000;

/// Recalculates the period as if service had come back on `today`. Returns whether it was still as the settlement had left it;
/// where not, nothing is changed.
///
/// # Errors
/// When the rows of debits cannot be read.
pub fn correct(wallet: &mut Wallet<'_>, note: &UncertainPeriod, today: Day) -> Result<bool, RuleError> {
    if wallet.subscriber.state != State::Active || wallet.subscriber.hold.is_some() {
        return Ok(false);
    }
    let day = first_day(note.on, today);
    let begun = period_resumed(&note.before, note.rhythm, note.cycle, day);
    let rows = match note.due {
        Some(due) => rows_from(wallet, due)?,
        None => Vec::new(),
    };
    // What the period was after each settlement, and what it will be.
    let mut step = (note.after, begun);
    // The subscriber's expected period and its new value, where a settlement still counts.
    let mut stands = note.due.is_none().then_some(step);
    let mut changed = Vec::with_capacity(rows.len());
    for (due, mut debit) in rows {
        let first = changed.is_empty();
        let before = step;
        if !first {
            let moved = |period: &PaidPeriod| period_moved_on(period, due, note.cycle);
            step = (moved(&step.0), moved(&step.1));
        }
        match (&mut debit.settled, &mut debit.undone) {
            (Some(settled), _) if settled.after == step.0 && (first || settled.before == before.0) => {
                if !first {
                    settled.before = before.1;
                }
                since(&mut settled.resumed_on, note.on, day);
                // Taken back and paid again, while service went on.
                since(&mut settled.before.serving_since, note.on, day);
                settled.after = step.1;
                stands = Some(step);
            }
            (Some(_), _) => return Ok(false),
            (None, Some(undone)) if *undone == step.0 => *undone = step.1,
            // The owner has moved the period since: that counts.
            (None, _) => break,
        }
        changed.push((due, debit));
    }
    match stands {
        Some((was, will_be)) if wallet.subscriber.period == was => move_to(wallet, will_be),
        None if !changed.is_empty() => since(&mut wallet.subscriber.period.serving_since, note.on, day),
        Some(_) | None => return Ok(false),
    }
    for (due, debit) in changed {
        wallet.put_debit(due, debit);
    }
    Ok(true)
}

/// Replaces the recorded day with the known one.
fn since(place: &mut Option<Day>, recorded: Day, known: Day) {
    if *place == Some(recorded) {
        *place = Some(known);
    }
}

/// Returns the day from which it counts. A trusted clock can be two minutes behind the newest record, and so a day; one
/// that is further behind was confirmed by the owner, and what is recorded is what a wrong clock once showed.
fn first_day(noted: Day, today: Day) -> Day {
    if noted.days_since(today) == 1 { noted } else { today }
}

/// Returns the settlements from that of a due day on, oldest first, and then what a reversal has undone of them. Empty
/// where that due day has neither.
fn rows_from(wallet: &Wallet<'_>, due: Day) -> Result<Vec<(Day, Debit)>, RuleError> {
    let mut rows = Vec::new();
    let mut next = match wallet.debit(due)? {
        Some(debit) if debit.settled.is_some() => wallet.subscriber.last_settled,
        Some(_) | None => None,
    };
    for _ in 0..SETTLEMENTS_MAX {
        let Some(day) = next else { break };
        let debit = wallet.debit_there(day)?;
        next = match &debit.settled {
            Some(settled) if day != due => settled.previous,
            Some(_) | None => None,
        };
        rows.push((day, debit));
    }
    rows.reverse();
    for outstanding in wallet.subscriber.outstanding.iter().filter(|debit| debit.due >= due) {
        let debit = wallet.debit_there(outstanding.due)?;
        if debit.undone.is_none() {
            break;
        }
        rows.push((outstanding.due, debit));
    }
    let begins = rows.first().is_some_and(|(day, _)| *day == due);
    Ok(if begins { rows } else { Vec::new() })
}
