//! A message by a router's modem, by the simulated router.

use weir::model::secret::Secret;
use weir::routers::session::{Endpoint, Session, SessionLimits};
use weir::routers::sms::{self, SmsError};
use weir::sim::faults::{Fault, FaultKind};
use weir::sim::options::Options;
use weir::sim::router::SimRouter;

use super::peer::{Peer, WAIT, impatient, in_time};

const SEND: &str = "/tool/sms/send";
const TO: &str = "+254700000001";

fn endpoint(router: &SimRouter) -> Endpoint {
    Endpoint {
        host: "127.0.0.1".into(),
        port: router.addr().port(),
        username: "weir".into(),
    }
}

async fn hand_over(router: &SimRouter, port: &str, text: &str) -> Result<(), SmsError> {
    let secret = Secret::new(b"sim-password".to_vec());
    in_time(sms::hand_over(&endpoint(router), &secret, port, TO, text)).await
}

#[tokio::test]
async fn a_message_goes_by_a_connection_of_its_own() {
    let router = SimRouter::start(Options::default()).unwrap();
    hand_over(&router, "lte1", "Router core is down: né [1]").await.unwrap();
    let sent = router.messages();
    assert_eq!(sent.len(), 1);
    assert_eq!(
        (sent[0].to.as_str(), sent[0].message.as_str()),
        (TO, "Router core is down: né [1]")
    );
    assert_eq!(router.counters().connections, 1);
}

#[tokio::test]
async fn a_refusal_means_that_nothing_went_and_unknown_that_it_may_have() {
    let failure = || "failure: no response from modem".to_owned();
    for (kind, gone) in [
        (FaultKind::Trap(failure()), false),
        (FaultKind::TrapDone(failure()), true),
        (FaultKind::TrapDone("timeout".to_owned()), true),
        (FaultKind::Lost, true),
        (FaultKind::Close, false),
        (FaultKind::Cut { sentences: 0 }, true),
        (FaultKind::Fatal("going down".to_owned()), false),
        (FaultKind::NoTag, true),
    ] {
        let router = SimRouter::start(Options::default()).unwrap();
        router.fault(Fault::new(kind.clone()).at(SEND));
        let got = hand_over(&router, "lte1", "hello").await;
        assert!(matches!(got, Err(SmsError::Unknown(_))), "{kind:?}: {got:?}");
        assert_eq!(router.messages().len(), usize::from(gone), "{kind:?}");
        assert_eq!(router.counters().of(SEND), 1, "never sent again: {kind:?}");
    }
    let sure = [
        (
            FaultKind::Trap("no such command prefix".to_owned()),
            "cannot send messages",
        ),
        (FaultKind::Denied, "give the user's group the right `test`"),
    ];
    for (kind, words) in sure {
        let router = SimRouter::start(Options::default()).unwrap();
        router.fault(Fault::new(kind).at(SEND));
        let Err(SmsError::Refused(why)) = hand_over(&router, "lte1", "hello").await else {
            panic!("a refusal")
        };
        assert!(why.contains(words), "{why}");
    }
    let router = SimRouter::start(Options::default()).unwrap();
    let got = hand_over(&router, "usb1", "hello").await;
    assert!(
        matches!(&got, Err(SmsError::Refused(why)) if why.contains("check `port`")),
        "{got:?}"
    );
}

#[tokio::test]
async fn a_router_that_cannot_be_talked_to_has_sent_nothing() {
    let router = SimRouter::start(Options::default()).unwrap();
    router.fault(Fault::new(FaultKind::LoginRefused));
    assert!(matches!(
        hand_over(&router, "lte1", "a").await,
        Err(SmsError::Refused(_))
    ));
    router.unplug();
    assert!(matches!(
        hand_over(&router, "lte1", "a").await,
        Err(SmsError::Refused(_))
    ));
    router.plug_in();
    let long = hand_over(&router, "lte1", &"x".repeat(600)).await;
    assert!(matches!(long, Err(SmsError::Refused(_))), "{long:?}");
    assert_eq!(router.counters().of(SEND), 0);
}

#[tokio::test]
async fn a_modem_that_never_answers_is_waited_for_so_long_and_is_unknown() {
    let router = SimRouter::start(Options::default()).unwrap();
    router.fault(Fault::new(FaultKind::Hang).at(SEND));
    let secret = Secret::new(b"sim-password".to_vec());
    let limits = SessionLimits {
        wait: WAIT,
        ..sms::limits()
    };
    let mut session = Session::open_within(&endpoint(&router), &secret, limits).await.unwrap();
    let got = in_time(sms::send(&mut session, "lte1", TO, "hello")).await;
    assert!(
        matches!(&got, Err(SmsError::Unknown(why)) if why.contains("no answer")),
        "{got:?}"
    );
    assert_eq!(sms::limits().wait.as_secs(), 90);
}

#[tokio::test]
async fn the_command_is_as_routers_take_it() {
    let (mut session, playing) = Peer::after_login_within(impatient(), |mut peer| async move {
        peer.exchange(
            "/tool/sms/send =port=usb1 =phone-number=+254700000001 =message=a = b",
            &[],
        )
        .await;
    })
    .await;
    sms::send(&mut session, "usb1", TO, "a = b").await.unwrap();
    drop(session);
    in_time(playing).await.unwrap();
}
