//! Lists the messages to a subscriber, and the outages of their router.

use crate::commands::explain::answer::{Case, TimelineEvent};
use crate::model::failure::Failure;
use crate::model::message::{Message, MessageState};
use crate::model::router::incident::Incident;
use crate::model::subscriber::Access;
use crate::notices::recheck;

/// How many messages of the outbox are read, the newest.
const MESSAGES_LOOKED_AT_MAX: usize = 100_000;

/// How many incidents of a router are read, the newest.
const INCIDENTS_LOOKED_AT_MAX: usize = 500;

/// Returns the messages to them, and what became of each.
pub(crate) fn messages(case: &Case<'_>) -> Result<Vec<TimelineEvent>, Failure> {
    let mut looked_at = 0_usize;
    let mut found = Vec::new();
    case.reader.each_message_back(|message| -> Result<bool, Failure> {
        looked_at = looked_at.saturating_add(1);
        if message.queued_at < case.from || looked_at > MESSAGES_LOOKED_AT_MAX {
            return Ok(false);
        }
        if message
            .subscriber
            .as_ref()
            .is_some_and(|(id, _)| *id == case.subscriber.id)
        {
            found.push(message);
        }
        Ok(true)
    })?;
    found.reverse();
    let config = &case.in_force.config;
    let now = case.recorded.at;
    found
        .into_iter()
        .map(|message| {
            let message = recheck::as_it_leaves(case.reader, config, message, now)?;
            Ok(message_told(case, &message))
        })
        .collect()
}

fn message_told(case: &Case<'_>, message: &Message) -> TimelineEvent {
    let what = format!("{} to {}", message.purpose.as_str(), message.to);
    let why = message.error.as_deref().unwrap_or("no reason was recorded");
    let gateway = message
        .gateway
        .as_ref()
        .map_or_else(String::new, |gateway| format!(" by `{gateway}`"));
    let text = match message.state {
        MessageState::Sent => format!("{what} was sent{gateway}: {}", message.text),
        MessageState::Queued => {
            let refused = message
                .error
                .as_ref()
                .map_or_else(String::new, |why| format!(" ({why})"));
            format!(
                "{what} is waiting, to be sent no earlier than {}{refused}: {}",
                case.civil(message.not_before),
                message.text
            )
        }
        MessageState::Sending => format!("{what} is being sent{gateway}"),
        MessageState::Failed => format!("{what} could not be sent: {why}"),
        MessageState::Unknown => format!("{what} may or may not have arrived{gateway}: {why}"),
        MessageState::Dropped => format!("{what} was not sent: {why}"),
    };
    TimelineEvent::new(message.sent_at.unwrap_or(message.queued_at), "message", text)
}

/// Returns the incidents of their router while they should have been online; `events` are all others, in order of time.
pub(crate) fn incidents(case: &Case<'_>, events: &[TimelineEvent]) -> Result<Vec<TimelineEvent>, Failure> {
    let Some(router) = &case.subscriber.profile.router else {
        return Ok(Vec::new());
    };
    let mut looked_at = 0_usize;
    let mut found = Vec::new();
    case.reader
        .each_incident_back(router, |incident| -> Result<bool, Failure> {
            looked_at = looked_at.saturating_add(1);
            let over_before = incident.until.is_some_and(|until| until < case.from);
            if over_before || looked_at > INCIDENTS_LOOKED_AT_MAX {
                return Ok(false);
            }
            if should_be_on_during(case, events, &incident) {
                found.push(incident_told(case, &incident));
            }
            Ok(true)
        })?;
    found.reverse();
    Ok(found)
}

fn should_be_on_during(case: &Case<'_>, events: &[TimelineEvent], incident: &Incident) -> bool {
    let mut changes = events
        .iter()
        .filter_map(|event| event.access.map(|access| (event.at, access)))
        .peekable();
    // Before the first change it was the other way.
    let mut on = match changes.peek() {
        Some((_, access)) => *access == Access::Off,
        None => case.subscriber.access() == Access::On,
    };
    let mut was_on = false;
    for (at, access) in changes {
        if incident.until.is_some_and(|until| at > until) {
            break;
        }
        if at > incident.since {
            was_on |= on;
        }
        on = access == Access::On;
    }
    (was_on || on) && incident.until.is_none_or(|until| until >= case.subscriber.added_at)
}

fn incident_told(case: &Case<'_>, incident: &Incident) -> TimelineEvent {
    let text = match incident.until {
        Some(until) => format!(
            "router `{}` was in trouble until {}, for {} minutes: {}",
            incident.router,
            case.civil(until),
            until.millis_since(incident.since).max(0) / 60_000,
            incident.reason
        ),
        None => format!(
            "router `{}` has been in trouble since then: {}",
            incident.router, incident.reason
        ),
    };
    TimelineEvent::new(incident.since, "incident", text)
}
