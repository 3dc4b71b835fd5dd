//! Whom would an approval cut off now, and who is spared since?
//!
//! Looks at everybody who is still on the list of what is held, by the rule that the approval itself goes by. Changes
//! nothing.

use serde::Serialize;

use crate::commands::appliance::Appliance;
use crate::commands::moments::civil;
use crate::commands::reply::reply;
use crate::commands::table::{Column, Table, facts};
use crate::commands::{Call, Reply};
use crate::model::day::Day;
use crate::model::failure::Failure;
use crate::model::held::{Held, HeldWork};
use crate::model::subscriber::{Access, State, Subscriber};
use crate::rules::access::{self, Verdict};
use crate::rules::terms::Terms;
use crate::store::error::StoreError;

/// What an approval would do to one person, as `--json` prints it.
#[derive(Debug, Serialize)]
struct LookRow {
    username: String,
    /// `cut` or `spare`.
    would: &'static str,
    why: String,
}

/// Everybody on the list.
pub(crate) fn answer(appliance: &Appliance, call: &Call, held: &Held) -> Result<Reply, Failure> {
    let in_force = appliance.in_force();
    let word = held.work.word();
    let reader = appliance.store.read()?;
    let mut rows = Vec::new();
    reader.each_held_cut(&word, |username, id| -> Result<(), StoreError> {
        let found = reader
            .subscriber(id)?
            .filter(|found| found.username.as_str() == username);
        let (cut, why) = would(&held.work, found.as_ref(), &in_force.terms);
        rows.push(LookRow {
            username: username.to_owned(),
            would: if cut { "cut" } else { "spare" },
            why,
        });
        Ok(())
    })?;
    let mut told = reply(call, &rows, || {
        let mut table = Table::new(&[Column::name("USERNAME"), Column::whole("WOULD"), Column::text("WHY")]);
        for row in &rows {
            table.row([row.username.as_str(), row.would, row.why.as_str()]);
        }
        let mut text = table.render(call.width);
        if !text.is_empty() {
            text.push('\n');
        }
        let cut = rows.iter().filter(|row| row.would == "cut").count();
        let words = format!(
            "{cut} would be cut off, {} spared; held since {} for {} of {}; nothing was changed",
            rows.len().saturating_sub(cut),
            civil(held.since, &in_force.terms.zone),
            held.cuts,
            held.of
        );
        text.push_str(&facts(&[(word.as_str(), words)], call.width));
        text
    })?;
    told.notes.push(format!(
        "`weir approve {word}` cuts them off, `weir approve {word} --refuse TEXT` leaves them"
    ));
    Ok(told)
}

/// Whether somebody would be cut off, and why or why not in a word.
fn would(work: &HeldWork, found: Option<&Subscriber>, terms: &Terms) -> (bool, String) {
    match (work, found) {
        (HeldWork::Disconnect { last_cut_day, .. }, Some(subscriber)) => by_run(subscriber, terms, *last_cut_day),
        (HeldWork::Disconnect { .. }, None) => (false, "gone".to_owned()),
        (HeldWork::Reconcile { .. }, Some(subscriber)) if subscriber.access() == Access::On => {
            (false, "has service again".to_owned())
        }
        (HeldWork::Reconcile { .. }, _) => (true, "should be off on the router".to_owned()),
        (HeldWork::Import { .. }, _) => (true, "taken in as suspended".to_owned()),
    }
}

fn by_run(subscriber: &Subscriber, terms: &Terms, last_cut_day: Day) -> (bool, String) {
    let end = access::cut_off_day(subscriber, terms.grace_days);
    match access::verdict(subscriber, &terms.policy, terms.grace_days, last_cut_day) {
        Verdict::Suspend => {
            let why = end.map_or("unpaid".to_owned(), |end| format!("unpaid, served through {end}"));
            (true, why)
        }
        Verdict::Covered => (false, "covered by the wallet".to_owned()),
        Verdict::Leave => {
            let why = match (subscriber.state, &subscriber.hold, end) {
                (State::Closed, ..) => "closed".to_owned(),
                (_, Some(_), _) => "on hold".to_owned(),
                (State::Suspended, ..) => "suspended already".to_owned(),
                (State::Active, None, Some(end)) if subscriber.extended_to == Some(end) => {
                    format!("promised to pay by {end}")
                }
                (State::Active, None, Some(end)) if end > last_cut_day => format!("paid, served through {end}"),
                (State::Active, None, _) => "without a package".to_owned(),
            };
            (false, why)
        }
    }
}
