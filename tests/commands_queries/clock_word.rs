//! `weir clock confirm`: what the owner's word sets right after a clock that ran ahead, what it costs to believe one that
//! is ahead, and which clock the word is about.

use serde_json::json;
use weir::commands::clock::confirm::ClockConfirm;
use weir::commands::clock::confirm::ShownClock;
use weir::commands::request::Request;
use weir::model::alert::{AlertKind, Cause};
use weir::model::entry::EntryKind;
use weir::model::pending_approval::{PendingApproval, PendingWork};
use weir::model::record::{LogKind, LogRecord};
use weir::model::router::work::ObjectKey;
use weir::model::subscriber::{State, Subscriber};
use weir::store::error::StoreError;
use weir::store::verify::verify;
use weir::store::write::alerts::Raised;
use weir::store::write::transaction::{AccessWork, Changed};

use super::clock::{alone_with, confirm, lived_too_early, preview, unknown, words_of};
use super::site::{Site, at, day, hilltop, logs};

/// A site whose clock ran two months ahead and cut off whoever had not paid by then.
fn cut_off_too_early() -> Site {
    let site = hilltop("2026-12-01 12:00");
    site.ask("subscriber add ruth --package home-10 --router core --service pppoe --expires-on 2026-12-01");
    site.ask("subscriber add dan --package home-10 --router core --service pppoe --expires-on 2026-12-20");
    site.ask("subscriber add joy --package home-10 --router core --service pppoe --expires-on 2026-12-20");
    site.ask("subscriber add ken --package home-10 --router core --service pppoe --expires-on 2026-12-20");
    site.ask("subscriber add brian --package home-10 --router core --service pppoe --expires-on 2026-12-04 --balance 5000.00");
    cut_by_a_right_clock(&site, "eve");
    site.live_through(at("2027-02-01 12:00"));
    site.ask("subscriber hold joy");
    site.ask("subscriber close ken");
    site.clock.have_kernel_say(unknown());
    site.clock.step(at("2026-12-03 12:00"));
    site
}

/// Somebody whom a run cut off on the first of December, and whose due day was moved on since.
fn cut_by_a_right_clock(site: &Site, username: &str) {
    site.ask(format!(
        "subscriber add {username} --package home-10 --router core --service pppoe --expires-on 2026-12-25"
    ));
    let before = site.subscriber(username);
    let after = Subscriber {
        state: State::Suspended,
        serving_since: None,
        ..before.clone()
    };
    let now = at("2026-12-01 12:00");
    site.appliance
        .store
        .write(now, |tx| -> Result<(), StoreError> {
            tx.log(&LogRecord {
                at: now,
                kind: LogKind::Disconnect,
                planned_for: Some(at("2026-12-01 11:59")),
                username: Some(after.username.clone()),
                message: "suspended".to_owned(),
                fields: Vec::new(),
            })?;
            let changed = Changed {
                subscriber: after,
                entries: Vec::new(),
                debits: Vec::new(),
                served: None,
                head: tx.state().head,
            };
            tx.put(Some(&before), changed, AccessWork::default())
        })
        .unwrap();
}

fn holds(site: &Site) {
    let found = verify(&site.appliance.store.read().unwrap(), &mut |_, _| {}).unwrap();
    assert!(found.problems.is_empty(), "{:?}", found.problems);
}

