//! What happens next to a message, and how a number is completed.

use jiff::civil::{Time, time};
use jiff::tz::TimeZone;
use proptest::prelude::*;
use weir::model::day::Instant;
use weir::model::message::{Channel, Draft, Message, MessageId, MessageState, Purpose, Try};
use weir::rules::messages::delivery::{
    self, AHEAD_SUBSCRIBER_MS, DeliveryConditions, DeliveryStep, PAUSE_MOST_MS, ROUNDS_ADMINISTRATOR_MAX,
    ROUNDS_SUBSCRIBER_MAX, TRYING_SUBSCRIBER_MS,
};

const HOUR_MS: i64 = 3_600_000;

fn at(text: &str, zone: &TimeZone) -> Instant {
    let civil: jiff::civil::DateTime = text.parse().unwrap();
    Instant::from_timestamp(zone.to_ambiguous_timestamp(civil).compatible().unwrap())
}

fn nairobi() -> TimeZone {
    TimeZone::get("Africa/Nairobi").unwrap()
}

fn message(purpose: Purpose, channel: Channel, now: Instant) -> Message {
    let draft = Draft {
        channel,
        to: "+254700000001".to_owned(),
        purpose,
        subscriber: None,
        once: "k".to_owned(),
        subject: String::new(),
        text: "x".to_owned(),
        attachment: None,
        happened_at: now,
        not_before: now,
        expires: None,
    };
    Message::of(MessageId(1), draft, now)
}

const QUIET: Option<(Time, Time)> = Some((time(20, 0, 0, 0), time(8, 0, 0, 0)));

fn ground<'a>(gateways: &'a [Channel], zone: &'a TimeZone, now: Instant) -> DeliveryConditions<'a> {
    DeliveryConditions {
        gateways,
        quiet: QUIET,
        zone,
        left_of_cap: 10,
        now,
        trusted: true,
    }
}

#[test]
fn quiet_hours_hold_subscribers_back_until_their_end_and_administrators_never() {
    let zone = nairobi();
    let cases = [
        ("2027-03-01T19:59", None),
        ("2027-03-01T20:00", Some("2027-03-02T08:00")),
        ("2027-03-01T23:59", Some("2027-03-02T08:00")),
        ("2027-03-02T00:00", Some("2027-03-02T08:00")),
        ("2027-03-02T07:59", Some("2027-03-02T08:00")),
        ("2027-03-02T08:00", None),
    ];
    for (now, until) in cases {
        let now = at(now, &zone);
        let ground = ground(&[Channel::Sms], &zone, now);
        let next = delivery::next(&message(Purpose::Resumption, Channel::Sms, now), &ground, &[]);
        let expected = until.map_or(DeliveryStep::Try(0), |until| DeliveryStep::Wait(at(until, &zone)));
        assert_eq!(next, expected, "{now:?}");
        let alert = message(Purpose::Alert, Channel::Sms, now);
        assert_eq!(delivery::next(&alert, &ground, &[]), DeliveryStep::Try(0), "{now:?}");
    }
}

#[test]
fn quiet_hours_within_a_day_and_over_changes_of_the_clock() {
    let zone = nairobi();
    let noon = (time(12, 0, 0, 0), time(14, 0, 0, 0));
    let until = |text: &str| delivery::quiet_until(noon, &zone, at(text, &zone));
    assert_eq!(until("2027-03-01T11:59"), None);
    assert_eq!(until("2027-03-01T12:00"), Some(at("2027-03-01T14:00", &zone)));
    assert_eq!(until("2027-03-01T14:00"), None);
    // Berlin skips 02:00 to 03:00 on 2027-03-28 and has it twice on 2027-10-31.
    let berlin = TimeZone::get("Europe/Berlin").unwrap();
    let hours = (time(22, 0, 0, 0), time(2, 30, 0, 0));
    let gap = delivery::quiet_until(hours, &berlin, at("2027-03-28T01:00", &berlin)).unwrap();
    assert_eq!(
        gap,
        at("2027-03-28T03:30", &berlin),
        "the skipped end is the moment after the gap"
    );
    let first = at("2027-10-31T02:10", &berlin);
    let again = first.plus_millis(HOUR_MS);
    assert_eq!(
        delivery::quiet_until(hours, &berlin, first),
        Some(first.plus_millis(20 * 60_000))
    );
    assert_eq!(
        delivery::quiet_until(hours, &berlin, again),
        Some(again.plus_millis(20 * 60_000)),
        "the second 02:10 waits for the second 02:30"
    );
}

#[test]
fn the_cap_holds_back_until_the_next_civil_day_and_a_clock_in_doubt_until_somebody_looks_again() {
    let zone = nairobi();
    let now = at("2027-03-01T12:00", &zone);
    let full = DeliveryConditions {
        left_of_cap: 0,
        ..ground(&[Channel::Sms], &zone, now)
    };
    let to_subscriber = message(Purpose::Resumption, Channel::Sms, now);
    assert_eq!(
        delivery::next(&to_subscriber, &full, &[]),
        DeliveryStep::Wait(at("2027-03-02T00:00", &zone))
    );
    let test = message(Purpose::Test, Channel::Sms, now);
    assert_eq!(delivery::next(&test, &full, &[]), DeliveryStep::Try(0));
    let doubt = DeliveryConditions {
        trusted: false,
        ..ground(&[Channel::Sms], &zone, now)
    };
    assert!(matches!(
        delivery::next(&to_subscriber, &doubt, &[]),
        DeliveryStep::Wait(_)
    ));
    assert_eq!(delivery::next(&test, &doubt, &[]), DeliveryStep::Try(0));
}

