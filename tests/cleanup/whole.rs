//! A whole cleanup: what goes, what stays, what is told.

use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt;

use serde_json::{Value, json};
use weir::commands::payments::ledger::Ledger;
use weir::commands::request::Request;
use weir::commands::status::answer::Status;
use weir::commands::system::verify::Verify;
use weir::model::message::{Channel, Draft, MessageState, Purpose};
use weir::model::name::RouterName;
use weir::model::router::incident::{Incident, Trouble};
use weir::store::error::StoreError;

use super::site::{House, Life, all, lines, logs};
use crate::commands::instant;
use crate::commands_queries::site::{jobs_history, jobs_run};
use crate::crash::disk::Disk;

/// 5,000 hours from 2026-12-01 to 2027-06-27, and it is that Sunday just before 03:05.
fn sunday(house: &House) -> Life {
    let life = house.start(&Disk::default(), "2027-06-21", 12, 0, 100);
    life.add("amina");
    life.set("2027-06-27", 3, 0);
    life.appliance.work_off().unwrap();
    life.record("2026-12-01", 5_000);
    life
}

#[test]
fn old_records_move_into_files_of_their_month_and_the_log_tells_them_as_before() {
    let house = House::new("health = 30");
    let life = sunday(&house);
    let before = life.made();
    assert_eq!(before.len(), 5_000);
    life.set("2027-06-27", 3, 5);
    let ran = life.appliance.work_off().unwrap();
    assert_eq!(ran.len(), 1, "{ran:?}");
    let history = life.ask(jobs_history("cleanup"));
    assert_eq!(history[0]["outcome"], "done", "{history}");
    let archived = history[0]["counts"]["archived"].as_u64().unwrap();
    assert_eq!(history[0]["counts"]["deleted"], archived);
    // 28 days until 2026-12-29 are past 180 days, and of health all until 2027-05-27.
    assert!(archived > 28 * 24, "{archived}");
    assert_eq!(life.made(), before);
    let mut seen = BTreeSet::new();
    for file in house.files() {
        let name = file.file_name().unwrap().to_str().unwrap().to_owned();
        let month = name
            .strip_prefix("weir-")
            .unwrap()
            .split_once('.')
            .unwrap()
            .0
            .to_owned();
        assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        for line in lines(&file) {
            let at: jiff::Timestamp = line["at"].as_str().unwrap().parse().unwrap();
            let civil = at.to_zoned(jiff::tz::TimeZone::get("Africa/Nairobi").unwrap());
            assert_eq!(civil.strftime("%Y-%m").to_string(), month);
            let is_health = line["kind"] == "health";
            assert!(is_health || civil.date() < jiff::civil::date(2026, 12, 29), "{line}");
            assert!(seen.insert(line.to_string()), "twice: {line}");
        }
    }
    assert_eq!(seen.len() as u64, archived);
    let index = std::fs::read_to_string(house.archive().join("index.jsonl")).unwrap();
    let counted: u64 = index
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["count"].as_u64().unwrap())
        .sum();
    assert_eq!(counted, archived);
}

#[test]
fn a_second_cleanup_finds_nothing_and_a_later_one_only_what_has_become_old() {
    let house = House::new("");
    let life = sunday(&house);
    life.set("2027-06-27", 3, 5);
    life.appliance.work_off().unwrap();
    let (files, left) = (house.files(), life.in_store());
    let again = life.ask(jobs_run("cleanup", false));
    assert_eq!(again["counts"]["deleted"], 0, "{again}");
    assert_eq!(house.files(), files);
    life.set("2027-07-04", 3, 5);
    life.appliance.work_off().unwrap();
    assert!(house.files().len() > files.len());
    assert!(life.in_store() < left);
    assert_eq!(life.made().len(), 5_000);
}

