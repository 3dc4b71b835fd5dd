//! On which day was it paid?
//!
//! The civil day that is written, in one of the ways that the format names. A time with an offset of its own becomes
//! the day that it was at the site. A day or time in the future is refused.

use jiff::civil::{Date, DateTime, Time};
use jiff::fmt::strtime::BrokenDownTime;
use jiff::tz::TimeZone;

use crate::import::date_shape::{self, FormatKey, YEARS};
use crate::model::day::{Day, Instant};
use crate::model::statement_format::StatementFormat;

/// What days are read against.
pub(crate) struct Today<'a> {
    zone: &'a TimeZone,
    now: DateTime,
}

impl<'a> Today<'a> {
    /// Returns the civil time that this instant is at the site.
    pub(crate) fn at(now: Instant, zone: &'a TimeZone) -> Self {
        Self {
            zone,
            now: zone.to_datetime(now.timestamp()),
        }
    }

    /// Reads a day, or says why it is none that a payment can have, and which key would have it read.
    pub(crate) fn read(&self, text: &str, statement: &StatementFormat) -> Result<Day, String> {
        let formats = &statement.date_formats;
        if text.is_empty() {
            return Err("the date is empty".to_owned());
        }
        // `Z` is how RFC 3339 writes the offset of UTC, which strftime's sign for an offset does not read.
        let offset = text.strip_suffix('Z').map(|rest| format!("{rest}+00:00"));
        let written = std::iter::once(text).chain(offset.as_deref());
        let found = written
            .flat_map(|text| formats.iter().map(move |format| (format, text)))
            .find_map(|(format, text)| self.moment(format, text));
        let Some((date, time)) = found else {
            let known: Vec<String> = formats.iter().map(|format| format!("`{format}`")).collect();
            let configured = format!("to the `date_format` of the [[statements]] `{}`", statement.name);
            let key = if statement.optional_columns {
                FormatKey::New("to a [[statements]] for this kind of file")
            } else {
                FormatKey::Further(&configured)
            };
            return Err(format!(
                "`{text}` does not match the date format of this statement ({}){}",
                known.join(" or "),
                date_shape::way_out(text, key)
            ));
        };
        let later = match time {
            Some(time) => date.to_datetime(time) > self.now,
            None => date > self.now.date(),
        };
        if later {
            let now = self.now.strftime("%Y-%m-%d %H:%M");
            return Err(format!("`{text}` is in the future; at the site it is {now}"));
        }
        Ok(Day::from_date(date))
    }

    fn moment(&self, format: &str, text: &str) -> Option<(Date, Option<Time>)> {
        let parts = BrokenDownTime::parse(format, text).ok()?;
        let (date, time) = if parts.offset().is_some() {
            let here = self.zone.to_datetime(parts.to_timestamp().ok()?);
            (here.date(), Some(here.time()))
        } else {
            let time = parts.hour().is_some().then(|| parts.to_time().ok()).flatten();
            (parts.to_date().ok()?, time)
        };
        YEARS.contains(&date.year()).then_some((date, time))
    }
}
