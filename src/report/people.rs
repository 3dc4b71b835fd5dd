//! What does the page say about people, and about the month before?
//!
//! Who joined, who left, and the figures of two months side by side.

use maud::{Markup, html};

use crate::report::figures::{Mover, ReportFigures};
use crate::report::numbers::{amount, count, day_of_month, month, tenths};
use crate::rules::statistics::Tally;

/// How many who joined or left are listed.
pub(crate) const LISTED_MAX: usize = 40;

/// Shows this month's figures beside those of the month before.
pub(super) fn beside_last_month(figures: &ReportFigures) -> Markup {
    let (now, before) = (&figures.tally, &figures.before);
    let money = |what: &str, now, before| {
        (
            what.to_owned(),
            amount(now, &figures.currency),
            amount(before, &figures.currency),
        )
    };
    let rows = [
        money("Billed", now.billed, before.tally.billed),
        money("Collected", now.collected, before.tally.collected),
        money("Outstanding at the end", now.outstanding, before.tally.outstanding),
        ("Paid on time".to_owned(), on_time(now), on_time(&before.tally)),
        (
            "Joined".to_owned(),
            count(figures.movements.joined_count),
            count(before.joined),
        ),
        (
            "Left".to_owned(),
            count(figures.movements.left_count),
            count(before.left),
        ),
    ];
    let nothing = |tally: &Tally| tally.billed.is_zero() && tally.collected.is_zero() && tally.outstanding.is_zero();
    let moved = [
        figures.movements.joined_count,
        figures.movements.left_count,
        before.joined,
        before.left,
    ];
    if nothing(now) && nothing(&before.tally) && moved.iter().all(|count| *count == 0) {
        return html! {
            section {
                h2 { "Beside last month" }
                p { "Neither month has anything to compare." }
            }
        };
    }
    html! {
        section {
            h2 { "Beside last month" }
            table.slim {
                caption {
                    @if figures.is_whole { "Two whole months" }
                    @else { "This month through " (day_of_month(figures.to)) ", last month as a whole" }
                }
                thead {
                    tr {
                        th scope="col" { "Figure" }
                        th.n scope="col" { (month(figures.from)) }
                        th.n scope="col" { (month(before.from)) }
                    }
                }
                tbody {
                    @for (what, now, before) in &rows {
                        tr { th scope="row" { (what) } td.n { (now) } td.n { (before) } }
                    }
                }
            }
        }
    }
}

fn on_time(tally: &Tally) -> String {
    tally
        .on_time_permille()
        .map_or_else(|| "–".to_owned(), |share| format!("{} %", tenths(share)))
}

/// Shows who joined and who left.
pub(super) fn movements(figures: &ReportFigures) -> Markup {
    let moved = &figures.movements;
    html! {
        section {
            h2 { "Joined and left" }
            @if moved.joined_count == 0 && moved.left_count == 0 {
                p { "Nobody joined and nobody left in this month." }
            }
            @if moved.joined_count > 0 {
                (movers("Joined", &moved.joined, moved.joined_count))
            }
            @if moved.left_count > 0 {
                (movers("Left: closed in this month, and not reopened in it", &moved.left, moved.left_count))
            }
            @for trouble in &moved.unread {
                p.notice { "Somebody who left may be missing here: " (trouble) }
            }
        }
    }
}

fn movers(what: &str, listed: &[Mover], total: u64) -> Markup {
    let more = total.saturating_sub(u64::try_from(listed.len()).unwrap_or(u64::MAX));
    html! {
        table {
            caption { (what) "; " (count(total)) " in total" }
            thead { tr { th scope="col" { "Who" } th scope="col" { "Phone" } th.n scope="col" { "Day" } } }
            tbody {
                @for one in listed {
                    tr {
                        th.long scope="row" {
                            (one.username)
                            @if let Some(name) = &one.name { span.sub { (name) } }
                        }
                        td { (one.phone.as_deref().unwrap_or("–")) }
                        td.n { (one.day) }
                    }
                }
            }
        }
        @if more > 0 {
            p.quiet { "These are the first " (count(total.saturating_sub(more))) "; " (count(more)) " more are not listed." }
        }
    }
}
