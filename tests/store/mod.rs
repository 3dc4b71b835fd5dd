//! The store keeps its gate: compaction stands alone, and everybody else waits at it.

mod format;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use weir::model::day::Instant;
use weir::model::record::{LogKind, LogRecord};
use weir::store::error::StoreError;
use weir::store::in_memory;
use weir::store::open::Store;

fn record(at: i64) -> LogRecord {
    LogRecord {
        at: Instant::from_millis(at),
        kind: LogKind::Service,
        planned_for: None,
        username: None,
        message: "something happened, told in a sentence of some length".to_owned(),
        fields: Vec::new(),
    }
}

fn write_some(store: &Store, count: i64) {
    store
        .write(Instant::from_millis(1), |tx| -> Result<(), StoreError> {
            (0..count).try_for_each(|at| tx.log(&record(at)))
        })
        .unwrap();
}

fn count(store: &Store) -> u64 {
    let mut seen = 0;
    store
        .read()
        .unwrap()
        .each_log(None, |_| -> Result<bool, StoreError> {
            seen += 1;
            Ok(true)
        })
        .unwrap();
    seen
}

#[test]
fn compaction_waits_for_readers_and_keeps_everything() {
    let store = Arc::new(in_memory::store().unwrap());
    write_some(&store, 2_000);
    let reader = store.read().unwrap();
    let ended = Arc::new(AtomicBool::new(false));
    let compaction = {
        let (store, ended) = (Arc::clone(&store), Arc::clone(&ended));
        thread::spawn(move || {
            store.compact().unwrap();
            ended.store(true, Ordering::SeqCst);
        })
    };
    thread::sleep(Duration::from_millis(100));
    assert!(!ended.load(Ordering::SeqCst), "somebody still reads");
    drop(reader);
    compaction.join().unwrap();
    assert_eq!(count(&store), 2_000);
    write_some(&store, 1);
    assert_eq!(count(&store), 2_001);
}

#[test]
fn a_transaction_without_a_change_writes_nothing() {
    let store = in_memory::store().unwrap();
    write_some(&store, 1);
    let before = store.read().unwrap().state().unwrap();
    store
        .write(Instant::from_millis(99), |_| -> Result<(), StoreError> { Ok(()) })
        .unwrap();
    assert_eq!(
        store.read().unwrap().state().unwrap(),
        before,
        "not even the newest instant"
    );
}

#[test]
fn a_transaction_that_fails_leaves_everything_as_it_was() {
    let store = in_memory::store().unwrap();
    write_some(&store, 1);
    let failed = store.write(Instant::from_millis(99), |tx| -> Result<(), StoreError> {
        tx.log(&record(2))?;
        Err(StoreError::Contradiction("made up".to_owned()))
    });
    assert!(failed.is_err());
    assert_eq!(count(&store), 1);
}

#[test]
fn whoever_looked_before_the_floor_was_lowered_does_not_raise_it_again() {
    let store = in_memory::store().unwrap();
    let (right, wrong) = (Instant::from_millis(1_000), Instant::from_millis(9_000_000));
    let log_at = |at: Instant| {
        store
            .write(at, |tx| -> Result<Instant, StoreError> {
                tx.log(&record(tx.now().millis()))?;
                Ok(tx.now())
            })
            .unwrap()
    };
    let newest = || store.read().unwrap().state().unwrap().newest;
    log_at(wrong);
    store
        .write(right, |tx| -> Result<(), StoreError> {
            tx.lower_floor(right);
            Ok(())
        })
        .unwrap();
    assert_eq!((log_at(wrong), newest()), (right, right));
    let later = right.plus_millis(5_000);
    assert_eq!((log_at(later), newest()), (later, later));
}
