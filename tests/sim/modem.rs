//! The modem of the simulated router.

use weir::sim::faults::{Fault, FaultKind};
use weir::sim::options::Options;
use weir::sim::router::SimRouter;
use weir::sim::sent_sms::SentSms;

use super::peer::Peer;

const SEND: &str = "/tool/sms/send";
const TO: &str = "=phone-number=+254700000001";

fn sent(router: &SimRouter) -> Vec<String> {
    router.messages().into_iter().map(|sms| sms.message).collect()
}

#[test]
fn a_message_goes_out_and_is_kept_in_order() {
    let router = SimRouter::start(Options::default()).unwrap();
    let mut peer = Peer::logged_in(&router);
    assert_eq!(peer.ask(&[SEND, "=port=lte1", TO, "=message=one"]), ["!done"]);
    assert_eq!(peer.ask(&[SEND, "=port=lte1", TO, "=message=two {€}"]), ["!done"]);
    let first = SentSms {
        port: "lte1".to_owned(),
        to: "+254700000001".to_owned(),
        message: "one".to_owned(),
    };
    assert_eq!(router.messages()[0], first);
    assert_eq!(sent(&router), ["one", "two {€}"]);
}

#[test]
fn what_a_modem_cannot_send_is_refused_and_not_sent() {
    let router = SimRouter::start(Options::default()).unwrap();
    let mut peer = Peer::logged_in(&router);
    let long = format!("=message={}", "x".repeat(161));
    let escaped = format!("=message={}", "[".repeat(81));
    for (words, said) in [
        (
            vec![SEND, "=port=usb1", TO, "=message=a"],
            "input does not match any value of port",
        ),
        (
            vec![SEND, "=port=lte1", "=phone-number=me", "=message=a"],
            "phone-number",
        ),
        (
            vec![SEND, "=port=lte1", "=message=a"],
            "missing value(s) of argument(s) phone-number",
        ),
        (vec![SEND, "=port=lte1", TO, "=message=ш"], "cannot encode"),
        (vec![SEND, "=port=lte1", TO, "=message=`"], "cannot encode"),
        (vec![SEND, "=port=lte1", TO, &long], "too long"),
        (vec![SEND, "=port=lte1", TO, &escaped], "too long"),
    ] {
        let answer = peer.ask(&words);
        assert!(answer[0].starts_with("!trap") && answer[0].contains(said), "{answer:?}");
    }
    assert_eq!(sent(&router), [""; 0]);
    let bare = SimRouter::start(Options {
        modem: None,
        ..Options::default()
    })
    .unwrap();
    let answer = Peer::logged_in(&bare).ask(&[SEND, "=port=lte1", TO, "=message=a"]);
    assert!(
        answer[0].contains("input does not match any value of port"),
        "{answer:?}"
    );
}

#[test]
fn faults_tell_apart_what_went_and_what_was_said() {
    let message = [SEND, "=port=lte1", TO, "=message=a"];
    for (kind, goes, answer) in [
        (
            FaultKind::Trap("failure: no response from modem".to_owned()),
            false,
            Some("!trap"),
        ),
        (FaultKind::TrapDone("timeout".to_owned()), true, Some("!trap")),
        (FaultKind::Lost, true, None),
        (FaultKind::Close, false, None),
    ] {
        let router = SimRouter::start(Options::default()).unwrap();
        let mut peer = Peer::logged_in(&router);
        router.fault(Fault::new(kind.clone()).at(SEND));
        let heard = peer.ask(&message);
        assert_eq!(heard.first().map(|sentence| &sentence[..5]), answer, "{kind:?}");
        assert_eq!(sent(&router).len(), usize::from(goes), "{kind:?}");
    }
}
