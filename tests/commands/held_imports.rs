//! Lists that would cut off too many: held as a whole, approved, refused, overtaken.

use std::fmt::Write as _;

use serde_json::{Value, json};
use weir::commands::Silent;
use weir::commands::file_body::FileBody;
use weir::commands::imports::held;
use weir::commands::imports::subscribers::ImportSubscribers;
use weir::commands::request::Call;
use weir::commands::request::Request;
use weir::commands::subscribers::fields::SubscriberFields;
use weir::commands::subscribers::set::SubscriberSet;
use weir::model::alert::Alert;
use weir::model::failure::Failure;
use weir::model::pending_approval::{Carried, PendingApproval, PendingWork};
use weir::model::subscriber::Access;
use weir::store::error::StoreError;

use super::{Site, hilltop, hold, import, instant};
use crate::support::typed::typed;

const HEAD: &str = "username,package,router,service,address,expires_on,login\n";

/// `of` new ones, of whom the first `expired` have a due day that is over.
fn list(of: usize, expired: usize) -> String {
    let mut csv = HEAD.to_owned();
    for n in 0..of {
        let day = if n < expired { "2027-03-05" } else { "2027-03-20" };
        writeln!(csv, "user{n:03},home-10,core,pppoe,,{day},").unwrap();
    }
    csv
}

/// One column of what [`list`] brought, set for the first `of`.
fn moved(column: &str, of: usize, to: impl Fn(usize) -> String) -> String {
    let mut csv = format!("username,{column}\n");
    for n in 0..of {
        writeln!(csv, "user{n:03},{}", to(n)).unwrap();
    }
    csv
}

fn named(name: &str, csv: &str) -> Request {
    Request::ImportSubscribers(ImportSubscribers {
        file: FileBody {
            name: name.to_owned(),
            bytes: csv.as_bytes().to_vec(),
        },
        dry_run: false,
    })
}

/// The answer of an import that is held, and its notes.
fn is_held(site: &Site, request: Request) -> (Value, Vec<String>) {
    let reply = site.try_json(request).unwrap();
    assert_eq!(reply.exit, 1);
    let answer: Value = serde_json::from_str(&reply.payload).unwrap();
    assert_eq!(answer["outcome"], "waiting");
    assert_eq!(
        (&answer["added"], &answer["updated"], &answer["unchanged"]),
        (&0.into(), &0.into(), &0.into())
    );
    (answer, reply.notes)
}

fn held(site: &Site) -> Option<PendingApproval> {
    let mut all = site.appliance.store.read().unwrap().all_held().unwrap();
    assert!(all.len() < 2);
    all.pop()
}

fn listed(site: &Site) -> Vec<(String, u32)> {
    let mut found = Vec::new();
    let reader = site.appliance.store.read().unwrap();
    reader
        .each_held_cut("import", |name, id| -> Result<(), StoreError> {
            found.push((name.to_owned(), id.0));
            Ok(())
        })
        .unwrap();
    found
}

fn alerts(site: &Site) -> Vec<Alert> {
    site.appliance.store.read().unwrap().alerts(9).unwrap().0
}

/// Nothing waits, and nothing of it is left.
fn nothing_waits(site: &Site) {
    assert_eq!(held(site), None);
    assert_eq!(listed(site), []);
    assert_eq!(alerts(site), []);
    let file = site
        .appliance
        .store
        .write(site.appliance.recorded().unwrap().at, |tx| tx.held_file("import"))
        .unwrap();
    assert_eq!(file, None);
}

fn told(site: &Site, kind: &str) -> Vec<String> {
    let answer = site.ask_json(format!("logs '{kind}' --limit 5"));
    let list = answer.as_array().unwrap();
    list.iter()
        .map(|record| record["message"].as_str().unwrap().to_owned())
        .collect()
}

fn call() -> Call {
    Call {
        request: typed("status"),
        actor: "grace".to_owned(),
        json: true,
        width: 80,
    }
}

fn approve(site: &Site) -> Result<(Carried, Vec<String>), Failure> {
    let done = held::approve(&site.appliance, &call().caller(), &held(site).unwrap(), &mut Silent);
    site.verify();
    done
}

