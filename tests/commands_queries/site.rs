//! A whole site in memory: an appliance on a store without a disk, under a clock that is moved by hand.

use std::sync::Arc;

use redb::StorageBackend;
use redb::backends::InMemoryBackend;
use serde_json::Value;
use weir::appliance::core::OpenedBy;
use weir::appliance::site_file::SiteFile;
use weir::clock::{Clock, ManualClock};
use weir::commands::dispatch::Commands;
use weir::commands::jobs::history::JobsHistory;
use weir::commands::jobs::run::JobsRun;
use weir::commands::request::Request;
use weir::commands::request::{Call, Handler};
use weir::commands::system::logs::Logs;
use weir::commands::{Reply, Silent};
use weir::model::day::{Day, Instant};
use weir::model::failure::Failure;
use weir::model::job::Run;
use weir::model::money::Money;
use weir::model::name::{PackageName, Reference, RouterName, Source, Username};
use weir::model::subscriber::{Profile, Service, Subscriber};
use weir::model::unmatched::Holder;
use weir::rules::onboarding::{self, Newcomer};
use weir::rules::payment::{self, Payment};
use weir::rules::wallet::Wallet;
use weir::store::error::StoreError;
use weir::store::open::Store;
use weir::store::write::transaction::{AccessWork, Changed};

/// Storage that outlives its handle, as a card does.
#[derive(Debug, Clone, Default)]
pub struct Memory(Arc<InMemoryBackend>);

impl StorageBackend for Memory {
    fn len(&self) -> Result<u64, std::io::Error> {
        self.0.len()
    }
    fn read(&self, offset: u64, out: &mut [u8]) -> Result<(), std::io::Error> {
        self.0.read(offset, out)
    }
    fn set_len(&self, len: u64) -> Result<(), std::io::Error> {
        self.0.set_len(len)
    }
    fn sync_data(&self) -> Result<(), std::io::Error> {
        self.0.sync_data()
    }
    fn write(&self, offset: u64, data: &[u8]) -> Result<(), std::io::Error> {
        self.0.write(offset, data)
    }
}

pub const SITE: &str = r#"
[site]
name = "hilltop"
time_zone = "Africa/Nairobi"
currency = "KES"
data = "data"
socket = "control.sock"

[[routers]]
name = "core"
host = "127.0.0.1"
username = "weir"
password_file = "secrets/core"

[[packages]]
name = "home-10"
price = "1500.00"
profile = "home-10"

[[packages]]
name = "day"
price = "50.00"
cycle = "1 day"
profile = "day"

[[packages]]
name = "free"
price = "0.00"
profile = "free"

[jobs.check-generator]
schedule = "0 10 1 * *"
purpose = "Run the generator for ten minutes"
"#;

pub struct TestSite {
    pub appliance: Commands,
    pub clock: Arc<ManualClock>,
    pub memory: Memory,
}

/// The instant of a civil day and time in Nairobi, which is three hours ahead of UTC and never changes.
pub fn at(text: &str) -> Instant {
    let text = text.replacen(' ', "T", 1);
    let text = if text.len() == 16 { format!("{text}:00") } else { text };
    Instant::from_timestamp(format!("{text}+03:00").parse().unwrap())
}

pub fn day(text: &str) -> Day {
    Day::parse(text).unwrap()
}

thread_local! {
    /// The folder of a test's sites, since what a cleanup archives goes beside the store: nobody else's is told here.
    static FOLDER: tempfile::TempDir = tempfile::tempdir().unwrap();
}

pub fn site_file(text: &str) -> SiteFile {
    SiteFile {
        path: FOLDER.with(|folder| folder.path().join("site.toml")),
        text: text.to_owned(),
    }
}

impl TestSite {
    pub fn new(now: &str) -> Self {
        Self::with(SITE, at(now))
    }

    pub fn with(text: &str, now: Instant) -> Self {
        Self::on(Memory::default(), text, now).unwrap()
    }

    /// Opens the same storage again, as after a restart.
    pub fn on(memory: Memory, text: &str, now: Instant) -> Result<Self, Failure> {
        Self::opened(memory, text, now, OpenedBy::Alone)
    }

    /// The same, as a command or as the service does.
    pub fn opened(memory: Memory, text: &str, now: Instant, by: OpenedBy) -> Result<Self, Failure> {
        let clock = Arc::new(ManualClock::at(now));
        let storage = memory.clone();
        let store = Store::on_storage(move || storage.clone())?;
        let appliance = Commands::start(store, clock.clone(), &site_file(text), by, "test")?;
        Ok(Self {
            appliance,
            clock,
            memory,
        })
    }

    /// Closes the site and opens it again with this file, as a restart does.
    pub fn reopened(self, text: &str) -> Self {
        let Self {
            appliance,
            clock,
            memory,
        } = self;
        // Two handles on one storage would write over each other.
        drop(appliance);
        Self::on(memory, text, clock.now()).unwrap()
    }

