//! What does each part of the page say?
//!
//! A month in which nothing happened is told in a sentence, never by an empty table.

use maud::{Markup, html};

use crate::model::money::{Currency, Money};
use crate::report::charts::{self, BILLED, Bar, COLLECTED, ChartCaption};
use crate::report::figures::{DayMoney, ReportFigures, RouterMonth};
use crate::report::numbers::{amount, count, day_of_month, hundredths, length, tenths};
use crate::rules::statistics::sum_of;

/// How many who are late are listed.
const LATE_MAX: usize = 40;
/// The ages of open bills, in words.
const AGES: [&str; 4] = ["0 to 7 days", "8 to 30 days", "31 to 60 days", "more than 60 days"];

/// Draws the four figures that are read first.
pub(super) fn tiles(figures: &ReportFigures) -> Markup {
    let tally = &figures.tally;
    let money = |what: &str, much: Money| {
        html! {
            span.what { (what) }
            span.much { (amount(much, &figures.currency)) }
        }
    };
    html! {
        ul.tiles {
            li { (money("Billed", tally.billed)) }
            li { (money("Collected", tally.collected)) }
            li {
                (money("Outstanding", tally.outstanding))
                span.more { "at the end of " (day_of_month(figures.to)) }
            }
            li {
                span.what { "Paid on time" }
                @if let Some(share) = tally.on_time_permille() {
                    span.much { (tenths(share)) " %" }
                    span.more {
                        (count(tally.time_over_on_time)) " of " (count(tally.time_over))
                        @if tally.time_over == 1 { " bill" } @else { " bills" } " whose time is over"
                    }
                } @else {
                    span.much { "–" }
                    span.more { "no bill's time was over" }
                }
            }
        }
    }
}

/// Shows the month's money: by day, by source, how punctually.
pub(super) fn money(figures: &ReportFigures) -> Markup {
    let currency = &figures.currency;
    let tally = &figures.tally;
    let busy: Vec<&DayMoney> = figures
        .by_day
        .iter()
        .filter(|day| !day.billed.is_zero() || !day.collected.is_zero())
        .collect();
    let words = format!(
        "For each day, the amount of the bills that were due and of the payments that were made. In total {} \
        {currency} billed and {} {currency} collected.",
        amount(tally.billed, currency),
        amount(tally.collected, currency)
    );
    let said = ChartCaption {
        id: "days",
        title: "Billed and collected by day",
        words: &words,
    };
    html! {
        section {
            h2 { "Money" }
            @if busy.is_empty() {
                p { "Nothing was billed and nothing was paid." }
            } @else {
                figure {
                    figcaption.keys {
                        span { "By day of the month:" }
                        span { span.key style=(format!("background:{BILLED}")) {} "billed (left)" }
                        span { span.key style=(format!("background:{COLLECTED}")) {} "collected (right)" }
                    }
                    (charts::by_day(&said, &figures.by_day, currency))
                }
                (by_day(&busy, currency))
            }
            @if !figures.by_source.is_empty() {
                (by_source(figures))
            }
            @if let Some(average) = tally.average_delay_tenths() {
                p {
                    "Bills paid in this month: " (count(tally.on_time)) " within " (figures.grace_days)
                    " days of the due day, " (count(tally.late)) " later; on average " (tenths(average)) " days after it."
                }
            }
        }
    }
}

/// Shows the days on which money moved, as a table.
fn by_day(busy: &[&DayMoney], currency: &Currency) -> Markup {
    html! {
        details {
            summary { "The same by day, as a table" }
            table.slim {
                caption { "Days without bills and payments are left out" }
                thead { tr { th scope="col" { "Day" } th.n scope="col" { "Billed" } th.n scope="col" { "Collected" } } }
                tbody {
                    @for day in busy {
                        tr {
                            th scope="row" { (day_of_month(day.day)) }
                            td.n { (amount(day.billed, currency)) }
                            td.n { (amount(day.collected, currency)) }
                        }
                    }
                }
            }
        }
    }
}

