//! `weir clock` and `weir clock confirm`: what the owner sees of the clock, and what the owner's word does.

use serde_json::{Value, json};
use weir::appliance::core::OpenedBy;
use weir::clock::kernel::KernelSays;
use weir::commands::clock::confirm::ClockConfirm;
use weir::commands::file_body::FileBody;
use weir::commands::imports::subscribers::ImportSubscribers;
use weir::commands::request::Request;
use weir::model::alert::{AlertKind, Cause};
use weir::model::day::Instant;
use weir::model::job::{Job, Outcome, Run, RunId, Stretch};
use weir::model::name::RouterName;
use weir::model::pending_approval::{PendingApproval, PendingWork};
use weir::model::subscriber::State;
use weir::rules::trust::WitnessReport;
use weir::store::error::StoreError;
use weir::store::verify::verify;
use weir::store::write::alerts::Raised;

use super::site::{SITE, Site, at, day, hilltop, jobs_history, jobs_run, logs, saying};
use crate::support::typed::typed;

const MINUTE: i64 = 60_000;
const DAY: i64 = 1_440 * MINUTE;

pub fn unknown() -> Option<KernelSays> {
    Some(KernelSays::Unsynchronised("no time daemon".to_owned()))
}

/// A site whose newest record is of noon, under a clock for which nobody stands up.
pub fn alone_with(trust: &str) -> Site {
    with_trust(trust, OpenedBy::Alone)
}

fn with_trust(trust: &str, by: OpenedBy) -> Site {
    let text = format!("{SITE}\n[clock]\ntrust = \"{trust}\"\n");
    let site = saying(&text, "2026-12-01 12:00").opened_by(by).open();
    site.clock.have_kernel_say(unknown());
    site
}

pub fn hears(site: &Site, said: WitnessReport) {
    let core = RouterName::new("core").unwrap();
    site.appliance.keeper.hear(&core, said);
}

fn later(site: &Site, by_ms: i64) -> Instant {
    use weir::clock::Clock;
    site.clock.now().plus_millis(by_ms)
}

pub fn words_of(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn each_kind_of_clock_is_told_with_its_reason_and_its_way_out() {
    struct Case {
        name: &'static str,
        trust: &'static str,
        make: fn(&Site),
        trusted: bool,
        words: &'static [&'static str],
    }
    let cases = [
        Case {
            name: "the kernel agrees",
            trust: "either",
            make: |site| site.clock.have_kernel_say(None),
            trusted: true,
            words: &[
                "trusted: the kernel shows the same time",
                "waiting nothing",
                "confirmed no",
                "the same as this clock",
            ],
        },
        Case {
            name: "nobody is asked who could know, and the clock is near the records",
            trust: "either",
            make: |_| {},
            trusted: true,
            words: &[
                "close to the newest record",
                "not synchronised: no time daemon",
                "router core no answer:",
            ],
        },
        Case {
            name: "before the build",
            trust: "either",
            make: |site| site.clock.step(Instant::from_millis(5_000)),
            trusted: false,
            words: &[
                "before this version was built",
                "timedatectl",
                "billing: it waits until the clock is trusted",
            ],
        },
        Case {
            name: "a year ahead",
            trust: "either",
            make: |site| site.clock.step(later(site, 365 * DAY)),
            trusted: false,
            words: &[
                "365 days ahead of the newest record",
                "`max_jump` allows 3 days",
                "`weir clock confirm`",
            ],
        },
        Case {
            name: "three minutes behind",
            trust: "either",
            make: |site| site.clock.step(later(site, -3 * MINUTE)),
            trusted: false,
            words: &["3 minutes behind the newest record", "a wrong clock made those records"],
        },
        Case {
            name: "no kernel where the site insists on it",
            trust: "ntp",
            make: |_| {},
            trusted: false,
            words: &["`trust = \"ntp\"` requires that", "not counted under this setting"],
        },
        Case {
            name: "no router where the site insists on one",
            trust: "router",
            make: |site| hears(site, WitnessReport::Unsynchronised("its NTP client waits".to_owned())),
            trusted: false,
            words: &[
                "no router with a synchronised NTP client",
                "not synchronised: its NTP client waits, asked at",
            ],
        },
        Case {
            name: "a router says otherwise",
            trust: "either",
            make: |site| hears(site, WitnessReport::Time(later(site, 60 * MINUTE))),
            trusted: false,
            words: &[
                "60 minutes behind what router `core` says",
                "60 minutes ahead of this clock",
                "once both agree",
            ],
        },
        Case {
            name: "a wrong router beside a kernel that is right",
            trust: "either",
            make: |site| {
                site.clock.have_kernel_say(None);
                hears(site, WitnessReport::Time(later(site, -DAY)));
            },
            trusted: false,
            words: &["24 hours ahead of what router `core` says", "once both agree"],
        },
        Case {
            name: "a router says the same far ahead of the records",
            trust: "either",
            make: |site| {
                site.clock.step(later(site, 30 * DAY));
                hears(site, WitnessReport::Time(later(site, 0)));
            },
            trusted: true,
            words: &["router `core` shows the same time"],
        },
        Case {
            name: "nobody is asked",
            trust: "floor",
            make: |site| site.clock.step(later(site, 365 * DAY)),
            trusted: true,
            words: &["no time source is asked", "floor (no time source is asked)"],
        },
    ];
    for case in cases {
        let site = alone_with(case.trust);
        (case.make)(&site);
        let shown = site.text("clock");
        for words in case.words {
            assert!(
                words_of(&shown).contains(words),
                "{}: no `{words}` in\n{shown}",
                case.name
            );
        }
        let answer = site.ask_json("clock");
        assert_eq!(answer["trusted"], case.trusted, "{}", case.name);
        assert_eq!(answer["trust"], case.trust, "{}", case.name);
        assert_eq!(answer["way_out"].is_null(), case.trusted, "{}", case.name);
        let status = site.ask_json("status");
        assert_eq!(status["clock"]["trusted"], case.trusted, "{}", case.name);
        assert_eq!(status["clock"]["floor"], answer["floor"], "{}", case.name);
        let page = words_of(&site.text("status"));
        assert_eq!(
            page.contains("Nobody is charged"),
            !case.trusted,
            "{}: {page}",
            case.name
        );
    }
}

