//! `weir jobs`: the registry, the history without a hole, run now, dry run, pause and resume.

use serde_json::json;
use weir::commands::request::Request;
use weir::model::day::Instant;
use weir::model::money::Money;
use weir::model::subscriber::Subscriber;
use weir::store::write::transaction::{AccessWork, Changed};

use super::site::{at, day, hilltop, jobs_history, jobs_run, logs, newcomer, saying};
use crate::support::typed::typed;

fn named(action: &str, name: &str) -> Request {
    let name = name.to_owned();
    match action {
        "show" => typed(&format!("jobs show {name}")),
        "pause" => typed(&format!("jobs pause {name}")),
        "resume" => typed(&format!("jobs resume {name}")),
        other => panic!("no action {other}"),
    }
}

#[test]
fn the_registry_has_the_five_jobs_and_the_operators_own() {
    let site = hilltop("2026-12-01 12:00");
    let jobs = site.ask_json("jobs");
    let names: Vec<&str> = jobs
        .as_array()
        .unwrap()
        .iter()
        .map(|job| job["name"].as_str().unwrap())
        .collect();
    assert_eq!(
        names,
        [
            "billing",
            "disconnect",
            "reminders",
            "health",
            "cleanup",
            "check-generator"
        ]
    );
    let billing = &jobs[0];
    assert_eq!(billing["schedule"], "5 0 * * *");
    assert_eq!(billing["meaning"], "every day at 00:05");
    assert_eq!(billing["enabled"], true);
    assert_eq!(billing["last_run"], json!(null));
    assert_eq!(billing["last_outcome"], json!(null));
    assert_eq!(billing["next_run"], at("2026-12-02 00:05").rfc3339());
    assert_eq!(jobs[2]["enabled"], true);
    assert_eq!(jobs[2]["next_run"], at("2026-12-02 09:05").rfc3339());
    // Planned: told with the times that it is meant for, and honestly not run.
    assert_eq!(jobs[5]["enabled"], false);
    assert_eq!(jobs[5]["automated"], false);
    assert_eq!(jobs[5]["purpose"], "Run the generator for ten minutes");
    assert_eq!(jobs[5]["next_run"], at("2027-01-01 10:00").rfc3339());
    let text = site.text("jobs");
    assert!(text.contains("check-generator") && text.contains("never run"), "{text}");
}

#[test]
fn the_registry_tells_the_last_run_with_its_counts() {
    let site = hilltop("2026-12-01 12:00");
    site.ask("subscriber add brian --package home-10 --router core --service pppoe --expires-on 2026-12-02 --balance 1500.00");
    site.live_through(at("2026-12-02 08:00"));
    let jobs = site.ask_json("jobs");
    assert_eq!(jobs[0]["last_run"], at("2026-12-02 00:05").rfc3339());
    assert_eq!(jobs[0]["last_outcome"], "done");
    assert_eq!(jobs[0]["last_counts"]["charged"], 1);
    let shown = site.ask_json(named("show", "billing"));
    assert_eq!(shown, jobs[0]);
    let text = site.text(named("show", "billing"));
    assert!(text.contains("1 charged, 1 settled, 0 skipped"), "{text}");
}

#[test]
fn an_unknown_job_is_refused_with_the_names_and_a_planned_one_is_never_run() {
    let site = hilltop("2026-12-01 12:00");
    let unknown = site.tried(named("show", "biling")).unwrap_err();
    assert_eq!(unknown.what, "there is no job `biling`");
    assert!(unknown.way_out.contains("`billing`"));
    for request in [
        jobs_run("check-generator", true),
        jobs_history("check-generator"),
        named("pause", "check-generator"),
    ] {
        let refused = site.tried(request).unwrap_err();
        assert!(
            refused.what.contains("is only planned and Weir never runs it"),
            "{}",
            refused.what
        );
    }
}

