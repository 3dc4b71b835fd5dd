//! A call over a real socket: answers, progress, files, many at once, and who is refused.

use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixListener;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use weir::commands::file_body::FileBody;
use weir::commands::imports::subscribers::ImportSubscribers;
use weir::commands::jobs::plan::Plan;
use weir::commands::payments::statement::PayFile;
use weir::commands::payments::unmatched::PayUnmatched;
use weir::commands::request::Request;
use weir::commands::status::answer::Status;
use weir::commands::subscribers::list::SubscriberList;
use weir::commands::system::config_show::ConfigShow;
use weir::commands::system::verify::Verify;
use weir::commands::{Progress, Reply, Silent};
use weir::control::bind::{self, BindError};
use weir::control::client::{self, Unreached};
use weir::control::reach::{Reached, reach};
use weir::control::server::CALLS_MAX;
use weir::control::{line, peer};
use weir::model::failure::Failure;

use super::double::{Double, Service, call, stale, wait_for};

fn ask(service: &Service, request: Request) -> Result<Reply, Failure> {
    client::connect(&service.socket)
        .unwrap()
        .ask(&call(request), &mut Silent)
}

#[test]
fn a_call_is_answered_with_what_it_carried() {
    let service = Service::start();
    let reply = ask(&service, Request::Status(Status)).unwrap();
    assert_eq!(reply, Reply::done("json false width 80".to_owned()));
}

#[test]
fn the_actor_is_whom_the_kernel_names_not_what_the_client_wrote() {
    let service = Service::start();
    ask(&service, Request::Status(Status)).unwrap();
    assert_eq!(service.double.calls.lock().unwrap()[0].actor, peer::own_name());
}

#[test]
fn progress_notes_and_exit_code_arrive() {
    struct Steps(Vec<(u64, u64, String)>);
    impl Progress for Steps {
        fn step(&mut self, done: u64, total: u64, what: &str) {
            self.0.push((done, total, what.to_owned()));
        }
    }
    let service = Service::start();
    let mut steps = Steps(Vec::new());
    let reply = client::connect(&service.socket)
        .unwrap()
        .ask(&call(Request::Plan(Plan { days: 50 })), &mut steps)
        .unwrap();
    assert_eq!(reply.payload, "planned");
    assert_eq!(reply.notes, ["one note", "another"]);
    assert_eq!(reply.exit, 1);
    assert!(steps.0.len() > 10, "{} steps", steps.0.len());
    assert!(steps.0.is_sorted());
    assert!(steps.0.iter().all(|(_, total, what)| *total == 50 && what == "days"));
}

#[test]
fn a_refusal_arrives_whole() {
    let service = Service::start();
    let failure = ask(&service, Request::PayUnmatched(PayUnmatched)).unwrap_err();
    assert_eq!(failure.what, "`pay --unmatched` is refused");
    assert_eq!(failure.way_out, "ask otherwise");
    assert_eq!(failure.json.as_deref(), Some("{\"errors\":[]}"));
}

#[test]
fn a_file_arrives_byte_for_byte_and_a_long_answer_too() {
    let service = Service::start();
    let bytes: Vec<u8> = (0..20_000_000u32).map(|number| (number % 251) as u8).collect();
    let sum: u64 = bytes.iter().map(|byte| u64::from(*byte)).sum();
    let file = FileBody {
        name: "päth to.csv".to_owned(),
        bytes,
    };
    let reply = ask(
        &service,
        Request::ImportSubscribers(ImportSubscribers { file, dry_run: true }),
    )
    .unwrap();
    assert_eq!(reply.payload, format!("päth to.csv 20000000 {sum}"));
    let empty = ask(
        &service,
        Request::PayFile(PayFile {
            file: FileBody::default(),
            dry_run: false,
        }),
    )
    .unwrap();
    assert_eq!(empty.payload, " 0 0");
    let list = ask(&service, Request::SubscriberList(SubscriberList::default())).unwrap();
    assert!(list.payload == "ä\"\n".repeat(3_000_000));
}

#[test]
fn at_most_eight_are_worked_on_and_the_others_get_their_turn() {
    let service = Service::start();
    std::thread::scope(|scope| {
        for _ in 0..20 {
            scope.spawn(|| assert_eq!(ask(&service, Request::Verify(Verify)).unwrap().payload, "slept"));
        }
    });
    assert_eq!(service.double.running_max.load(Ordering::SeqCst), CALLS_MAX);
}

#[test]
fn a_handler_that_breaks_costs_its_call_alone() {
    let service = Service::start();
    let failure = ask(&service, Request::ConfigShow(ConfigShow)).unwrap_err();
    assert!(failure.what.contains("crashed"), "{}", failure.what);
    ask(&service, Request::Status(Status)).unwrap();
}

