//! What should be so on routers, and how they fared.

use std::net::Ipv4Addr;

use weir::model::day::Instant;
use weir::model::job::RunId;
use weir::model::name::{RouterName, Username};
use weir::model::router::incident::{Incident, KnownRouter, Trouble};
use weir::model::router::readings::{Contact, FoundObject, ObjectReading, RouterLastSeen, RouterState, WholeReading};
use weir::model::router::work::{Generation, Healed, RouterWork, WorkState};
use weir::model::subscriber::{Access, SubscriberId};

#[test]
fn router_work() {
    record!(RouterWork {
        username: Username::new("u").unwrap() => "01 75",
        subscriber: SubscriberId(1) => "01",
        address: Some(Ipv4Addr::new(10, 0, 0, 9)) => "01 0a 00 00 09",
        access: Access::Off => "01",
        end_session: true => "01",
        generation: Generation(2) => "02",
        decided_at: Instant::from_millis(3) => "06",
        run: Some(RunId(4)) => "01 04",
        state: WorkState::Absent => "01",
        last_error: Some("e".to_owned()) => "01 01 65",
    });
    record!(RouterWork {
        username: Username::new("u").unwrap() => "01 75",
        subscriber: SubscriberId(1) => "01",
        address: None => "00",
        access: Access::On => "00",
        end_session: false => "00",
        generation: Generation(2) => "02",
        decided_at: Instant::from_millis(3) => "06",
        run: None => "00",
        state: WorkState::Pending => "00",
        last_error: None => "00",
    });
    kinds!(WorkState {
        Pending => "00",
        Absent => "01",
        NotManaged => "02",
    });
}

#[test]
fn what_was_read() {
    record!(ObjectReading {
        at: Instant::from_millis(1) => "02",
        found: FoundObject::Access(Access::Off) => "00 01",
    });
    kinds!(FoundObject {
        FoundObject::Access(_) = FoundObject::Access(Access::On) => "00 00",
        FoundObject::Otherwise(_) = FoundObject::Otherwise("x".to_owned()) => "01 01 78",
        FoundObject::Absent = FoundObject::Absent => "02",
        FoundObject::NotOurs(_) = FoundObject::NotOurs("y".to_owned()) => "03 01 79",
        FoundObject::NotRead = FoundObject::NotRead => "04",
    });
    record!(WholeReading {
        at: Instant::from_millis(1) => "02",
        objects: 2 => "02",
        differ: 3 => "03",
    });
    record!(Contact {
        at: Instant::from_millis(1) => "02",
        state: RouterState::Down => "02",
        since: Instant::from_millis(2) => "04",
        error: Some("e".to_owned()) => "01 01 65",
    });
    record!(Contact {
        at: Instant::from_millis(1) => "02",
        state: RouterState::Up => "01",
        since: Instant::from_millis(2) => "04",
        error: None => "00",
    });
    kinds!(RouterState {
        Unknown => "00",
        Up => "01",
        Down => "02",
        LoginRefused => "03",
        RefusedIdentity => "04",
    });
    let contact = Contact {
        at: Instant::from_millis(1),
        state: RouterState::Up,
        since: Instant::from_millis(1),
        error: None,
    };
    let whole = WholeReading {
        at: Instant::from_millis(1),
        objects: 2,
        differ: 0,
    };
    record!(RouterLastSeen {
        contact: Some(contact) => "01 02 01 02 00",
        whole: Some(whole) => "01 02 02 00",
    });
    record!(RouterLastSeen {
        contact: None => "00",
        whole: None => "00",
    });
}

#[test]
fn drift_that_was_healed() {
    record!(Healed {
        at: Instant::from_millis(1) => "02",
        left: true => "01",
    });
}

#[test]
fn incidents() {
    record!(Incident {
        router: RouterName::new("core").unwrap() => "04 63 6f 72 65",
        trouble: Trouble::LoginRefused => "02",
        since: Instant::from_millis(1) => "02",
        until: Some(Instant::from_millis(2)) => "01 04",
        reason: "why".to_owned() => "03 77 68 79",
        flaps: 3 => "03",
        up_ms: 4 => "08",
    });
    record!(Incident {
        router: RouterName::new("core").unwrap() => "04 63 6f 72 65",
        trouble: Trouble::Unreachable => "00",
        since: Instant::from_millis(1) => "02",
        until: None => "00",
        reason: String::new() => "00",
        flaps: 0 => "00",
        up_ms: 0 => "00",
    });
    kinds!(Trouble {
        Unreachable => "00",
        Failing => "01",
        LoginRefused => "02",
        OtherIdentity => "03",
        PortClosed => "04",
        NoPassword => "05",
    });
}

#[test]
fn known_routers() {
    record!(KnownRouter {
        serial: Some("s".to_owned()) => "01 01 73",
        identity: Some("i".to_owned()) => "01 01 69",
        version: Some("v".to_owned()) => "01 01 76",
        board: Some("b".to_owned()) => "01 01 62",
        rebooted_at: Some(Instant::from_millis(1)) => "01 02",
        first_seen: Some(Instant::from_millis(2)) => "01 04",
    });
    record!(KnownRouter {
        serial: None => "00",
        identity: None => "00",
        version: None => "00",
        board: None => "00",
        rebooted_at: None => "00",
        first_seen: None => "00",
    });
}
