//! The payments of the month, by day and by way of payment.
//!
//! Cash at the counter, or a statement of mobile money as the operator's portal gives it out: with lines above the header,
//! a charge under each payment, and now and then a payment that failed. Keeps its own count of what came in, which the
//! ledger has to agree with at the end.

use std::fmt::Write as _;

use crate::demo::people::{Habit, Person};
use crate::model::day::Day;

/// A payment that somebody makes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CounterPayment {
    /// On which day.
    pub day: i32,
    /// Who pays.
    pub username: String,
    /// The account, as it was typed.
    pub account: String,
    /// How much, in cents.
    pub cents: i64,
    /// At the counter.
    pub cash: bool,
    /// Its reference.
    pub reference: String,
}

/// Returns what the people's habits bring in, in order of days.
#[must_use]
pub fn payments(people: &[Person], last_day: i32) -> Vec<CounterPayment> {
    let mut all: Vec<CounterPayment> = people
        .iter()
        .filter_map(|person| {
            let (day, cents) = match person.habit {
                Habit::OnTime(day) | Habit::Late(day) => (day, person.plan.price),
                Habit::Gone(Some(day)) => (day, person.plan.price.saturating_sub(person.balance)),
                Habit::Silent | Habit::Ahead | Habit::Gone(None) | Habit::Told => return None,
            };
            (day <= last_day).then(|| CounterPayment {
                day,
                username: person.username.clone(),
                account: person.account.clone(),
                cents,
                cash: person.cash,
                reference: String::new(),
            })
        })
        .collect();
    all.sort_by_key(|payment| payment.day);
    for (number, payment) in (1..).zip(all.iter_mut()) {
        payment.reference = reference(payment.cash, number);
    }
    all
}

/// Returns the reference of a payment: a receipt's number, or the operator's.
#[must_use]
pub fn reference(cash: bool, number: u32) -> String {
    let kind = if cash { "CASH-" } else { "SKL" };
    format!("{kind}{number:05}")
}

/// Returns the statement of some payments, with the other rows that one has. Also says how many rows are no payments.
#[must_use]
pub fn statement(payments: &[&CounterPayment], first_day: Day, number: u32) -> (String, u64) {
    let mut text = "Organization Name,Hilltop Networks\nShort Code,000000\n\n\
        Receipt No.,Completion Time,Details,Transaction Status,Paid In,Withdrawn,A/C No.\n"
        .to_owned();
    let mut others = 0_u64;
    for payment in payments {
        let date = first_day.plus_days(payment.day).date().strftime("%d-%m-%Y");
        let (whole, cents) = (payment.cents / 100, payment.cents % 100);
        // Writing into a text cannot fail.
        let _written = writeln!(
            text,
            "{reference},{date} 09:30:00,Pay Bill,Completed,\"{whole}.{cents:02}\",,{account}\n\
             {reference},{date} 09:30:00,Pay Bill Charge,Completed,,-8.00,",
            reference = payment.reference,
            account = payment.account,
        );
        others = others.saturating_add(1);
    }
    if number.is_multiple_of(3)
        && let Some(last) = payments.last()
    {
        let date = first_day.plus_days(last.day).date().strftime("%d-%m-%Y");
        let _written = writeln!(text, "SKF{number:05},{date} 17:10:00,Pay Bill,Failed,1500.00,,H001");
        others = others.saturating_add(1);
    }
    (text, others)
}