#[test]
fn whoever_a_wrong_clock_cut_off_before_their_time_is_brought_back_and_nobody_else() {
    let site = cut_off_too_early();
    let before = site.subscriber("dan");
    assert_eq!((before.state, before.outstanding.len()), (State::Suspended, 1));
    assert_eq!(site.subscriber("ruth").state, State::Suspended);
    let shown = preview(&site);
    assert_eq!(
        shown["brought_back"],
        json!([{"username": "dan", "expires_on": "2026-12-20", "cut_off_on": "2026-12-20"}])
    );
    assert_eq!(shown["brought_back_count"], 1);
    let page = words_of(&site.ask("clock confirm").payload);
    assert!(
        page.contains("although they are still paid for: 1; they will be brought back:"),
        "{page}"
    );
    assert_eq!(site.subscriber("dan"), before, "a question changes nothing");

    assert_eq!(confirm(&site)["brought_back_count"], 1);
    let after = site.subscriber("dan");
    assert_eq!(after.state, State::Active);
    assert_eq!(after.period, before.period);
    assert!(after.serving_since.is_some());
    assert_eq!(
        (after.balance, &after.outstanding, after.period.expires_on),
        (before.balance, &before.outstanding, before.period.expires_on)
    );
    for (name, state) in [
        ("ruth", "suspended"),
        ("joy", "held"),
        ("ken", "closed"),
        ("eve", "suspended"),
    ] {
        assert_eq!(site.subscriber(name).state_word(), state, "{name}");
    }
    assert_eq!(site.subscriber("joy").state, State::Suspended);
    let work = |name: &str| {
        let key = weir::store::keys::object_key(&site.subscriber(name)).unwrap();
        let found: Option<weir::model::router::work::RouterWork> = look(&site, &key);
        found.map(|row| row.access)
    };
    assert_eq!(work("dan"), Some(weir::model::subscriber::Access::On));
    let told = site.ask_json(logs(Some("disconnect")));
    assert_eq!(
        (&told[0]["username"], &told[0]["fields"]["actor"]),
        (&json!("dan"), &json!("amina"))
    );
    holds(&site);

    // From here on dan is like anybody: cut off when the day has come, and charged for it once.
    site.live_through(at("2026-12-20 23:00"));
    assert_eq!(site.subscriber("dan").state, State::Active);
    site.live_through(at("2026-12-22 12:00"));
    assert_eq!(site.subscriber("dan").state, State::Suspended);
    let reader = site.appliance.store.read().unwrap();
    let entries = reader.wallet_entries(&site.subscriber("dan"), 100).unwrap();
    let debits = entries.iter().filter(|entry| entry.kind == EntryKind::Debit);
    assert_eq!(debits.count(), 1);
    drop(reader);
    holds(&site);
}

#[test]
fn no_day_of_service_is_kept_that_has_not_come() {
    let site = hilltop("2026-12-01 12:00");
    site.ask("subscriber add ken --package home-10 --router core --service pppoe --expires-on 2026-12-20");
    site.ask("subscriber add ida --package home-10 --router core --service pppoe --expires-on 2026-12-02");
    site.live_through(at("2027-02-01 12:00"));
    site.ask("subscriber add zoe --package home-10 --router core --service pppoe --expires-on 2027-02-20");
    site.ask("subscriber close ken");
    site.clock.have_kernel_say(unknown());
    site.clock.step(at("2026-12-10 12:00"));
    confirm(&site);
    assert_eq!(site.subscriber("zoe").serving_since, Some(day("2026-12-10")));
    let reader = site.appliance.store.read().unwrap();
    let last = |name: &str| {
        let served = reader.served_of(site.subscriber(name).id).unwrap();
        served.stretches().last().map(|one| one.through)
    };
    // The wrong clock cut ken off on 20 December; ida was cut off before it ran ahead.
    assert_eq!(
        [last("ken"), last("ida")],
        [Some(day("2026-12-09")), Some(day("2026-12-02"))]
    );
    drop(reader);
    holds(&site);
}

fn look(site: &Site, key: &ObjectKey) -> Option<weir::model::router::work::RouterWork> {
    site.appliance.store.read().unwrap().work(key).unwrap()
}

#[test]
fn whoever_pays_a_charge_that_was_posted_early_has_paid_that_day() {
    let site = cut_off_too_early();
    confirm(&site);
    site.ask("pay dan 1500.00 --ref QX1");
    let paid = site.subscriber("dan");
    assert_eq!(paid.period.expires_on, Some(day("2027-01-20")));
    site.live_through(at("2026-12-22 12:00"));
    assert_eq!(
        site.subscriber("dan"),
        paid,
        "the day that was paid early is not charged again"
    );
    holds(&site);
}