#[test]
fn days_kinds_users_and_limits_narrow_store_and_archive_alike() {
    let house = House::new("days = 90\nhealth = 30");
    let life = sunday(&house);
    let questions = [
        logs(Some("health"), None, None, None, 100_000),
        logs(None, None, Some("2026-12-20"), None, 100_000),
        logs(None, Some("2027-03-20"), Some("2027-04-10"), None, 100_000),
        logs(Some("billing"), Some("2026-12-20"), None, Some("amina"), 100_000),
        logs(None, None, Some("2027-06-01"), Some("amina"), 700),
        logs(Some("health"), None, Some("2027-06-26"), None, 150),
        logs(None, None, Some("2027-03-01"), None, 1),
    ];
    let before: Vec<Value> = questions.iter().map(|question| life.ask(question.clone())).collect();
    life.ask(jobs_run("cleanup", false));
    assert!(life.in_store() < 3_000);
    for (question, before) in questions.iter().zip(before) {
        let made = |all: &Value| -> Vec<Value> {
            let found = all.as_array().unwrap().iter();
            found
                .filter(|one| one["message"].as_str().unwrap().starts_with("made"))
                .cloned()
                .collect()
        };
        assert!(!made(&before).is_empty(), "{question:?}");
        assert_eq!(made(&life.ask(question.clone())), made(&before), "{question:?}");
    }
}

