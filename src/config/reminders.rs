//! When are subscribers reminded, and with which texts?
//!
//! Must never know: who is reminded.

use jiff::civil::Time;

use crate::config::notes::Notes;
use crate::config::template;
use crate::config::walk::{Section, TomlText};
use crate::model::money::Currency;
use crate::model::name::PackageName;
use crate::model::package::Package;
use crate::rules;
use crate::rules::messages::gsm::{self, Alphabet};
use crate::rules::messages::text::TemplateValues;

/// The most days before the due day that anyone is reminded.
const DAYS_BEFORE_MAX: i64 = 60;
/// The longest text of a reminder, in bytes: some ten messages.
const TEXT_MAX: usize = 1600;
/// What a reminder may hold.
pub const PLACEHOLDERS: &[&str] = &[
    "name",
    "expiryDate",
    "daysLeft",
    "accountNumber",
    "amount",
    "balance",
    "package",
];
/// The text unless the file says otherwise.
const TEXT: &str = "Dear {{name}}, your internet is paid until {{expiryDate}}. Account {{accountNumber}}.";

/// Hours in which no message leaves, from one civil time up to another, usually past midnight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QuietHours {
    /// The first quiet moment.
    pub from: Time,
    /// The first moment that is not quiet any more.
    pub to: Time,
}

/// `[reminders]`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemindersConfig {
    /// How many days before the due day, each of them a rule of its own; rising.
    pub days_before: Vec<u16>,
    /// The text, with placeholders.
    pub text: String,
    /// Texts of their own, by package.
    pub texts: Vec<(PackageName, String)>,
    /// When nothing is sent; `None` for no such hours.
    pub quiet_hours: Option<QuietHours>,
}

pub(crate) fn read(notes: &mut Notes<'_>, root: Section<'_>, packages: &[Package], room: TextRoom) -> RemindersConfig {
    let mut config = RemindersConfig {
        days_before: vec![3],
        text: TEXT.to_owned(),
        texts: Vec::new(),
        quiet_hours: quiet_hours("20:00-08:00").unwrap_or_default(),
    };
    let Some(section) = root.section(notes, "reminders", "[reminders]") else {
        return config;
    };
    section.only(notes, &["days_before", "text", "texts", "quiet_hours"]);
    if let Some(mut days) = section.wholes(notes, "days_before", 0, DAYS_BEFORE_MAX) {
        days.sort_unstable();
        days.dedup();
        config.days_before = days;
    }
    if let Some(text) = section.text(notes, "text") {
        message_text(notes, text, "text", room);
        text.text.clone_into(&mut config.text);
    }
    if let Some(inner) = section.section(notes, "texts", "`texts`") {
        for (package, at) in inner.keys() {
            let known = packages.iter().find(|known| known.name.as_str() == package);
            if known.is_none() {
                notes.note(
                    at,
                    format!("there is no package `{package}`; use the name of one of [[packages]]"),
                );
            }
            if let Some(text) = inner.text(notes, package) {
                message_text(notes, text, package, room);
                config
                    .texts
                    .extend(known.map(|known| (known.name.clone(), text.text.to_owned())));
            }
        }
    }
    if let Some(quiet) = section.made(notes, "quiet_hours", quiet_hours) {
        config.quiet_hours = quiet;
    }
    config
}

/// How much room a text has.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TextRoom {
    /// In how many parts a message may be charged.
    pub(crate) max_parts: u8,
    /// Whose digits amounts have; `None` where that is wrong in the file.
    pub(crate) currency: Option<Currency>,
}

/// Checks a text that goes to subscribers.
pub(crate) fn message_text(notes: &mut Notes<'_>, text: TomlText<'_>, key: &str, room: TextRoom) {
    template::check(notes, text, PLACEHOLDERS);
    if text.text.trim().is_empty() {
        notes.note(
            text.at,
            format!("`{key}` is empty; write the message, or remove the key"),
        );
    }
    if text.text.len() > TEXT_MAX {
        let message = format!("`{key}` has {} bytes; at most {TEXT_MAX} are allowed", text.text.len());
        notes.note(text.at, message);
        return;
    }
    let written = room
        .currency
        .map(|currency| rules::messages::text::write(text.text, &TemplateValues::typical(currency)));
    let Some(measure) = written.map(|written| gsm::measure(&written)) else {
        return;
    };
    if measure.parts > room.max_parts {
        let alphabet = text
            .text
            .chars()
            .find(|c| gsm::measure(&c.to_string()).alphabet == Alphabet::Ucs2);
        let why = match alphabet {
            Some(c) => {
                format!(" (the SMS alphabet lacks `{c}`, so a part holds 67 characters instead of 153)")
            }
            None => String::new(),
        };
        let message = format!(
            "`{key}` takes {} SMS parts with a name and an account of usual length{why}, and `max_parts` in [messages] \
             allows {}; shorten the text, or allow more parts",
            measure.parts, room.max_parts
        );
        notes.note(text.at, message);
    }
}

fn quiet_hours(text: &str) -> Result<Option<QuietHours>, String> {
    if text == "none" {
        return Ok(None);
    }
    let wrong = || format!("quiet_hours `{text}` cannot be read; write them like `20:00-08:00`, or `none`");
    let (from, to) = text.split_once('-').ok_or_else(wrong)?;
    let (from, to) = (time(from).ok_or_else(wrong)?, time(to).ok_or_else(wrong)?);
    if from == to {
        return Err(format!(
            "quiet_hours `{text}` begin and end at the same time; write two different times, or `none`"
        ));
    }
    Ok(Some(QuietHours { from, to }))
}

/// Parses exactly `HH:MM`.
fn time(text: &str) -> Option<Time> {
    let (hour, minute) = text.split_once(':')?;
    let fits = |part: &str| part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
    (fits(hour) && fits(minute)).then(|| Time::new(hour.parse().ok()?, minute.parse().ok()?, 0, 0).ok())?
}
