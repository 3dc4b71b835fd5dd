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
use crate::rules::service;
use crate::rules::settlement::{Resumption, move_to, period_moved_on, period_resumed};
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
    let resumption = Resumption {
        today: day,
        first_day: day,
        // What was served before service came back has ended; what was served since has not.
        unpaid_days: service::unpaid_days(wallet, &note.before)?,
        owes_more: note.after.unpaid_from.is_some(),
    };
    let begun = period_resumed(&note.before, note.rhythm, note.cycle, &resumption);
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
                if settled.resumed_on == Some(note.on) {
                    settled.resumed_on = Some(day);
                }
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
        // Taken back since: what counts is from when they are served.
        None if !changed.is_empty() => {}
        Some(_) | None => return Ok(false),
    }
    serving_from(wallet, note.on, day);
    for (due, debit) in changed {
        wallet.put_debit(due, debit);
    }
    Ok(true)
}

/// Lets a service that began on the recorded day count from the known one. A record of the last minute before midnight let it
/// begin on the day after.
fn serving_from(wallet: &mut Wallet<'_>, recorded: Day, known: Day) {
    let began = recorded..=recorded.plus_days(1);
    if wallet
        .subscriber
        .serving_since
        .is_some_and(|since| began.contains(&since))
    {
        wallet.subscriber.serving_since = Some(known);
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
