//! One outage, one incident, one alert, one recovery.

use jiff::tz::TimeZone;
use proptest::prelude::*;
use weir::model::day::Instant;
use weir::model::name::RouterName;
use weir::model::router::incident::{Incident, Trouble};
use weir::rules::routers::availability::{Outage, Probes, TimeSpan, share, watched};
use weir::rules::routers::incidents::{
    IncidentChange, IncidentNotice, ProbeMoment, ProbeResult, RouterHealth, STEADY_MS, TOLD_AGAIN_MS, length_words,
};

const MINUTE: i64 = 60_000;
const NOON: i64 = 1_800_003_600_000;

fn core() -> RouterName {
    RouterName::new("core").unwrap()
}

fn minute(minutes: i64) -> ProbeMoment {
    ProbeMoment {
        at: Instant::from_millis(NOON + minutes * MINUTE),
        ran_ms: minutes * MINUTE,
    }
}

fn fails(trouble: Trouble) -> ProbeResult {
    ProbeResult::Fails {
        trouble,
        reason: format!("seen: {}", trouble.as_str()),
    }
}

/// What happens to a router, a try a minute mark; what is told after each.
struct Story {
    standing: RouterHealth,
    after: u8,
    happened: Vec<(i64, IncidentChange)>,
    told: Vec<(i64, IncidentNotice)>,
}

impl Story {
    fn new(after: u8) -> Self {
        Self {
            standing: RouterHealth::default(),
            after,
            happened: Vec::new(),
            told: Vec::new(),
        }
    }

    fn probe(&mut self, at: i64, tried: &ProbeResult) {
        for _ in 0..self.after {
            let happened = self.standing.observe(&core(), tried.clone(), self.after, minute(at));
            self.happened.extend(happened.map(|it| (at, it)));
            if !self.standing.wants_another_try(self.after) {
                break;
            }
        }
        let told = self.standing.tell(minute(at), &TimeZone::UTC);
        self.told.extend(told.map(|it| (at, it)));
    }

    fn lives(&mut self, marks: &[(i64, bool)]) {
        for (at, up) in marks {
            let tried = if *up {
                ProbeResult::Up
            } else {
                fails(Trouble::Unreachable)
            };
            self.probe(*at, &tried);
        }
    }

    fn raised(&self) -> Vec<i64> {
        let raised = |told: &&(i64, IncidentNotice)| matches!(told.1, IncidentNotice::Raise(_));
        self.told.iter().filter(raised).map(|told| told.0).collect()
    }

    fn ended(&self) -> Vec<i64> {
        let ended = |told: &&(i64, IncidentNotice)| matches!(told.1, IncidentNotice::End(_));
        self.told.iter().filter(ended).map(|told| told.0).collect()
    }
}

#[test]
fn an_outage_has_one_incident_one_alert_and_one_recovery_with_its_length() {
    let mut story = Story::new(3);
    story.lives(&[
        (0, true),
        (15, false),
        (30, false),
        (45, false),
        (150, true),
        (165, true),
    ]);
    assert_eq!((story.raised(), story.ended()), (vec![15], vec![150]));
    assert_eq!(story.happened.len(), 2);
    let IncidentChange::Closed(incident, length_ms) = &story.happened[1].1 else {
        panic!("{:?}", story.happened);
    };
    assert_eq!(*length_ms, 135 * MINUTE);
    assert_eq!(incident.until, Some(minute(150).at));
    let IncidentNotice::End(text) = &story.told[1].1 else {
        panic!()
    };
    assert!(text.contains("after 2 hours 15 minutes"), "{text}");
    let IncidentNotice::Raise(text) = &story.told[0].1 else {
        panic!()
    };
    assert!(
        text.contains("`core` cannot be reached since 2027-01-15 09:15"),
        "{text}"
    );
}

#[test]
fn one_failed_try_is_no_incident_and_asks_for_another() {
    let mut standing = RouterHealth::default();
    for failures in [1, 2] {
        let happened = standing.observe(&core(), fails(Trouble::Failing), 3, minute(failures));
        assert!(happened.is_none() && standing.wants_another_try(3), "{failures}");
    }
    assert!(standing.observe(&core(), ProbeResult::Up, 3, minute(3)).is_none());
    assert!(!standing.wants_another_try(3));
    // The count begins anew, and the first failed try is the beginning.
    for failures in [4, 5] {
        assert!(
            standing
                .observe(&core(), fails(Trouble::Failing), 3, minute(failures))
                .is_none()
        );
    }
    let opened = standing
        .observe(&core(), fails(Trouble::LoginRefused), 3, minute(6))
        .unwrap();
    assert_eq!(opened.incident().since, minute(4).at);
    assert_eq!(opened.incident().trouble, Trouble::LoginRefused);
}