fn refuse(site: &Site, text: &str) -> Result<(), Failure> {
    let done = held::refuse(&site.appliance, &call().caller(), &held(site).unwrap(), text);
    site.verify();
    done
}

/// Who is to be cut off on the routers, in order of object.
fn cut(site: &Site) -> Vec<String> {
    site.work()
        .into_iter()
        .filter(|(_, access, _)| *access == Access::Off)
        .map(|(object, _, _)| object)
        .collect()
}

#[test]
fn forty_expired_of_a_hundred_wait_and_nobody_is_taken_in() {
    let site = hilltop("2027-03-10");
    let (answer, notes) = is_held(&site, import(&list(100, 40), false));
    assert_eq!(
        (&answer["would_cut"], &answer["of"], &answer["warnings"]),
        (&40.into(), &100.into(), &json!([]))
    );
    assert_eq!(answer["cut"].as_array().unwrap().len(), 40);
    assert_eq!(answer["cut"][39], "user039");
    assert_eq!(notes, Vec::<String>::new());
    assert_eq!(site.ask_json("subscriber list"), json!([]));
    assert_eq!(site.work(), []);
    let waits = held(&site).unwrap();
    assert_eq!(
        (waits.work, waits.cuts, waits.of, waits.max_share),
        (
            PendingWork::Import {
                file: "subscribers.csv".to_owned()
            },
            40,
            100,
            20
        )
    );
    assert_eq!(listed(&site).len(), 40);
    assert!(listed(&site).iter().all(|(_, id)| *id == 0));
    let alert = alerts(&site).remove(0);
    let begins = "the import of `subscribers.csv` is waiting for approval: 40 of 100 subscribers would be cut off, \
        40 %";
    assert!(alert.text.starts_with(begins), "{}", alert.text);
    assert_eq!(alert.cause.subject, "import");
    assert!(told(&site, "subscriber")[0].starts_with(begins));
}

#[test]
fn the_text_names_the_first_twenty_and_how_to_go_on() {
    let site = hilltop("2027-03-10");
    let reply = site.ask(import(&list(100, 40), false));
    assert_eq!(reply.exit, 1);
    for part in [
        "Nothing of `subscribers.csv` was imported",
        "at once; of them 40 have an `expires_on` before today (2027-03-05).",
        "`user000`, `user001`",
        "`user019`, and 20 more",
        "weir approve import --dry-run",
        "weir approve import --refuse TEXT",
        "a corrected file",
    ] {
        assert!(reply.payload.contains(part), "{part}: {}", reply.payload);
    }
    assert!(!reply.payload.contains("user020"), "{}", reply.payload);
}

#[test]
fn ten_expired_of_a_hundred_are_taken_in_without_a_question() {
    let site = hilltop("2027-03-10");
    assert_eq!(site.import(&list(100, 10))["added"], 100);
    assert_eq!(cut(&site).len(), 10);
    nothing_waits(&site);
    // A fifth of them, and a handful of whatever share, as well.
    let site = hilltop("2027-03-10");
    assert_eq!(site.import(&list(100, 20))["added"], 100);
    let site = hilltop("2027-03-10");
    assert_eq!(site.import(&list(10, 10))["added"], 10);
    let site = hilltop("2027-03-10");
    is_held(&site, import(&list(100, 21), false));
    let site = hilltop("2027-03-10");
    is_held(&site, import(&list(11, 11), false));
}

#[test]
fn approval_takes_all_in_and_cuts_off_just_those_on_the_list() {
    let site = hilltop("2027-03-10");
    is_held(&site, import(&list(100, 40), false));
    let (carried, notes) = approve(&site).unwrap();
    assert_eq!(carried, Carried { cut: 40, spared: 0 });
    assert!(notes[0].starts_with("100 added, 0 updated"), "{notes:?}");
    let expected: Vec<String> = (0..40).map(|n| format!("core/user{n:03}")).collect();
    assert_eq!(cut(&site), expected);
    assert_eq!(site.work().len(), 40);
    nothing_waits(&site);
    assert!(told(&site, "alert")[0].contains("was approved: 40 cut off, 0 spared"));
    let record = &site.ask_json("logs subscriber --limit 1")[0];
    assert_eq!(record["fields"]["actor"], "grace");
}