#[test]
fn the_answer_has_its_five_keys_and_each_witness_what_it_said() {
    let site = alone_with("either");
    hears(&site, WitnessReport::Time(later(&site, 600 * 1_000)));
    let answer = site.ask_json("clock");
    for key in ["trusted", "now", "floor", "witnesses", "waiting"] {
        assert!(answer.get(key).is_some(), "{key} is missing");
    }
    assert_eq!(answer["floor"], at("2026-12-01 12:00").rfc3339());
    assert_eq!(
        answer["witnesses"],
        json!([
            {"name": "kernel", "kind": "kernel", "state": "unsynchronised", "says": null, "differs_s": null,
             "asked_at": at("2026-12-01 12:00").rfc3339(), "detail": "no time daemon", "counts": true},
            {"name": "core", "kind": "router", "state": "synchronised", "says": at("2026-12-01 12:10").rfc3339(),
             "differs_s": 600, "asked_at": at("2026-12-01 12:00").rfc3339(), "detail": null, "counts": true},
        ])
    );
    // What has come nobody can say: the jobs wait all the same.
    let waits = |what: &str| json!({"what": what, "count": null, "since": null, "reason": "it waits until the clock is trusted"});
    assert_eq!(
        answer["waiting"],
        json!([
            waits("billing"),
            waits("disconnect"),
            waits("reminders"),
            waits("cleanup")
        ])
    );
}

#[test]
fn what_had_come_by_the_newest_record_is_counted_while_the_clock_is_in_doubt() {
    let site = hilltop("2026-12-01 12:00");
    site.set_clock("2026-12-03 12:00");
    site.ask("jobs pause disconnect");
    site.clock.step(at("2026-12-03 11:00"));
    let waiting = site.ask_json("clock")["waiting"].clone();
    assert_eq!(waiting[0]["what"], "billing");
    assert_eq!(waiting[0]["count"], 2);
    assert_eq!(waiting[0]["since"], at("2026-12-02 00:05").rfc3339());
    assert_eq!(waiting[1]["reason"], "the job is paused");
}

#[test]
fn what_must_wait_is_refused_with_the_reason_and_the_way_out_and_jobs_say_that_they_wait() {
    let site = alone_with("ntp");
    site.ask("subscriber add brian --package home-10 --router core --service pppoe --expires-on 2026-12-20");
    let list = FileBody {
        name: "list.csv".to_owned(),
        bytes: b"username\n".to_vec(),
    };
    for request in [
        jobs_run("billing", false),
        jobs_run("disconnect", true),
        Request::ImportSubscribers(ImportSubscribers {
            file: list,
            dry_run: true,
        }),
        typed("subscriber release brian"),
    ] {
        let name = request.name();
        let refused = site.tried(request).unwrap_err();
        assert!(
            refused
                .what
                .contains("must wait until the clock is trusted: the kernel"),
            "{name}: {}",
            refused.what
        );
        assert!(
            refused.way_out.contains("`weir clock confirm`"),
            "{name}: {}",
            refused.way_out
        );
    }
    assert!(words_of(&site.text("jobs")).contains("Jobs wait until the clock is trusted: the kernel"));
    let show = typed("jobs show billing");
    assert!(words_of(&site.text(show.clone())).contains("waiting the clock is not trusted: the kernel"));
    assert!(site.ask_json(show)["waits_for"].as_str().unwrap().contains("trusted"));
    let jobs = site.ask_json("jobs");
    assert!(
        jobs.as_array()
            .unwrap()
            .iter()
            .all(|job| job["waits_for"].is_null() != (job["automated"] == true && job["name"] != "health"))
    );
}