#[test]
fn one_that_keeps_going_is_one_incident_until_it_has_been_up_for_an_hour() {
    let mut story = Story::new(1);
    let flapping: Vec<(i64, bool)> = (0..20).map(|probe| (probe * 15, probe % 2 == 1)).collect();
    story.lives(&flapping);
    let opened = story
        .happened
        .iter()
        .filter(|it| matches!(it.1, IncidentChange::Opened(_)))
        .count();
    assert_eq!(opened, 5, "the fifth lasts: {:#?}", story.happened);
    assert_eq!(story.standing.incident().unwrap().flaps, 9);
    // Up at 285; steady an hour later.
    story.lives(&[(300, true), (330, true)]);
    assert!(story.standing.incident().is_some());
    story.lives(&[(345, true)]);
    assert!(story.standing.incident().is_none());
    let IncidentChange::Closed(incident, _) = &story.happened.last().unwrap().1 else {
        panic!("{:?}", story.happened.last());
    };
    assert_eq!(incident.until, Some(minute(285).at), "when it came back for good");
    assert_eq!(incident.up_ms, 5 * 15 * MINUTE);
    for gaps in [story.raised(), story.ended()] {
        assert!(gaps.windows(2).all(|pair| pair[1] - pair[0] >= 60), "{gaps:?}");
    }
    assert_eq!(story.raised().len(), story.ended().len());
}

#[test]
fn an_alert_that_was_held_back_is_told_when_the_hour_is_over_if_it_is_still_so() {
    let mut story = Story::new(1);
    story.lives(&[
        (0, false),
        (15, true),
        (30, false),
        (45, false),
        (60, false),
        (75, false),
    ]);
    assert_eq!((story.raised(), story.ended()), (vec![0, 60], vec![15]));
    story.lives(&[(90, true)]);
    assert_eq!(story.ended(), [15, 90]);
    let mut quiet = Story::new(1);
    quiet.lives(&[(0, false), (15, true), (30, false), (45, true), (60, true), (200, true)]);
    assert_eq!((quiet.raised(), quiet.ended()), (vec![0], vec![15]));
}

#[test]
fn another_trouble_changes_the_incident_and_opens_none() {
    let mut story = Story::new(1);
    story.probe(0, &fails(Trouble::Unreachable));
    story.probe(15, &fails(Trouble::OtherIdentity));
    story.probe(30, &fails(Trouble::OtherIdentity));
    assert_eq!(story.happened.len(), 2);
    let IncidentChange::Changed(incident) = &story.happened[1].1 else {
        panic!()
    };
    assert_eq!(incident.trouble, Trouble::Unreachable, "what began it");
    assert!(incident.reason.contains("other_identity"));
    let IncidentNotice::Reword(text) = &story.told[1].1 else {
        panic!()
    };
    assert!(text.contains("is a different box"), "{text}");
    assert_eq!(story.told.len(), 2);
}

#[test]
fn what_is_recorded_is_gone_on_with_after_a_restart() {
    let open = Incident {
        router: core(),
        trouble: Trouble::Unreachable,
        since: minute(-90).at,
        until: None,
        reason: "seen".to_owned(),
        flaps: 0,
        up_ms: 0,
    };
    let mut standing = RouterHealth::of_record(Some(&open), None, minute(0));
    let closed = standing.observe(&core(), ProbeResult::Up, 3, minute(0)).unwrap();
    assert!(
        matches!(closed, IncidentChange::Closed(_, length) if length == 90 * MINUTE),
        "{closed:?}"
    );
    // Nobody was told that it began, so nobody is told that it is over.
    assert_eq!(standing.tell(minute(0), &TimeZone::UTC), None);
}

#[test]
fn under_a_clock_that_stands_incidents_do_not_share_a_key_and_lengths_are_right() {
    let still = |minutes: i64| ProbeMoment {
        at: Instant::from_millis(NOON),
        ran_ms: minutes * MINUTE,
    };
    let mut standing = RouterHealth::default();
    let mut sinces = Vec::new();
    for begins in [0, 100, 200] {
        let opened = standing
            .observe(&core(), fails(Trouble::Failing), 1, still(begins))
            .unwrap();
        sinces.push(opened.incident().since);
        let closed = standing
            .observe(&core(), ProbeResult::Up, 1, still(begins + 7))
            .unwrap();
        assert!(matches!(closed, IncidentChange::Closed(_, length) if length == 7 * MINUTE));
    }
    sinces.dedup();
    assert_eq!(sinces.len(), 3);
}

