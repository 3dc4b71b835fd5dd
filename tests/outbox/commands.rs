//! What the owner sees of the routers, and what a command that stands alone can do for them.

use std::time::{Duration, Instant as Stopwatch};

use serde_json::Value;
use weir::commands::request::Request;
use weir::commands::routers::diff::RouterDiff;
use weir::commands::routers::list::RouterList;
use weir::commands::routers::probe::RouterProbe;
use weir::model::subscriber::{Access, State};
use weir::outbox::router_work::single_try;
use weir::sim::faults::{Fault, FaultKind};
use weir::sim::router::SimRouter;

use super::site::{TestSite, Way, options};

fn keys(value: &Value) -> Vec<&str> {
    let mut keys: Vec<&str> = value.as_object().unwrap().keys().map(String::as_str).collect();
    keys.sort_unstable();
    keys
}

#[test]
fn list_and_probe_have_the_promised_shape() {
    let site = TestSite::new(Way::Disable, "7.16.1");
    let (_, before) = site.ask(Request::RouterList(RouterList { name: None }));
    let promised = [
        "error",
        "host",
        "identity",
        "latency_ms",
        "name",
        "since",
        "state",
        "version",
    ];
    assert!(promised.iter().all(|key| keys(&before[0]).contains(key)), "{before}");
    assert_eq!(
        (&before[0]["state"], &before[0]["host"]),
        (&"unknown".into(), &"127.0.0.1".into())
    );

    let (reply, after) = site.ask(Request::RouterProbe(RouterProbe { name: None }));
    assert_eq!(reply.exit, 0);
    let router = &after[0];
    assert_eq!(
        (
            &router["name"],
            &router["state"],
            &router["version"],
            &router["identity"]
        ),
        (
            &"core".into(),
            &"up".into(),
            &"7.16.1 (stable)".into(),
            &"MikroTik".into()
        )
    );
    assert!(
        router["latency_ms"].is_u64() && router["since"].is_string() && router["error"].is_null(),
        "{router}"
    );

    site.sim().fault(Fault::new(FaultKind::LoginRefused));
    let (reply, refused) = site.ask(Request::RouterProbe(RouterProbe {
        name: Some("core".into()),
    }));
    assert_eq!((reply.exit, &refused[0]["state"]), (1, &"login_refused".into()));
    assert!(refused[0]["error"].as_str().unwrap().contains("password"), "{refused}");

    site.sim().unplug();
    let (reply, down) = site.ask(Request::RouterProbe(RouterProbe { name: None }));
    assert_eq!((reply.exit, &down[0]["state"]), (1, &"down".into()));
}

#[test]
fn diff_names_each_difference_and_changes_nothing() {
    let site = TestSite::new(Way::Disable, "6.49");
    for name in ["amina", "bakari", "chao"] {
        site.add(name);
    }
    site.put("gone", 0, State::Active);
    site.put("gone-and-cut", 0, State::Suspended);
    site.sim()
        .set_by_hand("/ppp/secret", "bakari", &[("disabled", "yes")])
        .unwrap();
    site.sim()
        .set_by_hand("/ppp/secret", "chao", &[("profile", "walled")])
        .unwrap();
    let (reply, answer) = site.ask(Request::RouterDiff(RouterDiff { name: None }));
    assert_eq!(reply.exit, 0, "{:?}", reply.notes);
    let rows = answer.as_array().unwrap();
    let told: Vec<&str> = rows.iter().map(|row| row["username"].as_str().unwrap()).collect();
    assert_eq!(told, ["bakari", "chao", "gone"]);
    let promised = ["found", "object", "router", "username", "wanted"];
    assert!(promised.iter().all(|key| keys(&rows[0]).contains(key)), "{answer}");
    assert_eq!(rows[0]["wanted"], "enabled, profile `home-10`");
    assert_eq!(rows[0]["found"], "disabled, profile `home-10`, 1 session");
    let counters = site.sim().counters();
    assert_eq!(
        (
            counters.commands_that_changed_state,
            counters.writes_that_changed_nothing
        ),
        (0, 0)
    );

    site.sim().unplug();
    let (reply, answer) = site.ask(Request::RouterDiff(RouterDiff { name: None }));
    assert_eq!((reply.exit, answer.as_array().unwrap().len()), (1, 0));
    assert!(reply.notes[0].contains("could not be compared"), "{:?}", reply.notes);
}

#[test]
fn services_that_are_not_switched_are_a_note_and_no_difference() {
    let site = TestSite::new(Way::Disable, "7.16");
    site.put("guest", 0, State::Active);
    site.change("guest", Default::default(), |subscriber| {
        subscriber.profile.service = weir::model::subscriber::Service::Hotspot;
    });
    let (reply, answer) = site.ask(Request::RouterDiff(RouterDiff { name: None }));
    assert_eq!((reply.exit, answer.as_array().unwrap().len()), (0, 0), "{answer}");
    assert!(reply.notes[0].contains("not read: 1 "), "{:?}", reply.notes);
}

#[test]
fn a_command_alone_tries_once_and_says_what_is_left() {
    let sims = (0..3).map(|_| SimRouter::start(options("7.9")).unwrap()).collect();
    let site = TestSite::with_sims(Way::Disable, sims);
    for (at, name) in ["amina", "bakari", "chao"].into_iter().enumerate() {
        site.add_at(name, at);
        site.decide(name, Access::Off);
    }
    site.sims[1].fault(Fault::new(FaultKind::Silent).times(0));
    site.sims[2].unplug();
    let mut waits = site.site();
    // A hang lasts longer than the whole try.
    waits.limits.wait = Duration::from_secs(30);
    waits.limits.login = Duration::from_secs(30);
    let began = Stopwatch::now();
    let told = single_try::try_once(&waits).unwrap();
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    assert!(told.starts_with("2 objects on routers are not yet updated"), "{told}");
    assert!(
        told.contains("router `r1`: no answer") && told.contains("router `r2`:"),
        "{told}"
    );
    assert!(site.sims[0].secret("amina").unwrap().is("disabled"));
    assert!(site.sims[0].sessions("amina").is_empty());

    site.sims[1].clear_faults();
    site.sims[2].plug_in();
    assert_eq!(single_try::try_once(&waits), None);
    site.settles("tried again");
    assert_eq!(site.sims[0].counters().connections, 1, "no work, no connection");
}

#[test]
fn a_refused_object_is_told_once_with_the_routers_words() {
    let site = TestSite::new(Way::Disable, "7.16");
    site.add("amina");
    site.sim().fault(Fault::new(FaultKind::Denied).times(0));
    site.decide("amina", Access::Off);
    let _running = site.run();
    super::site::wait("some tries", || site.sim().counters().of("/ppp/secret/set") >= 3);
    let told: Vec<String> = site.log(weir::model::record::LogKind::Access);
    let refusals = told
        .iter()
        .filter(|told| told.contains("not enough permissions"))
        .count();
    assert_eq!(refusals, 1, "{told:?}");
    site.sim().clear_faults();
    site.settles("allowed again");
}
