//! A reconcile that would cut off many asks first; everything else that it heals does not wait for the answer.

use weir::clock::kernel::KernelSays;
use weir::commands::approvals::approve::Approve;
use weir::commands::request::Request;
use weir::commands::routers::reconcile::RouterReconcile;
use weir::model::day::{Day, Instant};
use weir::model::pending_approval::{Carried, PendingApproval};
use weir::model::record::LogKind;
use weir::model::router::readings::RouterState;
use weir::model::subscriber::{Access, Hold, State};
use weir::outbox::router_work::held_cuts;
use weir::store::write::transaction::AccessWork;

use super::site::{NOON_MS, TestSite, Way, wait};

const WORD: &str = "reconcile/core";

fn name(number: usize) -> String {
    format!("user{number:03}")
}

/// A hundred on one router, of whom so many are cut off, as ledger and router agree.
fn hundred(way: Way, cut: usize) -> TestSite {
    let site = TestSite::new(way, "7.16");
    for number in 0..100 {
        site.add(&name(number));
    }
    for number in 0..cut {
        site.decide(&name(number), Access::Off);
    }
    let _running = site.run();
    site.settles("the beginning");
    wait("the look at everything", || site.sim().counters().open == 0);
    site
}

/// Somebody serves those again by hand who are cut off.
fn serve_by_hand(site: &TestSite, numbers: std::ops::Range<usize>) {
    for number in numbers {
        let of = name(number);
        match site.way.service() {
            weir::model::subscriber::Service::Static => {
                let full = [("max-limit", "10M/10M")];
                site.sim().set_by_hand("/queue/simple", &of, &full).unwrap();
            }
            _ => {
                let served = [("disabled", "no"), ("profile", "home-10")];
                site.sim().set_by_hand("/ppp/secret", &of, &served).unwrap();
                // Whoever is online with few rights dials in again.
                site.sim().hang_up(&of);
            }
        }
    }
    site.sim().reset_counters();
}

fn held(site: &TestSite) -> Option<PendingApproval> {
    let held = site.appliance.store.read().unwrap().all_held().unwrap();
    assert!(held.len() <= 1, "{held:?}");
    held.into_iter().next()
}

fn figures(site: &TestSite) -> Option<(u64, u64)> {
    held(site).map(|held| (held.cuts, held.of))
}

fn approve(site: &TestSite) -> Carried {
    let held = held(site).unwrap();
    let carried = site.write(|tx| held_cuts::approve(tx, &held, "test"));
    site.appliance.routers.ring();
    carried
}

fn reconcile(site: &TestSite) -> (u8, serde_json::Value) {
    let (reply, answer) = site.ask(Request::RouterReconcile(RouterReconcile { name: None }));
    (reply.exit, answer[0].clone())
}

fn differing(site: &TestSite) -> usize {
    site.subscribers().iter().filter_map(|s| site.difference(s)).count()
}

/// The worker has looked at everything since the counters were reset, and rests.
fn looked(site: &TestSite) {
    wait("a look at everything", || {
        let counters = site.sim().counters();
        counters.connections >= 1 && counters.commands > 3 && counters.open == 0
    });
}

fn writes(site: &TestSite) -> u64 {
    let counters = site.sim().counters();
    counters.of("/ppp/secret/set") + counters.of("/queue/simple/set")
}

