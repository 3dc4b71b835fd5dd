//! `weir clock confirm` carries out the owner's confirmation that the clock is right.
//!
//! It holds until the clock jumps. Where a wrong clock has recorded entries ahead of now, the floor is lowered to now and every
//! job's last occurrence is set back, so that the coming nights run. What such a clock posted stays in the ledger and is
//! listed; subscribers whom it cut off too early are brought back; what it left waiting for approval is dropped. Without `yes`
//! nothing is changed: the same list says what would change, and what would run at once. An answer confirms the clock that the
//! question showed, and no other.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use crate::appliance::core::Appliance;
use crate::clock::keeper::ClockReading;
use crate::commands::clock::confirm_text::text;
use crate::commands::clock::future_entries::{self, EntryAnswer, LetGo};
use crate::commands::clock::future_service;
use crate::commands::clock::overdue_runs::{self, AtOnce};
use crate::commands::clock::show::word_words;
use crate::commands::clock::wrongly_suspended::{self, WronglySuspended};
use crate::commands::reply::reply;
use crate::commands::table::facts;
use crate::commands::time_words::{civil, civil_with_seconds};
use crate::commands::{Asked, Caller, Reply, SiteCommand};
use crate::model::clock_confirmation::Confirmed;
use crate::model::day::Instant;
use crate::model::failure::Failure;
use crate::model::job::{Job, JobState};
use crate::model::record::{LogKind, LogRecord};
use crate::notices::clock_doubt;
use crate::rules::catch_up;
use crate::rules::terms::Terms;
use crate::rules::trust::{self, AWAY_MS, Trust, TrustBasis};
use crate::store::error::StoreError;
use crate::store::write::transaction::Transaction;

const HELP: &str = "\
Shows what it will change, then asks; without a terminal it needs `--yes`.
The confirmation holds until the clock jumps. If a wrong clock has left records
from the future, it also sets every job's last occurrence back, brings back
subscribers whom that clock cut off too early, and lists the ledger entries
dated after now, which stay.";

/// What a question showed when it was put, sent back with the answer: an answer confirms only the clock that was shown.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShownClock {
    /// What the clock showed, in RFC 3339.
    pub now: String,
    /// For how long the question has been open since, by the client's stopwatch, in seconds.
    pub open_s: u64,
}

/// Confirm the clock
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, clap::Args)]
#[serde(deny_unknown_fields)]
#[command(after_help = HELP)]
pub struct ClockConfirm {
    /// Do not ask
    #[arg(long)]
    pub yes: bool,
    /// What the question showed to which this is the answer; `None` where nobody was asked.
    #[arg(skip)]
    pub shown: Option<ShownClock>,
}

impl SiteCommand for ClockConfirm {
    fn answer(&self, site: &Appliance, asked: &mut Asked<'_>) -> Result<Reply, Failure> {
        answer(site, asked.caller, self.yes, self.shown.as_ref())
    }

    fn has_long_answer(&self) -> bool {
        true
    }
}

/// For how long a question may be open, in seconds: nobody remembers for longer what it showed.
const QUESTION_OPEN_S_MAX: u64 = 600;

/// What a confirmation does, or would do, as `--json` prints it.
#[derive(Debug, Serialize)]
pub(crate) struct ConfirmAnswer {
    /// Whether the confirmation was carried out.
    pub(crate) confirmed: bool,
    pub(crate) now: String,
    /// Whether the clock was trusted before.
    pub(crate) trusted: bool,
    pub(crate) reason: String,
    /// The floor before and after, where it is lowered.
    pub(crate) floor: Option<Floor>,
    /// Entries dated after now: charges that billing posted, newest first, then all others, newest first. They stay.
    pub(crate) entries: Vec<EntryAnswer>,
    /// All of those, also where the list is cut.
    pub(crate) entries_count: u64,
    /// Of these, the charges that billing posted.
    pub(crate) charges_count: u64,
    /// Jobs whose last occurrence is set back.
    pub(crate) jobs: Vec<ConfirmedJob>,
    /// What was held and is dropped, since its time has not come.
    pub(crate) let_go: Vec<LetGo>,
    /// Subscribers who were cut off for a day that has not come, and are brought back; in order of username.
    pub(crate) brought_back: Vec<WronglySuspended>,
    /// All of those, also where the list is cut.
    pub(crate) brought_back_count: u64,
    /// What would run at once; only beforehand, and `null` where nothing would.
    pub(crate) at_once: Option<AtOnce>,
}

#[derive(Debug, Serialize)]
pub(crate) struct Floor {
    pub(crate) from: String,
    pub(crate) to: String,
}

#[derive(Debug, Serialize)]
pub(crate) struct ConfirmedJob {
    pub(crate) name: &'static str,
    pub(crate) from: String,
    pub(crate) to: String,
}

