//! Another box than the one that is pinned gets no work.

use weir::commands::request::Request;
use weir::commands::routers::trust::RouterTrust;
use weir::commands::status::answer::Status;
use weir::model::name::RouterName;
use weir::model::router::incident::KnownRouter;
use weir::model::router::readings::RouterState;
use weir::model::subscriber::Access;

use super::site::{TestSite, Way, wait};

#[test]
fn a_box_with_another_serial_number_gets_no_work_until_it_is_trusted() {
    let site = TestSite::new(Way::Disable, "7.16");
    site.add("amina");
    let core = RouterName::new("core").unwrap();
    site.write(|tx| {
        let known = KnownRouter {
            serial: Some("THE-OLD-BOX".to_owned()),
            ..KnownRouter::default()
        };
        tx.put_known_router(&core, &known)
    });
    let _running = site.run();
    site.decide("amina", Access::Off);
    site.seen(0, RouterState::RefusedIdentity);
    wait("a few tries", || site.sim().counters().logins > 3);
    assert_eq!(site.pending(), 1);
    let counters = site.sim().counters();
    assert_eq!(
        (counters.commands_that_changed_state, counters.full_table_prints),
        (0, 0),
        "{counters:?}"
    );
    let (_, status) = site.ask(Request::Status(Status));
    assert_eq!(status["routers"][0]["state"], "refused_identity");
    let (reply, trusted) = site.ask(Request::RouterTrust(RouterTrust {
        name: "core".to_owned(),
    }));
    assert_eq!((reply.exit, &trusted["before"]), (0, &"THE-OLD-BOX".into()));
    site.settles("trusted");
    site.seen(0, RouterState::Up);
}

#[test]
fn the_first_box_that_answers_is_pinned_once() {
    let site = TestSite::new(Way::Disable, "7.16");
    let core = RouterName::new("core").unwrap();
    let _running = site.run();
    site.seen(0, RouterState::Up);
    let known = site
        .appliance
        .store
        .read()
        .unwrap()
        .known_router(&core)
        .unwrap()
        .unwrap();
    assert_eq!(known.serial.as_deref(), Some("HG309K8ZZ41"));
    let newest = site.appliance.store.read().unwrap().state().unwrap();
    site.add("amina");
    site.decide("amina", Access::Off);
    site.settles("off");
    let after = site
        .appliance
        .store
        .read()
        .unwrap()
        .known_router(&core)
        .unwrap()
        .unwrap();
    assert_eq!(after, known);
    assert!(site.appliance.store.read().unwrap().state().unwrap().newest >= newest.newest);
}
