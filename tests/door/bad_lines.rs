//! What the service does with clients that hang, babble or come from another version.

use std::io::{BufReader, Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::time::{Duration, Instant};

use weir::commands::Silent;
use weir::commands::jobs::run::JobsRun;
use weir::commands::request::Request;
use weir::commands::status::answer::Status;
use weir::control::client;
use weir::control::line::{self, FrameKind};
use weir::control::server::{CALL_WAIT_S, CONNECTIONS_MAX};
use weir::model::failure::Failure;

use super::double::{Service, call};

/// Sends bytes and reads the frame that comes back.
fn answer_to(service: &Service, bytes: &[u8]) -> Failure {
    let mut stream = UnixStream::connect(&service.socket).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    stream.write_all(bytes).unwrap();
    let frame = line::read(&mut BufReader::new(stream)).unwrap();
    assert_eq!(frame.header.kind, FrameKind::Failure);
    serde_json::from_slice(&frame.bytes).unwrap()
}

fn still_answers(service: &Service) {
    let connection = client::connect(&service.socket).unwrap();
    connection.ask(&call(Request::Status(Status)), &mut Silent).unwrap();
}

#[test]
fn bad_lines_are_refused_in_words() {
    let service = Service::start();
    let long = [b'x'; 10_000];
    let cases: [(&[u8], &str); 7] = [
        (
            b"GET / HTTP/1.1\r\n",
            "`GET / HTTP/1.1\u{fffd}` does not begin a message",
        ),
        (b"\xff\xfe\x00\n", "does not begin a message"),
        (b"\n", "does not begin a message"),
        (&long, "more than 256 bytes"),
        (
            b"{\"weir\":\"0.1.0\",\"kind\":\"call\",\"bytes\":99999999}\n",
            "announces 99999999 bytes; at most 262144",
        ),
        (
            b"{\"weir\":\"0.1.0\",\"kind\":\"file\",\"bytes\":5}\nhello",
            "an unexpected message",
        ),
        (
            b"{\"weir\":\"0.1.0\",\"kind\":\"call\",\"bytes\":5}\nhello",
            "cannot be understood",
        ),
    ];
    for (bytes, expected) in cases {
        let failure = answer_to(&service, bytes);
        assert!(failure.what.contains(expected), "{} / {expected}", failure.what);
        still_answers(&service);
    }
}

#[test]
fn a_client_that_stops_in_the_middle_is_told_and_let_go() {
    let service = Service::start();
    let mut stream = UnixStream::connect(&service.socket).unwrap();
    stream
        .write_all(b"{\"weir\":\"0.1.0\",\"kind\":\"call\",\"bytes\":50}\nabc")
        .unwrap();
    stream.shutdown(std::net::Shutdown::Write).unwrap();
    let mut told = String::new();
    stream.read_to_string(&mut told).unwrap();
    assert!(told.contains("ended in the middle"), "{told}");
}

#[test]
fn a_client_that_hangs_holds_nobody_up_and_is_let_go() {
    let service = Service::start();
    let begun = Instant::now();
    let mut hanging = UnixStream::connect(&service.socket).unwrap();
    hanging.write_all(b"{\"weir\"").unwrap();
    still_answers(&service);
    assert!(begun.elapsed() < Duration::from_secs(CALL_WAIT_S));
    hanging
        .set_read_timeout(Some(Duration::from_secs(CALL_WAIT_S + 10)))
        .unwrap();
    let mut told = String::new();
    hanging.read_to_string(&mut told).unwrap();
    assert!(told.contains("no request was received within 10 seconds"), "{told}");
}

#[test]
fn one_connection_too_many_is_told_that_the_service_is_busy() {
    let service = Service::start();
    let mut idle = Vec::new();
    for _ in 0..CONNECTIONS_MAX {
        idle.push(UnixStream::connect(&service.socket).unwrap());
    }
    let refused = client::connect(&service.socket)
        .unwrap()
        .ask(&call(Request::Status(Status)), &mut Silent)
        .unwrap_err();
    assert_eq!(refused.what, "the service is busy with too many other commands");
    drop(idle);
    super::double::wait_for("room", || {
        client::connect(&service.socket)
            .unwrap()
            .ask(&call(Request::Status(Status)), &mut Silent)
            .is_ok()
    });
}

#[test]
fn an_unknown_option_of_another_version_is_never_dropped_in_silence() {
    let service = Service::start();
    let mut body = serde_json::to_value(call(Request::JobsRun(JobsRun {
        name: "billing".into(),
        dry_run: true,
    })))
    .unwrap();
    body["request"]["JobsRun"]["only_on_paper"] = true.into();
    let body = body.to_string();
    let header = |version: &str| {
        format!(
            "{{\"weir\":\"{version}\",\"kind\":\"call\",\"bytes\":{}}}\n",
            body.len()
        )
    };
    let failure = answer_to(&service, format!("{}{body}", header("9.0.0")).as_bytes());
    assert!(
        failure.what.contains("this command is from weir 9.0.0"),
        "{}",
        failure.what
    );
    assert!(failure.way_out.contains("restart the service"), "{}", failure.way_out);
    assert!(service.double.calls.lock().unwrap().is_empty());
}

#[test]
fn another_version_whose_request_is_understood_is_answered() {
    let service = Service::start();
    let body = serde_json::to_string(&call(Request::Status(Status))).unwrap();
    let mut stream = UnixStream::connect(&service.socket).unwrap();
    stream
        .write_all(
            format!(
                "{{\"weir\":\"9.0.0\",\"kind\":\"call\",\"bytes\":{}}}\n{body}",
                body.len()
            )
            .as_bytes(),
        )
        .unwrap();
    let mut told = String::new();
    stream.read_to_string(&mut told).unwrap();
    assert!(told.contains("json false width 80"), "{told}");
}

/// A service that answers every call with these bytes.
fn answered_with(bytes: &'static [u8]) -> Failure {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("control.sock");
    let listener = UnixListener::bind(&path).unwrap();
    let service = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        line::read(&mut BufReader::new(&stream)).unwrap();
        stream.write_all(bytes).unwrap();
    });
    let told = client::connect(&path)
        .unwrap()
        .ask(&call(Request::Status(Status)), &mut Silent);
    service.join().unwrap();
    told.unwrap_err()
}

#[test]
fn a_broken_answer_says_that_the_work_may_have_been_done() {
    let cut = answered_with(b"{\"weir\":\"0.1.0\",\"kind\":\"text\",\"bytes\":50}\nabc");
    assert_eq!(
        cut.what,
        "the connection to the service broke: the connection ended in the middle of a message"
    );
    assert!(cut.way_out.contains("check with `weir status`"), "{}", cut.way_out);
    assert!(answered_with(b"").what.contains("ended in the middle"));
    assert!(answered_with(b"hello\n").what.contains("`hello` does not begin"));
    let other = answered_with(b"{\"weir\":\"9.0.0\",\"kind\":\"song\",\"bytes\":0}\n");
    assert!(other.what.contains("runs weir 9.0.0"), "{}", other.what);
}
