//! Asks the guard before a run of `disconnect` acts, and holds the run for approval.
//!
//! Before it acts a run is counted over a snapshot: whom it would cut off, and how many are active before it. Where that is too
//! many, nothing of it is done: its record ends as `waiting`, the list of everybody whom it would have cut off is kept, an
//! alert is raised, and the job's marker moves on as if it had run, so that nothing else waits. The next run counts again; when
//! it is held too it replaces the one before, and when it acts the held ones collapse into it.
//!
//! A run that was cut in the middle is counted again with those whom it has cut already, and so is one that meets more of
//! them on its way than it may cut: an import may have come in between.
//!
//! Must never know: how somebody approves. [`crate::jobs::approved_run`] carries out what was approved.

use crate::jobs::context::JobContext;
use crate::jobs::run::{self, PlannedRun};
use crate::model::alert::{AlertKind, Cause};
use crate::model::day::{Day, Instant};
use crate::model::job::{Counts, DisconnectCounts, Job, Outcome, Run, RunId, RunPart};
use crate::model::name::Username;
use crate::model::pending_approval::{PendingApproval, PendingWork};
use crate::model::record::{LogKind, LogRecord};
use crate::model::subscriber::SubscriberId;
use crate::rules::access;
use crate::rules::decision::{self, Decision, DecisionCounts, RunMoment};
use crate::rules::guard::{self, Guard};
use crate::rules::terms::Terms;
use crate::rules::wallet::Wallet;
use crate::store::error::StoreError;
use crate::store::read::reader::Reader;
use crate::store::write::alerts::Raised;
use crate::store::write::transaction::Transaction;

/// The key under which a held run of disconnect is stored.
pub const WORD: &str = "disconnect";

/// How many earlier held runs one held run lists as replaced: three years of nights without an answer. Older ones collapse at
/// once.
pub const EARLIER_MAX: usize = 1_000;

/// The reason recorded for a run whose work a later one does.
pub(crate) const STANDS_FOR_IT: &str = "a later run replaced it";

/// The guard's verdict on a run.
pub(crate) enum GuardVerdict {
    /// It may act.
    Acts {
        /// How many it may cut off, those of its earlier parts among them.
        most: u64,
    },
    /// It waits; its record.
    Held(Run),
    /// The clock is no longer trusted.
    Interrupted,
}

/// Whom a run would cut off.
struct Count {
    /// Those who are still to be cut off.
    cuts: Vec<(Username, SubscriberId)>,
    covered: u64,
    /// How many are active before it.
    of: u64,
    /// Its earlier parts, where it was cut in the middle.
    begun: Option<RunPart>,
}

impl Count {
    /// Returns those whom its earlier parts have cut off.
    fn already(&self) -> u64 {
        self.begun.map_or(0, |part| part.counts.of_disconnect().suspended)
    }

    /// Returns how many it would cut off in all.
    fn cuts(&self) -> u64 {
        u64::try_from(self.cuts.len())
            .unwrap_or(u64::MAX)
            .saturating_add(self.already())
    }

    /// Returns why that is too many, in words.
    fn reason(&self, max_share: u8) -> String {
        let mut reason = guard::reason(self.cuts(), self.of, "active subscribers", max_share);
        if self.already() > 0 {
            reason.push_str(&format!(
                "; {} of them were cut off before the run was interrupted",
                self.already()
            ));
        }
        reason
    }
}

/// Returns the alert that is open while a run of disconnect is held.
#[must_use]
pub(crate) fn cause() -> Cause {
    Cause::of(AlertKind::Guard, WORD)
}

/// Asks the guard about a run before it acts or goes on, and holds it where it must wait.
///
/// # Errors
/// When the store cannot be read or written.
pub(crate) fn judge(site: JobContext<'_>, planned: PlannedRun, terms: &Terms) -> Result<GuardVerdict, StoreError> {
    let last_cut_day = access::last_cut_day(planned.occurrence.at, &terms.zone);
    let count = {
        let reader = site.store.read()?;
        let part = reader.job(planned.job)?.and_then(|state| state.part);
        let begun = part.filter(|part| planned.is_of(part));
        let at = planned.occurrence.at;
        let moment = RunMoment {
            job: Job::Disconnect,
            day: last_cut_day,
            now: at,
            today: terms.day(at),
            last_cut_day: access::last_cut_day(at, &terms.zone),
            held: true,
        };
        count(&reader, terms, &moment, begun)?
    };
    match guard::judge(count.cuts(), count.of, terms.max_share) {
        Guard::Passes => Ok(GuardVerdict::Acts {
            most: guard::most(count.of, terms.max_share),
        }),
        Guard::Holds => match site.keeper.trusted()? {
            Ok(now) => {
                let run = site
                    .store
                    .write(now, |tx| hold(tx, planned, terms, last_cut_day, &count))?;
                tracing::warn!(planned_for = %run.planned_for.rfc3339(), reason = ?run.error, "run held");
                Ok(GuardVerdict::Held(run))
            }
            Err(_) => Ok(GuardVerdict::Interrupted),
        },
    }
}

/// Counts as if the run were held, so that nobody is changed.
fn count(reader: &Reader<'_>, terms: &Terms, moment: &RunMoment, begun: Option<RunPart>) -> Result<Count, StoreError> {
    let state = reader.state()?;
    let mut count = Count {
        cuts: Vec::new(),
        covered: 0,
        of: state.tallies.active,
        begun,
    };
    let mut counts = DecisionCounts::default();
    count.of = count.of.saturating_add(count.already());
    let done_through = begun.map_or(SubscriberId(0), |part| part.done_through);
    reader.each_subscriber(|subscriber| -> Result<(), StoreError> {
        if subscriber.id <= done_through {
            return Ok(());
        }
        let mut wallet = Wallet::new(subscriber, state.head, reader);
        let decided = decision::decide(&mut wallet, terms, moment)?;
        if decided == Decision::WouldSuspend {
            count.cuts.push((wallet.subscriber.username, wallet.subscriber.id));
        }
        counts.add(&decided);
        Ok(())
    })?;
    count.covered = counts.disconnect.covered;
    Ok(count)
}

