//! Which witnesses does the site ask about its clock?
//!
//! Must never know: what time it is.

use crate::config::notes::Notes;
use crate::config::walk::Section;
use crate::rules::trust::{Mode, Settings};

/// The longest `max_jump`, in seconds: ten years.
const JUMP_MAX_S: i64 = 3650 * 86_400;

/// `[clock]`
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClockConfig {
    /// Which witness is needed.
    pub trust: Mode,
    /// How far ahead of the newest record a clock may be without a witness, in seconds.
    pub max_jump_s: i64,
}

impl ClockConfig {
    /// Returns the settings in the form that the rule of trust takes.
    #[must_use]
    pub const fn settings(&self) -> Settings {
        Settings {
            mode: self.trust,
            max_jump_ms: self.max_jump_s.saturating_mul(1_000),
        }
    }
}

impl Default for ClockConfig {
    fn default() -> Self {
        Self {
            trust: Mode::Either,
            max_jump_s: 3 * 86_400,
        }
    }
}

/// Reads `[clock]`, and notes what is wrong in it.
pub(crate) fn read(notes: &mut Notes<'_>, root: Section<'_>) -> ClockConfig {
    let mut config = ClockConfig::default();
    let Some(section) = root.section(notes, "clock", "[clock]") else {
        return config;
    };
    section.only(notes, &["trust", "max_jump"]);
    let words = [
        ("ntp", Mode::Ntp),
        ("router", Mode::Router),
        ("either", Mode::Either),
        ("floor", Mode::Floor),
    ];
    if let Some(trust) = section.word(notes, "trust", &words) {
        config.trust = trust;
    }
    if let Some(jump) = section.made(notes, "max_jump", |text| duration("max_jump", text)) {
        config.max_jump_s = jump;
    }
    config
}

/// Parses a duration such as `3 days`, in seconds.
fn duration(key: &str, text: &str) -> Result<i64, String> {
    let seconds = text.split_once(' ').and_then(|(number, unit)| {
        let scale = match unit {
            "second" | "seconds" => 1,
            "minute" | "minutes" => 60,
            "hour" | "hours" => 3600,
            "day" | "days" => 86_400,
            "week" | "weeks" => 7 * 86_400,
            _ => return None,
        };
        let digits = number.bytes().all(|byte| byte.is_ascii_digit());
        digits.then(|| number.parse::<i64>().ok()?.checked_mul(scale)).flatten()
    });
    match seconds {
        Some(seconds) if (60..=JUMP_MAX_S).contains(&seconds) => Ok(seconds),
        Some(_) => Err(format!("{key} `{text}` is out of range; write 1 minute to 3650 days")),
        None => Err(format!(
            "{key} `{text}` is not a duration; write a number and a unit, such as `3 days` or `12 hours`"
        )),
    }
}
