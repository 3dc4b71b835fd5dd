//! Lists whom an approval would cut off now, and who is spared by now.
//!
//! Checks everybody who is still on the held list, by the rule of the approval itself. Changes nothing.

use serde::Serialize;

use crate::appliance::core::Appliance;
use crate::commands::imports::preview::{self, ImportPreview, PreviewedPerson};
use crate::commands::reply::reply;
use crate::commands::table::{Column, Table, counted, facts};
use crate::commands::time_words::civil;
use crate::commands::{Caller, Progress, Reply};
use crate::model::day::Day;
use crate::model::failure::Failure;
use crate::model::pending_approval::{PendingApproval, PendingWork};
use crate::model::subscriber::{State, Subscriber};
use crate::outbox::router_work::held_cuts;
use crate::rules::access::{self, CutOffVerdict};
use crate::rules::terms::Terms;
use crate::store::error::StoreError;
use crate::store::read::reader::Reader;

/// What an approval would do to one person, as `--json` prints it.
#[derive(Debug, Serialize)]
struct LookRow {
    username: String,
    /// `cut` or `spare`.
    would: &'static str,
    why: String,
}

/// Returns everybody on the list.
pub(crate) fn answer(
    appliance: &Appliance,
    call: &Caller,
    held: &PendingApproval,
    progress: &mut dyn Progress,
) -> Result<Reply, Failure> {
    let in_force = appliance.in_force();
    let word = held.work.word();
    let look = look(appliance, call, held, progress)?;
    let rows: Vec<LookRow> = look
        .seen
        .into_iter()
        .map(|(username, cut, why)| LookRow {
            username,
            would: if cut { "cut" } else { "spare" },
            why,
        })
        .collect();
    let mut told = reply(call, &rows, || {
        let mut table = Table::new(&[
            Column::name("USERNAME"),
            Column::whole("WOULD"),
            Column::sentence("WHY"),
        ]);
        for row in &rows {
            table.row([row.username.as_str(), row.would, row.why.as_str()]);
        }
        let mut text = table.render(call.width);
        if !text.is_empty() {
            text.push('\n');
        }
        let cut = rows.iter().filter(|row| row.would == "cut").count();
        let words = format!(
            "{cut} would be cut off, {} spared; held since {} because {} of {} would be cut off; nothing was changed",
            rows.len().saturating_sub(cut),
            civil(held.since, &in_force.terms.zone),
            held.cuts,
            held.of
        );
        text.push_str(&facts(&[(word.as_str(), words)], call.width));
        text
    })?;
    told.notes.push(match (&held.work, look.not_listed) {
        (PendingWork::Import { .. }, 0) => {
            "`weir approve import` imports the file and cuts them off, `weir approve import --refuse TEXT` discards \
            it"
            .to_owned()
        }
        (_, 0) => format!("`weir approve {word}` cuts them off, `weir approve {word} --refuse TEXT` spares them"),
        (_, others) => format!(
            "approving would be refused: {} not listed when it was held; the list would be made again for you to \
            check",
            counted(u64::try_from(others).unwrap_or(u64::MAX), "of them was", "of them were")
        ),
    });
    Ok(told)
}

/// Returns everybody on the list, each checked by the rule of the approval itself.
fn look(
    appliance: &Appliance,
    call: &Caller,
    held: &PendingApproval,
    progress: &mut dyn Progress,
) -> Result<ImportPreview, Failure> {
    if matches!(held.work, PendingWork::Import { .. }) {
        return preview::look(appliance, call, held, progress);
    }
    let reader = appliance.store.read()?;
    let seen = match &held.work {
        PendingWork::Disconnect { last_cut_day, .. } => {
            let in_force = appliance.in_force();
            each_of_run(&reader, &in_force.terms, &held.work.word(), *last_cut_day)?
        }
        PendingWork::Reconcile { .. } | PendingWork::Import { .. } => held_cuts::look(&reader, held)?
            .into_iter()
            .map(|(username, spared)| {
                let why = spared.unwrap_or("suspended, but still served by the router");
                (username, spared.is_none(), why.to_owned())
            })
            .collect(),
    };
    Ok(ImportPreview { seen, not_listed: 0 })
}

fn each_of_run(
    reader: &Reader<'_>,
    terms: &Terms,
    word: &str,
    last_cut_day: Day,
) -> Result<Vec<PreviewedPerson>, StoreError> {
    let mut seen = Vec::new();
    reader.each_held_cut(word, |username, id| -> Result<(), StoreError> {
        let found = reader
            .subscriber(id)?
            .filter(|found| found.username.as_str() == username);
        let (cut, why) = found.map_or((false, "no longer exists".to_owned()), |found| {
            by_run(&found, terms, last_cut_day)
        });
        seen.push((username.to_owned(), cut, why));
        Ok(())
    })?;
    Ok(seen)
}

/// Returns how many a run of `disconnect` that waits for approval would still cut off, where one waits.
///
/// # Errors
/// When the store cannot be read.
pub(crate) fn held_run(reader: &Reader<'_>, terms: &Terms) -> Result<Option<String>, StoreError> {
    for held in reader.all_held()? {
        if let (
            PendingWork::Disconnect {
                planned_for,
                last_cut_day,
                ..
            },
            None,
        ) = (&held.work, &held.approved)
        {
            let word = held.work.word();
            let seen = each_of_run(reader, terms, &word, *last_cut_day)?;
            return Ok(Some(format!(
                "the run of `disconnect` planned for {} is waiting for approval: {} of {} would still be cut off (`weir approve {word}`)",
                civil(*planned_for, &terms.zone),
                seen.iter().filter(|(_, cut, _)| *cut).count(),
                held.cuts
            )));
        }
    }
    Ok(None)
}

/// Returns whether somebody would be cut off, and why or why not in a word.
fn by_run(subscriber: &Subscriber, terms: &Terms, last_cut_day: Day) -> (bool, String) {
    let end = access::cut_off_day(subscriber, terms.grace_days);
    match access::verdict(subscriber, &terms.policy, terms.grace_days, last_cut_day) {
        CutOffVerdict::Suspend => {
            let why = end.map_or("unpaid".to_owned(), |end| format!("unpaid, served through {end}"));
            (true, why)
        }
        CutOffVerdict::Covered => (false, "covered by the wallet".to_owned()),
        CutOffVerdict::Leave => {
            let why = match (subscriber.state, &subscriber.hold, end) {
                (State::Closed, ..) => "closed".to_owned(),
                (_, Some(_), _) => "on hold".to_owned(),
                (State::Suspended, ..) => "already suspended".to_owned(),
                (State::Active, None, Some(end)) if subscriber.extended_to == Some(end) => {
                    format!("promised to pay by {end}")
                }
                (State::Active, None, Some(end)) if end > last_cut_day => format!("paid, served through {end}"),
                (State::Active, None, _) => "no package".to_owned(),
            };
            (false, why)
        }
    }
}
