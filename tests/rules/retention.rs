//! Which record is past its time, day by day.

use jiff::tz::TimeZone;
use weir::model::day::{Day, Instant};
use weir::model::entry_chain::EntrySeq;
use weir::model::job::{Counts, Job, JobState, Outcome, Run, RunId, RunPart};
use weir::model::message::{Channel, Draft, Message, MessageId, MessageState, Purpose, Try};
use weir::model::money::Money;
use weir::model::name::RouterName;
use weir::model::record::LogKind;
use weir::model::router::incident::{Incident, Trouble};
use weir::model::subscriber::SubscriberId;
use weir::rules::retention::Retention;

fn at(text: &str) -> Instant {
    Instant::from_timestamp(text.parse().unwrap())
}

/// On 2027-07-01 in Nairobi, 180 days and for health 30: 2027-01-02 and 2027-06-01 are the oldest days kept.
fn nairobi() -> Retention {
    let zone = TimeZone::get("Africa/Nairobi").unwrap();
    Retention::on(Day::parse("2027-07-01").unwrap(), &zone, |kind| match kind {
        "health" => 30,
        _ => 180,
    })
}

const OLD: &str = "2027-01-01T12:00:00+03:00";
const NEW: &str = "2027-06-30T12:00:00+03:00";

#[test]
fn a_record_is_kept_through_the_whole_civil_day_that_lies_so_many_days_back() {
    let kept = nairobi();
    for (kind, when, old) in [
        (LogKind::Billing, "2027-01-01T23:59:59.999+03:00", true),
        (LogKind::Billing, "2027-01-02T00:00:00+03:00", false),
        (LogKind::Billing, "2027-01-01T21:00:00Z", false),
        (LogKind::Billing, "2027-07-01T12:00:00Z", false),
        // A wrong clock has left a record of another century.
        (LogKind::Billing, "2099-01-01T00:00:00Z", false),
        (LogKind::Health, "2027-05-31T23:59:59+03:00", true),
        (LogKind::Health, "2027-06-01T00:00:00+03:00", false),
    ] {
        assert_eq!(kept.log(kind, at(when)), old, "{kind} {when}");
    }
}

#[test]
fn a_day_begins_after_the_gap_where_midnight_is_skipped() {
    // In Beirut the clocks went from 23:59:59 to 01:00 on 2027-03-28.
    let zone = TimeZone::get("Asia/Beirut").unwrap();
    let kept = Retention::on(Day::parse("2027-03-29").unwrap(), &zone, |_| 1);
    let first = zone.to_timestamp("2027-03-28T01:00".parse().unwrap()).unwrap();
    let first = Instant::from_timestamp(first);
    assert!(!kept.log(LogKind::Jobs, first));
    assert!(kept.log(LogKind::Jobs, first.plus_millis(-1)));
}

#[test]
fn what_was_recorded_before_any_time_was_known_is_judged_by_the_first_known_one() {
    let unknown = Instant::from_millis(0);
    assert!(!nairobi().log(LogKind::Service, unknown));
    assert!(!nairobi().with_first_known(Some(at(NEW))).log(LogKind::Service, unknown));
    assert!(nairobi().with_first_known(Some(at(OLD))).log(LogKind::Service, unknown));
}

fn run(outcome: Outcome, finished: Option<&str>) -> Run {
    Run {
        id: RunId(7),
        job: Job::Billing,
        planned_for: at("2026-12-01T00:05:00+03:00"),
        to: None,
        count: 1,
        started_at: Some(at("2026-12-01T00:05:00+03:00")),
        finished_at: finished.map(at),
        outcome,
        counts: Counts::None,
        error: None,
        by_hand: false,
    }
}