pub fn preview(site: &Site) -> Value {
    site.ask_json("clock confirm")
}

pub fn confirm(site: &Site) -> Value {
    site.ask_json("clock confirm --yes")
}

fn trusted(site: &Site) -> bool {
    site.ask_json("clock")["trusted"] == true
}

#[test]
fn a_clock_that_cannot_be_right_is_not_confirmed_and_one_that_is_trusted_needs_no_word() {
    let site = alone_with("either");
    site.clock.step(Instant::from_millis(5_000));
    for yes in [false, true] {
        let refused = site
            .tried(Request::ClockConfirm(ClockConfirm { yes, shown: None }))
            .unwrap_err();
        assert!(refused.what.contains("cannot be right"), "{}", refused.what);
    }
    site.clock.step(at("2026-12-01 12:00"));
    site.clock.have_kernel_say(None);
    let before = site.ask_json(logs(None));
    for yes in [false, true] {
        let told = site.ask(Request::ClockConfirm(ClockConfirm { yes, shown: None }));
        assert_eq!(told.exit, 0);
        assert!(told.payload.contains("nothing to confirm"), "{}", told.payload);
        assert!(
            told.payload.contains("the kernel shows the same time"),
            "{}",
            told.payload
        );
    }
    assert_eq!(site.ask_json(logs(None)), before, "nothing was written");
}

/// A site whose wrong clock lived two months too early, and then came back.
pub fn lived_too_early() -> Site {
    let site = hilltop("2026-12-01 12:00");
    site.ask("subscriber add brian --package home-10 --router core --service pppoe --expires-on 2026-12-04 --balance 5000.00");
    site.ask(
        "subscriber add chebet --package day --router core --service pppoe --expires-on 2026-12-01 --balance 200.00",
    );
    site.live_through(at("2027-02-01 12:00"));
    site.clock.have_kernel_say(unknown());
    site.clock.step(at("2026-12-03 12:00"));
    site
}

#[test]
fn the_word_lowers_a_floor_that_a_wrong_clock_raised_and_the_coming_nights_run_again() {
    let site = lived_too_early();
    assert!(site.work_off().is_empty(), "nothing runs in doubt");
    let before = (site.ask_json(logs(None)), site.ask_json(jobs_history("billing")));
    let shown = preview(&site);
    assert_eq!(shown["confirmed"], false);
    assert_eq!(shown["floor"]["to"], at("2026-12-03 12:00").rfc3339());
    assert_eq!(shown["jobs"][0]["name"], "billing");
    assert_eq!(shown["jobs"][0]["from"], at("2027-02-01 00:05").rfc3339());
    let entries = shown["entries"].as_array().unwrap();
    assert_eq!(shown["entries_count"], entries.len());
    assert!(
        entries
            .iter()
            .any(|entry| entry["username"] == "brian" && entry["amount"] == "1500.00")
    );
    for entry in entries {
        let recorded: jiff::Timestamp = entry["recorded_at"].as_str().unwrap().parse().unwrap();
        assert!(Instant::from_timestamp(recorded) > at("2026-12-03 12:00"));
    }
    let asked = site.ask("clock confirm");
    assert_eq!(
        (asked.exit, asked.notes.join("")),
        (
            1,
            format!("Is it really 2026-12-03 12:00?{}", at("2026-12-03 12:00").rfc3339())
        )
    );
    let page = words_of(&asked.payload);
    assert!(page.contains("The same due day is never charged twice"), "{page}");
    assert_eq!(
        (site.ask_json(logs(None)), site.ask_json(jobs_history("billing"))),
        before,
        "a question changes nothing"
    );

    let done = confirm(&site);
    assert_eq!(done["confirmed"], true);
    assert_eq!(done["entries"], shown["entries"]);
    let status = site.ask_json("status");
    assert_eq!(status["clock"]["trusted"], true);
    assert_eq!(status["database"]["newest"], at("2026-12-03 12:00").rfc3339());
    assert_eq!(
        status["jobs"][0]["last_run"],
        at("2026-12-03 00:05").rfc3339(),
        "those ahead are none"
    );
    let told = site.ask_json(logs(Some("service")));
    assert_eq!(told[0]["fields"]["actor"], "amina");
    assert_eq!(told[0]["at"], at("2026-12-03 12:00").rfc3339());

    let ran: Vec<String> = site
        .live_through(at("2026-12-05 12:00"))
        .iter()
        .map(|run| format!("{} {}", run.job, run.planned_for.rfc3339()))
        .collect();
    let nights = [
        format!("disconnect {}", at("2026-12-03 23:59").rfc3339()),
        format!("billing {}", at("2026-12-04 00:05").rfc3339()),
        format!("reminders {}", at("2026-12-04 09:05").rfc3339()),
        format!("disconnect {}", at("2026-12-04 23:59").rfc3339()),
        format!("billing {}", at("2026-12-05 00:05").rfc3339()),
        format!("reminders {}", at("2026-12-05 09:05").rfc3339()),
    ];
    assert_eq!(ran, nights);
    assert_eq!(site.subscriber("brian").state, State::Active);
    let found = verify(&site.appliance.store.read().unwrap(), &mut |_, _| {}).unwrap();
    assert!(found.problems.is_empty(), "{:?}", found.problems);
}

