//! In which format is this day written?
//!
//! Tries the usual ways to write a day on a text that no given format fits, so that a refusal can name the format that
//! would. It only proposes: `05/12/2026` is the fifth of December to one bank and the twelfth of May to another.

use jiff::civil::Date;
use jiff::fmt::strtime::BrokenDownTime;

use crate::model::day::Day;

/// Years in which a day of a list or a payment can lie; outside of them the text was read in the wrong way (`26` as the
/// year 26).
pub(crate) const YEARS: std::ops::Range<i16> = 1970..2200;

/// Ways to write a day, in strftime's signs.
const DAYS: &[&str] = &[
    "%Y-%m-%d",
    "%d/%m/%Y",
    "%m/%d/%Y",
    "%d-%m-%Y",
    "%m-%d-%Y",
    "%d.%m.%Y",
    "%Y/%m/%d",
    "%Y.%m.%d",
    "%Y%m%d",
    "%d/%m/%y",
    "%m/%d/%y",
    "%d-%m-%y",
    "%d.%m.%y",
    "%d %b %Y",
    "%d-%b-%Y",
    "%d/%b/%Y",
    "%d %b %y",
    "%d-%b-%y",
    "%d %B %Y",
    "%b %d, %Y",
    "%B %d, %Y",
    "%b %d %Y",
    "%b/%d/%Y",
];

/// What may follow it.
const TIMES: &[&str] = &[
    "",
    " %H:%M:%S",
    " %H:%M",
    "T%H:%M:%S",
    " %I:%M:%S %p",
    " %I:%M %p",
    ", %H:%M:%S",
    ", %H:%M",
    " at %H:%M",
];

/// How many formats are proposed.
const PROPOSED_MAX: usize = 2;

/// Returns the formats that fit a text, each with the day that the text then is; none where no usual one does.
pub(crate) fn formats_of(text: &str) -> Vec<(String, Day)> {
    let mut found: Vec<(String, Day)> = Vec::new();
    for (day, time) in TIMES.iter().flat_map(|time| DAYS.iter().map(move |day| (day, time))) {
        let format = format!("{day}{time}");
        if found.len() >= PROPOSED_MAX {
            break;
        }
        if let Some(date) = date(&format, text)
            && found.iter().all(|(_, known)| *known != date)
        {
            found.push((format, date));
        }
    }
    found
}

/// Reads a day in one format, whatever time is written with it.
pub(crate) fn date(format: &str, text: &str) -> Option<Day> {
    let parts = BrokenDownTime::parse(format, text).ok()?;
    let date: Date = parts.to_date().ok()?;
    YEARS.contains(&date.year()).then(|| Day::from_date(date))
}

/// Where a format belongs in `site.toml`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FormatKey<'a> {
    /// The key is there already, in this place: one more format in it.
    Further(&'a str),
    /// The key is to be added in this place.
    New(&'a str),
}

impl FormatKey<'_> {
    fn with(self, format: &str) -> String {
        match self {
            Self::Further(_) => format!("`\"{format}\"`"),
            Self::New(_) => format!("`date_format = \"{format}\"`"),
        }
    }

    const fn place(&self) -> &str {
        match self {
            Self::Further(place) | Self::New(place) => place,
        }
    }
}

/// Returns what to add so that a text is read as a day, behind a semicolon; empty where no usual format fits it.
pub(crate) fn way_out(text: &str, key: FormatKey<'_>) -> String {
    let formats = formats_of(text);
    let place = key.place();
    match formats.as_slice() {
        [] => String::new(),
        [(format, day)] => format!("; add {} {place} (this is then {day})", key.with(format)),
        [(first, day), (second, other), ..] => format!(
            "; add {} {place} if this is {day}, or {} if it is {other}",
            key.with(first),
            key.with(second)
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::formats_of;

    #[test]
    fn a_day_is_recognised_in_the_usual_ways_and_both_readings_are_told() {
        for (text, formats) in [
            ("31.03.2027", &["%d.%m.%Y"][..]),
            ("31/03/2027", &["%d/%m/%Y"]),
            ("03/31/2027", &["%m/%d/%Y"]),
            ("05/12/2026", &["%d/%m/%Y", "%m/%d/%Y"]),
            ("05/05/2026", &["%d/%m/%Y"]),
            ("31/03/27", &["%d/%m/%y"]),
            ("20270331", &["%Y%m%d"]),
            ("31 Mar 2027", &["%d %b %Y"]),
            ("31-Mar-27", &["%d-%b-%y"]),
            ("March 31, 2027", &["%B %d, %Y"]),
            ("2027-03-31 10:15:00", &["%Y-%m-%d %H:%M:%S"]),
            ("31-03-2027 10:15 PM", &["%d-%m-%Y %I:%M %p"]),
            ("31.04.2027", &[]),
            ("soon", &[]),
            ("46112", &[]),
        ] {
            let found: Vec<String> = formats_of(text).into_iter().map(|(format, _)| format).collect();
            assert_eq!(found, formats, "{text}");
        }
    }
}
