//! Writes statistics as text for a terminal.

use crate::commands::statistics::answer::{FiguresAnswer, LateLine, SiteAnswer, StatisticsWords, UserAnswer};
use crate::commands::table::{Column, Table, counted, facts};

/// How many who are late are listed; `--json` has all of them.
const LATE_MAX: usize = 20;
/// How many bills and payments of one subscriber are listed, the newest; `--json` has all of them.
const LINES_MAX: usize = 60;

/// Writes the figures of the site, or of a package.
pub(crate) fn of_site(answer: &SiteAnswer, words: &StatisticsWords, width: u16) -> String {
    let whose = answer
        .package
        .as_ref()
        .map_or_else(|| "all".to_owned(), |name| format!("with `{name}` now"));
    let mut text = facts(&figures(&answer.figures, words, &whose), width);
    if answer.package.is_none() && answer.packages.len() > 1 {
        let mut table = Table::new(&[
            Column::name("PACKAGE NOW"),
            Column::amount("WHO"),
            Column::amount("BILLED"),
            Column::amount("COLLECTED"),
            Column::amount("OUTSTANDING"),
            Column::amount("ON TIME"),
            Column::amount("LATE"),
        ]);
        for line in &answer.packages {
            table.row([
                line.package.clone().unwrap_or_else(|| "none".to_owned()),
                line.subscribers.to_string(),
                line.billed.clone(),
                line.collected.clone(),
                line.outstanding.clone(),
                line.on_time.to_string(),
                line.late.to_string(),
            ]);
        }
        push(&mut text, &table.render(width));
    }
    let mut table = Table::new(&[
        Column::whole("EXPECTED FROM"),
        Column::whole("TO"),
        Column::amount("AMOUNT"),
    ]);
    for week in &answer.expected {
        table.row([&week.from, &week.to, &week.amount]);
    }
    push(&mut text, &table.render(width));
    push(&mut text, &late(&answer.late_now, words, width));
    text
}

/// Writes the figures of one subscriber.
pub(crate) fn of_one(answer: &UserAnswer, words: &StatisticsWords, width: u16) -> String {
    let mut pairs = figures(&answer.figures, words, &answer.username);
    pairs.push((
        "lifetime value",
        format!("{} {} paid since the beginning", answer.lifetime_value, words.currency),
    ));
    let mut text = facts(&pairs, width);
    let mut table = Table::new(&[
        Column::whole("BILL DUE"),
        Column::amount("AMOUNT"),
        Column::amount("OPEN"),
        Column::whole("PAID ON"),
        Column::amount("DAYS"),
        Column::whole("STATE"),
    ]);
    for bill in answer.bills.iter().rev().take(LINES_MAX).rev() {
        table.row([
            bill.due.clone(),
            bill.amount.clone(),
            bill.open.clone(),
            bill.paid_on.clone().unwrap_or_default(),
            bill.delay_days.map(|days| days.to_string()).unwrap_or_default(),
            bill.standing.replace('_', " "),
        ]);
    }
    push(&mut text, &table.render(width));
    let mut table = Table::new(&[
        Column::whole("PAID"),
        Column::amount("AMOUNT"),
        Column::text("SOURCE"),
        Column::name("REFERENCE"),
        Column::whole(""),
    ]);
    for payment in answer.payments.iter().rev().take(LINES_MAX).rev() {
        table.row([
            payment.date.as_str(),
            payment.amount.as_str(),
            payment.source.as_str(),
            payment.reference.as_deref().unwrap_or_default(),
            if payment.reversed { "reversed" } else { "" },
        ]);
    }
    push(&mut text, &table.render(width));
    let most = answer.bills.len().max(answer.payments.len());
    if most > LINES_MAX {
        push(
            &mut text,
            &format!("The newest {LINES_MAX} of {most} are shown; `--json` has all of them.\n"),
        );
    }
    text
}

fn figures(figures: &FiguresAnswer, words: &StatisticsWords, whose: &str) -> Vec<(&'static str, String)> {
    let currency = &words.currency;
    let in_time = if figures.time_over == 0 {
        "the time of no bill ended in this period".to_owned()
    } else {
        format!(
            "{} of {} whose time is over ({} after the due day)",
            figures.time_over_on_time,
            counted(figures.time_over, "bill", "bills"),
            counted(u64::from(words.grace_days), "day", "days"),
        )
    };
    let bills = figures.on_time.saturating_add(figures.late);
    let paid = if bills == 0 {
        "no bill was paid in this period".to_owned()
    } else {
        format!(
            "{}, {} of them late; {} days after the due day on average",
            counted(bills, "bill", "bills"),
            figures.late,
            figures.average_delay_days
        )
    };
    vec![
        ("period", format!("{} to {}", figures.from, figures.to)),
        ("subscribers", format!("{} ({whose})", figures.subscribers)),
        ("billed", format!("{} {currency}", figures.billed)),
        ("collected", format!("{} {currency}", figures.collected)),
        (
            "outstanding",
            format!("{} {currency} at the end of {}", figures.outstanding, figures.to),
        ),
        ("paid on time", in_time),
        ("paid", paid),
    ]
}

fn late(lines: &[LateLine], words: &StatisticsWords, width: u16) -> String {
    if lines.is_empty() {
        return "Nobody is late today.\n".to_owned();
    }
    let mut table = Table::new(&[
        Column::name("LATE TODAY"),
        Column::text("NAME"),
        Column::amount("OWED"),
        Column::whole("SINCE"),
        Column::amount("DAYS"),
        Column::whole("STATE"),
    ]);
    for line in lines.iter().take(LATE_MAX) {
        table.row([
            line.username.clone(),
            line.name.clone().unwrap_or_default(),
            line.owed.clone(),
            line.since.clone(),
            line.days.to_string(),
            line.state.to_owned(),
        ]);
    }
    let mut text = table.render(width);
    let more = lines.len().saturating_sub(LATE_MAX);
    if more > 0 {
        text.push_str(&format!(
            "and {more} more; `--json` has all of them. A subscriber is late who owes a bill more than {} after its \
            due day.\n",
            counted(u64::from(words.grace_days), "day", "days")
        ));
    }
    text
}

fn push(text: &mut String, part: &str) {
    if !part.is_empty() {
        text.push('\n');
        text.push_str(part);
    }
}
