//! A site whose health is looked after: an appliance on a storage that counts, a clock moved by hand, simulated routers.

use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use redb::StorageBackend;
use redb::backends::InMemoryBackend;
use serde_json::Value;
use tempfile::TempDir;
use tokio::runtime::Runtime;
use weir::appliance::core::OpenedBy;
use weir::appliance::site_file::SiteFile;
use weir::clock::{Clock, ManualClock};
use weir::commands::dispatch::Commands;
use weir::commands::jobs::history::JobsHistory;
use weir::commands::request::Request;
use weir::commands::request::{Call, Handler};
use weir::commands::{Reply, Silent};
use weir::health::probe::Tries;
use weir::health::watch::HealthWatch;
use weir::model::day::Instant;
use weir::model::incident::Incident;
use weir::model::job::Run;
use weir::model::name::RouterName;
use weir::model::record::{LogKind, LogRecord};
use weir::routers::session::SessionLimits;
use weir::sim::options::Options;
use weir::sim::router::SimRouter;
use weir::store::error::StoreError;
use weir::store::open::Store;

/// 2027-01-15, noon in Nairobi.
pub const NOON_MS: i64 = 1_800_003_600_000;
pub const MINUTE_MS: i64 = 60_000;

/// Storage that outlives its handle, and counts what is written.
#[derive(Debug, Clone, Default)]
pub struct Card {
    bytes: Arc<InMemoryBackend>,
    pub written: Arc<AtomicU64>,
    pub syncs: Arc<AtomicU64>,
}

impl StorageBackend for Card {
    fn len(&self) -> Result<u64, std::io::Error> {
        self.bytes.len()
    }
    fn read(&self, offset: u64, out: &mut [u8]) -> Result<(), std::io::Error> {
        self.bytes.read(offset, out)
    }
    fn set_len(&self, len: u64) -> Result<(), std::io::Error> {
        self.bytes.set_len(len)
    }
    fn sync_data(&self) -> Result<(), std::io::Error> {
        self.syncs.fetch_add(1, Ordering::SeqCst);
        self.bytes.sync_data()
    }
    fn write(&self, offset: u64, data: &[u8]) -> Result<(), std::io::Error> {
        self.written
            .fetch_add(u64::try_from(data.len()).unwrap(), Ordering::SeqCst);
        self.bytes.write(offset, data)
    }
}

pub struct HealthSite {
    pub sims: Vec<SimRouter>,
    pub clock: Arc<ManualClock>,
    pub appliance: Commands,
    pub card: Card,
    pub watch: HealthWatch,
    pub runtime: Runtime,
    folder: TempDir,
}

pub fn options() -> Options {
    Options {
        reboot: Duration::from_millis(40),
        // It cannot know what time the test has.
        ntp_synchronised: false,
        ..Options::default()
    }
}

impl HealthSite {
    pub fn new(routers: usize) -> Self {
        let sims = (0..routers).map(|_| SimRouter::start(options()).unwrap()).collect();
        Self::on(Card::default(), sims, NOON_MS, OpenedBy::Service, "")
    }

    pub fn on(card: Card, sims: Vec<SimRouter>, now_ms: i64, standing: OpenedBy, more: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let password = folder.path().join("password");
        std::fs::write(&password, "sim-password\n").unwrap();
        std::fs::set_permissions(&password, std::fs::Permissions::from_mode(0o600)).unwrap();
        let mut text = String::from(
            "[site]\nname = \"hilltop\"\ntime_zone = \"Africa/Nairobi\"\ncurrency = \"KES\"\ndata = \"data\"\nsocket = \"s\"\n\n",
        );
        text.push_str(more);
        for (at, sim) in sims.iter().enumerate() {
            text.push_str(&format!(
                "[[routers]]\nname = \"{}\"\nhost = \"127.0.0.1\"\nport = {}\nusername = \"weir\"\npassword_file = \"password\"\n\n",
                name(at),
                sim.addr().port()
            ));
        }
        let path = folder.path().join("site.toml");
        std::fs::write(&path, text).unwrap();
        let storage = card.clone();
        let store = Store::on_storage(move || storage.clone()).unwrap();
        let clock = Arc::new(ManualClock::at(Instant::from_millis(now_ms)));
        let file = SiteFile::read(&path).unwrap();
        let appliance = Commands::start(store, Arc::<ManualClock>::clone(&clock), &file, standing, "test").unwrap();
        appliance.begin_jobs().unwrap();
        let mut round = appliance.round();
        round.tries = Tries {
            limit: Duration::from_millis(600),
            every: Duration::from_millis(10),
        };
        round.site.limits = SessionLimits {
            connect: Duration::from_millis(500),
            login: Duration::from_millis(400),
            wait: Duration::from_millis(300),
            ..SessionLimits::default()
        };
        let line = Arc::new(|| Some("the test says so".to_owned()));
        let watch = HealthWatch::new(round, line).unwrap();
        Self {
            sims,
            clock,
            appliance,
            card,
            watch,
            runtime: tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap(),
            folder,
        }
    }

