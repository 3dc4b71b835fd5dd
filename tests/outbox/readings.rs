//! What the books want is told apart from what was read on a router; what was not read is not claimed.

use serde_json::Value;
use weir::model::router::work::WorkState;
use weir::model::subscriber::{Access, Service, State};
use weir::sim::router::SimRouter;

use super::site::{TestSite, Way, options, wait};
use crate::support::site::Site;
use crate::support::typed::typed;

fn show(site: &TestSite, username: &str) -> Value {
    site.ask(typed(&format!("subscriber show {username}"))).1
}

fn explain(site: &TestSite, username: &str) -> String {
    let answer = site.ask(typed(&format!("subscriber explain {username}"))).1;
    answer["now"].to_string()
}

fn status(site: &TestSite) -> Value {
    site.ask(typed("status")).1
}

#[test]
fn an_object_that_was_not_read_is_not_said_to_be_as_wanted() {
    let site = TestSite::new(Way::Disable, "7.16");
    site.add("amina");
    let shown = show(&site, "amina");
    assert_eq!(shown["access"], "on");
    assert_eq!(shown["router_access"], "not_read");
    assert_eq!(shown["router_read_at"], Value::Null);
    let told = explain(&site, "amina");
    assert!(
        told.contains("By the books they are to be served on router `core`."),
        "{told}"
    );
    assert!(told.contains("`amina` was not read there yet."), "{told}");
    assert_eq!(status(&site)["routers"][0]["read_at"], Value::Null);
    let listed = site.ask(typed("subscriber list")).1;
    assert_eq!(listed[0]["router_access"], "not_read");
}

#[test]
fn a_reading_of_all_objects_tells_of_each_and_of_nobody_who_came_later() {
    let site = TestSite::new(Way::Disable, "7.16");
    site.add("amina");
    site.ask(typed("router diff"));
    let shown = show(&site, "amina");
    assert_eq!(
        (&shown["router_access"], &shown["router_found"]),
        (&"confirmed".into(), &"served".into())
    );
    let router = &status(&site)["routers"][0];
    assert_eq!(
        (&router["read_objects"], &router["read_differ"]),
        (&1.into(), &0.into())
    );
    site.hours_pass(1);
    site.add("bakari");
    assert_eq!(show(&site, "bakari")["router_access"], "not_read");
    // Another name on the router is another object.
    site.change("amina", Default::default(), |subscriber| {
        subscriber.profile.login = Some(weir::model::name::Login::new("amina2").unwrap());
    });
    assert_eq!(show(&site, "amina")["router_read_at"], Value::Null);
}

#[test]
fn what_was_confirmed_and_what_somebody_changed_since_are_told_with_their_time() {
    let site = TestSite::new(Way::Disable, "7.16");
    site.add("amina");
    site.decide("amina", Access::Off);
    {
        let _running = site.run();
        site.settles("the cut");
    }
    let cut = show(&site, "amina");
    assert_eq!(
        (&cut["router_access"], &cut["router_found"]),
        (&"confirmed".into(), &"cut off".into())
    );
    site.hours_pass(2);
    site.sim()
        .set_by_hand("/ppp/secret", "amina", &[("disabled", "no")])
        .unwrap();
    wait("the client to dial in", || !site.sim().sessions("amina").is_empty());
    // Nobody has looked: what was read stays what was read.
    assert_eq!(show(&site, "amina"), cut);
    site.ask(typed("router diff"));
    let opened = show(&site, "amina");
    assert_eq!(opened["router_access"], "differs");
    assert!(opened["router_found"].as_str().unwrap().contains("enabled"), "{opened}");
    assert_ne!(opened["router_read_at"], cut["router_read_at"]);
    assert_eq!(status(&site)["routers"][0]["read_differ"], 1);
    // The same once more is no news, and costs the card nothing; that it was read once more is known all the same.
    site.hours_pass(1);
    let newest = || site.appliance.store.read().unwrap().state().unwrap().newest;
    let before = newest();
    site.ask(typed("router diff"));
    assert_eq!(newest(), before);
    let again = show(&site, "amina");
    assert_eq!(again["router_found"], opened["router_found"]);
    assert_ne!(again["router_read_at"], opened["router_read_at"]);
}

