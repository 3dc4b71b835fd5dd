//! How does a record read as a line of the archive?
//!
//! The shapes that the page of [`archive`](crate::archive) names. Only log records are read back as records: what is asked
//! of the others is asked of the files, with other tools.

use jiff::Timestamp;
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value};

use crate::model::day::Instant;
use crate::model::job::Run;
use crate::model::message::Message;
use crate::model::name::Username;
use crate::model::record::{LogKind, LogRecord};
use crate::model::router::incident::Incident;

/// The word for log records in `table`.
const LOG: &str = "log";

/// A record that is to be kept.
#[derive(Debug, Clone, Copy)]
pub enum ArchivedRecord<'r> {
    /// A log record, and its number.
    Log(u64, &'r LogRecord),
    /// A run, with its counts by name.
    Run(&'r Run, &'r [(&'static str, u64)]),
    /// An incident.
    Incident(&'r Incident),
    /// A message.
    Message(&'r Message),
}

impl ArchivedRecord<'_> {
    /// Returns when it happened; this decides the month of its file.
    #[must_use]
    pub fn at(&self) -> Instant {
        match self {
            Self::Log(_, record) => record.at,
            Self::Run(run, _) => run.finished_at.or(run.started_at).or(run.to).unwrap_or(run.planned_for),
            Self::Incident(incident) => incident.since,
            Self::Message(message) => message.queued_at,
        }
    }

    /// Returns the kind whose retention it follows.
    #[must_use]
    pub const fn kind(&self) -> LogKind {
        match self {
            Self::Log(_, record) => record.kind,
            Self::Run(run, _) => LogKind::of_runs(run.job),
            Self::Incident(_) => LogKind::Health,
            Self::Message(_) => LogKind::Messages,
        }
    }

    /// Returns the word for its table.
    #[must_use]
    pub const fn table(&self) -> &'static str {
        match self {
            Self::Log(..) => LOG,
            Self::Run(..) => "run",
            Self::Incident(_) => "incident",
            Self::Message(_) => "message",
        }
    }

    /// Returns the line, with its end.
    ///
    /// # Errors
    /// When it cannot be written as JSON, which no record of ours is.
    pub fn line(&self) -> Result<Vec<u8>, serde_json::Error> {
        let mut bytes = serde_json::to_vec(self)?;
        bytes.push(b'\n');
        Ok(bytes)
    }
}

impl Serialize for ArchivedRecord<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("at", &self.at().rfc3339())?;
        map.serialize_entry("kind", self.kind().as_str())?;
        match self {
            Self::Log(seq, record) => {
                map.serialize_entry("seq", seq)?;
                map.serialize_entry("table", self.table())?;
                map.serialize_entry("planned_for", &text(record.planned_for))?;
                map.serialize_entry("username", &record.username.as_ref().map(Username::as_str))?;
                map.serialize_entry("message", &record.message)?;
                map.serialize_entry("fields", &object(&record.fields))?;
            }
            Self::Run(run, counts) => {
                map.serialize_entry("seq", &run.id.0)?;
                map.serialize_entry("table", self.table())?;
                map.serialize_entry("job", run.job.as_str())?;
                map.serialize_entry("planned_for", &run.planned_for.rfc3339())?;
                map.serialize_entry("to", &text(run.to))?;
                map.serialize_entry("count", &run.count)?;
                map.serialize_entry("started_at", &text(run.started_at))?;
                map.serialize_entry("finished_at", &text(run.finished_at))?;
                map.serialize_entry("outcome", run.outcome.as_str())?;
                let counted: Map<String, Value> = counts
                    .iter()
                    .map(|(name, count)| ((*name).to_owned(), Value::from(*count)))
                    .collect();
                map.serialize_entry("counts", &(!counted.is_empty()).then_some(counted))?;
                map.serialize_entry("error", &run.error)?;
                map.serialize_entry("by_hand", &run.by_hand)?;
            }
            Self::Incident(incident) => {
                map.serialize_entry("seq", &incident.since.millis())?;
                map.serialize_entry("table", self.table())?;
                map.serialize_entry("router", incident.router.as_str())?;
                map.serialize_entry("trouble", incident.trouble.as_str())?;
                map.serialize_entry("until", &text(incident.until))?;
                map.serialize_entry("reason", &incident.reason)?;
                map.serialize_entry("flaps", &incident.flaps)?;
            }
            Self::Message(message) => {
                map.serialize_entry("seq", &message.id.0)?;
                map.serialize_entry("table", self.table())?;
                message_entries(message, &mut map)?;
            }
        }
        map.end()
    }
}

fn message_entries<M: SerializeMap>(message: &Message, map: &mut M) -> Result<(), M::Error> {
    let username = message.subscriber.as_ref().map(|(_, username)| username.as_str());
    map.serialize_entry("channel", message.channel.as_str())?;
    map.serialize_entry("to", &message.to)?;
    map.serialize_entry("purpose", message.purpose.as_str())?;
    map.serialize_entry("username", &username)?;
    map.serialize_entry("once", &message.once)?;
    map.serialize_entry("subject", &message.subject)?;
    map.serialize_entry("text", &message.text)?;
    map.serialize_entry("attachment", &message.attachment)?;
    map.serialize_entry("happened_at", &message.happened_at.rfc3339())?;
    map.serialize_entry("state", message.state.as_str())?;
    map.serialize_entry("attempts", &message.attempts)?;
    map.serialize_entry("gateway", &message.gateway)?;
    map.serialize_entry("sent_at", &text(message.sent_at))?;
    map.serialize_entry("error", &message.error)?;
    map.serialize_entry("answer", &message.answer)?;
    map.serialize_entry("parts", &message.parts)?;
    map.serialize_entry("cost", &message.cost.map(|cost| cost.minor()))?;
    let tries: Vec<TryLine<'_>> = message
        .tries
        .iter()
        .map(|tried| TryLine {
            gateway: &tried.gateway,
            at: tried.at.rfc3339(),
            error: &tried.error,
        })
        .collect();
    map.serialize_entry("tries", &tries)
}

#[derive(Serialize)]
struct TryLine<'m> {
    gateway: &'m str,
    at: String,
    error: &'m str,
}

