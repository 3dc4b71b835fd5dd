//! When is the next due day?
//!
//! A due day comes from its anchor, never from the clamped day before it: the 31st of January is followed by the last day
//! of February and then by the 31st of March. This is the only place that adds months.

use jiff::civil::Date;

use crate::model::day::Day;
use crate::model::package::Cycle;
use crate::model::subscriber::AnchorDay;

/// Returns the due day one cycle after `day`, and the anchor that goes with it.
///
/// Months keep the anchor and clamp to the month's last day; a cycle of days always anchors at the day it ends on.
#[must_use]
pub fn next(day: Day, anchor: AnchorDay, cycle: Cycle) -> (Day, AnchorDay) {
    nth(day, anchor, cycle, 1)
}

/// Returns the due day `k` cycles after `day`, and the anchor that goes with it.
#[must_use]
pub fn nth(day: Day, anchor: AnchorDay, cycle: Cycle, k: u32) -> (Day, AnchorDay) {
    match cycle {
        Cycle::Days(days) => {
            let ahead = i32::try_from(u64::from(days).saturating_mul(u64::from(k))).unwrap_or(i32::MAX);
            let end = day.plus_days(ahead);
            (end, AnchorDay::of(end))
        }
        Cycle::Months(months) => (months_later(day, anchor, u32::from(months).saturating_mul(k)), anchor),
    }
}

/// Returns the first due day of the rhythm through `day` that comes after `today`; at least one cycle after `day`.
#[must_use]
pub fn first_after(day: Day, anchor: AnchorDay, cycle: Cycle, today: Day) -> (Day, AnchorDay) {
    let shortest_days: u32 = match cycle {
        Cycle::Days(days) => u32::from(days).max(1),
        Cycle::Months(months) => u32::from(months).max(1).saturating_mul(31),
    };
    let gap_days = u32::try_from(today.days_since(day)).unwrap_or(0);
    // A lower bound of the answer, since no month is longer than 31 days; the few steps that lack are walked.
    let mut k = (gap_days / shortest_days).max(1);
    loop {
        let (end, anchor_then) = nth(day, anchor, cycle, k);
        // The second condition ends the walk where the calendar itself ends.
        if end > today || k > gap_days.saturating_add(1) {
            return (end, anchor_then);
        }
        k = k.saturating_add(1);
    }
}

fn months_later(day: Day, anchor: AnchorDay, months: u32) -> Day {
    let date = day.date();
    let zero_based = i64::from(date.year())
        .saturating_mul(12)
        .saturating_add(i64::from(date.month()).saturating_sub(1))
        .saturating_add(i64::from(months));
    let year = i16::try_from(zero_based.div_euclid(12)).unwrap_or(9999);
    let month = i8::try_from(zero_based.rem_euclid(12).saturating_add(1)).unwrap_or(12);
    let first = Date::new(year, month, 1).unwrap_or(Date::MAX);
    let wanted = i8::try_from(anchor.day_of_month()).unwrap_or(1);
    let clamped = wanted.min(first.days_in_month());
    Day::from_date(Date::new(year, month, clamped).unwrap_or(first))
}
