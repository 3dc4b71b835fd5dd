//! Is a message tried next, by which gateway, or does it wait, fail or expire?
//!
//! Messages for administrators leave at any hour, beside the daily cap, and under a clock in doubt. Those for subscribers wait
//! for the end of the quiet hours, for the next civil day once the cap is reached, and for a trusted clock; one whose time is
//! over by then is dropped. Gateways are tried in their order; one that refuses is followed by the next at once, and when all
//! have refused there is a pause that doubles and an end. What may have left is never tried again.
//!
//! Must never know: how a gateway is called.

use jiff::civil::Time;
use jiff::tz::TimeZone;

use crate::model::day::Instant;
use crate::model::message::{Channel, Lane, Message, MessageState};

/// The pause after the first round in which every gateway refused, in milliseconds; it doubles.
pub const PAUSE_FIRST_MS: i64 = 30_000;
/// The longest pause, in milliseconds.
pub const PAUSE_MOST_MS: i64 = 900_000;
/// After how many such rounds a message to a subscriber has failed: with these pauses some two hours.
pub const ROUNDS_SUBSCRIBER_MAX: u16 = 12;
/// After how many milliseconds since its first try it has failed all the same: the box may have been off between.
pub const TRYING_SUBSCRIBER_MS: i64 = 2 * 3_600_000;
/// After how many milliseconds in the queue it has failed without a try, where no gateway could be tried: a civil day.
pub const WAITING_SUBSCRIBER_MS: i64 = 24 * 3_600_000;
/// After how many rounds one to an administrator has failed: with these pauses three days. Rounds are counted and not
/// days, since it is tried under a clock in doubt, too.
pub const ROUNDS_ADMINISTRATOR_MAX: u16 = 292;
/// The longest that a message to an administrator waits by itself, in milliseconds; a time that lies further ahead was made
/// by a clock that was wrong.
pub const AHEAD_ADMINISTRATOR_MS: i64 = PAUSE_MOST_MS;
/// The same for a message to a subscriber: a civil day with an hour more, and an hour of grace.
pub const AHEAD_SUBSCRIBER_MS: i64 = 26 * 3_600_000;

/// What a decision rests on, beside the message.
#[derive(Debug, Clone, Copy)]
pub struct DeliveryConditions<'a> {
    /// What each gateway can carry, in the order in which they are tried.
    pub gateways: &'a [Channel],
    /// From when until when nothing is sent to subscribers.
    pub quiet: Option<(Time, Time)>,
    /// The site's zone.
    pub zone: &'a TimeZone,
    /// How many more messages to subscribers may leave today.
    pub left_of_cap: u32,
    /// What the clock shows.
    pub now: Instant,
    /// Whether it is trusted.
    pub trusted: bool,
}

/// What happens next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DeliveryStep {
    /// It is handed to this gateway.
    Try(usize),
    /// Not before this instant.
    Wait(Instant),
    /// There is no further try.
    Fail(String),
    /// It is of no use any more.
    Drop(String),
    /// Nothing: it has left, may have left, or has ended otherwise.
    Nothing,
}

/// Returns whether the time of a message has come; one that lies further ahead than a message ever waits has come, too.
#[must_use]
pub const fn is_due(not_before: Instant, lane: Lane, now: Instant) -> bool {
    let ahead = not_before.millis_since(now);
    ahead <= 0 || ahead > ahead_most_ms(lane)
}

/// Returns how far ahead the time of a message can lie, in milliseconds.
#[must_use]
pub const fn ahead_most_ms(lane: Lane) -> i64 {
    match lane {
        Lane::Administrators => AHEAD_ADMINISTRATOR_MS,
        Lane::Subscribers => AHEAD_SUBSCRIBER_MS,
    }
}

/// Returns until when nothing leaves for subscribers; `None` where something may leave now. A clock in doubt holds all of it
/// back, until the next check.
#[must_use]
pub fn held_until(ground: &DeliveryConditions<'_>) -> Option<Instant> {
    if !ground.trusted {
        return Some(ground.now.plus_millis(PAUSE_FIRST_MS));
    }
    let quiet = ground
        .quiet
        .and_then(|hours| quiet_until(hours, ground.zone, ground.now));
    if quiet.is_some() {
        return quiet;
    }
    (ground.left_of_cap == 0).then(|| next_day(ground.zone, ground.now))
}

