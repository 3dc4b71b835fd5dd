//! Chooses which messages leave next, and with which text.
//!
//! For one lane: what is due is checked, written again, measured, and given a gateway. Messages that end without leaving are
//! listed separately. Changes nothing. Must never know: how a message is handed over.

use jiff::tz::TimeZone;

use crate::config::gateways::channels;
use crate::config::read::Config;
use crate::model::characters::visible;
use crate::model::day::{Day, Instant};
use crate::model::message::{Channel, Lane, Message, MessageId, MessageState, MessagesState, Purpose};
use crate::notices::recheck::{self, Recheck};
use crate::rules::messages::delivery::{self, DeliveryConditions, DeliveryStep};
use crate::rules::messages::gsm;
use crate::rules::phone::complete::complete;
use crate::rules::trust::NOTHING_RECORDED;
use crate::store::error::StoreError;
use crate::store::read::reader::Reader;

/// How many messages are handed over between two commits.
pub(crate) const BATCH_MAX: usize = 8;
/// How many messages are checked for one batch.
const JUDGED_MAX: usize = 64;
/// After how long an alert says when the thing happened, in milliseconds.
const LATE_MS: i64 = 5 * 60_000;

/// The facts that the choice depends on.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ChoiceContext<'a> {
    /// What the clock shows.
    pub(crate) shows: Instant,
    /// Whether it is trusted.
    pub(crate) trusted: bool,
    /// The messages that must not be chosen: their outcome is still to be recorded.
    pub(crate) except: &'a [MessageId],
    /// The gateways that are not tried for messages to subscribers at the moment.
    pub(crate) resting: &'a [usize],
}

/// A message that is to leave.
#[derive(Debug, Clone)]
pub(crate) struct Departure {
    /// Its record while it is handed over.
    pub(crate) message: Message,
    /// The message as it leaves.
    pub(crate) text: String,
    /// A further sent-once key that it stands for, where somebody else receives it than to whom it was written.
    pub(crate) once: Option<String>,
    /// The gateway that is tried first.
    pub(crate) first: usize,
    /// The gateways that are not tried in this round.
    pub(crate) skipped: Vec<usize>,
    /// On which civil day it counts against the cap, where it does.
    pub(crate) counts_on: Option<Day>,
}

/// What is to be done next in a lane.
#[derive(Debug, Default)]
pub(crate) struct Choice {
    /// Messages that leave.
    pub(crate) departures: Vec<Departure>,
    /// Messages that end without leaving, with their outcome.
    pub(crate) ends: Vec<Message>,
}

impl Choice {
    pub(crate) const fn is_empty(&self) -> bool {
        self.departures.is_empty() && self.ends.is_empty()
    }

    fn stands_for(&self, once: &str) -> bool {
        self.departures
            .iter()
            .any(|leaves| leaves.once.as_deref() == Some(once))
    }
}

/// Returns what is to be done next in a lane.
///
/// # Errors
/// When the store cannot be read.
pub(crate) fn choose(
    reader: &Reader<'_>,
    config: &Config,
    lane: Lane,
    moment: ChoiceContext<'_>,
) -> Result<Choice, StoreError> {
    let zone = &config.site.zone;
    let carried = channels(&config.gateways);
    let state = reader.messages_state()?;
    let ground = ground(config, &carried, &state, moment.shows, moment.trusted);
    let mut choice = Choice::default();
    if lane == Lane::Subscribers && delivery::held_until(&ground).is_some() {
        return Ok(choice);
    }
    let room = match lane {
        Lane::Administrators => BATCH_MAX,
        Lane::Subscribers => BATCH_MAX.min(usize::try_from(ground.left_of_cap).unwrap_or(BATCH_MAX)),
    };
    let skipped = match lane {
        Lane::Administrators => &[],
        Lane::Subscribers => moment.resting,
    };
    for message in due(reader, lane, moment.shows)? {
        if choice.departures.len() >= room {
            break;
        }
        let open = delivery::next_gateway(message.channel, &carried, skipped);
        let all_rest = open.is_none() && delivery::next_gateway(message.channel, &carried, &[]).is_some();
        if moment.except.contains(&message.id) || message.state != MessageState::Queued {
            continue;
        }
        if all_rest {
            if let Some(why) = delivery::fails_while_gateways_rest(&message, &ground) {
                choice.ends.push(ended(message, MessageState::Failed, why));
            }
            continue;
        }
        match delivery::next(&message, &ground, skipped) {
            DeliveryStep::Nothing => {}
            // No gateway can carry it: it counts as a round in which none was asked.
            DeliveryStep::Wait(until) if open.is_none() && delivery::is_due(message.not_before, lane, moment.shows) => {
                choice.ends.push(not_carried(message, until));
            }
            DeliveryStep::Wait(_) => {}
            DeliveryStep::Fail(why) => choice.ends.push(ended(message, MessageState::Failed, why)),
            DeliveryStep::Drop(why) => choice.ends.push(ended(message, MessageState::Dropped, why)),
            DeliveryStep::Try(first) => {
                let counts_on = (lane == Lane::Subscribers).then(|| moment.shows.day_in(zone));
                match prepare(reader, config, message, moment)? {
                    // Another one of this batch goes to the same person for the same reason: the next look knows of it.
                    Ok(Prepared { once: Some(once), .. }) if choice.stands_for(&once) => {}
                    Ok(prepared) => choice.departures.push(prepared.by(config, first, skipped, counts_on)),
                    Err(message) => choice.ends.push(*message),
                }
            }
        }
    }
    Ok(choice)
}