#[test]
fn a_job_run_now_stands_in_the_history_beside_the_scheduled_ones() {
    let site = hilltop("2026-12-01 12:00");
    site.ask("subscriber add brian --package home-10 --router core --service pppoe --expires-on 2026-12-01");
    let ran = site.ask_json(jobs_run("billing", false));
    assert_eq!(ran["job"], "billing");
    assert_eq!(ran["outcome"], "done");
    assert_eq!(ran["planned_for"], at("2026-12-01 12:00").rfc3339());
    assert_eq!(ran["counts"]["charged"], 1);
    site.live_through(at("2026-12-02 08:00"));
    let history = site.ask_json(jobs_history("billing"));
    let planned: Vec<&str> = history
        .as_array()
        .unwrap()
        .iter()
        .map(|run| run["planned_for"].as_str().unwrap())
        .collect();
    let expected = [at("2026-12-02 00:05"), at("2026-12-01 12:00")].map(|at| at.rfc3339());
    assert_eq!(planned, expected);
    assert_eq!(history[1]["by_hand"], true);
    let log = site.ask_json(logs(Some("jobs")));
    assert_eq!(log[0]["fields"]["actor"], "amina");
}

#[test]
fn run_now_makes_good_what_was_missed_first() {
    let site = hilltop("2026-12-01 12:00");
    site.ask(
        "subscriber add chebet --package day --router core --service pppoe --expires-on 2026-12-01 --balance 150.00",
    );
    site.set_clock("2026-12-04 12:00");
    let reply = site.ask(jobs_run("billing", false));
    assert!(
        reply.notes.iter().any(|note| note.contains("2026-12-02 00:05")),
        "{:?}",
        reply.notes
    );
    let history = site.ask_json(jobs_history("billing"));
    let outcomes: Vec<&str> = history
        .as_array()
        .unwrap()
        .iter()
        .map(|run| run["outcome"].as_str().unwrap())
        .collect();
    assert_eq!(outcomes, ["done", "caught_up", "caught_up", "caught_up"]);
}

#[test]
fn counts_of_disconnect_tell_what_the_routers_have_confirmed() {
    let site = hilltop("2026-12-01 12:00");
    for name in ["a", "b", "c"] {
        site.ask(format!(
            "subscriber add {name} --package home-10 --router core --service pppoe --expires-on 2026-12-01"
        ));
    }
    site.live_through(at("2026-12-02 08:00"));
    let counts = site.ask_json(jobs_history("disconnect"))[0]["counts"].clone();
    assert_eq!(
        counts,
        json!({"suspended": 3, "covered": 0, "done": 0, "pending": 3, "failed": 0, "not_managed": 0})
    );
    // One is confirmed, one refused.
    let mut rows = Vec::new();
    site.appliance
        .store
        .read()
        .unwrap()
        .each_work(None, |key, work| -> Result<(), weir::store::error::StoreError> {
            rows.push((key, work));
            Ok(())
        })
        .unwrap();
    site.appliance
        .store
        .write(
            at("2026-12-02 08:00"),
            |tx| -> Result<(), weir::store::error::StoreError> {
                let (key, work) = &rows[0];
                assert!(tx.close_work(key, work.generation)?);
                let (key, work) = &mut rows[1];
                work.last_error = Some("not enough permissions".to_owned());
                tx.put_work(key, work)
            },
        )
        .unwrap();
    let counts = site.ask_json(jobs_history("disconnect"))[0]["counts"].clone();
    assert_eq!(
        counts,
        json!({"suspended": 3, "covered": 0, "done": 1, "pending": 1, "failed": 1, "not_managed": 0})
    );
}

#[test]
fn under_a_clock_that_cannot_be_believed_a_run_is_refused_without_a_record() {
    let site = hilltop("2026-12-01 12:00");
    site.ask("subscriber add brian --package home-10 --router core --service pppoe --expires-on 2026-12-01");
    let before = site.appliance.store.read().unwrap().state().unwrap();
    site.clock.set(Instant::from_millis(5_000));
    for dry_run in [false, true] {
        let refused = site.tried(jobs_run("billing", dry_run)).unwrap_err();
        assert!(
            refused.what.contains("before this version was built"),
            "{}",
            refused.what
        );
        assert_eq!(refused.exit.code(), 1);
    }
    assert_eq!(site.appliance.store.read().unwrap().state().unwrap(), before);
}

