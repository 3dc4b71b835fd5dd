//! What becomes of the owner's word that the clock is right?
//!
//! It counts until the clock jumps. Where a wrong clock once recorded what lies ahead, the floor is lowered to now and
//! every job's last occurrence is set back, so that the coming nights run. What such a clock posted stays in the ledger,
//! and is listed. Without `yes` nothing is changed: the same list says beforehand what would be.

use serde::Serialize;

use crate::clock::keeper::Look;
use crate::commands::appliance::Appliance;
use crate::commands::clock::word_words;
use crate::commands::clock_alert;
use crate::commands::clock_confirm_text::text;
use crate::commands::moments::civil;
use crate::commands::reply::reply;
use crate::commands::table::facts;
use crate::commands::{Call, Reply};
use crate::model::alert::{AlertKind, Cause};
use crate::model::day::Instant;
use crate::model::entry::Entry;
use crate::model::failure::Failure;
use crate::model::held::HeldWork;
use crate::model::job::{Job, JobState, Outcome, Run};
use crate::model::money::Currency;
use crate::model::record::{LogKind, LogRecord};
use crate::model::time_word::Confirmed;
use crate::rules::catch_up;
use crate::rules::trust::{Ground, Trust};
use crate::store::desk::Desk;
use crate::store::error::StoreError;
use crate::store::reader::Reader;

/// How many entries dated after now `--json` lists; they are counted all the same.
const ENTRIES_LISTED_MAX: usize = 10_000;

/// Among how many of the newest records before it the record of a held run is looked for.
const RECORDS_LOOKED_AT: usize = 64;

/// Why the record of a held run says that it will not be carried out.
const NOT_HELD: &str = "it was planned by a wrong clock, for a time that has not come";

/// What a confirmation does, or would do, as `--json` prints it.
#[derive(Debug, Serialize)]
pub(crate) struct ConfirmAnswer {
    /// Whether the word was taken.
    pub(crate) confirmed: bool,
    pub(crate) now: String,
    /// How the clock stood before.
    pub(crate) trusted: bool,
    pub(crate) reason: String,
    /// The floor before and after, where it is lowered.
    pub(crate) floor: Option<Floor>,
    /// Entries dated after now, newest first; they stay.
    pub(crate) entries: Vec<EntryAnswer>,
    /// All of those, also where the list is cut.
    pub(crate) entries_count: u64,
    /// Jobs whose last occurrence is set back.
    pub(crate) jobs: Vec<JobAnswer>,
    /// The held run that is let go, since the time it was planned for has not come.
    pub(crate) let_go: Option<String>,
}

#[derive(Debug, Serialize)]
pub(crate) struct Floor {
    pub(crate) from: String,
    pub(crate) to: String,
}

#[derive(Debug, Serialize)]
pub(crate) struct EntryAnswer {
    pub(crate) seq: u64,
    pub(crate) username: String,
    pub(crate) kind: &'static str,
    pub(crate) amount: String,
    pub(crate) recorded_at: String,
}

#[derive(Debug, Serialize)]
pub(crate) struct JobAnswer {
    pub(crate) name: &'static str,
    pub(crate) from: String,
    pub(crate) to: String,
}

impl ConfirmAnswer {
    fn that_changes_nothing(appliance: &Appliance, look: &Look, confirmed: bool) -> Self {
        Self {
            confirmed,
            now: look.now.to_string(),
            trusted: look.trust.is_trusted(),
            reason: look.trust.reason_in(&appliance.in_force().terms.zone),
            floor: None,
            entries: Vec::new(),
            entries_count: 0,
            jobs: Vec::new(),
            let_go: None,
        }
    }
}

/// `weir clock confirm`.
pub(crate) fn answer(appliance: &Appliance, call: &Call, yes: bool) -> Result<Reply, Failure> {
    appliance.settled_trust()?;
    if yes {
        // No run may move a job's marker meanwhile, and no look may forget the word before the keeper knows it.
        appliance.between_runs(|| confirm(appliance, call))
    } else {
        preview(appliance, call)
    }
}

fn preview(appliance: &Appliance, call: &Call) -> Result<Reply, Failure> {
    let look = appliance.keeper.look()?;
    if let Some(told) = needless(appliance, call, &look)? {
        return Ok(told);
    }
    let answer = gather(appliance, &look, false)?;
    let zone = appliance.in_force().terms.zone.clone();
    let mut told = reply(call, &answer, || text(&answer, &zone, call.width))?;
    told.notes.push(format!("Is it really {}?", civil(look.now, &zone)));
    told.exit = 1;
    Ok(told)
}

fn confirm(appliance: &Appliance, call: &Call) -> Result<Reply, Failure> {
    let look = appliance.keeper.look()?;
    if let Some(told) = needless(appliance, call, &look)? {
        return Ok(told);
    }
    let answer = gather(appliance, &look, true)?;
    let let_go = runs_let_go(&appliance.store.read()?, look.now)?;
    appliance
        .store
        .write(look.now, |desk| write(desk, &look, call, &answer, &let_go))?;
    appliance.keeper.was_confirmed();
    tracing::info!(now = %look.now, actor = %call.actor, "the clock was confirmed");
    // What waited is looked at at once.
    appliance.routers.ring();
    let zone = appliance.in_force().terms.zone.clone();
    reply(call, &answer, || text(&answer, &zone, call.width))
}

