//! A handler that stands for the site, and a service around it.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tokio::sync::oneshot;
use weir::commands::imports::subscribers::ImportSubscribers;
use weir::commands::jobs::plan::Plan;
use weir::commands::payments::statement::PayFile;
use weir::commands::request::Request;
use weir::commands::request::{Call, Handler};
use weir::commands::status::answer::Status;
use weir::commands::system::config_show::ConfigShow;
use weir::commands::system::verify::Verify;
use weir::commands::{Progress, Reply};
use weir::control::{bind, server};
use weir::model::failure::Failure;

/// Answers each kind of request with something that a test can recognise.
#[derive(Default)]
pub struct Double {
    pub calls: Mutex<Vec<Call>>,
    pub finished: AtomicUsize,
    pub running: AtomicUsize,
    pub running_max: AtomicUsize,
}

impl Handler for Double {
    fn handle(&self, call: &Call, progress: &mut dyn Progress) -> Result<Reply, Failure> {
        let running = self.running.fetch_add(1, Ordering::SeqCst) + 1;
        self.running_max.fetch_max(running, Ordering::SeqCst);
        let reply = self.reply(call, progress);
        self.running.fetch_sub(1, Ordering::SeqCst);
        self.calls.lock().unwrap().push(call.clone());
        self.finished.fetch_add(1, Ordering::SeqCst);
        reply
    }
}

impl Double {
    fn reply(&self, call: &Call, progress: &mut dyn Progress) -> Result<Reply, Failure> {
        match &call.request {
            Request::Status(Status) => Ok(Reply::done(format!("json {} width {}", call.json, call.width))),
            Request::Plan(Plan { days }) => {
                for day in 0..=*days {
                    progress.step(day.into(), (*days).into(), "days");
                    std::thread::sleep(Duration::from_millis(2));
                }
                Ok(Reply {
                    payload: "planned".to_owned(),
                    notes: vec!["one note".to_owned(), "another".to_owned()],
                    exit: 1,
                })
            }
            Request::ImportSubscribers(ImportSubscribers { file, .. }) | Request::PayFile(PayFile { file, .. }) => {
                let sum: u64 = file.bytes.iter().map(|byte| u64::from(*byte)).sum();
                Ok(Reply::done(format!("{} {} {sum}", file.name, file.bytes.len())))
            }
            Request::SubscriberList(_) => Ok(Reply::done("ä\"\n".repeat(3_000_000))),
            Request::Verify(Verify) => {
                std::thread::sleep(Duration::from_millis(300));
                Ok(Reply::done("slept".to_owned()))
            }
            Request::ConfigShow(ConfigShow) => panic!("a handler that breaks"),
            other => {
                let mut failure = Failure::refused(format!("`{}` is refused", other.name()), "ask otherwise");
                failure.json = Some("{\"errors\":[]}".to_owned());
                Err(failure)
            }
        }
    }
}

pub fn call(request: Request) -> Call {
    Call {
        request,
        actor: "somebody else".to_owned(),
        json: false,
        width: 80,
    }
}

/// A service on a socket of its own; ends when dropped.
pub struct Service {
    pub double: Arc<Double>,
    pub socket: PathBuf,
    pub folder: tempfile::TempDir,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<std::thread::JoinHandle<usize>>,
}

impl Service {
    pub fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let socket = folder.path().join("run/control.sock");
        let double = Arc::new(Double::default());
        let bound = bind::bind(&socket).unwrap();
        let (stop, stopped) = oneshot::channel();
        let handler: Arc<dyn Handler> = Arc::clone(&double) as _;
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_multi_thread()
                .worker_threads(1)
                .enable_all()
                .build()
                .unwrap();
            runtime
                .block_on(server::serve(bound, handler, async {
                    drop(stopped.await);
                }))
                .unwrap()
        });
        Self {
            double,
            socket,
            folder,
            stop: Some(stop),
            thread: Some(thread),
        }
    }

    /// Stops it and tells how many calls were left unfinished.
    pub fn stop(&mut self) -> usize {
        drop(self.stop.take());
        self.thread.take().map_or(0, |thread| thread.join().unwrap())
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}

/// Waits until something is so, at most ten seconds.
pub fn wait_for(what: &str, mut so: impl FnMut() -> bool) {
    let until = Instant::now() + Duration::from_secs(10);
    while !so() {
        assert!(Instant::now() < until, "waited in vain for: {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// A socket file that nobody listens on.
pub fn stale(path: &Path) {
    drop(std::os::unix::net::UnixListener::bind(path).unwrap());
}