#[test]
fn a_dry_run_says_what_the_run_then_does_and_changes_nothing() {
    let site = hilltop("2026-12-01 12:00");
    site.ask("subscriber add brian --package home-10 --router core --service pppoe --expires-on 2026-12-02");
    site.ask(
        "subscriber add chebet --package day --router core --service pppoe --expires-on 2026-12-01 --balance 150.00",
    );
    site.ask("subscriber add dora --package free --router core --service pppoe --expires-on 2026-12-01");
    site.set_clock("2026-12-03 12:00");
    let before = site.appliance.store.read().unwrap().state().unwrap();
    let would = site.ask_json(jobs_run("billing", true));
    assert_eq!(site.appliance.store.read().unwrap().state().unwrap(), before);
    assert_eq!(would["missed"].as_array().unwrap().len(), 2);
    let rows: Vec<(&str, &str, &str)> = would["would"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|row| row["action"] == "charge")
        .map(|row| {
            (
                row["username"].as_str().unwrap(),
                row["amount"].as_str().unwrap(),
                row["planned_for"].as_str().unwrap(),
            )
        })
        .collect();
    let (second, third) = (at("2026-12-02 00:05").rfc3339(), at("2026-12-03 00:05").rfc3339());
    assert_eq!(
        rows,
        [
            ("brian", "1500.00", second.as_str()),
            ("chebet", "50.00", second.as_str()),
            ("chebet", "50.00", second.as_str()),
            ("chebet", "50.00", third.as_str()),
        ]
    );
    site.ask(jobs_run("billing", false));
    let charged: u64 = site
        .ask_json(jobs_history("billing"))
        .as_array()
        .unwrap()
        .iter()
        .map(|run| run["counts"]["charged"].as_u64().unwrap())
        .sum();
    assert_eq!(would["counts"]["charged"], charged);
    let text = site.text(jobs_run("disconnect", true));
    assert!(text.contains("brian") && text.contains("nothing was changed"), "{text}");
}

#[test]
fn a_pause_skips_its_own_occurrences_and_keeps_those_missed_before_it() {
    let site = hilltop("2026-12-01 12:00");
    site.ask("subscriber add brian --package home-10 --router core --service pppoe --expires-on 2026-12-02");
    // Missed on the 2nd and 3rd, paused through the 5th and 6th.
    site.set_clock("2026-12-03 12:00");
    assert_eq!(site.ask_json(named("pause", "billing"))["changed"], true);
    assert_eq!(site.ask_json(named("pause", "billing"))["changed"], false);
    assert_eq!(site.ask_json("jobs")[0]["enabled"], false);
    assert_eq!(site.ask_json("jobs")[0]["next_run"], json!(null));
    site.set_clock("2026-12-05 12:00");
    assert!(site.work_off().iter().all(|run| run.job.as_str() != "billing"));
    let history = site.ask_json(jobs_history("billing"));
    assert_eq!(history[0]["outcome"], "skipped");
    assert_eq!(history[0]["count"], 2);
    assert_eq!(history[1]["outcome"], "waiting");
    assert_eq!(history[1]["error"], "the job is paused");
    let resumed = site.ask(named("resume", "billing"));
    assert!(
        resumed.notes.iter().any(|note| note.contains("weir jobs run billing")),
        "{:?}",
        resumed.notes
    );
    site.work_off();
    let history = site.ask_json(jobs_history("billing"));
    let told: Vec<(&str, &str)> = history
        .as_array()
        .unwrap()
        .iter()
        .map(|run| (run["planned_for"].as_str().unwrap(), run["outcome"].as_str().unwrap()))
        .collect();
    let times = ["2026-12-04 00:05", "2026-12-03 00:05", "2026-12-02 00:05"].map(|text| at(text).rfc3339());
    assert_eq!(
        told,
        [
            (times[0].as_str(), "skipped"),
            (times[1].as_str(), "caught_up"),
            (times[2].as_str(), "caught_up"),
        ]
    );
    assert_eq!(history[0]["from"], at("2026-12-04 00:05").rfc3339());
    assert_eq!(history[0]["to"], at("2026-12-05 00:05").rfc3339());
    assert_eq!(site.ask_json(named("resume", "billing"))["changed"], false);
    let log = site.ask_json(logs(Some("jobs")));
    assert_eq!(log[0]["fields"]["action"], "resume");
    assert_eq!(log[1]["fields"]["action"], "pause");
}