impl ConfirmAnswer {
    fn that_changes_nothing(appliance: &Appliance, look: &ClockReading, confirmed: bool) -> Self {
        Self {
            confirmed,
            now: look.now.rfc3339(),
            trusted: look.trust.is_trusted(),
            reason: look.trust.reason_in(&appliance.in_force().terms.zone),
            floor: None,
            entries: Vec::new(),
            entries_count: 0,
            charges_count: 0,
            jobs: Vec::new(),
            let_go: Vec::new(),
            brought_back: Vec::new(),
            brought_back_count: 0,
            at_once: None,
        }
    }
}

/// Answers `weir clock confirm`; `shown` is the time that the answered question showed.
pub(crate) fn answer(
    appliance: &Appliance,
    call: &Caller,
    yes: bool,
    shown: Option<&ShownClock>,
) -> Result<Reply, Failure> {
    appliance.settled_trust()?;
    if !yes {
        return preview(appliance, call);
    }
    // No run may move a job's marker meanwhile, and no check may forget the confirmation before the keeper knows it.
    let (mut told, brought_back) = appliance.between_runs(|| confirm(appliance, call, shown))?;
    // What waited is checked at once.
    appliance.routers.ring();
    if brought_back > 0 {
        told.notes.extend(appliance.tell_routers());
    }
    Ok(told)
}

/// Returns what the confirmation would change. The notes of the reply are the question, and what the clock showed in it
/// (RFC 3339): that is sent back with the answer.
fn preview(appliance: &Appliance, call: &Caller) -> Result<Reply, Failure> {
    let look = appliance.keeper.look()?;
    if let Some(told) = needless(appliance, call, &look)? {
        return Ok(told);
    }
    let in_force = appliance.in_force();
    let (mut answer, _) = gather(appliance, &look, false)?;
    answer.at_once = overdue_runs::gather(&appliance.store.read()?, &in_force, look.now)?;
    let zone = in_force.terms.zone.clone();
    let mut told = reply(call, &answer, || text(&answer, &zone, call.width))?;
    told.notes.push(format!("Is it really {}?", civil(look.now, &zone)));
    told.notes.push(answer.now.clone());
    told.exit = 1;
    Ok(told)
}

/// Carries out the confirmation. Returns the reply, and how many were brought back.
fn confirm(appliance: &Appliance, call: &Caller, shown: Option<&ShownClock>) -> Result<(Reply, u64), Failure> {
    let look = appliance.keeper.look()?;
    if let Some(told) = needless(appliance, call, &look)? {
        return Ok((told, 0));
    }
    let terms = appliance.in_force().terms.clone();
    if let Some(shown) = shown {
        still_holds(shown, look.now, &terms.zone)?;
    }
    let (mut answer, resumed_without_payment) = gather(appliance, &look, true)?;
    let brought_back = appliance.store.write(look.now, |tx| {
        write(tx, &look, call, &answer, &resumed_without_payment, &terms)
    })?;
    answer.brought_back_count = brought_back;
    appliance.keeper.was_confirmed();
    tracing::info!(now = %look.now.rfc3339(), actor = %call.actor, "the clock was confirmed");
    Ok((
        reply(call, &answer, || text(&answer, &terms.zone, call.width))?,
        brought_back,
    ))
}

/// Checks that the clock shows what the question showed, plus the time that the question was open.
fn still_holds(shown: &ShownClock, now: Instant, zone: &TimeZone) -> Result<(), Failure> {
    const ASK_AGAIN: &str = "run `weir clock confirm` again; nothing was changed";
    if shown.open_s > QUESTION_OPEN_S_MAX {
        let minutes = trust::span(i64::try_from(QUESTION_OPEN_S_MAX.saturating_mul(1_000)).unwrap_or(i64::MAX));
        return Err(Failure::refused(
            format!("the question was asked more than {minutes} ago; the answer no longer counts"),
            ASK_AGAIN,
        ));
    }
    let Ok(then) = shown.now.parse::<Timestamp>().map(Instant::from_timestamp) else {
        return Err(Failure::refused(
            format!("`{}` is not a time that a clock shows", shown.now),
            ASK_AGAIN,
        ));
    };
    let passed = i64::try_from(shown.open_s.saturating_mul(1_000)).unwrap_or(i64::MAX);
    if now.millis_since(then.plus_millis(passed)).saturating_abs() > AWAY_MS {
        return Err(Failure::refused(
            format!(
                "the clock has jumped since the question was asked: it now shows {}",
                civil_with_seconds(now, zone)
            ),
            ASK_AGAIN,
        ));
    }
    Ok(())
}

