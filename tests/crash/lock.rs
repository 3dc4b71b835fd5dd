//! Two at once, and places where no store can be: who waits, who is refused, and in which words.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant as Stopwatch};

use weir::store::error::StoreError;
use weir::store::lock::StoreLock;
use weir::store::open::{Create, LOCK_FILE, STORE_FILE, Store};

fn open(data: &Path, create: Create, wait_ms: u64) -> Result<Store, StoreError> {
    Store::open(data, create, "test", Duration::from_millis(wait_ms))
}

#[test]
fn the_second_waits_and_is_told_who_holds_the_store() {
    let folder = tempfile::tempdir().unwrap();
    let first = open(folder.path(), Create::IfMissing, 0).unwrap();
    let began = Stopwatch::now();
    let refused = open(folder.path(), Create::No, 300).unwrap_err();
    assert!(began.elapsed() >= Duration::from_millis(300));
    let told = refused.to_string();
    let pid = std::process::id();
    assert_eq!(told, format!("the store is held by process {pid} (weir test)"));
    assert!(refused.way_out().contains("wait"), "{}", refused.way_out());
    drop(first);
    drop(open(folder.path(), Create::No, 0).unwrap());
}

#[test]
fn the_second_goes_on_when_the_first_ends_in_time() {
    let folder = tempfile::tempdir().unwrap();
    let first = open(folder.path(), Create::IfMissing, 0).unwrap();
    let ends = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(200));
        drop(first);
    });
    drop(open(folder.path(), Create::No, 10_000).unwrap());
    ends.join().unwrap();
}

#[test]
fn a_lock_file_left_by_a_kill_holds_nobody_up() {
    let folder = tempfile::tempdir().unwrap();
    let long = "process 1 (weir pay with a very long line that somebody else left behind)\n".repeat(9);
    fs::write(folder.path().join(LOCK_FILE), long).unwrap();
    let lock = StoreLock::take(&folder.path().join(LOCK_FILE), "pay", Duration::ZERO).unwrap();
    let now = fs::read_to_string(folder.path().join(LOCK_FILE)).unwrap();
    assert_eq!(now, format!("process {} (weir pay)\n", std::process::id()));
    drop(lock);
}

#[test]
fn a_query_makes_nothing_where_no_store_is() {
    let folder = tempfile::tempdir().unwrap();
    for data in [folder.path().to_owned(), folder.path().join("missing")] {
        let error = open(&data, Create::No, 0).unwrap_err();
        assert_eq!(
            error,
            StoreError::Missing {
                path: data.join(STORE_FILE)
            }
        );
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn a_place_where_no_store_can_be_is_named_with_a_way_out() {
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("missing");
    let file = folder.path().join("file");
    fs::write(&file, "x").unwrap();
    let lock_is_folder = folder.path().join("one");
    fs::create_dir_all(lock_is_folder.join(LOCK_FILE)).unwrap();
    let store_is_folder = folder.path().join("two");
    fs::create_dir_all(store_is_folder.join(STORE_FILE)).unwrap();
    for (data, named) in [
        (&missing, missing.join(LOCK_FILE)),
        (&file, file.join(LOCK_FILE)),
        (&lock_is_folder, lock_is_folder.join(LOCK_FILE)),
        (&store_is_folder, store_is_folder.join(STORE_FILE)),
    ] {
        let error = open(data, Create::IfMissing, 0).unwrap_err();
        let told = error.to_string();
        assert!(
            told.starts_with(&format!("`{}` cannot be opened: ", named.display())),
            "{told}"
        );
        assert!(error.way_out().contains("`data` under `[site]`"), "{}", error.way_out());
    }
}
