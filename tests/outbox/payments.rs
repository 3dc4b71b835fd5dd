//! A payment never waits for, and never loses against, anything else.

use std::time::{Duration, Instant as Stopwatch};

use weir::commands::payments::pay::Pay;
use weir::model::router::readings::RouterState;
use weir::model::router::work::Generation;
use weir::model::subscriber::Access;
use weir::sim::faults::{Fault, FaultKind};
use weir::sim::router::SimRouter;

use super::site::{TestSite, Way, options, wait};

#[test]
fn a_late_suspension_never_beats_a_payment() {
    for way in Way::ALL {
        let mut site = TestSite::new(way, "7.16");
        site.limits.wait = Duration::from_secs(5);
        site.add("amina");
        let _running = site.run();
        wait("the first look", || site.sim().counters().commands > 3);
        let write = match way {
            Way::Disable | Way::Profile => "/ppp/secret/set",
            Way::Queue => "/queue/simple/set",
            Way::List => "/ip/firewall/address-list/add",
        };
        site.sim().fault(Fault::new(FaultKind::Delay(150)).at(write));
        site.decide("amina", Access::Off);
        wait("the suspension to be on its way", || {
            site.sim().counters().of(write) == 1
        });
        site.decide("amina", Access::On);
        site.settles("paid while the suspension was on its way");
        assert_eq!(site.subscribers()[0].access(), Access::On);
    }
}

#[test]
fn a_payment_is_tried_at_once_while_another_object_waits() {
    let mut site = TestSite::new(Way::Disable, "7.16");
    site.intervals.first = Duration::from_secs(60);
    site.intervals.object_most = Duration::from_secs(60);
    site.add("amina");
    site.add("bakari");
    site.sim()
        .fault(Fault::new(FaultKind::Trap("failure: busy".into())).at("/ppp/secret/set"));
    let _running = site.run();
    site.decide("amina", Access::Off);
    wait("the refusal", || {
        site.work().first().is_some_and(|(_, work)| work.last_error.is_some())
    });
    let began = Stopwatch::now();
    site.decide("bakari", Access::Off);
    wait("the other one", || site.pending() == 1);
    // The same object, decided anew, does not wait for the older decision's failures either.
    site.decide("amina", Access::On);
    site.settles("decided anew");
    assert!(began.elapsed() < Duration::from_secs(10));
}

#[test]
fn a_payment_is_tried_at_once_when_the_router_was_down() {
    let mut site = TestSite::new(Way::Disable, "7.16");
    site.intervals.first = Duration::from_secs(60);
    site.intervals.router_most = Duration::from_secs(60);
    site.add("amina");
    site.add("bakari");
    site.sim().unplug();
    site.decide("amina", Access::Off);
    let _running = site.run();
    site.seen(0, RouterState::Down);
    site.sim().plug_in();
    // Somebody rings for another reason: the router keeps its rest.
    site.appliance.routers.ring();
    std::thread::sleep(Duration::from_millis(50));
    site.seen(0, RouterState::Down);
    assert_eq!(site.pending(), 1, "amina's work waits with the router");
    site.decide("bakari", Access::Off);
    site.settles("a new decision");
}

#[test]
fn the_owner_asks_and_a_router_that_failed_is_tried_at_once() {
    let mut site = TestSite::new(Way::Disable, "7.16");
    site.intervals.first = Duration::from_secs(60);
    site.intervals.router_most = Duration::from_secs(60);
    site.add("amina");
    site.sim().unplug();
    site.decide("amina", Access::Off);
    let _running = site.run();
    site.seen(0, RouterState::Down);
    site.sim().plug_in();
    site.appliance.routers.urge();
    site.settles("urged");
}

#[test]
fn other_routers_go_on_while_one_hangs() {
    let sims = (0..2).map(|_| SimRouter::start(options("7.16")).unwrap()).collect();
    let mut site = TestSite::with_sims(Way::Disable, sims);
    site.limits.wait = Duration::from_secs(30);
    site.limits.login = Duration::from_secs(30);
    site.add_at("amina", 0);
    site.add_at("bakari", 1);
    site.sim().fault(Fault::new(FaultKind::Silent).times(0));
    let _running = site.run();
    wait("the first to hang", || site.sim().counters().connections == 1);
    site.decide("amina", Access::Off);
    site.decide("bakari", Access::Off);
    wait("the second", || site.pending() == 1);
    assert_eq!(site.sims[1].secret("bakari").unwrap().value("disabled"), Some("true"));
}