#[test]
fn a_held_run_whose_time_has_not_come_is_let_go_with_its_alert() {
    let site = lived_too_early();
    let newest = site.appliance.store.read().unwrap().state().unwrap().newest;
    let run = Run::not_run(
        RunId(900),
        Job::Disconnect,
        Stretch {
            from: at("2027-01-31 23:59"),
            to: at("2027-01-31 23:59"),
            count: 1,
        },
        Outcome::Waiting,
        "40 of 100",
    );
    let held = PendingApproval {
        work: PendingWork::Disconnect {
            run: run.id,
            planned_for: run.planned_for,
            last_cut_day: day("2027-01-31"),
            earlier: Vec::new(),
        },
        since: newest,
        cuts: 40,
        of: 100,
        max_share: 20,
        approved: None,
    };
    let cause = Cause::of(AlertKind::Guard, held.work.word());
    let cut = site.subscriber("brian");
    let store = &site.appliance.store;
    store
        .write(newest, |tx| -> Result<(), StoreError> {
            tx.put_run(&run)?;
            tx.hold(&held, [(&cut.username, cut.id)], None)?;
            tx.raise(&Raised::new(cause.clone(), "40 wait".to_owned())).map(drop)
        })
        .unwrap();
    let waiting = site.ask_json("clock")["waiting"].clone();
    assert_eq!(
        (&waiting[4]["what"], &waiting[4]["count"]),
        (&json!("disconnect"), &json!(40))
    );
    let status = site.ask_json("status");
    assert_eq!(
        (&status["held"][0]["cuts"], &status["held"][0]["of"]),
        (&json!(40), &json!(100))
    );
    assert_eq!(confirm(&site)["let_go"][0]["what"], "disconnect");
    let status = site.ask_json("status");
    assert_eq!((&status["held"], &status["alerts"]), (&json!([]), &json!([])));
    let runs = store.read().unwrap().runs(Job::Disconnect, 100).unwrap();
    let record = runs.iter().find(|record| record.id == run.id).unwrap();
    assert_eq!(record.outcome, Outcome::Skipped);
    let told = site.ask_json(logs(Some("alert")));
    let how = told[0]["message"].as_str().unwrap();
    assert!(how.contains("the held run of `disconnect` is dropped"), "{how}");
}

#[test]
fn the_word_holds_until_the_clock_jumps() {
    let site = alone_with("either");
    site.clock.step(at("2026-12-11 12:00"));
    assert!(!trusted(&site));
    let shown = preview(&site);
    assert_eq!((&shown["floor"], &shown["entries_count"]), (&Value::Null, &json!(0)));
    confirm(&site);
    assert!(trusted(&site));
    assert_eq!(site.ask_json("clock")["confirmed"]["by"], "amina");
    hears(&site, WitnessReport::Time(at("2026-12-01 12:00")));
    assert!(trusted(&site), "the owner's word counts more than a router");
    let ran = site.live_through(at("2026-12-14 12:00"));
    // Ten nights of billing, one cut, one cleanup and the reminders of the day are made good, three more nights and a Sunday
    // are lived through.
    assert_eq!(ran.len(), 23, "{ran:?}");
    hears(&site, WitnessReport::Time(at("2026-12-04 12:00")));
    assert!(trusted(&site));
    site.clock.step(at("2026-12-14 13:00"));
    assert!(!trusted(&site));
    assert_eq!(site.ask_json("clock")["confirmed"], Value::Null);
}

