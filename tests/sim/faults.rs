//! Faults on request, as a client meets them.

use std::time::{Duration, Instant};

use weir::sim::faults::{Fault, FaultKind};
use weir::sim::options::Options;
use weir::sim::router::SimRouter;

use super::peer::{Peer, small_site, soon};

const PRINT: [&str; 3] = ["/ppp/secret/print", "=.proplist=name", ".tag=1"];
const SET: [&str; 3] = ["/ppp/secret/set", "=.id=*1", "=disabled=yes"];

fn disabled(router: &SimRouter) -> bool {
    router.secret("amina").unwrap().is("disabled")
}

#[test]
fn a_refused_port_is_closed_and_opens_again_as_the_same() {
    let router = small_site();
    let mut peer = Peer::logged_in(&router);
    router.fault(Fault::new(FaultKind::Refuse));
    assert!(peer.is_closed());
    assert!(Peer::connect(router.addr()).is_err());
    router.clear_faults();
    Peer::logged_in(&router);
    router.unplug();
    assert!(Peer::connect(router.addr()).is_err());
    router.plug_in();
    assert_eq!(Peer::logged_in(&router).ask(&PRINT).len(), 4);
}

#[test]
fn a_connection_may_be_silent_or_reset_and_the_next_one_is_not() {
    let router = small_site();
    router.fault(Fault::new(FaultKind::Silent));
    let mut peer = Peer::connect(router.addr()).unwrap();
    peer.backoff(Duration::from_millis(400));
    assert_eq!(peer.ask(&["/login", "=name=weir", "=password=sim-password"]), [""; 0]);
    assert!(!peer.is_closed());
    router.fault(Fault::new(FaultKind::Reset));
    assert!(Peer::connect(router.addr()).unwrap().is_closed());
    Peer::logged_in(&router);
}

#[test]
fn a_hanging_command_is_not_done_holds_up_nobody_and_can_be_cancelled() {
    let router = small_site();
    let mut peer = Peer::logged_in(&router);
    router.fault(Fault::new(FaultKind::Hang).at("/ppp/secret/set"));
    peer.send(&["/ppp/secret/set", "=.id=*1", "=disabled=yes", ".tag=7"]);
    assert_eq!(
        peer.ask(&["/system/identity/print", ".tag=8"]),
        ["!re .tag=8 =name=MikroTik", "!done .tag=8"]
    );
    assert!(!disabled(&router));
    peer.send(&["/cancel", "=tag=7", ".tag=9"]);
    assert_eq!(
        peer.hear_all(),
        ["!trap .tag=7 =category=2 =message=interrupted", "!done .tag=7"]
    );
    assert_eq!(peer.hear_all(), ["!done .tag=9"]);
}

/// A fault, what is still heard of a print, and whether a set would be done.
fn endings() -> Vec<(FaultKind, Vec<&'static str>, bool)> {
    let row = "!re .tag=1 =name=amina";
    vec![
        (FaultKind::Close, vec![], false),
        (FaultKind::Lost, vec![], true),
        (FaultKind::CloseMidWord, vec![], true),
        (FaultKind::Cut { sentences: 1 }, vec![row], true),
        (FaultKind::Cut { sentences: 0 }, vec![], true),
        (
            FaultKind::Fatal("session terminated on request".to_owned()),
            vec!["!fatal session terminated on request"],
            false,
        ),
        (FaultKind::Reboot, vec![], false),
    ]
}

#[test]
fn a_connection_can_end_before_in_and_after_an_answer() {
    for (kind, expected, done) in endings() {
        let router = small_site();
        let mut peer = Peer::logged_in(&router);
        router.fault(Fault::new(kind.clone()).at("/ppp/secret/print"));
        assert_eq!(peer.ask(&PRINT), expected, "{kind:?}");
        assert!(peer.is_closed(), "{kind:?}");
        soon("it is there again", || Peer::connect(router.addr()).is_ok());
        let mut peer = Peer::logged_in(&router);
        router.fault(Fault::new(kind.clone()).at("/ppp/secret/set"));
        peer.send(&SET);
        peer.rest();
        assert_eq!(disabled(&router), done, "{kind:?}");
        assert_eq!(router.counters().faults_fired, 2, "{kind:?}");
    }
}

#[test]
fn a_word_that_is_cut_off_is_cut_in_its_middle() {
    let router = small_site();
    let mut peer = Peer::logged_in(&router);
    router.fault(Fault::new(FaultKind::CloseMidWord));
    peer.send(&SET);
    assert_eq!(peer.rest(), b"\x05!don");
}

#[test]
fn half_an_answer_leaves_the_connection_open_and_silent() {
    let router = small_site();
    let mut peer = Peer::logged_in(&router);
    router.fault(Fault::new(FaultKind::Half));
    peer.send(&PRINT);
    peer.backoff(Duration::from_millis(400));
    let heard = peer.rest();
    // Three rows of 19 bytes and the name, an end of 14: half of all.
    let all = 3 * 19 + "aminabarakachausiku".len() + 14;
    assert_eq!(heard.len(), all / 2, "{}", String::from_utf8_lossy(&heard));
    assert!(!peer.is_closed());
}

