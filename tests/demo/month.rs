//! The month as a reader, a script and somebody who looks into the folder see it.

use std::path::Path;

use serde_json::Value;
use weir::clock::{Clock, SystemClock};
use weir::commands::jobs::history::JobsHistory;
use weir::commands::jobs::plan::Plan;
use weir::commands::payments::ledger::Ledger;
use weir::commands::request::Call;
use weir::commands::request::Request;
use weir::commands::status::answer::Status;
use weir::commands::subscribers::list::SubscriberList;
use weir::commands::system::logs::Logs;
use weir::commands::system::verify::Verify;
use weir::commands::{Reply, Silent};
use weir::demo::{self, DemoStage};
use weir::model::day::Instant;
use weir::model::failure::Failure;
use weir::service::open_site;

/// Enough for everybody whom the story names, and some around them.
const PEOPLE: usize = 90;

/// A month that has a February in it; one that ends in the last second of a day in Nairobi, on which who was due on the first
/// is due again; three minutes after a midnight, before billing has come; a payday that is the 31st.
const NOWS: [&str; 4] = [
    "2027-03-03T10:00:00Z",
    "2027-05-01T20:59:59Z",
    "2027-01-21T21:03:00Z",
    "2027-02-06T08:00:00Z",
];

fn live(folder: &Path, now: Instant, json: bool) -> (Result<Reply, Failure>, String) {
    let mut out = Vec::new();
    let reply = demo::run(DemoStage {
        now,
        folder: Some(folder),
        subscribers: PEOPLE,
        program: "weir",
        json,
        width: 200,
        out: &mut out,
    });
    (reply, String::from_utf8(out).unwrap())
}

#[test]
fn the_month_holds_fits_a_terminal_and_leaves_a_site_that_answers() {
    let place = tempfile::tempdir_in("/tmp").unwrap();
    let folder = place.path().join("site");
    let (reply, told) = live(&folder, SystemClock.now(), false);
    let reply = reply.unwrap();
    assert_eq!(reply.exit, 0, "{told}");
    assert!(told.trim_end().ends_with("verify ok."), "{told}");
    let words = told.split_whitespace().collect::<Vec<_>>().join(" ");
    for chapter in [
        "the clock shows 1970-01-01 03:01:00, before this version was built",
        "though the box does not know what day it is",
        "billing catches up 3 missed runs",
        "but `max_share` allows 20 % at once",
        "`weir approve` decides about each one again",
        "of those due in three days get a text",
        "is working again (since",
        "`weir report` puts the month on one page",
    ] {
        assert!(words.contains(chapter), "{chapter}: {told}");
    }
    for line in told.lines() {
        assert!(line.chars().count() <= 80, "{line}");
    }
    let report = std::fs::read_to_string(folder.join("report.html")).unwrap();
    assert!(
        !report.contains("No router was watched"),
        "the demo's router is in its report"
    );
    assert!(report.contains("Time up, of the time watched"));
    let lines = told.lines().count();
    assert!((60..=110).contains(&lines), "{lines} lines");

    // Now on the real clock, as the owner types it.
    let config = folder.join("site.toml");
    for request in [
        Request::Status(Status),
        Request::SubscriberList(SubscriberList::default()),
        Request::Ledger(Ledger {
            username: "brian.kamau".to_owned(),
        }),
        Request::JobsHistory(JobsHistory {
            name: "billing".to_owned(),
            limit: 50,
        }),
        Request::Logs(Logs {
            kind: Some("disconnect".to_owned()),
            since: None,
            until: None,
            user: None,
            limit: 50,
        }),
        Request::Plan(Plan { days: 7 }),
        Request::Verify(Verify),
    ] {
        let name = request.name();
        let call = Call {
            request: request.clone(),
            actor: "owner".to_owned(),
            json: true,
            width: 80,
        };
        let site = open_site::alone(&config, &request).unwrap();
        let answer = site.handle(&call, &mut Silent).unwrap();
        assert_eq!(answer.exit, 0, "{name}: {}", answer.payload);
        let answer: Value = serde_json::from_str(&answer.payload).unwrap();
        if request == Request::Status(Status) {
            assert_eq!(answer["clock"]["trusted"], true, "{answer}");
        } else if request != Request::Verify(Verify) {
            assert!(!answer.as_array().unwrap().is_empty(), "{name} has nothing to tell");
        }
    }
}

#[test]
fn with_json_only_the_figures_are_printed_and_two_months_are_alike() {
    let place = tempfile::tempdir_in("/tmp").unwrap();
    let now = SystemClock.now();
    let mut figures = Vec::new();
    for name in ["one", "two"] {
        let (reply, told) = live(&place.path().join(name), now, true);
        assert_eq!(told, "");
        let mut answer: Value = serde_json::from_str(&reply.unwrap().payload).unwrap();
        assert_eq!(answer["ok"], true, "{answer}");
        assert_eq!(answer["caught_up"], 3);
        assert_eq!(answer["subscribers"], PEOPLE);
        // What differs by nature: the place, and what the power cut let through to the router.
        answer["folder"] = Value::Null;
        answer["router_commands"] = Value::Null;
        figures.push(answer);
    }
    assert_eq!(figures[0], figures[1]);
}

#[test]
fn the_month_holds_whenever_it_is_lived() {
    let place = tempfile::tempdir_in("/tmp").unwrap();
    for now in NOWS {
        let at = Instant::from_timestamp(now.parse().unwrap());
        let (reply, _) = live(&place.path().join(now), at, true);
        let payload = reply.unwrap().payload;
        let answer: Value = serde_json::from_str(&payload).unwrap();
        assert_eq!(answer["ok"], true, "{now}: {answer}");
    }
}

#[test]
fn a_folder_that_is_there_already_is_left_alone() {
    let place = tempfile::tempdir_in("/tmp").unwrap();
    let (reply, _) = live(place.path(), SystemClock.now(), true);
    let refused = reply.unwrap_err();
    assert!(refused.what.contains("cannot be written"), "{refused}");
    assert_eq!(std::fs::read_dir(place.path()).unwrap().count(), 0);
}