/// Returns the answer where there is nothing to confirm.
///
/// # Errors
/// When the clock cannot be right.
fn needless(appliance: &Appliance, call: &Caller, look: &ClockReading) -> Result<Option<Reply>, Failure> {
    match &look.trust {
        Trust::BeforeBuild { .. } => Err(Failure::refused(
            format!(
                "this clock cannot be right: {}",
                look.trust.reason_in(&appliance.in_force().terms.zone)
            ),
            "set the clock (`timedatectl set-time`), or let the box reach a time server; nothing was changed",
        )),
        Trust::Trusted(ground) => {
            let answer = ConfirmAnswer::that_changes_nothing(appliance, look, false);
            let zone = appliance.in_force().terms.zone.clone();
            let before = if let (TrustBasis::Word, Some(word)) = (ground, &look.word) {
                format!(" ({})", word_words(word, &zone))
            } else {
                String::new()
            };
            reply(call, &answer, || {
                let words = format!("the clock is trusted: {}{before}; nothing was changed", answer.reason);
                facts(&[("nothing to confirm", words)], call.width)
            })
            .map(Some)
        }
        Trust::BehindRecords { .. }
        | Trust::Contradicted { .. }
        | Trust::NoWitness(_)
        | Trust::Awaited
        | Trust::AheadOfRecords { .. } => Ok(None),
    }
}

/// Returns what a confirmation changes, with everybody who is brought back.
fn gather(
    appliance: &Appliance,
    look: &ClockReading,
    confirmed: bool,
) -> Result<(ConfirmAnswer, Vec<WronglySuspended>), Failure> {
    let reader = appliance.store.read()?;
    let mut answer = ConfirmAnswer::that_changes_nothing(appliance, look, confirmed);
    if look.now >= look.newest {
        return Ok((answer, Vec::new()));
    }
    answer.floor = Some(Floor {
        from: look.newest.rfc3339(),
        to: look.now.rfc3339(),
    });
    let in_force = appliance.in_force();
    let entries = future_entries::entries(&reader, look.now, &in_force.config.site.currency)?;
    answer.entries_count = entries.count;
    answer.charges_count = entries.charges;
    answer.entries = entries.listed;
    for job in Job::ALL {
        if let Some((from, _)) = reader.job(job)?.and_then(|state| later(&state, look.now)) {
            answer.jobs.push(ConfirmedJob {
                name: job.as_str(),
                from: from.rfc3339(),
                to: look.now.rfc3339(),
            });
        }
    }
    answer.let_go = future_entries::held(&reader, look.now)?;
    let resumed_without_payment = wrongly_suspended::find(&reader, &in_force.terms, look.now)?;
    answer.brought_back_count = u64::try_from(resumed_without_payment.len()).unwrap_or(u64::MAX);
    answer.brought_back = resumed_without_payment
        .iter()
        .take(future_entries::LISTED_MAX)
        .cloned()
        .collect();
    Ok((answer, resumed_without_payment))
}

/// Returns until when a job is accounted for, and its state set back, where that lies after `now`.
fn later(state: &JobState, now: Instant) -> Option<(Instant, JobState)> {
    let back = catch_up::set_back(state, now);
    (back != *state).then(|| (catch_up::accounted_through(state).unwrap_or(now), back))
}

fn write(
    tx: &mut Transaction<'_>,
    look: &ClockReading,
    call: &Caller,
    answer: &ConfirmAnswer,
    resumed_without_payment: &[WronglySuspended],
    terms: &Terms,
) -> Result<u64, StoreError> {
    let mut brought_back = 0;
    let floor = tx.state().newest;
    // First of all: this transaction carries the lowered instant.
    tx.lower_floor(look.now);
    let message = format!("{} confirmed that the clock is right", call.actor);
    let mut record = LogRecord::new(tx.now(), LogKind::Service, message)
        .field("action", "clock confirm")
        .field("actor", &call.actor)
        .field("before", look.trust.reason());
    if look.now < floor {
        for job in Job::ALL {
            if let Some((_, back)) = tx.job(job)?.and_then(|state| later(&state, look.now)) {
                tx.put_job(&back)?;
            }
        }
        for let_go in &answer.let_go {
            future_entries::drop_held(tx, let_go)?;
        }
        brought_back = wrongly_suspended::bring_back(tx, terms, resumed_without_payment, &call.actor)?;
        future_service::leave_out(tx, terms, &call.actor)?;
        record.message.push_str(", and lowered the floor");
        record = record
            .field("floor_from", floor.rfc3339())
            .field("floor_to", look.now.rfc3339())
            .field("entries_after", answer.entries_count)
            .field("brought_back", brought_back);
    }
    tx.put_confirmed(Some(&Confirmed {
        at: look.now,
        by: call.actor.clone(),
    }))?;
    tx.log(&record)?;
    tx.end_alert(
        &clock_doubt::cause(),
        &format!("{} confirmed that the clock is right", call.actor),
    )?;
    Ok(brought_back)
}
