//! A gateway that an owner described, fault by fault.

use std::io::Write;
use std::net::TcpListener;
use std::time::{Duration, Instant};

use weir::config::gateways::{GatewayKind, HttpGateway};

use super::peer::{Peer, SECRET, answer, described, gateway, parts, request, sent};

fn ask(http: HttpGateway) -> (&'static str, String) {
    let started = Instant::now();
    let got = parts(sent(&gateway(GatewayKind::Http(http))));
    assert!(started.elapsed() < Duration::from_secs(5), "{got:?}");
    assert!(got.1.len() <= 300 && !got.1.chars().any(char::is_control), "{got:?}");
    assert!(!got.1.contains(SECRET) && !got.1.contains("k%22"), "{got:?}");
    got
}

fn answered(bytes: impl Into<Vec<u8>>) -> (&'static str, String) {
    let peer = Peer::answering(bytes);
    let got = ask(described(peer.port));
    assert_eq!(peer.heard(1).len(), 1, "asked once, and nothing followed");
    got
}

#[test]
fn the_request_is_as_described_and_the_connection_is_not_kept() {
    let peer = Peer::answering(answer("200 OK", "{\"status\":\"queued\",\"id\":7}"));
    let got = ask(described(peer.port));
    assert_eq!(got, ("taken", "{\"status\":\"queued\",\"id\":7}".to_owned()));
    let heard = &peer.heard(1)[0];
    assert!(
        heard.starts_with("POST /send?to=%2B254700000001 HTTP/1.1\r\n"),
        "{heard}"
    );
    let lower = heard.to_ascii_lowercase();
    assert!(
        lower.contains("connection: close\r\n") && !lower.contains("accept-encoding: gzip"),
        "{heard}"
    );
    assert!(heard.contains(&format!("Bearer {SECRET}\r\n")), "{heard}");
    assert!(
        heard.ends_with("{\"to\":\"+254700000001\",\"message\":\"pay \\\"now\\\"\\r\\n{{secret}} \\\\ é\"}"),
        "{heard}"
    );
    for _ in 0..3 {
        assert_eq!(ask(described(peer.port)).0, "taken", "a new connection each time");
    }
    assert_eq!(peer.heard(4).len(), 4);
}

#[test]
fn a_form_and_a_get_are_escaped_for_their_place() {
    let peer = Peer::answering(answer("200 OK", "queued"));
    let form = HttpGateway {
        headers: Vec::new(),
        body: Some("to={{to}}&text={{text}}".to_owned()),
        ..described(peer.port)
    };
    assert_eq!(ask(form).0, "taken");
    let get = HttpGateway {
        url: format!(
            "http://127.0.0.1:{}/?k={{{{secret}}}}&t={{{{text}}}}&n={{{{to}}}}",
            peer.port
        ),
        method: "GET".to_owned(),
        headers: Vec::new(),
        body: None,
        ..described(peer.port)
    };
    assert_eq!(ask(get).0, "taken");
    let heard = peer.heard(2);
    let text = "pay%20%22now%22%0D%0A%7B%7Bsecret%7D%7D%20%5C%20%C3%A9";
    assert!(
        heard[0].ends_with(&format!("to=%2B254700000001&text={text}")),
        "{}",
        heard[0]
    );
    assert!(
        heard[0]
            .to_ascii_lowercase()
            .contains("content-type: application/x-www-form-urlencoded")
    );
    assert!(
        heard[1].starts_with("GET /?k=k%22%C3%A9%2F1%20%26%2B42&t=pay%20"),
        "{}",
        heard[1]
    );
}

#[test]
fn what_a_whole_answer_says() {
    for (bytes, verdict, words) in [
        (answer("202 Accepted", "queued"), "taken", "queued"),
        (answer("200 OK", "{\"error\":\"no credit\"}"), "refused", "no credit"),
        (answer("200 OK", ""), "refused", "status 200"),
        (answer("400 Bad", "bad number"), "refused", "bad number"),
        (answer("401 No", "queued"), "refused", "check the secret"),
        (answer("500 Oops", "queued"), "refused", "500"),
        (answer("503 Busy", "later"), "refused", "later"),
        (b"HTTP/1.0 200 OK\r\n\r\nqueued".to_vec(), "taken", "queued"),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nque\r\n3\r\nued\r\n0\r\n\r\n".to_vec(),
            "taken",
            "queued",
        ),
    ] {
        let got = answered(bytes);
        assert_eq!(got.0, verdict, "{got:?}");
        assert!(got.1.contains(words), "{got:?}");
    }
}

#[test]
fn a_redirect_is_a_refusal_and_nobody_goes_there() {
    let elsewhere = Peer::answering(answer("200 OK", "queued"));
    for status in ["301 Moved", "302 Found", "303 See", "307 Temporary", "308 Permanent"] {
        let bytes = format!(
            "HTTP/1.1 {status}\r\nLocation: http://127.0.0.1:{}/x?k=k%22%C3%A9%2F1%20%26%2B42\r\nContent-Length: 0\r\n\r\n",
            elsewhere.port
        );
        let (verdict, why) = answered(bytes);
        assert_eq!(verdict, "refused");
        assert!(
            why.contains(&format!("`http://127.0.0.1:{}/x`", elsewhere.port)),
            "{why}"
        );
    }
    assert_eq!(elsewhere.heard(0).len(), 0);
}