#[test]
fn refusal_drops_the_file_and_keeps_the_reason() {
    let site = hilltop("2027-03-10");
    is_held(&site, import(&list(100, 40), false));
    let waits = held(&site).unwrap();
    refuse(&site, "").unwrap_err();
    refuse(&site, "the wrong year").unwrap();
    nothing_waits(&site);
    assert_eq!(site.ask_json("subscriber list"), json!([]));
    assert!(told(&site, "subscriber")[0].ends_with("was refused: the wrong year"));
    // What is over cannot be decided once more.
    let before = site.content();
    held::refuse(&site.appliance, &call().caller(), &waits, "again").unwrap_err();
    held::approve(&site.appliance, &call().caller(), &waits, &mut Silent).unwrap_err();
    assert_eq!(site.content(), before);
}

#[test]
fn the_same_list_again_while_it_waits_writes_nothing() {
    let site = hilltop("2027-03-10");
    is_held(&site, import(&list(100, 40), false));
    let (once, waits) = (site.content(), held(&site));
    site.clock.set(instant("2027-03-10", 14, 0));
    let (answer, notes) = is_held(&site, import(&list(100, 40), false));
    assert_eq!(answer["would_cut"], 40);
    assert!(notes[0].contains("already waiting"), "{notes:?}");
    assert_eq!((site.content(), held(&site)), (once, waits));
}

#[test]
fn another_list_that_is_held_takes_the_place_of_the_first() {
    let site = hilltop("2027-03-10");
    is_held(&site, named("first.csv", &list(100, 40)));
    let (_, notes) = is_held(&site, named("second.csv", &list(100, 30)));
    assert!(notes[0].contains("replaces `first.csv`"), "{notes:?}");
    assert_eq!(listed(&site).len(), 30);
    assert_eq!(alerts(&site).len(), 1);
    assert!(alerts(&site)[0].text.contains("`second.csv`"));
    assert_eq!(approve(&site).unwrap().0, Carried { cut: 30, spared: 0 });
}

#[test]
fn a_corrected_list_is_taken_in_and_the_faulty_one_cannot_be_approved_any_more() {
    for name in ["subscribers.csv", "corrected.csv"] {
        let site = hilltop("2027-03-10");
        is_held(&site, import(&list(100, 40), false));
        let faulty = held(&site).unwrap();
        let reply = site.try_json(named(name, &list(100, 0))).unwrap();
        assert_eq!(reply.exit, 0);
        assert!(reply.notes[0].contains("is dropped"), "{:?}", reply.notes);
        nothing_waits(&site);
        let before = site.content();
        held::approve(&site.appliance, &call().caller(), &faulty, &mut Silent).unwrap_err();
        assert_eq!(site.content(), before);
        assert_eq!(site.show("user000")["state"], "active");
    }
}

#[test]
fn a_list_that_changes_nothing_drops_a_faulty_one_as_well() {
    let site = hilltop("2027-03-10");
    site.import(&list(100, 0));
    is_held(&site, import(&moved("router", 40, |_| "east".to_owned()), false));
    assert_eq!(site.import(&list(100, 0))["unchanged"], 100);
    nothing_waits(&site);
    // A faulty file and a dry run leave it.
    is_held(&site, import(&moved("router", 40, |_| "east".to_owned()), false));
    site.refused(import("username,package\nuser000,gold\n", false));
    site.ask_json(import(&list(100, 0), true));
    assert!(held(&site).is_some());
}

