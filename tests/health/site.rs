//! A site whose health is looked after: an appliance on a storage that counts, a clock moved by hand, simulated routers.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use tokio::runtime::Runtime;
use weir::appliance::core::OpenedBy;
use weir::clock::{Clock, ManualClock};
use weir::commands::Reply;
use weir::commands::dispatch::Commands;
use weir::health::probe::Tries;
use weir::health::watch::HealthWatch;
use weir::model::day::Instant;
use weir::model::job::Run;
use weir::model::name::RouterName;
use weir::model::record::{LogKind, LogRecord};
use weir::model::router::incident::Incident;
use weir::routers::session::SessionLimits;
use weir::sim::options::Options;
use weir::sim::router::SimRouter;
use weir::store::error::StoreError;

use crate::support::memory::Memory;
use crate::support::site::Site;
use crate::support::typed::Asked;

/// 2027-01-15, noon in Nairobi.
pub const NOON_MS: i64 = 1_800_003_600_000;
pub const MINUTE_MS: i64 = 60_000;

pub struct HealthSite {
    pub sims: Vec<SimRouter>,
    pub clock: Arc<ManualClock>,
    pub appliance: Arc<Commands>,
    pub card: Memory,
    pub watch: HealthWatch,
    pub runtime: Runtime,
    opened: Site,
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
        Self::on(Memory::default(), sims, NOON_MS, OpenedBy::Service, "")
    }

    pub fn on(card: Memory, sims: Vec<SimRouter>, now_ms: i64, standing: OpenedBy, more: &str) -> Self {
        let mut setup = Site::at(Instant::from_millis(now_ms))
            .also(more)
            .on(&card)
            .opened_by(standing);
        for (at, sim) in sims.iter().enumerate() {
            setup = setup.router(name(at).as_str(), sim);
        }
        let opened = setup.open();
        // Without the folder nothing is said of the free space, which would be that of the machine that runs the tests.
        std::fs::remove_dir(opened.path("data")).unwrap();
        let (clock, appliance) = (Arc::clone(&opened.clock), Arc::clone(&opened.appliance));
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
            opened,
        }
    }

    /// The power goes: what is in memory alone is lost.
    pub fn killed(self) -> (Memory, Vec<SimRouter>, i64) {
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

    pub fn call(&self, request: impl Asked, json: bool) -> Reply {
        if json {
            self.opened.try_json(request).unwrap()
        } else {
            self.opened.ask(request)
        }
    }

    pub fn json(&self, request: impl Asked) -> Value {
        self.opened.ask_json(request)
    }

    pub fn text(&self, request: impl Asked) -> String {
        self.opened.text(request)
    }

    pub fn history(&self) -> Vec<Value> {
        let history = self.json("jobs history health --limit 100");
        history.as_array().unwrap().clone()
    }

    /// What of a stream was told, oldest first.
    pub fn log(&self, kind: LogKind) -> Vec<LogRecord> {
        let mut told = self.opened.log_records(kind);
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
        self.opened.path("")
    }
}

pub fn name(at: usize) -> RouterName {
    RouterName::new(&if at == 0 { "core".to_owned() } else { format!("r{at}") }).unwrap()
}
