//! A site to measure: its configuration, and a store full of subscribers, made through the store's own doors.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use jiff::tz::TimeZone;
use weir::clock::ManualClock;
use weir::clock::keeper::Keeper;
use weir::config::clock::ClockConfig;
use weir::config::read::{self, Config};
use weir::jobs::billing::Billing;
use weir::jobs::run::{self, Decide, PlannedRun};
use weir::model::day::{Day, Instant};
use weir::model::job::{Job, Occurrence, Run};
use weir::model::money::Money;
use weir::model::name::{Account, FullName, PackageName, Phone, RouterName, Username};
use weir::model::subscriber::{Profile, Service};
use weir::rules::catch_up;
use weir::rules::onboarding::{self, Newcomer};
use weir::rules::terms::Terms;
use weir::rules::wallet::Wallet;
use weir::store::error::StoreError;
use weir::store::open::{Create, STORE_FILE, Store};
use weir::store::write::transaction::{AccessWork, Changed};

use crate::Failed;

/// How many subscribers one transaction takes in while a store is made.
const BATCH: u32 = 5_000;
/// What a month costs, in cents.
pub const PRICE_MINOR: i64 = 150_000;
/// Who may log in to the simulated router.
pub const PASSWORD: &str = "sim-password";

/// The day on which all subscribers are taken in.
pub fn first_day() -> Day {
    Day::from_date(jiff::civil::date(2027, 1, 10))
}

/// The day on which all of them are due.
pub fn due_day() -> Day {
    first_day().plus_days(1)
}

/// A moment of a day in the site's zone, by hour and minute.
pub fn at(day: Day, hour: i8, minute: i8) -> Result<Instant, Failed> {
    let zoned = day.date().at(hour, minute, 0, 0).to_zoned(zone()?)?;
    Ok(Instant::from_timestamp(zoned.timestamp()))
}

fn zone() -> Result<TimeZone, Failed> {
    Ok(TimeZone::get("Africa/Nairobi")?)
}

/// The text of the configuration, with the router at this port.
pub fn config_text(port: u16) -> String {
    format!(
        r#"
[site]
name = "bench"
time_zone = "Africa/Nairobi"
currency = "KES"
data = "data"
socket = "control.sock"

[[routers]]
name = "core"
host = "127.0.0.1"
port = {port}
username = "weir"
password_file = "password"

[[packages]]
name = "home-10"
price = "1500.00"
cycle = "monthly"
profile = "home-10"
"#
    )
}

/// The configuration, with the router at this port.
pub fn config(folder: &Path, port: u16) -> Result<Config, Failed> {
    read::read(&config_text(port), "site.toml", folder).map_err(|findings| {
        let words: Vec<String> = findings.iter().map(ToString::to_string).collect();
        Failed::from(words.join("\n"))
    })
}

/// The terms of that configuration.
pub fn terms(config: &Config) -> Terms {
    weir::appliance::in_force::terms_of(config)
}

/// The username of a number.
pub fn username(number: u32) -> String {
    format!("subscriber-{number:06}")
}

/// Who has paid for a month ahead.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Prepaid {
    /// Nobody.
    None,
    /// Every third.
    Third,
}

/// Makes a store of `count` subscribers, all of them due on [`due_day`].
pub fn make(data: &Path, terms: &Terms, count: u32, prepaid: Prepaid) -> Result<(), Failed> {
    std::fs::create_dir_all(data)?;
    let store = Store::open(data, Create::IfMissing, "bench", Duration::ZERO)?;
    let now = at(first_day(), 12, 0)?;
    store.write(now, |tx| -> Result<(), StoreError> {
        for job in Job::ALL {
            let state = catch_up::adopt(None, job, job.default_schedule(), "Africa/Nairobi", true, now);
            tx.put_job(&state)?;
        }
        Ok(())
    })?;
    let mut from = 1;
    while from <= count {
        let to = count.min(from + BATCH - 1);
        store.write(now, |tx| -> Result<(), Failed> {
            for number in from..=to {
                let newcomer = newcomer(number, prepaid == Prepaid::Third && number.is_multiple_of(3))?;
                let package = terms.policy.package(newcomer.profile.package.as_ref());
                let id = tx.next_subscriber();
                let subscriber = onboarding::begin(&newcomer, id, package, first_day(), now);
                let changed = {
                    let mut wallet = Wallet::new(subscriber, tx.state().head, tx);
                    let moment = terms.moment(now, "bench");
                    onboarding::open_wallet(&mut wallet, &terms.policy, &moment, newcomer.balance, false)?;
                    Changed::from(wallet)
                };
                tx.put(None, changed, AccessWork::default())?;
            }
            Ok(())
        })?;
        from = to + 1;
    }
    Ok(())
}

fn newcomer(number: u32, prepaid: bool) -> Result<Newcomer, Failed> {
    let name = username(number);
    Ok(Newcomer {
        username: Username::new(&name)?,
        profile: Profile {
            name: Some(FullName::new(&format!("Customer Number {number}"))?),
            phone: Some(Phone::new(&format!("+254700{number:06}"))?),
            account: Some(Account::new(&format!("A{number:06}"))?),
            package: Some(PackageName::new("home-10")?),
            router: Some(RouterName::new("core")?),
            service: Service::Pppoe,
            address: None,
            login: None,
            own_profile: None,
            own_rate: None,
        },
        expires_on: Some(due_day()),
        balance: Money::from_minor(if prepaid { PRICE_MINOR } else { 0 }),
        debited: None,
    })
}

/// Opens the store of a folder.
pub fn open(data: &Path) -> Result<Arc<Store>, Failed> {
    Ok(Arc::new(Store::open(
        data,
        Create::No,
        "bench",
        Duration::from_secs(5),
    )?))
}

/// Bills the store for [`due_day`], as the service does five minutes after midnight.
pub fn bill(store: &Arc<Store>, terms: &Terms) -> Result<Run, Failed> {
    let now = at(due_day(), 0, 5)?;
    let planned = PlannedRun {
        job: Job::Billing,
        occurrence: Occurrence {
            civil: due_day().date().at(0, 5, 0, 0),
            at: now,
        },
        caught_up: false,
        by_hand: false,
    };
    let keeper = keeper(store, now.plus_millis(50));
    let mut work = Billing::new(terms, due_day(), now);
    carry_out(store, &keeper, planned, &mut work)
}

/// A keeper of a clock that stands at this instant, and is right.
pub fn keeper(store: &Arc<Store>, at: Instant) -> Keeper {
    Keeper::new(
        Arc::new(ManualClock::at(at)),
        Arc::clone(store),
        ClockConfig::default().settings(),
    )
}

/// Carries a run out in the parts that the service makes, to its end.
pub fn carry_out(store: &Store, keeper: &Keeper, planned: PlannedRun, work: &mut dyn Decide) -> Result<Run, Failed> {
    let go_on = &mut |_, _| ControlFlow::Continue(());
    let run = run::carry_out(store, keeper, planned, run::PART_SUBSCRIBERS, work, go_on)?;
    run.ok_or_else(|| Failed::from("the run did not end"))
}

/// Copies a store into a fresh folder and waits until the copy is on the disk, so that nobody measures its writing.
pub fn copy(from: &Path, to: &Path) -> Result<PathBuf, Failed> {
    if to.exists() {
        std::fs::remove_dir_all(to)?;
    }
    std::fs::create_dir_all(to)?;
    let file = to.join(STORE_FILE);
    std::fs::copy(from.join(STORE_FILE), &file)?;
    std::fs::File::open(&file)?.sync_all()?;
    Ok(file)
}