#[test]
fn what_breaks_off_after_the_request_is_unknown() {
    for bytes in [
        Vec::new(),
        b"HTTP/1.1 200 OK\r\nContent-Le".to_vec(),
        b"HTTP/1.1 200 OK\r\nContent-Length: 60\r\n\r\n{\"status\":\"queued\"".to_vec(),
        b"HTTP/1.1 500 Oops\r\nContent-Length: 60\r\n\r\nno".to_vec(),
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n6\r\nqueued\r\n".to_vec(),
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nqueued\r\n".to_vec(),
        (128..=255).cycle().take(512).collect::<Vec<u8>>(),
        b"220 mail.example.org ESMTP\r\n".to_vec(),
        format!("HTTP/1.1 200 OK\r\nX: {}\r\n\r\nqueued", "x".repeat(70_000)).into_bytes(),
    ] {
        let start = String::from_utf8_lossy(&bytes).chars().take(40).collect::<String>();
        let got = answered(bytes);
        assert_eq!(got.0, "unknown", "{start:?}: {got:?}");
    }
}

#[test]
fn an_answer_in_the_wrong_encoding_breaks_nothing() {
    let bytes = [
        &b"HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-16\r\nContent-Length: 12\r\n\r\n"[..],
        b"\xff\xfe queued \x80\x00",
    ]
    .concat();
    let (verdict, words) = answered(bytes);
    assert_eq!(verdict, "taken");
    assert!(words.contains("queued"), "{words}");
    assert_eq!(
        answered(b"HTTP/1.1 200 OK\r\nContent-Type: x/\xff\r\nContent-Length: 2\r\n\r\n\xff\xfe".to_vec()).0,
        "refused"
    );
}

#[test]
fn an_endless_answer_is_read_to_its_limit_and_no_further() {
    let head = |status: &str, start: &str| {
        let mut bytes = format!("HTTP/1.1 {status}\r\nContent-Length: 10000000\r\n\r\n{start}").into_bytes();
        bytes.resize(bytes.len() + 10_000_000 - start.len(), b'x');
        bytes
    };
    for (bytes, verdict) in [
        (head("200 OK", "{\"status\":\"queued\"}"), "taken"),
        (head("200 OK", "no"), "unknown"),
        (head("500 Oops", "queued"), "unknown"),
    ] {
        assert_eq!(answered(bytes).0, verdict);
    }
    let peer = Peer::answering(head("200 OK", ""));
    let bare = HttpGateway {
        success_body_contains: None,
        ..described(peer.port)
    };
    assert_eq!(ask(bare).0, "unknown", "no words of success were named");
}

#[test]
fn a_gateway_that_never_answers_or_drips_is_given_up_in_time() {
    let silent = Peer::play(|stream, text| {
        *text = request(stream);
        std::thread::sleep(Duration::from_secs(3));
    });
    let (verdict, why) = ask(described(silent.port));
    assert_eq!(
        (verdict, why.contains("no answer within 1 s")),
        ("unknown", true),
        "{why}"
    );
    for bytes in [answer("200 OK", "queued and more"), answer("500 Oops", "no")] {
        let drips = Peer::play(move |stream, text| {
            *text = request(stream);
            for byte in &bytes {
                if stream.write_all(&[*byte]).is_err() {
                    break;
                }
                std::thread::sleep(Duration::from_millis(100));
            }
        });
        let (verdict, why) = ask(described(drips.port));
        assert_eq!(verdict, "unknown", "{why}");
    }
}

#[test]
fn a_server_that_takes_the_connection_and_closes_has_perhaps_read_it() {
    let early = Peer::play(|_, _| ());
    assert_eq!(ask(described(early.port)).0, "unknown");
    let after = Peer::play(|stream, text| *text = request(stream));
    assert_eq!(ask(described(after.port)).0, "unknown");
    assert_eq!(after.heard(1).len(), 1);
}

#[test]
fn what_cannot_be_connected_or_written_was_not_sent() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let (verdict, why) = ask(described(port));
    assert_eq!((verdict, why.starts_with("not sent: ")), ("refused", true), "{why}");
    let peer = Peer::answering(answer("200 OK", "queued"));
    for url in [
        "http://no-such-host.invalid/".to_owned(),
        format!("http://127.0.0.1:{}/é^\u{7f}<>", peer.port),
        "http://:0".to_owned(),
        "gopher://127.0.0.1/".to_owned(),
    ] {
        let got = ask(HttpGateway {
            url: url.clone(),
            ..described(peer.port)
        });
        assert_eq!(got.0, "refused", "{url}: {got:?}");
    }
    assert_eq!(peer.heard(0).len(), 0);
}

#[test]
fn a_secret_that_comes_back_is_not_shown() {
    let text = format!("queued; you are {SECRET} and k%22%C3%A9%2F1%20%26%2B42");
    let (verdict, words) = answered(answer("200 OK", &text));
    assert_eq!(
        (verdict, words.as_str()),
        ("taken", "queued; you are (secret) and (secret)")
    );
    let (verdict, words) = answered(answer("403 No", &format!("bad key {SECRET}")));
    assert_eq!(verdict, "refused");
    assert!(words.ends_with("bad key (secret)"), "{words}");
}

#[test]
fn a_success_whose_body_names_an_error_is_nobody_knows_what() {
    for (body, verdict) in [
        ("{\"status\":\"error\",\"error\":\"no credit\"}", "unknown"),
        ("{\"success\":false}", "unknown"),
        ("{\"Error\":{\"code\":7}}", "unknown"),
        ("ERR: 102", "unknown"),
        ("Failed", "unknown"),
        (
            "{\"status\":\"ok\",\"error\":null,\"errors\":[],\"error_code\":0}",
            "taken",
        ),
        ("OK 7", "taken"),
        ("", "taken"),
    ] {
        let peer = Peer::answering(answer("200 OK", body));
        let bare = HttpGateway {
            success_body_contains: None,
            ..described(peer.port)
        };
        assert_eq!(ask(bare).0, verdict, "{body}");
    }
}
