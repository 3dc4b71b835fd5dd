//! Approves or refuses an import that the guard holds.
//!
//! It waits as a whole, with its bytes and with those whom it would cut off. An approval imports it as of that day, and may cut
//! off nobody who was not on that list; a refusal drops it with the reason; and any import meanwhile replaces it, since an
//! owner who has corrected a file no longer wants the faulty one.

use std::collections::HashSet;

use crate::appliance::core::Appliance;
use crate::commands::context::{CommandContext, NotKept};
use crate::commands::file_body::FileBody;
use crate::commands::imports::cut_offs::{Because, CutOff};
use crate::commands::imports::report::refusal;
use crate::commands::imports::subscribers::{ImportedList, REFUSED_BY_CLOCK, read_list, take_all};
use crate::commands::refusals::wrong_name;
use crate::commands::{Caller, Progress, Reply};
use crate::model::alert::{AlertKind, Cause};
use crate::model::failure::Failure;
use crate::model::name::Comment;
use crate::model::pending_approval::{Carried, PendingApproval, PendingWork};
use crate::model::record::LogKind;
use crate::model::subscriber::SubscriberId;
use crate::rules::guard;
use crate::store::error::StoreError;
use crate::store::write::alerts::Raised;
use crate::store::write::transaction::Transaction;

/// How to go on with what waits.
pub(crate) const HOW_TO_GO_ON: &str = "`weir approve import --dry-run` lists them, `weir approve import` imports the \
    file and cuts them off, `weir approve import --refuse TEXT` discards it; importing a corrected file replaces it";

/// The way out where a held file no longer fits the configuration in force.
const WAITS_AS_BEFORE: &str = "nothing was changed, and the file is still waiting; correct `site.toml` and approve \
    it again, or import a corrected file in its place";

/// What was waiting already when a list is held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum HeldListLookup {
    /// Nothing.
    Nothing,
    /// The same file, which would do the same: nothing was written.
    Same,
    /// The same file, which would cut off others by now.
    OtherCuts,
    /// Another file of this name.
    Other(String),
}

impl HeldListLookup {
    /// Returns the same in a sentence, where there is something to tell.
    pub(crate) fn note(&self) -> Option<String> {
        match self {
            Self::Nothing => None,
            Self::Same => Some("this file was already waiting; nothing was written".to_owned()),
            Self::OtherCuts => Some(
                "this file was already waiting; the list of those it would cut off has changed and was updated"
                    .to_owned(),
            ),
            Self::Other(file) => Some(format!("it replaces `{file}`, which was waiting and is dropped")),
        }
    }
}

/// Returns why the number is too high.
pub(crate) fn reason(deciding: &CommandContext<'_>, taken: &ImportedList) -> String {
    let max_share = deciding.in_force.terms.max_share;
    let share = guard::reason(taken.cut_count(), taken.of, "subscribers", max_share);
    format!("{share}; of them {}", Because::of(&taken.cuts).words())
}

/// Keeps a list that the guard holds, in place of what was held before, and raises the alert.
pub(crate) fn hold(
    deciding: &CommandContext<'_>,
    tx: &mut Transaction<'_>,
    file: &FileBody,
    taken: &ImportedList,
) -> Result<HeldListLookup, StoreError> {
    let held = PendingApproval {
        work: PendingWork::Import {
            file: file.name.clone(),
        },
        since: tx.now(),
        cuts: taken.cut_count(),
        of: taken.of,
        max_share: deciding.in_force.terms.max_share,
        approved: None,
    };
    let word = held.work.word();
    let found = match tx.held(&word)? {
        None => HeldListLookup::Nothing,
        Some(standing) if tx.held_file(&word)?.as_ref() != Some(&file.bytes) || standing.work != held.work => {
            HeldListLookup::Other(named(&standing))
        }
        Some(standing) => {
            let since = standing.since;
            let would_do_the_same =
                standing == PendingApproval { since, ..held.clone() } && lists(&listed(tx, &word)?, taken);
            if would_do_the_same {
                return Ok(HeldListLookup::Same);
            }
            HeldListLookup::OtherCuts
        }
    };
    let cuts = taken.cuts.iter().map(|cut| (&cut.username, cut.id));
    tx.hold(&held, cuts, Some(&file.bytes))?;
    let what = format!(
        "the import of `{}` is waiting for approval: {}",
        file.name,
        reason(deciding, taken)
    );
    let fields = [("cuts", held.cuts.to_string()), ("of", held.of.to_string())];
    deciding.log(tx, LogKind::Subscriber, None, what.clone(), &fields)?;
    tx.raise(&Raised::new(cause(), format!("{what}; {HOW_TO_GO_ON}")))?;
    Ok(found)
}

