//! Rows: printing, asking, setting, and the refusals.

use weir::sim::faults::{Fault, FaultKind};
use weir::sim::options::{Options, Version};
use weir::sim::router::SimRouter;
use weir::sim::rows::NewSecret;

use super::peer::{Peer, router_of, small_site};

#[test]
fn a_print_gives_what_was_asked_for_and_leaves_out_what_a_row_lacks() {
    let router = small_site();
    router
        .set_by_hand("/ppp/secret", "baraka", &[("comment", b"caf\xe9".as_slice())])
        .unwrap();
    let mut peer = Peer::logged_in(&router);
    let cases: &[(&[&str], &[&str])] = &[
        (&["?name=amina"], &["!re =.id=*1 =name=amina =disabled=false", "!done"]),
        (&["?name=Amina"], &["!done"]),
        (
            &["?disabled=yes"],
            &["!re =.id=*3 =name=chausiku =disabled=true", "!done"],
        ),
        (
            &["?name=chausiku", "?name=amina", "?#|"],
            &[
                "!re =.id=*1 =name=amina =disabled=false",
                "!re =.id=*3 =name=chausiku =disabled=true",
                "!done",
            ],
        ),
        (
            &["?.id=*2"],
            &["!re =.id=*2 =name=baraka =disabled=false =comment=caf\u{fffd}", "!done"],
        ),
        (
            &["?-comment", "?>name=b"],
            &["!re =.id=*3 =name=chausiku =disabled=true", "!done"],
        ),
        (
            &["?name=amina", "?#!", "?disabled=false"],
            &["!re =.id=*2 =name=baraka =disabled=false =comment=caf\u{fffd}", "!done"],
        ),
        (&["=count-only="], &["!done =ret=3"]),
        (&["?#|"], &["!trap =category=1 =message=invalid query", "!done"]),
        (
            &["=nonsense=1"],
            &["!trap =category=1 =message=unknown parameter nonsense", "!done"],
        ),
    ];
    for (words, expected) in cases {
        let mut sentence = vec!["/ppp/secret/print", "=.proplist=.id,name,disabled,comment"];
        sentence.extend_from_slice(words);
        assert_eq!(peer.ask(&sentence), *expected, "{words:?}");
    }
}

#[test]
fn nothing_found_is_said_since_7_18_and_tagged() {
    for (version, expected) in [
        (Version::new(7, 18, 0), vec!["!empty .tag=3", "!done .tag=3"]),
        (Version::new(7, 17, 2), vec!["!done .tag=3"]),
        (Version::new(6, 49, 10), vec!["!done .tag=3"]),
    ] {
        let router = router_of(version);
        let mut peer = Peer::logged_in(&router);
        assert_eq!(
            peer.ask(&["/ppp/secret/print", "?name=x", ".tag=3"]),
            expected,
            "{version:?}"
        );
    }
}

#[test]
fn what_is_not_there_is_refused_with_the_category_that_the_release_knows() {
    let router = small_site();
    let mut peer = Peer::logged_in(&router);
    let cases: &[(&[&str], &str)] = &[
        (
            &["/ppp/secret/set", "=.id=*FF", "=disabled=yes"],
            "=category=0 =message=no such item (4)",
        ),
        (
            &["/ppp/secret/set", "=.id=*ZZ", "=disabled=yes"],
            "=category=0 =message=no such item (4)",
        ),
        (
            &["/ppp/secret/set", "=.id=", "=disabled=yes"],
            "=category=0 =message=no such item",
        ),
        (&["/ppp/secret/remove"], "=category=0 =message=no such item"),
        (
            &["/ppp/secret/set", "=.id=*1", "=disabled=maybe"],
            "=category=1 =message=invalid value for argument disabled",
        ),
        (
            &["/ppp/secret/set", "=.id=*1", "=profile=none"],
            "=category=1 =message=input does not match any value of profile",
        ),
        (
            &["/ppp/secret/set", "=.id=*1", "=colour=red"],
            "=category=1 =message=unknown parameter colour",
        ),
        (
            &["/ppp/secret/set", "=.id=*1", "=name=baraka"],
            "=message=failure: secret with the same name already exists",
        ),
        (
            &["/ppp/secret/add", "=name=amina"],
            "=message=failure: secret with the same name already exists",
        ),
        (&["/ppp/secret/add"], "=message=missing value(s) of argument(s) name"),
        (
            &["/ppp/active/set", "=.id=*80000000"],
            "=category=0 =message=no such command",
        ),
        (&["/ppp/secret/dance"], "=category=0 =message=no such command"),
        (
            &["/ppp/profile/remove", "=.id=default"],
            "=message=failure: cannot remove default profile",
        ),
    ];
    for (words, expected) in cases {
        assert_eq!(
            peer.ask(words),
            [format!("!trap {expected}"), "!done".to_owned()],
            "{words:?}"
        );
    }
    for (words, last) in [(&["/ppp/nothing/print"], "nothing"), (&["print"], "")] {
        let first = format!("!trap =category=0 =message=no such command or directory ({last})");
        let second = "!trap =category=0 =message=no such command prefix".to_owned();
        assert_eq!(peer.ask(words), [first, second, "!done".to_owned()], "{words:?}");
    }
    let six = router_of(Version::new(6, 49, 10));
    let mut peer = Peer::logged_in(&six);
    for (words, expected) in [
        (&["/ppp/secret/set", "=.id=*FF"][..], "no such item"),
        (&["/ppp/nothing/print"], "no such command prefix"),
        (&["/ppp/secret/add", "=colour=red"], "unknown parameter"),
    ] {
        assert_eq!(peer.ask(words)[0].split_once("=message=").unwrap().1, expected);
        assert_eq!(six.counters().traps, six.counters().commands, "one each");
    }
    let old = router_of(Version::new(6, 40, 9));
    old.fault(Fault::new(FaultKind::Trap("failure: busy".to_owned())).at("/login"));
    let mut peer = Peer::connect(old.addr()).unwrap();
    assert_eq!(peer.ask(&["/login"]), ["!trap =message=failure: busy", "!done"]);
}