#[test]
fn what_billing_posted_early_is_told_apart_from_payments_and_nobody_is_told_to_correct_it() {
    let site = hilltop("2026-12-01 12:00");
    site.ask("subscriber add brian --package home-10 --router core --service pppoe --expires-on 2026-12-04 --balance 5000.00");
    site.live_through(at("2026-12-20 12:00"));
    site.ask("pay brian 200.00 --ref QX7");
    site.clock.have_kernel_say(unknown());
    site.clock.step(at("2026-12-03 12:00"));
    let shown = preview(&site);
    assert_eq!(
        (&shown["entries_count"], &shown["charges_count"]),
        (&json!(2), &json!(1))
    );
    let entries = shown["entries"].as_array().unwrap();
    assert_eq!(
        (&entries[0]["kind"], &entries[0]["by_billing"]),
        (&json!("debit"), &json!(true))
    );
    assert_eq!(entries[0]["for_day"], "2026-12-04");
    assert_eq!(
        (&entries[1]["kind"], &entries[1]["by_billing"]),
        (&json!("credit"), &json!(false))
    );
    let asked = site.ask("clock confirm");
    for line in asked.payload.lines() {
        assert!(line.chars().count() <= 80, "wider than 80 columns: {line}");
    }
    let page = words_of(&asked.payload);
    let place = |words: &str| page.find(words).unwrap_or_else(|| panic!("no `{words}` in {page}"));
    let charges = place("Charges that billing posted under a wrong clock");
    let left = place("The same due day is never charged twice");
    let others = place("Other entries");
    assert!(charges < left && left < others && others < place("Real payments among them stay"));
    assert!(!page.get(..others).unwrap().contains("weir adjust"), "{page}");
}

#[test]
fn the_word_is_about_the_clock_that_the_question_showed() {
    let answer = |now: String, open_s: u64| {
        Request::ClockConfirm(ClockConfirm {
            yes: true,
            shown: Some(ShownClock { now, open_s }),
        })
    };
    let ten = at("2026-12-11 12:00");
    let cases = [
        ("at once", ten.rfc3339(), 0, None),
        ("after five minutes", ten.plus_millis(-300_000).rfc3339(), 300, None),
        ("a little off", ten.plus_millis(-110_000).rfc3339(), 0, None),
        (
            "jumped ahead",
            ten.plus_millis(-300_000).rfc3339(),
            10,
            Some("the clock has jumped since the question was asked: it now shows 2026-12-11 12:00:00"),
        ),
        (
            "jumped back",
            ten.plus_millis(300_000).rfc3339(),
            0,
            Some("the clock has jumped"),
        ),
        ("stood still", ten.rfc3339(), 300, Some("the clock has jumped")),
        (
            "stood for too long",
            ten.plus_millis(-601_000).rfc3339(),
            601,
            Some("more than 10 minutes"),
        ),
        (
            "no clock",
            "noon".to_owned(),
            0,
            Some("is not a time that a clock shows"),
        ),
        ("forever", ten.rfc3339(), u64::MAX, Some("more than 10 minutes")),
    ];
    for (name, now, open_s, refused) in cases {
        let site = alone_with("either");
        site.clock.step(ten);
        let told = site.tried(answer(now, open_s));
        match refused {
            None => assert_eq!(told.unwrap().exit, 0, "{name}"),
            Some(words) => {
                let failure = told.unwrap_err();
                assert!(failure.what.contains(words), "{name}: {}", failure.what);
                assert!(failure.way_out.contains("again"), "{name}: {}", failure.way_out);
            }
        }
        let confirmed = site.ask_json("clock")["confirmed"].is_null();
        assert_eq!(confirmed, refused.is_some(), "{name}");
    }
}