#[test]
fn a_wrong_column_that_moves_forty_who_are_served_is_held() {
    let east = |_: usize| "east".to_owned();
    let login = |n: usize| format!("other{n:03}");
    for csv in [moved("router", 40, east), moved("login", 40, login)] {
        let site = hilltop("2027-03-10");
        site.import(&list(100, 10));
        for n in 0..100 {
            assert_eq!(site.show(&format!("user{n:03}"))["router"], "core");
        }
        let (answer, _) = is_held(&site, import(&csv, false));
        // Ten of the forty are suspended already and lose nothing.
        assert_eq!((&answer["would_cut"], &answer["of"]), (&30.into(), &100.into()));
        assert_eq!(site.show("user039")["router"], "core");
        assert_eq!(listed(&site)[0], ("user010".to_owned(), 11));
        assert_eq!(approve(&site).unwrap().0, Carried { cut: 30, spared: 0 });
        assert!(cut(&site).contains(&"core/user039".to_owned()));
    }
}

#[test]
fn those_on_hold_and_addresses_that_are_exchanged_are_no_cuts() {
    let site = hilltop("2027-03-10");
    site.import(&list(100, 0));
    for n in 0..15 {
        site.ask_json(hold(&format!("user{n:03}"), None));
    }
    assert_eq!(site.import(&moved("login", 20, |n| format!("other{n}")))["updated"], 20);
    // Everybody gets the name of the next one: nobody's object is left alone but for the first one's.
    let site = hilltop("2027-03-10");
    site.import(&list(100, 0));
    let next = moved("login", 100, |n| format!("user{:03}", (n + 1) % 100));
    assert_eq!(site.import(&next)["updated"], 100);
    assert_eq!(cut(&site), Vec::<String>::new());
}

#[test]
fn names_of_those_served_that_go_to_the_suspended_are_cuts() {
    let site = hilltop("2027-03-10");
    is_held(&site, import(&list(100, 40), false));
    approve(&site).unwrap();
    let exchanged = moved("login", 80, |n| format!("user{:03}", (n + 40) % 80));
    let (answer, _) = is_held(&site, import(&exchanged, false));
    let first = (&answer["would_cut"], &answer["cut"][0]);
    assert_eq!(first, (&40.into(), &"user040".into()));
    let site = hilltop("2027-03-10");
    site.import(&list(100, 10));
    let exchanged = moved("login", 20, |n| format!("user{:03}", (n + 10) % 20));
    assert_eq!(site.import(&exchanged)["updated"], 20);
}

#[test]
fn the_suspended_who_get_a_router_later_are_cut_only_then() {
    let site = hilltop("2027-03-10");
    let without = list(100, 40).replace(",core,", ",,");
    assert_eq!(site.import(&without)["added"], 100);
    assert_eq!(site.work(), []);
    let (answer, _) = is_held(&site, import(&moved("router", 100, |_| "core".to_owned()), false));
    assert_eq!((&answer["would_cut"], &answer["of"]), (&40.into(), &100.into()));
}

#[test]
fn a_dry_run_says_that_the_guard_would_hold_it_and_changes_nothing() {
    let site = hilltop("2027-03-10");
    let empty = site.content();
    let reply = site.try_json(import(&list(100, 40), true)).unwrap();
    let answer: Value = serde_json::from_str(&reply.payload).unwrap();
    assert_eq!(reply.exit, 0);
    assert_eq!(
        (&answer["guard"]["cuts"], &answer["guard"]["of"]),
        (&40.into(), &100.into())
    );
    assert_eq!(answer["added"], 100);
    assert!(reply.notes[0].contains("40 of 100 subscribers"), "{:?}", reply.notes);
    assert_eq!(site.content(), empty);
    nothing_waits(&site);
    assert_eq!(site.ask_json(import(&list(100, 10), true)).get("guard"), None);
}

#[test]
fn a_clock_in_doubt_refuses_import_and_approval_without_a_record() {
    let site = hilltop("2027-03-10");
    is_held(&site, import(&list(100, 40), false));
    site.clock.step(instant("1970-01-02", 12, 0));
    let before = (site.content(), held(&site));
    approve(&site).unwrap_err();
    site.refused(import(&list(100, 0), false));
    assert_eq!((site.content(), held(&site)), before);
    site.clock.step(instant("2027-03-10", 13, 0));
    assert_eq!(approve(&site).unwrap().0.cut, 40);
}

