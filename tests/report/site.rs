//! `stats` and `report` on a site that lives through months.

use serde_json::Value;
use weir::commands::request::Request;

use crate::commands::{Site, move_to, reverse};

fn stats(username: Option<&str>, since: Option<&str>, until: Option<&str>) -> Request {
    Request::Stats {
        username: username.map(str::to_owned),
        package: None,
        since: since.map(str::to_owned),
        until: until.map(str::to_owned),
        csv: false,
    }
}

fn csv(username: Option<&str>) -> Request {
    Request::Stats {
        username: username.map(str::to_owned),
        package: None,
        since: None,
        until: None,
        csv: true,
    }
}

fn report(month: Option<&str>, email: bool) -> Request {
    Request::Report {
        month: month.map(str::to_owned),
        email,
    }
}

/// Amina pays on time, Brian eight days late, Chege not at all, Dora prepays.
fn march() -> Site {
    let site = Site::with("2027-02-20", "", "grace_days = 20\nmax_share = 100");
    for who in ["amina", "brian", "chege"] {
        site.add(who, "home-10", Some("2027-03-05"), None);
    }
    site.add("dora", "home-20", Some("2027-03-10"), Some("2500.00"));
    site.live_until("2027-03-06");
    site.pay("amina", "1500.00", "A1");
    site.live_until("2027-03-13");
    site.pay("brian", "1500.00", "B1");
    site.live_until("2027-03-20");
    site
}

#[test]
fn the_site_learns_who_paid_when() {
    let site = march();
    let told = site.ask(stats(None, None, None));
    assert_eq!(told["from"], "2027-03-01");
    assert_eq!(told["to"], "2027-03-20");
    assert_eq!(told["billed"], "7000.00");
    assert_eq!(told["collected"], "3000.00");
    assert_eq!(told["outstanding"], "1500.00");
    assert_eq!((told["on_time"].as_u64(), told["late"].as_u64()), (Some(2), Some(1)));
    assert_eq!(told["average_delay_days"].as_f64(), Some(3.0));
    assert_eq!(told["subscribers"], 4);
    let late = told["late_now"].as_array().unwrap();
    assert_eq!(late.len(), 1);
    assert_eq!(
        (&late[0]["username"], &late[0]["owed"], &late[0]["since"]),
        (&"chege".into(), &"1500.00".into(), &"2027-03-05".into())
    );
    // The next due days: amina and brian on 5 April, dora on 10 April; chege owes one already and is due again on the 5th.
    let expected: Vec<&str> = told["expected"]
        .as_array()
        .unwrap()
        .iter()
        .map(|week| week["amount"].as_str().unwrap())
        .collect();
    assert_eq!(expected, ["0.00", "0.00", "4500.00", "2500.00"]);
    let packages = told["packages"].as_array().unwrap();
    assert_eq!(packages.len(), 2);
    assert_eq!(
        (&packages[0]["package"], &packages[0]["billed"]),
        (&"home-10".into(), &"4500.00".into())
    );
    let text = site.ask_as(stats(None, None, None), false).unwrap().payload;
    assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
    for word in ["2 of 3 bills", "chege", "2027-03-01 to 2027-03-20"] {
        assert!(text.contains(word), "`{word}` is missing in\n{text}");
    }
}

#[test]
fn one_subscriber_sees_bills_and_payments() {
    let site = march();
    let told = site.ask(stats(Some("brian"), None, None));
    assert_eq!(told["lifetime_value"], "1500.00");
    assert_eq!(told["payments"][0]["reference"], "B1");
    assert_eq!(
        (&told["bills"][0]["standing"], &told["bills"][0]["delay_days"]),
        (&"late".into(), &8.into())
    );
    let told = site.ask(stats(Some("chege"), None, None));
    assert_eq!(told["bills"][0]["standing"], "overdue");
    assert_eq!(told["late_now"][0]["days"], 15);
}

