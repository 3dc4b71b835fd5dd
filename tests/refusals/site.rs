//! The site of a case: a folder, a clock that is moved, and commands that are typed.

use std::ffi::OsString;
use std::fs;
use std::io::{Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use weir::cli;
use weir::cli::backend::{Backend, LocalContext};
use weir::cli::progress::ProgressLine;
use weir::cli::words::Local;
use weir::clock::kernel::KernelSays;
use weir::clock::{ManualClock, build_day};
use weir::commands::Reply;
use weir::commands::request::Handler;
use weir::commands::request::Request;
use weir::control::peer;
use weir::model::day::{Day, Instant};
use weir::model::failure::Failure;
use weir::service::open_site;
use weir::sim::faults::{Fault, FaultKind};
use weir::sim::options::Options;
use weir::sim::router::SimRouter;
use weir::sim::rows::NewSecret;

use crate::support::child::{self, Kept};

/// A call has arrived when nothing more comes for so long.
const CALL_READ: Duration = Duration::from_millis(300);

/// How long a start of the service, or its refusal, may take.
const SERVICE: Duration = Duration::from_secs(20);

/// The day on which this binary was built, as the catalogue has it.
const BUILT_ON: &str = "2026-11-20";

/// How the folder of the site is called in the catalogue.
const FOLDER: &str = "/etc/weir";

/// Columns of the terminal: no line of the catalogue is broken.
const WIDTH_COLUMNS: u16 = 2_000;

/// Where the router of a site is asked: in its place stands a simulated one.
const API_PORT: &str = "port = 8728";

/// An answer of more lines is shortened.
const LINES_MAX: usize = 30;

/// Lines that stay of a shortened answer, at its beginning and at its end.
const LINES_AT_ENDS: usize = 4;

/// When a case begins, in the site's time: Nairobi.
const BEGIN: (&str, &str) = ("2027-03-10", "12:00");

/// Milliseconds from UTC to the clocks of Nairobi.
const NAIROBI_MS: i64 = 3 * 3_600_000;

/// A site in a temporary folder.
pub struct Site {
    folder: tempfile::TempDir,
    clock: Arc<ManualClock>,
    /// The files that the case has written, by their names in it.
    files: Vec<String>,
    /// A simulated router, once the configuration names one.
    router: Option<SimRouter>,
    /// The running service.
    running: Option<Kept>,
}

impl Site {
    /// A folder with nothing in it.
    pub fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            clock: Arc::new(ManualClock::at(instant(BEGIN.0, BEGIN.1))),
            files: Vec::new(),
            router: None,
            running: None,
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file; one under `secrets/` is readable by its owner alone. A name that ends in `.hex` is written as bytes, without
    /// that ending.
    pub fn write(&mut self, name: &str, content: &str) {
        let bytes = match name.strip_suffix(".hex") {
            Some(_) => content
                .split_whitespace()
                .map(|byte| u8::from_str_radix(byte, 16).unwrap())
                .collect(),
            None => self.with_port(repeated(content)).into_bytes(),
        };
        let name = name.trim_end_matches(".hex");
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, bytes).unwrap();
        if name.starts_with("secrets/") {
            fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        }
        self.files.push(name.to_owned());
    }

    /// A file with the port of a simulated router in place of the usual one; the router is started for it.
    fn with_port(&mut self, content: String) -> String {
        if !content.contains(API_PORT) {
            return content;
        }
        let router = self
            .router
            .get_or_insert_with(|| SimRouter::start(Options::default()).unwrap());
        content.replace(API_PORT, &format!("port = {}", router.addr().port()))
    }

    /// Adds lines to a file.
    pub fn append(&mut self, name: &str, content: &str) {
        let before = fs::read_to_string(self.path(name)).unwrap_or_default();
        self.write(name, &format!("{before}{content}"));
    }

    /// Does what was typed. What it said, line by line: all of standard error, and the exit code where it is not 0; of standard
    /// output the lines that `| grep` asks for.
    pub fn command(&mut self, line: &str) -> Vec<String> {
        let (line, wanted) = match line.split_once(" | grep ") {
            Some((line, wanted)) => (line, Some(words(wanted).remove(0))),
            None => (line, None),
        };
        let typed = words(&repeated(line));
        let typed: Vec<&str> = typed.iter().map(String::as_str).collect();
        match typed.as_slice() {
            ["serve", answer] => {
                self.serve(answer);
                Vec::new()
            }
            ["weir", "run"] => self.run(),
            ["weir", "run", "&"] => {
                self.start();
                Vec::new()
            }
            ["weir", rest @ ..] => self.weir(rest, wanted.as_deref()),
            ["until", day, time] => {
                self.live_until(day, time);
                Vec::new()
            }
            ["set-clock", day, time] => {
                // Nobody vouches any more for what it shows.
                self.clock
                    .have_kernel_say(Some(KernelSays::Unsynchronised("no time daemon runs".to_owned())));
                self.clock.set(instant(day, time));
                Vec::new()
            }
            ["kernel-clock", day, time] => {
                self.clock
                    .have_kernel_say(Some(KernelSays::Synchronised(instant(day, time))));
                Vec::new()
            }
            ["router", words @ ..] => {
                router(self.router.as_mut().unwrap(), words);
                Vec::new()
            }
            ["cut", name, bytes] => {
                let file = fs::File::options().write(true).open(self.path(name)).unwrap();
                file.set_len(bytes.parse().unwrap()).unwrap();
                Vec::new()
            }
            ["chmod", mode, name] => {
                let mode = u32::from_str_radix(mode, 8).unwrap();
                fs::set_permissions(self.path(name), fs::Permissions::from_mode(mode)).unwrap();
                Vec::new()
            }
            ["mkdir", name] => {
                fs::create_dir_all(self.path(name)).unwrap();
                Vec::new()
            }
            ["rm", name] => {
                fs::remove_file(self.path(name)).unwrap();
                Vec::new()
            }
            ["fill", name, bytes] => {
                // A large file costs no room: nothing is written between its ends.
                let file = fs::File::create(self.path(name)).unwrap();
                file.set_len(bytes.parse().unwrap()).unwrap();
                self.files.push((*name).to_owned());
                Vec::new()
            }
            _ => panic!("what is `{line}`?"),
        }
    }

    fn weir(&self, rest: &[&str], wanted: Option<&str>) -> Vec<String> {
        let file = self.path("site.toml");
        let mut args: Vec<OsString> = vec!["weir".into()];
        if !rest.contains(&"--config") {
            args.extend(["--config".into(), file.into_os_string()]);
        }
        args.extend(rest.iter().map(|word| self.real(word)));
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let ground = At(self.clock.clone());
        let mut shown = ProgressLine::on(false, WIDTH_COLUMNS);
        let exit = cli::answer(args, &ground, WIDTH_COLUMNS, &mut out, &mut err, &mut shown);
        let err = self.named(&String::from_utf8(err).unwrap());
        let out = self.named(&String::from_utf8(out).unwrap());
        let mut said: Vec<String> = Vec::new();
        if let Some(wanted) = wanted {
            said.extend(
                out.lines()
                    .filter(|line| line.contains(wanted))
                    .map(|line| line.trim_end().to_owned()),
            );
        }
        said.extend(shortened(err.lines().map(|line| line.trim_end().to_owned()).collect()));
        if exit != 0 {
            said.push(format!("[{exit}]"));
        }
        said
    }

    fn service(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_weir"));
        command.arg("--config").arg(self.path("site.toml")).arg("run");
        command
    }

    /// Has the service refuse to start; of its journal only what it tells whoever starts it.
    fn run(&self) -> Vec<String> {
        let said = child::said(&mut self.service(), SERVICE);
        let told = self.named(&said.err);
        let mut lines: Vec<String> = told
            .lines()
            .filter(|line| line.starts_with("weir: ") || line.starts_with("hint: "))
            .map(str::to_owned)
            .collect();
        lines.push(format!("[{}]", said.exit.unwrap()));
        lines
    }

    /// Has something else than a service answer the next command, with these bytes.
    fn serve(&self, answer: &str) {
        let path = self.path("control.sock");
        drop(fs::remove_file(&path));
        let listener = UnixListener::bind(path).unwrap();
        let answer = answer.replace("\\n", "\n");
        std::thread::spawn(move || {
            let (mut client, _) = listener.accept().unwrap();
            // The whole call is read first: an end closed over unread bytes would break the caller's writing.
            client.set_read_timeout(Some(CALL_READ)).unwrap();
            let mut call = [0; 4096];
            while client.read(&mut call).is_ok_and(|bytes| bytes > 0) {}
            drop(client.write_all(answer.as_bytes()));
        });
    }

    /// Starts the service, by the real clock, and waits until it can be asked.
    fn start(&mut self) {
        let kept = Kept::start(self.service().stdout(Stdio::null()).stderr(Stdio::null()));
        self.running = Some(kept);
        let socket = self.path("control.sock");
        child::wait_for("the service", SERVICE, || UnixStream::connect(&socket).ok());
    }

    /// A typed word, with the real path of a file that is in the site's folder.
    fn real(&self, word: &str) -> OsString {
        if self.files.iter().any(|file| file == word) {
            return self.path(word).into_os_string();
        }
        match word.strip_prefix(FOLDER) {
            Some(rest) => self.path(rest.trim_start_matches('/')).into_os_string(),
            None => word.into(),
        }
    }

    /// A text with the catalogue's names instead of those of this machine.
    fn named(&self, text: &str) -> String {
        let mut text = text.to_owned();
        let folder = self.folder.path().display().to_string();
        for file in &self.files {
            // The configuration has a place of its own; other files are called as they were typed.
            if file != "site.toml" && !file.contains('/') {
                text = text.replace(&format!("{folder}/{file}"), file);
            }
        }
        if let Some(router) = &self.router {
            text = text.replace(&router.addr().to_string(), "127.0.0.1:8728");
        }
        if let Some(pid) = &self.running.as_ref().map(|kept| kept.id().to_string()) {
            text = text.replace(&format!("process {pid} "), "process 1234 ");
        }
        text = text.replace(&format!("by {} ", peer::own_name()), "by owner ");
        text = text.replace(&format!("by {}:", peer::own_name()), "by owner:");
        text = text.replace(&build_day().to_string(), BUILT_ON);
        text.replace(&folder, FOLDER)
    }

    /// Lives as the service does through every night until a moment.
    fn live_until(&self, day: &str, time: &str) {
        let end = instant(day, time);
        let site = crate::support::site::Site::within(self.folder.path(), end);
        let appliance = site.by(&self.clock).in_folder().open().appliance;
        appliance.work_off().unwrap();
        loop {
            let now = appliance.clock.now();
            // Half an hour is less than the time between two planned moments of different jobs that must not be mixed up.
            let next = now
                .plus_millis(30 * 60_000 - now.millis().rem_euclid(30 * 60_000))
                .min(end);
            self.clock.set(next);
            appliance.work_off().unwrap();
            if next == end {
                return;
            }
        }
    }
}