/// Shows what was collected by source.
fn by_source(figures: &ReportFigures) -> Markup {
    let currency = &figures.currency;
    html! {
        table.slim {
            caption { "Collected, by source" }
            thead { tr { th scope="col" { "Source" } th.n scope="col" { "Payments" } th.n scope="col" { "Amount" } } }
            tbody {
                @for source in &figures.by_source {
                    tr {
                        th.long scope="row" { (source.source) }
                        td.n { (count(source.payments)) }
                        td.n { (amount(source.amount, currency)) }
                    }
                }
            }
            tfoot {
                tr {
                    th scope="row" { "Total" }
                    td.n { (count(figures.by_source.iter().map(|source| source.payments).sum())) }
                    td.n { (amount(figures.tally.collected, currency)) }
                }
            }
        }
    }
}

/// Shows what is owed, for how long, and by whom.
pub(super) fn debts(figures: &ReportFigures) -> Markup {
    let currency = &figures.currency;
    let most = figures.ageing.iter().map(|aged| aged.amount.minor()).max().unwrap_or(0);
    let bars: Vec<Bar> = AGES
        .iter()
        .zip(&figures.ageing)
        .map(|(name, aged)| Bar {
            name: (*name).to_owned(),
            length: u64::try_from(aged.amount.minor()).unwrap_or(0),
            label: amount(aged.amount, currency),
        })
        .collect();
    let said = ChartCaption {
        id: "ages",
        title: "What is owed, by age",
        words: "What is owed, by days since it was due. The table below has the same amounts.",
    };
    html! {
        section {
            h2 { "Debts" }
            @if most == 0 {
                p { "At the end of " (day_of_month(figures.to)) " nobody owed anything." }
            } @else {
                figure {
                    figcaption { "Owed at the end of " (day_of_month(figures.to)) ", by days since it was due" }
                    (charts::lying(&said, &bars, u64::try_from(most).unwrap_or(1)))
                }
                (ages(figures))
            }
            @if figures.late.is_empty() {
                p { "Nobody was late: no bill was open for more than " (figures.grace_days) " days." }
            } @else {
                (late(figures))
            }
        }
    }
}

/// Shows how much is open by age.
fn ages(figures: &ReportFigures) -> Markup {
    let currency = &figures.currency;
    html! {
        table.slim {
            caption { "The same as a table" }
            thead { tr { th scope="col" { "Due since" } th.n scope="col" { "Charges" } th.n scope="col" { "Open" } } }
            tbody {
                @for (name, aged) in AGES.iter().zip(&figures.ageing) {
                    tr { th scope="row" { (name) } td.n { (count(aged.charges)) } td.n { (amount(aged.amount, currency)) } }
                }
            }
            tfoot {
                tr {
                    th scope="row" { "Total" }
                    td.n { (count(figures.ageing.iter().map(|aged| aged.charges).sum())) }
                    td.n { (amount(figures.tally.outstanding, currency)) }
                }
            }
        }
    }
}

/// Shows who is late.
fn late(figures: &ReportFigures) -> Markup {
    let currency = &figures.currency;
    let owed = figures
        .late
        .iter()
        .fold(Money::ZERO, |sum, late| sum_of(sum, late.owed));
    html! {
        table {
            caption {
                "Late: more than " (figures.grace_days) " days after the due day; "
                (count(length_of(&figures.late))) " in total, owing " (amount(owed, currency))
            }
            thead { tr { th scope="col" { "Who" } th scope="col" { "Phone" } th.n scope="col" { "Owed" } th.n scope="col" { "Days" } } }
            tbody {
                @for late in figures.late.iter().take(LATE_MAX) {
                    tr {
                        th.long scope="row" {
                            (late.username)
                            @if let Some(name) = &late.name { span.sub { (name) } }
                        }
                        td { (late.phone.as_deref().unwrap_or("–")) }
                        td.n { (amount(late.owed, currency)) }
                        td.n { (late.days) span.sub { "since " (late.since) } }
                    }
                }
            }
        }
        @if figures.late.len() > LATE_MAX {
            p.quiet {
                "These are the " (LATE_MAX) " who have been late longest. " code { "weir stats --json" } " \
                    lists everybody who is late today."
            }
        }
    }
}

