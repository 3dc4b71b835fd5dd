//! The clock that a test moves, and what the router says about who keeps it.

use jiff::Timestamp;
use jiff::civil::DateTime;
use weir::sim::options::{Options, Version};
use weir::sim::router::SimRouter;

use super::peer::Peer;

fn start(options: Options) -> SimRouter {
    SimRouter::start(options).unwrap()
}

/// What an answer has under a name.
fn value<'a>(answer: &'a str, name: &str) -> Option<&'a str> {
    answer
        .split(' ')
        .find_map(|word| word.strip_prefix('=')?.strip_prefix(name)?.strip_prefix('='))
}

/// The local time that the router shows.
fn shown(peer: &mut Peer) -> DateTime {
    let clock = peer.ask(&["/system/clock/print"])[0].clone();
    let text = format!("{}T{}", value(&clock, "date").unwrap(), value(&clock, "time").unwrap());
    text.parse().unwrap()
}

#[test]
fn the_clock_is_the_hosts_with_an_offset_that_a_test_states_and_changes() {
    let router = start(Options {
        gmt_offset: "-03:30".to_owned(),
        ..Options::default()
    });
    let mut peer = Peer::logged_in(&router);
    for ahead_s in [0, 7_200, -86_400 * 365] {
        router.follow_host(ahead_s);
        let zone = jiff::tz::Offset::from_seconds(-12_600).unwrap();
        let expected = zone.to_datetime(Timestamp::now()).duration_until(shown(&mut peer));
        let off_s = expected.as_secs() - ahead_s;
        assert!((-2..=10).contains(&off_s), "{ahead_s}: {off_s}");
    }
}

#[test]
fn a_clock_set_to_an_instant_shows_it_at_its_offset_and_runs_on() {
    let router = start(Options::default());
    let mut peer = Peer::logged_in(&router);
    router.set_instant("2030-01-01T20:59:59.5Z".parse().unwrap());
    let start = jiff::civil::date(2030, 1, 1).at(23, 59, 59, 0);
    let first = start.duration_until(shown(&mut peer)).as_secs();
    assert!((0..10).contains(&first), "{first}");
    std::thread::sleep(std::time::Duration::from_millis(1_100));
    let second = start.duration_until(shown(&mut peer)).as_secs();
    assert!(second > first && second < first + 10, "{first} {second}");
}

#[test]
fn ntp_is_written_as_the_release_does_and_goes_with_the_switch() {
    for (version, running, kept) in [
        (Version::new(6, 49, 10), "poll-interval", "last-update-before"),
        (Version::new(7, 18, 0), "status", "synced-server"),
    ] {
        let router = start(Options {
            version,
            ..Options::default()
        });
        let mut peer = Peer::logged_in(&router);
        for synchronised in [true, false, true] {
            router.set_ntp(synchronised);
            let row = peer.ask(&["/system/ntp/client/print"])[0].clone();
            assert!(value(&row, running).is_some(), "{row}");
            assert_eq!(value(&row, kept).is_some(), synchronised, "{row}");
            assert_eq!(value(&row, "enabled"), Some("true"), "{row}");
        }
        let off = start(Options {
            version,
            ntp_enabled: false,
            ..Options::default()
        });
        let row = Peer::logged_in(&off).ask(&["/system/ntp/client/print"])[0].clone();
        assert_eq!(
            (value(&row, "enabled"), value(&row, kept)),
            (Some("false"), None),
            "{row}"
        );
    }
}

#[test]
fn a_router_can_lack_the_ntp_menu_and_have_the_clouds_time() {
    let router = start(Options {
        version: Version::new(6, 49, 10),
        ntp_menu: false,
        ..Options::default()
    });
    let mut peer = Peer::logged_in(&router);
    let answer = peer.ask(&["/system/ntp/client/print"]);
    assert!(answer[0].contains("no such command prefix"), "{answer:?}");
    for on in [false, true, false] {
        router.set_cloud_time(on);
        let row = peer.ask(&["/ip/cloud/print"])[0].clone();
        assert_eq!(value(&row, "update-time"), Some(if on { "true" } else { "false" }));
        assert_eq!(value(&row, "public-address").is_some(), on, "{row}");
    }
    let manual = peer.ask(&["/system/clock/manual/print"])[0].clone();
    assert_eq!(value(&manual, "time-zone"), Some("+00:00"));
}