#[test]
fn an_account_that_has_ended_needs_no_object() {
    for closed_first in [true, false] {
        let site = TestSite::new(Way::Disable, "7.16");
        let state = if closed_first { State::Closed } else { State::Suspended };
        site.put("gone", 0, state);
        let running = site.run();
        if !closed_first {
            wait("the second look", || {
                site.work().iter().any(|(_, work)| work.state == WorkState::Absent)
            });
            assert_eq!(status(&site)["router_work"]["absent_count"], 1, "they may pay tomorrow");
            site.change("gone", Default::default(), |subscriber| {
                subscriber.state = State::Closed
            });
        }
        wait("nothing to be left to do", || site.pending() == 0);
        drop(running);
        assert_eq!(status(&site)["router_work"]["absent_count"], 0);
        assert_eq!(site.standing_alerts(), Vec::<String>::new());
        assert_eq!(show(&site, "gone")["router_access"], "confirmed");
        site.ask(typed("router diff"));
        site.ask(typed("router reconcile"));
        assert_eq!(site.work(), [], "a closing that stands is no work");
    }
}

#[test]
fn a_service_that_is_not_switched_is_not_managed_and_neither_pending_nor_refused() {
    let site = TestSite::new(Way::Disable, "7.16");
    site.put("guest", 0, State::Active);
    site.change("guest", Default::default(), |subscriber| {
        subscriber.profile.service = Service::Hotspot
    });
    site.decide("guest", Access::Off);
    {
        let _running = site.run();
        wait("the secret that was left", || {
            site.pending() == 0 && site.sim().counters().open == 0
        });
    }
    let answer = status(&site);
    assert_eq!(answer["pending_router_work"], 0);
    assert_eq!(answer["router_work"]["refused_count"], 0);
    assert_eq!(answer["routers"][0]["not_managed"], 1);
    assert_eq!(show(&site, "guest")["router_access"], "not_managed");
    let told = explain(&site, "guest");
    assert!(told.contains("does not manage the service `hotspot`"), "{told}");
    assert!(!told.contains("has not yet confirmed"), "{told}");
    let log = site.log(weir::model::record::LogKind::Access);
    assert!(
        log[0].contains("is to be cut off") && log[0].contains("by hand") || log[1].contains("by hand"),
        "{log:?}"
    );
    assert!(!log.iter().any(|line| line.contains("refuses")), "{log:?}");
}

#[test]
fn a_try_that_failed_is_shown_as_tried_by_the_next_command() {
    let sim = SimRouter::start(options("7.16")).unwrap();
    sim.unplug();
    let site = Site::at("2027-03-01 12:00").router("core", &sim).alone().open();
    assert_eq!(site.ask_json("router list")[0]["tried_at"], Value::Null);
    assert!(site.text("router list").contains("Never tried"));
    assert_eq!(site.ask("router probe").exit, 1);
    let site = site.reopened();
    let listed = &site.ask_json("router list")[0];
    assert_eq!(listed["state"], "down", "{listed}");
    assert!(
        listed["error"].is_string() && listed["tried_at"].is_string(),
        "{listed}"
    );
    assert!(!site.text("router list").contains("Never tried"));
}

#[test]
fn every_object_is_read_once_after_the_cut_off_of_a_night() {
    let site = TestSite::new(Way::Disable, "7.16");
    site.add("amina");
    let _running = site.run();
    let read_at = || status(&site)["routers"][0]["read_at"].clone();
    wait("the first reading", || read_at().is_string());
    let first = read_at();
    site.hours_pass(24);
    site.ask(typed("jobs run disconnect"));
    wait("the reading of the night", || read_at() != first);
    let night = read_at();
    site.hours_pass(1);
    std::thread::sleep(std::time::Duration::from_millis(200));
    assert_eq!(read_at(), night, "once");
}
