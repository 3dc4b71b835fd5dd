//! Which civil minutes does a cron expression name?
//!
//! A [`Schedule`] is an expression of five fields as crontab(5) has them: minute, hour, day of month, month, day of week;
//! with `*`, lists, ranges, steps and English names of months and weekdays; 0 and 7 are Sunday. It is read here, so that a
//! faulty field can be named with its place, and walked by croner, which sees nothing but what was read here. `L`, `W`,
//! `#`, `?` and nicknames such as `@daily` are refused: no crontab(5) has the former, and five fields say the latter.
//! Where neither day field begins with `*`, a day that either of them names counts; else it must be named by both.
//!
//! Must never know: the clock, the time zone (that is `cron_zone`), or which job a schedule belongs to.
//!
//! *Source:* crontab(5) of Vixie cron and cronie, for the fields and the rule on the two day fields.

use std::ops::Range;

use croner::Cron;
use croner::parser::{CronParser, Seconds, Year};
use jiff::civil::DateTime;

/// The longest expression that is read, in bytes.
const TEXT_MAX: usize = 1000;

/// Why a text is no schedule. The `Display` text says what is wrong and what would be right.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct CronError {
    /// The faulty field (`minute`, `hour`, `day of month`, `month`, `day of week`); `None` when it is the whole text.
    pub field: Option<&'static str>,
    /// Where in the text, in bytes.
    pub range: Range<usize>,
    /// What is wrong, and what would be right.
    pub message: String,
}

/// The values that one of the five fields can have.
struct CronField {
    name: &'static str,
    min: u8,
    max: u8,
    /// English names, and the number of the first of them.
    names: &'static [&'static str],
    first_name: u8,
}

const MINUTE: CronField = CronField {
    name: "minute",
    min: 0,
    max: 59,
    names: &[],
    first_name: 0,
};
const HOUR: CronField = CronField {
    name: "hour",
    min: 0,
    max: 23,
    names: &[],
    first_name: 0,
};
const DAY: CronField = CronField {
    name: "day of month",
    min: 1,
    max: 31,
    names: &[],
    first_name: 1,
};
const MONTH: CronField = CronField {
    name: "month",
    min: 1,
    max: 12,
    names: &[
        "JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC",
    ],
    first_name: 1,
};
const WEEKDAY: CronField = CronField {
    name: "day of week",
    min: 0,
    max: 7,
    names: &["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"],
    first_name: 0,
};

/// The most days that each month can have, from January on.
const LONGEST: [u8; 12] = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/// One field as read: the numbers that it names, as bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Field {
    bits: u64,
    /// The field is exactly `*`.
    pub(crate) is_star: bool,
    /// The field begins with `*`: what crontab(5) calls not restricted.
    begins_with_star: bool,
}

impl Field {
    /// Returns whether the field names this number.
    pub(crate) const fn has(self, number: u8) -> bool {
        number < 64 && self.bits & bit(number) != 0
    }

    /// Returns the numbers that the field names, rising.
    pub(crate) fn numbers(self) -> Vec<u8> {
        (0..60).filter(|number| self.has(*number)).collect()
    }
}

impl Field {
    /// Returns the same days of the week with Sunday as 0 alone.
    const fn with_sunday_as_zero(mut self) -> Self {
        if self.has(7) {
            self.bits = (self.bits & !bit(7)) | bit(0);
        }
        self
    }
}

/// Returns the bit of a number below 64.
const fn bit(number: u8) -> u64 {
    1_u64 << (number & 63)
}

/// A cron expression that was read and has occurrences.
#[derive(Debug, Clone)]
pub struct Schedule {
    text: String,
    cron: Cron,
    pub(crate) minute: Field,
    pub(crate) hour: Field,
    pub(crate) day: Field,
    pub(crate) month: Field,
    /// Sunday is 0 alone.
    pub(crate) weekday: Field,
    /// A day counts that either day field names; else both must.
    pub(crate) either_day: bool,
}

