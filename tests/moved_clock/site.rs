//! A site with a simulated router, and the real binary that serves it on a moved clock.

use std::fmt::Write as _;
use std::fs::File;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use jiff::civil::{Date, Time};
use serde_json::Value;
use tempfile::TempDir;

use crate::support::child::{Kept, Said, said, wait_for};
use crate::support::moved::MovedClock;
use weir::sim::router::SimRouter;
use weir::sim::rows::NewSecret;

/// How long a command or the service's start may take.
const COMMAND: Duration = Duration::from_secs(20);
/// How long router work may take until nothing is pending.
const SETTLE: Duration = Duration::from_secs(30);

/// Someone to be imported.
pub struct Person {
    pub name: String,
    pub service: &'static str,
    pub package: &'static str,
    pub expires_on: Date,
    pub balance: &'static str,
}

/// A folder with a site, its router, its clock.
pub struct Site {
    folder: TempDir,
    trust: String,
    /// What stands in the site's file beside what all have.
    also: String,
    pub clock: MovedClock,
    pub router: SimRouter,
}

impl Site {
    /// Everybody is served on the router and online, as before Weir came. The router keeps the true time of the site; `trust`
    /// is the word of `[clock]`.
    pub fn new(clock: MovedClock, router: SimRouter, people: &[Person], trust: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut list = String::from("username,name,phone,package,router,service,address,expires_on,balance\n");
        for (number, person) in people.iter().enumerate() {
            let mut address = String::new();
            if person.service == "static" {
                address = format!("10.20.{}.{}", number / 250, number % 250 + 2);
                let target = format!("{address}/32");
                router.add_queue(&person.name, &target, "5M/5M", false).unwrap();
            } else {
                let secret = NewSecret {
                    profile: person.package,
                    ..NewSecret::named(&person.name)
                };
                router.add_secret(&secret).unwrap();
                assert!(router.connect(&person.name).is_some());
            }
            let Person {
                name,
                service,
                package,
                expires_on,
                balance,
            } = person;
            writeln!(
                list,
                "{name},{name},+2547000{number:05},{package},core,{service},{address},{expires_on},{balance}"
            )
            .unwrap();
        }
        // Nobody's: Weir must leave them alone.
        router.add_secret(&NewSecret::named("vpn-office")).unwrap();
        router.connect("vpn-office").unwrap();
        router.add_queue("core-uplink", "ether1", "500M/500M", false).unwrap();
        let mut site = Self {
            folder,
            trust: String::new(),
            also: String::new(),
            clock,
            router,
        };
        std::fs::write(site.path("subscribers.csv"), list).unwrap();
        std::fs::write(site.path("secret"), "sim-password").unwrap();
        private(&site.path("secret"));
        site.trusts(trust);
        site.router_keeps_time();
        site
    }

    /// Whose word about the time counts from the next start on. With `floor` the jobs of a new site begin with the first
    /// command: nobody has to be asked before.
    pub fn trusts(&mut self, trust: &str) {
        trust.clone_into(&mut self.trust);
        self.write_file();
    }

    /// What the site's file says further, from the next start on.
    pub fn also_says(&mut self, also: &str) {
        also.clone_into(&mut self.also);
        self.write_file();
    }

    fn write_file(&self) {
        let port = self.router.addr().port();
        let text = site_file(port, &self.trust) + &self.also;
        std::fs::write(self.path("site.toml"), text).unwrap();
    }

    /// From now on it is that moment, here and at the router. A clock that is wrong stays wrong by as much.
    pub fn move_to(&mut self, day: Date, time: Time) {
        self.clock.move_to(day, time);
        self.router_keeps_time();
    }

    fn router_keeps_time(&self) {
        self.router.set_ntp(true);
        self.router.follow_host(self.clock.ahead().as_secs());
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_weir"));
        self.clock.applied(&mut command);
        command
            .args(words)
            .env("WEIR_CONFIG", self.path("site.toml"))
            .env_remove("NOTIFY_SOCKET")
            .env("RUST_LOG", "info");
        command
    }

    /// A command, however it ends.
    pub fn tried(&self, words: &[&str]) -> Said {
        said(&mut self.command(words), COMMAND)
    }

    /// A command that succeeds, and its answer.
    pub fn asked(&self, words: &[&str]) -> Value {
        let mut words = words.to_vec();
        words.push("--json");
        let said = self.tried(&words);
        assert_eq!(
            said.exit,
            Some(0),
            "{words:?}: {}\n{}\n{}",
            said.out,
            said.err,
            self.log()
        );
        serde_json::from_str(&said.out).unwrap_or_else(|error| panic!("{words:?}: {error}: {}", said.out))
    }

    /// Takes in the list of subscribers.
    pub fn import(&self) -> Value {
        let list = self.path("subscribers.csv");
        self.asked(&["import", "subscribers", list.to_str().unwrap()])
    }

