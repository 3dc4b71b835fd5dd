//! Describes what the log says about one subscriber.
//!
//! Decisions of runs and of people, what the routers confirmed or refused, what was changed by hand on them, alerts. Records
//! that the ledger shows better are left out.

use crate::commands::explain::answer::{Case, TimelineEvent};
use crate::model::failure::Failure;
use crate::model::record::{LogKind, LogRecord};
use crate::model::subscriber::Access;
use crate::rules::access::{self, CutOffVerdict};

/// How many log records are read, the newest.
const RECORDS_LOOKED_AT_MAX: usize = 200_000;

/// How many records about the subscriber are kept.
const EVENTS_MAX: usize = 2_000;

/// Returns the events of the log, in order of time.
pub(crate) fn events(case: &Case<'_>) -> Result<Vec<TimelineEvent>, Failure> {
    let mut looked_at = 0_usize;
    let mut taken_in = false;
    let mut about_all: Vec<LogRecord> = Vec::new();
    let mut cut_for = Vec::new();
    let mut events = Vec::new();
    case.reader.each_log(None, |record| -> Result<bool, Failure> {
        looked_at = looked_at.saturating_add(1);
        if record.at < case.from || events.len() >= EVENTS_MAX || looked_at > RECORDS_LOOKED_AT_MAX {
            return Ok(false);
        }
        if record.username.as_ref() == Some(&case.subscriber.username) {
            if record.kind == LogKind::Disconnect {
                cut_for.extend(record.planned_for);
            }
            taken_in |= record.kind == LogKind::Subscriber && is_of_adding(&record.message);
            events.extend(told(case, &record));
        } else if record.username.is_none() && record.kind == LogKind::Disconnect && is_of_the_guard(&record) {
            about_all.push(record);
        }
        Ok(true)
    })?;
    events.extend(
        about_all
            .iter()
            .filter(|record| concerns(case, record, &cut_for))
            .map(|record| {
                let planned = record
                    .planned_for
                    .map_or_else(String::new, |at| format!(" of {}", case.civil(at)));
                TimelineEvent::new(
                    record.at,
                    "guard",
                    format!("the `disconnect` run{planned}: {}", record.message),
                )
            }),
    );
    if !taken_in && case.subscriber.added_at >= case.from {
        events.push(TimelineEvent::new(
            case.subscriber.added_at,
            "taken_in",
            "added".to_owned(),
        ));
    }
    // Found newest first; those of one instant keep the order in which they happened.
    events.reverse();
    events.sort_by_key(|event| event.at);
    Ok(events)
}

fn field<'r>(record: &'r LogRecord, name: &str) -> Option<&'r str> {
    record
        .fields
        .iter()
        .find_map(|(known, value)| (known == name).then_some(value.as_str()))
}

fn told(case: &Case<'_>, record: &LogRecord) -> Option<TimelineEvent> {
    let by = field(record, "actor").map_or_else(String::new, |actor| format!(" (by {actor})"));
    let why = field(record, "comment").map_or_else(String::new, |comment| format!(": {comment}"));
    match record.kind {
        LogKind::Payment => {
            // Payments and corrections are in the ledger.
            field(record, "set_anew_on")?;
            Some(TimelineEvent::new(record.at, "set_anew", record.message.clone()))
        }
        LogKind::Disconnect => {
            let access = if record.message.starts_with("suspended") {
                Access::Off
            } else {
                Access::On
            };
            let run = record.planned_for.map_or_else(String::new, |at| {
                format!(" by the `disconnect` run of {}", case.civil(at))
            });
            let text = record.message.strip_prefix("suspended: ").map_or_else(
                || format!("{}{run}{by}", record.message),
                |reason| format!("cut off{run}: {reason}"),
            );
            Some(TimelineEvent::new(record.at, "disconnect", text).leaves(Some(access)))
        }
        LogKind::Subscriber => {
            let text = format!("{}{why}{by}", record.message);
            Some(TimelineEvent::new(record.at, "by_hand", text).leaves(access_by_hand(&record.message)))
        }
        LogKind::Access => Some(TimelineEvent::new(record.at, "router", record.message.clone())),
        LogKind::Alert => {
            let text = if field(record, "ended").is_some() {
                format!("alert ended: {}", record.message)
            } else {
                format!("alert: {}", record.message)
            };
            Some(TimelineEvent::new(record.at, "alert", text))
        }
        LogKind::Reminders => Some(TimelineEvent::new(record.at, "reminder", record.message.clone())),
        // The outbox shows what became of messages.
        LogKind::Messages
        | LogKind::Billing
        | LogKind::Config
        | LogKind::Jobs
        | LogKind::Service
        | LogKind::Health
        | LogKind::Cleanup => None,
    }
}

/// Returns whether a log record tells that the subscriber was added. Records of earlier versions say "taken in".
fn is_of_adding(message: &str) -> bool {
    message.starts_with("added as") || message.starts_with("taken in as")
}

/// Returns the access that a decision by hand leaves, where its words say so.
fn access_by_hand(message: &str) -> Option<Access> {
    match message {
        "closed" | "on hold, without service" | "added as suspended" | "taken in as suspended" => Some(Access::Off),
        "on hold, with service" | "added as active" | "taken in as active" => Some(Access::On),
        other if other.starts_with("promised to pay") => Some(Access::On),
        _ => None,
    }
}

fn is_of_the_guard(record: &LogRecord) -> bool {
    field(record, "would_cut").is_some() || field(record, "action") == Some("approve")
}

/// Returns whether a held run, its approval or its refusal was about them: it cut them off, or it would still cut them
/// off.
fn concerns(case: &Case<'_>, record: &LogRecord, cut_for: &[crate::model::day::Instant]) -> bool {
    let Some(planned_for) = record.planned_for else {
        return false;
    };
    if cut_for.contains(&planned_for) {
        return true;
    }
    if field(record, "action") == Some("approve") {
        return false;
    }
    let terms = &case.in_force.terms;
    let through = access::last_cut_day(planned_for, &terms.zone);
    access::verdict(case.subscriber, &terms.policy, terms.grace_days, through) == CutOffVerdict::Suspend
}
