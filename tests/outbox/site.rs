//! A site in memory with a real conversation: appliance, store, workers, and simulated routers.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant as Stopwatch};

use tokio::sync::watch;
use weir::clock::ManualClock;
use weir::commands::dispatch::Commands;
use weir::commands::request::Request;
use weir::commands::request::{Call, Handler};
use weir::commands::{Reply, Silent};
use weir::model::day::Instant;
use weir::model::name::{PackageName, RouterName, Username};
use weir::model::record::LogKind;
use weir::model::router::readings::RouterState;
use weir::model::router::work::{ObjectKey, RouterWork, WorkState};
use weir::model::subscriber::{Access, PaidPeriod, Profile, Service, State, Subscriber};
use weir::outbox::connections::connection::RouterContext;
use weir::outbox::connections::intervals::Intervals;
use weir::outbox::router_work::worker;
use weir::routers::session::SessionLimits;
use weir::sim::options::{Options, Version};
use weir::sim::router::SimRouter;
use weir::sim::rows::NewSecret;
use weir::store::error::StoreError;
use weir::store::keys::object_key;
use weir::store::write::transaction::{AccessWork, Changed};

use crate::support::site::Site;

/// After this a test has hung.
const HUNG: Duration = Duration::from_secs(20);
/// 2027-01-15, noon in Nairobi.
pub(super) const NOON_MS: i64 = 1_800_003_600_000;
/// The list of those who are cut off, where a list is the method.
pub(super) const LIST: &str = "weir-suspended";

/// How the site cuts off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    Disable,
    Profile,
    Queue,
    List,
}

impl Way {
    pub(super) const ALL: [Self; 4] = [Self::Disable, Self::Profile, Self::Queue, Self::List];

    pub(super) const fn service(self) -> Service {
        match self {
            Self::Disable | Self::Profile => Service::Pppoe,
            Self::Queue | Self::List => Service::Static,
        }
    }
}

/// Short waits, so that a fault costs little.
pub(super) fn limits() -> SessionLimits {
    SessionLimits {
        connect: Duration::from_millis(500),
        login: Duration::from_millis(400),
        wait: Duration::from_millis(250),
        run: Duration::from_millis(1_500),
        ..SessionLimits::default()
    }
}

pub(super) fn intervals() -> Intervals {
    Intervals {
        first: Duration::from_millis(20),
        object_most: Duration::from_millis(100),
        router_most: Duration::from_millis(60),
        login_refused: Duration::from_millis(100),
        login_again: Duration::from_millis(100),
        look: Duration::from_millis(200),
        idle: Duration::from_millis(40),
        try_once: Duration::from_millis(700),
    }
}

pub(super) fn options(version: &str) -> Options {
    Options {
        version: version.parse::<Version>().unwrap(),
        redial: Duration::from_millis(10),
        reboot: Duration::from_millis(60),
        // It cannot know what time the test has.
        ntp_synchronised: false,
        ..Options::default()
    }
}

pub(super) struct TestSite {
    pub(super) way: Way,
    pub(super) sims: Vec<SimRouter>,
    pub(super) clock: Arc<ManualClock>,
    pub(super) appliance: Arc<Commands>,
    pub(super) limits: SessionLimits,
    pub(super) intervals: Intervals,
    /// How often the configuration was asked for: each look of a worker does so once.
    pub(super) looks: Arc<AtomicU64>,
    /// Goes when the site goes.
    _opened: Site,
}

impl TestSite {
    pub(super) fn new(way: Way, version: &str) -> Self {
        Self::with_sims(way, vec![SimRouter::start(options(version)).unwrap()])
    }