/// What somebody does to the router: its other words are those of the simulated router's faults.
fn router(router: &mut SimRouter, words: &[&str]) {
    let for_ever = |kind| Fault::new(kind).times(0);
    match words {
        ["unplug"] => router.unplug(),
        ["plug-in"] => {
            router.clear_faults();
            router.plug_in();
        }
        ["close-api"] => router.fault(Fault::new(FaultKind::Refuse)),
        ["refuse-login"] => router.fault(for_ever(FaultKind::LoginRefused)),
        ["hang-up"] => router.fault(for_ever(FaultKind::Close)),
        ["babble"] => router.fault(for_ever(FaultKind::HugeLength)),
        ["deny", path] => router.fault(for_ever(FaultKind::Denied).at(path)),
        ["end", words] => router.fault(for_ever(FaultKind::Fatal((*words).to_owned()))),
        ["replace", serial, version] => {
            let options = Options {
                port: router.addr().port(),
                serial: Some((*serial).to_owned()),
                version: version.parse().unwrap(),
                ..Options::default()
            };
            // The port is free once the other one is gone.
            let nobody = SimRouter::start(Options::default()).unwrap();
            drop(std::mem::replace(router, nobody));
            *router = SimRouter::start(options).unwrap();
        }
        ["secret", name] => router.add_secret(&NewSecret::named(name)).unwrap(),
        ["secrets", name, many] => {
            for number in 1..=many.parse::<u32>().unwrap() {
                let name = format!("{name}{number:02}");
                router.add_secret(&NewSecret::named(&name)).unwrap();
            }
        }
        ["tells-time", day, time] => {
            router.set_instant(instant(day, time).timestamp());
            router.set_ntp(true);
        }
        _ => panic!("what does the router do: {words:?}"),
    }
}

