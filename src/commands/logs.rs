//! What happened, in order?
//!
//! The log records, newest first, of one stream or of all, about one subscriber or all, of some days or all. Days are
//! those of the site's zone on which a record was made.

use serde::Serialize;
use serde_json::{Map, Value};

use crate::commands::appliance::Appliance;
use crate::commands::moments::{civil_with_seconds, day_of};
use crate::commands::reply::reply;
use crate::commands::table::{Column, Table};
use crate::commands::{Call, Reply};
use crate::model::day::Day;
use crate::model::failure::Failure;
use crate::model::record::{LogKind, LogRecord};
use crate::store::error::StoreError;

/// What is asked of the logs.
pub struct Question<'a> {
    /// One stream; `None` means all.
    pub kind: Option<&'a str>,
    /// From this day on.
    pub since: Option<&'a str>,
    /// Through this day.
    pub until: Option<&'a str>,
    /// About this subscriber.
    pub user: Option<&'a str>,
    /// At most so many records, the newest.
    pub limit: u32,
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
            at: record.at.to_string(),
            kind: record.kind.as_str(),
            planned_for: record.planned_for.map(|at| at.to_string()),
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

/// The records asked for.
pub(crate) fn answer(appliance: &Appliance, call: &Call, question: &Question<'_>) -> Result<Reply, Failure> {
    let kind = question.kind.map(kind_of).transpose()?;
    let since = question.since.map(|text| day_of(text, "--since")).transpose()?;
    let until = question.until.map(|text| day_of(text, "--until")).transpose()?;
    if let (Some(since), Some(until)) = (since, until)
        && since > until
    {
        return Err(Failure::refused(
            format!("`--since {since}` is after `--until {until}`"),
            "write the earlier day behind `--since`",
        ));
    }
    let reader = appliance.store.read()?;
    if let Some(user) = question.user
        && reader.subscriber_named(user)?.is_none()
    {
        return Err(Failure::refused(
            format!("there is no subscriber `{user}`"),
            "`weir subscriber list` shows all of them",
        ));
    }
    let in_force = appliance.in_force();
    let zone = &in_force.terms.zone;
    let most = usize::try_from(question.limit).unwrap_or(usize::MAX);
    let mut found: Vec<LogRecord> = Vec::new();
    // No early end by day: records made under a wrong clock are not in order of their instants.
    reader.each_log(kind, |record| -> Result<bool, StoreError> {
        let about = question
            .user
            .is_none_or(|user| record.username.as_ref().is_some_and(|name| name.as_str() == user));
        if about && (since.is_none() && until.is_none() || lies_in(record.at.day_in(zone), since, until)) {
            found.push(record);
        }
        Ok(found.len() < most)
    })?;
    let answers: Vec<LogAnswer> = found.iter().map(LogAnswer::from).collect();
    reply(call, &answers, || {
        if found.is_empty() {
            return "no record\n".to_owned();
        }
        let mut table = Table::new(&[
            Column::whole("WHEN"),
            Column::whole("KIND"),
            Column::name("USERNAME"),
            Column::text("WHAT"),
        ]);
        for record in &found {
            table.row([
                civil_with_seconds(record.at, zone).as_str(),
                record.kind.as_str(),
                record.username.as_ref().map_or("", |name| name.as_str()),
                record.message.as_str(),
            ]);
        }
        table.render(call.width)
    })
}

fn lies_in(day: Day, since: Option<Day>, until: Option<Day>) -> bool {
    since.is_none_or(|since| since <= day) && until.is_none_or(|until| day <= until)
}

fn kind_of(text: &str) -> Result<LogKind, Failure> {
    LogKind::parse(text).ok_or_else(|| {
        let kinds: Vec<String> = LogKind::ALL.iter().map(|kind| format!("`{kind}`")).collect();
        Failure::refused(
            format!("there is no kind of log `{text}`"),
            format!("the kinds are {}", kinds.join(", ")),
        )
    })
}
