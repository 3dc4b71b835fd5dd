//! How much is said: one connection, at most three commands a subscriber, nothing written twice, and rest when all is done.

use std::sync::atomic::Ordering;
use std::time::Duration;

use weir::model::name::PackageName;
use weir::model::subscriber::Access;
use weir::store::write::transaction::AccessWork;

use super::site::{TestSite, Way, wait};

const MANY: usize = 450;

#[test]
fn many_are_cut_over_one_connection_with_few_commands_and_a_second_pass_writes_nothing() {
    for way in Way::ALL {
        let mut site = TestSite::new(way, "7.16");
        site.limits.wait = Duration::from_secs(10);
        let names: Vec<String> = (0..MANY).map(|number| format!("user{number:03}")).collect();
        for name in &names {
            site.add(name);
        }
        for access in [Access::Off, Access::On] {
            site.sim().reset_counters();
            site.write(|tx| {
                for name in &names {
                    let before = tx.subscriber_named(name)?.unwrap();
                    let mut after = before.clone();
                    after.state = match access {
                        Access::On => weir::model::subscriber::State::Active,
                        Access::Off => weir::model::subscriber::State::Suspended,
                    };
                    let changed = weir::store::write::transaction::Changed {
                        subscriber: after,
                        entries: Vec::new(),
                        debits: Vec::new(),
                        served: None,
                        head: tx.state().head,
                    };
                    tx.put(Some(&before), changed, AccessWork::default())?;
                }
                Ok(())
            });
            {
                let _running = site.run();
                site.settles(&format!("{way:?} {access:?}"));
                wait("the end", || site.sim().counters().open == 0);
            }
            let counters = site.sim().counters();
            assert_eq!(counters.connections, 1, "{way:?}: {counters:?}");
            let most = u64::try_from(MANY * 3 + 20).unwrap();
            assert!(counters.commands <= most, "{way:?}: {counters:?}");
            assert_eq!(
                (counters.writes_that_changed_nothing, counters.full_table_prints),
                (0, 0),
                "{counters:?}"
            );
            assert_eq!(counters.malformed, 0);

            // The service starts anew: all is looked at, nothing written.
            site.sim().reset_counters();
            let before = site.appliance.store.read().unwrap().state().unwrap();
            {
                let _running = site.run();
                wait("the look", || site.sim().counters().connections == 1);
                wait("the end of the look", || site.sim().counters().open == 0);
            }
            let counters = site.sim().counters();
            assert_eq!(counters.commands_that_changed_state, 0, "{way:?}: {counters:?}");
            assert_eq!(counters.writes_that_changed_nothing, 0, "{way:?}: {counters:?}");
            assert!(counters.commands < 25, "{way:?}: {counters:?}");
            assert_eq!(
                site.appliance.store.read().unwrap().state().unwrap(),
                before,
                "nothing written to the store"
            );
        }
    }
}

#[test]
fn a_worker_without_work_rests() {
    let site = TestSite::new(Way::Disable, "7.16");
    site.add("amina");
    let _running = site.run();
    wait("the first look", || site.sim().counters().connections == 1);
    wait("the connection to be closed", || site.sim().counters().open == 0);
    let before = site.looks.load(Ordering::SeqCst);
    std::thread::sleep(Duration::from_millis(1_000));
    let looks = site.looks.load(Ordering::SeqCst) - before;
    // Every 200 ms, by the worker and by the keeper of workers.
    assert!(looks <= 14, "{looks} looks in a second");
    assert_eq!(site.sim().counters().connections, 1);
}

#[test]
fn a_worker_with_a_router_that_fails_rests_between_its_tries() {
    let mut site = TestSite::new(Way::Disable, "7.16");
    site.intervals.first = Duration::from_millis(100);
    site.intervals.router_most = Duration::from_millis(400);
    site.add("amina");
    // Logged in, and then every reading breaks off: no success that would start the waits anew.
    site.sim().fault(
        weir::sim::faults::Fault::new(weir::sim::faults::FaultKind::Close)
            .at("/ppp/secret/print")
            .times(0),
    );
    site.decide("amina", Access::Off);
    let _running = site.run();
    std::thread::sleep(Duration::from_millis(1_600));
    let connections = site.sim().counters().connections;
    // After 0, 100, 300, 700, 1100, 1500 ms.
    assert!((3..=6).contains(&connections), "{connections}");
    let looks = site.looks.load(Ordering::SeqCst);
    assert!(looks < 60, "{looks}");
    site.sim().clear_faults();
    site.settles("the fault is over");
}

#[test]
fn a_new_package_ends_the_session_once() {
    for version in ["6.49", "7.18"] {
        let site = TestSite::new(Way::Disable, version);
        site.add("amina");
        let _running = site.run();
        wait("the first look", || {
            site.sim().counters().connections == 1 && site.sim().counters().open == 0
        });
        let work = AccessWork {
            run: None,
            end_session: true,
        };
        site.change("amina", work, |subscriber| {
            subscriber.profile.package = Some(PackageName::new("home-20").unwrap());
        });
        site.settles("another package");
        wait("the client to be back", || site.sim().sessions("amina").len() == 1);
        site.sim().unplug();
        site.change("amina", AccessWork::default(), |_| {});
        site.sim().plug_in();
        site.decide("amina", Access::On);
        std::thread::sleep(Duration::from_millis(80));
        assert_eq!(site.sim().counters().of("/ppp/active/remove"), 1);
        assert_eq!(
            site.sim().sessions("amina")[0].session_profile.as_deref(),
            Some("home-20")
        );
    }
}

#[test]
fn a_payment_over_a_connection_that_died_while_it_was_idle_costs_no_wait() {
    let mut site = TestSite::new(Way::Disable, "7.16");
    site.intervals.idle = Duration::from_secs(30);
    site.intervals.first = Duration::from_secs(60);
    site.intervals.router_most = Duration::from_secs(60);
    site.add("amina");
    let _running = site.run();
    site.decide("amina", Access::Off);
    site.settles("cut");
    assert_eq!(site.sim().counters().open, 1);
    site.sim().unplug();
    site.sim().plug_in();
    site.decide("amina", Access::On);
    site.settles("paid");
}