#[test]
fn a_clock_ahead_of_the_records_says_what_believing_it_costs() {
    let site = alone_with("either");
    site.ask("subscriber add dan --package home-10 --router core --service pppoe --expires-on 2026-12-05");
    site.ask("subscriber add brian --package home-10 --router core --service pppoe --expires-on 2026-12-04 --balance 5000.00");
    site.clock.step(at("2026-12-11 12:00"));
    let shown = preview(&site);
    let at_once = &shown["at_once"];
    assert_eq!(
        at_once["jobs"][0],
        json!({"name": "billing", "occurrences": 10, "first": at("2026-12-02 00:05").rfc3339(),
               "last": at("2026-12-11 00:05").rfc3339()})
    );
    assert_eq!(
        (&at_once["charges"], &at_once["charged"], &at_once["cuts"]),
        (&json!(2), &json!("3000.00"), &json!(1))
    );
    let asked = site.ask("clock confirm");
    let page = words_of(&asked.payload);
    assert!(
        page.contains("10 occurrences run at once: 2026-12-02 00:05 to"),
        "{page}"
    );
    assert!(page.contains("post 2 charges, 3000.00 in all"), "{page}");
    assert!(page.contains("cut off 1"), "{page}");
    confirm(&site);
    site.work_off();
    assert_eq!(site.subscriber("dan").state, State::Suspended, "as was said");
    assert_eq!(site.subscriber("brian").period.expires_on, Some(day("2027-01-04")));
}

#[test]
fn a_night_that_the_guard_would_hold_is_said_before_the_clock_is_believed() {
    let site = alone_with("either");
    for number in 0..12 {
        site.ask(format!(
            "subscriber add dan{number} --package home-10 --router core --service pppoe --expires-on 2026-12-05"
        ));
    }
    site.clock.step(at("2026-12-11 12:00"));
    let at_once = preview(&site)["at_once"].clone();
    assert_eq!(at_once["cuts"], 0);
    let held = at_once["held"][0].as_str().unwrap();
    assert!(
        held.contains("would be held and would cut off nobody: 12 of 12"),
        "{held}"
    );
}

#[test]
fn nothing_is_foretold_where_nothing_has_come() {
    let site = lived_too_early();
    assert_eq!(preview(&site)["at_once"], serde_json::Value::Null);
}

#[test]
fn a_list_that_a_wrong_clock_held_is_let_go_and_one_held_before_is_kept() {
    for (since, goes) in [("2027-01-15 12:00", true), ("2026-12-02 12:00", false)] {
        let site = lived_too_early();
        let store = &site.appliance.store;
        let newest = store.read().unwrap().state().unwrap().newest;
        let held = PendingApproval {
            work: PendingWork::Import {
                file: "list.csv".to_owned(),
            },
            since: at(since),
            cuts: 40,
            of: 100,
            max_share: 20,
            approved: None,
        };
        let brian = site.subscriber("brian");
        store
            .write(newest, |tx| -> Result<(), StoreError> {
                tx.hold(&held, [(&brian.username, brian.id)], Some(b"username\n"))?;
                let cause = Cause::of(AlertKind::Guard, held.work.word());
                tx.raise(&Raised::new(cause, "40 wait".to_owned())).map(drop)
            })
            .unwrap();
        let shown = preview(&site);
        let expected = if goes {
            json!([{"what": "import", "file": "list.csv"}])
        } else {
            json!([])
        };
        assert_eq!(shown["let_go"], expected, "{since}");
        confirm(&site);
        let status = site.ask_json("status");
        assert_eq!(status["held"].as_array().unwrap().is_empty(), goes, "{since}");
        let told = site.ask_json(logs(Some("alert")));
        let how = told[0]["message"].as_str().unwrap();
        assert_eq!(how.contains("the import of `list.csv` is dropped"), goes, "{how}");
    }
}

#[test]
fn a_clock_that_shows_the_next_century_keeps_nobody_waiting_for_what_it_would_cost() {
    let site = alone_with("either");
    site.ask("subscriber add dan --package home-10 --router core --service pppoe --expires-on 2026-12-05");
    site.clock.step(at("2099-12-11 12:00"));
    let at_once = preview(&site)["at_once"].clone();
    assert_eq!(at_once["jobs"][0]["occurrences"], 26_673);
    assert!(at_once.get("charges").is_none(), "{at_once}");
    let page = words_of(&site.text("clock confirm"));
    assert!(page.contains("is the year right?"), "{page}");
}
