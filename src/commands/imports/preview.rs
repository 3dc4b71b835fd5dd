//! Shows what a held import would do if it were approved now.
//!
//! The list is imported by the rule of the approval, as of today, and thrown away: it shows who would be cut off and why, who
//! is spared since, and whether the approval would be refused. Changes nothing.

use std::collections::{HashMap, HashSet};
use std::convert::Infallible;

use crate::appliance::core::Appliance;
use crate::commands::context::{CommandContext, NotKept};
use crate::commands::imports::cut_offs::CutOff;
use crate::commands::imports::held::{others, take_again};
use crate::commands::imports::subscribers::REFUSED_BY_CLOCK;
use crate::commands::{Caller, Progress};
use crate::model::failure::Failure;
use crate::model::pending_approval::PendingApproval;
use crate::model::subscriber::{Access, State, Subscriber, SubscriberId};
use crate::store::error::StoreError;
use crate::store::write::transaction::Transaction;

/// One person: who, whether they would be cut off, and why or why not.
pub(crate) type PreviewedPerson = (String, bool, String);

/// The text for somebody who is not on the held list.
const NOT_LISTED: &str = "not listed when it was held";

/// What an approval would do.
#[derive(Debug)]
pub(crate) struct ImportPreview {
    /// Everybody on the list of what is held, and everybody whom it would cut off now, in order of username.
    pub(crate) seen: Vec<PreviewedPerson>,
    /// How many it would cut off who are not on the list: the approval would be refused.
    pub(crate) not_listed: usize,
}

/// Imports the held list on trial.
///
/// # Errors
/// Where an approval would find the list faulty by now or the clock in doubt: the same refusal.
pub(crate) fn look(
    appliance: &Appliance,
    call: &Caller,
    held: &PendingApproval,
    progress: &mut dyn Progress,
) -> Result<ImportPreview, Failure> {
    let deciding = CommandContext::by_a_trusted_clock(appliance, call, REFUSED_BY_CLOCK)?;
    let tried = appliance.store.write(
        deciding.recorded.at,
        |tx| -> Result<Infallible, NotKept<ImportPreview>> {
            let last_known = SubscriberId(tx.state().last_subscriber);
            let (_, listed, taken) = take_again(&deciding, tx, held, progress)?;
            let others: HashSet<&str> = others(&listed, &taken)
                .into_iter()
                .map(|cut| cut.username.as_str())
                .collect();
            let cuts: HashMap<&str, &CutOff> = taken.cuts.iter().map(|cut| (cut.username.as_str(), cut)).collect();
            let mut seen: Vec<PreviewedPerson> = taken
                .cuts
                .iter()
                .map(|cut| {
                    let name = cut.username.as_str();
                    let mut why = cut.why.words();
                    if others.contains(name) {
                        why = format!("{NOT_LISTED}: {why}");
                    }
                    (name.to_owned(), true, why)
                })
                .collect();
            for (name, id) in &listed {
                if !cuts.contains_key(name.as_str()) {
                    seen.push((name.clone(), false, spared(tx, name, *id, last_known)?));
                }
            }
            seen.sort_unstable();
            Err(NotKept::Thrown(ImportPreview {
                seen,
                not_listed: others.len(),
            }))
        },
    );
    match tried {
        Ok(never) => match never {},
        Err(NotKept::Thrown(look)) => Ok(look),
        Err(NotKept::Refused(mut failure)) => {
            if failure.json.is_some() {
                failure.what = format!("approving would be refused:\n{}", failure.what);
            }
            Err(failure)
        }
    }
}

/// Returns why somebody on the list would not be cut off, once the list is imported.
fn spared(
    tx: &Transaction<'_>,
    username: &str,
    id: SubscriberId,
    last_known: SubscriberId,
) -> Result<String, StoreError> {
    let Some(now) = tx.subscriber_named(username)? else {
        return Ok("no longer exists".to_owned());
    };
    let was_new = id == SubscriberId(0);
    Ok(match (&now.hold, now.state) {
        (Some(_), _) => "on hold".to_owned(),
        (None, State::Closed) => "closed".to_owned(),
        (None, _) if was_new && now.id <= last_known => "already here, added since".to_owned(),
        (None, _) => match now.access() {
            Access::On => served(&now),
            Access::Off => "already suspended".to_owned(),
        },
    })
}

fn served(now: &Subscriber) -> String {
    now.period.expires_on.map_or_else(
        || "is served".to_owned(),
        |end| format!("is served, paid through {end}"),
    )
}
