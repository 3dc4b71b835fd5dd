//! A mail server, fault by fault.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::time::{Duration, Instant};

use weir::config::gateways::{GatewayKind, SmtpSecurity};
use weir::gateways::handover::send;
use weir::gateways::parcel::{Attachment, Parcel};
use weir::gateways::verdict::GatewayVerdict;
use weir::model::secret::Secret;

use super::peer::{Peer, SECRET, gateway, parts};

/// What a server does when it hears a line that begins so; `None` closes.
type Script = Vec<(&'static str, Option<&'static str>)>;

const OFFERS: &str = "250-mail.example\r\n250-8BITMIME\r\n250 AUTH PLAIN LOGIN";

fn usual() -> Script {
    vec![
        ("", Some("220 mail.example ESMTP")),
        ("EHLO", Some(OFFERS)),
        ("AUTH", Some("235 welcome")),
        ("MAIL", Some("250 ok")),
        ("RCPT", Some("250 ok")),
        ("DATA", Some("354 go on")),
        (".", Some("250 2.0.0 queued as 7")),
        ("QUIT", Some("221 bye")),
    ]
}

fn but(verb: &'static str, says: Option<&'static str>) -> Script {
    let mut script = usual();
    for line in &mut script {
        if line.0 == verb {
            line.1 = says;
        }
    }
    script
}

fn server(script: Script) -> Peer {
    Peer::play(move |stream, text| {
        let answer = |heard: &str| {
            let fits =
                |line: &&(&str, Option<&'static str>)| line.0 == heard || heard.starts_with(&format!("{} ", line.0));
            script.iter().find(fits).map_or(Some("500 what?"), |line| line.1)
        };
        let mut reader = BufReader::new(stream.try_clone().unwrap());
        let say = |stream: &mut TcpStream, words: &str| stream.write_all(format!("{words}\r\n").as_bytes()).is_ok();
        let Some(greeting) = script[0].1 else { return };
        say(stream, greeting);
        let mut in_data = false;
        let mut line = String::new();
        while reader.read_line(&mut line).unwrap_or(0) > 0 {
            text.push_str(&line);
            let heard = line.trim_end().to_owned();
            line.clear();
            if in_data && heard != "." {
                continue;
            }
            in_data = heard == "DATA";
            match answer(&heard) {
                // A word that is never said.
                Some("...") => std::thread::sleep(Duration::from_secs(3)),
                Some(words) => {
                    say(stream, words);
                }
                None => return,
            }
        }
    })
}

const MAIL: Parcel<'static> = Parcel {
    to: "owner@example.org",
    text: "Router core is down.\n.\nSince 09:00, née.",
    subject: "Weir:\r\nBcc: all@example.org",
    attachment: None,
};

fn mail(port: u16, security: SmtpSecurity, host: &str, login: bool) -> GatewayVerdict {
    let config = gateway(GatewayKind::Smtp {
        host: host.to_owned(),
        port,
        security,
        username: login.then(|| "weir".to_owned()),
        from: "weir@example.org".to_owned(),
    });
    send(&config, Some(&Secret::new(SECRET.as_bytes().to_vec())), &MAIL)
}

fn ask(script: Script) -> (&'static str, String) {
    let peer = server(script);
    let started = Instant::now();
    let got = parts(mail(peer.port, SmtpSecurity::None, "127.0.0.1", true));
    assert!(started.elapsed() < Duration::from_millis(2_500), "{got:?}");
    assert!(!got.1.contains(SECRET) && got.1.len() <= 300, "{got:?}");
    got
}

#[test]
fn a_message_is_handed_in_once_with_date_and_number() {
    let peer = server(usual());
    let got = parts(mail(peer.port, SmtpSecurity::None, "127.0.0.1", true));
    assert_eq!(got, ("taken", "250 2.0.0 queued as 7".to_owned()));
    let heard = &peer.heard(1)[0];
    for line in [
        "MAIL FROM:<weir@example.org>",
        "RCPT TO:<owner@example.org>\r\n",
        "\r\nFrom: weir@example.org\r\n",
        "\r\nTo: owner@example.org\r\n",
        "\r\nDate: ",
        "@example.org>\r\n",
        "\r\nMessage-ID: <",
        "Router core is down.",
    ] {
        assert!(heard.contains(line), "{line}: {heard}");
    }
    assert!(!heard.contains("\r\nBcc"), "{heard}");
    assert_eq!(heard.matches("DATA\r\n").count(), 1);
}

