//! Protected connections: who may vouch for a server.

use std::io::Write;
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use weir::config::gateways::{GatewayConfig, GatewayKind, HttpGateway, SmtpSecurity};

use super::peer::{Peer, answer, described, gateway, parts, request, sent};

fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/gateways/files")
        .join(name)
}

fn protect(stream: &mut TcpStream) -> StreamOwned<ServerConnection, TcpStream> {
    let certificates = CertificateDer::pem_file_iter(file("server.pem")).unwrap();
    let key = PrivateKeyDer::from_pem_file(file("server-key.pem")).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(certificates.map(Result::unwrap).collect(), key)
        .unwrap();
    let connection = ServerConnection::new(Arc::new(config)).unwrap();
    StreamOwned::new(connection, stream.try_clone().unwrap())
}

fn over_https(host: &str, ca_file: Option<PathBuf>) -> (&'static str, String, Vec<String>) {
    let peer = Peer::play(|stream, text| {
        let mut stream = protect(stream);
        *text = request(&mut stream);
        if !text.is_empty() {
            stream.write_all(&answer("200 OK", "queued")).unwrap();
            stream.conn.send_close_notify();
            stream.flush().unwrap();
        }
    });
    let http = HttpGateway {
        url: format!("https://{host}:{}/send?to={{{{to}}}}", peer.port),
        ..described(peer.port)
    };
    let config = GatewayConfig {
        ca_file,
        timeout_s: 5,
        ..gateway(GatewayKind::Http(http))
    };
    let (verdict, words) = parts(sent(&config));
    (verdict, words, peer.heard(1))
}

#[test]
fn a_certificate_that_nobody_vouches_for_gets_no_byte_of_the_request() {
    let wrong = [
        over_https("127.0.0.1", None),
        over_https("127.0.0.1", Some(file("server-key.pem"))),
        over_https("127.0.0.1", Some(file("no-such-file.pem"))),
    ];
    for (verdict, why, heard) in wrong {
        assert_eq!(verdict, "refused", "{why}");
        assert!(why.starts_with("not sent: "), "{why}");
        assert!(heard.iter().all(String::is_empty), "{heard:?}");
    }
}

#[test]
fn the_owners_own_authority_is_enough() {
    for host in ["127.0.0.1", "localhost"] {
        let (verdict, words, heard) = over_https(host, Some(file("authority.pem")));
        assert_eq!((verdict, words.as_str()), ("taken", "queued"), "{words}");
        assert!(heard[0].starts_with("POST /send?to=%2B"));
    }
}

#[test]
fn a_protected_port_that_speaks_in_the_clear_gets_nothing() {
    let peer = Peer::play(|stream, _| drop(stream.write_all(b"HTTP/1.1 400 Bad\r\n\r\n")));
    let http = HttpGateway {
        url: format!("https://127.0.0.1:{}/", peer.port),
        ..described(peer.port)
    };
    let (verdict, why) = parts(sent(&gateway(GatewayKind::Http(http))));
    assert_eq!(verdict, "refused", "{why}");
}

#[test]
fn mail_goes_over_a_connection_protected_from_the_first_byte_or_by_starttls() {
    for security in [SmtpSecurity::Tls, SmtpSecurity::StartTls] {
        for (ca_file, verdict) in [(Some(file("authority.pem")), "taken"), (None, "refused")] {
            let peer = Peer::play(move |stream, text| {
                use std::io::BufRead;
                if security == SmtpSecurity::StartTls {
                    let mut reader = std::io::BufReader::new(stream.try_clone().unwrap());
                    for words in ["220 hi", "250-hi\r\n250 STARTTLS", "220 go"] {
                        stream.write_all(format!("{words}\r\n").as_bytes()).unwrap();
                        if words != "220 go" {
                            reader.read_line(text).unwrap();
                        }
                    }
                }
                let mut stream = std::io::BufReader::new(protect(stream));
                let hello: &[&str] = if security == SmtpSecurity::Tls {
                    &["220 hi"]
                } else {
                    &[]
                };
                let script = ["250-hi\r\n250 AUTH PLAIN", "235 ok", "250 ok", "250 ok", "354 go on"];
                let say = hello.iter().chain(&script);
                if security == SmtpSecurity::StartTls && stream.read_line(text).unwrap_or(0) == 0 {
                    return;
                }
                for words in say {
                    if stream.get_mut().write_all(format!("{words}\r\n").as_bytes()).is_err() {
                        return;
                    }
                    stream.read_line(text).unwrap_or(0);
                }
                while !text.ends_with("\r\n.\r\n") && stream.read_line(text).unwrap_or(0) > 0 {}
                drop(stream.get_mut().write_all(b"250 queued\r\n"));
                stream.read_line(text).unwrap_or(0);
            });
            let config = GatewayConfig {
                ca_file: ca_file.clone(),
                timeout_s: 5,
                ..gateway(GatewayKind::Smtp {
                    host: "localhost".to_owned(),
                    port: peer.port,
                    security,
                    username: Some("weir".to_owned()),
                    from: "weir@example.org".to_owned(),
                })
            };
            let mail = weir::gateways::parcel::Parcel {
                to: "owner@example.org",
                ..super::peer::PARCEL
            };
            let secret = weir::model::secret::Secret::new(b"s3cret".to_vec());
            let got = parts(weir::gateways::handover::send(&config, Some(&secret), &mail));
            assert_eq!(got.0, verdict, "{security:?} {ca_file:?} {got:?}");
            if verdict == "refused" {
                assert!(!peer.heard(1)[0].contains("AUTH"));
            }
        }
    }
}