#[test]
fn rows_are_named_by_id_by_name_and_by_place_and_a_name_goes_before_a_place() {
    let router = small_site();
    let mut peer = Peer::logged_in(&router);
    assert_eq!(peer.ask(&["/ppp/secret/disable", "=numbers=*1,baraka"]), ["!done"]);
    assert!(router.secret("amina").unwrap().is("disabled") && router.secret("baraka").unwrap().is("disabled"));
    assert_eq!(
        peer.ask(&["/ppp/secret/enable", "=.id=0,2"]),
        ["!done"],
        "the first and the third"
    );
    assert!(!router.secret("amina").unwrap().is("disabled") && router.secret("baraka").unwrap().is("disabled"));
    router.add_secret(&NewSecret::named("1")).unwrap();
    assert_eq!(peer.ask(&["/ppp/secret/set", "=.id=1", "=comment=me"]), ["!done"]);
    assert_eq!(router.secret("1").unwrap().value("comment"), Some("me"));
    assert_eq!(router.secret("baraka").unwrap().value("comment"), None);
}

#[test]
fn when_one_of_a_list_is_unknown_those_before_it_stay_changed() {
    let router = small_site();
    let mut peer = Peer::logged_in(&router);
    let answer = peer.ask(&["/ppp/secret/set", "=.id=*1,*77,*2", "=profile=suspended"]);
    assert_eq!(answer, ["!trap =category=0 =message=no such item (4)", "!done"]);
    assert_eq!(router.secret("amina").unwrap().value("profile"), Some("suspended"));
    assert_eq!(router.secret("baraka").unwrap().value("profile"), Some("home-10"));
    assert_eq!(router.secret("amina").unwrap().changes, 1);
}

#[test]
fn an_added_row_says_its_id_and_lives_with_defaults() {
    let router = small_site();
    let mut peer = Peer::logged_in(&router);
    assert_eq!(
        peer.ask(&["/ppp/secret/add", "=name=dalila", "=password=a=b", "=comment="]),
        ["!done =ret=*4"]
    );
    let row = router.secret("dalila").unwrap();
    assert_eq!(
        (row.value("password"), row.value("profile"), row.value("comment")),
        (Some("a=b"), Some("default"), None)
    );
    assert_eq!(peer.ask(&["/ppp/secret/remove", "=.id=*4"]), ["!done"]);
    assert_eq!(router.secret("dalila"), None);
}

#[test]
fn rates_read_back_as_numbers_and_dynamic_queues_are_not_to_be_set() {
    let router = small_site();
    router.add_queue("estate-1", "10.0.0.5/32", "10M/10M", false).unwrap();
    router.add_queue("<pppoe-x>", "10.0.0.6/32", "5M/5M", true).unwrap();
    let mut peer = Peer::logged_in(&router);
    let print = ["/queue/simple/print", "=.proplist=name,max-limit", "?name=estate-1"];
    assert_eq!(
        peer.ask(&print),
        ["!re =name=estate-1 =max-limit=10000000/10000000", "!done"]
    );
    assert_eq!(
        peer.ask(&["/queue/simple/set", "=.id=estate-1", "=max-limit=1k/1k"]),
        ["!done"]
    );
    assert_eq!(peer.ask(&print), ["!re =name=estate-1 =max-limit=1000/1000", "!done"]);
    assert_eq!(
        peer.ask(&["/queue/simple/set", "=.id=estate-1", "=max-limit=1000/1000"]),
        ["!done"]
    );
    assert_eq!(router.counters().writes_that_changed_nothing, 1);
    let refused = ["!trap =message=failure: can not change dynamic item", "!done"];
    assert_eq!(
        peer.ask(&["/queue/simple/set", "=.id=<pppoe-x>", "=max-limit=1k/1k"]),
        refused
    );
    assert_eq!(
        router.queue("<pppoe-x>").unwrap().value("max-limit"),
        Some("5000000/5000000")
    );
    let answer = peer.ask(&["/queue/simple/set", "=.id=estate-1", "=max-limit=fast"]);
    assert_eq!(
        answer[0],
        "!trap =category=1 =message=invalid value for argument max-limit"
    );
}

