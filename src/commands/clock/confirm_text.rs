//! The text of a confirmation of the clock: what it would change, and what it changed.
//!
//! Must never know the store: it only describes what [`confirm`](crate::commands::clock::confirm) has gathered.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::commands::clock::confirm::ConfirmAnswer;
use crate::commands::clock::future_entries::EntryAnswer;
use crate::commands::clock::overdue_runs::AtOnce;
use crate::commands::table::{Column, Table, facts};
use crate::commands::time_words::{civil, civil_with_seconds};
use crate::model::counted::counted;
use crate::model::day::Instant;

/// How many rows of each list are shown; `--json` lists more.
const SHOWN_MAX: usize = 20;

/// Returns the list of what changes, or has changed.
pub(crate) fn text(answer: &ConfirmAnswer, zone: &TimeZone, width: u16) -> String {
    let done = answer.confirmed;
    let mut pairs: Vec<(&str, String)> = Vec::new();
    if done {
        let now = local(&answer.now, zone, civil);
        pairs.push(("confirmed", format!("it is {now}; valid until the clock jumps")));
    } else {
        pairs.push(("clock", format!("not trusted: {}", answer.reason)));
        pairs.push((
            "if it is right",
            "it is trusted until it jumps, and what is waiting runs in order".to_owned(),
        ));
    }
    if let Some(floor) = &answer.floor {
        let (from, to) = (
            local(&floor.from, zone, civil_with_seconds),
            local(&floor.to, zone, civil_with_seconds),
        );
        let words = if done { "was lowered" } else { "will be lowered" };
        pairs.push(("floor", format!("{words} from {from} to {to}")));
    }
    for job in &answer.jobs {
        let (from, to) = (local(&job.from, zone, civil), local(&job.to, zone, civil));
        let words = if done { "was set back" } else { "will be set back" };
        pairs.push((job.name, format!("the last occurrence {words} from {from} to {to}")));
    }
    for let_go in &answer.let_go {
        let words = if done { "was dropped" } else { "will be dropped" };
        pairs.push((
            "held",
            match &let_go.file {
                Some(file) => format!("the import of {file} {words} because a wrong clock held it; import it again"),
                None => format!("{} {words} because its planned time has not come yet", let_go.what),
            },
        ));
    }
    if let Some(at_once) = &answer.at_once {
        pairs.extend(ahead(at_once, zone));
    }
    let mut text = facts(&pairs, width);
    if answer.brought_back_count > 0 {
        text.push_str(&brought_back(answer, width));
    }
    if answer.entries_count > 0 {
        text.push_str(&entries(answer, zone, width));
    }
    text
}

/// Returns what runs at once.
fn ahead(at_once: &AtOnce, zone: &TimeZone) -> Vec<(&'static str, String)> {
    let mut pairs: Vec<(&'static str, String)> = Vec::new();
    for job in &at_once.jobs {
        let first = local(&job.first, zone, civil);
        pairs.push((
            job.name,
            match job.occurrences {
                1 => format!("1 occurrence runs at once: {first}"),
                many => format!(
                    "{many} occurrences run at once: {first} to {}",
                    local(&job.last, zone, civil)
                ),
            },
        ));
    }
    let Some(does) = &at_once.does else {
        pairs.push(("", "too many to say what they would do; is the year right?".to_owned()));
        return pairs;
    };
    pairs.push((
        "they",
        format!(
            "post {}, {} in all; renew {}, bring back {}, cut off {}",
            counted(does.charges, "charge", "charges"),
            does.charged,
            does.renewed,
            does.resumed,
            does.cuts
        ),
    ));
    for held in &does.held {
        pairs.push(("guard", held.clone()));
    }
    pairs
}

fn brought_back(answer: &ConfirmAnswer, width: u16) -> String {
    let mut table = Table::new(&[
        Column::name("USERNAME"),
        Column::whole("PAID THROUGH"),
        Column::whole("CUT OFF AFTER"),
    ]);
    let day = |day: &Option<String>| day.clone().unwrap_or_default();
    for cut in answer.brought_back.iter().take(SHOWN_MAX) {
        table.row([
            cut.username.as_str(),
            day(&cut.expires_on).as_str(),
            day(&cut.cut_off_on).as_str(),
        ]);
    }
    let words = if answer.confirmed {
        "they were brought back"
    } else {
        "they will be brought back"
    };
    format!(
        "\nCut off under a wrong clock although they are still paid for: {};\n{words}:\n\n{}{}",
        answer.brought_back_count,
        table.render(width),
        left_out(answer.brought_back_count)
    )
}

fn entries(answer: &ConfirmAnswer, zone: &TimeZone, width: u16) -> String {
    let (charges, others): (Vec<_>, Vec<_>) = answer.entries.iter().partition(|entry| entry.by_billing);
    let mut text = String::new();
    if answer.charges_count > 0 {
        text.push_str(&format!(
            "\nCharges that billing posted under a wrong clock: {}; they stay:\n\n{}{}\nThey were only posted early. \
            The same due day is never charged twice, so leave\nthem: a payment settles that day, and a wallet that \
            has already covered it is\npaid through a later day.\n",
            answer.charges_count,
            table_of(&charges, "DUE", zone, width),
            left_out(answer.charges_count)
        ));
    }
    let count = answer.entries_count.saturating_sub(answer.charges_count);
    if count > 0 {
        text.push_str(&format!(
            "\nOther entries dated later than now: {count}; they stay:\n\n{}{}\nReal payments among them stay as \
            they are. Take back only what a person typed\nby mistake, with `weir pay reverse` or `weir adjust`.\n",
            table_of(&others, "FOR", zone, width),
            left_out(count)
        ));
    }
    text
}

fn table_of(entries: &[&EntryAnswer], day: &'static str, zone: &TimeZone, width: u16) -> String {
    let mut table = Table::new(&[
        Column::amount("ENTRY"),
        Column::name("USERNAME"),
        Column::whole("KIND"),
        Column::amount("AMOUNT"),
        Column::whole(day),
        Column::whole("RECORDED"),
    ]);
    for entry in entries.iter().take(SHOWN_MAX) {
        table.row([
            entry.seq.to_string().as_str(),
            entry.username.as_str(),
            entry.kind,
            entry.amount.as_str(),
            entry.for_day.as_str(),
            local(&entry.recorded_at, zone, civil).as_str(),
        ]);
    }
    table.render(width)
}

/// Returns how many of a list are not shown.
fn left_out(count: u64) -> String {
    match count.saturating_sub(u64::try_from(SHOWN_MAX).unwrap_or(u64::MAX)) {
        0 => String::new(),
        rest => format!("{rest} more are not shown; `--json` lists them.\n"),
    }
}

/// Returns an instant of the answer as the site's civil time.
fn local(at: &str, zone: &TimeZone, how: impl Fn(Instant, &TimeZone) -> String) -> String {
    at.parse::<Timestamp>()
        .map_or_else(|_| at.to_owned(), |at| how(Instant::from_timestamp(at), zone))
}
