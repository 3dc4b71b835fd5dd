//! `weir report` prints the page of a month, or mails it.
//!
//! The mail goes to the addresses of `[alerts]`.

use serde::{Deserialize, Serialize};

use crate::appliance::core::Appliance;
use crate::commands::reply::reply;
use crate::commands::report::figures::{self, ReportMonth};
use crate::commands::report::mail::{self, Occasion};
use crate::commands::statistics::answer::{FiguresAnswer, StatisticsWords};
use crate::commands::table::counted;
use crate::commands::{Asked, Caller, Reply, SiteCommand};
use crate::model::failure::Failure;
use crate::report::figures::ReportFigures;
use crate::report::page;
use crate::rules::statistics::Period;

/// Print the report of a month as one page of HTML
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, clap::Args)]
#[serde(deny_unknown_fields)]
#[command(after_help = "Examples:\n  weir report --month 2027-03 > march.html\n  weir report --email")]
pub struct Report {
    /// The month, for example 2027-03 [default: the last whole month]
    #[arg(long, value_name = "MONTH")]
    pub month: Option<String>,
    /// Mails it to the addresses under `[alerts]` instead.
    #[arg(long, help = "Mail it to the addresses of [alerts] instead")]
    pub email: bool,
}

impl SiteCommand for Report {
    fn answer(&self, site: &Appliance, asked: &mut Asked<'_>) -> Result<Reply, Failure> {
        answer(site, asked.caller, self.month.as_deref(), self.email)
    }

    fn has_long_answer(&self) -> bool {
        true
    }
}

/// `report`, as `--json` prints it.
#[derive(Serialize)]
struct Printed<'a> {
    month: String,
    #[serde(flatten)]
    figures: FiguresAnswer,
    html: &'a str,
}

/// `report --email`, as `--json` prints it.
#[derive(Serialize)]
struct MailedAnswer {
    month: String,
    file: String,
    queued: Vec<Queued>,
}

#[derive(Serialize)]
struct Queued {
    id: u64,
    to: String,
}

/// Answers `weir report`.
pub(crate) fn answer(appliance: &Appliance, call: &Caller, month: Option<&str>, email: bool) -> Result<Reply, Failure> {
    let today = appliance.recorded()?.today;
    let month = asked_month(month, today)?;
    if email {
        return mailed(appliance, call, month);
    }
    let figures = figures::gather(appliance, month)?;
    let html = page::page(&figures);
    let mut told = if call.json {
        let printed = Printed {
            month: month.word(),
            figures: figures_answer(&figures),
            html: &html,
        };
        reply(call, &printed, String::new)?
    } else {
        Reply::done(html)
    };
    if !figures.is_whole {
        told.notes.push(format!(
            "{} has not ended; the page covers it through {}",
            month.word(),
            figures.to
        ));
    }
    Ok(told)
}

fn asked_month(text: Option<&str>, today: crate::model::day::Day) -> Result<ReportMonth, Failure> {
    let Some(text) = text else {
        return Ok(ReportMonth::before(today));
    };
    let month = ReportMonth::parse(text)
        .ok_or_else(|| Failure::refused(format!("`--month {text}` is not a month"), "write it as `2027-03`"))?;
    if month.first > today {
        return Err(Failure::refused(
            format!("`--month {text}` has not come yet: today is {today}"),
            "ask for this month or an earlier one; `weir plan` shows what is to come",
        ));
    }
    Ok(month)
}

/// Returns the same figures as `stats` shows.
fn figures_answer(figures: &ReportFigures) -> FiguresAnswer {
    let words = StatisticsWords {
        currency: figures.currency,
        grace_days: figures.grace_days,
    };
    let period = Period {
        from: figures.from,
        to: figures.to,
    };
    let subscribers = figures.states.iter().map(|(_, number)| number).sum();
    words.figures(&period, &figures.tally, subscribers)
}

fn mailed(appliance: &Appliance, call: &Caller, month: ReportMonth) -> Result<Reply, Failure> {
    let mailed = mail::queue(appliance, month, Occasion::ByHand)?;
    let answer = MailedAnswer {
        month: month.word(),
        file: mailed.file,
        queued: mailed
            .queued
            .into_iter()
            .map(|(id, to)| Queued { id: id.0, to })
            .collect(),
    };
    let count = u64::try_from(answer.queued.len()).unwrap_or(u64::MAX);
    let to: Vec<&str> = answer.queued.iter().map(|queued| queued.to.as_str()).collect();
    reply(call, &answer, || {
        format!(
            "The report of {} is queued as {} to {}; `weir outbox` shows what becomes of it.",
            answer.month,
            counted(count, "e-mail", "e-mails"),
            to.join(", ")
        )
    })
}