#[test]
fn forty_of_a_hundred_are_held_with_one_alert_and_cut_once_approved() {
    for way in [Way::Disable, Way::Profile, Way::Queue] {
        let site = hundred(way, 40);
        serve_by_hand(&site, 0..40);
        for _ in 0..2 {
            let _running = site.run();
            looked(&site);
            site.sim().reset_counters();
        }
        let before = site.appliance.store.read().unwrap().state().unwrap();
        let (exit, answer) = reconcile(&site);
        assert_eq!(exit, 1, "{answer}");
        assert_eq!(
            (
                &answer["held"],
                &answer["of"],
                &answer["healing"],
                &answer["differences"]
            ),
            (&40.into(), &100.into(), &0.into(), &40.into()),
            "{answer}"
        );
        assert_eq!(answer["names"].as_array().unwrap().len(), 20);
        assert_eq!(
            (&answer["names"][0], &answer["names"][19]),
            (&"user000".into(), &"user019".into())
        );
        let waits = answer["waits"].as_str().unwrap();
        assert!(
            waits.contains("40 of 100") && waits.contains("weir approve reconcile/core"),
            "{waits}"
        );
        let after = site.appliance.store.read().unwrap().state().unwrap();
        assert_eq!(after, before, "held already: nothing is written");

        assert_eq!((writes(&site), differing(&site), site.pending()), (0, 40, 0), "{way:?}");
        assert_eq!(site.alerts().len(), 1, "{:?}", site.alerts());
        assert!(site.alerts()[0].contains("40 of 100"), "{:?}", site.alerts());
        assert_eq!(site.standing_alerts(), [format!("guard: {WORD}")]);
        assert_eq!(figures(&site), Some((40, 100)));

        // One has paid, one is on hold, one is closed; none of them is asked about any more.
        site.decide(&name(3), Access::On);
        let hold = |access| Hold {
            since: Day::parse("2027-01-15").unwrap(),
            access,
        };
        site.change(&name(4), AccessWork::default(), |subscriber| {
            subscriber.hold = Some(hold(Access::On))
        });
        let (_, seen) = site.ask(Request::Approve(Approve {
            what: None,
            refuse: None,
            dry_run: true,
        }));
        let told = |n: usize| (seen[n]["would"].as_str().unwrap(), seen[n]["why"].as_str().unwrap());
        assert_eq!(seen.as_array().unwrap().len(), 40);
        assert_eq!(told(0), ("cut", "suspended, but still served by the router"));
        assert_eq!(told(3), ("spare", "has service again"));
        assert_eq!(told(4), ("spare", "on hold"));
        let _running = site.run();
        carried(&site);
        // The service may have looked at the whole router again by now, and have those two off the list already.
        let carried = approve(&site);
        assert!(carried.cut == 38 && [0, 2].contains(&carried.spared), "{carried:?}");
        site.settles(&format!("approved, {way:?}"));
        assert_eq!((held(&site), site.standing_alerts()), (None, vec![]));
        assert!(
            site.log(LogKind::Access)
                .iter()
                .any(|told| told.contains("test approved"))
        );
        // What was cut stays so; nobody is asked again.
        assert_eq!(reconcile(&site).0, 0);
    }
}

fn carried(site: &TestSite) {
    wait("what was decided to be carried", || site.pending() == 0);
}

#[test]
fn what_is_refused_stays_as_it_is_until_the_owner_asks() {
    let site = hundred(Way::Disable, 40);
    serve_by_hand(&site, 0..40);
    {
        let _running = site.run();
        looked(&site);
    }
    let refused = held(&site).unwrap();
    site.write(|tx| held_cuts::refuse(tx, &refused, "test", "the bank is closed"));
    assert_eq!((held(&site), site.standing_alerts()), (None, vec![]));
    assert!(
        site.log(LogKind::Access)
            .iter()
            .any(|told| told.contains("the bank is closed"))
    );
    for _ in 0..2 {
        site.sim().reset_counters();
        let _running = site.run();
        looked(&site);
    }
    assert_eq!((held(&site), writes(&site), differing(&site)), (None, 0, 40));
    assert_eq!(site.alerts().len(), 1, "{:?}", site.alerts());

    // A payment of one who was left counts as ever, and so does the next cut.
    let _running = site.run();
    site.decide(&name(0), Access::On);
    site.decide(&name(0), Access::Off);
    carried(&site);
    assert_eq!(differing(&site), 39);
    // The owner asks: it is judged anew.
    assert_eq!(reconcile(&site).0, 1);
    assert_eq!(figures(&site), Some((39, 99)));
    assert_eq!(approve(&site), Carried { cut: 39, spared: 0 });
    site.settles("approved after all");
}

