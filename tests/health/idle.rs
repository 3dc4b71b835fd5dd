//! Nothing changed, next to nothing written; and what a kill has lost is told.

use std::sync::atomic::Ordering;

use weir::appliance::core::OpenedBy;
use weir::clock::Clock;
use weir::commands::jobs::list::JobsList;
use weir::commands::request::Request;
use weir::health::unrecorded::STOPPED;
use weir::model::day::Instant;
use weir::model::record::{LogKind, LogRecord};
use weir::store::error::StoreError;

use super::site::{HealthSite, MINUTE_MS};

/// What an idle day may write in all, in bytes.
const DAY_BYTES_MAX: u64 = 1_000_000;
/// Commits of an idle day.
const DAY_COMMITS_MAX: u64 = 12;

#[test]
fn an_idle_day_of_ninety_six_probes_writes_less_than_a_megabyte_in_a_dozen_commits() {
    let mut site = HealthSite::new(3);
    site.minutes_pass(24 * 60);
    let (bytes, syncs) = (&site.card.written, &site.card.syncs);
    let before = (bytes.load(Ordering::SeqCst), syncs.load(Ordering::SeqCst));
    let newest = || site.appliance.store.read().unwrap().state().unwrap();
    let (runs_before, day) = (newest().last_run, site.clock.now());
    let mut probes = 0;
    let mut site = site;
    for quarter in 1..=96 {
        site.clock.set(day.plus_millis(quarter * 15 * MINUTE_MS));
        site.appliance.work_off().unwrap();
        probes += usize::from(site.look().is_some());
    }
    assert_eq!(probes, 96);
    let written = site.card.written.load(Ordering::SeqCst) - before.0;
    let syncs = site.card.syncs.load(Ordering::SeqCst) - before.1;
    let records = site.appliance.store.read().unwrap().state().unwrap().last_run - runs_before;
    println!("an idle day: {written} bytes, {syncs} syncs, {records} records of runs");
    assert!(written < DAY_BYTES_MAX, "{written} bytes");
    // A commit syncs twice at most.
    assert!(syncs <= 2 * DAY_COMMITS_MAX, "{syncs} syncs");
    // Billing, disconnect, reminders, cleanup where it is Sunday, and the stretches of health between them.
    assert!((4..=16).contains(&records), "{records}");
    // All of it is told, without a hole.
    let history = site.history();
    let counted: u64 = history.iter().map(|run| run["count"].as_u64().unwrap_or(1)).sum();
    assert_eq!(counted, 2 * 96, "{history:#?}");
    assert!(history.iter().all(|run| run["outcome"] == "done"));
    let jobs = site.json(Request::JobsList(JobsList));
    let health = jobs
        .as_array()
        .unwrap()
        .iter()
        .find(|job| job["name"] == "health")
        .unwrap();
    assert_eq!(health["last_run"], site.clock.now().rfc3339());
    assert_eq!(
        health["next_run"],
        site.clock.now().plus_millis(15 * MINUTE_MS).rfc3339()
    );
    assert_eq!(health["waits_for"], serde_json::Value::Null);
}

#[test]
fn what_waits_goes_along_with_a_commit_that_happens_anyway() {
    let mut site = HealthSite::new(1);
    site.minutes_pass(75);
    assert_eq!(site.appliance.health.waiting().len(), 1, "one stretch");
    write_something(&site, "anything");
    assert!(site.appliance.health.waiting().is_empty());
    let stored = site
        .appliance
        .store
        .read()
        .unwrap()
        .runs(weir::model::job::Job::Health, 10)
        .unwrap();
    // The first login was pinned by the first probe, whose run had not waited yet.
    let counted: u32 = stored.iter().map(|run| run.count).sum();
    assert_eq!(counted, 5, "{stored:?}");
}

#[test]
fn what_a_kill_has_lost_is_skipped_as_not_recorded_and_what_was_missed_as_missed() {
    let mut site = HealthSite::new(1);
    site.minutes_pass(15);
    write_something(&site, "the service started");
    site.minutes_pass(60);
    let (card, sims, now) = site.killed();
    // Ten hours in the dark.
    let now = now + 600 * MINUTE_MS;
    let alone = HealthSite::on(card.clone(), Vec::new(), now, OpenedBy::Alone, "");
    let reasons: Vec<String> = alone.history().iter().map(|run| run["error"].to_string()).collect();
    assert!(!reasons.is_empty());
    drop(alone);
    let mut site = HealthSite::on(card, sims, now, OpenedBy::Service, "");
    site.minutes_pass(15);
    let history = site.history();
    let told: Vec<(String, String, u64)> = history
        .iter()
        .map(|run| {
            let text = |field: &str| run[field].as_str().unwrap_or_default().to_owned();
            (text("outcome"), text("error"), run["count"].as_u64().unwrap_or(1))
        })
        .collect();
    let expected = [
        ("done", "", 1),
        ("skipped", "missed", 20),
        ("skipped", "not recorded", 24),
        ("done", "", 1),
    ];
    let expected: Vec<(String, String, u64)> = expected
        .iter()
        .map(|(outcome, error, count)| ((*outcome).to_owned(), (*error).to_owned(), *count))
        .collect();
    assert_eq!(told, expected);
}

#[test]
fn a_graceful_stop_loses_nothing() {
    let mut site = HealthSite::new(1);
    site.minutes_pass(60);
    site.watch.end();
    write_something(&site, STOPPED);
    let (card, sims, now) = site.killed();
    let mut site = HealthSite::on(card, sims, now + 60 * MINUTE_MS, OpenedBy::Service, "");
    site.minutes_pass(15);
    let reasons: Vec<String> = site.history().iter().map(|run| run["error"].to_string()).collect();
    assert_eq!(
        reasons.iter().filter(|reason| reason.contains("not recorded")).count(),
        0,
        "{reasons:?}"
    );
    assert_eq!(
        reasons.iter().filter(|reason| reason.contains("missed")).count(),
        1,
        "{reasons:?}"
    );
}

fn write_something(site: &HealthSite, message: &str) {
    let now = Instant::from_millis(weir::clock::Clock::now(site.clock.as_ref()).millis());
    site.appliance
        .store
        .write(now, |tx| -> Result<(), StoreError> {
            tx.log(&LogRecord {
                at: tx.now(),
                kind: LogKind::Service,
                planned_for: None,
                username: None,
                message: message.to_owned(),
                fields: Vec::new(),
            })
        })
        .unwrap();
}