/// Drops a waiting list after another import. Returns the name of its file.
pub(crate) fn overtake(
    deciding: &CommandContext<'_>,
    tx: &mut Transaction<'_>,
    by: &str,
) -> Result<Option<String>, StoreError> {
    let Some(held) = tx.held(&cause().subject)? else {
        return Ok(None);
    };
    let file = named(&held);
    let how = format!("the import of `{file}`, which was waiting for approval, is dropped: `{by}` was imported");
    end(deciding, tx, &how, &[])?;
    Ok(Some(file))
}

/// Somebody on the held list; newcomers with the number 0.
pub(crate) type Listed = (String, SubscriberId);

/// An approval that would cut off so many who were not on the list.
struct Others {
    taken: Box<ImportedList>,
    file: FileBody,
    others: usize,
}

/// Answers `weir approve import`: imports the held list as of today. Returns whom it cut off and the report of the
/// import.
///
/// # Errors
/// When the clock is not trusted, when something else waits by now, when the file no longer fits the configuration, and when it
/// would cut off somebody who is not on the list: the new list then waits in place of the old one.
pub fn approve(
    appliance: &Appliance,
    call: &Caller,
    held: &PendingApproval,
    progress: &mut dyn Progress,
) -> Result<(Carried, Vec<String>), Failure> {
    let deciding = CommandContext::by_a_trusted_clock(appliance, call, REFUSED_BY_CLOCK)?;
    let done = appliance
        .store
        .write(deciding.recorded.at, |tx| -> Result<_, NotKept<Others>> {
            let (file, listed, taken) = take_again(&deciding, tx, held, progress)?;
            let others = others(&listed, &taken).len();
            if others > 0 {
                let taken = Box::new(taken);
                return Err(NotKept::Thrown(Others { taken, file, others }));
            }
            let listed = u64::try_from(listed.len()).unwrap_or(u64::MAX);
            let carried = Carried {
                cut: taken.cut_count(),
                spared: listed.saturating_sub(taken.cut_count()),
            };
            let how = format!(
                "the import of `{}` was approved: {} cut off, {} spared",
                file.name, carried.cut, carried.spared
            );
            end(&deciding, tx, &how, &[])?;
            Ok((carried, taken))
        });
    match done {
        Ok((carried, taken)) => {
            let mut reply = Reply::default();
            reply.notes.extend(taken.report.text().lines().map(str::to_owned));
            reply.notes.extend(taken.report.notes());
            if taken.router_work {
                reply.notes.extend(appliance.tell_routers());
            }
            Ok((carried, reply.notes))
        }
        Err(NotKept::Refused(failure)) => Err(failure),
        Err(NotKept::Thrown(Others { taken, file, others })) => {
            appliance.store.write(deciding.recorded.at, |tx| {
                still_waits(tx, held)?;
                hold(&deciding, tx, &file, &taken).map_err(Failure::from)
            })?;
            Err(Failure::refused(
                format!(
                    "`{}` would now cut off {} subscribers, {others} of whom were not listed when it was held; \
                    nothing was imported",
                    file.name,
                    taken.cut_count()
                ),
                "the list was made again: check it with `weir approve import --dry-run`, then approve it",
            ))
        }
    }
}