#[test]
fn a_job_paused_by_the_file_stays_paused_and_resume_says_so() {
    let text = format!("{}\n[jobs.billing]\nenabled = false\n", super::site::SITE);
    let site = saying(&text, "2026-12-01 12:00").open();
    let reply = site.ask(named("resume", "billing"));
    assert!(
        reply.notes.iter().any(|note| note.contains("enabled = false")),
        "{:?}",
        reply.notes
    );
    assert_eq!(site.ask_json(named("resume", "billing"))["enabled"], false);
}

#[test]
fn a_job_that_is_paused_runs_when_asked_by_hand() {
    let site = hilltop("2026-12-01 12:00");
    site.ask("subscriber add brian --package home-10 --router core --service pppoe --expires-on 2026-12-02");
    site.ask(named("pause", "billing"));
    site.set_clock("2026-12-03 12:00");
    assert_eq!(site.ask_json(jobs_run("billing", false))["counts"]["charged"], 1);
}

#[test]
fn what_waits_runs_in_the_order_of_its_planned_times_across_jobs() {
    let site = hilltop("2026-12-01 12:00");
    site.ask(
        "subscriber add chebet --package day --router core --service pppoe --expires-on 2026-12-01 --balance 50.00",
    );
    site.set_clock("2026-12-04 12:00");
    let ahead = site.ask_json("plan --days 1");
    let ran: Vec<String> = site
        .work_off()
        .iter()
        .map(|run| format!("{} {}", run.job, run.planned_for.rfc3339()))
        .collect();
    let expected = [
        ("billing", "2026-12-02 00:05"),
        ("billing", "2026-12-03 00:05"),
        ("disconnect", "2026-12-03 23:59"),
        ("billing", "2026-12-04 00:05"),
        ("reminders", "2026-12-04 09:05"),
    ]
    .map(|(job, planned)| format!("{job} {}", at(planned).rfc3339()));
    assert_eq!(ran, expected);
    // The plan had foreseen the cut between the two.
    let cut = ahead
        .as_array()
        .unwrap()
        .iter()
        .find(|row| row["action"] == "suspend")
        .unwrap();
    assert_eq!(cut["at"], at("2026-12-03 23:59").rfc3339());
}

#[test]
fn a_run_by_hand_that_fails_stands_in_the_history_as_failed() {
    let site = hilltop("2026-12-01 12:00");
    // A balance that bears no further debit.
    site.ask(newcomer("brian", Some("home-10"), Some(day("2026-12-02")), 0));
    let before = site.subscriber("brian");
    site.write(|tx| {
        let subscriber = Subscriber {
            balance: Money::from_minor(i64::MIN + 1),
            ..before.clone()
        };
        let changed = Changed {
            subscriber,
            entries: Vec::new(),
            debits: Vec::new(),
            served: None,
            head: tx.state().head,
        };
        tx.put(Some(&before), changed, AccessWork::default())
    });
    site.set_clock("2026-12-02 00:01");
    let refused = site.tried(jobs_run("billing", false)).unwrap_err();
    assert!(refused.what.contains("larger than Weir can store"), "{refused}");
    let history = site.ask_json(jobs_history("billing"));
    assert_eq!(history[0]["outcome"], "failed", "{history}");
    assert_eq!(history[0]["planned_for"], at("2026-12-02 00:01").rfc3339());
    assert_eq!(history[0]["by_hand"], true);
    assert!(
        history[0]["error"]
            .as_str()
            .unwrap()
            .contains("larger than Weir can store")
    );
}
