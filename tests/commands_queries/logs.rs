//! `weir logs`, `weir verify`, `weir config show`.

use weir::commands::request::Request;
use weir::commands::system::logs::Logs;

use super::site::{SITE, Site, at, hilltop, logs};

fn asked(kind: Option<&str>, since: Option<&str>, until: Option<&str>, user: Option<&str>, limit: u32) -> Request {
    let owned = |text: Option<&str>| text.map(str::to_owned);
    Request::Logs(Logs {
        kind: owned(kind),
        since: owned(since),
        until: owned(until),
        user: owned(user),
        limit,
    })
}

fn lived() -> Site {
    let site = hilltop("2026-12-01 12:00");
    site.ask("subscriber add brian --package home-10 --router core --service pppoe --expires-on 2026-12-02");
    site.ask(
        "subscriber add chebet --package day --router core --service pppoe --expires-on 2026-12-01 --balance 50.00",
    );
    site.live_through(at("2026-12-04 12:00"));
    site
}

#[test]
fn records_come_newest_first_with_their_fields_as_an_object() {
    let site = lived();
    let log = site.ask_json(logs(Some("billing")));
    let instants: Vec<&str> = log
        .as_array()
        .unwrap()
        .iter()
        .map(|record| record["at"].as_str().unwrap())
        .collect();
    let mut sorted = instants.clone();
    sorted.sort_unstable();
    sorted.reverse();
    assert_eq!(instants, sorted);
    assert_eq!(log.as_array().unwrap().len(), 3);
    assert_eq!(log[2]["fields"]["charged"], "3");
    assert_eq!(log[2]["planned_for"], at("2026-12-02 00:05").rfc3339());
}

#[test]
fn days_users_and_limits_narrow_the_log() {
    let site = lived();
    let whole = site.ask_json(logs(None)).as_array().unwrap().len();
    assert_eq!(
        site.ask_json(asked(None, None, None, None, 2))
            .as_array()
            .unwrap()
            .len(),
        2
    );
    let about = site.ask_json(asked(Some("disconnect"), None, None, Some("brian"), 100));
    assert_eq!(about.as_array().unwrap().len(), 1);
    assert_eq!(about[0]["message"], "suspended: paid through 2026-12-02 only");
    let early = site
        .ask_json(asked(None, None, Some("2026-12-02"), None, 100))
        .as_array()
        .unwrap()
        .len();
    let late = site
        .ask_json(asked(None, Some("2026-12-03"), None, None, 100))
        .as_array()
        .unwrap()
        .len();
    assert!(early > 0 && late > 0);
    assert_eq!(early + late, whole);
    site.text(logs(None));
}

#[test]
fn what_cannot_be_asked_of_the_log_is_refused_with_the_way_out() {
    let site = lived();
    let kind = site.tried(asked(Some("bills"), None, None, None, 9)).unwrap_err();
    assert!(kind.way_out.contains("`billing`"), "{}", kind.way_out);
    assert!(site.tried(asked(None, Some("3.12.2026"), None, None, 9)).is_err());
    assert!(
        site.tried(asked(None, Some("2026-12-03"), Some("2026-12-02"), None, 9))
            .is_err()
    );
    assert!(site.tried(asked(None, None, None, Some("nobody"), 9)).is_err());
}

#[test]
fn the_books_of_a_site_that_lived_hold() {
    let site = lived();
    let found = site.ask_json("verify");
    assert_eq!(found["ok"], true);
    assert_eq!(found["subscribers"], 2);
    assert_eq!(found["problems"], serde_json::json!([]));
    assert!(site.text("verify").contains("every rule of the ledger holds"));
}

#[test]
fn books_that_do_not_hold_exit_with_one() {
    let site = lived();
    // The counts that `status` shows are wrong when somebody is written behind the desk's back.
    let before = site.subscriber("brian");
    let mut after = before.clone();
    after.balance = weir::model::money::Money::from_minor(77);
    let head = site.appliance.store.read().unwrap().state().unwrap().head;
    site.appliance
        .store
        .write(at("2026-12-04 12:00"), |tx| {
            let changed = weir::store::write::transaction::Changed {
                subscriber: after,
                entries: Vec::new(),
                debits: Vec::new(),
                served: None,
                head,
            };
            tx.put(
                Some(&before),
                changed,
                weir::store::write::transaction::AccessWork::default(),
            )
        })
        .unwrap();
    let reply = site.ask("verify");
    assert_eq!(reply.exit, 1);
    assert!(reply.payload.contains("brian"), "{}", reply.payload);
    assert!(!reply.notes.is_empty());
}

#[test]
fn the_configuration_in_force_is_shown_with_its_origin_and_a_refusal() {
    let site = lived();
    let shown = site.ask_json("config show");
    let path = site.path("site.toml").display().to_string();
    assert_eq!(shown["file"], path.as_str());
    assert_eq!(shown["refused"], serde_json::json!(null));
    assert_eq!(shown["site"]["name"], "hilltop");
    assert_eq!(shown["packages"][0]["price"], "1500.00");
    assert_eq!(shown["jobs"]["billing"]["schedule"], "5 0 * * *");
    assert_eq!(shown["access"]["max_share"], 20);
    assert!(site.text("config show").contains(&path));
    // A faulty file is refused; what was in force runs on.
    let faulty = SITE.replace("Africa/Nairobi", "Africa/Nairob");
    let again = site.closed().config(&faulty).open();
    let shown = again.ask_json("config show");
    assert_eq!(shown["text"], SITE);
    assert!(shown["refused"].as_str().unwrap().contains("Africa/Nairob"));
    assert!(again.ask_json("status")["config"]["refused"].is_string());
}