    pub fn set_clock(&self, now: &str) {
        self.clock.set(at(now));
    }

    /// Takes a subscriber in as an import would; the balance in minor units.
    pub fn add(&self, username: &str, package: Option<&str>, expires_on: Option<Day>, balance: i64) {
        let in_force = self.appliance.in_force();
        let now = self.clock.now();
        let newcomer = Newcomer {
            username: Username::new(username).unwrap(),
            profile: Profile {
                name: None,
                phone: None,
                account: None,
                package: package.map(|name| PackageName::new(name).unwrap()),
                router: Some(RouterName::new("core").unwrap()),
                service: Service::Pppoe,
                address: None,
                login: None,
                own_profile: None,
                own_rate: None,
            },
            expires_on,
            balance: Money::from_minor(balance),
            debited: None,
        };
        let terms = &in_force.terms;
        let bought = terms.policy.package(newcomer.profile.package.as_ref()).cloned();
        let today = terms.day(now);
        let holds = onboarding::holds_debit(&newcomer, bought.as_ref(), today).unwrap();
        self.appliance
            .store
            .write(now, |tx| -> Result<(), StoreError> {
                let subscriber = onboarding::begin(&newcomer, tx.next_subscriber(), bought.as_ref(), today, now);
                let changed = {
                    let mut wallet = Wallet::new(subscriber, tx.state().head, tx);
                    let moment = terms.moment(now, "test");
                    onboarding::open_wallet(&mut wallet, &terms.policy, &moment, newcomer.balance, holds)?;
                    Changed::from(wallet)
                };
                tx.put(None, changed, AccessWork::default())
            })
            .unwrap();
    }

    /// Credits a payment as `weir pay` would; the amount in minor units.
    pub fn pay(&self, username: &str, amount: i64, reference: &str) {
        let in_force = self.appliance.in_force();
        let terms = &in_force.terms;
        let now = self.clock.now();
        let made = Payment {
            reference: Reference::new(reference).unwrap(),
            amount: Money::from_minor(amount),
            source: Source::new("Cash").unwrap(),
            made_on: terms.day(now),
            comment: None,
        };
        self.appliance
            .store
            .write(now, |tx| -> Result<(), StoreError> {
                let before = tx.subscriber_named(username)?.expect("somebody of that name");
                let changed = {
                    let mut wallet = Wallet::new(before.clone(), tx.state().head, tx);
                    payment::pay(&mut wallet, &terms.policy, &terms.moment(now, "test"), &made)?;
                    Changed::from(wallet)
                };
                let credit = changed.entries.first().expect("the payment's entry").seq;
                tx.put(Some(&before), changed, AccessWork::default())?;
                let holder = Holder::Credit {
                    entry: credit,
                    subscriber: before.id,
                    amount: made.amount,
                };
                tx.put_holder(&made.reference, &holder)
            })
            .unwrap();
    }

    pub fn subscriber(&self, username: &str) -> Subscriber {
        let reader = self.appliance.store.read().unwrap();
        reader.subscriber_named(username).unwrap().unwrap()
    }

    /// Works off what has come, as the service does each second.
    pub fn work_off(&self) -> Vec<Run> {
        self.appliance.work_off().unwrap()
    }

    /// Moves the clock to every moment at which something is due, through `until`, and works it off.
    pub fn live_through(&self, until: Instant) -> Vec<Run> {
        let mut ran = self.work_off();
        while let Some(next) = self.appliance.next_due().unwrap() {
            if next > until {
                break;
            }
            self.clock.set(next.max(self.clock.now()));
            ran.extend(self.work_off());
        }
        self.clock.set(until);
        ran
    }

    pub fn ask(&self, request: Request) -> Result<Reply, Failure> {
        self.call(request, false)
    }

    fn call(&self, request: Request, json: bool) -> Result<Reply, Failure> {
        let call = Call {
            request,
            actor: "amina".to_owned(),
            json,
            width: 80,
        };
        self.appliance.handle(&call, &mut Silent)
    }

    /// The answer as text, every line of which must fit 80 columns.
    pub fn text(&self, request: Request) -> String {
        let reply = self.call(request, false).unwrap();
        for line in reply.payload.lines() {
            assert!(line.chars().count() <= 80, "wider than 80 columns: {line}");
        }
        reply.payload
    }

    pub fn json(&self, request: Request) -> Value {
        let reply = self.call(request, true).unwrap();
        serde_json::from_str(&reply.payload).unwrap()
    }
}

pub fn jobs_run(name: &str, dry_run: bool) -> Request {
    Request::JobsRun(JobsRun {
        name: name.to_owned(),
        dry_run,
    })
}

pub fn jobs_history(name: &str) -> Request {
    Request::JobsHistory(JobsHistory {
        name: name.to_owned(),
        limit: 1000,
    })
}

pub fn logs(kind: Option<&str>) -> Request {
    Request::Logs(Logs {
        kind: kind.map(str::to_owned),
        since: None,
        until: None,
        user: None,
        limit: 1000,
    })
}