impl Schedule {
    /// Reads an expression of five fields.
    ///
    /// # Errors
    /// When there are not five fields, when one of them is not understood or out of bounds, or when no day that it names
    /// ever comes. The error says where.
    pub fn parse(text: &str) -> Result<Self, CronError> {
        let whole = |message: String| CronError {
            field: None,
            range: 0..text.len(),
            message,
        };
        if text.len() > TEXT_MAX {
            let bytes = text.len();
            return Err(whole(format!(
                "the schedule has {bytes} bytes; at most {TEXT_MAX} are allowed"
            )));
        }
        let words = words(text);
        let [minute_at, hour_at, day_at, month_at, weekday_at] = words.as_slice() else {
            return Err(whole(wrong_count(text, words.len())));
        };
        let (minute, minute_text) = field(&MINUTE, minute_at)?;
        let (hour, hour_text) = field(&HOUR, hour_at)?;
        let (day, day_text) = field(&DAY, day_at)?;
        let (month, month_text) = field(&MONTH, month_at)?;
        let (weekday, weekday_text) = field(&WEEKDAY, weekday_at)?;
        let either_day = !day.begins_with_star && !weekday.begins_with_star;
        // croner takes `*/2` for a restriction, crontab(5) does not; a `+` asks it for days that both fields name.
        let both = if either_day { "" } else { "+" };
        let canonical = format!("{minute_text} {hour_text} {day_text} {month_text} {both}{weekday_text}");
        let cron = CronParser::builder()
            .seconds(Seconds::Disallowed)
            .year(Year::Disallowed)
            .build()
            .parse(&canonical)
            .map_err(|error| whole(format!("`{text}` is not understood: {error}")))?;
        let schedule = Self {
            text: text.to_owned(),
            cron,
            minute,
            hour,
            day,
            month,
            weekday: weekday.with_sunday_as_zero(),
            either_day,
        };
        if schedule.never_comes() {
            return Err(CronError {
                field: Some(DAY.name),
                range: day_at.range(),
                message: format!(
                    "day of month `{}` never occurs in month `{}`, so this schedule would never run; write a day \
                    that the month has",
                    day_at.text, month_at.text
                ),
            });
        }
        Ok(schedule)
    }

    /// Returns the expression as it was written.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Returns the first civil minute of the schedule after this civil time; `None` past the year 4999.
    #[must_use]
    pub fn next_civil_after(&self, civil: DateTime) -> Option<DateTime> {
        self.cron.find_next_occurrence(&civil, false).ok()
    }

    /// Returns whether no named month has a named day, and the weekday cannot help.
    fn never_comes(&self) -> bool {
        let possible = (1..)
            .zip(LONGEST)
            .any(|(month, longest)| self.month.has(month) && (1..=longest).any(|day| self.day.has(day)));
        !self.either_day && !possible
    }
}

/// One word of the text and where it begins, in bytes.
struct Word<'a> {
    at: usize,
    text: &'a str,
}

impl Word<'_> {
    fn range(&self) -> Range<usize> {
        self.at..self.at + self.text.len()
    }
}

/// Returns the words between blanks.
fn words(text: &str) -> Vec<Word<'_>> {
    let mut words = Vec::new();
    let mut at = 0;
    for piece in text.split_inclusive(char::is_whitespace) {
        let text = piece.trim_end();
        if !text.is_empty() {
            words.push(Word { at, text });
        }
        at += piece.len();
    }
    words
}

fn wrong_count(text: &str, found: usize) -> String {
    let nickname = match text.trim().to_ascii_lowercase().as_str() {
        "@yearly" | "@annually" => Some("0 0 1 1 *"),
        "@monthly" => Some("0 0 1 * *"),
        "@weekly" => Some("0 0 * * 0"),
        "@daily" | "@midnight" => Some("0 0 * * *"),
        "@hourly" => Some("0 * * * *"),
        _ => None,
    };
    match nickname {
        Some(fields) => format!("`{}` is a nickname; write the five fields, `{fields}`", text.trim()),
        None => format!(
            "a schedule has five fields (minute, hour, day of month, month, day of week), but here {} {found}; for \
            example `5 0 * * *`",
            if found == 1 { "is" } else { "are" }
        ),
    }
}

