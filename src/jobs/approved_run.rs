//! Carries out an approved run of `disconnect`, or ends a refused one.
//!
//! Approval is written first, then carried out in parts: each is one transaction that takes some of those on the list, decides
//! each again by the cut-off of the held run, and takes them off the list. Who has paid since is left alone, and nobody who is
//! not on the list is cut off. A kill between two parts loses nothing: the next start goes on before any other step, so that no
//! later run decides while an approved one is unfinished.
//!
//! Must never know: who may approve, and how it is asked.

use std::ops::ControlFlow;

use crate::jobs::context::{JobContext, SchedulerError};
use crate::jobs::execution::Execution;
use crate::jobs::guarded_run::{self, WORD};
use crate::model::day::Instant;
use crate::model::job::{Counts, Job, Outcome, Run, RunId, Stretch};
use crate::model::pending_approval::{Approved, Carried, PendingApproval, PendingWork};
use crate::model::record::{LogKind, LogRecord};
use crate::rules::terms::Terms;
use crate::rules::trust::Trust;
use crate::store::error::StoreError;
use crate::store::read::reader::Reader;
use crate::store::write::transaction::Transaction;

/// How many of those on the list one part decides; a payment waits for at most one part.
pub const PART_CUTS: usize = 1_000;

/// What became of what was approved and not finished.
pub(crate) enum Went {
    /// There was nothing.
    Nothing,
    /// All of it is carried out.
    Done(Box<Finished>),
    /// The clock is no longer trusted, or the caller stopped it: the rest is still to do.
    Interrupted,
}

/// An approved run that is carried out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finished {
    /// What was held.
    pub held: PendingApproval,
    /// The record of the run as it ended.
    pub run: Run,
    /// What became of those on the list.
    pub carried: Carried,
}

/// Approves the chosen run and carries it out. Returns `None` where it does not wait any more: nobody approves a list
/// that another one has replaced.
///
/// # Errors
/// When the store fails, or the clock is not trusted; what was carried out by then stays, the rest goes on by itself.
pub fn approve(
    site: JobContext<'_>,
    chosen: &PendingApproval,
    by: &str,
    step: &mut dyn FnMut(u64, u64),
) -> Result<Option<Finished>, SchedulerError> {
    let clock = |trust: Trust| SchedulerError::Clock(trust.reason_in(&site.terms.zone));
    let now = site.keeper.trusted()?.map_err(clock)?;
    let waits = site.store.write(now, |tx| -> Result<bool, StoreError> {
        let Some(held) = tx.held(WORD)?.filter(|held| held.work == chosen.work) else {
            return Ok(false);
        };
        if held.approved.is_none() {
            let approved = Some(Approved {
                at: tx.now(),
                by: by.to_owned(),
            });
            tx.put_held(&PendingApproval { approved, ..held })?;
        }
        Ok(true)
    })?;
    if !waits {
        return Ok(None);
    }
    let mut told = |done, total| {
        step(done, total);
        ControlFlow::Continue(())
    };
    match go_on(site, &mut told)? {
        Went::Nothing => Ok(None),
        Went::Done(finished) => Ok(Some(*finished)),
        Went::Interrupted => Err(clock(site.trust()?)),
    }
}

/// Returns whether an approved run is unfinished.
///
/// # Errors
/// When the store cannot be read.
pub(crate) fn is_unfinished(reader: &Reader<'_>) -> Result<bool, StoreError> {
    let is = |held: &PendingApproval| held.approved.is_some() && matches!(held.work, PendingWork::Disconnect { .. });
    Ok(reader.all_held()?.iter().any(is))
}

/// Carries out what is approved and not finished; `flow` hears how many are decided, and of how many, and says whether to
/// go on.
///
/// # Errors
/// When the store cannot be read or written; parts that were committed stay.
pub(crate) fn go_on(
    site: JobContext<'_>,
    flow: &mut dyn FnMut(u64, u64) -> ControlFlow<()>,
) -> Result<Went, StoreError> {
    if !is_unfinished(&site.store.read()?)? {
        return Ok(Went::Nothing);
    }
    let most = PART_CUTS.min(site.part_subscribers).max(1);
    let mut done = 0_u64;
    loop {
        let Ok(now) = site.keeper.trusted()? else {
            return Ok(Went::Interrupted);
        };
        let part = site.store.write(now, |tx| part(tx, site.terms, most))?;
        match part {
            ApprovedPart::Nothing => return Ok(Went::Nothing),
            ApprovedPart::Last(finished) => {
                tracing::info!(planned_for = %finished.run.planned_for.rfc3339(), cut = finished.carried.cut, "approved run \
                    ended");
                return Ok(Went::Done(finished));
            }
            ApprovedPart::More { decided, of } => {
                done = done.saturating_add(decided);
                if flow(done.min(of), of).is_break() {
                    return Ok(Went::Interrupted);
                }
            }
        }
    }
}

