//! Both logins, and what comes before one.

use md5::{Digest, Md5};
use weir::sim::faults::{Fault, FaultKind};
use weir::sim::options::{Account, Options, Version};
use weir::sim::router::SimRouter;

use super::peer::{Peer, router_of};

fn respond(ret: &str, password: &str) -> String {
    let challenge = (0..ret.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&ret[at..at + 2], 16).unwrap());
    let hashed: Vec<u8> = [0].into_iter().chain(password.bytes()).chain(challenge).collect();
    let digest: String = Md5::digest(hashed).iter().map(|byte| format!("{byte:02x}")).collect();
    format!("=response=00{digest}")
}

fn challenge(answer: &[String]) -> String {
    let [done] = answer else { panic!("{answer:?}") };
    done.strip_prefix("!done =ret=").unwrap().to_owned()
}

#[test]
fn before_6_43_a_password_is_answered_with_a_challenge_and_the_challenge_opens() {
    let router = router_of(Version::new(6, 42, 0));
    let mut peer = Peer::connect(router.addr()).unwrap();
    let ret = challenge(&peer.ask(&["/login", "=name=weir", "=password=sim-password"]));
    assert_eq!(ret.len(), 32);
    let response = respond(&ret, "sim-password");
    assert_eq!(peer.ask(&["/login", "=name=weir", &response]), ["!done"]);
    assert_eq!(peer.ask(&["/system/identity/print"]), ["!re =name=MikroTik", "!done"]);
    assert_eq!((router.counters().logins, router.counters().failed_logins), (1, 0));
}

#[test]
fn a_challenge_opens_once_and_only_on_its_own_connection() {
    let router = router_of(Version::new(6, 42, 0));
    let mut one = Peer::connect(router.addr()).unwrap();
    let mut other = Peer::connect(router.addr()).unwrap();
    let response = respond(&challenge(&one.ask(&["/login"])), "sim-password");
    other.ask(&["/login"]);
    let refused = ["!trap =message=cannot log in", "!done"];
    assert_eq!(other.ask(&["/login", "=name=weir", &response]), refused);
    assert_eq!(one.ask(&["/login", "=name=weir", &response]), ["!done"]);
    assert_eq!(one.ask(&["/login", "=name=weir", &response]), refused, "spent");
}

#[test]
fn between_6_43_and_6_45_1_both_ways_open_and_later_only_the_password() {
    for (version, challenges) in [(Version::new(6, 45, 1), true), (Version::new(6, 49, 10), false)] {
        let router = router_of(version);
        let mut peer = Peer::connect(router.addr()).unwrap();
        let bare = peer.ask(&["/login"]);
        assert_eq!(bare[0].starts_with("!done =ret="), challenges, "{bare:?}");
        Peer::logged_in(&router);
    }
}

#[test]
fn a_wrong_password_is_refused_and_the_right_one_may_follow() {
    let router = router_of(Version::new(7, 16, 1));
    let mut peer = Peer::connect(router.addr()).unwrap();
    for (name, password) in [("weir", "wrong"), ("nobody", "sim-password"), ("Weir", "sim-password")] {
        let answer = peer.ask(&["/login", &format!("=name={name}"), &format!("=password={password}")]);
        assert_eq!(answer, ["!trap =message=invalid user name or password (6)", "!done"]);
    }
    assert_eq!(peer.ask(&["/login", "=name=weir", "=password=sim-password"]), ["!done"]);
    assert_eq!((router.counters().logins, router.counters().failed_logins), (1, 3));
}

#[test]
fn a_login_can_be_refused_on_request() {
    let router = router_of(Version::new(7, 16, 1));
    router.fault(Fault::new(FaultKind::LoginRefused));
    let mut peer = Peer::connect(router.addr()).unwrap();
    assert_eq!(peer.ask(&["/login", "=name=weir", "=password=sim-password"]).len(), 2);
    assert_eq!(peer.ask(&["/login", "=name=weir", "=password=sim-password"]), ["!done"]);
}

#[test]
fn a_command_before_the_login_ends_the_connection() {
    let router = router_of(Version::new(7, 16, 1));
    let mut peer = Peer::connect(router.addr()).unwrap();
    assert_eq!(peer.ask(&["/ppp/secret/print"]), ["!fatal not logged in"]);
    assert!(peer.is_closed());
    assert_eq!(router.counters().commands, 0);
}

#[test]
fn one_who_may_not_write_is_told_so() {
    let viewer = Account {
        writes: false,
        ..Account::new("viewer", "look-only")
    };
    let router = SimRouter::start(Options {
        accounts: vec![viewer],
        ..Options::default()
    })
    .unwrap();
    let mut peer = Peer::connect(router.addr()).unwrap();
    assert_eq!(peer.ask(&["/login", "=name=viewer", "=password=look-only"]), ["!done"]);
    assert_eq!(peer.ask(&["/ppp/secret/print"]), ["!done"]);
    let answer = peer.ask(&["/ppp/secret/add", "=name=x"]);
    assert_eq!(answer, ["!trap =message=not enough permissions (9)", "!done"]);
    assert_eq!(router.rows("/ppp/secret").unwrap(), []);
}