#[test]
fn the_word_outlives_a_restart_but_not_one_that_follows_a_jump() {
    let text = format!("{SITE}\n[clock]\ntrust = \"either\"\n");
    let site = alone_with("either");
    site.clock.step(at("2026-12-11 12:00"));
    confirm(&site);
    let site = site.closed().config(&text).open();
    assert_eq!(site.ask_json("clock")["confirmed"]["by"], "amina");
    site.clock.step(at("2027-01-11 12:00"));
    let site = site.closed().config(&text).open();
    assert_eq!(site.ask_json("clock")["confirmed"], Value::Null);
}

/// The same site as the running service, whose routers have been asked.
fn served(trust: &str) -> Site {
    let site = with_trust(trust, OpenedBy::Service);
    hears(&site, WitnessReport::Silent("nobody answers".to_owned()));
    site
}

#[test]
fn a_doubt_is_told_once_and_is_new_until_it_was_shown() {
    let site = served("either");
    site.work_off();
    assert_eq!(site.ask_json("status")["alerts"], json!([]));
    site.clock.step(at("2027-12-01 12:00"));
    site.work_off();
    let newest = || site.appliance.store.read().unwrap().state().unwrap();
    let told = newest();
    for second in 1..90 {
        site.clock.set(at("2027-12-01 12:00").plus_millis(second * 1_000));
        site.work_off();
    }
    assert_eq!(newest(), told, "nothing is written between");

    let status = site.ask_json("status");
    assert_eq!(status["alerts"][0]["kind"], "clock");
    assert_eq!(
        status["alerts"][0]["since"],
        at("2026-12-01 12:00").rfc3339(),
        "a doubt moves no floor"
    );
    assert_eq!(status["alerts"][0]["seen"], Value::Null);
    let page = site.text("status");
    assert!(page.lines().any(|line| line.starts_with("new  clock, since")), "{page}");
    assert!(page.contains("billing, disconnect"), "{page}");
    site.text(logs(None));
    assert_eq!(
        site.ask_json("status")["alerts"][0]["seen"],
        Value::Null,
        "the whole log is not the alerts"
    );
    assert!(site.text(logs(Some("alert"))).starts_with("new  "));
    assert!(site.text(logs(Some("alert"))).starts_with("open  "));
    assert_ne!(site.ask_json("status")["alerts"][0]["seen"], Value::Null);
    let seen = newest();
    assert_eq!(site.ask_json(logs(Some("alert")))[0]["fields"]["standing"], "yes");
    assert_eq!(newest(), seen, "seen already: nothing is written");

    site.clock.have_kernel_say(None);
    site.work_off();
    assert_eq!(site.ask_json("status")["alerts"], json!([]));
    let log = site.ask_json(logs(Some("alert")));
    assert_eq!(log.as_array().unwrap().len(), 2);
    assert_eq!(log[0]["fields"]["ended"], "yes");
    assert_eq!(log[1]["fields"]["standing"], Value::Null);
}

#[test]
fn the_word_ends_the_alert() {
    let site = served("ntp");
    site.work_off();
    assert_eq!(site.ask_json("status")["alerts"][0]["kind"], "clock");
    confirm(&site);
    assert_eq!(site.ask_json("status")["alerts"], json!([]));
}

#[test]
fn jobs_begin_with_the_first_command_that_a_trusted_clock_lets_decide() {
    let site = alone_with("router");
    hears(&site, WitnessReport::Unsynchronised("its NTP client is off".to_owned()));
    let import = || {
        Request::ImportSubscribers(ImportSubscribers {
            file: FileBody {
                name: "list.csv".to_owned(),
                bytes: b"username,package,router,service,expires_on\namina,home-10,core,pppoe,2026-12-20\n".to_vec(),
            },
            dry_run: false,
        })
    };
    assert!(site.tried(import()).is_err());
    assert!(
        site.appliance
            .store
            .read()
            .unwrap()
            .job(Job::Billing)
            .unwrap()
            .is_none()
    );
    hears(&site, WitnessReport::Time(at("2026-12-01 12:00")));
    site.ask(import());
    let begun = site.appliance.store.read().unwrap().job(Job::Billing).unwrap().unwrap();
    assert_eq!(
        begun.eras[0].after,
        at("2026-12-01 12:00"),
        "not only when the service is started one day"
    );
}
