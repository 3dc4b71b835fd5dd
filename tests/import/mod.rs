//! What people bring: tables of cases for each reader of src/import, files as they come, and laws as properties.

mod amounts;
mod laws;
mod statements;
mod subscribers;

use jiff::tz::TimeZone;
use weir::model::day::Instant;
use weir::model::money::Currency;

pub fn kes() -> Currency {
    Currency::from_code("KES").unwrap()
}

pub fn nairobi() -> TimeZone {
    TimeZone::get("Africa/Nairobi").unwrap()
}

/// 9 April 2027, 12:00 in Nairobi.
pub fn noon() -> Instant {
    Instant::from_timestamp("2027-04-09T09:00:00Z".parse().unwrap())
}