#[test]
fn another_day_cuts_off_nobody_who_was_not_listed() {
    let site = hilltop("2027-03-20");
    is_held(&site, import(&list(100, 40), false));
    // A day later the other sixty have expired too.
    site.noon("2027-03-21");
    let failure = approve(&site).unwrap_err();
    assert!(
        failure.what.contains("100 subscribers, 60 of whom were not listed"),
        "{failure}"
    );
    assert_eq!(site.ask_json("subscriber list"), json!([]));
    assert_eq!(listed(&site).len(), 100);
    assert_eq!(alerts(&site).len(), 1);
    assert!(alerts(&site)[0].text.contains("100 of 100"));
    assert_eq!(approve(&site).unwrap().0, Carried { cut: 100, spared: 0 });
    nothing_waits(&site);
}

#[test]
fn whoever_would_not_be_cut_off_any_more_is_spared() {
    let site = hilltop("2027-03-10");
    site.import(&list(100, 0));
    is_held(&site, import(&moved("router", 40, |_| "east".to_owned()), false));
    // Three are put on hold, and one was moved by hand.
    for n in 0..3 {
        site.ask_json(hold(&format!("user{n:03}"), None));
    }
    let fields = SubscriberFields {
        router: Some("east".to_owned()),
        ..SubscriberFields::default()
    };
    site.set("user003", fields);
    assert_eq!(approve(&site).unwrap().0, Carried { cut: 36, spared: 4 });
}

#[test]
fn whoever_was_listed_as_new_and_is_known_by_now_is_looked_at_again() {
    let site = hilltop("2027-03-10");
    is_held(&site, import(&list(100, 40), false));
    site.ask_json("subscriber add user000 --package home-10 --router east --service pppoe --expires-on 2027-04-01");
    assert!(approve(&site).unwrap_err().what.contains("1 of whom"));
    assert_eq!(listed(&site)[0], ("user000".to_owned(), 1));
}

#[test]
fn a_held_file_that_does_not_fit_any_more_is_refused_and_stays() {
    let site = hilltop("2027-03-10");
    site.import(&list(100, 0));
    let taken = moved("login", 40, |n| format!("new{n}"));
    is_held(&site, import(&taken, false));
    let fields = SubscriberFields {
        login: Some("new5".to_owned()),
        ..SubscriberFields::default()
    };
    site.set("user099", fields);
    let before = (site.content(), held(&site));
    let failure = approve(&site).unwrap_err();
    assert!(failure.json.unwrap().contains("user099"));
    assert!(failure.way_out.contains("still waiting"), "{}", failure.way_out);
    assert_eq!((site.content(), held(&site)), before);
}

#[test]
fn a_file_larger_than_any_record_waits_whole() {
    let site = hilltop("2027-03-10");
    let pad = "x".repeat(60_000);
    let mut csv = list(100, 40).replacen('\n', ",remark\n", 1);
    csv = csv.replace("2027-03-05,\n", &format!("2027-03-05,,{pad}\n"));
    csv = csv.replace("2027-03-20,\n", &format!("2027-03-20,,{pad}\n"));
    assert!(csv.len() > 5 * 1024 * 1024);
    is_held(&site, import(&csv, false));
    assert_eq!(approve(&site).unwrap().0.cut, 40);
    assert_eq!(site.show("user099")["state"], "active");
}

/// What a look at what is held shows, and its notes.
fn look(site: &Site) -> (Vec<(String, String, String)>, Vec<String>) {
    let before = site.content();
    let reply = site.try_json(looking()).unwrap();
    assert_eq!(site.content(), before, "a look changes nothing");
    let rows: Value = serde_json::from_str(&reply.payload).unwrap();
    let of = |row: &Value, field: &str| row[field].as_str().unwrap().to_owned();
    let rows = rows.as_array().unwrap().iter();
    let rows = rows.map(|row| (of(row, "username"), of(row, "would"), of(row, "why")));
    (rows.collect(), reply.notes)
}

fn looking() -> Request {
    typed("approve import --dry-run")
}

