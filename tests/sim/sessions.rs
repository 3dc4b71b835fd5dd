//! Sessions live by themselves.

use std::time::Duration;

use weir::sim::options::Version;
use weir::sim::rows::NewSecret;

use super::peer::{Peer, router_of, small_site, soon};

#[test]
fn a_session_stays_when_its_secret_is_disabled_until_it_is_removed() {
    let router = small_site();
    let mut peer = Peer::logged_in(&router);
    assert_eq!(peer.ask(&["/ppp/secret/set", "=.id=*1", "=disabled=yes"]), ["!done"]);
    let active = peer.ask(&["/ppp/active/print", "=.proplist=.id,name", "?name=amina"]);
    assert_eq!(active, ["!re =.id=*80000000 =name=amina", "!done"]);
    assert_eq!(peer.ask(&["/ppp/active/remove", "=.id=*80000000"]), ["!done"]);
    let gone = ["!trap =category=0 =message=no such item (4)", "!done"];
    assert_eq!(peer.ask(&["/ppp/active/remove", "=.id=*80000000"]), gone);
    std::thread::sleep(Duration::from_millis(120));
    assert_eq!(router.sessions("amina"), [], "disabled, so nobody dials in");
    assert_eq!(router.sessions("baraka").len(), 1);
    assert_eq!(peer.ask(&["/ppp/secret/enable", "=.id=*1"]), ["!done"]);
    assert_eq!(router.sessions("amina"), [], "dials after a while, not at once");
    soon("amina is back", || router.sessions("amina").len() == 1);
}

#[test]
fn whoever_dialled_in_vain_dials_again_once_there_is_a_secret() {
    let router = small_site();
    let mut peer = Peer::logged_in(&router);
    assert_eq!(peer.ask(&["/ppp/secret/remove", "=.id=amina"]), ["!done"]);
    assert_eq!(router.sessions("amina").len(), 1, "a session outlives its secret");
    let id = format!("=.id={}", router.sessions("amina")[0].id);
    assert_eq!(peer.ask(&["/ppp/active/remove", &id]), ["!done"]);
    std::thread::sleep(Duration::from_millis(120));
    assert_eq!(router.sessions("amina"), []);
    assert_eq!(
        peer.ask(&["/ppp/secret/add", "=name=amina", "=profile=suspended"])[0][..10],
        *"!done =ret"
    );
    soon("amina is back", || router.sessions("amina").len() == 1);
    assert_eq!(
        router.sessions("amina")[0].session_profile.as_deref(),
        Some("suspended")
    );
}

#[test]
fn a_session_keeps_the_profile_it_began_with_and_the_next_one_has_the_new() {
    let router = small_site();
    let mut peer = Peer::logged_in(&router);
    peer.ask(&["/ppp/secret/set", "=.id=amina", "=profile=suspended"]);
    let profile = || {
        router
            .sessions("amina")
            .first()
            .and_then(|row| row.session_profile.clone())
    };
    assert_eq!(profile().as_deref(), Some("home-10"));
    let id = router.sessions("amina")[0].id.clone();
    assert_eq!(peer.ask(&["/ppp/active/remove", &format!("=.id={id}")]), ["!done"]);
    assert_eq!(profile(), None);
    soon("amina is back", || profile().as_deref() == Some("suspended"));
    assert_ne!(router.sessions("amina")[0].id, id);
}

#[test]
fn a_client_may_have_several_sessions_and_may_be_switched_off() {
    let router = small_site();
    router.connect("amina").unwrap();
    assert_eq!(router.sessions("amina").len(), 2);
    router.hang_up("amina");
    std::thread::sleep(Duration::from_millis(120));
    assert_eq!(router.sessions("amina"), []);
    assert_eq!(router.connect("nobody"), None);
    router.connect_by_radius("amina@estate", "default").unwrap();
    let row = router.sessions("amina@estate").remove(0);
    assert!(row.is("radius") && router.secret("amina@estate").is_none());
    router.remove_by_hand("/ppp/active", "amina@estate").unwrap();
    soon("comes back by itself", || router.sessions("amina@estate").len() == 1);
}

#[test]
fn a_profile_with_a_rate_gives_each_session_a_dynamic_queue() {
    let router = router_of(Version::new(7, 16, 1));
    router.add_profile("home-5", Some("5M/5M")).unwrap();
    router
        .add_secret(&NewSecret {
            profile: "home-5",
            ..NewSecret::named("amina")
        })
        .unwrap();
    router.connect("amina").unwrap();
    let queue = router.queue("<pppoe-amina>").unwrap();
    assert!(queue.is("dynamic") && queue.value("max-limit") == Some("5000000/5000000"));
    router.hang_up("amina");
    assert_eq!(router.queue("<pppoe-amina>"), None);
}

#[test]
fn a_reboot_ends_all_sessions_closes_the_port_and_gives_old_ids_to_others() {
    let router = small_site();
    let mut peer = Peer::logged_in(&router);
    assert!(peer.ask(&["/system/resource/print"])[0].contains("1w2d"));
    router.fault(weir::sim::faults::Fault::new(weir::sim::faults::FaultKind::WrongClock(
        jiff::civil::date(1970, 1, 2).at(0, 0, 0, 0),
    )));
    assert_eq!(
        peer.ask(&["/system/clock/print"]).len(),
        2,
        "a fault that shuts no door leaves connections alone"
    );
    assert_eq!(router.sessions("amina")[0].id, "*80000000");
    router.reboot();
    assert!(peer.is_closed());
    assert!(Peer::connect(router.addr()).is_err(), "refused while it boots");
    assert_eq!(router.session_count(), 0);
    soon("it is back", || Peer::connect(router.addr()).is_ok());
    let uptime = Peer::logged_in(&router).ask(&["/system/resource/print", "=.proplist=uptime"])[0].clone();
    assert!(
        ["!re =uptime=0s", "!re =uptime=1s"].contains(&uptime.as_str()),
        "{uptime}"
    );
    soon("the clients are back", || router.session_count() == 2);
    assert_eq!(router.sessions("baraka")[0].id, "*80000000");
}

#[test]
fn a_client_can_reboot_the_router() {
    let router = small_site();
    let mut peer = Peer::logged_in(&router);
    assert_eq!(peer.ask(&["/system/reboot"]), ["!done"]);
    assert!(peer.is_closed());
    soon("the clients are back", || router.session_count() == 2);
}
