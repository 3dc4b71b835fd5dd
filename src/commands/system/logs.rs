//! `weir logs` shows log records, newest first.
//!
//! The records are of one stream or all, about one subscriber or all, of some days or all. Days are those of the site's zone on
//! which a record was made; what cleanup has archived is among them. An owner who asks for the alerts alone has then seen the
//! open ones.

use clap::builder::PossibleValuesParser;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::appliance::core::Appliance;
use crate::commands::refusals::known;
use crate::commands::reply::reply;
use crate::commands::system::log_search::{Newest, Wanted};
use crate::commands::table::{Column, Table, facts};
use crate::commands::time_words::{civil_with_seconds, day_of};
use crate::commands::{Asked, Caller, RECORDS, RECORDS_MAX, Reply, SiteCommand};
use crate::model::alert::{Alert, Cause};
use crate::model::day::Day;
use crate::model::failure::Failure;
use crate::model::record::{LogKind, LogRecord};

/// Show the log, newest first
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, clap::Args)]
#[serde(deny_unknown_fields)]
#[command(after_help = "Examples:\n  weir logs disconnect --since 2027-03-01\n  weir logs --user amina")]
pub struct Logs {
    /// Only records of this kind
    #[arg(value_parser = PossibleValuesParser::new(LogKind::ALL.map(LogKind::as_str)))]
    pub kind: Option<String>,
    /// From this day on
    #[arg(long, value_name = "DAY")]
    pub since: Option<String>,
    /// Through this day
    #[arg(long, value_name = "DAY")]
    pub until: Option<String>,
    /// Only records about this subscriber, by username, account or phone
    #[arg(long, value_name = "USERNAME")]
    pub user: Option<String>,
    /// The most records to show
    #[arg(long, value_name = "N", default_value_t = RECORDS)]
    #[arg(value_parser = clap::value_parser!(u32).range(1..=RECORDS_MAX))]
    pub limit: u32,
}

impl SiteCommand for Logs {
    fn whom_mut(&mut self) -> Option<&mut String> {
        self.user.as_mut()
    }

    fn answer(&self, site: &Appliance, asked: &mut Asked<'_>) -> Result<Reply, Failure> {
        answer(site, asked.caller, self)
    }
}

/// A record, as `--json` prints it.
#[derive(Debug, Serialize)]
struct LogAnswer {
    at: String,
    kind: &'static str,
    planned_for: Option<String>,
    username: Option<String>,
    message: String,
    fields: Map<String, Value>,
}

impl From<&LogRecord> for LogAnswer {
    fn from(record: &LogRecord) -> Self {
        Self {
            at: record.at.rfc3339(),
            kind: record.kind.as_str(),
            planned_for: record.planned_for.map(|at| at.rfc3339()),
            username: record.username.as_ref().map(ToString::to_string),
            message: record.message.clone(),
            fields: record
                .fields
                .iter()
                .map(|(name, value)| (name.clone(), Value::String(value.clone())))
                .collect(),
        }
    }
}

