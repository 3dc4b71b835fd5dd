//! Writes instants and days for people, in the site's time zone.
//!
//! People read the site's civil time, scripts the instant in UTC. Must never know what time it is now.

use crate::appliance::core::Appliance;
use crate::model::day::Day;
use crate::model::failure::Failure;
use crate::rules::trust::Trust;
pub(crate) use crate::rules::trust::{civil, civil_with_seconds};

/// Returns the day that a person typed.
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

/// Refuses what moves money, cuts people off or counts days while the clock is not trusted; `doing` begins the sentence. In the
/// service it first waits for the routers' first answers.
///
/// # Errors
/// With the reason and what ends the doubt, while it is not.
pub(crate) fn insist_on_trust(appliance: &Appliance, doing: &str) -> Result<(), Failure> {
    let trust = appliance.settled_trust()?;
    if trust.is_trusted() {
        // This may be the first decision ever: the night after it counts as missed if no service runs then.
        appliance.begin_jobs()?;
        return Ok(());
    }
    Err(must_wait(appliance, doing, &trust))
}

/// Returns why something must wait for the clock, and until when; `doing` begins the sentence.
pub(crate) fn must_wait(appliance: &Appliance, doing: &str, trust: &Trust) -> Failure {
    let reason = trust.reason_in(&appliance.in_force().terms.zone);
    Failure::refused(
        format!("{doing} must wait until the clock is trusted: {reason}"),
        format!("{}; nothing was changed", trust.way_out()),
    )
}
