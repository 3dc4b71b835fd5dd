//! Which messages go to subscribers besides reminders, how many, and how long?
//!
//! Must never know: to whom a message goes.

use crate::config::notes::Notes;
use crate::config::reminders::{TextRoom, message_text};
use crate::config::walk::{Section, TomlText};
use crate::model::money::Currency;
use crate::rules::phone::complete::NumberingPlan;

/// The most messages to subscribers in a day that can be configured.
const DAILY_CAP_MAX: i64 = 1_000_000;
/// The most parts of a message. *Source:* 3GPP TS 23.040, 9.2.3.24.1: up to 255 parts; no gateway takes as many.
const PARTS_MAX: i64 = 10;

/// The most digits before a number inside a country. *Source:* libphonenumber: no country has more than two.
const TRUNK_PREFIX_MAX: usize = 3;

/// `[messages]`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessagesConfig {
    /// How many messages to subscribers may leave in one civil day; the rest waits for the next.
    pub daily_cap: u32,
    /// In how many parts a message may be charged; a longer one is not sent.
    pub max_parts: u8,
    /// The country's code without `+`, by which a number as dialled inside the country is completed.
    pub country_code: Option<String>,
    /// What is dialled before a number inside the country, where it is not what is known of the country; empty for nothing.
    pub trunk_prefix: Option<String>,
    /// What is said to one who was cut off for want of payment; nothing where it is not given.
    pub on_suspension: Option<String>,
    /// What is said when a payment has arrived; nothing where it is not given.
    pub on_payment: Option<String>,
    /// What is said when service has begun again; nothing where it is not given.
    pub on_resume: Option<String>,
}

impl Default for MessagesConfig {
    fn default() -> Self {
        Self {
            daily_cap: 5_000,
            max_parts: 3,
            country_code: None,
            trunk_prefix: None,
            on_suspension: None,
            on_payment: None,
            on_resume: None,
        }
    }
}

impl MessagesConfig {
    /// Returns how the site's country numbers its phones.
    #[must_use]
    pub fn numbering(&self) -> NumberingPlan<'_> {
        NumberingPlan {
            country_code: self.country_code.as_deref(),
            trunk_prefix: self.trunk_prefix.as_deref(),
        }
    }
}

/// Reads `[messages]`, and notes what is wrong in it.
pub(crate) fn read(notes: &mut Notes<'_>, root: Section<'_>, currency: Option<Currency>) -> MessagesConfig {
    let mut config = MessagesConfig::default();
    let Some(section) = root.section(notes, "messages", "[messages]") else {
        return config;
    };
    section.only(
        notes,
        &[
            "daily_cap",
            "max_parts",
            "country_code",
            "trunk_prefix",
            "on_suspension",
            "on_payment",
            "on_resume",
        ],
    );
    if let Some(cap) = section.whole(notes, "daily_cap", 1, DAILY_CAP_MAX) {
        config.daily_cap = cap;
    }
    if let Some(parts) = section.whole(notes, "max_parts", 1, PARTS_MAX) {
        config.max_parts = parts;
    }
    config.country_code = section.made(notes, "country_code", country_code);
    config.trunk_prefix = section.made(notes, "trunk_prefix", trunk_prefix);
    if config.trunk_prefix.is_some() && section.is_absent("country_code") {
        let message = "`trunk_prefix` says nothing without `country_code`; add `country_code`, such as `\"254\"`";
        notes.note(section.place("trunk_prefix"), message);
    }
    let room = TextRoom {
        max_parts: config.max_parts,
        currency,
    };
    let mut text = |key: &str| -> Option<String> {
        let text: TomlText<'_> = section.text(notes, key)?;
        message_text(notes, text, key, room);
        Some(text.text.to_owned())
    };
    config.on_suspension = text("on_suspension");
    config.on_payment = text("on_payment");
    config.on_resume = text("on_resume");
    config
}

/// Parses one to three digits, the first of them not 0. *Source:* ITU-T E.164.
fn country_code(text: &str) -> Result<String, String> {
    let digits = text.strip_prefix('+').unwrap_or(text);
    let fits =
        (1..=3).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit()) && !digits.starts_with('0');
    if fits {
        Ok(digits.to_owned())
    } else {
        Err(format!(
            "`{text}` is not a country code; write its digits, such as `254`"
        ))
    }
}

/// Parses what is dialled before a number inside the country: up to three digits, or nothing.
fn trunk_prefix(text: &str) -> Result<String, String> {
    if text.len() <= TRUNK_PREFIX_MAX && text.bytes().all(|byte| byte.is_ascii_digit()) {
        Ok(text.to_owned())
    } else {
        Err(format!(
            "`{text}` is not what is dialled before a number inside a country; write its digits, such as `0` or `06`, or `\"\"` for none"
        ))
    }
}