#[test]
fn a_file_goes_with_it() {
    let peer = server(usual());
    let config = gateway(GatewayKind::Smtp {
        host: "127.0.0.1".to_owned(),
        port: peer.port,
        security: SmtpSecurity::None,
        username: None,
        from: "weir@example.org".to_owned(),
    });
    let bytes = vec![b'<'; 300_000];
    let parcel = Parcel {
        attachment: Some(Attachment {
            name: "report.html",
            media_type: "text/html",
            bytes: &bytes,
        }),
        ..MAIL
    };
    assert_eq!(parts(send(&config, None, &parcel)).0, "taken");
    let heard = &peer.heard(1)[0];
    assert!(heard.contains("multipart/mixed") && heard.contains("filename=\"report.html\""));
    assert!(heard.len() > 300_000 && !heard.contains("AUTH"));
}

#[test]
fn what_is_refused_in_words_was_not_taken() {
    for (verb, says, words) in [
        ("", Some("421 4.3.2 too busy"), "too busy"),
        ("", Some("554 go away"), "go away"),
        ("EHLO", Some("502 what"), "what"),
        (
            "AUTH",
            Some("535 5.7.8 authentication failed"),
            "check `username` and the secret",
        ),
        ("MAIL", Some("451 later"), "later"),
        ("RCPT", Some("450 4.7.1 greylisted"), "greylisted"),
        ("RCPT", Some("550 5.1.1 no such mailbox"), "no such mailbox"),
        ("DATA", Some("452 full"), "full"),
        (".", Some("452 4.2.2 mailbox full"), "mailbox full"),
        (".", Some("554 spam"), "spam"),
    ] {
        let got = ask(but(verb, says));
        assert_eq!(got.0, "refused", "{verb} {got:?}");
        assert!(got.1.contains(words), "{verb} {got:?}");
    }
}

#[test]
fn a_conversation_that_ends_before_the_message_has_sent_nothing() {
    for verb in ["", "EHLO", "AUTH", "MAIL", "RCPT", "DATA"] {
        let got = ask(but(verb, None));
        assert_eq!(got.0, "refused", "closed at {verb}: {got:?}");
        let got = ask(but(verb, Some(if verb.is_empty() { "noise" } else { "..." })));
        assert_eq!(got.0, "refused", "silent at {verb}: {got:?}");
    }
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    assert_eq!(parts(mail(port, SmtpSecurity::None, "127.0.0.1", false)).0, "refused");
    let mute = Peer::play(|_, _| std::thread::sleep(Duration::from_secs(3)));
    let (verdict, why) = parts(mail(mute.port, SmtpSecurity::None, "127.0.0.1", false));
    assert_eq!(verdict, "refused", "{why}");
}

#[test]
fn a_conversation_that_ends_after_it_is_unknown() {
    for says in [None, Some("..."), Some("noise"), Some("354 go on and on"), Some("999")] {
        let got = ask(but(".", says));
        let expected = if says == Some("354 go on and on") {
            "taken"
        } else {
            "unknown"
        };
        assert_eq!(got.0, expected, "{says:?} {got:?}");
    }
    // Closed in the middle of the message.
    let peer = Peer::play(|stream, text| {
        let mut reader = BufReader::new(stream.try_clone().unwrap());
        for words in ["220 hi", OFFERS, "250 ok", "250 ok", "354 go on"] {
            stream.write_all(format!("{words}\r\n").as_bytes()).unwrap();
            reader.read_line(text).unwrap();
        }
    });
    let got = parts(mail(peer.port, SmtpSecurity::None, "127.0.0.1", false));
    assert_eq!(got.0, "unknown", "{got:?}");
}

#[test]
fn a_server_that_drips_holds_nobody_up() {
    let peer = Peer::play(|stream, _| {
        for _ in 0..40 {
            if stream.write_all(b"2").is_err() {
                break;
            }
            std::thread::sleep(Duration::from_millis(100));
        }
    });
    let started = Instant::now();
    let (verdict, why) = parts(mail(peer.port, SmtpSecurity::None, "127.0.0.1", false));
    assert!(started.elapsed() < Duration::from_secs(2));
    assert_eq!((verdict, why.as_str()), ("refused", "no answer within 1 s"));
}

#[test]
fn nothing_is_said_in_the_clear_that_was_to_be_protected() {
    let peer = server(usual());
    let (verdict, why) = parts(mail(peer.port, SmtpSecurity::StartTls, "127.0.0.1", true));
    assert_eq!(verdict, "refused");
    assert!(why.contains("does not offer STARTTLS"), "{why}");
    let heard = &peer.heard(1)[0];
    assert!(!heard.contains("AUTH") && !heard.contains("MAIL"), "{heard}");
    let (verdict, why) = parts(mail(peer.port, SmtpSecurity::None, "192.0.2.1", true));
    assert_eq!(verdict, "refused");
    assert!(why.contains("over a secure connection"), "{why}");
}
