//! What is not on the router: looked for twice, told of once, never forgotten.

use std::time::Duration;

use weir::model::router::work::WorkState;
use weir::model::subscriber::{Access, State};
use weir::sim::faults::{Fault, FaultKind};

use super::site::{TestSite, Way, wait};

fn absent(site: &TestSite) -> usize {
    site.work()
        .iter()
        .filter(|(_, work)| work.state == WorkState::Absent)
        .count()
}

#[test]
fn a_missing_object_is_absent_after_a_second_look_on_a_later_connection() {
    for way in [Way::Disable, Way::Profile, Way::Queue] {
        let site = TestSite::new(way, "7.18");
        site.put("gone", 0, State::Suspended);
        assert_eq!(site.pending(), 1);
        let _running = site.run();
        wait("the second look", || absent(&site) == 1);
        assert_eq!(site.sim().counters().connections, 2, "{way:?}");
        let work = &site.work()[0].1;
        assert!(work.last_error.as_ref().unwrap().contains("has no"), "{work:?}");
        assert_eq!(site.alerts(), Vec::<String>::new());
    }
}

#[test]
fn an_empty_table_says_nothing_about_a_missing_object() {
    let site = TestSite::new(Way::Disable, "7.18");
    site.sim().remove_by_hand("/ppp/secret", "vpn-office").unwrap();
    site.put("late", 0, State::Suspended);
    let _running = site.run();
    wait("some looks", || site.sim().counters().connections >= 4);
    assert_eq!((site.pending(), absent(&site)), (1, 0));
    // It has booted: the table is there, with the subscriber still enabled.
    site.put_on_router(&site.subscribers()[0], 0);
    site.settles("the table has come");
}

#[test]
fn a_table_that_shows_nothing_once_is_looked_at_again() {
    for way in [Way::Disable, Way::Queue] {
        let site = TestSite::new(way, "7.9");
        site.add("amina");
        let _running = site.run();
        // Queues are asked for by name, then by address.
        let (path, prints) = if way == Way::Disable {
            ("/ppp/secret/print", 1)
        } else {
            ("/queue/simple/print", 2)
        };
        wait("the first look", || {
            site.sim().counters().open == 0 && site.sim().counters().connections == 1
        });
        site.sim().fault(Fault::new(FaultKind::NoRows).at(path).times(prints));
        site.decide("amina", Access::Off);
        site.settles("seen at the second look");
        assert_eq!(absent(&site), 0);
    }
}

#[test]
fn resuming_what_is_not_there_is_one_alert_and_is_done_when_it_has_come() {
    let site = TestSite::new(Way::Disable, "7.16");
    let gone = site.put("gone", 0, State::Active);
    {
        let _running = site.run();
        wait("the second look", || absent(&site) == 1);
        for _ in 0..2 {
            site.sim().reboot();
            site.add(&format!("other{}", site.subscribers().len()));
            site.decide(site.subscribers().last().unwrap().username.as_str(), Access::Off);
            wait("another one", || site.pending() == 0);
        }
    }
    assert_eq!(site.alerts().len(), 1, "{:?}", site.alerts());
    assert_eq!(absent(&site), 1);
    // It comes, and somebody has it disabled.
    site.put_on_router(&gone, 0);
    site.sim()
        .set_by_hand("/ppp/secret", "gone", &[("disabled", "yes")])
        .unwrap();
    let _running = site.run();
    wait("it to be found", || absent(&site) == 0);
    site.settles("it has come");
    assert_eq!(site.alerts().len(), 1);
}

#[test]
fn a_moved_subscriber_leaves_the_old_object_suspended() {
    let sims = (0..2)
        .map(|_| weir::sim::router::SimRouter::start(super::site::options("7.16")).unwrap())
        .collect();
    let site = TestSite::with_sims(Way::Disable, sims);
    let amina = site.add("amina");
    site.put_on_router(&amina, 1);
    site.sims[0].unplug();
    let _running = site.run();
    site.change("amina", Default::default(), |subscriber| {
        subscriber.profile.router = Some(weir::model::name::RouterName::new("r1").unwrap());
    });
    // The old router is down, which delays nothing on the new one.
    wait("the new object", || site.pending() == 1);
    assert!(site.difference(&site.subscribers()[0]).is_none());
    site.sims[0].plug_in();
    site.settles("moved");
    assert_eq!(site.sims[0].secret("amina").unwrap().value("disabled"), Some("true"));
    assert!(site.sims[0].sessions("amina").is_empty());
}

