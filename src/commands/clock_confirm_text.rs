//! How does a confirmation of the clock read, before and after it?
//!
//! Must never know the store: it words what [`clock_confirm`](crate::commands::clock_confirm) has gathered.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::commands::clock_confirm::ConfirmAnswer;
use crate::commands::moments::{civil, civil_with_seconds};
use crate::commands::table::{Column, Table, facts};
use crate::model::day::Instant;

/// How many entries are listed; `--json` lists more.
const ENTRIES_SHOWN_MAX: usize = 20;

/// The list of what changes, or has changed.
pub(crate) fn text(answer: &ConfirmAnswer, zone: &TimeZone, width: u16) -> String {
    let done = answer.confirmed;
    let mut pairs: Vec<(&str, String)> = Vec::new();
    if done {
        let now = local(&answer.now, zone, civil);
        pairs.push(("confirmed", format!("it is {now}; that holds until the clock jumps")));
    } else {
        pairs.push(("clock", format!("in doubt: {}", answer.reason)));
        pairs.push((
            "if it is right",
            "it is believed until it jumps, and what waits runs in order".to_owned(),
        ));
    }
    if let Some(floor) = &answer.floor {
        let (from, to) = (
            local(&floor.from, zone, civil_with_seconds),
            local(&floor.to, zone, civil_with_seconds),
        );
        let words = if done { "was lowered" } else { "is lowered" };
        pairs.push(("floor", format!("{words} from {from} to {to}")));
    }
    for job in &answer.jobs {
        let (from, to) = (local(&job.from, zone, civil), local(&job.to, zone, civil));
        let words = if done { "was set back" } else { "is set back" };
        pairs.push((job.name, format!("the last occurrence {words} from {from} to {to}")));
    }
    if let Some(word) = &answer.let_go {
        let words = if done { "was let go" } else { "is let go" };
        pairs.push((
            "held",
            format!("{word} {words}: the time for which it was planned has not come"),
        ));
    }
    let mut text = facts(&pairs, width);
    if answer.entries_count > 0 {
        text.push_str(&entries(answer, zone, width));
    }
    text
}

fn entries(answer: &ConfirmAnswer, zone: &TimeZone, width: u16) -> String {
    let mut table = Table::new(&[
        Column::amount("ENTRY"),
        Column::name("USERNAME"),
        Column::whole("KIND"),
        Column::amount("AMOUNT"),
        Column::whole("RECORDED"),
    ]);
    for entry in answer.entries.iter().take(ENTRIES_SHOWN_MAX) {
        table.row([
            entry.seq.to_string().as_str(),
            entry.username.as_str(),
            entry.kind,
            entry.amount.as_str(),
            local(&entry.recorded_at, zone, civil).as_str(),
        ]);
    }
    let mut text = format!("\n{} entries are dated after that, and stay:\n\n", answer.entries_count);
    text.push_str(&table.render(width));
    let shown = u64::try_from(answer.entries.len().min(ENTRIES_SHOWN_MAX)).unwrap_or(u64::MAX);
    let rest = answer.entries_count.saturating_sub(shown);
    if rest > 0 {
        text.push_str(&format!("{rest} more are left out; `--json` lists them.\n"));
    }
    text.push_str(
        "\nThe ledger forgets nothing. `weir adjust` gives back what was charged wrongly,\n\
         `weir pay reverse` takes a payment back, `weir subscriber show` says where one\nstands.\n",
    );
    text
}

/// An instant of the answer as the site's civil time.
fn local(at: &str, zone: &TimeZone, how: impl Fn(Instant, &TimeZone) -> String) -> String {
    at.parse::<Timestamp>()
        .map_or_else(|_| at.to_owned(), |at| how(Instant::from_timestamp(at), zone))
}
