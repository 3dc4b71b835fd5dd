//! A router's clock, word by word, and by the simulated router.

use weir::routers::clock::{self, Keeping, RouterClock};

use super::peer::{Peer, in_time};

const CLOCK: &str = "/system/clock/print";
const MANUAL: &str = "/system/clock/manual/print";
const NTP: &str = "/system/ntp/client/print";
const CLOUD: &str = "/ip/cloud/print";
const LACKING: &str = "!trap =category=0 =message=no such command prefix";

/// Plays one reading: what each of the four menus answers.
async fn read(answers: [&'static str; 4]) -> RouterClock {
    let (mut session, playing) = Peer::after_login(move |mut peer| async move {
        for (menu, answer) in [CLOCK, MANUAL, NTP, CLOUD].into_iter().zip(answers) {
            peer.exchange(menu, &[answer]).await;
        }
        assert!(peer.hear().await.0.is_empty(), "nothing more is said");
    })
    .await;
    let read = in_time(clock::read(&mut session)).await.unwrap();
    drop(session);
    in_time(playing).await.unwrap();
    read
}

fn not(why: &str) -> Keeping {
    Keeping::Not(why.to_owned())
}

fn shown(clock: &RouterClock) -> Option<String> {
    clock.shows.map(|instant| instant.rfc3339())
}

#[tokio::test]
async fn one_batch_reads_date_zone_and_who_keeps_the_clock() {
    let seven = read([
        "!re =time=12:00:00 =date=2027-03-01 =time-zone-name=America/St_Johns =gmt-offset=-03:30 =dst-active=false",
        "!re =time-zone=+00:00 =dst-delta=+00:00",
        "!re =enabled=true =mode=unicast =servers=192.0.2.1 =status=synchronized =synced-server=192.0.2.1",
        "!re =ddns-enabled=auto =update-time=true",
    ])
    .await;
    assert_eq!(shown(&seven).as_deref(), Some("2027-03-01T15:30:00.000Z"));
    assert_eq!(seven.keeping, Keeping::Synchronised);
    assert_eq!(seven.told, "2027-03-01 12:00:00 -03:30 America/St_Johns");
    let by_hand = read([
        "!re =time=00:01:07 =date=jan/02/1970 =time-zone-name=manual",
        "!re =time-zone=+03:00 =dst-delta=+00:00",
        "!re =enabled=yes =mode=unicast =dynamic-servers=192.0.2.1 =poll-interval=16s =active-server=192.0.2.1",
        LACKING,
    ])
    .await;
    assert_eq!(shown(&by_hand).as_deref(), Some("1970-01-01T21:01:07.000Z"));
    assert_eq!(by_hand.keeping, not("its NTP client is not synchronised"));
}

#[tokio::test]
async fn a_router_without_these_menus_is_no_failure() {
    let bare = read([LACKING; 4]).await;
    assert_eq!((bare.shows, bare.keeping), (None, not("it has no NTP client")));
    assert_eq!(bare.told, "no clock: `no such command prefix`");
    let garbage =
        "!re =date=\u{1b}[2J =time=99:99:99 =gmt-offset=* =status=\u{7} =enabled=2 =update-time= =time-zone=x";
    let read = read([garbage; 4]).await;
    assert_eq!(read.shows, None);
    assert_eq!(read.keeping, not("it does not report whether its NTP client is on"));
    assert_eq!(read.told, "\\u{1b}[2J 99:99:99 *");
}

/// The simulated router as the client sees it.
#[cfg(feature = "sim")]
mod simulated {
    use jiff::Timestamp;
    use weir::model::secret::Secret;
    use weir::routers::session::{Endpoint, Session};
    use weir::sim::faults::{Fault, FaultKind};
    use weir::sim::options::{Options, Version};
    use weir::sim::router::SimRouter;

    use super::*;

    /// How late a reading may be, in milliseconds: a second that is cut off, and a slow machine.
    const LATE_MS: i64 = 10_000;

    const SIX: Version = Version::new(6, 40, 9);
    const SEVEN: Version = Version::new(7, 18, 0);

    fn start(options: Options) -> SimRouter {
        SimRouter::start(options).unwrap()
    }

    async fn clock_of(router: &SimRouter) -> RouterClock {
        let endpoint = Endpoint {
            host: "127.0.0.1".into(),
            port: router.addr().port(),
            username: "weir".into(),
        };
        let mut session = Session::open(&endpoint, &Secret::new(b"sim-password".to_vec()))
            .await
            .unwrap();
        let clock = in_time(clock::read(&mut session)).await.unwrap();
        session.close().await;
        clock
    }

    /// By how many milliseconds a clock is ahead of this text, the seconds that a test takes left aside.
    fn late(clock: &RouterClock, than: Timestamp) -> i64 {
        clock.shows.unwrap().millis() - than.as_millisecond()
    }

    #[tokio::test]
    async fn both_majors_are_read_to_the_second_in_any_zone() {
        for version in [SIX, Version::new(6, 49, 10), Version::new(7, 9, 0), SEVEN] {
            for (gmt_offset, yes_no) in [
                ("+03:00", false),
                ("-03:30", true),
                ("19800", false),
                ("4294956496", true),
            ] {
                let router = start(Options {
                    version,
                    gmt_offset: gmt_offset.to_owned(),
                    yes_no,
                    ..Options::default()
                });
                let at: Timestamp = "2031-12-31T23:59:00Z".parse().unwrap();
                router.set_instant(at);
                let clock = clock_of(&router).await;
                assert!((0..LATE_MS).contains(&late(&clock, at)), "{version:?} {clock:?}");
                assert_eq!(clock.keeping, Keeping::Synchronised, "{version:?}");
                router.set_ntp(false);
                let status = if version.major == 7 { " (`waiting`)" } else { "" };
                let unkept = clock_of(&router).await.keeping;
                assert_eq!(unkept, not(&format!("its NTP client is not synchronised{status}")));
                router.set_ntp(true);
                assert_eq!(clock_of(&router).await.keeping, Keeping::Synchronised);
            }
        }
    }

    #[tokio::test]
    async fn a_wrong_clock_is_read_as_it_stands() {
        let router = start(Options {
            version: SIX,
            ntp_synchronised: false,
            ..Options::default()
        });
        for ahead_s in [0, 86_400 * 400, -3_600] {
            router.follow_host(ahead_s);
            let (before, clock) = (Timestamp::now(), clock_of(&router).await);
            let ahead_ms = late(&clock, before) - ahead_s * 1_000;
            assert!((-1_000..LATE_MS).contains(&ahead_ms), "{ahead_s}: {clock:?}");
        }
        router.fault(Fault::new(FaultKind::WrongClock(
            jiff::civil::date(1970, 1, 2).at(0, 0, 7, 0),
        )));
        let clock = clock_of(&router).await;
        let booted: Timestamp = "1970-01-01T21:00:07Z".parse().unwrap();
        assert!((0..LATE_MS).contains(&late(&clock, booted)), "{clock:?}");
        assert!(clock.told.starts_with("jan/02/1970 00:00:"), "{}", clock.told);
    }

    #[tokio::test]
    async fn without_an_ntp_client_only_the_cloud_keeps_the_clock() {
        for version in [SIX, SEVEN] {
            for (ntp_menu, why) in [(false, "it has no NTP client"), (true, "its NTP client is off")] {
                let router = start(Options {
                    version,
                    ntp_menu,
                    ntp_enabled: false,
                    ..Options::default()
                });
                assert_eq!(clock_of(&router).await.keeping, not(why));
                router.set_cloud_time(true);
                assert_eq!(clock_of(&router).await.keeping, Keeping::Synchronised);
                router.set_instant(Timestamp::UNIX_EPOCH);
                assert_eq!(clock_of(&router).await.keeping, not(why), "nobody has set it yet");
            }
        }
    }
}
