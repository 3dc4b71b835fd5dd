//! A store file is damaged at many places, in many ways: it is refused, or opens and tells what holds and what does not. It
//! never panics, hangs, or changes while it is refused, and nothing else takes its place.

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::mpsc;
use std::time::Duration;

use redb::{Database, ReadableDatabase, TableDefinition};
use weir::model::day::Instant;
use weir::model::record::{LogKind, LogRecord};
use weir::store::error::StoreError;
use weir::store::open::{Create, LOCK_FILE, STORE_FILE, Store};
use weir::store::verify::verify;

use super::disk::{Dice, Disk};
use super::life::{House, steps};

/// Seconds after which opening and verifying counts as a hang.
const HANG_S: u64 = 20;

/// Bytes of the head of the file.
const HEAD: usize = 512;

/// Bytes of a page.
const PAGE: usize = 4096;

/// How the process that wrote the store ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Orderly,
    Killed,
}

/// A store in which five days have passed, and which is some hundred KiB in size.
fn lived(end: End) -> Vec<u8> {
    let house = House::new();
    let disk = Disk::holding(House::disk().bytes());
    let life = house.start(&disk, 0).unwrap();
    for step in 0..steps().len() {
        life.take(step).unwrap();
    }
    life.appliance
        .store
        .write(life.appliance.recorded().unwrap().at, |tx| -> Result<(), StoreError> {
            for number in 0..1_500 {
                tx.log(&LogRecord {
                    at: tx.now(),
                    kind: LogKind::Service,
                    planned_for: None,
                    username: None,
                    message: format!("something happened for the {number}th time"),
                    fields: vec![("number".to_owned(), number.to_string())],
                })?;
            }
            Ok(())
        })
        .unwrap();
    let killed = disk.bytes();
    drop(life);
    match end {
        End::Killed => killed,
        End::Orderly => disk.bytes(),
    }
}

/// What came of a damaged file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Came {
    Refused,
    /// It opened, and everything is there.
    Holds,
    /// It opened, every law holds, but the last change is gone.
    Older,
    /// The same, without a word about it.
    OlderUntold,
    /// It opened, and what is wrong was told.
    Told,
}

/// Opens the damaged file and reads all of it, within bounds of time.
fn open(folder: &Path, content: &[u8], what: &str) -> Came {
    let path = folder.join(STORE_FILE);
    fs::write(&path, content).unwrap();
    let (tell, hear) = mpsc::channel();
    let data = folder.to_owned();
    let thread = std::thread::spawn(move || {
        let came = catch_unwind(AssertUnwindSafe(|| {
            let store = Store::open(&data, Create::IfMissing, "test", Duration::ZERO)?;
            read_all(&store)
        }));
        // The receiver is there unless the test has failed already.
        drop(tell.send(came));
    });
    let came = hear
        .recv_timeout(Duration::from_secs(HANG_S))
        .unwrap_or_else(|_| panic!("{what}: hangs"));
    thread.join().unwrap();
    let left = fs::read(&path).unwrap();
    let mut there: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    there.sort();
    assert_eq!(there, [LOCK_FILE, STORE_FILE], "{what}");
    match came {
        Err(_) => panic!("{what}: panics"),
        Ok(Ok(came)) => came,
        Ok(Err(error)) => {
            assert!(
                matches!(
                    error,
                    StoreError::Damaged { .. }
                        | StoreError::Foreign { .. }
                        | StoreError::Newer { .. }
                        | StoreError::Empty { .. }
                ),
                "{what}: {error:?}"
            );
            assert!(left == content, "{what}: refused ({error}) and changed");
            Came::Refused
        }
    }
}

fn read_all(store: &Store) -> Result<Came, StoreError> {
    let walked = (|| -> Result<(bool, bool), StoreError> {
        let reader = store.read()?;
        reader.config()?;
        reader.each_log(None, |_| -> Result<bool, StoreError> { Ok(true) })?;
        reader.each_work(None, |_, _| -> Result<(), StoreError> { Ok(()) })?;
        for job in weir::model::job::Job::ALL {
            reader.job(job)?;
            reader.runs(job, 1_000)?;
        }
        reader.each_subscriber_by_name(|_| -> Result<(), StoreError> { Ok(()) })?;
        let state = reader.state()?;
        let whole = state.last_log >= 1_500 && state.head.seq.0 >= 20;
        Ok((verify(&reader, |_, _| {})?.problems.is_empty(), whole))
    })();
    // A write finds its way or says that it does not; the old state is what counts then.
    let written = store.write(
        Instant::from_millis(1_900_000_000_000),
        |tx| -> Result<(), StoreError> {
            tx.next_run();
            Ok(())
        },
    );
    Ok(match (walked, written) {
        (Ok((true, true)), Ok(())) => {
            assert!(!store.took_back(), "everything is there, and something was taken back");
            Came::Holds
        }
        (Ok((true, false)), Ok(())) if store.took_back() => Came::Older,
        (Ok((true, false)), Ok(())) => Came::OlderUntold,
        _ => Came::Told,
    })
}

