//! What does a schedule mean, in English words?
//!
//! The words are made from the numbers that the fields name, never from how they were written, so `0,15,30,45` and `*/15`
//! read alike and an uneven `*/40` is not called every 40 minutes. They are exact for every schedule; croner's own
//! description is not (`*/40`), so it is not used.
//!
//! Must never know: the time zone, or what a schedule is for.

use crate::rules::cron::expression::{Field, Schedule};

/// Up to how many times of day are listed one by one.
const TIMES_LISTED_MAX: usize = 6;

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const WEEKDAYS: [&str; 7] = [
    "Sunday",
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
];

impl Schedule {
    /// Returns the schedule in words, such as `every day at 00:05` or `every 15 minutes`.
    #[must_use]
    pub fn meaning(&self) -> String {
        let (minutes, hours) = (self.minute.numbers(), self.hour.numbers());
        let days = self.days();
        if hours.len() == 24 || minutes.len().saturating_mul(hours.len()) > TIMES_LISTED_MAX {
            let often = often(&minutes, &hours);
            return if days == "every day" {
                often
            } else {
                format!("{often}, {days}")
            };
        }
        let times: Vec<String> = hours
            .iter()
            .flat_map(|hour| minutes.iter().map(move |minute| format!("{hour:02}:{minute:02}")))
            .collect();
        format!("{days} at {}", listed(&times))
    }

    /// Returns the days in words.
    fn days(&self) -> String {
        let days = self.day.numbers();
        let weekdays = self.weekday.numbers();
        let (all_days, all_weekdays) = (days.len() == 31, weekdays.len() == 7);
        let every_weekday = || match contiguous(&weekdays) {
            Some((from, to)) => format!(
                "every day from {} to {}",
                name(&WEEKDAYS, from, 0),
                name(&WEEKDAYS, to, 0)
            ),
            None => format!("every {}", listed(&names(&WEEKDAYS, self.weekday, 0))),
        };
        let on_days = || {
            let plural = if days.len() == 1 { "day" } else { "days" };
            format!("on {plural} {}", ranges(&days))
        };
        let months = listed(&names(&MONTHS, self.month, 1));
        let all_months = self.month.numbers().len() == 12;
        let of_months = if all_months { "every month" } else { months.as_str() };
        let in_months = if all_months {
            String::new()
        } else {
            format!(" in {months}")
        };
        if (all_days && all_weekdays) || (self.either_day && (all_days || all_weekdays)) {
            format!("every day{in_months}")
        } else if self.either_day {
            let days = format!("{} of {of_months}", on_days());
            format!("{days} and also {}{in_months}", every_weekday())
        } else if all_days {
            format!("{}{in_months}", every_weekday())
        } else if all_weekdays {
            format!("{} of {of_months}", on_days())
        } else {
            let only = listed(&names(&WEEKDAYS, self.weekday, 0)).replace(" and ", " or ");
            format!("{} of {of_months} when that is a {only}", on_days())
        }
    }
}

/// Returns the words for times of day that are too many to list.
fn often(minutes: &[u8], hours: &[u8]) -> String {
    let all_hours = hours.len() == 24;
    let within = if all_hours {
        "of every hour".to_owned()
    } else {
        let plural = if hours.len() == 1 { "hour" } else { "hours" };
        format!("of {plural} {}", ranges(hours))
    };
    match (even_step(minutes, 60), minutes) {
        (Some(1), _) if all_hours => "every minute".to_owned(),
        (Some(1), _) => format!("every minute {within}"),
        (Some(step), [0, ..]) if all_hours => format!("every {step} minutes"),
        (Some(step), [0, ..]) => format!("every {step} minutes {within}"),
        (_, [0]) if all_hours => "every hour".to_owned(),
        (_, [minute]) => match (even_step(hours, 24), hours.first()) {
            (Some(step), Some(first)) if step > 1 => format!("every {step} hours from {first:02}:{minute:02} on"),
            _ => format!("at minute {minute} {within}"),
        },
        _ => format!("at minutes {} {within}", ranges(minutes)),
    }
}

/// Returns the step of numbers that come evenly round the clock, starting below the step; `None` where they do not.
fn even_step(numbers: &[u8], around: u8) -> Option<u8> {
    let (first, second) = (*numbers.first()?, *numbers.get(1)?);
    let step = second.checked_sub(first)?;
    let count = around.checked_div(step)?;
    let even = around.is_multiple_of(step)
        && usize::from(count) == numbers.len()
        && first < step
        && numbers.iter().zip(numbers.iter().skip(1)).all(|(a, b)| b - a == step);
    even.then_some(step)
}

/// Returns first and last of at least three numbers that follow one another.
fn contiguous(numbers: &[u8]) -> Option<(u8, u8)> {
    let (first, last) = (*numbers.first()?, *numbers.last()?);
    (numbers.len() >= 3 && usize::from(last - first) == numbers.len() - 1).then_some((first, last))
}

/// Returns numbers in words, with three or more that follow one another as a range: `1 to 5, 8 and 10`.
fn ranges(numbers: &[u8]) -> String {
    let mut runs: Vec<(u8, u8)> = Vec::new();
    for number in numbers {
        match runs.last_mut() {
            Some((_, last)) if *last + 1 == *number => *last = *number,
            _ => runs.push((*number, *number)),
        }
    }
    let mut texts = Vec::new();
    for (first, last) in runs {
        if last - first >= 2 {
            texts.push(format!("{first} to {last}"));
        } else {
            texts.extend((first..=last).map(|number| number.to_string()));
        }
    }
    listed(&texts)
}

fn names(all: &[&str], field: Field, first: u8) -> Vec<String> {
    let named = field.numbers().into_iter();
    named.map(|number| name(all, number, first).to_owned()).collect()
}

fn name<'a>(all: &[&'a str], number: u8, first: u8) -> &'a str {
    all.get(usize::from(number.saturating_sub(first)))
        .copied()
        .unwrap_or("?")
}

/// Returns a list such as `a`, `a and b`, `a, b and c`.
fn listed(texts: &[String]) -> String {
    match texts {
        [] => String::new(),
        [only] => only.clone(),
        [most @ .., last] => format!("{} and {last}", most.join(", ")),
    }
}
