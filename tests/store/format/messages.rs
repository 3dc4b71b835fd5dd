//! Messages, alerts, and what these still have to tell.

use weir::model::alert::{Alert, AlertKind, Announcement, Cause};
use weir::model::day::{Day, Instant};
use weir::model::entry_chain::EntrySeq;
use weir::model::message::{Channel, Message, MessageId, MessageState, MessagesState, Purpose, Try};
use weir::model::money::Money;
use weir::model::name::Username;
use weir::model::subscriber::SubscriberId;

#[test]
fn messages() {
    record!(Message {
        id: MessageId(1) => "01",
        channel: Channel::Email => "01",
        to: "t".to_owned() => "01 74",
        purpose: Purpose::Test => "06",
        subscriber: Some((SubscriberId(2), Username::new("u").unwrap())) => "01 02 01 75",
        once: "o".to_owned() => "01 6f",
        subject: "s".to_owned() => "01 73",
        text: "x".to_owned() => "01 78",
        attachment: Some("a".to_owned()) => "01 01 61",
        happened_at: Instant::from_millis(3) => "06",
        state: MessageState::Unknown => "04",
        attempts: 4 => "04",
        rounds: 5 => "05",
        gateway: Some("g".to_owned()) => "01 01 67",
        queued_at: Instant::from_millis(6) => "0c",
        not_before: Instant::from_millis(7) => "0e",
        expires: Some(Instant::from_millis(8)) => "01 10",
        sent_at: Some(Instant::from_millis(9)) => "01 12",
        error: Some("e".to_owned()) => "01 01 65",
        answer: Some("n".to_owned()) => "01 01 6e",
        parts: 10 => "0a",
        cost: Some(Money::from_minor(11)) => "01 16",
        tries: vec![Try {
            gateway: "h".to_owned(),
            at: Instant::from_millis(12),
            error: "f".to_owned(),
        }] => "01 01 68 18 01 66",
    });
    record!(Message {
        id: MessageId(1) => "01",
        channel: Channel::Sms => "00",
        to: String::new() => "00",
        purpose: Purpose::Resumption => "03",
        subscriber: None => "00",
        once: String::new() => "00",
        subject: String::new() => "00",
        text: String::new() => "00",
        attachment: None => "00",
        happened_at: Instant::from_millis(0) => "00",
        state: MessageState::Queued => "00",
        attempts: 0 => "00",
        rounds: 0 => "00",
        gateway: None => "00",
        queued_at: Instant::from_millis(0) => "00",
        not_before: Instant::from_millis(0) => "00",
        expires: None => "00",
        sent_at: None => "00",
        error: None => "00",
        answer: None => "00",
        parts: 0 => "00",
        cost: None => "00",
        tries: vec![] => "00",
    });
    record!(Try {
        gateway: "h".to_owned() => "01 68",
        at: Instant::from_millis(12) => "18",
        error: "f".to_owned() => "01 66",
    });
}

#[test]
fn why_and_how_messages_leave() {
    kinds!(Purpose {
        Purpose::Reminder { .. } = Purpose::Reminder { due: Day::from_number(1), days_before: 2 } => "00 02 02",
        Purpose::Suspension { due: Some(_) } = Purpose::Suspension { due: Some(Day::from_number(3)) } => "01 01 06",
        Purpose::Suspension { due: None } = Purpose::Suspension { due: None } => "01 00",
        Purpose::Payment { .. } = Purpose::Payment { entry: EntrySeq(4), amount: Money::from_minor(5) } => "02 04 0a",
        Purpose::Resumption = Purpose::Resumption => "03",
        Purpose::Alert = Purpose::Alert => "04",
        Purpose::Report = Purpose::Report => "05",
        Purpose::Test = Purpose::Test => "06",
        Purpose::Resumed { entry: Some(_), .. } = Purpose::Resumed {
            entry: Some(EntrySeq(4)),
            amount: Money::from_minor(5),
        } => "07 01 04 0a",
        Purpose::Resumed { entry: None, .. } = Purpose::Resumed { entry: None, amount: Money::from_minor(5) } => "07 00 0a",
    });
    kinds!(Channel {
        Sms => "00",
        Email => "01",
    });
    kinds!(MessageState {
        Queued => "00",
        Sending => "01",
        Sent => "02",
        Failed => "03",
        Unknown => "04",
        Dropped => "05",
    });
}

#[test]
fn how_many_messages_stand_how() {
    record!(MessagesState {
        last_id: 1 => "01",
        last_announcement: 2 => "02",
        counts: [3, 4, 5, 6, 7, 8] => "03 04 05 06 07 08",
        cap_day: 9 => "12",
        left_that_day: 10 => "0a",
    });
    // Which place in the list is whose is written nowhere else.
    let state = MessagesState {
        last_id: 0,
        last_announcement: 0,
        counts: [3, 4, 5, 6, 7, 8],
        cap_day: 0,
        left_that_day: 0,
    };
    let place = |state| match state {
        MessageState::Queued => 3,
        MessageState::Sending => 4,
        MessageState::Sent => 5,
        MessageState::Failed => 6,
        MessageState::Unknown => 7,
        MessageState::Dropped => 8,
    };
    for kind in MessageState::ALL {
        assert_eq!(state.count(kind), place(kind), "{kind:?}");
    }
}

#[test]
fn alerts() {
    record!(Alert {
        cause: Cause { kind: AlertKind::Drift, subject: "c".to_owned() } => "04 01 63",
        since: Instant::from_millis(1) => "02",
        text: "t".to_owned() => "01 74",
        username: Some(Username::new("u").unwrap()) => "01 01 75",
        seen: Some(Instant::from_millis(2)) => "01 04",
    });
    record!(Alert {
        cause: Cause { kind: AlertKind::Clock, subject: String::new() } => "00 00",
        since: Instant::from_millis(1) => "02",
        text: "t".to_owned() => "01 74",
        username: None => "00",
        seen: None => "00",
    });
    record!(Announcement {
        seq: 1 => "01",
        cause: Cause { kind: AlertKind::Router, subject: "c".to_owned() } => "06 01 63",
        since: Instant::from_millis(2) => "04",
        at: Instant::from_millis(3) => "06",
        ended: true => "01",
        text: "t".to_owned() => "01 74",
    });
    record!(Cause {
        kind: AlertKind::Gateway => "09",
        subject: "s".to_owned() => "01 73",
    });
    kinds!(AlertKind {
        Clock => "00",
        Guard => "01",
        Config => "02",
        Store => "03",
        Drift => "04",
        Absent => "05",
        Router => "06",
        Box => "07",
        Overdue => "08",
        Gateway => "09",
    });
}