#[test]
fn what_is_over_is_dropped_and_what_was_refused_before_has_failed() {
    let zone = nairobi();
    let now = at("2027-03-01T12:00", &zone);
    let ground = ground(&[Channel::Sms], &zone, now);
    let over = Message {
        expires: Some(now.plus_millis(-1)),
        ..message(Purpose::Resumption, Channel::Sms, now)
    };
    assert!(matches!(delivery::next(&over, &ground, &[]), DeliveryStep::Drop(_)));
    let refused = Message {
        rounds: 1,
        ..over.clone()
    };
    assert!(matches!(delivery::next(&refused, &ground, &[]), DeliveryStep::Fail(_)));
    let just = Message {
        expires: Some(now),
        ..over
    };
    assert_eq!(delivery::next(&just, &ground, &[]), DeliveryStep::Try(0));
}

#[test]
fn gateways_are_tried_in_their_order_and_only_those_of_the_right_channel() {
    let zone = nairobi();
    let now = at("2027-03-01T12:00", &zone);
    let gateways = [Channel::Email, Channel::Sms, Channel::Email, Channel::Sms];
    let ground = ground(&gateways, &zone, now);
    let sms = message(Purpose::Alert, Channel::Sms, now);
    assert_eq!(delivery::next(&sms, &ground, &[]), DeliveryStep::Try(1));
    assert_eq!(delivery::next(&sms, &ground, &[1]), DeliveryStep::Try(3));
    assert_eq!(
        delivery::next(&sms, &ground, &[1, 3]),
        DeliveryStep::Wait(now.plus_millis(30_000))
    );
    let mail = message(Purpose::Alert, Channel::Email, now);
    assert_eq!(delivery::next(&mail, &ground, &[]), DeliveryStep::Try(0));
}

#[test]
fn pauses_double_up_to_a_quarter_of_an_hour_and_end() {
    let pauses: Vec<i64> = (1..=7).map(|rounds| delivery::pause_ms(rounds) / 1000).collect();
    assert_eq!(pauses, [30, 60, 120, 240, 480, 900, 900]);
    let zone = nairobi();
    for (purpose, most, hours) in [
        (Purpose::Resumption, ROUNDS_SUBSCRIBER_MAX, 1..=2),
        (Purpose::Alert, ROUNDS_ADMINISTRATOR_MAX, 71..=73),
    ] {
        let begun = at("2027-03-01T12:00", &zone);
        let mut now = begun;
        let mut one = message(purpose, Channel::Sms, now);
        let failed = loop {
            let ground = DeliveryConditions {
                quiet: None,
                ..ground(&[Channel::Sms], &zone, now)
            };
            assert_eq!(delivery::next(&one, &ground, &[]), DeliveryStep::Try(0));
            match delivery::after_round(&one, &ground) {
                DeliveryStep::Wait(until) => {
                    assert!(until.millis_since(now) <= PAUSE_MOST_MS);
                    (one.rounds, one.not_before, now) = (one.rounds + 1, until, until);
                }
                other => break other,
            }
        };
        assert!(matches!(failed, DeliveryStep::Fail(_)));
        assert_eq!(one.rounds + 1, most);
        assert!(hours.contains(&(now.millis_since(begun) / HOUR_MS)), "{now:?}");
    }
}

#[test]
fn a_box_that_was_off_between_two_tries_has_one_try_more() {
    let zone = nairobi();
    let now = at("2027-03-01T12:00", &zone);
    let mut one = message(Purpose::Resumption, Channel::Sms, now);
    one.rounds = 1;
    one.tries.push(Try {
        gateway: "a".to_owned(),
        at: now.plus_millis(-TRYING_SUBSCRIBER_MS),
        error: "no".to_owned(),
    });
    let ground = ground(&[Channel::Sms], &zone, now);
    assert_eq!(delivery::next(&one, &ground, &[]), DeliveryStep::Try(0));
    assert!(matches!(delivery::after_round(&one, &ground), DeliveryStep::Fail(_)));
}

proptest! {
    #[test]
    fn nothing_waits_longer_than_its_lane_allows_and_nothing_that_may_have_left_goes_again(
        now in 1_700_000_000_000_i64..1_900_000_000_000,
        ahead in -10_000_000_000_i64..10_000_000_000,
        state in 0_usize..6,
        alert in any::<bool>(),
        rounds in 0_u16..400,
        trusted in any::<bool>(),
        left in 0_u32..2,
        refused in proptest::collection::vec(0_usize..3, 0..3),
    ) {
        let zone = TimeZone::get("Europe/Berlin").unwrap();
        let now = Instant::from_millis(now);
        let purpose = if alert { Purpose::Alert } else { Purpose::Resumption };
        let one = Message {
            state: MessageState::ALL[state],
            rounds,
            not_before: now.plus_millis(ahead),
            ..message(purpose, Channel::Sms, now)
        };
        let gateways = [Channel::Sms, Channel::Email, Channel::Sms];
        let ground = DeliveryConditions { left_of_cap: left, trusted, ..ground(&gateways, &zone, now) };
        let next = delivery::next(&one, &ground, &refused);
        prop_assert_eq!(next == DeliveryStep::Nothing, one.state != MessageState::Queued);
        match next {
            DeliveryStep::Wait(until) => {
                prop_assert!(until > now && until.millis_since(now) <= AHEAD_SUBSCRIBER_MS);
                if alert {
                    prop_assert!(until.millis_since(now) <= PAUSE_MOST_MS);
                }
            }
            DeliveryStep::Try(at) => prop_assert!(gateways[at] == Channel::Sms && !refused.contains(&at)),
            DeliveryStep::Fail(_) | DeliveryStep::Drop(_) | DeliveryStep::Nothing => {}
        }
    }
}