#[test]
fn work_goes_on_when_the_client_has_gone() {
    let service = Service::start();
    let mut stream = std::os::unix::net::UnixStream::connect(&service.socket).unwrap();
    let body = serde_json::to_vec(&call(Request::Verify(Verify))).unwrap();
    line::write(&mut stream, line::FrameKind::Call, &body).unwrap();
    wait_for("the work to begin", || {
        service.double.running.load(Ordering::SeqCst) == 1
    });
    drop(stream);
    wait_for("the work to end", || {
        service.double.finished.load(Ordering::SeqCst) == 1
    });
}

#[test]
fn a_stop_lets_the_call_in_work_end_and_answers_it() {
    let mut service = Service::start();
    let connection = client::connect(&service.socket).unwrap();
    let asking = std::thread::spawn(move || connection.ask(&call(Request::Verify(Verify)), &mut Silent));
    wait_for("the work to begin", || {
        service.double.running.load(Ordering::SeqCst) == 1
    });
    assert_eq!(service.stop(), 0);
    assert_eq!(asking.join().unwrap().unwrap().payload, "slept");
    assert!(matches!(client::connect(&service.socket), Err(Unreached::Stale)));
}

#[test]
fn a_client_that_says_nothing_does_not_hold_up_a_stop() {
    let mut service = Service::start();
    let _idle = std::os::unix::net::UnixStream::connect(&service.socket).unwrap();
    ask(&service, Request::Status(Status)).unwrap();
    let begun = std::time::Instant::now();
    assert_eq!(service.stop(), 0);
    assert!(begun.elapsed() < std::time::Duration::from_secs(5));
}

#[test]
fn the_socket_file_admits_user_and_group_only() {
    let service = Service::start();
    let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o7777;
    assert_eq!(mode(&service.socket), 0o660);
    assert_eq!(
        mode(service.socket.parent().unwrap()) & 0o027,
        0,
        "others have no way in"
    );
}

#[test]
fn a_live_socket_is_refused_and_named() {
    let service = Service::start();
    let error = bind::bind(&service.socket).unwrap_err();
    assert!(matches!(error, BindError::Live { .. }), "{error}");
    assert!(error.to_string().contains(service.socket.to_str().unwrap()));
    ask(&service, Request::Status(Status)).unwrap();
}

#[test]
fn a_stale_socket_is_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("control.sock");
    stale(&path);
    assert!(matches!(client::connect(&path), Err(Unreached::Stale)));
    let bound = bind::bind(&path).unwrap();
    client::connect(&path).unwrap();
    drop(bound);
    bind::unbind(&path).unwrap();
    bind::unbind(&path).unwrap();
    assert!(matches!(client::connect(&path), Err(Unreached::NoSocket)));
}

#[test]
fn a_file_that_is_no_socket_stays() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("control.sock");
    std::fs::write(&path, "somebody's notes").unwrap();
    assert!(matches!(bind::bind(&path), Err(BindError::Foreign { .. })));
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "somebody's notes");
}

#[test]
fn a_path_that_is_too_long_is_refused_with_its_length() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x".repeat(120));
    assert!(matches!(bind::bind(&path), Err(BindError::TooLong { bytes, .. }) if bytes > bind::PATH_BYTES_MAX));
}

#[test]
fn the_service_is_asked_when_it_answers_and_the_file_when_not() {
    let service = Service::start();
    let reached = reach(&service.socket, || panic!("the file is not opened beside a service")).unwrap();
    assert!(matches!(reached, Reached::Service(_)));
    let path = service.folder.path().join("other.sock");
    for make in [|_: &std::path::Path| {}, stale] {
        make(&path);
        let reached = reach(&path, || Ok(Arc::new(Double::default()))).unwrap();
        assert!(matches!(reached, Reached::Here(_)));
        let reply = reached.ask(&call(Request::Status(Status)), &mut Silent).unwrap();
        assert_eq!(reply.payload, "json false width 80");
    }
}

#[test]
fn a_service_that_is_just_starting_is_found_after_the_store_was_held() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("control.sock");
    let mut bound = None;
    let reached = reach(&path, || {
        bound = Some(UnixListener::bind(&path).unwrap());
        Err(Failure::refused("the store is held", "wait"))
    });
    assert!(matches!(reached, Ok(Reached::Service(_))));
    let none = folder.path().join("none.sock");
    let refused = reach(&none, || Err(Failure::refused("the store is held", "wait")))
        .err()
        .unwrap();
    assert_eq!(refused.what, "the store is held");
}