/// The program as it is, but for its clock.
struct At(Arc<ManualClock>);

impl Backend for At {
    fn socket(&self, config: &Path) -> Result<PathBuf, Failure> {
        cli::program::Program.socket(config)
    }

    fn open(&self, config: &Path, request: &Request) -> Result<Arc<dyn Handler>, Failure> {
        open_site::alone_by(self.0.clone(), config, request)
    }

    fn local(&self, local: &Local, setting: &mut LocalContext<'_>) -> Result<Reply, Failure> {
        cli::program::Program.local(local, setting)
    }
}

fn instant(day: &str, time: &str) -> Instant {
    let day = Day::parse(day).unwrap();
    let (hour, minute) = time.split_once(':').unwrap();
    let minutes = hour.parse::<i64>().unwrap() * 60 + minute.parse::<i64>().unwrap();
    Instant::from_millis(i64::from(day.number()) * 86_400_000 + minutes * 60_000 - NAIROBI_MS)
}

/// A long answer: its beginning, its end, and how many lines are between.
fn shortened(lines: Vec<String>) -> Vec<String> {
    if lines.len() <= LINES_MAX {
        return lines;
    }
    let left_out = lines.len() - 2 * LINES_AT_ENDS;
    let mut short = lines[..LINES_AT_ENDS].to_vec();
    short.push(format!("… {left_out} lines …"));
    short.extend_from_slice(&lines[lines.len() - LINES_AT_ENDS..]);
    short
}

/// A text with `«x × 3»` written out as `xxx`: what is too long is said in a word.
fn repeated(text: &str) -> String {
    let mut whole = String::new();
    let mut rest = text;
    while let Some((before, from)) = rest.split_once('«') {
        let (inside, after) = from.split_once('»').unwrap();
        let (piece, times) = inside.rsplit_once(" × ").unwrap();
        whole.push_str(before);
        whole.push_str(&piece.repeat(times.parse().unwrap()));
        rest = after;
    }
    whole.push_str(rest);
    whole
}

/// The words of a line as a shell divides them.
fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    for character in line.chars() {
        match (character, quote) {
            (c, Some(open)) if c == open => quote = None,
            ('\'' | '"', None) => {
                quote = Some(character);
                word.get_or_insert_default();
            }
            (' ', None) => words.extend(word.take()),
            _ => word.get_or_insert_default().push(character),
        }
    }
    assert!(quote.is_none(), "a quote is not closed: {line}");
    words.extend(word);
    words
}