fn row(username: &str, would: &str, why: &str) -> (String, String, String) {
    (username.to_owned(), would.to_owned(), why.to_owned())
}

#[test]
fn a_held_list_says_what_makes_them_so_many() {
    let site = hilltop("2027-03-10");
    let csv = list(100, 40)
        .replace(
            "user001,home-10,core,pppoe,,2027-03-05,",
            "user001,home-10,core,pppoe,,2026-11-25,",
        )
        .replace(
            "user050,home-10,core,pppoe,,2027-03-20,",
            "user050,home-10,core,pppoe,,,",
        );
    let (answer, _) = is_held(&site, import(&csv, false));
    assert_eq!(
        answer["because"],
        json!({
            "expired": 40, "earliest": "2026-11-25", "latest": "2027-03-05",
            "without_day": 1, "moved": 0, "moved_by": [],
        })
    );
    let text = &alerts(&site)[0].text;
    assert!(
        text.contains("40 have an `expires_on` before today (2026-11-25 to 2027-03-05), 1 has no `expires_on`; "),
        "{text}"
    );
    let site = hilltop("2027-03-10");
    site.import(&list(100, 0));
    is_held(&site, import(&moved("router", 40, |_| "east".to_owned()), false));
    let text = &alerts(&site)[0].text;
    assert!(text.contains("at once; of them 40 get another router; "), "{text}");
}

#[test]
fn a_look_tells_of_each_what_approving_would_do_now() {
    let site = hilltop("2027-03-10");
    is_held(&site, import(&list(100, 40), false));
    // One of them is taken in by hand meanwhile.
    site.import(&format!("{HEAD}user001,home-10,core,pppoe,,2027-03-20,\n").replace("user001", "other"));
    nothing_waits(&site);
    is_held(&site, import(&list(100, 40), false));
    let (rows, notes) = look(&site);
    assert_eq!(rows.len(), 40);
    assert_eq!(rows[0], row("user000", "cut", "new, paid through 2027-03-05 only"));
    assert!(
        notes[0].contains("imports the file") && notes[0].contains("discards it"),
        "{notes:?}"
    );

    let site = hilltop("2027-03-10");
    site.import(&list(100, 0));
    is_held(&site, import(&moved("router", 40, |_| "east".to_owned()), false));
    site.ask_json(hold("user000", None));
    let fields = SubscriberFields {
        router: Some("east".to_owned()),
        ..SubscriberFields::default()
    };
    site.ask_json(Request::SubscriberSet(SubscriberSet {
        username: "user001".to_owned(),
        fields,
    }));
    let (rows, _) = look(&site);
    assert_eq!(rows[0], row("user000", "spare", "on hold"));
    assert_eq!(rows[1], row("user001", "spare", "is served, paid through 2027-03-20"));
    assert_eq!(rows[2], row("user002", "cut", "moved: router core -> east"));
    assert_eq!(approve(&site).unwrap().0, Carried { cut: 38, spared: 2 });
}

#[test]
fn a_look_says_that_approving_would_be_refused() {
    // A day later the other sixty have expired too.
    let site = hilltop("2027-03-20");
    is_held(&site, import(&list(100, 40), false));
    site.noon("2027-03-21");
    let (rows, notes) = look(&site);
    assert_eq!(rows.len(), 100);
    assert!(rows.iter().all(|(_, would, _)| would == "cut"));
    assert_eq!(
        rows[99].2,
        "not listed when it was held: new, paid through 2027-03-20 only"
    );
    assert!(
        notes[0].starts_with("approving would be refused: 60 of them were not listed"),
        "{notes:?}"
    );
    approve(&site).unwrap_err();

    // Somebody has the name of one of the list by now.
    let site = hilltop("2027-03-10");
    is_held(&site, import(&list(100, 40), false));
    site.ask_json("subscriber add another --package home-10 --router core --service pppoe --login user050");
    let failure = site.refused(looking());
    assert!(failure.what.starts_with("approving would be refused:\n"), "{failure}");
    assert!(failure.what.contains("another"), "{failure}");
    assert_eq!(failure.way_out, approve(&site).unwrap_err().way_out);
}