#[test]
fn an_object_that_was_left_is_not_cut_off_once_another_has_it() {
    let site = TestSite::new(Way::Queue, "7.16");
    let amina = site.add("amina");
    let address = amina.profile.address;
    site.change("amina", Default::default(), |subscriber| {
        subscriber.profile.address = Some(std::net::Ipv4Addr::new(10, 9, 9, 9));
    });
    assert!(
        site.work()
            .iter()
            .any(|(key, work)| key.object == "10.0.0.1" && work.access == Access::Off)
    );
    // Somebody new gets the address before the router was told.
    site.put("bakari", 0, State::Active);
    site.change("bakari", Default::default(), |subscriber| {
        subscriber.profile.address = address
    });
    let taken = site
        .work()
        .into_iter()
        .find(|(key, _)| key.object == "10.0.0.1")
        .unwrap()
        .1;
    assert_eq!((taken.access, taken.username.as_str()), (Access::On, "bakari"));

    // The same for one who is taken in with it.
    let site = TestSite::new(Way::Disable, "7.16");
    site.add("amina");
    site.change("amina", Default::default(), |subscriber| {
        subscriber.profile.login = Some(weir::model::name::Login::new("amina2").unwrap());
    });
    site.change("amina", Default::default(), |_| {});
    site.write(|tx| {
        let id = tx.next_subscriber();
        let mut other = tx.subscriber_named("amina")?.unwrap();
        (other.id, other.username) = (id, weir::model::name::Username::new("bakari").unwrap());
        other.profile.login = Some(weir::model::name::Login::new("amina").unwrap());
        let changed = weir::store::write::transaction::Changed {
            subscriber: other,
            entries: Vec::new(),
            debits: Vec::new(),
            served: None,
            head: tx.state().head,
        };
        tx.put(None, changed, Default::default())
    });
    let of_old = site.work().into_iter().find(|(key, _)| key.object == "amina").unwrap();
    assert_eq!(of_old.1.access, Access::On);
}

#[test]
fn whoever_gets_another_address_takes_the_queue_of_their_name_along() {
    for way in [Way::Queue, Way::List] {
        let site = TestSite::new(way, "7.16");
        site.add("amina");
        let _running = site.run();
        // The look at everything comes first: it would put right what the work of the old address does.
        wait("the first look", || {
            site.sim().counters().connections == 1 && site.sim().counters().open == 0
        });
        site.change("amina", Default::default(), |subscriber| {
            subscriber.profile.address = Some(std::net::Ipv4Addr::new(10, 9, 9, 9));
        });
        wait("both to be looked at", || site.pending() == 0);
        std::thread::sleep(Duration::from_millis(50));
        assert_eq!(
            site.sim().queue("amina").unwrap().value("max-limit"),
            Some("10000000/10000000"),
            "{way:?}"
        );
        assert_eq!(
            site.sim().queue("amina").unwrap().changes,
            0,
            "{way:?}: not even for a moment"
        );
        let listed: Vec<_> = site.sim().address_list(super::site::LIST);
        let listed: Vec<_> = listed.iter().filter_map(|row| row.value("address")).collect();
        assert_eq!(listed, if way == Way::List { vec!["10.0.0.1"] } else { vec![] });
    }
}

#[test]
fn a_queue_under_another_name_is_found_by_its_address() {
    let site = TestSite::new(Way::Queue, "6.49");
    site.put("amina", 0, State::Active);
    site.sim()
        .add_queue("House 7", "10.0.0.1/32", "10M/10M", false)
        .unwrap();
    site.sim()
        .add_queue("House 8", "10.0.0.10/32", "10M/10M", false)
        .unwrap();
    let _running = site.run();
    for access in [Access::Off, Access::On, Access::Off] {
        site.decide("amina", access);
        site.settles("by address");
    }
    assert_eq!(site.sim().queue("House 8").unwrap().changes, 0);
}