/// What is told where there is nothing to confirm.
///
/// # Errors
/// When the clock cannot be right.
fn needless(appliance: &Appliance, call: &Call, look: &Look) -> Result<Option<Reply>, Failure> {
    match &look.trust {
        Trust::BeforeBuild { .. } => Err(Failure::refused(
            format!(
                "this clock cannot be right: {}",
                look.trust.reason_in(&appliance.in_force().terms.zone)
            ),
            "set it (`timedatectl set-time`), or let the box find a time server; nothing was changed",
        )),
        Trust::Trusted(ground) => {
            let answer = ConfirmAnswer::that_changes_nothing(appliance, look, false);
            let zone = appliance.in_force().terms.zone.clone();
            let before = match (ground, &look.word) {
                (Ground::Word, Some(word)) => format!(" ({})", word_words(word, &zone)),
                _ => String::new(),
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

/// What a confirmation changes.
fn gather(appliance: &Appliance, look: &Look, confirmed: bool) -> Result<ConfirmAnswer, Failure> {
    let reader = appliance.store.read()?;
    let mut answer = ConfirmAnswer::that_changes_nothing(appliance, look, confirmed);
    if look.now >= look.newest {
        return Ok(answer);
    }
    answer.floor = Some(Floor {
        from: look.newest.to_string(),
        to: look.now.to_string(),
    });
    let in_force = appliance.in_force();
    let currency = &in_force.config.site.currency;
    let (entries, count) = reader.entries_after(look.now, ENTRIES_LISTED_MAX)?;
    answer.entries_count = count;
    for entry in &entries {
        answer.entries.push(entry_answer(&reader, entry, currency)?);
    }
    for job in Job::ALL {
        if let Some((from, _)) = reader.job(job)?.and_then(|state| later(&state, look.now)) {
            answer.jobs.push(JobAnswer {
                name: job.as_str(),
                from: from.to_string(),
                to: look.now.to_string(),
            });
        }
    }
    answer.let_go = held_too_early(&reader, look.now)?.map(|work| work.word());
    Ok(answer)
}

fn entry_answer(reader: &Reader<'_>, entry: &Entry, currency: &Currency) -> Result<EntryAnswer, StoreError> {
    let username = reader
        .subscriber(entry.subscriber)?
        .map_or_else(String::new, |subscriber| subscriber.username.to_string());
    Ok(EntryAnswer {
        seq: entry.seq.0,
        username,
        kind: entry.kind.as_str(),
        amount: currency.format(entry.amount),
        recorded_at: entry.recorded_at.to_string(),
    })
}

/// Through when a job is accounted for, and its state set back, where that lies after `now`.
fn later(state: &JobState, now: Instant) -> Option<(Instant, JobState)> {
    let back = catch_up::set_back(state, now);
    (back != *state).then(|| (catch_up::accounted_through(state).unwrap_or(now), back))
}

/// The run of `disconnect` that is held, where the time for which it was planned has not come: approved, it would cut by
/// a day that lies ahead.
fn held_too_early(reader: &Reader<'_>, now: Instant) -> Result<Option<HeldWork>, StoreError> {
    let held = reader.all_held()?.into_iter().map(|held| held.work);
    let too_early = |work: &HeldWork| matches!(work, HeldWork::Disconnect { planned_for, .. } if *planned_for > now);
    Ok(held.into_iter().find(too_early))
}

/// The records of that run, and of those whose place it has taken.
fn runs_let_go(reader: &Reader<'_>, now: Instant) -> Result<Vec<Run>, StoreError> {
    let mut found = Vec::new();
    if let Some(HeldWork::Disconnect {
        run,
        planned_for,
        earlier,
        ..
    }) = held_too_early(reader, now)?
    {
        for (planned_for, id) in earlier.into_iter().chain([(planned_for, run)]) {
            let near = reader.runs_through(Job::Disconnect, planned_for, RECORDS_LOOKED_AT)?;
            found.extend(near.into_iter().find(|run| run.id == id));
        }
    }
    Ok(found)
}

fn write(
    desk: &mut Desk<'_>,
    look: &Look,
    call: &Call,
    answer: &ConfirmAnswer,
    let_go: &[Run],
) -> Result<(), StoreError> {
    let floor = desk.state().newest;
    // First of all: this transaction carries the lowered instant.
    desk.lower_floor(look.now);
    let mut fields = vec![
        ("action".to_owned(), "clock confirm".to_owned()),
        ("actor".to_owned(), call.actor.clone()),
        ("before".to_owned(), look.trust.reason()),
    ];
    let mut message = format!("{} confirmed that the clock is right", call.actor);
    if look.now < floor {
        for job in Job::ALL {
            if let Some((_, back)) = desk.job(job)?.and_then(|state| later(&state, look.now)) {
                desk.put_job(&back)?;
            }
        }
        if let Some(word) = &answer.let_go {
            desk.drop_held(word)?;
            desk.end_alert(&Cause::of(AlertKind::Guard, word.clone()), NOT_HELD)?;
            for run in let_go.iter().filter(|run| run.outcome == Outcome::Waiting) {
                desk.put_run(&Run {
                    outcome: Outcome::Skipped,
                    error: Some(NOT_HELD.to_owned()),
                    ..run.clone()
                })?;
            }
        }
        message.push_str(", and lowered the floor");
        fields.push(("floor_from".to_owned(), floor.to_string()));
        fields.push(("floor_to".to_owned(), look.now.to_string()));
        fields.push(("entries_after".to_owned(), answer.entries_count.to_string()));
    }
    desk.put_confirmed(Some(&Confirmed {
        at: look.now,
        by: call.actor.clone(),
    }))?;
    desk.log(&LogRecord {
        at: desk.now(),
        kind: LogKind::Service,
        planned_for: None,
        username: None,
        message,
        fields,
    })?;
    desk.end_alert(
        &clock_alert::cause(),
        &format!("{} confirmed that the clock is right", call.actor),
    )?;
    Ok(())
}