    /// The power goes: what is in memory alone is lost.
    pub fn killed(self) -> (Card, Vec<SimRouter>, i64) {
        (self.card, self.sims, self.clock.now().millis())
    }

    pub fn look(&mut self) -> Option<Run> {
        self.runtime.block_on(self.watch.look()).unwrap()
    }

    /// Lets minutes pass, with a look at each of the schedule's times.
    pub fn minutes_pass(&mut self, minutes: i64) -> Vec<Run> {
        let mut ran = Vec::new();
        let end = self.clock.now().plus_millis(minutes * MINUTE_MS);
        loop {
            let now = self.clock.now();
            let next = (now.millis() / (15 * MINUTE_MS) + 1) * 15 * MINUTE_MS;
            if next > end.millis() {
                break;
            }
            self.clock.set(Instant::from_millis(next));
            ran.extend(self.look());
        }
        self.clock.set(end);
        ran
    }

    pub fn call(&self, request: Request, json: bool) -> Reply {
        let call = Call {
            request,
            actor: "amina".to_owned(),
            json,
            width: 80,
        };
        self.appliance.handle(&call, &mut Silent).unwrap()
    }

    pub fn json(&self, request: Request) -> Value {
        serde_json::from_str(&self.call(request, true).payload).unwrap()
    }

    pub fn text(&self, request: Request) -> String {
        let text = self.call(request, false).payload;
        for line in text.lines() {
            assert!(line.chars().count() <= 80, "too wide: {line}");
        }
        text
    }

    pub fn history(&self) -> Vec<Value> {
        let name = "health".to_owned();
        let history = self.json(Request::JobsHistory(JobsHistory { name, limit: 100 }));
        history.as_array().unwrap().clone()
    }

    /// What of a stream was told, oldest first.
    pub fn log(&self, kind: LogKind) -> Vec<LogRecord> {
        let mut told = Vec::new();
        let reader = self.appliance.store.read().unwrap();
        reader
            .each_log(Some(kind), |record| -> Result<bool, StoreError> {
                told.push(record);
                Ok(true)
            })
            .unwrap();
        told.reverse();
        told
    }

    pub fn messages(&self, kind: LogKind) -> Vec<String> {
        self.log(kind).into_iter().map(|record| record.message).collect()
    }

    pub fn incidents(&self, router: usize) -> Vec<Incident> {
        let mut found = Vec::new();
        let reader = self.appliance.store.read().unwrap();
        reader
            .each_incident_back(&name(router), |incident| -> Result<bool, StoreError> {
                found.push(incident);
                Ok(true)
            })
            .unwrap();
        found
    }

    /// The alerts that stand, by kind and subject.
    pub fn alerts(&self) -> Vec<String> {
        let (alerts, _) = self.appliance.store.read().unwrap().alerts(100).unwrap();
        alerts
            .iter()
            .map(|alert| format!("{} {}", alert.cause.kind.as_str(), alert.cause.subject))
            .collect()
    }

    pub fn state(&self, router: usize) -> &'static str {
        self.appliance.routers.of(&name(router)).state.as_str()
    }

    pub fn data(&self) -> std::path::PathBuf {
        self.folder.path().to_owned()
    }
}

pub fn name(at: usize) -> RouterName {
    RouterName::new(&if at == 0 { "core".to_owned() } else { format!("r{at}") }).unwrap()
}
