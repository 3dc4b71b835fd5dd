//! Whatever comes in, the router stands; and it is quick enough to measure others against.

use std::time::Duration;

use weir::sim::options::{Options, Version};
use weir::sim::router::SimRouter;
use weir::sim::rows::NewSecret;

use super::peer::{Peer, sentence, small_site, soon};

#[test]
fn odd_bytes_and_odd_sentences_end_at_most_their_own_connection() {
    let router = small_site();
    let mut seed = 7_u32;
    let mut noise = || {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (seed >> 24) as u8
    };
    for _ in 0..40 {
        let mut peer = Peer::logged_in(&router);
        peer.backoff(Duration::from_millis(20));
        let bytes: Vec<u8> = (0..64).map(|_| noise()).collect();
        peer.write(&bytes);
        peer.hear();
    }
    let mut peer = Peer::logged_in(&router);
    let dots = format!("?#{}", ".".repeat(9000));
    let number = format!("?#{}", "9".repeat(60));
    for words in [
        &["/"][..],
        &["//"],
        &["/ppp/secret/print", "stray", "=", "==", "?", ".tag="],
        &["/ppp/secret/print", "?name", &dots],
        &["/ppp/secret/print", "?name", &number],
        &["/ppp/secret/print", "=.id=,,,"],
        &["/ppp/secret/set", "=.id=99999999999999999999999", "=disabled=yes"],
        &["/ppp/secret/set", "=.id=*99999999999999999999999", "=disabled=yes"],
        &["/queue/simple/add", "=name=q", "=max-limit=99999999999999999999M/1"],
        &["/cancel", "=tag=nothing"],
    ] {
        assert!(peer.ask(words).last().unwrap().starts_with("!done"), "{words:?}");
    }
    assert_eq!(peer.ask(&["/quit"]), ["!fatal session terminated on request"]);
    soon("all closed", || router.counters().open == 0);
}

#[test]
fn one_connection_too_many_is_turned_away() {
    let router = small_site();
    let mut peers: Vec<Peer> = (0..64).map(|_| Peer::logged_in(&router)).collect();
    assert!(Peer::connect(router.addr()).unwrap().is_closed());
    assert_eq!(router.counters().turned_away, 1);
    peers.pop();
    soon("there is room again", || router.counters().open == 63);
    Peer::logged_in(&router);
}

#[test]
fn a_port_can_be_had_again_by_the_next_router() {
    let first = small_site();
    let address = first.addr();
    let mut peer = Peer::logged_in(&first);
    first.stop();
    assert!(peer.is_closed());
    let second = SimRouter::start(Options {
        port: address.port(),
        ..Options::default()
    })
    .unwrap();
    assert_eq!(second.addr(), address);
    assert!(
        SimRouter::start(Options {
            port: address.port(),
            ..Options::default()
        })
        .is_err(),
        "taken"
    );
    Peer::logged_in(&second);
}

#[test]
fn ten_thousand_are_suspended_in_chunks_of_two_hundred() {
    let router = SimRouter::start(Options {
        version: Version::new(7, 18, 2),
        ..Options::default()
    })
    .unwrap();
    for number in 0..10_000 {
        router
            .add_secret(&NewSecret::named(&format!("user-{number:05}")))
            .unwrap();
    }
    assert_eq!(router.connect_all(), 10_000);
    let mut peer = Peer::logged_in(&router);
    for chunk in 0..50 {
        let names: Vec<String> = (0..200).map(|n| format!("?name=user-{:05}", chunk * 200 + n)).collect();
        let ors = format!("?#{}", "|".repeat(199));
        let by_name = |path: &'static str| {
            let mut words = vec![path, "=.proplist=.id"];
            words.extend(names.iter().map(String::as_str));
            words.push(&ors);
            words
        };
        let ids = |answer: Vec<String>| {
            assert_eq!(answer.len(), 201);
            let ids: Vec<&str> = answer
                .iter()
                .filter_map(|words| words.strip_prefix("!re =.id="))
                .collect();
            format!("=.id={}", ids.join(","))
        };
        let secrets = ids(peer.ask(&by_name("/ppp/secret/print")));
        assert_eq!(peer.ask(&["/ppp/secret/set", &secrets, "=disabled=yes"]), ["!done"]);
        let sessions = ids(peer.ask(&by_name("/ppp/active/print")));
        assert_eq!(peer.ask(&["/ppp/active/remove", &sessions]), ["!done"]);
    }
    assert_eq!(router.session_count(), 0);
    assert_eq!(
        (router.counters().commands, router.counters().full_table_prints),
        (200, 0)
    );
}

#[test]
fn commands_that_come_all_at_once_are_all_answered() {
    let router = small_site();
    let mut peer = Peer::logged_in(&router);
    let mut stream = Vec::new();
    for tag in 0..2000 {
        stream.extend(sentence(&[
            "/ppp/secret/print",
            "=.proplist=name",
            "?name=amina",
            &format!(".tag={tag}"),
        ]));
    }
    peer.write(&stream);
    for tag in 0..2000 {
        assert_eq!(peer.hear().unwrap(), format!("!re .tag={tag} =name=amina"));
        assert_eq!(peer.hear().unwrap(), format!("!done .tag={tag}"));
    }
}
