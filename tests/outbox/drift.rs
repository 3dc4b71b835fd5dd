//! What somebody changes by hand is put right at the next reconcile, once a day; then it is theirs until they say otherwise.

use weir::commands::request::Request;
use weir::commands::routers::reconcile::RouterReconcile;
use weir::model::router::readings::RouterState;
use weir::model::router::work::Healed;
use weir::model::subscriber::Access;
use weir::store::keys::object_key;

use super::site::{TestSite, Way, wait};

const MENU: &str = "/ppp/secret";

/// Makes the worker look at everything: the router is away for a while, and somebody's decision meets that.
fn reconciled(site: &TestSite) {
    site.sim().unplug();
    turn_other(site);
    site.seen(0, RouterState::Down);
    site.sim().plug_in();
    wait("a reconcile", || site.pending() == 0 && site.sim().counters().open == 1);
    wait("the end of it", || site.sim().counters().open == 0);
}

fn turn_other(site: &TestSite) {
    let other = site.subscribers()[1].clone();
    let turned = if other.access() == Access::On {
        Access::Off
    } else {
        Access::On
    };
    site.decide(other.username.as_str(), turned);
}

fn disable(site: &TestSite) {
    site.sim().set_by_hand(MENU, "amina", &[("disabled", "yes")]).unwrap();
}

fn is_disabled(site: &TestSite) -> bool {
    site.sim().secret("amina").unwrap().is("disabled")
}

#[test]
fn drift_is_put_right_after_a_reboot_and_left_with_one_alert_when_it_comes_again_within_a_day() {
    let site = TestSite::new(Way::Disable, "7.16");
    site.add("amina");
    site.add("bakari");
    let _running = site.run();
    wait("the first look", || {
        site.sim().counters().commands > 3 && site.sim().counters().open == 0
    });

    disable(&site);
    // It has been up for days: a reboot shows by its uptime, though nobody has met the outage.
    site.sim().reboot();
    std::thread::sleep(std::time::Duration::from_millis(100));
    turn_other(&site);
    site.settles("put right");
    assert_eq!(site.alerts().len(), 0);

    site.hours_pass(5);
    disable(&site);
    reconciled(&site);
    reconciled(&site);
    assert!(is_disabled(&site), "left as the owner has it");
    assert_eq!(site.alerts().len(), 1, "{:?}", site.alerts());
    assert!(site.alerts()[0].contains("weir router reconcile"));

    // The owner decides.
    let (reply, answer) = site.ask(Request::RouterReconcile(RouterReconcile { name: None }));
    assert_eq!((reply.exit, answer[0]["healing"].as_u64()), (0, Some(1)), "{answer}");
    site.settles("reconciled by hand");

    // A day later it is drift like any other.
    site.hours_pass(25);
    disable(&site);
    reconciled(&site);
    site.settles("put right again");
    assert_eq!(site.alerts().len(), 1);

    // Left again; then a decision of Weir's comes, and from there on it is kept again.
    disable(&site);
    reconciled(&site);
    assert!(is_disabled(&site));
    assert_eq!(site.alerts().len(), 2);
    site.decide("amina", Access::Off);
    site.settles("cut");
    site.decide("amina", Access::On);
    site.settles("paid");
    site.hours_pass(25);
    disable(&site);
    reconciled(&site);
    site.settles("kept");
}

#[test]
fn an_outage_is_followed_by_a_look_at_everything() {
    for way in Way::ALL {
        let site = TestSite::new(way, "7.16");
        for name in ["amina", "bakari"] {
            site.add(name);
        }
        let _running = site.run();
        wait("the first look", || {
            site.sim().counters().commands > 3 && site.sim().counters().open == 0
        });
        site.sim().unplug();
        site.decide("bakari", Access::Off);
        site.seen(0, RouterState::Down);
        match way {
            Way::Disable | Way::Profile => disable(&site),
            Way::Queue => site
                .sim()
                .set_by_hand("/queue/simple", "amina", &[("max-limit", "1k/1k")])
                .unwrap(),
            Way::List => {
                let row = [("list", super::site::LIST), ("address", "10.0.0.1")];
                site.sim()
                    .add_row("/ip/firewall/address-list", &row)
                    .map(|_| ())
                    .unwrap();
            }
        }
        site.sim().plug_in();
        site.settles(&format!("{way:?}"));
        wait("it to be told", || {
            site.log(weir::model::record::LogKind::Access)
                .iter()
                .any(|told| told.contains("corrected"))
        });
        site.settles(&format!("{way:?}"));
    }
}

#[test]
fn what_is_on_its_way_is_no_drift() {
    let site = TestSite::new(Way::Disable, "7.16");
    site.add("amina");
    site.decide("amina", Access::Off);
    // Compared while the decision still waits to be carried.
    let (_, answer) = site.ask(Request::RouterReconcile(RouterReconcile { name: None }));
    assert_eq!(
        (answer[0]["differences"].as_u64(), answer[0]["healing"].as_u64()),
        (Some(1), Some(0)),
        "{answer}"
    );
    let _running = site.run();
    site.settles("carried");
    assert!(
        site.log(weir::model::record::LogKind::Access)
            .iter()
            .all(|told| !told.contains("corrected"))
    );
}

#[test]
fn what_a_wrong_clock_has_put_right_on_a_day_to_come_is_not_left_until_then() {
    let site = TestSite::new(Way::Disable, "7.16");
    site.add("amina");
    site.add("bakari");
    let _running = site.run();
    wait("the first look", || {
        site.sim().counters().commands > 3 && site.sim().counters().open == 0
    });
    let key = object_key(&site.subscribers()[0]).unwrap();
    let at = site.appliance.recorded().unwrap().at;
    let healed = Healed {
        at: at.plus_millis(365 * 24 * 3_600_000),
        left: false,
    };
    let written = site.appliance.store.write(at, |tx| tx.put_healed(&key, Some(healed)));
    written.unwrap();
    disable(&site);
    reconciled(&site);
    wait("that it is put right", || !is_disabled(&site));
    assert_eq!(site.alerts().len(), 0, "{:?}", site.alerts());
}
