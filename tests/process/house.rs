//! A site in a folder of its own, and a service that runs there.

use std::fs::File;
use std::os::unix::net::{UnixDatagram, UnixStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

/// How long any state is waited for.
const WAIT: Duration = Duration::from_secs(20);

/// What a command did.
pub struct Ended {
    pub exit: i32,
    pub out: String,
    pub err: String,
}

impl Ended {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {}\n{}", self.out, self.err))
    }

    pub fn done(self) -> Self {
        assert_eq!(self.exit, 0, "{}\n{}", self.out, self.err);
        self
    }

    pub fn refused(self) -> Self {
        assert_eq!(self.exit, 1, "{}\n{}", self.out, self.err);
        assert!(!self.err.contains("panicked"), "{}", self.err);
        self
    }
}

/// A site as `weir init` makes it.
pub struct House {
    folder: TempDir,
}

impl House {
    pub fn new() -> Self {
        let house = Self {
            folder: tempfile::tempdir().unwrap(),
        };
        house.weir(&["init", house.path("hill").to_str().unwrap()]).done();
        // Nobody listens there.
        house.edit(|text| text.replace("192.168.88.1\"", "127.0.0.1\"\nport = 1"));
        house
    }

    /// A house in which the service has run once.
    pub fn with_store() -> Self {
        let house = Self::new();
        assert!(house.run().terminate().success());
        house
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The same site after its folder was moved to where a socket's path is too long.
    pub fn moved(mut self) -> Self {
        let folder = tempfile::Builder::new().prefix(&"x".repeat(100)).tempdir().unwrap();
        std::fs::rename(self.path("hill"), folder.path().join("hill")).unwrap();
        self.folder = folder;
        self
    }

    pub fn file(&self) -> PathBuf {
        self.path("hill/site.toml")
    }

    pub fn store(&self) -> PathBuf {
        self.path("hill/data/weir.redb")
    }

    pub fn socket(&self) -> PathBuf {
        self.path("hill/control.sock")
    }

    pub fn list(&self) -> String {
        self.path("hill/subscribers.csv").to_str().unwrap().to_owned()
    }

    pub fn data(&self) -> Vec<String> {
        let mut names: Vec<String> = std::fs::read_dir(self.path("hill/data"))
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    pub fn edit(&self, change: impl FnOnce(String) -> String) {
        let text = std::fs::read_to_string(self.file()).unwrap();
        std::fs::write(self.file(), change(text)).unwrap();
    }

    fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_weir"));
        command
            .args(words)
            .env("WEIR_CONFIG", self.file())
            .env_remove("RUST_LOG")
            .env_remove("NOTIFY_SOCKET")
            .env_remove("WATCHDOG_USEC")
            .current_dir("/")
            .stdin(Stdio::null());
        command
    }

    pub fn weir(&self, words: &[&str]) -> Ended {
        let Output { status, stdout, stderr } = self.command(words).output().unwrap();
        Ended {
            exit: status.code().unwrap_or(-1),
            out: String::from_utf8(stdout).unwrap(),
            err: String::from_utf8(stderr).unwrap(),
        }
    }

    /// Starts the service and waits until it says that it is ready.
    pub fn run(&self) -> Running {
        let mut running = self.begin_to_run();
        running.hear("READY=1");
        assert!(UnixStream::connect(self.socket()).is_ok(), "ready, but nobody listens");
        running
    }

    pub fn begin_to_run(&self) -> Running {
        let manager = tempfile::tempdir().unwrap();
        let notified = UnixDatagram::bind(manager.path().join("notify")).unwrap();
        notified.set_read_timeout(Some(Duration::from_millis(100))).unwrap();
        let log = manager.path().join("log");
        let child = self
            .command(&["run"])
            .env("NOTIFY_SOCKET", manager.path().join("notify"))
            .env("WATCHDOG_USEC", "900000")
            .stdout(Stdio::null())
            .stderr(File::create(&log).unwrap())
            .spawn()
            .unwrap();
        Running {
            child,
            notified,
            heard: Vec::new(),
            log,
            _manager: manager,
        }
    }
}

/// A running service; killed when dropped.
pub struct Running {
    child: Child,
    notified: UnixDatagram,
    heard: Vec<String>,
    log: PathBuf,
    _manager: TempDir,
}

impl Running {
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    pub fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap()
    }

    /// Waits until the service has told its manager a line that begins like this, and gives it.
    pub fn hear(&mut self, start: &str) -> String {
        let mut buffer = [0_u8; 4096];
        wait_for(start, || {
            if let Ok(bytes) = self.notified.recv(&mut buffer) {
                let told = String::from_utf8_lossy(&buffer[..bytes]);
                self.heard.extend(told.lines().map(str::to_owned));
            }
            let ended = self.child.try_wait().unwrap();
            assert!(ended.is_none() || !self.heard.is_empty(), "{ended:?}\n{}", self.log());
            self.heard
                .iter()
                .position(|line| line.starts_with(start))
                .map(|at| self.heard.remove(at))
        })
    }

    pub fn signal(&self, name: &str) {
        let sent = Command::new("kill")
            .args([&format!("-{name}"), &self.pid().to_string()])
            .status();
        assert!(sent.unwrap().success());
    }

    /// Waits until the log says so.
    pub fn logs(&self, words: &str) {
        wait_for(words, || self.log().contains(words).then_some(()));
    }

    /// Waits for the end.
    pub fn ended(&mut self) -> ExitStatus {
        wait_for("the service to end", || self.child.try_wait().unwrap())
    }

    pub fn terminate(mut self) -> ExitStatus {
        self.signal("TERM");
        self.ended()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if self.child.try_wait().ok().flatten().is_none() {
            drop(self.child.kill());
            drop(self.child.wait());
        }
    }
}

/// Waits until something is there.
pub fn wait_for<T>(what: &str, mut there: impl FnMut() -> Option<T>) -> T {
    let until = Instant::now() + WAIT;
    loop {
        if let Some(found) = there() {
            return found;
        }
        assert!(Instant::now() < until, "waited in vain for: {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

pub fn bytes(path: &Path) -> Vec<u8> {
    std::fs::read(path).unwrap()
}
