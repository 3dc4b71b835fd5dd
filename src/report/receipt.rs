//! What does a payment's receipt look like?
//!
//! As plain text for a printer of 58 mm, which prints 32 characters a line; as a small page; and as the text of a message,
//! in one part where it can be. A payment that was taken back says so in each. Must never know: where the facts come from.

use maud::{DOCTYPE, Markup, PreEscaped, html};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::rules::messages::gsm;

/// Characters in a line of a printer of 58 mm. *Source:* such printers have 384 dots a line and letters of 12 dots.
const COLUMNS: usize = 32;

/// The page's style sheet: as narrow as the paper.
const SHEET: &str = "body{margin:0;background:#fff;color:#000;font:14px/1.4 system-ui,sans-serif}\
main{max-width:20rem;margin:0 auto;padding:1rem}\
h1{font-size:1.1rem;margin:0}h2{font-size:1rem;margin:.25rem 0 .75rem}\
table{border-collapse:collapse;width:100%}th,td{padding:.2rem 0;border-bottom:1px solid #ccc;vertical-align:top}\
th{text-align:left;font-weight:400}td{text-align:right;overflow-wrap:anywhere}\
.reversed{border:2px solid #000;padding:.4rem;font-weight:700}";

/// What a receipt says. Amounts have their currency, days and times are those of the site.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceiptFacts {
    /// The site.
    pub site: String,
    /// The payment's reference.
    pub reference: String,
    /// What the customer is called, or else their username.
    pub person: String,
    /// The account stated when paying.
    pub account: Option<String>,
    /// How much was paid.
    pub amount: String,
    /// By what: `Cash`, `M-Pesa`, ….
    pub source: String,
    /// The day of the payment.
    pub day: String,
    /// When it was recorded, day and minute.
    pub recorded_at: String,
    /// When it was taken back, where it was.
    pub reversed_at: Option<String>,
    /// The balance now.
    pub balance: String,
    /// What is known of the paid period now: a word, such as `Paid through`, and its day.
    pub period: Option<(&'static str, String)>,
    /// When `balance` and `period` were read, day and minute.
    pub read_at: String,
}

impl ReceiptFacts {
    fn paid(&self) -> Vec<(&'static str, &str)> {
        let mut rows = vec![("Received from", self.person.as_str())];
        rows.extend(self.account.iter().map(|account| ("Account", account.as_str())));
        rows.push(("Amount", self.amount.as_str()));
        rows.push(("By", self.source.as_str()));
        rows.push(("Paid on", self.day.as_str()));
        rows.push(("Recorded", self.recorded_at.as_str()));
        rows
    }

    fn standing(&self) -> Vec<(&'static str, &str)> {
        let mut rows = vec![("Balance", self.balance.as_str())];
        rows.extend(self.period.iter().map(|(word, day)| (*word, day.as_str())));
        rows.push(("As of", self.read_at.as_str()));
        rows
    }
}

/// Returns the receipt as plain text, no line wider than the paper.
#[must_use]
pub fn text(facts: &ReceiptFacts) -> String {
    let rule = "-".repeat(COLUMNS);
    let mut lines = Vec::new();
    lines.extend(wrapped(&facts.site).iter().map(|line| centred(line)));
    lines.extend(
        wrapped(&format!("RECEIPT {}", facts.reference))
            .iter()
            .map(|line| centred(line)),
    );
    if let Some(at) = &facts.reversed_at {
        lines.push(rule.clone());
        lines.push(centred("*** REVERSED ***"));
        lines.extend(wrapped(&format!(
            "This payment was reversed on {at} and no longer counts."
        )));
    }
    for rows in [facts.paid(), facts.standing()] {
        lines.push(rule.clone());
        for (word, value) in rows {
            lines.extend(row(word, value));
        }
    }
    lines.push(rule);
    lines.push(String::new());
    lines.join("\n")
}

/// Returns the receipt as a page that needs nothing from elsewhere.
#[must_use]
pub fn page(facts: &ReceiptFacts) -> String {
    let body: Markup = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="referrer" content="no-referrer";
                title { (facts.site) " · Receipt " (facts.reference) }
                style { (PreEscaped(SHEET)) }
            }
            body {
                main {
                    h1 { (facts.site) }
                    h2 { "Receipt " (facts.reference) }
                    @if let Some(at) = &facts.reversed_at {
                        p.reversed { "REVERSED on " (at) ". This payment no longer counts." }
                    }
                    table {
                        @for (word, value) in facts.paid().into_iter().chain(facts.standing()) {
                            tr { th { (word) } td { (value) } }
                        }
                    }
                }
            }
        }
    };
    body.into_string()
}

/// Returns the receipt as the text of a message: the fullest one that goes in one part, else the shortest.
#[must_use]
pub fn message(facts: &ReceiptFacts) -> String {
    let ReceiptFacts {
        site,
        reference,
        person,
        amount,
        day,
        balance,
        ..
    } = facts;
    let ends = facts
        .period
        .as_ref()
        .map_or_else(String::new, |(word, day)| format!(" {word} {day}."));
    let texts = match &facts.reversed_at {
        Some(at) => [
            format!(
                "{site}: payment {reference} of {amount} by {person}, {day}, was reversed on {at}. Balance {balance}."
            ),
            format!("{site}: payment {reference} of {amount}, {day}, was reversed. Balance {balance}."),
            format!("{site}: payment {reference} of {amount} was reversed."),
            format!("Payment {reference} of {amount} was reversed."),
        ],
        None => [
            format!("{site}: received {amount} from {person} on {day}, receipt {reference}. Balance {balance}.{ends}"),
            format!("{site}: received {amount} on {day}, receipt {reference}. Balance {balance}.{ends}"),
            format!("{site}: received {amount}, receipt {reference}. Balance {balance}."),
            format!("Received {amount}, receipt {reference}."),
        ],
    };
    let fits = texts.iter().find(|text| gsm::measure(text).parts == 1);
    fits.or(texts.last()).cloned().unwrap_or_default()
}

/// Returns a word and its value on one line where they fit, else the value on lines of its own.
fn row(word: &str, value: &str) -> Vec<String> {
    let taken = word.width().saturating_add(value.width());
    if taken < COLUMNS {
        let gap = " ".repeat(COLUMNS.saturating_sub(taken));
        return vec![format!("{word}{gap}{value}")];
    }
    let mut lines = vec![word.to_owned()];
    lines.extend(wrapped(value));
    lines
}

fn centred(line: &str) -> String {
    let gap = COLUMNS.saturating_sub(line.width()) / 2;
    format!("{}{line}", " ".repeat(gap))
}

/// Returns a text in lines that fit the paper, broken between words where that is possible. Control characters become
/// blanks.
fn wrapped(text: &str) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in text
        .split(|c: char| c.is_whitespace() || c.is_control())
        .filter(|word| !word.is_empty())
    {
        let room = COLUMNS.saturating_sub(line.width());
        if !line.is_empty() && word.width().saturating_add(1) > room {
            lines.push(std::mem::take(&mut line));
        }
        if !line.is_empty() {
            line.push(' ');
        }
        for c in word.chars() {
            if line.width().saturating_add(c.width().unwrap_or(0)) > COLUMNS {
                lines.push(std::mem::take(&mut line));
            }
            line.push(c);
        }
    }
    if !line.is_empty() {
        lines.push(line);
    }
    lines
}