    /// A command that is begun and may be killed.
    pub fn begin(&self, words: &[&str]) -> Kept {
        let log = File::options()
            .create(true)
            .append(true)
            .open(self.path("log"))
            .unwrap();
        Kept::start(self.command(words).stdout(log.try_clone().unwrap()).stderr(log))
    }

    /// Starts the service and waits until it answers.
    pub fn run(&self) -> Kept {
        let mut service = self.begin(&["run"]);
        wait_for("the service answers", COMMAND, || {
            assert!(service.has_ended().is_none(), "{}", self.log());
            let answer = self.tried(&["status", "--json"]);
            // Without the service the command opens the file, and says so.
            let answer: Value = serde_json::from_str(&answer.out).ok()?;
            (answer["service"] == true).then_some(())
        });
        service
    }

    /// Waits until the clock is believed, no night waits any more, and the routers have heard of it all.
    pub fn caught_up(&self) {
        self.nights_done();
        self.settled();
    }

    /// Waits until the clock is believed and no night waits any more, which takes one answer of the router and two ticks.
    pub fn nights_done(&self) {
        wait_for("no night waits", SETTLE, || {
            let status = self.asked(&["status"]);
            let mut jobs = status["jobs"].as_array().unwrap().iter();
            let free = jobs.all(|job| job["waiting"].is_null());
            (status["clock"]["trusted"] == true && free).then_some(())
        });
    }

    /// What the services have told so far.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.path("log")).unwrap_or_default()
    }

    /// The laws of the ledger hold; the number of entries.
    pub fn verified(&self) -> u64 {
        let answer = self.asked(&["verify"]);
        assert_eq!(answer["ok"], true, "{answer}\n{}", self.log());
        answer["entries"].as_u64().unwrap()
    }

    /// Waits until no router work is pending.
    pub fn settled(&self) {
        wait_for("no router work pending", SETTLE, || {
            (self.asked(&["status"])["pending_router_work"] == 0).then_some(())
        });
    }

    /// All subscribers, but for when their objects were last read: the router is read again at each start.
    pub fn subscribers(&self) -> Vec<Value> {
        let mut all = self.asked(&["subscriber", "list"]).as_array().unwrap().clone();
        for subscriber in &mut all {
            subscriber.as_object_mut().unwrap().remove("router_read_at").unwrap();
        }
        all
    }

    pub fn subscriber(&self, name: &str) -> Value {
        self.asked(&["subscriber", "show", name])
    }

    /// Everything that the ledger holds, of everybody.
    pub fn ledger(&self) -> Vec<Value> {
        let names = self.subscribers();
        let of = |subscriber: &Value| self.asked(&["ledger", subscriber["username"].as_str().unwrap()]);
        names.iter().map(of).collect()
    }

    /// How a subscriber is served on the router, read there.
    pub fn is_served(&self, name: &str) -> bool {
        match self.router.secret(name) {
            Some(secret) => !secret.is("disabled"),
            None => {
                let queue = self.router.queue(name).unwrap();
                queue.value("max-limit") == Some("5000000/5000000")
            }
        }
    }

    /// The router is what the ledger says, object by object.
    pub fn router_equals_ledger(&self) {
        let differences = self.asked(&["router", "diff"]);
        assert_eq!(
            differences.as_array().unwrap().len(),
            0,
            "{differences}\n{}",
            self.log()
        );
        for subscriber in self.subscribers() {
            let name = subscriber["username"].as_str().unwrap();
            let served = subscriber["access"] == "on";
            assert_eq!(self.is_served(name), served, "{subscriber}\n{}", self.log());
            if !served {
                self.is_cut(name);
            }
        }
        let office = self.router.secret("vpn-office").unwrap();
        assert_eq!((office.changes, self.router.sessions("vpn-office").len()), (0, 1));
        assert_eq!(self.router.queue("core-uplink").unwrap().changes, 0);
    }

    /// Cut off, and in the way that the site's file says.
    pub fn is_cut(&self, name: &str) {
        if let Some(secret) = self.router.secret(name) {
            assert!(secret.is("disabled"), "{name}");
            assert_eq!(self.router.sessions(name).len(), 0, "{name} has a session");
        } else {
            let queue = self.router.queue(name).unwrap();
            assert_eq!(queue.value("max-limit"), Some("1000/1000"), "{name}");
        }
    }
}

fn private(file: &std::path::Path) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(file, std::fs::Permissions::from_mode(0o600)).unwrap();
}

fn site_file(port: u16, trust: &str) -> String {
    format!(
        r#"[site]
name = "hilltop"
time_zone = "Africa/Nairobi"
currency = "KES"
data = "data"
socket = "control.sock"

[[routers]]
name = "core"
host = "127.0.0.1"
port = {port}
username = "weir"
password_file = "secret"

[[packages]]
name = "home"
price = "1500.00"
profile = "home"
rate = "5M/5M"

[[packages]]
name = "daily"
price = "50.00"
cycle = "1 day"
profile = "daily"
rate = "5M/5M"

[access]
max_share = 60

[clock]
trust = "{trust}"
"#
    )
}