/// Returns what a decision about a message rests on.
pub(crate) fn ground<'a>(
    config: &'a Config,
    carried: &'a [Channel],
    state: &MessagesState,
    shows: Instant,
    trusted: bool,
) -> DeliveryConditions<'a> {
    DeliveryConditions {
        gateways: carried,
        quiet: config.reminders.quiet_hours.map(|hours| (hours.from, hours.to)),
        zone: &config.site.zone,
        left_of_cap: left_of_cap(config, state, shows.day_in(&config.site.zone)),
        now: shows,
        trusted,
    }
}

/// Returns how many more messages to subscribers may leave on a day.
pub(crate) fn left_of_cap(config: &Config, state: &MessagesState, day: Day) -> u32 {
    let left = if state.cap_day == day.number() {
        state.left_that_day
    } else {
        0
    };
    config.messages.daily_cap.saturating_sub(left)
}

/// Returns the due messages: by the clock, and those dated further ahead than any message waits.
fn due(reader: &Reader<'_>, lane: Lane, shows: Instant) -> Result<Vec<Message>, StoreError> {
    let (past, future) = (Instant::from_millis(i64::MIN), Instant::from_millis(i64::MAX));
    let mut due = reader.due_messages(lane, past, shows, JUDGED_MAX)?;
    let too_far = shows.plus_millis(delivery::ahead_most_ms(lane));
    due.extend(reader.due_messages(lane, too_far, future, BATCH_MAX)?);
    Ok(due)
}

/// A message that may leave.
struct Prepared {
    /// With its number completed.
    message: Message,
    /// As it leaves.
    text: String,
    /// A further sent-once key that it stands for.
    once: Option<String>,
}

impl Prepared {
    /// Returns its departure by a gateway.
    fn by(self, config: &Config, first: usize, skipped: &[usize], counts_on: Option<Day>) -> Departure {
        let Self {
            mut message,
            text,
            once,
        } = self;
        message.state = MessageState::Sending;
        message.attempts = message.attempts.saturating_add(1);
        message.gateway = config.gateways.get(first).map(|gateway| gateway.name.clone());
        Departure {
            message,
            text,
            once,
            first,
            skipped: skipped.to_vec(),
            counts_on,
        }
    }
}

/// Returns the message as it leaves, or how it ended.
fn prepare(
    reader: &Reader<'_>,
    config: &Config,
    mut message: Message,
    moment: ChoiceContext<'_>,
) -> Result<Result<Prepared, Box<Message>>, StoreError> {
    let (mut text, once) = match recheck::recheck(reader, config, &message, moment.shows)? {
        Recheck::Say { to, text, once } => {
            message.to = to;
            (text, once)
        }
        Recheck::Drop(why) => return Ok(Err(Box::new(ended(message, MessageState::Dropped, why)))),
    };
    if message.purpose == Purpose::Alert {
        // A router's own words may be part of it.
        text = visible(&text).into_owned();
        // The record keeps the text without the time, which is added to what leaves.
        message.text.clone_from(&text);
        if let Some(when) = when(&message, moment, &config.site.zone)
            && !text.contains(&when)
        {
            text.push_str(&format!(" (happened {when})"));
        }
    } else {
        message.text.clone_from(&text);
    }
    if message.channel == Channel::Email {
        return Ok(Ok(Prepared { message, text, once }));
    }
    match complete(&message.to, config.messages.numbering()) {
        Ok(number) => message.to = number,
        Err(why) => return Ok(Err(Box::new(ended(message, MessageState::Failed, why)))),
    }
    let most = config.messages.max_parts;
    let mut parts = gsm::measure(&text).parts;
    if parts > most {
        if !message.purpose.is_for_administrator() {
            let why = format!(
                "it has {parts} parts, but [messages] `max_parts` allows {most}; write a shorter text or allow more \
                parts"
            );
            return Ok(Err(Box::new(ended(message, MessageState::Failed, why))));
        }
        text = shortened(&text, most);
        parts = gsm::measure(&text).parts;
    }
    message.parts = parts;
    Ok(Ok(Prepared { message, text, once }))
}

/// Returns the beginning of a text that is too long for an administrator's phone.
fn shortened(text: &str, most: u8) -> String {
    const MARK: &str = "...";
    let mut kept = text.to_owned();
    while !kept.is_empty() && gsm::measure(&format!("{kept}{MARK}")).parts > most {
        kept.pop();
    }
    kept + MARK
}

/// Returns when the thing happened, where the alert leaves long after it and the clock knows how long.
fn when(message: &Message, moment: ChoiceContext<'_>, zone: &TimeZone) -> Option<String> {
    let late = moment.trusted
        && message.happened_at != NOTHING_RECORDED
        && moment.shows.millis_since(message.happened_at) > LATE_MS;
    late.then(|| message.happened_at.minute_in(zone))
}

pub(crate) fn ended(message: Message, state: MessageState, why: String) -> Message {
    Message {
        state,
        error: Some(why),
        ..message
    }
}

fn not_carried(mut message: Message, until: Instant) -> Message {
    message.rounds = message.rounds.saturating_add(1);
    message.not_before = until;
    message.error = Some(format!(
        "no configured gateway carries {}; add one under [[gateways]]",
        message.channel.what()
    ));
    message
}
