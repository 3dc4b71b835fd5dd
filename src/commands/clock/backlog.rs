//! Lists what waits for a trusted clock or for the owner, with the reason.
//!
//! What `weir clock` lists and `weir status` names: jobs with due occurrences, what the guard holds, subscribers whose period
//! is to be corrected. A clock in doubt cannot say what is due: then each job that depends on it waits, and those occurrences
//! are counted that were due by the newest record.

use serde::Serialize;

use crate::appliance::core::Appliance;
use crate::appliance::in_force::InForce;
use crate::clock::keeper::ClockReading;
use crate::commands::jobs::registry::{self, JobFacts, JobStanding};
use crate::model::failure::Failure;
use crate::model::job::Job;
use crate::model::pending_approval::PendingApproval;
use crate::store::read::reader::Reader;

/// Why a job waits while the clock is in doubt.
pub(crate) const FOR_THE_CLOCK: &str = "it waits until the clock is trusted";

/// Something that waits, as `--json` prints it.
#[derive(Debug, Serialize)]
pub(crate) struct WaitingThing {
    /// A job's name, the word under which something held is approved, or `periods`.
    pub(crate) what: String,
    /// How many occurrences, cuts or people; `null` where only the right time can say.
    pub(crate) count: Option<u64>,
    /// Since when the first of them waits, where that is known.
    pub(crate) since: Option<String>,
    pub(crate) reason: String,
    /// The same thing in a sentence.
    #[serde(skip)]
    pub(crate) words: String,
}

/// Returns everything that waits.
pub(crate) fn gather(
    appliance: &Appliance,
    reader: &Reader<'_>,
    in_force: &InForce,
    look: &ClockReading,
) -> Result<Vec<WaitingThing>, Failure> {
    let reason = registry::waits_for(appliance, &look.trust);
    let mut all: Vec<WaitingThing> = registry::gather(appliance, reader, in_force, look.recorded())?
        .iter()
        .filter(|facts| facts.job.is_some_and(Job::is_in_line))
        .filter_map(|facts| of_job(facts, look.trust.is_trusted(), &reason))
        .collect();
    all.extend(reader.all_held()?.iter().map(of_held));
    let uncertain_periods = reader.uncertain_periods_count()?;
    if uncertain_periods > 0 {
        all.push(WaitingThing {
            what: "periods".to_owned(),
            words: "paid-through dates to recalculate".to_owned(),
            count: Some(uncertain_periods),
            since: None,
            reason: "these subscribers paid while the clock was not trusted; their dates are recalculated on the \
                first trusted day"
                .to_owned(),
        });
    }
    Ok(all)
}

fn of_job(facts: &JobFacts<'_>, trusted: bool, reason: &str) -> Option<WaitingThing> {
    let count: u64 = facts.waiting.iter().map(|stretch| u64::from(stretch.count)).sum();
    let reason = match facts.standing {
        JobStanding::Planned => return None,
        JobStanding::Enabled if !trusted => FOR_THE_CLOCK,
        _ if count == 0 => return None,
        JobStanding::Enabled => reason,
        JobStanding::PausedByCommand | JobStanding::PausedByFile => "the job is paused",
    };
    Some(WaitingThing {
        what: facts.config.name.to_string(),
        words: facts.config.name.to_string(),
        count: Some(count).filter(|count| *count > 0),
        since: facts.waiting.first().map(|stretch| stretch.from.rfc3339()),
        reason: reason.to_owned(),
    })
}

fn of_held(held: &PendingApproval) -> WaitingThing {
    let word = held.work.word();
    let reason = match &held.approved {
        Some(approved) => format!("approved by {}, not yet carried out", approved.by),
        None => format!(
            "{} of {} would be cut off at once; decide with `weir approve {word}`",
            held.cuts, held.of
        ),
    };
    WaitingThing {
        what: word,
        words: held.work.words(),
        count: Some(held.cuts),
        since: Some(held.since.rfc3339()),
        reason,
    }
}
