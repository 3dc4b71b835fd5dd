//! May this run of `disconnect` act, or does it wait for approval?
//!
//! Before its first part a run is counted over a snapshot: whom it would cut off, and how many are active before it. Where
//! that is odd, nothing of it is done: its record ends as `waiting`, everybody whom it would have cut off is kept, an alert
//! is raised, and the job's marker moves on as if it had run, so that nothing else waits. The next run counts anew; when it
//! is held too it takes the place of the one before, and when it acts the held ones collapse into it.
//!
//! Must never know: how somebody approves. [`crate::jobs::approved`] carries out what was approved.

use crate::jobs::run::{self, Planned};
use crate::jobs::scheduler::Site;
use crate::model::alert::{AlertKind, Cause};
use crate::model::day::{Day, Instant};
use crate::model::held::{Held, HeldWork};
use crate::model::job::{Counts, DisconnectCounts, Job, JobState, Outcome, Run, RunId};
use crate::model::name::Username;
use crate::model::record::{LogKind, LogRecord};
use crate::model::subscriber::SubscriberId;
use crate::rules::access::{self, Verdict};
use crate::rules::catch_up;
use crate::rules::guard::{self, Guard};
use crate::rules::terms::Terms;
use crate::store::desk::Desk;
use crate::store::desk_alerts::Raised;
use crate::store::error::StoreError;
use crate::store::reader::Reader;

/// Under which word a run of disconnect is held.
pub const WORD: &str = "disconnect";

/// How many held runs one held run remembers to stand for: three years of nights that nobody looks at. Older ones collapse
/// at once.
pub const EARLIER_MAX: usize = 1_000;

/// What is told of a run whose work a later one does.
pub(crate) const STANDS_FOR_IT: &str = "a later run stands for it";

/// What the guard made of a run.
pub(crate) enum Judged {
    /// It may act.
    Acts,
    /// It waits; its record.
    Held(Run),
    /// The clock cannot be believed any more.
    Interrupted,
}

/// Whom a run would cut off.
struct Count {
    cuts: Vec<(Username, SubscriberId)>,
    covered: u64,
    /// The active before it.
    of: u64,
}

/// The alert that stands while a run of disconnect is held.
#[must_use]
pub(crate) fn cause() -> Cause {
    Cause::of(AlertKind::Guard, WORD)
}

/// Judges a run before its first part, and holds it where it must wait. One whose parts have begun was judged already.
///
/// # Errors
/// When the store cannot be read or written.
pub(crate) fn judge(site: Site<'_>, planned: Planned, terms: &Terms) -> Result<Judged, StoreError> {
    let last_cut_day = access::last_cut_day(planned.occurrence.at, &terms.zone);
    let count = {
        let reader = site.store.read()?;
        let begun = reader.job(planned.job)?.and_then(|state| state.part);
        if begun.is_some_and(|part| part.planned_for == planned.occurrence.at && part.by_hand == planned.by_hand) {
            return Ok(Judged::Acts);
        }
        count(&reader, terms, last_cut_day)?
    };
    let cuts = u64::try_from(count.cuts.len()).unwrap_or(u64::MAX);
    match guard::judge(cuts, count.of, terms.max_share) {
        Guard::Passes => Ok(Judged::Acts),
        Guard::Holds => match site.keeper.trusted()? {
            Ok(now) => {
                let run = site
                    .store
                    .write(now, |desk| hold(desk, planned, terms, last_cut_day, &count))?;
                tracing::warn!(planned_for = %run.planned_for, reason = ?run.error, "run held");
                Ok(Judged::Held(run))
            }
            Err(_) => Ok(Judged::Interrupted),
        },
    }
}

fn count(reader: &Reader<'_>, terms: &Terms, last_cut_day: Day) -> Result<Count, StoreError> {
    let mut count = Count {
        cuts: Vec::new(),
        covered: 0,
        of: reader.state()?.tallies.active,
    };
    reader.each_subscriber(|subscriber| -> Result<(), StoreError> {
        match access::verdict(&subscriber, &terms.policy, terms.grace_days, last_cut_day) {
            Verdict::Leave => {}
            Verdict::Covered => count.covered = count.covered.saturating_add(1),
            Verdict::Suspend => count.cuts.push((subscriber.username, subscriber.id)),
        }
        Ok(())
    })?;
    Ok(count)
}