/// Shows how many subscribers there are.
pub(super) fn subscribers(figures: &ReportFigures) -> Markup {
    let all: u64 = figures.states.iter().map(|(_, number)| number).sum();
    html! {
        section {
            h2 { "Subscribers" }
            @if all == 0 {
                p { "There are no subscribers yet." }
            } @else {
                table.slim {
                    caption { "In the books, when this page was written" }
                    tbody {
                        @for (state, number) in &figures.states {
                            tr { th scope="row" { (state) } td.n { (count(*number)) } }
                        }
                    }
                    tfoot { tr { th scope="row" { "Total" } td.n { (count(all)) } } }
                }
            }
        }
    }
}

/// Shows when the routers were in trouble.
pub(super) fn routers(figures: &ReportFigures) -> Markup {
    let watched: Vec<&RouterMonth> = figures
        .routers
        .iter()
        .filter(|router| router.watched_minutes > 0)
        .collect();
    let known = figures.routers.iter().any(|router| router.incidents > 0);
    let bars: Vec<Bar> = watched
        .iter()
        .map(|router| Bar {
            name: short_name(&router.name),
            length: router.up_of_ten_thousand().unwrap_or(0),
            label: share_up(router),
        })
        .collect();
    let said = ChartCaption {
        id: "routers",
        title: "How much of the time each router was up",
        words: "The share of the watched time in which each router was working. The table below has the same shares.",
    };
    html! {
        section {
            h2 { "Routers" }
            @if figures.routers.is_empty() {
                p { "The site has no routers." }
            } @else {
                @if watched.is_empty() {
                    (unwatched(figures, known))
                } @else {
                    figure {
                        figcaption { "Time up, of the time watched" }
                        (charts::lying(&said, &bars, 10_000))
                    }
                }
                @if known || !watched.is_empty() {
                    (router_table(figures))
                }
                p.quiet {
                    "The books say what should be so on a router. What was last read there, when this page was written: "
                    @for (at, router) in figures.routers.iter().enumerate() {
                        @if at > 0 { "; " }
                        strong { (router.name) } ", " (router.last_read)
                    }
                    "."
                }
            }
            (left_out(figures.left_out.routers.as_ref()))
        }
    }
}

/// Says that there is no share of time, and what is known all the same.
fn unwatched(figures: &ReportFigures, known: bool) -> Markup {
    html! {
        @if figures.left_out.routers.is_some() {
            // Said below.
        } @else if known {
            p { "No planned probe of this month is on record, so nobody knows for how much of it the routers were up; the \
                incidents that are known are in the table." }
        } @else {
            p { "No router was watched in this month, so there are no figures for them." }
        }
    }
}

/// Shows how each router fared.
fn router_table(figures: &ReportFigures) -> Markup {
    html! {
        table {
            caption { "Time not watched counts neither as up nor as down" }
            thead {
                tr {
                    th scope="col" { "Router" }
                    th.n scope="col" { "Up" }
                    th.n scope="col" { "Down" }
                    th.n.tx scope="col" { "Incidents" }
                    th.n.tx scope="col" { "Longest" }
                    th.n scope="col" { "Not watched" }
                }
            }
            tbody {
                @for router in &figures.routers {
                    tr {
                        th.long scope="row" { (router.name) }
                        td.n { (share_up(router)) }
                        td.n { (length(router.down_minutes)) }
                        td.n.tx { (count(router.incidents)) }
                        td.n.tx { (length(router.longest_minutes)) }
                        td.n { (length(router.minutes.saturating_sub(router.watched_minutes))) }
                    }
                }
            }
        }
    }
}

/// Says why a part is not whole.
fn left_out(words: Option<&String>) -> Markup {
    html! {
        @if let Some(words) = words {
            p.notice { "This part is not whole: " (words) "." }
        }
    }
}