/// Returns what happens next to a message. `refused`: the gateways that have refused it in this round, or cannot be
/// tried now.
#[must_use]
pub fn next(message: &Message, ground: &DeliveryConditions<'_>, refused: &[usize]) -> DeliveryStep {
    if !matches!(message.state, MessageState::Queued) {
        return DeliveryStep::Nothing;
    }
    let lane = message.purpose.lane();
    if !is_due(message.not_before, lane, ground.now) {
        return DeliveryStep::Wait(message.not_before);
    }
    if ground.trusted && message.expires.is_some_and(|expires| ground.now > expires) {
        return if message.rounds > 0 {
            DeliveryStep::Fail(format!("it expired; {}", refusal_of(message)))
        } else {
            DeliveryStep::Drop("it expired before it could leave".to_owned())
        };
    }
    if lane == Lane::Subscribers
        && let Some(until) = held_until(ground)
    {
        return DeliveryStep::Wait(until);
    }
    next_gateway(message.channel, ground.gateways, refused)
        .map_or_else(|| after_round(message, ground), DeliveryStep::Try)
}

/// Returns the first gateway that can carry a channel and is not among those that refused.
#[must_use]
pub fn next_gateway(channel: Channel, gateways: &[Channel], refused: &[usize]) -> Option<usize> {
    gateways
        .iter()
        .enumerate()
        .find_map(|(at, carries)| (*carries == channel && !refused.contains(&at)).then_some(at))
}

/// Returns what happens to a message that every gateway has refused once more.
#[must_use]
pub fn after_round(message: &Message, ground: &DeliveryConditions<'_>) -> DeliveryStep {
    let rounds = message.rounds.saturating_add(1);
    let over = match message.purpose.lane() {
        Lane::Administrators => rounds >= ROUNDS_ADMINISTRATOR_MAX,
        Lane::Subscribers => {
            rounds >= ROUNDS_SUBSCRIBER_MAX
                || (ground.trusted && tried_for_ms(message, ground.now) >= TRYING_SUBSCRIBER_MS)
        }
    };
    if over {
        return DeliveryStep::Fail(format!("no gateway accepted it; {}", refusal_of(message)));
    }
    DeliveryStep::Wait(ground.now.plus_millis(pause_ms(rounds)))
}

/// Returns why a message to a subscriber has failed while every gateway is left alone; `None` while it goes on waiting.
#[must_use]
pub fn fails_while_gateways_rest(message: &Message, ground: &DeliveryConditions<'_>) -> Option<String> {
    let tried = tried_for_ms(message, ground.now) >= TRYING_SUBSCRIBER_MS;
    let waited = ground.now.millis_since(message.queued_at) >= WAITING_SUBSCRIBER_MS;
    let over = ground.trusted && message.purpose.lane() == Lane::Subscribers && (tried || waited);
    over.then(|| format!("no gateway accepted it; {}", refusal_of(message)))
}

/// Returns for how many milliseconds it has been tried; 0 before the first refusal.
fn tried_for_ms(message: &Message, now: Instant) -> i64 {
    message.tries.first().map_or(0, |first| now.millis_since(first.at))
}

/// Returns how long it waits after so many rounds, in milliseconds.
#[must_use]
pub fn pause_ms(rounds: u16) -> i64 {
    let doublings = u32::from(rounds.saturating_sub(1)).min(20);
    PAUSE_FIRST_MS
        .saturating_mul(1_i64.checked_shl(doublings).unwrap_or(i64::MAX))
        .min(PAUSE_MOST_MS)
}

/// Returns when the quiet hours end; `None` where it is not quiet. Where the end comes twice (a clock is set back) the
/// second counts once the first is past, and where it is skipped the first moment after the gap.
#[must_use]
pub fn quiet_until((from, to): (Time, Time), zone: &TimeZone, now: Instant) -> Option<Instant> {
    let civil = zone.to_datetime(now.timestamp());
    let time = civil.time();
    let past_midnight = from > to;
    let quiet = if past_midnight {
        time >= from || time < to
    } else {
        from <= time && time < to
    };
    if !quiet {
        return None;
    }
    let day = if past_midnight && time >= from {
        civil.date().saturating_add(jiff::Span::new().days(1))
    } else {
        civil.date()
    };
    Some(instant_after(day.to_datetime(to), zone, now))
}

/// Returns the first instant of the civil day after that of `now`.
#[must_use]
pub fn next_day(zone: &TimeZone, now: Instant) -> Instant {
    let day = now.day_in(zone).plus_days(1).date();
    instant_after(day.to_datetime(Time::midnight()), zone, now)
}

fn instant_after(civil: jiff::civil::DateTime, zone: &TimeZone, now: Instant) -> Instant {
    let ambiguous = zone.to_ambiguous_timestamp(civil);
    let first = ambiguous.compatible().map(Instant::from_timestamp);
    let second = ambiguous.later().map(Instant::from_timestamp);
    [first, second]
        .into_iter()
        .flatten()
        .find(|at| *at > now)
        .unwrap_or_else(|| now.plus_millis(PAUSE_FIRST_MS))
}

fn refusal_of(message: &Message) -> String {
    message.error.as_ref().map_or_else(
        || "no gateway was asked".to_owned(),
        |error| format!("last refusal: {error}"),
    )
}
