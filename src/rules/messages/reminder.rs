//! Who is reminded on day D, and does the reminder still hold when it leaves?
//!
//! Reminded is who is served and has to pay so many days later, the number of days being one of the site's rules, and whose
//! wallet would not settle that due day by itself. Suspended, held and closed subscribers are never reminded, nor is anybody
//! without a package, at price zero, or without a due day. A subscriber with an outstanding debit goes by its due day: with a
//! rule of 0 days that is who was charged this morning and has not paid. A promise to pay moves the cut-off alone; the due day
//! stands, and with it the reminder.
//!
//! Must never know: how a reminder reads, or how it is sent.

use jiff::civil::Time;
use jiff::tz::TimeZone;

use crate::model::day::{Day, Instant};
use crate::model::job::{Job, Stretch};
use crate::model::money::Money;
use crate::model::subscriber::{State, Subscriber, SubscriberId};
use crate::rules::catch_up::CatchUpStep;
use crate::rules::messages::delivery;
use crate::rules::wallet::Policy;
use crate::rules::{access, billing};

/// Why a missed occurrence is not caught up although its day lasts.
pub const NO_HOUR_LEFT: &str = "missed; the rest of the day is quiet hours";

/// Why nobody is reminded where no gateway could carry it.
pub const NO_GATEWAY: &str = "no gateway in site.toml carries messages to phones";

/// What the rules say of one subscriber on one day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReminderVerdict {
    /// It is not their day, or they are never reminded.
    Leave,
    /// It is their day, and the wallet settles it.
    Covered,
    /// Reminded.
    Remind(DueReminder),
}

/// What somebody is reminded of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DueReminder {
    /// The due day.
    pub day: Day,
    /// The rule: so many days before.
    pub days_before: u16,
    /// What must still be paid until that day.
    pub amount: Money,
}

/// Returns whether somebody is reminded on a day by one of the rules.
#[must_use]
pub fn verdict(subscriber: &Subscriber, policy: &Policy, days_before: &[u16], on: Day) -> ReminderVerdict {
    let Some(due) = due_day(subscriber) else {
        return ReminderVerdict::Leave;
    };
    let left = due.days_since(on);
    let Some(rule) = days_before.iter().find(|days| i32::from(**days) == left) else {
        return ReminderVerdict::Leave;
    };
    match owed(subscriber, policy, due) {
        Owed::Never => ReminderVerdict::Leave,
        Owed::Covered => ReminderVerdict::Covered,
        Owed::Amount(amount) => ReminderVerdict::Remind(DueReminder {
            day: due,
            days_before: *rule,
            amount,
        }),
    }
}

enum Owed {
    /// No payment is asked of them in their present state.
    Never,
    Covered,
    Amount(Money),
}

fn owed(subscriber: &Subscriber, policy: &Policy, due: Day) -> Owed {
    let priced = policy
        .package(subscriber.profile.package.as_ref())
        .is_some_and(|package| package.price.is_positive());
    if subscriber.state != State::Active || subscriber.hold.is_some() || !priced {
        Owed::Never
    } else if access::is_covered(subscriber, policy, due) {
        Owed::Covered
    } else {
        Owed::Amount(missing(subscriber, policy))
    }
}

/// Returns the due day that comes, or of the oldest debit outstanding.
#[must_use]
pub fn due_day(subscriber: &Subscriber) -> Option<Day> {
    match subscriber.outstanding.first() {
        Some(debit) => Some(debit.due),
        None => billing::due_day(subscriber),
    }
}

/// Returns what must still be paid: for all debits outstanding, or where there is none, for the next one. Zero when the
/// wallet has it.
#[must_use]
pub fn missing(subscriber: &Subscriber, policy: &Policy) -> Money {
    let next = if subscriber.outstanding.is_empty() {
        access::package_price(subscriber, policy)
    } else {
        Money::ZERO
    };
    let short = subscriber
        .balance
        .minus(next)
        .and_then(|reached| policy.credit_limit.negated().minus(reached));
    match short {
        Some(short) if short.is_positive() => short,
        _ => Money::ZERO,
    }
}

/// Returns the sent-once key of a reminder: one per subscriber, due day and rule.
#[must_use]
pub fn once(id: SubscriberId, due: Day, days_before: u16) -> String {
    format!("reminder/{}/{due}/{days_before}", id.0)
}

/// Returns whether a reminder that was queued is still true on the day on which it leaves; if so, what must be paid.
///
/// # Errors
/// With why it is not.
pub fn still(subscriber: &Subscriber, policy: &Policy, due: Day, today: Day) -> Result<Money, String> {
    if subscriber.state != State::Active || subscriber.hold.is_some() {
        return Err(format!("`{}` is now {}", subscriber.username, subscriber.state_word()));
    }
    match due_day(subscriber) {
        Some(now) if now == due => {}
        Some(now) if now > due => return Err(format!("now paid through {now}")),
        Some(now) => return Err(format!("the due day is now {now}")),
        None => return Err("there is no due day any more".to_owned()),
    }
    if today > due {
        return Err(format!("the due day {due} has passed"));
    }
    match owed(subscriber, policy, due) {
        Owed::Never => Err("nothing will be charged any more".to_owned()),
        Owed::Covered => Err("the wallet now covers it".to_owned()),
        Owed::Amount(amount) => Ok(amount),
    }
}

/// Returns the rules by which a reminder would be sent today or later, so that an older one of the same due day need
/// not leave any more beside it: those nearer to the due day whose day has come.
pub fn nearer(days_before: &[u16], rule: u16, due: Day, today: Day) -> impl Iterator<Item = u16> {
    let left = due.days_since(today);
    days_before
        .iter()
        .copied()
        .filter(move |other| *other < rule && i32::from(*other) >= left)
}

/// Returns what becomes of a step of `reminders`: a missed occurrence is caught up only while a message can still leave
/// on its day. Steps of other jobs, and of an occurrence whose time is now, stay as they are.
#[must_use]
pub fn within_hours(
    job: Job,
    step: CatchUpStep,
    now: Instant,
    zone: &TimeZone,
    quiet: Option<(Time, Time)>,
) -> CatchUpStep {
    match step {
        CatchUpStep::Run {
            occurrence,
            caught_up: true,
            ..
        } if job == Job::Reminders && quiet.is_some_and(|quiet| is_quiet_to_the_end(now, zone, quiet)) => {
            CatchUpStep::Skip(
                Stretch {
                    from: occurrence.at,
                    to: occurrence.at,
                    count: 1,
                },
                NO_HOUR_LEFT,
            )
        }
        other @ (CatchUpStep::Run { .. } | CatchUpStep::Collapse(_) | CatchUpStep::Skip(..)) => other,
    }
}

/// Returns whether nothing more leaves on the day of `now`.
fn is_quiet_to_the_end(now: Instant, zone: &TimeZone, quiet: (Time, Time)) -> bool {
    delivery::quiet_until(quiet, zone, now).is_some_and(|end| end.day_in(zone) > now.day_in(zone))
}