#[test]
fn lengths_are_told_in_their_two_largest_units() {
    for (ms, words) in [
        (0, "0 seconds"),
        (999, "0 seconds"),
        (1_000, "1 second"),
        (61_000, "1 minute 1 second"),
        (3_600_000, "1 hour"),
        (8_100_000, "2 hours 15 minutes"),
        (90_061_000, "1 day 1 hour"),
        (172_800_000 + 59_000, "2 days"),
    ] {
        assert_eq!(length_words(ms), words, "{ms}");
    }
}

proptest! {
    #[test]
    fn however_it_behaves_it_is_told_once_an_hour_and_in_turn(marks in prop::collection::vec((1_i64..40, any::<bool>()), 1..200)) {
        let mut story = Story::new(1);
        let mut at = 0;
        for (gap, up) in marks {
            at += gap;
            story.lives(&[(at, up)]);
        }
        let mut open = 0;
        let mut last: [Option<i64>; 2] = [None, None];
        for (when, told) in &story.told {
            if matches!(told, IncidentNotice::Reword(_)) {
                continue;
            }
            let ended = matches!(told, IncidentNotice::End(_));
            open += if ended { -1 } else { 1 };
            prop_assert!((0..=1).contains(&open), "{:?}", story.told);
            if let Some(before) = last[usize::from(ended)].replace(*when) {
                prop_assert!((when - before) * MINUTE >= TOLD_AGAIN_MS);
            }
        }
        // Steady again: everything closes, and what was told has its end.
        let hour = STEADY_MS / MINUTE;
        story.lives(&[(at + 1, true), (at + 1 + hour, true), (at + 1 + 2 * hour, true)]);
        prop_assert!(story.standing.incident().is_none());
        prop_assert_eq!(story.raised().len(), story.ended().len());
    }

    #[test]
    fn watched_down_and_unwatched_time_fill_the_period(
        records in prop::collection::vec((0_i64..100, 0_i64..50, any::<bool>()), 0..20),
        outages in prop::collection::vec((0_i64..1_000, 1_i64..200), 0..3),
    ) {
        let mut at = 0;
        let mut probes = Vec::new();
        for (gap, length, took_place) in records {
            at += gap + 1;
            probes.push(Probes { span: span(at, at + length), took_place });
            at += length;
        }
        let mut outages: Vec<Outage> = outages
            .into_iter()
            .map(|(from, length)| Outage { span: span(from, from + length), up_ms: 0 })
            .collect();
        outages.truncate(1);
        let found = watched(&probes, Instant::from_millis(at + 10));
        let share = share(span(0, 1_000), &found, &outages);
        prop_assert_eq!(share.watched_ms + share.unwatched_ms, 1_000);
        prop_assert!((0..=share.watched_ms).contains(&share.down_ms));
        let up = share.up_hundredths();
        prop_assert_eq!(up.is_none(), share.watched_ms == 0);
        prop_assert!(up.is_none_or(|up| (0..=10_000).contains(&up)));
        prop_assert!(found.windows(2).all(|pair| pair[0].to < pair[1].from || pair[0].to <= pair[1].from));
    }
}

const fn span(from: i64, to: i64) -> TimeSpan {
    TimeSpan {
        from: Instant::from_millis(from),
        to: Instant::from_millis(to),
    }
}

#[test]
fn only_watched_time_counts_and_the_share_is_rounded_down() {
    let record = |from, to, took_place| Probes {
        span: span(from, to),
        took_place,
    };
    // Watched 0..300 and 500..1000; in between the box was off.
    let probes = [
        record(0, 100, true),
        record(200, 300, true),
        record(310, 490, false),
        record(500, 600, true),
    ];
    let seen = watched(&probes, Instant::from_millis(1_000));
    assert_eq!(seen, [span(0, 300), span(500, 1_000)]);
    let outage = Outage {
        span: span(290, 501),
        up_ms: 0,
    };
    let share = share(span(0, 1_000), &seen, &[outage]);
    assert_eq!((share.watched_ms, share.unwatched_ms, share.down_ms), (800, 200, 11));
    assert_eq!(share.up_hundredths(), Some(9_862));
}