fn text(at: Option<Instant>) -> Option<String> {
    at.map(|at| at.rfc3339())
}

fn object(fields: &[(String, String)]) -> Map<String, Value> {
    fields
        .iter()
        .map(|(name, value)| (name.clone(), Value::String(value.clone())))
        .collect()
}

/// What every line begins with.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Head {
    /// When it happened.
    #[serde(deserialize_with = "instant")]
    pub at: Instant,
    /// What it is kept by.
    pub kind: String,
    /// Its number within its table.
    seq: u64,
    /// Its table.
    table: String,
}

impl Head {
    /// Returns the number of a log record; `None` for anything else.
    #[must_use]
    pub fn log(&self) -> Option<u64> {
        (self.table == LOG).then_some(self.seq)
    }
}

#[derive(Deserialize)]
struct LogLine {
    #[serde(deserialize_with = "instant")]
    at: Instant,
    planned_for: Option<String>,
    username: Option<String>,
    message: String,
    fields: Map<String, Value>,
}

/// Parses the log record of a line; `None` for a line that is no log record of a kind known to this version.
///
/// # Errors
/// With what is wrong, for a line that is none of the archive's.
pub fn log_record(line: &[u8]) -> Result<Option<(u64, LogRecord)>, String> {
    let head: Head = serde_json::from_slice(line).map_err(|error| error.to_string())?;
    let (Some(seq), Some(kind)) = (head.log(), LogKind::parse(&head.kind)) else {
        return Ok(None);
    };
    let line: LogLine = serde_json::from_slice(line).map_err(|error| error.to_string())?;
    let username = match line.username {
        Some(name) => Some(Username::new(&name).map_err(|error| error.to_string())?),
        None => None,
    };
    let value = |value: Value| match value {
        Value::String(text) => text,
        other @ (Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_)) => {
            other.to_string()
        }
    };
    let record = LogRecord::new(line.at, kind, line.message)
        .planned_for(line.planned_for.as_deref().map(instant_of).transpose()?)
        .about(username.as_ref())
        .fields(line.fields.into_iter().map(|(name, given)| (name, value(given))));
    Ok(Some((seq, record)))
}

fn instant_of(text: &str) -> Result<Instant, String> {
    let at: Timestamp = text.parse().map_err(|_| format!("`{text}` is not an instant"))?;
    Ok(Instant::from_timestamp(at))
}

/// Deserialises an instant as lines and index have it.
pub(super) fn instant<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Instant, D::Error> {
    let text = String::deserialize(deserializer)?;
    instant_of(&text).map_err(serde::de::Error::custom)
}