/// Damages a file at random; gives the words for it.
fn harm(bytes: &mut Vec<u8>, dice: &mut Dice) -> String {
    let pages = bytes.len() / PAGE;
    match dice.roll(8) {
        0 | 1 => {
            let (at, bit) = (dice.roll(bytes.len()), dice.roll(8));
            bytes[at] ^= 1 << bit;
            format!("bit {bit} of byte {at} flipped")
        }
        2 => {
            let (at, count) = (dice.roll(bytes.len()), 1 + dice.roll(64));
            let end = (at + count).min(bytes.len());
            for byte in &mut bytes[at..end] {
                *byte = dice.roll(256) as u8;
            }
            format!("{count} bytes at {at} made up")
        }
        3 => {
            let page = dice.roll(pages);
            bytes[page * PAGE..(page + 1) * PAGE].fill(0);
            format!("page {page} zeroed")
        }
        4 => {
            let (one, other) = (dice.roll(pages), dice.roll(pages));
            for at in 0..PAGE {
                bytes.swap(one * PAGE + at, other * PAGE + at);
            }
            format!("pages {one} and {other} exchanged")
        }
        5 => {
            let length = 1 + dice.roll(bytes.len() - 1);
            bytes.truncate(length);
            format!("cut to {length} bytes")
        }
        6 => {
            let more = 1 + dice.roll(3 * PAGE);
            bytes.extend((0..more).map(|_| dice.roll(256) as u8));
            format!("{more} bytes appended")
        }
        _ => {
            // The head, where the file says what it is and which state counts.
            let (at, value) = (dice.roll(384), dice.roll(256) as u8);
            bytes[at] = value;
            format!("byte {at} of the head set to {value}")
        }
    }
}

fn harm_everywhere(end: End, times: u64) {
    let whole = lived(end);
    assert!(whole.len() > 200 * 1024, "{}", whole.len());
    let folder = tempfile::tempdir().unwrap();
    let mut counts = [0; 5];
    assert_eq!(open(folder.path(), &whole, "as it was"), Came::Holds);
    for seed in 0..times {
        let mut dice = Dice(seed);
        let mut bytes = whole.clone();
        let words = harm(&mut bytes, &mut dice);
        let came = open(folder.path(), &bytes, &format!("seed {seed}: {words}"));
        if came == Came::Told {
            println!("seed {seed}: {words}: opened, and told");
        }
        // A commit slot in the head that does not fit its checksum is passed over in silence.
        let head_harmed = bytes.get(..HEAD) != whole.get(..HEAD);
        assert!(came != Came::OlderUntold || head_harmed, "seed {seed}: {words}");
        counts[came as usize] += 1;
    }
    println!("{end:?}, {times} times: {counts:?} refused, hold, older, older untold, told");
    assert!(counts[0] > 0 && counts[1] > 0, "{counts:?}");
    // After a kill nobody can tell damage to the last commit from one that was cut off: the one before it counts.
    assert_eq!(end == End::Killed, counts[2] > 0, "{counts:?}");
}

#[test]
fn a_damaged_store_is_refused_unchanged_or_what_is_kept_in_it_holds() {
    harm_everywhere(End::Orderly, 150);
    harm_everywhere(End::Killed, 150);
}

#[test]
#[ignore = "many more places: minutes"]
fn a_damaged_store_is_refused_unchanged_wherever_it_is_damaged() {
    harm_everywhere(End::Orderly, 5_000);
    harm_everywhere(End::Killed, 5_000);
}

/// Makes a store file by hand, and opens it.
fn made(make: impl FnOnce(&Path)) -> StoreError {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(STORE_FILE);
    make(&path);
    let before = fs::read(&path).unwrap();
    let error = Store::open(folder.path(), Create::IfMissing, "test", Duration::ZERO).unwrap_err();
    assert!(fs::read(&path).unwrap() == before, "{error}");
    error
}