#[test]
fn an_address_stands_on_a_list_once() {
    let router = small_site();
    let mut peer = Peer::logged_in(&router);
    let add = [
        "/ip/firewall/address-list/add",
        "=list=weir-suspended",
        "=address=10.0.0.5",
        "=comment=weir:amina",
    ];
    assert_eq!(peer.ask(&add), ["!done =ret=*1"]);
    assert_eq!(
        peer.ask(&add),
        ["!trap =message=failure: already have such entry", "!done"]
    );
    let other = ["/ip/firewall/address-list/add", "=list=MANAGEMENT", "=address=10.0.0.5"];
    assert_eq!(peer.ask(&other), ["!done =ret=*2"]);
    assert_eq!(router.address_list("weir-suspended").len(), 1);
    let print = [
        "/ip/firewall/address-list/print",
        "=.proplist=.id,address,dynamic",
        "?list=weir-suspended",
        "?address=10.0.0.5",
    ];
    assert_eq!(
        peer.ask(&print),
        ["!re =.id=*1 =address=10.0.0.5 =dynamic=false", "!done"]
    );
    assert_eq!(peer.ask(&["/ip/firewall/address-list/remove", "=.id=*1"]), ["!done"]);
    assert_eq!(router.address_list("weir-suspended"), []);
    assert_eq!(router.address_list("MANAGEMENT").len(), 1);
}

#[test]
fn the_router_tells_of_itself_as_its_release_does() {
    let seven = router_of(Version::new(7, 16, 1));
    let old = SimRouter::start(Options {
        version: Version::new(6, 49, 10),
        yes_no: true,
        ..Options::default()
    })
    .unwrap();
    for (router, version, uptime, date, flag, ntp) in [
        (
            &seven,
            "7.16.1 (stable)",
            "1w2d3h4m",
            "2027-01-10",
            "false",
            "=status=synchronized",
        ),
        (
            &old,
            "6.49.10 (long-term)",
            "1w2d03:04:",
            "jan/10/2027",
            "no",
            "=last-update-from=",
        ),
    ] {
        let mut peer = Peer::logged_in(router);
        let resource = peer.ask(&["/system/resource/print", "=.proplist=version,uptime"])[0].clone();
        assert!(resource.contains(version) && resource.contains(uptime), "{resource}");
        let clock = peer.ask(&["/system/clock/print"])[0].clone();
        assert!(clock.contains(&format!("=date={date} ")), "{clock}");
        assert!(
            clock.contains("=time=12:00:0") && clock.contains(&format!("=dst-active={flag}")),
            "{clock}"
        );
        assert!(peer.ask(&["/system/ntp/client/print"])[0].contains(ntp));
        assert!(peer.ask(&["/system/routerboard/print"])[0].contains("=serial-number=HG309K8ZZ41"));
        router.add_secret(&NewSecret::named("x")).unwrap();
        let row = peer.ask(&["/ppp/secret/print", "=.proplist=disabled"]);
        assert_eq!(row[0], format!("!re =disabled={flag}"));
    }
    seven.set_clock(jiff::civil::date(2028, 2, 29).at(23, 58, 0, 0));
    seven.fault(Fault::new(FaultKind::WrongClock(
        jiff::civil::date(1970, 1, 2).at(0, 0, 0, 0),
    )));
    let mut peer = Peer::logged_in(&seven);
    assert!(peer.ask(&["/system/clock/print"])[0].contains("=date=1970-01-02 "));
    seven.clear_faults();
    assert!(peer.ask(&["/system/clock/print"])[0].contains("=date=2028-02-29 "));
}

#[test]
fn counters_tell_what_the_clients_did() {
    let router = small_site();
    for number in 0..40 {
        router.add_secret(&NewSecret::named(&format!("u{number}"))).unwrap();
    }
    let mut peer = Peer::logged_in(&router);
    peer.ask(&["/ppp/secret/print", "=.proplist=name"]);
    peer.ask(&["/ppp/secret/print", "=.proplist=name", "?name=amina"]);
    peer.ask(&["/ppp/secret/set", "=.id=*1", "=disabled=yes"]);
    peer.ask(&["/ppp/secret/set", "=.id=*1", "=disabled=true"]);
    peer.ask(&["/ppp/secret/set", "=.id=*F1", "=disabled=true"]);
    let counts = router.counters();
    assert_eq!(
        (counts.connections, counts.open, counts.max_open, counts.logins),
        (1, 1, 1, 1)
    );
    assert_eq!(
        (
            counts.commands,
            counts.of("/ppp/secret/print"),
            counts.of("/ppp/secret/set")
        ),
        (5, 2, 3)
    );
    assert_eq!((counts.rows_sent, counts.full_table_prints, counts.traps), (44, 1, 1));
    let writes = (
        counts.commands_that_changed_state,
        counts.writes_that_changed_nothing,
        counts.writes_refused,
    );
    assert_eq!(writes, (1, 1, 1));
    router.reset_counters();
    assert_eq!((router.counters().commands, router.counters().open), (0, 1));
}