#[test]
fn a_payment_that_was_moved_counts_where_it_belongs() {
    let site = march();
    site.ask(move_to("B1", "chege"));
    let brian = site.ask(stats(Some("brian"), None, None));
    assert_eq!(
        (&brian["lifetime_value"], &brian["outstanding"]),
        (&"0.00".into(), &"1500.00".into())
    );
    assert_eq!(brian["payments"][0]["reversed"], true);
    let chege = site.ask(stats(Some("chege"), None, None));
    assert_eq!((&chege["collected"], &chege["late"]), (&"1500.00".into(), &1.into()));
    let whole = site.ask(stats(None, None, None));
    assert_eq!(
        (&whole["collected"], &whole["outstanding"]),
        (&"3000.00".into(), &"1500.00".into())
    );
    site.ask(reverse("A1"));
    assert_eq!(site.ask(stats(None, None, None))["collected"], "1500.00");
}

#[test]
fn a_spreadsheet_gets_a_line_for_each_with_the_same_sums() {
    let site = march();
    site.ask(crate::commands::set(
        "chege",
        weir::commands::request::SubscriberFields {
            name: Some("=HYPERLINK(\"evil\")".to_owned()),
            ..Default::default()
        },
    ));
    let text = site.ask_as(csv(None), false).unwrap().payload;
    let lines: Vec<&str> = text.split("\r\n").collect();
    assert_eq!(lines.len(), 6, "a head, four, and the end of the last line");
    assert!(lines[0].starts_with("username,name,package,state,from,to,billed,collected,outstanding"));
    assert!(lines[3].starts_with(
        "chege,\"'=HYPERLINK(\"\"evil\"\")\",home-10,active,2027-03-01,2027-03-20,1500.00,0.00,1500.00,0,0,0.0,0.00"
    ));
    let billed: i64 = lines[1..5]
        .iter()
        .map(|line| {
            line.rsplit(',')
                .nth(6)
                .unwrap()
                .replace('.', "")
                .parse::<i64>()
                .unwrap()
        })
        .sum();
    assert_eq!(billed, 700_000);
    assert_eq!(
        site.ask_as(csv(Some("amina")), false)
            .unwrap()
            .payload
            .split("\r\n")
            .nth(1)
            .unwrap(),
        lines[1]
    );
}

#[test]
fn what_cannot_be_asked_is_refused_with_the_way_out() {
    let site = march();
    let cases = [
        (stats(Some("amin"), None, None), "no subscriber `amin`"),
        (stats(None, Some("2027-03-10"), Some("2027-03-09")), "before it begins"),
        (stats(None, Some("2027-03-21"), None), "not come yet"),
        (stats(None, Some("March"), None), "not a day"),
        (
            Request::Stats {
                username: None,
                package: Some("home-11".to_owned()),
                since: None,
                until: None,
                csv: false,
            },
            "no package `home-11`",
        ),
        (report(Some("2027-13"), false), "not a month"),
        (report(Some("2027-04"), false), "not come yet"),
        (report(None, true), "nobody is named"),
    ];
    for (request, wanted) in cases {
        let failure = site.refused(request);
        assert!(failure.what.contains(wanted), "{failure}");
    }
    // A period that goes on is no mistake.
    let reply = site.ask_as(stats(None, None, Some("2027-03-31")), true).unwrap();
    assert!(reply.notes.iter().any(|note| note.contains("has not come yet")));
}

#[test]
fn the_page_has_the_figures_of_stats_and_the_month_before_is_the_default() {
    let site = march();
    site.live_until("2027-04-02");
    let page = site.ask(report(None, false));
    let told = site.ask(stats(None, Some("2027-03-01"), Some("2027-03-31")));
    assert_eq!(page["month"], "2027-03");
    for key in [
        "from",
        "to",
        "billed",
        "collected",
        "outstanding",
        "on_time",
        "late",
        "average_delay_days",
        "subscribers",
    ] {
        assert_eq!(page[key], told[key], "{key}");
    }
    let html = page["html"].as_str().unwrap();
    assert_eq!(
        site.ask_as(report(Some("2027-03"), false), false).unwrap().payload,
        html
    );
    for word in ["7,000.00", "3,000.00", "1,500.00", "chege"] {
        assert!(html.contains(word), "`{word}` is missing");
    }
    let quiet = site.ask(report(Some("2026-11"), false));
    assert!(quiet["html"].as_str().unwrap().contains("Nothing was billed"));
    assert_eq!(quiet["billed"], Value::from("0.00"));
}