/// Returns the records asked for.
pub(crate) fn answer(appliance: &Appliance, call: &Caller, question: &Logs) -> Result<Reply, Failure> {
    let kind = question.kind.as_deref().map(kind_of).transpose()?;
    let (since, until) = days_of(question)?;
    let reader = appliance.store.read()?;
    if let Some(user) = question.user.as_deref() {
        known(appliance, user)?;
    }
    let in_force = appliance.in_force();
    let zone = &in_force.terms.zone;
    let most = usize::try_from(question.limit).unwrap_or(usize::MAX);
    let wanted = Wanted {
        kind,
        since,
        until,
        user: question.user.as_deref(),
        says: None,
        zone,
        most,
    };
    // The store before the archive: what cleanup moves meanwhile is then found in one of them at least.
    let mut newest = Newest::new(&wanted);
    newest.read_store(&reader)?;
    let troubles = newest.read_archive(&appliance.data);
    let found = newest.records();
    let standing = match kind {
        Some(LogKind::Alert) => reader.alerts(most)?.0,
        Some(_) | None => Vec::new(),
    };
    let answers: Vec<LogAnswer> = found
        .iter()
        .map(|record| {
            let mut answer = LogAnswer::from(record);
            if standing.iter().any(|alert| is_of(record, alert)) {
                answer
                    .fields
                    .insert("standing".to_owned(), Value::String("yes".to_owned()));
            }
            answer
        })
        .collect();
    drop(reader);
    let mut told = reply(call, &answers, || {
        let above = standing_text(&standing, zone, call.width);
        if found.is_empty() {
            return format!("{above}no records\n");
        }
        above + &table_of(&found, zone).render(call.width)
    })?;
    // In JSON an alert is shown by its record alone, and counts as seen when that was among those asked for.
    let was_told = |alert: &Alert| !call.json || found.iter().any(|record| is_of(record, alert));
    let seen = standing.iter().filter(|alert| alert.seen.is_none() && was_told(alert));
    note_seen(appliance, seen.map(|alert| &alert.cause).collect())?;
    told.notes.extend(troubles);
    Ok(told)
}

/// Parses the first and the last day that are asked for.
fn days_of(question: &Logs) -> Result<(Option<Day>, Option<Day>), Failure> {
    let parse = |text: &Option<String>, option| text.as_deref().map(|text| day_of(text, option)).transpose();
    let (since, until) = (parse(&question.since, "--since")?, parse(&question.until, "--until")?);
    match (since, until) {
        (Some(since), Some(until)) if since > until => Err(Failure::refused(
            format!("`--since {since}` is after `--until {until}`"),
            "give `--since` the earlier day",
        )),
        days => Ok(days),
    }
}

fn table_of(found: &[LogRecord], zone: &TimeZone) -> Table {
    let mut table = Table::new(&[
        Column::whole("WHEN"),
        Column::whole("KIND"),
        Column::name("USERNAME"),
        Column::sentence("WHAT"),
    ]);
    for record in found {
        table.row([
            civil_with_seconds(record.at, zone).as_str(),
            record.kind.as_str(),
            record.username.as_ref().map_or("", |name| name.as_str()),
            record.message.as_str(),
        ]);
    }
    table
}

/// Returns whether a record is the one that told of an alert.
fn is_of(record: &LogRecord, alert: &Alert) -> bool {
    let field = |name: &str| {
        let found = record.fields.iter().find(|(key, _)| key == name);
        found.map_or("", |(_, value)| value.as_str())
    };
    record.kind == LogKind::Alert
        && record.at == alert.since
        && field("alert") == alert.cause.kind.as_str()
        && field("subject") == alert.cause.subject
        && field("ended").is_empty()
}

/// Returns the open alerts, above the records.
fn standing_text(standing: &[Alert], zone: &TimeZone, width: u16) -> String {
    if standing.is_empty() {
        return String::new();
    }
    let lines: Vec<(&str, String)> = standing
        .iter()
        .map(|alert| {
            let mark = if alert.seen.is_none() { "new" } else { "open" };
            (
                mark,
                format!("since {}: {}", civil_with_seconds(alert.since, zone), alert.text),
            )
        })
        .collect();
    facts(&lines, width) + "\n"
}

/// Notes that the owner was shown these alerts; writes nothing where there are none.
fn note_seen(appliance: &Appliance, causes: Vec<&Cause>) -> Result<(), Failure> {
    if causes.is_empty() {
        return Ok(());
    }
    let at = appliance.recorded()?.at;
    Ok(appliance
        .store
        .write(at, |tx| causes.into_iter().try_for_each(|cause| tx.saw_alert(cause)))?)
}

fn kind_of(text: &str) -> Result<LogKind, Failure> {
    LogKind::parse(text).ok_or_else(|| {
        let kinds: Vec<String> = LogKind::ALL.iter().map(|kind| format!("`{kind}`")).collect();
        Failure::refused(
            format!("there is no log kind `{text}`"),
            format!("the kinds are {}", kinds.join(", ")),
        )
    })
}
