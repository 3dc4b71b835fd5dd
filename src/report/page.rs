//! Which parts does the page have, and in which order?
//!
//! What matters most comes first: the month's money, then who owes, then the machines.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::model::characters::visible;
use crate::report::figures::ReportFigures;
use crate::report::numbers::{day_of_month, month};
use crate::report::{people, sections, style};

/// Returns the whole page, ready to be written to a file.
#[must_use]
pub fn page(figures: &ReportFigures) -> String {
    let title = format!("{} · {}", figures.site, month(figures.from));
    let body: Markup = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light";
                meta name="referrer" content="no-referrer";
                title { (title) }
                style { (PreEscaped(style::SHEET)) }
            }
            body {
                main {
                    header {
                        p.site { (figures.site) }
                        h1 { (month(figures.from)) }
                        p.quiet { (counted_days(figures)) }
                    }
                    @if !figures.is_whole {
                        p.notice { "This month has not ended yet: the figures are those through " (day_of_month(figures.to)) "." }
                    }
                    (sections::tiles(figures))
                    (people::beside_last_month(figures))
                    (sections::money(figures))
                    (sections::debts(figures))
                    (sections::subscribers(figures))
                    (people::movements(figures))
                    (sections::routers(figures))
                    (sections::jobs(figures))
                    (sections::messages(figures))
                    footer {
                        p.quiet {
                            "Written by Weir on " (figures.written_at) " from the ledger at that time. Reversed \
                                payments are left out as if they had never come, so a page that is written again \
                                later may differ."
                        }
                    }
                }
            }
        }
    };
    // Names of long ago and words of routers may hold what nobody sees.
    visible(&body.into_string()).into_owned()
}

fn counted_days(figures: &ReportFigures) -> String {
    format!(
        "{} to {} · amounts in {}",
        day_of_month(figures.from),
        day_of_month(figures.to),
        figures.currency
    )
}