#[test]
fn an_answer_can_be_spoiled_in_many_ways() {
    let rows = [
        "!re .tag=1 =name=amina",
        "!re .tag=1 =name=baraka",
        "!re .tag=1 =name=chausiku",
    ];
    let cases: Vec<(FaultKind, Vec<String>)> = [
        (
            FaultKind::UnknownReply,
            vec![
                "!notice .tag=1 =message=nobody knows this word",
                rows[0],
                rows[1],
                rows[2],
                "!done .tag=1",
            ],
        ),
        (
            FaultKind::DuplicateRows,
            vec![rows[0], rows[0], rows[1], rows[1], rows[2], rows[2], "!done .tag=1"],
        ),
        (FaultKind::NoRows, vec!["!done .tag=1"]),
        (
            FaultKind::NoTag,
            vec!["!re =name=amina", "!re =name=baraka", "!re =name=chausiku", "!done"],
        ),
        (
            FaultKind::Trap("failure: busy".to_owned()),
            vec!["!trap .tag=1 =category=4 =message=failure: busy", "!done .tag=1"],
        ),
        (
            FaultKind::Denied,
            vec!["!trap .tag=1 =message=not enough permissions (9)", "!done .tag=1"],
        ),
        (FaultKind::Drip(1), vec![rows[0], rows[1], rows[2], "!done .tag=1"]),
    ]
    .into_iter()
    .map(|(kind, sentences)| (kind, sentences.into_iter().map(str::to_owned).collect()))
    .collect();
    let router = small_site();
    let mut peer = Peer::logged_in(&router);
    for (kind, expected) in cases {
        router.fault(Fault::new(kind.clone()).at("/ppp/secret/*"));
        assert_eq!(peer.ask(&PRINT), expected, "{kind:?}");
    }
    router.fault(Fault::new(FaultKind::WrongTag));
    assert_eq!(peer.ask(&PRINT)[3], "!done .tag=nobody");
    router.fault(Fault::new(FaultKind::DoneTwice));
    peer.ask(&PRINT);
    assert_eq!(peer.hear().unwrap(), "!done .tag=1");
    assert_eq!(peer.ask(&PRINT).len(), 4, "all spent");
}

#[test]
fn noise_and_impossible_lengths_come_before_the_answer() {
    for (kind, head) in [
        (FaultKind::HugeLength, &b"\xf0\xff\xff\xff\xf0"[..]),
        (FaultKind::Garbage, &b"\x9c\x07\xfe"[..]),
    ] {
        let router = small_site();
        let mut peer = Peer::logged_in(&router);
        router.fault(Fault::new(kind));
        peer.send(&PRINT);
        peer.backoff(Duration::from_millis(400));
        assert!(peer.rest().starts_with(head));
    }
}

#[test]
fn an_answer_can_be_late() {
    let router = small_site();
    let mut peer = Peer::logged_in(&router);
    router.fault(Fault::new(FaultKind::Delay(120)));
    let start = Instant::now();
    assert_eq!(peer.ask(&PRINT).len(), 4);
    assert!(start.elapsed() >= Duration::from_millis(120));
}

#[test]
fn every_answer_takes_the_time_of_its_way() {
    let latency = Duration::from_millis(40);
    let router = SimRouter::start(Options {
        latency,
        ..Options::default()
    })
    .unwrap();
    let start = Instant::now();
    let mut peer = Peer::logged_in(&router);
    peer.ask(&PRINT);
    assert!(start.elapsed() >= 2 * latency);
}

#[test]
fn a_fault_meets_the_nth_command_of_its_path_as_often_as_asked() {
    let router = small_site();
    let mut peer = Peer::logged_in(&router);
    router.fault(
        Fault::new(FaultKind::Trap("failure: busy".to_owned()))
            .at("/ppp/secret/set")
            .nth(2)
            .times(2),
    );
    let refused: Vec<bool> = (0..4).map(|_| peer.ask(&SET).len() == 2).collect();
    assert_eq!(refused, [false, true, true, false]);
    router.fault(Fault::new(FaultKind::Denied).times(0));
    assert_eq!(peer.ask(&PRINT).len(), 4, "without a path only writes are meant");
    assert_eq!((0..5).filter(|_| peer.ask(&SET).len() == 2).count(), 5);
    router.clear_faults();
    assert_eq!(peer.ask(&SET), ["!done"]);
}

#[test]
fn answers_to_several_commands_can_be_mixed_and_each_keeps_its_order() {
    let router = small_site();
    let mut peer = Peer::logged_in(&router);
    router.fault(Fault::new(FaultKind::Shuffle));
    for tag in 0..8 {
        peer.send(&["/ppp/secret/print", "=.proplist=name", &format!(".tag={tag}")]);
    }
    let heard: Vec<String> = (0..32).map(|_| peer.hear().unwrap()).collect();
    for tag in 0..8 {
        let of: Vec<&String> = heard
            .iter()
            .filter(|words| words.contains(&format!(".tag={tag}")))
            .collect();
        assert_eq!(of.len(), 4);
        assert!(
            of[0].ends_with("amina") && of[2].ends_with("chausiku") && of[3].starts_with("!done"),
            "{of:?}"
        );
    }
    let tags: Vec<&str> = heard
        .iter()
        .map(|words| &words[words.find(".tag=").unwrap() + 5..][..1])
        .collect();
    let turns = tags.windows(2).filter(|pair| pair[0] != pair[1]).count();
    assert!(turns > 7, "in turn would change the tag seven times: {tags:?}");
}
