//! How is an instant told to a person?
//!
//! People read the site's civil time, scripts the instant in UTC. Must never know what time it is now.

use jiff::tz::TimeZone;

use crate::appliance::core::Appliance;
use crate::model::day::{Day, Instant};
use crate::model::failure::Failure;
use crate::rules::trust::{NOTHING_RECORDED, Trust};

/// What people read where something was recorded before the clock was trusted for the first time.
const UNKNOWN: &str = "an unknown time";

/// The civil day and minute of the site, such as `2027-03-01 00:05`.
#[must_use]
pub(crate) fn civil(at: Instant, zone: &TimeZone) -> String {
    if at == NOTHING_RECORDED {
        return UNKNOWN.to_owned();
    }
    zone.to_datetime(at.timestamp()).strftime("%Y-%m-%d %H:%M").to_string()
}

/// The same with seconds.
#[must_use]
pub(crate) fn civil_with_seconds(at: Instant, zone: &TimeZone) -> String {
    if at == NOTHING_RECORDED {
        return UNKNOWN.to_owned();
    }
    zone.to_datetime(at.timestamp())
        .strftime("%Y-%m-%d %H:%M:%S")
        .to_string()
}

/// The last instant of a civil day.
#[must_use]
pub(crate) fn end_of(day: Day, zone: &TimeZone) -> Instant {
    let next = day.plus_days(1).date().to_datetime(jiff::civil::Time::midnight());
    zone.to_ambiguous_timestamp(next)
        .compatible()
        .map_or(Instant::from_millis(i64::MAX), Instant::from_timestamp)
        .plus_millis(-1)
}

/// The day that a person typed.
///
/// # Errors
/// When it is no day.
pub(crate) fn day_of(text: &str, option: &str) -> Result<Day, Failure> {
    Day::parse(text).ok_or_else(|| {
        Failure::refused(
            format!("`{option} {text}` is not a day"),
            "write it as YYYY-MM-DD, for example `2027-03-31`".to_owned(),
        )
    })
}

/// Refuses what moves money, cuts people off or counts days while the clock cannot be believed; `doing` begins the sentence.
/// In the service it first waits for the routers' first answers.
///
/// # Errors
/// With the reason and what ends the doubt, while it cannot be.
pub(crate) fn insist_on_trust(appliance: &Appliance, doing: &str) -> Result<(), Failure> {
    let trust = appliance.settled_trust()?;
    if trust.is_trusted() {
        // What is decided here may be the first thing ever: the night after it is missed if nobody serves then.
        appliance.begin_jobs()?;
        return Ok(());
    }
    Err(must_wait(appliance, doing, &trust))
}

/// Why something must wait for the clock, and until when; `doing` begins the sentence.
pub(crate) fn must_wait(appliance: &Appliance, doing: &str, trust: &Trust) -> Failure {
    let reason = trust.reason_in(&appliance.in_force().terms.zone);
    Failure::refused(
        format!("{doing} must wait until the clock is trusted: {reason}"),
        format!("{}; nothing was changed", trust.way_out()),
    )
}
