//! Two days without mains over a due day: every missed day is charged as its own, and only then is anybody cut off.

use std::time::Duration;

use jiff::ToSpan;
use jiff::civil::{Date, time};
use serde_json::Value;

use super::site::{Person, Site};
use crate::support::moved::MovedClock;
use weir::sim::options::Options;
use weir::sim::router::SimRouter;

/// How long the service may take to stop.
const STOP: Duration = Duration::from_secs(10);

/// The list: who, package, due so many days after the first dark day, with how much.
const LIST: [(&str, &str, &str, i32, &str); 8] = [
    ("prepaid", "pppoe", "home", 0, "3000.00"),
    ("prepaid-static", "static", "home", 1, "1500.00"),
    ("prepaid-daily", "pppoe", "daily", 0, "500.00"),
    ("daily-for-one-day", "pppoe", "daily", 0, "50.00"),
    ("unpaid", "pppoe", "home", 0, "0.00"),
    ("unpaid-static", "static", "home", 1, "100.00"),
    ("unpaid-due-today", "pppoe", "home", 2, "0.00"),
    ("later", "static", "home", 12, "0.00"),
];

/// Who has been charged for which days, and how they stand.
const OUTCOME: [(&str, &[i32], &str, &str); 8] = [
    ("prepaid", &[0], "active", "1500.00"),
    ("prepaid-static", &[1], "active", "0.00"),
    ("prepaid-daily", &[0, 1, 2], "active", "350.00"),
    ("daily-for-one-day", &[0, 1], "suspended", "-50.00"),
    ("unpaid", &[0], "suspended", "-1500.00"),
    ("unpaid-static", &[1], "suspended", "-1400.00"),
    ("unpaid-due-today", &[2], "active", "-1500.00"),
    ("later", &[], "active", "0.00"),
];

fn on(day: Date, plus: i32) -> Date {
    day.checked_add(plus.days()).unwrap()
}

#[test]
#[ignore = "needs the package faketime"]
fn a_due_night_on_a_moved_clock_that_passed_in_the_dark_is_caught_up_day_by_day() {
    let (clock, eve) = MovedClock::at("Africa/Nairobi", time(20, 0, 0, 0));
    let dark = on(eve, 1);
    let person =
        |(name, service, package, due, balance): (&str, &'static str, &'static str, i32, &'static str)| Person {
            name: name.to_owned(),
            service,
            package,
            expires_on: on(dark, due),
            balance,
        };
    let people: Vec<Person> = LIST.into_iter().map(person).collect();
    let router = SimRouter::start(Options::default()).unwrap();
    let mut site = Site::new(clock, router, &people, "floor");
    assert_eq!(site.import()["added"], LIST.len());
    let service = site.run();
    site.settled();
    site.router_equals_ledger();
    assert!(service.terminate(STOP).success(), "{}", site.log());
    let before = site.verified();

    site.move_to(on(dark, 2), time(12, 0, 0, 0));
    // The router stands up for a time so far ahead. A kernel that is synchronised would stand up for the host's.
    site.trusts("router");
    let service = site.run();
    site.caught_up();
    site.router_equals_ledger();
    let days: usize = OUTCOME.iter().map(|(_, days, ..)| days.len()).sum();
    assert_eq!(site.verified(), before + u64::try_from(days).unwrap());
    for (name, days, state, balance) in OUTCOME {
        let subscriber = site.subscriber(name);
        assert_eq!(
            (&subscriber["state"], &subscriber["balance"]),
            (&state.into(), &balance.into()),
            "{subscriber}"
        );
        let ledger = site.asked(&["ledger", name]);
        let debits = ledger
            .as_array()
            .unwrap()
            .iter()
            .filter(|entry| entry["kind"] == "debit");
        let charged: Vec<&str> = debits.map(|entry| entry["for_day"].as_str().unwrap()).collect();
        let wanted: Vec<String> = days.iter().map(|day| on(dark, *day).to_string()).collect();
        assert_eq!(charged, wanted, "{ledger}");
    }
    assert_eq!(site.router.secret("prepaid").unwrap().changes, 0);
    assert_eq!(site.router.secret("prepaid-daily").unwrap().changes, 0);
    assert_eq!(site.router.queue("prepaid-static").unwrap().changes, 0);
    the_history_has_no_hole(&site, eve);
    assert!(service.terminate(STOP).success(), "{}", site.log());
}

/// 00:05 and 23:59 in Nairobi are 21:05 and 20:59 UTC. Equal ones that follow each other are one stretch.
fn the_history_has_no_hole(site: &Site, eve: Date) {
    let history = |job: &str| {
        let history = site.asked(&["jobs", "history", job]);
        let told = |run: &Value| {
            let word = |field: &str| run[field].as_str().unwrap().to_owned();
            let count = run["count"].as_u64().unwrap_or(1);
            let (from, to) = if count == 1 {
                (word("planned_for"), word("planned_for"))
            } else {
                (word("from"), word("to"))
            };
            (from, to, count, word("outcome"))
        };
        history.as_array().unwrap().iter().map(told).collect::<Vec<_>>()
    };
    let billed = |day: i32| {
        let at = format!("{}T21:05:00.000Z", on(eve, day));
        (at.clone(), at, 1, "caught_up".to_owned())
    };
    assert_eq!(history("billing"), [billed(2), billed(1), billed(0)]);
    let cut = |day: i32| format!("{}T20:59:00.000Z", on(eve, day));
    assert_eq!(
        history("disconnect"),
        [
            (cut(2), cut(2), 1, "caught_up".to_owned()),
            (cut(0), cut(1), 2, "collapsed".to_owned()),
        ]
    );
}