fn hold(
    tx: &mut Transaction<'_>,
    planned: PlannedRun,
    terms: &Terms,
    last_cut_day: Day,
    count: &Count,
) -> Result<Run, StoreError> {
    let now = tx.now();
    let done = count
        .begun
        .map_or(DisconnectCounts::default(), |part| part.counts.of_disconnect());
    let (since, earlier) = take_the_place(tx)?;
    let record = Run {
        id: count.begun.map_or_else(|| tx.next_run(), |part| part.run),
        job: planned.job,
        planned_for: planned.occurrence.at,
        to: None,
        count: 1,
        started_at: Some(count.begun.map_or(now, |part| part.started_at)),
        finished_at: Some(now),
        outcome: Outcome::Waiting,
        counts: Counts::Disconnect(DisconnectCounts {
            suspended: done.suspended,
            covered: done.covered.saturating_add(count.covered),
        }),
        error: Some(count.reason(terms.max_share)),
        by_hand: planned.by_hand,
    };
    tx.put_run(&record)?;
    run::account_for(tx, planned, record.id)?;
    let held = PendingApproval {
        work: PendingWork::Disconnect {
            run: record.id,
            planned_for: record.planned_for,
            last_cut_day,
            earlier,
        },
        since,
        cuts: count.cuts(),
        of: count.of,
        max_share: terms.max_share,
        approved: None,
    };
    tx.hold(&held, count.cuts.iter().map(|(username, id)| (username, *id)), None)?;
    tell_held(tx, &record, terms, last_cut_day, count)?;
    Ok(record)
}

/// Tells the log and the administrator of a run that is held.
fn tell_held(
    tx: &mut Transaction<'_>,
    record: &Run,
    terms: &Terms,
    last_cut_day: Day,
    count: &Count,
) -> Result<(), StoreError> {
    let reason = count.reason(terms.max_share);
    let fields = vec![
        ("would_cut".to_owned(), count.cuts().to_string()),
        ("of".to_owned(), count.of.to_string()),
        ("max_share".to_owned(), terms.max_share.to_string()),
    ];
    let message = if record.counts.of_disconnect().suspended == 0 {
        format!("nobody was cut off through {last_cut_day}: {reason}; the run waits for approval")
    } else {
        format!("nobody else is cut off through {last_cut_day}: {reason}; the rest waits for approval")
    };
    tx.log(
        &LogRecord::new(tx.now(), LogKind::Disconnect, message)
            .planned_for(record.planned_for)
            .fields(fields.clone()),
    )?;
    tx.raise(&Raised {
        fields,
        ..Raised::new(
            cause(),
            format!(
                "a run of `disconnect` is waiting for approval: {reason}; {}",
                how_to_go_on()
            ),
        )
    })?;
    Ok(())
}

/// Returns what the owner can do about a held run.
#[must_use]
pub(crate) fn how_to_go_on() -> String {
    format!(
        "`weir approve --dry-run` lists them, `weir approve {WORD}` cuts them off, `weir approve {WORD} --refuse \
        TEXT` spares them"
    )
}

/// Returns since when runs are held, and which ones, where one more is about to replace them.
fn take_the_place(tx: &mut Transaction<'_>) -> Result<(Instant, Vec<(Instant, RunId)>), StoreError> {
    let Some(PendingApproval {
        work:
            PendingWork::Disconnect {
                run,
                planned_for,
                mut earlier,
                ..
            },
        since,
        ..
    }) = tx.held(WORD)?
    else {
        return Ok((tx.now(), Vec::new()));
    };
    earlier.push((planned_for, run));
    let surplus = earlier.len().saturating_sub(EARLIER_MAX);
    for oldest in earlier.drain(..surplus) {
        end_record(tx, oldest, Outcome::Collapsed, STANDS_FOR_IT)?;
    }
    Ok((since, earlier))
}

/// Ends the held runs when a run acts: they collapse into it.
///
/// # Errors
/// When the store cannot be read or written.
pub(crate) fn overtaken(tx: &mut Transaction<'_>) -> Result<(), StoreError> {
    let Some(held) = tx.held(WORD)? else {
        return Ok(());
    };
    if let PendingWork::Disconnect {
        run,
        planned_for,
        earlier,
        ..
    } = held.work
    {
        for record in earlier.into_iter().chain([(planned_for, run)]) {
            end_record(tx, record, Outcome::Collapsed, STANDS_FOR_IT)?;
        }
    }
    tx.drop_held(WORD)?;
    tx.end_alert(
        &cause(),
        "no run is waiting any more: a later run of `disconnect` did its work",
    )?;
    Ok(())
}

/// Writes another outcome into the record of a held run; one that retention has deleted is left out.
///
/// # Errors
/// When the store cannot be read or written.
pub(crate) fn end_record(
    tx: &mut Transaction<'_>,
    (planned_for, id): (Instant, RunId),
    outcome: Outcome,
    why: &str,
) -> Result<(), StoreError> {
    if let Some(run) = tx.run(Job::Disconnect, planned_for, id)? {
        tx.put_run(&Run {
            outcome,
            error: Some(why.to_owned()),
            ..run
        })?;
    }
    Ok(())
}
