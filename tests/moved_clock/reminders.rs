//! Reminders go out once at 09:05, although the service is killed and started again five times in that minute.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::ToSpan;
use jiff::civil::{Date, time};
use serde_json::Value;

use super::peers::Gateway;
use super::site::{Person, Site};
use crate::support::child::wait_for;
use crate::support::moved::MovedClock;
use weir::sim::options::Options;
use weir::sim::router::SimRouter;

const DUE: usize = 60;
const LATER: usize = 20;
/// How many texts the gateway takes in a second: the reminders take several seconds, so that kills fall among them.
const TEXTS_A_SECOND: u32 = 4;
/// Seconds after 09:05 at which the service is killed.
const KILLS_S: [u64; 5] = [1, 4, 7, 10, 13];
/// How long it may take until nothing waits to be sent.
const SENT: Duration = Duration::from_secs(60);

fn people(today: Date) -> Vec<Person> {
    let person = |number: usize| Person {
        name: format!("user{number:02}"),
        service: "pppoe",
        package: "home",
        expires_on: today
            .checked_add(if number < DUE { 3.days() } else { 9.days() })
            .unwrap(),
        balance: if number == 0 { "1500.00" } else { "0.00" },
    };
    (0..DUE + LATER).map(person).collect()
}

#[test]
#[ignore = "needs the packages faketime and nginx-light; run by .ci/run"]
fn night_on_a_moved_clock_reminders_go_out_once_although_the_service_is_killed_five_times() {
    let (clock, today) = MovedClock::at("Africa/Nairobi", time(9, 4, 45, 0));
    let gateway = Gateway::start(TEXTS_A_SECOND);
    let router = SimRouter::start(Options::default()).unwrap();
    let mut site = Site::new(clock, router, &people(today), "floor");
    site.also_says(&format!(
        "{}[reminders]\ntext = \"{{{{name}}}}: {{{{daysLeft}}}} days, until {{{{expiryDate}}}}.\"\n",
        gateway.block()
    ));
    site.import();
    let mut service = site.run();
    std::thread::sleep(site.clock.until(today, time(9, 5, 0, 0)));
    for second in KILLS_S {
        let moment = time(9, 5, i8::try_from(second).unwrap(), 0);
        std::thread::sleep(site.clock.until(today, moment));
        service.kill();
        service = site.run();
    }
    let outbox = wait_for("nothing waits to be sent", SENT, || {
        let outbox = site.asked(&["outbox", "--limit", "1000"]);
        let waits = |message: &Value| message["state"] == "queued" || message["state"] == "sending";
        let messages = outbox.as_array().unwrap();
        (messages.len() == DUE - 1 && !messages.iter().any(waits)).then(|| messages.clone())
    });
    let mut arrived: BTreeMap<String, usize> = BTreeMap::new();
    for text in gateway.texts() {
        assert!(text.text.contains("3 days"), "{text:?}");
        *arrived.entry(text.to).or_default() += 1;
    }
    assert!(arrived.values().all(|times| *times == 1), "{arrived:?}");
    for message in &outbox {
        let to = message["to"].as_str().unwrap();
        match message["state"].as_str().unwrap() {
            "sent" => assert!(arrived.contains_key(to), "told as sent, and was not: {message}"),
            "unknown" => {}
            other => panic!("{other}: {message}\n{}", site.log()),
        }
    }
    let unknown = outbox.iter().filter(|message| message["state"] == "unknown").count();
    // At most one batch was on its way at each kill.
    assert!(unknown <= KILLS_S.len() * 8, "{unknown} unknown");
    assert!(
        arrived.len() + unknown >= DUE - 1,
        "{} arrived, {unknown} unknown",
        arrived.len()
    );
    // Once more by hand: everybody was reminded.
    let again = site.asked(&["jobs", "run", "reminders"]);
    assert_eq!(again["counts"]["queued"], 0, "{again}");
    let history = site.asked(&["jobs", "history", "reminders"]);
    let done = history.as_array().unwrap().iter().filter(|run| {
        let outcome = run["outcome"].as_str().unwrap();
        (outcome == "done" || outcome == "caught_up") && run["by_hand"] == false
    });
    assert_eq!(done.count(), 1, "{history}");
    assert_eq!(site.verified(), 1);
    service.kill();
}
