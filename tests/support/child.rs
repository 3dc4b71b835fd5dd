//! Processes that are always killed, and waits that always end.

use std::io::Read;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// How often a wait looks.
const LOOK: Duration = Duration::from_millis(10);

/// Waits until something is there, for at most `limit`.
pub fn wait_for<T>(what: &str, limit: Duration, mut there: impl FnMut() -> Option<T>) -> T {
    let until = Instant::now() + limit;
    loop {
        if let Some(found) = there() {
            return found;
        }
        assert!(Instant::now() < until, "not within {limit:?}: {what}");
        std::thread::sleep(LOOK);
    }
}

/// A process that is killed when this is dropped, however the test ends.
pub struct Kept {
    child: Child,
}

impl Kept {
    pub fn start(command: &mut Command) -> Self {
        let child = command
            .stdin(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| panic!("{command:?}: {error}"));
        Self { child }
    }

    /// Its number in the system.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// SIGKILL, and gone when this returns.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// SIGTERM; how it ended.
    pub fn terminate(mut self, limit: Duration) -> ExitStatus {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
        self.ended(limit)
    }

    pub fn ended(&mut self, limit: Duration) -> ExitStatus {
        wait_for("the end of a process", limit, || self.child.try_wait().unwrap())
    }

    pub fn has_ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().unwrap()
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        // One that has ended already cannot be killed, and need not be.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// What a command said, and how it ended.
pub struct Said {
    pub exit: Option<i32>,
    pub out: String,
    pub err: String,
}

/// Runs a command to its end, for at most `limit`.
pub fn said(command: &mut Command, limit: Duration) -> Said {
    let mut kept = Kept::start(command.stdout(Stdio::piped()).stderr(Stdio::piped()));
    let out = reading(kept.child.stdout.take().unwrap());
    let err = reading(kept.child.stderr.take().unwrap());
    let exit = kept.ended(limit).code();
    Said {
        exit,
        out: out.join().unwrap(),
        err: err.join().unwrap(),
    }
}

/// A full pipe would stop the process that is waited for.
fn reading(mut pipe: impl Read + Send + 'static) -> JoinHandle<String> {
    std::thread::spawn(move || {
        let mut text = String::new();
        pipe.read_to_string(&mut text).unwrap();
        text
    })
}