#[test]
fn runs_at_work_the_newest_and_those_that_a_marker_names_are_kept() {
    let kept = nairobi();
    let state = |last: Option<u64>, part: Option<u64>| JobState {
        job: Job::Billing,
        eras: Vec::new(),
        paused_by_command: false,
        part: part.map(|id| RunPart {
            run: RunId(id),
            planned_for: at(OLD),
            started_at: at(OLD),
            done_through: SubscriberId(0),
            counts: Counts::None,
            by_hand: false,
        }),
        last_run: last.map(RunId),
    };
    let newest = Some(RunId(99));
    for outcome in [
        Outcome::Done,
        Outcome::Failed,
        Outcome::CaughtUp,
        Outcome::Collapsed,
        Outcome::Skipped,
    ] {
        assert!(kept.run(&run(outcome, Some(OLD)), None, newest), "{outcome:?}");
    }
    let done = run(Outcome::Done, Some(OLD));
    assert!(kept.run(&done, Some(&state(Some(8), None)), newest));
    assert!(
        !kept.run(&done, Some(&state(Some(7), None)), newest),
        "the last that ran"
    );
    assert!(
        !kept.run(&done, Some(&state(Some(8), Some(7))), newest),
        "one that goes on"
    );
    assert!(!kept.run(&done, None, Some(RunId(7))), "the newest");
    assert!(!kept.run(&run(Outcome::Waiting, Some(OLD)), None, newest), "held");
    assert!(!kept.run(&run(Outcome::Done, None), None, newest), "unfinished");
    assert!(!kept.run(&run(Outcome::Done, Some(NEW)), None, newest), "ended late");
    let stretch = Run {
        to: Some(at(NEW)),
        ..run(Outcome::Skipped, Some(OLD))
    };
    assert!(
        !kept.run(&stretch, None, newest),
        "a stretch that reaches into what is kept"
    );
}

#[test]
fn incidents_go_by_their_end_and_those_that_last_stay() {
    let kept = nairobi();
    let incident = |until: Option<&str>| Incident {
        router: RouterName::new("core").unwrap(),
        trouble: Trouble::Unreachable,
        since: at("2020-01-01T00:00:00Z"),
        until: until.map(at),
        reason: String::new(),
        flaps: 0,
        up_ms: 0,
    };
    assert!(!kept.incident(&incident(None)));
    assert!(kept.incident(&incident(Some(OLD))));
    assert!(!kept.incident(&incident(Some(NEW))));
}

#[test]
fn messages_go_when_they_have_ended_and_nobody_could_be_told_twice() {
    let kept = nairobi();
    let message = |state: MessageState, purpose: Purpose| {
        let draft = Draft {
            channel: Channel::Sms,
            to: "+254700000001".to_owned(),
            purpose,
            subscriber: None,
            once: "once".to_owned(),
            subject: String::new(),
            text: String::new(),
            attachment: None,
            happened_at: at(OLD),
            not_before: at(OLD),
            expires: None,
        };
        Message {
            state,
            ..Message::of(MessageId(1), draft, at(OLD))
        }
    };
    for state in MessageState::ALL {
        assert_eq!(
            kept.message(&message(state, Purpose::Test)),
            !state.is_open(),
            "{state:?}"
        );
    }
    let payment = Purpose::Payment {
        entry: EntrySeq(1),
        amount: Money::ZERO,
    };
    assert!(kept.message(&message(MessageState::Sent, payment)));
    for (due, old) in [("2027-01-01", true), ("2027-01-02", false), ("2027-07-04", false)] {
        let due = Day::parse(due).unwrap();
        let reminder = Purpose::Reminder { due, days_before: 3 };
        assert_eq!(kept.message(&message(MessageState::Sent, reminder)), old, "{due}");
    }
    let sent_late = Message {
        sent_at: Some(at(NEW)),
        ..message(MessageState::Sent, Purpose::Alert)
    };
    assert!(!kept.message(&sent_late));
    let tried_late = Message {
        tries: vec![Try {
            gateway: "local".to_owned(),
            at: at(NEW),
            error: String::new(),
        }],
        ..message(MessageState::Failed, Purpose::Alert)
    };
    assert!(!kept.message(&tried_late));
}