enum ApprovedPart {
    Nothing,
    More { decided: u64, of: u64 },
    Last(Box<Finished>),
}

/// Carries out one transaction of an approved run.
fn part(tx: &mut Transaction<'_>, terms: &Terms, most: usize) -> Result<ApprovedPart, StoreError> {
    let Some(held) = tx.held(WORD)? else {
        return Ok(ApprovedPart::Nothing);
    };
    let (
        PendingWork::Disconnect {
            run,
            planned_for,
            last_cut_day,
            earlier,
        },
        Some(approved),
    ) = (&held.work, &held.approved)
    else {
        return Ok(ApprovedPart::Nothing);
    };
    // A lost record must not keep an approved run, and with it every later run, from ending.
    let mut record = tx
        .run(Job::Disconnect, *planned_for, *run)?
        .unwrap_or_else(|| rebuilt_record(*run, *planned_for, approved));
    let mut execution = Execution::new(terms, Job::Disconnect, *last_cut_day, *planned_for);
    execution.counts.disconnect = record.counts.of_disconnect();
    let listed = tx.held_cuts(WORD, most)?;
    for (username, id) in &listed {
        let found = tx.subscriber(*id)?.filter(|found| found.username.as_str() == username);
        if let Some(subscriber) = found {
            execution.decide(tx, subscriber, *run)?;
        }
        tx.strike_held_cut(WORD, username)?;
    }
    let counts = execution.counts.disconnect;
    record.counts = Counts::Disconnect(counts);
    if listed.len() >= most {
        tx.put_run(&record)?;
        return Ok(ApprovedPart::More {
            decided: u64::try_from(listed.len()).unwrap_or(u64::MAX),
            of: held.cuts,
        });
    }
    record.outcome = Outcome::Done;
    record.error = None;
    record.finished_at = Some(tx.now());
    tx.put_run(&record)?;
    for older in earlier {
        guarded_run::end_record(tx, *older, Outcome::Collapsed, guarded_run::STANDS_FOR_IT)?;
    }
    let carried = Carried {
        cut: counts.suspended,
        spared: held.cuts.saturating_sub(counts.suspended),
    };
    tx.drop_held(WORD)?;
    tell_end(tx, approved, &carried, &record)?;
    Ok(ApprovedPart::Last(Box::new(Finished {
        run: record,
        carried,
        held,
    })))
}

/// Tells the log what became of an approved run, and ends its alert.
fn tell_end(tx: &mut Transaction<'_>, approved: &Approved, carried: &Carried, record: &Run) -> Result<(), StoreError> {
    let how = format!(
        "approved by {}: {} cut off, {} spared because they no longer need to be cut off",
        approved.by, carried.cut, carried.spared
    );
    tx.end_alert(&guarded_run::cause(), &how)?;
    tx.log(
        &LogRecord::new(tx.now(), LogKind::Disconnect, how)
            .planned_for(record.planned_for)
            .field("action", "approve")
            .field("actor", &approved.by)
            .field("approved_at", approved.at.rfc3339())
            .field("suspended", carried.cut)
            .field("spared", carried.spared)
            .field("covered", record.counts.of_disconnect().covered),
    )?;
    Ok(())
}

fn rebuilt_record(id: RunId, planned_for: Instant, approved: &Approved) -> Run {
    let stretch = Stretch {
        from: planned_for,
        to: planned_for,
        count: 1,
    };
    Run {
        started_at: Some(approved.at),
        ..Run::not_run(id, Job::Disconnect, stretch, Outcome::Waiting, "approved")
    }
}

/// Leaves those whom a held run would have cut off as they are, and says why. The next run counts again.
///
/// # Errors
/// When the store cannot be read or written.
pub(crate) fn refuse(tx: &mut Transaction<'_>, held: &PendingApproval, by: &str, why: &str) -> Result<(), StoreError> {
    let PendingWork::Disconnect {
        run,
        planned_for,
        earlier,
        ..
    } = &held.work
    else {
        return Ok(());
    };
    let words = format!("refused by {by}: {why}");
    for record in earlier.iter().chain([&(*planned_for, *run)]) {
        guarded_run::end_record(tx, *record, Outcome::Skipped, &words)?;
    }
    tx.drop_held(WORD)?;
    tx.end_alert(&guarded_run::cause(), &words)?;
    tx.log(
        &LogRecord::new(tx.now(), LogKind::Disconnect, words)
            .planned_for(*planned_for)
            .field("action", "refuse")
            .field("actor", by)
            .field("comment", why)
            .field("would_cut", held.cuts),
    )
}