fn hold(
    desk: &mut Desk<'_>,
    planned: Planned,
    terms: &Terms,
    last_cut_day: Day,
    count: &Count,
) -> Result<Run, StoreError> {
    let now = desk.now();
    let cuts = u64::try_from(count.cuts.len()).unwrap_or(u64::MAX);
    let reason = guard::reason(cuts, count.of, "active subscribers", terms.max_share);
    let (since, earlier) = take_the_place(desk)?;
    let record = Run {
        id: desk.next_run(),
        job: planned.job,
        planned_for: planned.occurrence.at,
        to: None,
        count: 1,
        started_at: Some(now),
        finished_at: Some(now),
        outcome: Outcome::Waiting,
        counts: Counts::Disconnect(DisconnectCounts {
            suspended: 0,
            covered: count.covered,
        }),
        error: Some(reason.clone()),
        by_hand: planned.by_hand,
    };
    desk.put_run(&record)?;
    let state = run::state_of(desk, planned.job)?;
    let state = if planned.by_hand {
        state
    } else {
        catch_up::accounted(&state, planned.occurrence.at)
    };
    desk.put_job(&JobState {
        part: None,
        last_run: Some(record.id),
        ..state
    })?;
    let held = Held {
        work: HeldWork::Disconnect {
            run: record.id,
            planned_for: record.planned_for,
            last_cut_day,
            earlier,
        },
        since,
        cuts,
        of: count.of,
        max_share: terms.max_share,
        approved: None,
    };
    desk.hold(&held, count.cuts.iter().map(|(username, id)| (username, *id)), None)?;
    let fields = vec![
        ("would_cut".to_owned(), cuts.to_string()),
        ("of".to_owned(), count.of.to_string()),
        ("max_share".to_owned(), terms.max_share.to_string()),
    ];
    desk.log(&LogRecord {
        at: now,
        kind: LogKind::Disconnect,
        planned_for: Some(record.planned_for),
        username: None,
        message: format!("nobody was cut off through {last_cut_day}: {reason}; it waits for approval"),
        fields: fields.clone(),
    })?;
    desk.raise(&Raised {
        fields,
        ..Raised::new(
            cause(),
            format!("a run of `disconnect` waits: {reason}; {}", how_to_go_on()),
        )
    })?;
    Ok(record)
}

/// What the owner can do about a held run.
#[must_use]
pub(crate) fn how_to_go_on() -> String {
    format!(
        "`weir approve --dry-run` lists them, `weir approve {WORD}` cuts them off, `weir approve {WORD} --refuse TEXT` \
         leaves them"
    )
}

/// Since when runs are held, and which ones, where one more is about to be held.
fn take_the_place(desk: &mut Desk<'_>) -> Result<(Instant, Vec<(Instant, RunId)>), StoreError> {
    let Some(Held {
        work:
            HeldWork::Disconnect {
                run,
                planned_for,
                mut earlier,
                ..
            },
        since,
        ..
    }) = desk.held(WORD)?
    else {
        return Ok((desk.now(), Vec::new()));
    };
    earlier.push((planned_for, run));
    let surplus = earlier.len().saturating_sub(EARLIER_MAX);
    for oldest in earlier.drain(..surplus) {
        end_record(desk, oldest, Outcome::Collapsed, STANDS_FOR_IT)?;
    }
    Ok((since, earlier))
}

/// A run acts: the held ones, if there are any, are part of it.
///
/// # Errors
/// When the store cannot be read or written.
pub(crate) fn overtaken(desk: &mut Desk<'_>) -> Result<(), StoreError> {
    let Some(held) = desk.held(WORD)? else {
        return Ok(());
    };
    if let HeldWork::Disconnect {
        run,
        planned_for,
        earlier,
        ..
    } = held.work
    {
        for record in earlier.into_iter().chain([(planned_for, run)]) {
            end_record(desk, record, Outcome::Collapsed, STANDS_FOR_IT)?;
        }
    }
    desk.drop_held(WORD)?;
    desk.end_alert(
        &cause(),
        "the run that waited is over: a later run of `disconnect` has acted",
    )?;
    Ok(())
}

/// Gives the record of a held run another end; one that retention has taken is left out.
///
/// # Errors
/// When the store cannot be read or written.
pub(crate) fn end_record(
    desk: &mut Desk<'_>,
    (planned_for, id): (Instant, RunId),
    outcome: Outcome,
    why: &str,
) -> Result<(), StoreError> {
    if let Some(run) = desk.run(Job::Disconnect, planned_for, id)? {
        desk.put_run(&Run {
            outcome,
            error: Some(why.to_owned()),
            ..run
        })?;
    }
    Ok(())
}