    /// Routers `core`, `r1`, `r2`, … as given.
    pub(super) fn with_sims(way: Way, sims: Vec<SimRouter>) -> Self {
        let mut setup = Site::at(Instant::from_millis(NOON_MS)).also(
            "[[packages]]\nname = \"home-10\"\nprice = \"1500.00\"\nprofile = \"home-10\"\nrate = \"10M/10M\"\n\n\
             [[packages]]\nname = \"home-20\"\nprice = \"2500.00\"\nprofile = \"home-20\"\nrate = \"20M/20M\"\n\n",
        );
        if way == Way::List {
            setup = setup.also(&format!(
                "[access]\nstatic = \"address-list\"\naddress_list = \"{LIST}\"\n\n"
            ));
        }
        for (at, sim) in sims.iter().enumerate() {
            setup = setup.router(&router_name(at), sim);
            if way == Way::Profile {
                setup = setup.also("suspended_profile = \"walled\"\n");
            }
            for (profile, rate) in [("home-10", "10M/10M"), ("home-20", "20M/20M"), ("walled", "64k/64k")] {
                sim.add_profile(profile, Some(rate)).unwrap();
            }
            // What is nobody's, so that no table is empty.
            sim.add_secret(&NewSecret::named("vpn-office")).unwrap();
            sim.add_queue("core-uplink", "ether1", "0/0", false).unwrap();
        }
        let opened = setup.open();
        Self {
            way,
            sims,
            clock: Arc::clone(&opened.clock),
            appliance: Arc::clone(&opened.appliance),
            limits: limits(),
            intervals: intervals(),
            looks: Arc::default(),
            _opened: opened,
        }
    }

    pub(super) fn sim(&self) -> &SimRouter {
        &self.sims[0]
    }

    pub(super) fn site(&self) -> RouterContext {
        let mut site = self.appliance.router_site();
        (site.limits, site.intervals) = (self.limits, self.intervals);
        let (config, looks) = (site.config, Arc::clone(&self.looks));
        site.config = Arc::new(move || {
            looks.fetch_add(1, Ordering::SeqCst);
            config()
        });
        site
    }

    /// Starts the workers; they end with the value.
    pub(super) fn run(&self) -> Running {
        self.run_inheriting(self.site())
    }