#[test]
fn a_router_that_refuses_the_login_is_not_asked_in_a_loop() {
    let mut site = TestSite::new(Way::Disable, "6.49");
    site.intervals.first = Duration::from_secs(60);
    site.intervals.login_refused = Duration::from_secs(60);
    site.intervals.login_again = Duration::from_secs(60);
    site.add("amina");
    site.sim().fault(Fault::new(FaultKind::LoginRefused).times(0));
    let _running = site.run();
    site.seen(0, RouterState::LoginRefused);
    for access in [Access::Off, Access::On, Access::Off] {
        site.decide("amina", access);
        std::thread::sleep(Duration::from_millis(60));
    }
    assert_eq!(site.sim().counters().failed_logins, 1);
    assert_eq!(site.pending(), 1);
    site.sim().clear_faults();
    site.appliance.routers.urge();
    site.settles("the password is right again");
}

/// A router whose RADIUS server answers late refuses the right password; the night cannot wait until somebody looks.
#[test]
fn a_login_that_is_refused_once_is_soon_tried_again() {
    let mut site = TestSite::new(Way::Disable, "7.16");
    site.intervals.login_refused = Duration::from_secs(60);
    site.intervals.login_again = Duration::from_secs(60);
    site.add("amina");
    site.sim().fault(Fault::new(FaultKind::LoginRefused).times(2));
    site.decide("amina", Access::Off);
    let _running = site.run();
    site.settles("the password is taken again");
    assert_eq!(site.sim().counters().failed_logins, 2);
}

#[test]
fn a_table_that_may_not_be_read_stops_no_other() {
    // Two kinds of service on one router; secrets cannot be read, queues can.
    let site = TestSite::new(Way::Queue, "7.16");
    site.add("shop");
    site.change("shop", weir::store::write::transaction::AccessWork::default(), |_| {});
    let fixed = site.put("dialler", 0, weir::model::subscriber::State::Active);
    site.change(
        "dialler",
        weir::store::write::transaction::AccessWork::default(),
        |subscriber| {
            subscriber.profile.service = weir::model::subscriber::Service::Pppoe;
            subscriber.state = weir::model::subscriber::State::Suspended;
        },
    );
    site.sim().fault(
        Fault::new(FaultKind::Trap("not enough permissions (9)".into()))
            .at("/ppp/secret/print")
            .times(0),
    );
    let _running = site.run();
    site.decide("shop", Access::Off);
    wait("the queue", || {
        site.sim().queue("shop").unwrap().value("max-limit") == Some("1000/1000")
    });
    wait("the refusal to be told", || {
        site.work().iter().any(|(key, work)| {
            key.object == fixed.username.as_str()
                && work
                    .last_error
                    .as_deref()
                    .is_some_and(|said| said.contains("permissions"))
        })
    });
}

#[test]
fn work_of_a_killed_process_ends_the_session_that_the_kill_left() {
    let site = TestSite::new(Way::Profile, "7.16");
    site.add("amina");
    site.decide("amina", Access::Off);
    // The killed process had set the profile and not ended the session.
    site.sim()
        .set_by_hand("/ppp/secret", "amina", &[("profile", "walled")])
        .unwrap();
    assert_eq!(
        site.sim().sessions("amina")[0].session_profile.as_deref(),
        Some("home-10")
    );
    let mut inherited = site.site();
    inherited.inherited = Generation(site.work()[0].1.generation.0);
    let _running = site.run_inheriting(inherited);
    site.settles("after the kill");
}

#[test]
fn under_a_clock_in_doubt_a_payer_is_back_within_seconds_and_the_floor_stays() {
    let noon = super::site::NOON_MS;
    for shows in [5_000, 2_150_000_000_000, noon + 30 * 86_400_000, noon - 3_600_000] {
        let site = TestSite::new(Way::Disable, "7.16");
        site.add("amina");
        let _running = site.run();
        site.decide("amina", Access::Off);
        site.settles("cut off");
        site.clock
            .have_kernel_say(Some(weir::clock::kernel::KernelSays::Unsynchronised(
                "nobody keeps it".to_owned(),
            )));
        site.clock.step(weir::model::day::Instant::from_millis(shows));
        assert!(!site.appliance.trust().unwrap().is_trusted(), "{shows}");
        let floor = || site.appliance.store.read().unwrap().state().unwrap().newest;
        let before = floor();
        // A router that refuses at first is tried again by the stopwatch, whatever the clock shows.
        site.sim().fault(
            Fault::new(FaultKind::Trap("failure: busy".into()))
                .at("/ppp/secret/set")
                .times(2),
        );
        let began = Stopwatch::now();
        site.ask(weir::commands::request::Request::Pay(Pay {
            username: "amina".to_owned(),
            amount: "1500.00".to_owned(),
            reference: Some("R1".to_owned()),
            source: None,
            date: None,
            again: false,
            yes: false,
        }));
        site.settles("paid under a clock in doubt");
        assert!(began.elapsed() < Duration::from_secs(5), "{shows}");
        assert_eq!(site.subscribers()[0].access(), Access::On);
        assert_eq!(floor(), before, "the floor has moved under {shows}");
    }
}