const META: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("meta");

fn with_meta(path: &Path, key: &str, value: &[u8]) {
    let db = Database::create(path).unwrap();
    let txn = db.begin_write().unwrap();
    txn.open_table(META).unwrap().insert(key, value).unwrap();
    txn.commit().unwrap();
}

#[test]
fn what_is_no_store_of_weir_is_refused_in_words_of_its_own() {
    let cases: [(&str, StoreError); 7] = [
        ("is an empty file", made(|path| fs::write(path, b"").unwrap())),
        (
            "is not a store of Weir",
            made(|path| fs::write(path, b"a diary\n".repeat(9_000)).unwrap()),
        ),
        (
            "without Weir's tables",
            made(|path| {
                const SONGS: TableDefinition<'_, u64, &str> = TableDefinition::new("songs");
                let db = Database::create(path).unwrap();
                let txn = db.begin_write().unwrap();
                txn.open_table(SONGS).unwrap().insert(1, "one").unwrap();
                txn.commit().unwrap();
            }),
        ),
        (
            "without Weir's tables",
            made(|path| {
                const OTHER: TableDefinition<'_, u64, u64> = TableDefinition::new("meta");
                let db = Database::create(path).unwrap();
                let txn = db.begin_write().unwrap();
                txn.open_table(OTHER).unwrap().insert(1, 1).unwrap();
                txn.commit().unwrap();
            }),
        ),
        ("names no format", made(|path| with_meta(path, "colour", b"red"))),
        (
            "its format is no number",
            made(|path| with_meta(path, "format", b"red")),
        ),
        (
            "has format 9",
            made(|path| with_meta(path, "format", &9_u32.to_le_bytes())),
        ),
    ];
    for (words, error) in cases {
        assert!(error.to_string().contains(words), "{words}: {error}");
        assert!(error.to_string().contains(STORE_FILE), "{error}");
        assert!(!error.way_out().is_empty());
    }
}

#[test]
fn a_store_that_lacks_a_table_is_refused_and_none_is_made_in_its_place() {
    for format in 1_u32..=2 {
        let error = made(|path| with_meta(path, "format", &format.to_le_bytes()));
        assert!(error.to_string().contains("table `subscribers` is missing"), "{error}");
    }
}

#[test]
fn a_record_of_another_version_is_refused_with_its_table_named() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join(STORE_FILE), lived(End::Orderly)).unwrap();
    {
        const SUBSCRIBERS: TableDefinition<'_, u32, &[u8]> = TableDefinition::new("subscribers");
        let db = Database::open(folder.path().join(STORE_FILE)).unwrap();
        let mut bytes = {
            let txn = db.begin_read().unwrap();
            txn.open_table(SUBSCRIBERS)
                .unwrap()
                .get(3)
                .unwrap()
                .unwrap()
                .value()
                .to_vec()
        };
        bytes[0] = 0;
        let txn = db.begin_write().unwrap();
        txn.open_table(SUBSCRIBERS)
            .unwrap()
            .insert(3, bytes.as_slice())
            .unwrap();
        txn.commit().unwrap();
    }
    let store = Store::open(folder.path(), Create::No, "test", Duration::ZERO).unwrap();
    let error = verify(&store.read().unwrap(), |_, _| {}).unwrap_err();
    assert_eq!(
        error.to_string(),
        "table `subscribers` holds a record of version 0 where version 1 was expected"
    );
}

#[test]
fn a_creation_that_was_cut_off_leaves_no_store_and_is_begun_anew() {
    let folder = tempfile::tempdir().unwrap();
    let whole = House::disk().bytes();
    for length in [0, 1, 4096, whole.len() / 2] {
        fs::write(folder.path().join("weir.redb.new"), &whole[..length]).unwrap();
        let missing = Store::open(folder.path(), Create::No, "test", Duration::ZERO).unwrap_err();
        assert!(matches!(missing, StoreError::Missing { .. }), "{missing:?}");
        drop(Store::open(folder.path(), Create::IfMissing, "test", Duration::ZERO).unwrap());
        assert!(!folder.path().join("weir.redb.new").exists());
        fs::remove_file(folder.path().join(STORE_FILE)).unwrap();
    }
}