    pub(super) fn run_inheriting(&self, site: RouterContext) -> Running {
        let (stop, stopped) = watch::channel(false);
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(worker::run_all(site, stopped));
        });
        Running {
            stop,
            thread: Some(thread),
        }
    }

    /// Puts a subscriber into the store and what they have on the router, served.
    pub(super) fn add(&self, username: &str) -> Subscriber {
        self.add_at(username, 0)
    }

    pub(super) fn add_at(&self, username: &str, router: usize) -> Subscriber {
        let subscriber = self.put(username, router, State::Active);
        self.put_on_router(&subscriber, router);
        subscriber
    }

    pub(super) fn put_on_router(&self, subscriber: &Subscriber, router: usize) {
        let (sim, login) = (&self.sims[router], subscriber.login());
        match self.way.service() {
            Service::Pppoe => {
                let mut secret = NewSecret::named(login);
                secret.profile = "home-10";
                sim.add_secret(&secret).unwrap();
                sim.connect(login).unwrap();
            }
            Service::Static => {
                let address = subscriber.profile.address.unwrap();
                sim.add_queue(login, &format!("{address}/32"), "10M/10M", false)
                    .unwrap();
            }
            Service::Hotspot | Service::Dhcp => unreachable!(),
        }
    }

    /// Puts a subscriber into the store alone.
    pub(super) fn put(&self, username: &str, router: usize, state: State) -> Subscriber {
        self.write(|tx| {
            let id = tx.next_subscriber();
            let subscriber = Subscriber {
                id,
                username: Username::new(username).unwrap(),
                profile: Profile {
                    name: None,
                    phone: None,
                    account: None,
                    package: Some(PackageName::new("home-10").unwrap()),
                    router: Some(RouterName::new(&router_name(router)).unwrap()),
                    service: self.way.service(),
                    address: (self.way.service() == Service::Static).then(|| address(id.0)),
                    login: None,
                    own_profile: None,
                    own_rate: None,
                },
                state,
                hold: None,
                period: PaidPeriod::ending(None),
                extended_to: None,
                balance: weir::model::money::Money::ZERO,
                last_entry: None,
                outstanding: Vec::new(),
                last_settled: None,
                added_at: tx.now(),
                serving_since: (state == State::Active).then(|| tx.now().day_in(&jiff::tz::TimeZone::UTC)),
            };
            let changed = unchanged(tx, &subscriber);
            tx.put(None, changed, AccessWork::default())?;
            Ok(subscriber)
        })
    }

    /// Changes a subscriber and wakes the workers.
    pub(super) fn change(&self, username: &str, work: AccessWork, change: impl Fn(&mut Subscriber)) -> Subscriber {
        let changed = self.write(|tx| {
            let before = tx.subscriber_named(username)?.unwrap();
            let mut after = before.clone();
            change(&mut after);
            after.serving_since = match after.access() {
                Access::On => Some(tx.now().day_in(&jiff::tz::TimeZone::UTC)),
                Access::Off => None,
            };
            let changed = unchanged(tx, &after);
            tx.put(Some(&before), changed, work)?;
            Ok(after)
        });
        self.appliance.routers.ring();
        changed
    }

    pub(super) fn decide(&self, username: &str, access: Access) {
        self.change(username, AccessWork::default(), |subscriber| {
            subscriber.state = match access {
                Access::On => State::Active,
                Access::Off => State::Suspended,
            };
        });
    }

    pub(super) fn write<R>(
        &self,
        work: impl FnOnce(&mut weir::store::write::transaction::Transaction<'_>) -> Result<R, StoreError>,
    ) -> R {
        let now = Instant::from_millis(weir::clock::Clock::now(self.clock.as_ref()).millis());
        self.appliance.store.write(now, work).unwrap()
    }

    pub(super) fn work(&self) -> Vec<(ObjectKey, RouterWork)> {
        let mut rows = Vec::new();
        let reader = self.appliance.store.read().unwrap();
        reader
            .each_work(None, |key, work| -> Result<(), StoreError> {
                rows.push((key, work));
                Ok(())
            })
            .unwrap();
        rows
    }

    pub(super) fn pending(&self) -> usize {
        let rows = self.work();
        rows.iter().filter(|(_, work)| work.state == WorkState::Pending).count()
    }

    /// Every alert that was raised, newest first; also those that are over.
    pub(super) fn alerts(&self) -> Vec<String> {
        let mut told = Vec::new();
        let reader = self.appliance.store.read().unwrap();
        reader
            .each_log(Some(LogKind::Alert), |record| -> Result<bool, StoreError> {
                if record.fields.iter().all(|(name, _)| name != "ended") {
                    told.push(record.message);
                }
                Ok(true)
            })
            .unwrap();
        told
    }

    /// The alerts that stand, by kind and subject.
    pub(super) fn standing_alerts(&self) -> Vec<String> {
        let (alerts, _) = self.appliance.store.read().unwrap().alerts(1_000).unwrap();
        let names =
            |alert: weir::model::alert::Alert| format!("{}: {}", alert.cause.kind.as_str(), alert.cause.subject);
        alerts.into_iter().map(names).collect()
    }

    pub(super) fn log(&self, kind: LogKind) -> Vec<String> {
        let mut told = Vec::new();
        let reader = self.appliance.store.read().unwrap();
        reader
            .each_log(Some(kind), |record| -> Result<bool, StoreError> {
                told.push(record.message);
                Ok(true)
            })
            .unwrap();
        told
    }

    pub(super) fn subscribers(&self) -> Vec<Subscriber> {
        let mut all = Vec::new();
        let reader = self.appliance.store.read().unwrap();
        reader
            .each_subscriber(|subscriber| -> Result<(), StoreError> {
                all.push(subscriber);
                Ok(())
            })
            .unwrap();
        all
    }

    /// Waits until a router looks like this.
    pub(super) fn seen(&self, router: usize, state: RouterState) {
        let name = RouterName::new(&router_name(router)).unwrap();
        wait(&format!("`{name}` to look {state:?}"), || {
            self.appliance.routers.of(&name).state == state
        });
    }

    /// Waits until nothing is pending, and until every router holds what the ledger says.
    pub(super) fn settles(&self, what: &str) {
        let end = Stopwatch::now() + HUNG;
        while self.pending() > 0 {
            assert!(
                Stopwatch::now() < end,
                "{what}: still pending: {:#?}\n{:?}",
                self.work(),
                self.sim().counters()
            );
            std::thread::sleep(Duration::from_millis(3));
        }
        // A client that was put out dials in again some milliseconds later.
        let end = Stopwatch::now() + Duration::from_secs(3);
        loop {
            let differs: Vec<String> = self.subscribers().iter().filter_map(|s| self.difference(s)).collect();
            if differs.is_empty() {
                return;
            }
            assert!(Stopwatch::now() < end, "{what}: {differs:#?}");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Waits until every router holds what the ledger says and nothing is pending, whoever notices that it does not.
    pub(super) fn settles_by_itself(&self) {
        wait("the routers to be as the ledger says", || {
            self.pending() == 0 && self.subscribers().iter().all(|s| self.difference(s).is_none())
        });
    }

    /// What a router holds otherwise than the ledger says, by a reading that shares nothing with Weir's.
    pub(super) fn difference(&self, subscriber: &Subscriber) -> Option<String> {
        let router = object_key(subscriber)?.router;
        let sim = &self.sims[(0..self.sims.len()).find(|at| router_name(*at) == router.as_str())?];
        let (login, on) = (subscriber.login(), subscriber.access() == Access::On);
        let package = subscriber.profile.package.as_ref().unwrap().as_str();
        let good = match self.way {
            Way::Disable | Way::Profile => {
                let Some(secret) = sim.secret(login) else {
                    return on.then(|| format!("`{login}` has no secret"));
                };
                let sessions = sim.sessions(login);
                let fresh = |profile: &str| sessions.iter().all(|s| s.session_profile.as_deref() == Some(profile));
                let profile = secret.value("profile").unwrap();
                match (on, self.way) {
                    (true, _) => !secret.is("disabled") && profile == package && fresh(profile),
                    (false, Way::Profile) => {
                        secret.is("disabled") && sessions.is_empty() || profile == "walled" && fresh(profile)
                    }
                    (false, _) => secret.is("disabled") && sessions.is_empty(),
                }
            }
            Way::Queue | Way::List => {
                let address = subscriber.profile.address.unwrap().to_string();
                let rows = sim.rows("/queue/simple").unwrap();
                let target = format!("{address}/32");
                let queue = sim
                    .queue(login)
                    .or_else(|| rows.into_iter().find(|row| row.value("target") == Some(&target)));
                let listed = sim
                    .address_list(LIST)
                    .iter()
                    .any(|row| row.value("address") == Some(&address));
                let limit = queue
                    .and_then(|queue| queue.value("max-limit").map(str::to_owned))
                    .unwrap_or_default();
                let full = if package == "home-10" {
                    "10000000/10000000"
                } else {
                    "20000000/20000000"
                };
                if on {
                    limit == full && !listed
                } else {
                    limit == "1000/1000" || listed
                }
            }
        };
        (!good).then(|| format!("`{login}` should be {} and is not", if on { "on" } else { "off" }))
    }

    /// Asks as the command line does.
    pub(super) fn ask(&self, request: Request) -> (Reply, serde_json::Value) {
        let call = Call {
            request,
            actor: "test".into(),
            json: true,
            width: 80,
        };
        let reply = self.appliance.handle(&call, &mut Silent).unwrap();
        let value = serde_json::from_str(&reply.payload).unwrap();
        (reply, value)
    }

    /// Lets time pass on the clock.
    pub(super) fn hours_pass(&self, hours: i64) {
        let now = weir::clock::Clock::now(self.clock.as_ref()).millis();
        self.clock.set(Instant::from_millis(now + hours * 3_600_000));
    }
}

fn unchanged(tx: &weir::store::write::transaction::Transaction<'_>, subscriber: &Subscriber) -> Changed {
    Changed {
        subscriber: subscriber.clone(),
        entries: Vec::new(),
        debits: Vec::new(),
        served: None,
        head: tx.state().head,
    }
}

pub(super) fn router_name(at: usize) -> String {
    if at == 0 { "core".to_owned() } else { format!("r{at}") }
}

pub(super) fn address(number: u32) -> Ipv4Addr {
    let [_, _, high, low] = number.to_be_bytes();
    Ipv4Addr::new(10, 0, high, low)
}

/// Workers that run.
pub(super) struct Running {
    stop: watch::Sender<bool>,
    thread: Option<JoinHandle<()>>,
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop.send_replace(true);
        let ended = self.thread.take().unwrap().join();
        if !std::thread::panicking() {
            ended.unwrap();
        }
    }
}

/// Waits for a state, with a limit.
pub(super) fn wait(what: &str, mut reached: impl FnMut() -> bool) {
    let end = Stopwatch::now() + HUNG;
    while !reached() {
        assert!(Stopwatch::now() < end, "waited in vain for {what}");
        std::thread::sleep(Duration::from_millis(3));
    }
}
