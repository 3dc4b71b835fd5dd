//! Finds the entries that a wrong clock has dated into the future.
//!
//! Entries dated after now stay. What waits for approval is dropped: a run of `disconnect` that would cut off by a day ahead,
//! and an import that was held under such a clock. Must never know why the clock is trusted now.

use serde::Serialize;

use crate::model::alert::{AlertKind, Cause};
use crate::model::day::Instant;
use crate::model::entry::{Entry, EntryKind};
use crate::model::job::{Job, Outcome, Run};
use crate::model::money::Currency;
use crate::model::pending_approval::{PendingApproval, PendingWork};
use crate::rules::billing;
use crate::store::error::StoreError;
use crate::store::read::reader::Reader;
use crate::store::write::transaction::Transaction;

/// How many entries of each kind `--json` lists; they are counted all the same.
pub(crate) const LISTED_MAX: usize = 10_000;

/// Among how many of the newest records before it the record of a held run is looked for.
const RECORDS_LOOKED_AT: usize = 64;

/// Entries dated after now.
#[derive(Debug, Default)]
pub(crate) struct Entries {
    /// Charges of due days that billing has posted, newest first, then all others, newest first.
    pub(crate) listed: Vec<EntryAnswer>,
    /// All of them, also where the list is cut.
    pub(crate) count: u64,
    /// Of these, the charges that billing has posted.
    pub(crate) charges: u64,
}

#[derive(Debug, Serialize)]
pub(crate) struct EntryAnswer {
    pub(crate) seq: u64,
    pub(crate) username: String,
    pub(crate) kind: &'static str,
    pub(crate) amount: String,
    /// Of a charge the due day, else the day it is for.
    pub(crate) for_day: String,
    pub(crate) recorded_at: String,
    /// Whether billing posted it for a due day, and no person.
    pub(crate) by_billing: bool,
}

/// Returns the entries dated after `now`.
pub(crate) fn entries(reader: &Reader<'_>, now: Instant, currency: &Currency) -> Result<Entries, StoreError> {
    let mut found = Entries::default();
    let (mut charges, mut others) = (Vec::new(), Vec::new());
    reader.each_entry_after(now, |entry| {
        found.count = found.count.saturating_add(1);
        let list = if is_by_billing(&entry) {
            found.charges = found.charges.saturating_add(1);
            &mut charges
        } else {
            &mut others
        };
        if list.len() < LISTED_MAX {
            list.push(entry);
        }
    })?;
    for entry in charges.iter().chain(&others) {
        found.listed.push(entry_answer(reader, entry, currency)?);
    }
    Ok(found)
}

fn is_by_billing(entry: &Entry) -> bool {
    entry.kind == EntryKind::Debit && entry.actor == billing::ACTOR
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
        for_day: entry.for_day.to_string(),
        recorded_at: entry.recorded_at.rfc3339(),
        by_billing: is_by_billing(entry),
    })
}

/// Something held that is dropped, as `--json` prints it.
#[derive(Debug, Serialize)]
pub(crate) struct LetGo {
    /// The word under which it would be approved.
    pub(crate) what: String,
    /// Of an import, the name of its file.
    pub(crate) file: Option<String>,
    /// The records of a held run, and of those that it has replaced.
    #[serde(skip)]
    runs: Vec<Run>,
}

impl LetGo {
    /// Returns how its alert ends.
    fn how(&self) -> String {
        match &self.file {
            Some(file) => format!(
                "the import of `{file}` is dropped: a wrong clock held it, at a time that has not come yet; import \
                the file again"
            ),
            None => NOT_HELD.to_owned(),
        }
    }
}

/// Why a held run is not carried out.
const NOT_HELD: &str =
    "the held run of `disconnect` is dropped: a wrong clock planned it, for a time that has not come yet";

/// Returns what is held by a time that has not come. Such a run would cut off by a day ahead; such a list was checked
/// by one.
pub(crate) fn held(reader: &Reader<'_>, now: Instant) -> Result<Vec<LetGo>, StoreError> {
    let mut found = Vec::new();
    for held in reader.all_held()? {
        found.extend(let_go(reader, &held, now)?);
    }
    Ok(found)
}

fn let_go(reader: &Reader<'_>, held: &PendingApproval, now: Instant) -> Result<Option<LetGo>, StoreError> {
    let what = held.work.word();
    match &held.work {
        PendingWork::Disconnect {
            run,
            planned_for,
            earlier,
            ..
        } if *planned_for > now => {
            let mut runs = Vec::new();
            for (planned_for, id) in earlier.iter().chain([&(*planned_for, *run)]) {
                let near = reader.runs_through(Job::Disconnect, *planned_for, RECORDS_LOOKED_AT)?;
                runs.extend(near.into_iter().find(|run| run.id == *id));
            }
            Ok(Some(LetGo { what, file: None, runs }))
        }
        PendingWork::Import { file } if held.since > now => Ok(Some(LetGo {
            what,
            file: Some(file.clone()),
            runs: Vec::new(),
        })),
        PendingWork::Disconnect { .. } | PendingWork::Import { .. } | PendingWork::Reconcile { .. } => Ok(None),
    }
}

/// Drops it, and ends its alert.
pub(crate) fn drop_held(tx: &mut Transaction<'_>, let_go: &LetGo) -> Result<(), StoreError> {
    tx.drop_held(&let_go.what)?;
    tx.end_alert(&Cause::of(AlertKind::Guard, let_go.what.clone()), &let_go.how())?;
    for run in let_go.runs.iter().filter(|run| run.outcome == Outcome::Waiting) {
        tx.put_run(&Run {
            outcome: Outcome::Skipped,
            error: Some(NOT_HELD.to_owned()),
            ..run.clone()
        })?;
    }
    Ok(())
}
