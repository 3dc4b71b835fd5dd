//! A store that an earlier version left: it is brought up, all or nothing, and everything in it goes on.
//!
//! The store is `tests/store/format/files/format1-thirteen.redb`; the README there tells how it was made. What richer stores
//! of each format do is in `tests/store/format/older.rs`.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use redb::{Database, ReadableDatabase, TableDefinition};
use weir::appliance::core::OpenedBy;
use weir::appliance::site_file::SiteFile;
use weir::clock::ManualClock;
use weir::commands::Silent;
use weir::commands::dispatch::Commands;
use weir::commands::payments::pay::Pay;
use weir::commands::request::Request;
use weir::commands::request::{Call, Handler};
use weir::commands::subscribers::show::SubscriberShow;
use weir::model::day::{Day, Instant};
use weir::model::job::{Job, Outcome};
use weir::store::error::StoreError;
use weir::store::migrate::FORMAT;
use weir::store::open::{Create, STORE_FILE, Store};
use weir::store::verify::verify;

use super::disk::{Dice, Disk, Left, survives};

const OLDER: &[u8] = include_bytes!("../store/format/files/format1-thirteen.redb");

/// How many subscribers and entries it holds.
const HOLDS: (u64, u64) = (13, 6);

const SITE: &str = "[site]\nname = \"hilltop\"\ntime_zone = \"Africa/Nairobi\"\ncurrency = \"KES\"\ndata = \"data\"\n\
                    socket = \"control.sock\"\n[[routers]]\nname = \"core\"\nhost = \"127.0.0.1\"\nusername = \"weir\"\n\
                    password_file = \"secrets/core\"\n[[packages]]\nname = \"home-10\"\nprice = \"1500.00\"\n\
                    profile = \"home-10\"\n[[packages]]\nname = \"office-20\"\nprice = \"4500.00\"\nrate = \"20M/20M\"\n";

fn at(text: &str) -> Instant {
    Instant::from_timestamp(text.parse().unwrap())
}

fn format_of(path: &Path) -> u32 {
    const META: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("meta");
    let db = Database::open(path).unwrap();
    let txn = db.begin_read().unwrap();
    let row = txn.open_table(META).unwrap().get("format").unwrap().unwrap();
    u32::from_le_bytes(row.value().try_into().unwrap())
}

fn holds_all(store: &Store, what: &str) {
    let found = verify(&store.read().unwrap(), |_, _| {}).unwrap();
    assert!(found.problems.is_empty(), "{what}: {:?}", found.problems);
    assert_eq!((found.subscribers, found.entries), HOLDS, "{what}");
    let reader = store.read().unwrap();
    assert!(reader.all_held().unwrap().is_empty(), "{what}");
    assert_eq!(reader.alerts(10).unwrap().1, 0, "{what}");
    assert!(
        !reader.has_uncertain_periods().unwrap() && reader.confirmed().unwrap().is_none(),
        "{what}"
    );
}

#[test]
fn an_older_store_is_brought_up_once_and_its_nights_go_on() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let path = data.join(STORE_FILE);
    std::fs::create_dir(&data).unwrap();
    std::fs::write(folder.path().join("site.toml"), SITE).unwrap();
    std::fs::write(&path, OLDER).unwrap();
    assert_eq!(format_of(&path), 1);
    let open = || Store::open(&data, Create::No, "test", Duration::from_secs(1)).unwrap();
    holds_all(&open(), "brought up");
    assert_eq!(format_of(&path), FORMAT);
    holds_all(&open(), "opened again");

    let build = Day::parse("2026-11-25").unwrap();
    let clock = Arc::new(ManualClock::with_build_day(at("2026-12-03T09:00:00Z"), build));
    let file = SiteFile::read(&folder.path().join("site.toml")).unwrap();
    let appliance = Commands::start(open(), clock.clone(), &file, OpenedBy::Service, "test").unwrap();
    let ask = |request| {
        let call = Call {
            request,
            actor: "test".to_owned(),
            json: true,
            width: 80,
        };
        let reply = appliance.handle(&call, &mut Silent).unwrap();
        serde_json::from_str::<serde_json::Value>(&reply.payload).unwrap()
    };
    let show = |username: &str| {
        let username = username.to_owned();
        ask(Request::SubscriberShow(SubscriberShow { username }))
    };
    assert_eq!(show("user02")["state"], "suspended");
    assert_eq!(show("user12")["state"], "held");
    // The marker of the jobs is where it was: one night is lived, and nothing twice.
    clock.set(at("2026-12-03T22:00:00Z"));
    let ran = appliance.work_off().unwrap();
    let ran: Vec<_> = ran.iter().map(|run| (run.job, run.outcome)).collect();
    assert_eq!(
        ran,
        [(Job::Disconnect, Outcome::CaughtUp), (Job::Billing, Outcome::CaughtUp)]
    );
    assert_eq!(show("user03")["state"], "suspended");
    assert_eq!(show("user04")["outstanding"], "1500.00");
    ask(Request::Pay(Pay {
        username: "user03".to_owned(),
        amount: "1500.00".to_owned(),
        reference: "REF3".to_owned(),
        source: None,
        date: None,
    }));
    assert_eq!(show("user03")["state"], "active");
    assert!(
        verify(&appliance.store.read().unwrap(), |_, _| {})
            .unwrap()
            .problems
            .is_empty()
    );
}

#[test]
fn the_power_may_fail_at_any_write_while_an_older_store_is_brought_up() {
    let disk = Disk::holding(OLDER.to_vec());
    let open = |disk: &Disk| -> Result<Store, StoreError> {
        let disk = disk.clone();
        Store::on_storage(move || disk.clone())
    };
    drop(open(&disk).unwrap());
    let ops = disk.ops();
    assert!(ops.len() > 5, "{}", ops.len());
    let mut dice = Dice(11);
    for cut in 0..=ops.len() {
        for kind in Left::KINDS {
            let what = format!("cut after operation {cut} of {} ({kind:?})", ops.len());
            let left = Disk::holding(survives(OLDER, &ops, cut, kind, &mut dice));
            let store = open(&left).unwrap_or_else(|error| panic!("{what}: {error}"));
            holds_all(&store, &what);
        }
    }
}