#[test]
fn money_and_what_is_still_at_work_stays_and_what_has_ended_goes() {
    let house = House::new("days = 30");
    let life = house.start(&Disk::default(), "2027-01-01", 12, 0, 100);
    life.add("amina");
    let incident = |since: &str, until: Option<&str>| Incident {
        router: RouterName::new("core").unwrap(),
        trouble: Trouble::Unreachable,
        since: instant(since, 0, 0),
        until: until.map(|day| instant(day, 1, 0)),
        reason: "no answer".to_owned(),
        flaps: 0,
        up_ms: 0,
    };
    let draft = |once: &str| Draft {
        channel: Channel::Sms,
        to: "+254700000001".to_owned(),
        purpose: Purpose::Alert,
        subscriber: None,
        once: once.to_owned(),
        subject: String::new(),
        text: "Router core is down".to_owned(),
        attachment: None,
        happened_at: life.clock_now(),
        not_before: life.clock_now(),
        expires: None,
    };
    let sent = life
        .appliance
        .store
        .write(life.clock_now(), |tx| -> Result<_, StoreError> {
            tx.put_incident(&incident("2026-12-30", None))?;
            tx.put_incident(&incident("2026-12-29", Some("2026-12-29")))?;
            let waits = tx.queue(draft("waits"))?.unwrap();
            let sent = tx.queue(draft("sent"))?.unwrap();
            let mut message = tx.message(sent)?.unwrap();
            message.state = MessageState::Sent;
            tx.put_message(&message)?;
            Ok((waits, sent))
        })
        .unwrap();
    for day in ["2027-01-02", "2027-01-03", "2027-01-04"] {
        life.set(day, 12, 0);
        life.appliance.work_off().unwrap();
    }
    let ledger = |life: &Life| {
        life.ask(Request::Ledger(Ledger {
            username: "amina".to_owned(),
        }))
    };
    let entries = ledger(&life);
    life.set("2027-04-04", 12, 0);
    life.appliance.work_off().unwrap();
    let reader = life.appliance.store.read().unwrap();
    assert_eq!(reader.message(sent.1).unwrap(), None);
    assert!(reader.message(sent.0).unwrap().is_some(), "it still has to leave");
    let counts = reader.messages_state().unwrap();
    assert_eq!(
        (counts.count(MessageState::Queued), counts.count(MessageState::Sent)),
        (1, 0)
    );
    let newest = reader
        .newest_incident(&RouterName::new("core").unwrap())
        .unwrap()
        .unwrap();
    assert_eq!(newest.until, None);
    let mut incidents = 0;
    reader
        .each_incident_back(&newest.router, |_| -> Result<bool, StoreError> {
            incidents += 1;
            Ok(true)
        })
        .unwrap();
    assert_eq!(incidents, 1, "the one that lasts");
    drop(reader);
    assert_eq!(ledger(&life).as_array().unwrap()[0], entries[0]);
    assert_eq!(life.ask(Request::Verify(Verify))["ok"], true);
    let tables: BTreeSet<String> = house
        .files()
        .iter()
        .flat_map(|file| lines(file))
        .map(|line| line["table"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(
        tables.into_iter().collect::<Vec<_>>(),
        ["incident", "log", "message", "run"]
    );
    // The once key is free again.
    let again = life
        .appliance
        .store
        .write(life.clock_now(), |tx| tx.queue(draft("sent")));
    assert!(again.unwrap().is_some());
    for job in ["billing", "disconnect"] {
        assert!(!life.ask(jobs_history(job)).as_array().unwrap().is_empty());
    }
}

#[test]
fn without_an_archive_they_are_deleted() {
    let house = House::new("archive = false");
    let life = sunday(&house);
    let done = life.ask(jobs_run("cleanup", false));
    assert_eq!(done["counts"]["archived"], 0);
    assert!(done["counts"]["deleted"].as_u64().unwrap() > 28 * 24 - 3);
    assert!(!house.archive().exists());
    assert!(life.made().len() < 5_000);
}

#[test]
fn a_dry_run_tells_what_the_run_then_does_and_changes_nothing() {
    let house = House::new("days = 60");
    let life = sunday(&house);
    let (before, newest) = (life.in_store(), life.appliance.store.read().unwrap().state().unwrap());
    let would = life.ask(jobs_run("cleanup", true));
    let text = life.call(jobs_run("cleanup", true), false).payload;
    assert!(text.contains("archived in the months 2026-12 to 2027-04"), "{text}");
    assert_eq!(life.in_store(), before);
    assert_eq!(life.appliance.store.read().unwrap().state().unwrap(), newest);
    assert!(!house.archive().exists());
    let done = life.ask(jobs_run("cleanup", false));
    assert_eq!(would["counts"]["archived"], done["counts"]["archived"]);
    assert_eq!(would["counts"]["deleted"], done["counts"]["deleted"]);
    let sum = |rows: &Value| -> u64 {
        rows.as_array()
            .unwrap()
            .iter()
            .map(|row| row["count"].as_u64().unwrap())
            .sum()
    };
    assert_eq!(json!(sum(&would["months"])), would["counts"]["archived"]);
    assert_eq!(json!(sum(&would["records"])), would["counts"]["deleted"]);
}

#[test]
fn an_archive_that_cannot_be_written_deletes_nothing_and_keeps_no_other_job() {
    let house = House::new("");
    let life = sunday(&house);
    std::fs::write(house.archive(), "not a folder").unwrap();
    life.set("2027-06-27", 3, 5);
    life.appliance.work_off().unwrap();
    let history = life.ask(jobs_history("cleanup"));
    assert_eq!(history[0]["outcome"], "failed", "{history}");
    assert!(history[0]["error"].as_str().unwrap().contains("archive"), "{history}");
    std::fs::remove_file(house.archive()).unwrap();
    assert_eq!(life.made().len(), 5_000);
    assert_eq!(life.ask(Request::Status(Status))["alerts"][0]["subject"], "archive");
    life.set("2027-06-28", 0, 5);
    assert_eq!(life.appliance.work_off().unwrap().len(), 2, "disconnect and billing");
    life.set("2027-07-04", 3, 5);
    life.appliance.work_off().unwrap();
    assert!(!house.files().is_empty());
    assert_eq!(life.ask(Request::Status(Status))["alerts"], json!([]));
    assert_eq!(life.made().len(), 5_000);
}

#[test]
fn while_the_store_is_compacted_status_is_told_from_memory() {
    let house = House::new("days = 2");
    let life = house.start(&Disk::default(), "2027-06-26", 12, 0, 5_000);
    life.record("2025-01-01", 20_000);
    life.set("2027-06-27", 3, 5);
    // As long as somebody reads the store cannot be closed.
    let reader = life.appliance.store.read().unwrap();
    std::thread::scope(|scope| {
        let cleanup = scope.spawn(|| life.appliance.work_off().unwrap());
        let began = std::time::Instant::now();
        let told = loop {
            let asked = std::time::Instant::now();
            let told = life.ask(Request::Status(Status));
            if told["as_of"].is_string() {
                assert!(asked.elapsed().as_millis() < 50, "{:?}", asked.elapsed());
                break told;
            }
            assert!(began.elapsed().as_secs() < 30, "it was never compacted");
            std::thread::sleep(std::time::Duration::from_millis(1));
        };
        assert_eq!(told["site"], "hilltop");
        let page = life.call(Request::Status(Status), false).payload;
        assert!(page.contains("The store is being compacted"), "{page}");
        drop(reader);
        let ran = cleanup.join().unwrap();
        assert_eq!(ran.last().unwrap().job.as_str(), "cleanup");
    });
    assert!(life.ask(Request::Status(Status))["as_of"].is_null());
    let freed = life.ask(jobs_history("cleanup"))[0]["counts"]["freed_bytes"]
        .as_u64()
        .unwrap();
    assert!(freed > 1_000_000, "{freed}");
    assert_eq!(life.call(all(), true).exit, 0);
    assert_eq!(life.made().len(), 20_000);
}