#[test]
fn ten_of_a_hundred_are_cut_without_a_question() {
    for way in Way::ALL.into_iter().filter(|way| *way != Way::List) {
        let site = hundred(way, 10);
        serve_by_hand(&site, 0..10);
        let _running = site.run();
        wait("the look", || differing(&site) == 0);
        site.settles("healed");
        assert_eq!((held(&site), site.alerts()), (None, vec![]));
    }
}

#[test]
fn what_is_no_cut_is_put_right_although_cuts_are_held() {
    let site = hundred(Way::Disable, 40);
    serve_by_hand(&site, 0..40);
    for number in 50..55 {
        site.sim()
            .set_by_hand("/ppp/secret", name(number), &[("disabled", "yes")])
            .unwrap();
    }
    site.sim()
        .set_by_hand("/ppp/secret", name(60), &[("profile", "walled")])
        .unwrap();
    let _running = site.run();
    wait("those who pay to be served", || differing(&site) == 40);
    carried(&site);
    assert_eq!(figures(&site), Some((40, 100)));
    approve(&site);
    site.settles("approved");
}

#[test]
fn what_is_odd_no_more_is_cut_and_held_no_more() {
    let site = hundred(Way::Disable, 40);
    serve_by_hand(&site, 0..40);
    let _running = site.run();
    wait("it to be held", || figures(&site) == Some((40, 100)));
    for number in 0..15 {
        site.decide(&name(number), Access::On);
    }
    carried(&site);
    // Another number, the same alert, since the same moment.
    let since = held(&site).unwrap().since;
    site.hours_pass(1);
    assert_eq!(reconcile(&site).0, 1);
    assert_eq!(figures(&site), Some((25, 100)));
    assert_eq!(held(&site).unwrap().since, since);
    assert_eq!(site.alerts().len(), 1);
    let (alerts, _) = site.appliance.store.read().unwrap().alerts(10).unwrap();
    assert!(alerts[0].text.contains("25 of 100"), "{alerts:?}");

    for number in 15..25 {
        site.decide(&name(number), Access::On);
    }
    carried(&site);
    assert_eq!(reconcile(&site).0, 0);
    site.settles("15 of 100");
    assert_eq!((held(&site), site.standing_alerts()), (None, vec![]));

    // Nobody left to be cut ends it as well.
    serve_by_hand(&site, 25..40);
    site.change(&name(99), AccessWork::default(), |subscriber| {
        subscriber.state = State::Suspended
    });
    carried(&site);
    for number in 50..90 {
        site.decide(&name(number), Access::Off);
    }
    carried(&site);
    serve_by_hand(&site, 50..90);
    assert_eq!(reconcile(&site).0, 1);
    for number in (25..40).chain(50..90) {
        site.decide(&name(number), Access::On);
    }
    carried(&site);
    assert_eq!(reconcile(&site).0, 0);
    assert_eq!((held(&site), site.standing_alerts()), (None, vec![]));
    site.settles("all paid");
}

#[test]
fn work_that_was_decided_is_not_counted() {
    let site = hundred(Way::Disable, 0);
    site.sim().unplug();
    for number in 0..40 {
        site.decide(&name(number), Access::Off);
    }
    let running = site.run();
    site.seen(0, RouterState::Down);
    drop(running);
    site.sim().plug_in();
    let (exit, answer) = reconcile(&site);
    assert_eq!(
        (exit, &answer["differences"], &answer["held"]),
        (0, &40.into(), &0.into()),
        "{answer}"
    );
    let _running = site.run();
    site.settles("back");
    assert_eq!((held(&site), site.alerts()), (None, vec![]));
}

#[test]
fn a_hold_and_a_closing_are_decided_by_hand() {
    let site = hundred(Way::Disable, 0);
    {
        let _running = site.run();
        for number in 0..40 {
            site.change(&name(number), AccessWork::default(), |subscriber| {
                if number.is_multiple_of(2) {
                    subscriber.state = State::Closed;
                } else {
                    subscriber.hold = Some(Hold {
                        since: Day::parse("2027-01-15").unwrap(),
                        access: Access::Off,
                    });
                }
            });
        }
        site.settles("on hold, and closed");
        wait("rest", || site.sim().counters().open == 0);
    }
    serve_by_hand(&site, 0..40);
    assert_eq!(differing(&site), 40);
    let _running = site.run();
    site.settles_by_itself();
    assert_eq!((held(&site), site.alerts()), (None, vec![]));
}