/// Shows what the jobs did.
pub(super) fn jobs(figures: &ReportFigures) -> Markup {
    html! {
        section {
            h2 { "Jobs" }
            (left_out(figures.left_out.jobs.as_ref()))
            @if figures.jobs.is_empty() {
                @if figures.left_out.jobs.is_none() {
                    p { "No job had anything to do in this month." }
                }
            } @else {
                table {
                    caption { "Planned times in this month, by outcome" }
                    thead {
                        tr {
                            th scope="col" { "Job" }
                            th.n scope="col" { "Done" }
                            th.n scope="col" { "Later" }
                            th.n scope="col" { "Failed" }
                            th.n scope="col" { "Not run" }
                            th.n.tx scope="col" { "Waits" }
                        }
                    }
                    tbody {
                        @for job in &figures.jobs {
                            tr {
                                th scope="row" { (job.name) }
                                td.n { (count(job.done)) }
                                td.n { (count(job.caught_up)) }
                                td.n { (count(job.failed)) }
                                td.n { (count(job.not_run)) }
                                td.n.tx { (count(job.waiting)) }
                            }
                        }
                    }
                }
                p.quiet { "Later: missed, then caught up. Not run: skipped for a stated reason, or replaced by a \
                    later run." }
                @for job in &figures.jobs {
                    @if let Some(error) = &job.error {
                        p.notice { "The latest failure of " strong { (job.name) } ": " (error) }
                    }
                }
            }
        }
    }
}

/// Shows which messages were sent.
pub(super) fn messages(figures: &ReportFigures) -> Markup {
    let cost = figures
        .messages
        .iter()
        .fold(Money::ZERO, |sum, row| sum_of(sum, row.cost));
    let sum = |of: fn(&crate::report::figures::MessageMonth) -> u64| count(figures.messages.iter().map(of).sum());
    html! {
        section {
            h2 { "Messages" }
            (left_out(figures.left_out.messages.as_ref()))
            @if figures.messages.is_empty() {
                @if figures.left_out.messages.is_none() {
                    p { "No messages were sent." }
                }
            } @else {
                table {
                    caption { "Messages queued in this month" }
                    thead {
                        tr {
                            th scope="col" { "For" }
                            th.n scope="col" { "Sent" }
                            th.n scope="col" { "Failed" }
                            th.n scope="col" { "Not sure" }
                            th.n.tx scope="col" { "Dropped" }
                            th.n.tx scope="col" { "Waiting" }
                            th.n.tx scope="col" { "Parts" }
                            th.n scope="col" { "Cost" }
                        }
                    }
                    tbody {
                        @for row in &figures.messages {
                            tr {
                                th scope="row" { (row.purpose) }
                                td.n { (count(row.sent)) }
                                td.n { (count(row.failed)) }
                                td.n { (count(row.unknown)) }
                                td.n.tx { (count(row.dropped)) }
                                td.n.tx { (count(row.waiting)) }
                                td.n.tx { (count(row.parts)) }
                                td.n { (amount(row.cost, &figures.currency)) }
                            }
                        }
                    }
                    tfoot {
                        tr {
                            th scope="row" { "Total" }
                            td.n { (sum(|row| row.sent)) }
                            td.n { (sum(|row| row.failed)) }
                            td.n { (sum(|row| row.unknown)) }
                            td.n.tx { (sum(|row| row.dropped)) }
                            td.n.tx { (sum(|row| row.waiting)) }
                            td.n.tx { (sum(|row| row.parts)) }
                            td.n { (amount(cost, &figures.currency)) }
                        }
                    }
                }
                p.quiet {
                    "Not sure: handed over, but the gateway gave no clear answer. " "Costs are counted where a price per \
                        part is configured."
                }
            }
        }
    }
}

fn share_up(router: &RouterMonth) -> String {
    router
        .up_of_ten_thousand()
        .map_or_else(|| "–".to_owned(), |share| format!("{} %", hundredths(share)))
}

/// Returns a name as long as there is room for before a bar.
fn short_name(name: &str) -> String {
    const LETTERS_MAX: usize = 22;
    if name.chars().count() <= LETTERS_MAX {
        return name.to_owned();
    }
    name.chars().take(LETTERS_MAX).chain(['…']).collect()
}

fn length_of<T>(rows: &[T]) -> u64 {
    u64::try_from(rows.len()).unwrap_or(u64::MAX)
}
