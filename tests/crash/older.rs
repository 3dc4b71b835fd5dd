//! A store that an earlier version left: it is brought up, all or nothing, and everything in it goes on.
//!
//! The store is `tests/store/format/files/format1-thirteen.redb`; the README there tells how it was made. What richer stores
//! of each format do is in `tests/store/format/older.rs`.

use std::path::Path;
use std::time::Duration;

use redb::{Database, ReadableDatabase, TableDefinition};
use weir::model::job::{Job, Outcome};
use weir::store::error::StoreError;
use weir::store::migrate::FORMAT;
use weir::store::open::{Create, STORE_FILE, Store};
use weir::store::verify::verify;

use super::disk::{Dice, Disk, Left, survives};
use crate::support::site::Site;

const OLDER: &[u8] = include_bytes!("../store/format/files/format1-thirteen.redb");

/// How many subscribers and entries it holds.
const HOLDS: (u64, u64) = (13, 6);

const SITE: &str = "[site]\nname = \"hilltop\"\ntime_zone = \"Africa/Nairobi\"\ncurrency = \"KES\"\ndata = \"data\"\n\
                    socket = \"control.sock\"\n[[routers]]\nname = \"core\"\nhost = \"127.0.0.1\"\nusername = \"weir\"\n\
                    password_file = \"secrets/core\"\n[[packages]]\nname = \"home-10\"\nprice = \"1500.00\"\n\
                    profile = \"home-10\"\n[[packages]]\nname = \"office-20\"\nprice = \"4500.00\"\nrate = \"20M/20M\"\n";

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

    let site = Site::within(folder.path(), "2026-12-03 12:00")
        .built_on("2026-11-25")
        .in_folder()
        .open();
    let show = |username: &str| site.ask_json(format!("subscriber show {username}"));
    assert_eq!(show("user02")["state"], "suspended");
    assert_eq!(show("user12")["state"], "held");
    // The marker of the jobs is where it was: one night is lived, and nothing twice.
    site.set_clock("2026-12-04 01:00");
    let ran = site.work_off();
    let ran: Vec<_> = ran.iter().map(|run| (run.job, run.outcome)).collect();
    assert_eq!(
        ran,
        [(Job::Disconnect, Outcome::CaughtUp), (Job::Billing, Outcome::CaughtUp)]
    );
    assert_eq!(show("user03")["state"], "suspended");
    assert_eq!(show("user04")["outstanding"], "1500.00");
    site.ask("pay user03 1500.00 --ref REF3");
    assert_eq!(show("user03")["state"], "active");
    site.verify();
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