#[test]
fn a_clock_in_doubt_cuts_nobody_and_brings_back_who_should_be_served() {
    let site = hundred(Way::Disable, 5);
    serve_by_hand(&site, 0..5);
    site.sim()
        .set_by_hand("/ppp/secret", name(50), &[("disabled", "yes")])
        .unwrap();
    let tomorrow = Instant::from_millis(NOON_MS + 86_400_000);
    site.clock.have_kernel_say(Some(KernelSays::Synchronised(tomorrow)));
    let before = site.log(LogKind::Access).len();
    let _running = site.run();
    wait("the one who pays to be served", || differing(&site) == 5);
    carried(&site);
    let (exit, answer) = reconcile(&site);
    assert_eq!(
        (exit, &answer["held"], &answer["in_doubt"]),
        (1, &0.into(), &5.into()),
        "{answer}"
    );
    assert!(answer["waits"].as_str().unwrap().contains("the clock"), "{answer}");
    std::thread::sleep(site.intervals.look * 3);
    assert_eq!(differing(&site), 5);
    assert_eq!(
        (held(&site), site.alerts(), site.log(LogKind::Access).len()),
        (None, vec![], before + 2)
    );

    site.clock.have_kernel_say(None);
    // Without a hand.
    site.settles_by_itself();
}

#[test]
fn alerts_about_an_object_end_with_their_cause() {
    let site = hundred(Way::Disable, 0);
    let away = name(7);
    let _running = site.run();
    // Two are gone from the router; both are told, each once.
    for number in [7, 8] {
        site.sim().remove_by_hand("/ppp/secret", name(number)).unwrap();
    }
    reconcile(&site);
    let both = ["absent: core/user007", "absent: core/user008"];
    wait("both to be told", || site.standing_alerts() == both);
    // One comes back, one is not to be served any more.
    let of_seven = site
        .subscribers()
        .into_iter()
        .find(|s| s.username.as_str() == away)
        .unwrap();
    site.put_on_router(&of_seven, 0);
    reconcile(&site);
    wait("one to be found", || site.standing_alerts() == [both[1]]);
    site.decide(&name(8), Access::Off);
    wait("the other to be over", || site.standing_alerts().is_empty());
    assert_eq!(site.alerts().len(), 2);

    // Changed by hand again and again: told once, over when the owner has it put right.
    let disable = || {
        site.sim()
            .set_by_hand("/ppp/secret", &away, &[("disabled", "yes")])
            .unwrap()
    };
    disable();
    reconcile(&site);
    site.settles("put right");
    for _ in 0..2 {
        disable();
        site.sim().reboot();
        std::thread::sleep(std::time::Duration::from_millis(100));
        site.decide(&name(9), Access::Off);
        wait("it to be told", || site.standing_alerts() == ["drift: core/user007"]);
        site.decide(&name(9), Access::On);
    }
    assert_eq!(site.alerts().len(), 3, "{:?}", site.alerts());
    reconcile(&site);
    site.settles("put right by the owner");
    assert_eq!(site.standing_alerts(), Vec::<String>::new());
}

#[test]
fn what_is_held_goes_with_its_router() {
    let site = hundred(Way::Disable, 40);
    serve_by_hand(&site, 0..40);
    site.sim().remove_by_hand("/ppp/secret", name(50)).unwrap();
    {
        let _running = site.run();
        let both = ["absent: core/user050", "guard: reconcile/core"];
        wait("it to be held and told", || site.standing_alerts() == both);
    }
    site.write(|tx| held_cuts::forget_routers_but(tx, |_| true));
    assert_eq!(figures(&site), Some((40, 100)));
    site.write(|tx| held_cuts::forget_routers_but(tx, |router| router.as_str() != "core"));
    assert_eq!((held(&site), site.standing_alerts()), (None, vec![]));
}