/// Returns the held file, whom it would have cut off, and what importing it would do now.
///
/// # Errors
/// When something else waits by now, and when the file no longer fits the configuration.
pub(crate) fn take_again(
    deciding: &CommandContext<'_>,
    tx: &mut Transaction<'_>,
    held: &PendingApproval,
    progress: &mut dyn Progress,
) -> Result<(FileBody, Vec<Listed>, ImportedList), Failure> {
    let file = still_waits(tx, held)?;
    let waits = |mut failure: Failure| {
        if failure.json.is_some() {
            WAITS_AS_BEFORE.clone_into(&mut failure.way_out);
        }
        failure
    };
    let list = read_list(deciding, &file).map_err(|found| waits(refusal(&found)))?;
    let listed = listed(tx, &held.work.word())?;
    let taken = take_all(deciding, tx, &list, progress).map_err(waits)?;
    Ok((file, listed, taken))
}

/// Answers `weir approve import --refuse TEXT`: drops the held list and its bytes, and keeps the reason in the log.
///
/// # Errors
/// When something else waits by now, or the text cannot be kept.
pub fn refuse(appliance: &Appliance, call: &Caller, held: &PendingApproval, text: &str) -> Result<(), Failure> {
    let text = Comment::new(text).map_err(|error| wrong_name(&error))?;
    let deciding = CommandContext::begin(appliance, call)?;
    appliance.store.write(deciding.recorded.at, |tx| {
        let file = still_waits(tx, held)?;
        let how = format!("the import of `{}` was refused: {text}", file.name);
        end(&deciding, tx, &how, &[("reason", text.to_string())])?;
        Ok(())
    })
}

fn cause() -> Cause {
    let work = PendingWork::Import { file: String::new() };
    Cause::of(AlertKind::Guard, work.word())
}

/// Returns everybody whom what is held would cut off, in order of username.
fn listed(tx: &Transaction<'_>, word: &str) -> Result<Vec<Listed>, StoreError> {
    tx.held_cuts(word, usize::MAX)
}

/// Returns whether the list has exactly those whom an import cuts off; both are in order of username.
fn lists(listed: &[Listed], taken: &ImportedList) -> bool {
    listed.len() == taken.cuts.len()
        && listed
            .iter()
            .zip(&taken.cuts)
            .all(|((name, id), cut)| name == cut.username.as_str() && *id == cut.id)
}

/// Returns whom an import cuts off who is not on the list. One who was listed as a newcomer and is known by now counts
/// as another.
pub(crate) fn others<'t>(listed: &[Listed], taken: &'t ImportedList) -> Vec<&'t CutOff> {
    let listed: HashSet<(&str, SubscriberId)> = listed.iter().map(|(name, id)| (name.as_str(), *id)).collect();
    let is_other = |cut: &&CutOff| !listed.contains(&(cut.username.as_str(), cut.id));
    taken.cuts.iter().filter(is_other).collect()
}

/// Returns the name of the file that is held.
fn named(held: &PendingApproval) -> String {
    match &held.work {
        PendingWork::Import { file } => file.clone(),
        other @ (PendingWork::Disconnect { .. } | PendingWork::Reconcile { .. }) => other.word(),
    }
}

/// Returns the file that is held, if it is still this one.
fn still_waits(tx: &Transaction<'_>, held: &PendingApproval) -> Result<FileBody, Failure> {
    let word = held.work.word();
    let is_this = tx
        .held(&word)?
        .is_some_and(|now| now.work == held.work && now.since == held.since && now.cuts == held.cuts);
    match tx.held_file(&word)? {
        Some(bytes) if is_this => Ok(FileBody {
            name: named(held),
            bytes,
        }),
        Some(_) | None => Err(Failure::refused(
            "this import is no longer waiting for approval",
            "`weir status` shows what is waiting; nothing was changed",
        )),
    }
}

/// Drops the held list, ends its alert and records how it ended.
fn end(
    deciding: &CommandContext<'_>,
    tx: &mut Transaction<'_>,
    how: &str,
    fields: &[(&str, String)],
) -> Result<(), StoreError> {
    tx.drop_held(&cause().subject)?;
    deciding.log(tx, LogKind::Subscriber, None, how.to_owned(), fields)?;
    tx.end_alert(&cause(), how)?;
    Ok(())
}