/// Reads one field: its numbers, and the same in digits alone, as croner is given it.
fn field(kind: &CronField, word: &Word<'_>) -> Result<(Field, String), CronError> {
    let mut field = Field {
        bits: 0,
        is_star: word.text == "*",
        begins_with_star: word.text.starts_with('*'),
    };
    let mut items = Vec::new();
    let mut at = word.at;
    for text in word.text.split(',') {
        let item = Word { at, text };
        let alone = text == word.text;
        let (from, to, step) = item_of(kind, &item, alone).map_err(|message| CronError {
            field: Some(kind.name),
            range: if text.is_empty() { word.range() } else { item.range() },
            message,
        })?;
        for number in (from..=to).step_by(usize::from(step)) {
            field.bits |= bit(number);
        }
        items.push(match (text, from == to) {
            ("*", _) => "*".to_owned(),
            (_, true) => from.to_string(),
            (_, false) if text.starts_with('*') => format!("*/{step}"),
            (_, false) => format!("{from}-{to}/{step}"),
        });
        at += text.len() + 1;
    }
    Ok((field, items.join(",")))
}

/// Reads one item of a list: from, to, and the step.
fn item_of(kind: &CronField, item: &Word<'_>, alone: bool) -> Result<(u8, u8, u8), String> {
    let CronField { name, min, max, .. } = kind;
    let text = item.text;
    if text.is_empty() {
        return Err(format!(
            "{name} has an empty item beside a `,`; remove the comma or write a number"
        ));
    }
    // 7 is a second name of Sunday, not an eighth day of the week.
    let last = if kind.name == WEEKDAY.name { 6 } else { *max };
    let (span, step) = match text.split_once('/') {
        None => (text, None),
        Some((span, step)) => (span, Some(step_of(kind, text, step)?)),
    };
    if span == "*" {
        return match step {
            Some(step) => Ok((*min, last, step)),
            None if alone => Ok((*min, last, 1)),
            None => Err(format!(
                "{name} `*` already means all, so it cannot be part of a list; remove the rest of the list"
            )),
        };
    }
    match span.split_once('-') {
        Some((from, to)) => {
            let from = number_of(kind, from)?;
            let to = match number_of(kind, to)? {
                0 if kind.name == WEEKDAY.name && from > 0 => 7,
                to => to,
            };
            if from > to {
                return Err(format!(
                    "{name} range `{span}` runs backwards; write two ranges, `{from}-{last},{min}-{to}`"
                ));
            }
            Ok((from, to, step.unwrap_or(1)))
        }
        None if step.is_some() => Err(format!(
            "{name} `{text}` has a step without a range; write `*/…` or `{span}-{last}/…`"
        )),
        None => number_of(kind, span).map(|number| (number, number, 1)),
    }
}

fn step_of(kind: &CronField, item: &str, step: &str) -> Result<u8, String> {
    let CronField { name, max, .. } = kind;
    let number = if step.bytes().all(|byte| byte.is_ascii_digit()) {
        step.parse().unwrap_or(0)
    } else {
        0
    };
    if (1..=*max).contains(&number) {
        Ok(number)
    } else {
        Err(format!(
            "{name} `{item}` has the step `{step}`, which is outside 1-{max}"
        ))
    }
}

/// Reads a number or a name, within the bounds of the field.
fn number_of(kind: &CronField, text: &str) -> Result<u8, String> {
    let CronField { name, min, max, .. } = kind;
    let named = kind.names.iter().position(|known| known.eq_ignore_ascii_case(text));
    if let Some(number) = named.and_then(|at| u8::try_from(at).ok()) {
        return Ok(number + kind.first_name);
    }
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return match text.parse() {
            Ok(number) if (*min..=*max).contains(&number) => Ok(number),
            Ok(_) | Err(_) => Err(format!("{name} `{text}` is outside {min}-{max}")),
        };
    }
    let names = match (kind.names.first(), kind.names.last()) {
        (Some(first), Some(last)) => format!(" or a name, {first} to {last}"),
        _ => String::new(),
    };
    let extension = if text.contains(['L', 'W', '#', '?']) {
        " (`L`, `W`, `#` and `?` are extensions of other programs)"
    } else {
        ""
    };
    Err(format!(
        "{name} `{text}` is not understood; write a number {min}-{max}{names}{extension}"
    ))
}
