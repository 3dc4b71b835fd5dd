//! Africa's Talking and Twilio, as they are asked and as they answer.

use weir::config::gateways::{GatewayConfig, GatewayKind};

use super::peer::{Peer, answer, gateway, parts, sent};

fn africas_talking(port: u16) -> GatewayConfig {
    gateway(GatewayKind::AfricasTalking {
        username: "weir".to_owned(),
        sender: Some("WEIR&CO".to_owned()),
        url: Some(format!("http://127.0.0.1:{port}/")),
    })
}

fn twilio(port: u16) -> GatewayConfig {
    gateway(GatewayKind::Twilio {
        account: "AC1".to_owned(),
        from: "+15550001".to_owned(),
        url: Some(format!("http://127.0.0.1:{port}")),
    })
}

const TEXT: &str = "pay%20%22now%22%0D%0A%7B%7Bsecret%7D%7D%20%5C%20%C3%A9";

#[test]
fn africas_talking_is_asked_by_a_form_with_its_key() {
    let yes = "{\"SMSMessageData\":{\"Message\":\"Sent to 1/1\",\"Recipients\":[{\"statusCode\":101,\"number\":\"+254700000001\",\
               \"status\":\"Success\",\"cost\":\"KES 0.8000\",\"messageId\":\"ATXid_1\"}]}}";
    let peer = Peer::answering(answer("201 Created", yes));
    assert_eq!(
        parts(sent(&africas_talking(peer.port))),
        ("taken", "ATXid_1".to_owned())
    );
    let heard = &peer.heard(1)[0];
    assert!(heard.starts_with("POST /version1/messaging HTTP/1.1\r\n"), "{heard}");
    let head = heard.to_ascii_lowercase();
    for line in [
        "apikey: k\"é/1 &+42\r\n",
        "accept: application/json\r\n",
        "content-type: application/x-www-form-urlencoded",
    ] {
        assert!(head.contains(line), "{line} {heard}");
    }
    assert!(
        heard.ends_with(&format!(
            "username=weir&to=%2B254700000001&message={TEXT}&from=WEIR%26CO"
        )),
        "{heard}"
    );
}

#[test]
fn twilio_is_asked_by_a_form_with_its_account() {
    let yes = "{\"sid\":\"SM1\",\"status\":\"queued\",\"error_code\":null,\"error_message\":null}";
    let peer = Peer::answering(answer("201 Created", yes));
    assert_eq!(parts(sent(&twilio(peer.port))), ("taken", "SM1 queued".to_owned()));
    let heard = &peer.heard(1)[0];
    assert!(
        heard.starts_with("POST /2010-04-01/Accounts/AC1/Messages.json HTTP/1.1\r\n"),
        "{heard}"
    );
    let login = "basic qumxomsiw6kvmsamkzqy";
    assert!(
        heard.to_ascii_lowercase().contains(&format!("authorization: {login}")),
        "{heard}"
    );
    assert!(
        heard.ends_with(&format!("To=%2B254700000001&From=%2B15550001&Body={TEXT}")),
        "{heard}"
    );
}

#[test]
fn a_status_of_success_is_not_enough() {
    let at =
        |code: &str| format!("{{\"SMSMessageData\":{{\"Message\":\"InsufficientBalance\",\"Recipients\":[{code}]}}}}");
    type Gateway = fn(u16) -> GatewayConfig;
    let cases: Vec<(Gateway, Vec<u8>, &str, &str)> = vec![
        (
            africas_talking,
            answer("201 Created", &at("")),
            "refused",
            "InsufficientBalance",
        ),
        (
            africas_talking,
            answer("200 OK", &at("{\"statusCode\":405,\"status\":\"X\"}")),
            "refused",
            "405 X",
        ),
        (
            africas_talking,
            answer("200 OK", &at("{\"statusCode\":401}")),
            "unknown",
            "holds",
        ),
        (
            africas_talking,
            answer("201 Created", &at("{\"statusCode\":10")),
            "unknown",
            "not JSON",
        ),
        (
            africas_talking,
            answer("200 OK", "<html>hello</html>"),
            "unknown",
            "not JSON",
        ),
        (
            africas_talking,
            answer("401 No", "The supplied authentication is invalid"),
            "refused",
            "authentication",
        ),
        (africas_talking, answer("301 Moved", ""), "refused", "301"),
        (
            africas_talking,
            answer("500 Oops", &at("{\"statusCode\":101}")),
            "refused",
            "500",
        ),
        (
            twilio,
            answer("200 OK", "{\"code\":30001,\"message\":\"Queue overflow\"}"),
            "refused",
            "Queue overflow",
        ),
        (
            twilio,
            answer(
                "201 Created",
                "{\"sid\":\"SM1\",\"status\":\"failed\",\"error_code\":21610}",
            ),
            "refused",
            "21610",
        ),
        (
            twilio,
            answer("201 Created", "{\"sid\":\"SM1\",\"stat"),
            "unknown",
            "not JSON",
        ),
        (
            twilio,
            answer("400 Bad", "{\"code\":21211,\"message\":\"not valid\"}"),
            "refused",
            "21211",
        ),
        (
            twilio,
            answer("201 Created", &"x".repeat(70_000)),
            "unknown",
            "more than 65536 bytes",
        ),
    ];
    for (config, bytes, verdict, words) in cases {
        let peer = Peer::answering(bytes);
        let got = parts(sent(&config(peer.port)));
        assert_eq!(got.0, verdict, "{got:?}");
        assert!(got.1.contains(words), "{got:?}");
    }
}

#[test]
fn a_key_in_a_login_that_comes_back_is_not_shown() {
    let peer = Peer::answering(answer("401 No", "you sent Basic QUMxOmsiw6kvMSAmKzQy, which is wrong"));
    let (verdict, why) = parts(sent(&twilio(peer.port)));
    assert_eq!(verdict, "refused");
    assert!(why.contains("(secret)") && !why.contains("w6kvMSAmKzQy"), "{why}");
}
