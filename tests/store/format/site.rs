//! The site as a whole: its counters, its configuration, the log, and what waits for the owner.

use weir::model::clock_confirmation::Confirmed;
use weir::model::day::{Day, Instant};
use weir::model::entry_chain::{ChainHead, EntryHash, EntrySeq};
use weir::model::job::RunId;
use weir::model::name::{RouterName, Username};
use weir::model::pending_approval::{Approved, PendingApproval, PendingWork};
use weir::model::record::{LogKind, LogRecord};
use weir::model::site_state::{ConfigInForce, SiteState, Tallies};

#[test]
fn the_site() {
    record!(SiteState {
        head: ChainHead { seq: EntrySeq(1), hash: EntryHash([0x0e; 32]) } => "01 0e 0e 0e 0e 0e 0e 0e 0e 0e 0e 0e 0e 0e 0e 0e 0e 0e 0e 0e 0e 0e 0e 0e 0e 0e 0e 0e 0e 0e 0e 0e 0e",
        last_subscriber: 2 => "02",
        last_generation: 3 => "03",
        last_run: 4 => "04",
        last_log: 5 => "05",
        tallies: Tallies { active: 6, suspended: 7, held: 8, closed: 9, without_package: 10, outstanding: 11 } => "06 07 08 09 0a 0b",
        unmatched_waiting: 12 => "0c",
        newest: Instant::from_millis(13) => "1a",
    });
    record!(Tallies {
        active: 6 => "06",
        suspended: 7 => "07",
        held: 8 => "08",
        closed: 9 => "09",
        without_package: 10 => "0a",
        outstanding: 11 => "0b",
    });
}

#[test]
fn the_configuration() {
    record!(ConfigInForce {
        text: "t".to_owned() => "01 74",
        file: "f".to_owned() => "01 66",
        taken_at: Instant::from_millis(1) => "02",
        last_seen: [0x0f; 32] => "0f 0f 0f 0f 0f 0f 0f 0f 0f 0f 0f 0f 0f 0f 0f 0f 0f 0f 0f 0f 0f 0f 0f 0f 0f 0f 0f 0f 0f 0f 0f 0f",
        refused: Some("r".to_owned()) => "01 01 72",
    });
    record!(ConfigInForce {
        text: "t".to_owned() => "01 74",
        file: "f".to_owned() => "01 66",
        taken_at: Instant::from_millis(1) => "02",
        last_seen: [0; 32] => "00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00",
        refused: None => "00",
    });
}

#[test]
fn the_log() {
    record!(LogRecord {
        at: Instant::from_millis(1) => "02",
        kind: LogKind::Payment => "03",
        planned_for: Some(Instant::from_millis(2)) => "01 04",
        username: Some(Username::new("u").unwrap()) => "01 01 75",
        message: "é".to_owned() => "02 c3 a9",
        fields: vec![("k".to_owned(), "v".to_owned()), ("l".to_owned(), String::new())] => "02 01 6b 01 76 01 6c 00",
    });
    record!(LogRecord {
        at: Instant::from_millis(1) => "02",
        kind: LogKind::Service => "07",
        planned_for: None => "00",
        username: None => "00",
        message: String::new() => "00",
        fields: vec![] => "00",
    });
    kinds!(LogKind {
        Billing => "00",
        Disconnect => "01",
        Access => "02",
        Payment => "03",
        Subscriber => "04",
        Config => "05",
        Jobs => "06",
        Service => "07",
        Alert => "08",
        Reminders => "09",
        Health => "0a",
        Cleanup => "0b",
        Messages => "0c",
    });
}

#[test]
fn what_waits_for_the_owner() {
    record!(PendingApproval {
        work: PendingWork::Import { file: "f".to_owned() } => "02 01 66",
        since: Instant::from_millis(1) => "02",
        cuts: 2 => "02",
        of: 3 => "03",
        max_share: 4 => "04",
        approved: Some(Approved { at: Instant::from_millis(5), by: "b".to_owned() }) => "01 0a 01 62",
    });
    record!(PendingApproval {
        work: PendingWork::Reconcile { router: RouterName::new("r").unwrap() } => "01 01 72",
        since: Instant::from_millis(1) => "02",
        cuts: 2 => "02",
        of: 3 => "03",
        max_share: 4 => "04",
        approved: None => "00",
    });
    kinds!(PendingWork {
        PendingWork::Disconnect { .. } = PendingWork::Disconnect {
            run: RunId(1),
            planned_for: Instant::from_millis(2),
            last_cut_day: Day::from_number(3),
            earlier: vec![(Instant::from_millis(4), RunId(5))],
        } => "00 01 04 06 01 08 05",
        PendingWork::Reconcile { .. } = PendingWork::Reconcile { router: RouterName::new("r").unwrap() } => "01 01 72",
        PendingWork::Import { .. } = PendingWork::Import { file: "f".to_owned() } => "02 01 66",
    });
    record!(Approved {
        at: Instant::from_millis(5) => "0a",
        by: "b".to_owned() => "01 62",
    });
}

#[test]
fn the_owners_word() {
    record!(Confirmed {
        at: Instant::from_millis(1) => "02",
        by: "b".to_owned() => "01 62",
    });
}
