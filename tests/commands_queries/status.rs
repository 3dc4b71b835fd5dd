//! `weir status`: how the site stands, on one page.

use serde_json::json;
use weir::model::alert::{AlertKind, Cause};
use weir::model::day::Instant;
use weir::model::router::work::WorkState;
use weir::store::error::StoreError;
use weir::store::write::alerts::Raised;

use super::site::{SITE, at, hilltop, saying};

#[test]
fn the_page_has_every_part_that_scripts_rely_on() {
    let site = hilltop("2026-12-01 12:00");
    let status = site.ask_json("status");
    for part in [
        "site",
        "version",
        "clock",
        "jobs",
        "routers",
        "subscribers",
        "outbox",
        "pending_router_work",
        "database",
    ] {
        assert!(status.get(part).is_some(), "{part} is missing");
    }
    assert_eq!(status["clock"]["trusted"], true);
    assert_eq!(status["pending_router_work"], 0);
    assert_eq!(status["routers"][0]["name"], "core");
    assert_eq!(status["routers"][0]["state"], "unknown");
    assert_eq!(status["outbox"]["queued"], 0);
}

#[test]
fn the_counts_of_subscribers_and_router_work_are_those_of_the_store() {
    let site = hilltop("2026-12-01 12:00");
    site.ask("subscriber add brian --package home-10 --router core --service pppoe --expires-on 2026-12-01");
    site.ask("subscriber add chebet --package home-10 --router core --service pppoe --expires-on 2026-12-20");
    site.ask("subscriber add dora --router core --service pppoe --expires-on 2026-12-20");
    site.live_through(at("2026-12-02 08:00"));
    let status = site.ask_json("status");
    assert_eq!(
        status["subscribers"],
        json!({"total": 3, "active": 2, "suspended": 1, "held": 0, "closed": 0, "without_package": 1, "outstanding": 0})
    );
    assert_eq!(status["pending_router_work"], 1);
    assert_eq!(status["routers"][0]["pending"], 1);
    assert_eq!(status["router_work"]["oldest"], at("2026-12-01 23:59").rfc3339());
    let disconnect = &status["jobs"][1];
    assert_eq!(disconnect["last_counts"]["suspended"], 1);
    let text = site.text("status");
    assert!(text.contains("1 active subscriber has no package"), "{text}");
}

#[test]
fn what_waits_is_told_with_its_reason() {
    let site = hilltop("2026-12-01 12:00");
    site.set_clock("2026-12-03 12:00");
    let waiting = site.ask_json("status")["jobs"][0]["waiting"].clone();
    assert_eq!(waiting["count"], 2);
    assert_eq!(waiting["from"], at("2026-12-02 00:05").rfc3339());
    assert_eq!(waiting["reason"], "the service is not running");
    let text = site.text("status");
    assert!(
        text.contains("2 occurrences of billing have been waiting since"),
        "{text}"
    );
}

#[test]
fn a_clock_that_cannot_be_believed_is_the_first_warning() {
    let site = hilltop("2026-12-01 12:00");
    site.clock.set(Instant::from_millis(5_000));
    let status = site.ask_json("status");
    assert_eq!(status["clock"]["trusted"], false);
    assert!(status["clock"]["reason"].as_str().unwrap().contains("built"));
    let text = site.text("status");
    let warning = text.lines().find(|line| line.starts_with('!')).unwrap();
    assert!(warning.contains("Nobody is charged"), "{text}");
}

#[test]
fn objects_that_a_router_refuses_or_lacks_are_named() {
    let site = hilltop("2026-12-01 12:00");
    for name in ["brian", "chebet"] {
        site.ask(format!(
            "subscriber add {name} --package home-10 --router core --service pppoe --expires-on 2026-12-01"
        ));
    }
    site.live_through(at("2026-12-02 08:00"));
    let mut rows = Vec::new();
    let reader = site.appliance.store.read().unwrap();
    reader
        .each_work(None, |key, work| -> Result<(), StoreError> {
            rows.push((key, work));
            Ok(())
        })
        .unwrap();
    drop(reader);
    rows[0].1.state = WorkState::Absent;
    rows[1].1.last_error = Some("not enough permissions (9)".to_owned());
    site.appliance
        .store
        .write(at("2026-12-02 08:00"), |tx| -> Result<(), StoreError> {
            rows.iter().try_for_each(|(key, work)| tx.put_work(key, work))
        })
        .unwrap();
    let status = site.ask_json("status");
    assert_eq!(status["pending_router_work"], 1);
    assert_eq!(status["router_work"]["absent"][0]["username"], "brian");
    assert_eq!(
        status["router_work"]["refused"][0]["error"],
        "not enough permissions (9)"
    );
    let text = site.text("status");
    assert!(
        text.contains("is missing on the router") && text.contains("is refused by the router"),
        "{text}"
    );
}

#[test]
fn a_hundred_objects_changed_by_hand_hide_neither_what_waits_nor_the_page() {
    let site = hilltop("2026-12-01 12:00");
    let raise = |when: &str, causes: Vec<Cause>| {
        site.appliance
            .store
            .write(at(when), |tx| -> Result<(), StoreError> {
                causes
                    .into_iter()
                    .try_for_each(|cause| tx.raise(&Raised::new(cause, "in words".to_owned())).map(drop))
            })
            .unwrap();
    };
    raise("2026-12-01 12:01", vec![Cause::of(AlertKind::Guard, "disconnect")]);
    let objects = (0..100).map(|number| Cause::of(AlertKind::Drift, format!("core/u{number:03}")));
    raise("2026-12-01 12:02", objects.collect());
    let text = site.text("status");
    let first = text.lines().find(|line| line.starts_with("new")).unwrap();
    assert!(first.contains("guard disconnect"), "{text}");
    assert_eq!(text.matches("drift core/").count(), 5, "{text}");
    assert!(text.contains("95 more; `weir logs alert` shows all"), "{text}");
    assert!(!text.contains("\n\n\n"), "{text}");
    assert_eq!(site.ask_json("status")["alerts_count"], 101);
}

#[test]
fn without_the_service_the_page_says_that_no_router_was_asked_for_the_time() {
    let site = saying(&format!("{SITE}\n[clock]\ntrust = \"router\"\n"), "2026-12-01 12:00").open();
    let page = site.text("status");
    let text = page.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        text.contains("no router was asked for the time; `weir clock` asks"),
        "{text}"
    );
    // What was recorded before anybody knew the time does not pretend to be of 1970.
    assert!(text.contains("in force since an unknown time"), "{text}");
}
