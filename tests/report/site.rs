//! `stats` and `report` on a site that lives through months.

use serde_json::Value;
use weir::commands::report::month::Report;
use weir::commands::request::Request;
use weir::commands::statistics::stats::Stats;
use weir::model::job::{Counts, Job, Outcome, Run, RunId};
use weir::model::name::RouterName;
use weir::model::record::{LogKind, LogRecord};
use weir::model::router::incident::{Incident, KnownRouter, Trouble};
use weir::store::error::StoreError;

use crate::commands::{Site, hilltop_with, instant, move_to, reverse};
use crate::support::typed::typed;

fn stats(username: Option<&str>, since: Option<&str>, until: Option<&str>) -> Request {
    Request::Stats(Stats {
        username: username.map(str::to_owned),
        package: None,
        since: since.map(str::to_owned),
        until: until.map(str::to_owned),
        csv: false,
    })
}

fn csv(username: Option<&str>) -> Request {
    Request::Stats(Stats {
        username: username.map(str::to_owned),
        package: None,
        since: None,
        until: None,
        csv: true,
    })
}

fn report(month: Option<&str>, email: bool) -> Request {
    Request::Report(Report {
        month: month.map(str::to_owned),
        email,
    })
}

/// Amina pays on time, Brian eight days late, Chege not at all, Dora prepays.
fn march() -> Site {
    let site = hilltop_with("2027-02-20", "", "grace_days = 20\nmax_share = 100");
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
    let told = site.ask_json(stats(None, None, None));
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
    let text = site.ask(stats(None, None, None)).payload;
    assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
    for word in ["2 of 4 bills", "chege", "2027-03-01 to 2027-03-20"] {
        assert!(text.contains(word), "`{word}` is missing in\n{text}");
    }
}

#[test]
fn what_is_owed_is_the_same_in_the_list_the_figures_and_the_page() {
    let site = march();
    // Brought along from another system: no bill, and owed all the same.
    site.add("eve", "home-10", Some("2027-04-01"), Some("-730.00"));
    let list = site.ask_json("subscriber list");
    let cents = |text: &Value| text.as_str().unwrap().replace('.', "").parse::<i64>().unwrap();
    let listed: i64 = list
        .as_array()
        .unwrap()
        .iter()
        .map(|one| cents(&one["outstanding"]))
        .sum();
    assert_eq!(listed, 223_000);
    assert_eq!(site.ask_json(stats(None, None, None))["outstanding"], "2230.00");
    assert_eq!(site.ask_json(stats(Some("eve"), None, None))["outstanding"], "730.00");
    assert_eq!(site.show("eve")["outstanding"], "730.00");
    assert_eq!(site.ask_json("status")["subscribers"]["outstanding"], 2);
    let page = site.ask(report(Some("2027-03"), false)).payload;
    assert!(page.contains("2,230.00"), "{page}");
    let told = site.ask_json(stats(None, None, None));
    assert_eq!((&told["time_over_on_time"], &told["time_over"]), (&2.into(), &4.into()));
    let late = told["late_now"].as_array().unwrap();
    assert_eq!(late.len(), 1, "a debt that was brought along makes nobody late");
}

#[test]
fn one_subscriber_sees_bills_and_payments() {
    let site = march();
    let told = site.ask_json(stats(Some("brian"), None, None));
    assert_eq!(told["lifetime_value"], "1500.00");
    assert_eq!(told["payments"][0]["reference"], "B1");
    assert_eq!(
        (&told["bills"][0]["standing"], &told["bills"][0]["delay_days"]),
        (&"late".into(), &8.into())
    );
    let told = site.ask_json(stats(Some("chege"), None, None));
    assert_eq!(told["bills"][0]["standing"], "overdue");
    assert_eq!(told["late_now"][0]["days"], 15);
}

#[test]
fn a_payment_that_was_moved_counts_where_it_belongs() {
    let site = march();
    site.ask_json(move_to("B1", "chege"));
    let brian = site.ask_json(stats(Some("brian"), None, None));
    assert_eq!(
        (&brian["lifetime_value"], &brian["outstanding"]),
        (&"0.00".into(), &"1500.00".into())
    );
    assert_eq!(brian["payments"][0]["reversed"], true);
    let chege = site.ask_json(stats(Some("chege"), None, None));
    assert_eq!((&chege["collected"], &chege["late"]), (&"1500.00".into(), &1.into()));
    let whole = site.ask_json(stats(None, None, None));
    assert_eq!(
        (&whole["collected"], &whole["outstanding"]),
        (&"3000.00".into(), &"1500.00".into())
    );
    site.ask_json(reverse("A1"));
    assert_eq!(site.ask_json(stats(None, None, None))["collected"], "1500.00");
}

#[test]
fn a_spreadsheet_gets_a_line_for_each_with_the_same_sums() {
    let site = march();
    site.ask_json(crate::commands::set(
        "chege",
        weir::commands::subscribers::fields::SubscriberFields {
            name: Some("=HYPERLINK(\"evil\")".to_owned()),
            ..Default::default()
        },
    ));
    let text = site.ask(csv(None)).payload;
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
        site.ask(csv(Some("amina"))).payload.split("\r\n").nth(1).unwrap(),
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
        (typed("stats --package home-11"), "no package `home-11`"),
        (report(Some("2027-13"), false), "not a month"),
        (report(Some("2027-04"), false), "not come yet"),
        (report(None, true), "no address is configured"),
    ];
    for (request, wanted) in cases {
        let failure = site.refused(request);
        assert!(failure.what.contains(wanted), "{failure}");
    }
    // A period that goes on is no mistake.
    let reply = site.try_json(stats(None, None, Some("2027-03-31"))).unwrap();
    assert!(reply.notes.iter().any(|note| note.contains("has not come yet")));
}

#[test]
fn the_page_has_the_figures_of_stats_and_the_month_before_is_the_default() {
    let site = march();
    site.live_until("2027-04-02");
    let page = site.ask_json(report(None, false));
    let told = site.ask_json(stats(None, Some("2027-03-01"), Some("2027-03-31")));
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
    assert_eq!(site.ask(report(Some("2027-03"), false)).payload, html);
    for word in ["7,000.00", "3,000.00", "1,500.00", "chege"] {
        assert!(html.contains(word), "`{word}` is missing");
    }
    let quiet = site.ask_json(report(Some("2026-11"), false));
    assert!(quiet["html"].as_str().unwrap().contains("Nothing was billed"));
    assert_eq!(quiet["billed"], Value::from("0.00"));
}

#[test]
fn many_records_of_other_changes_hide_nobody_who_left() {
    let site = march();
    site.ask("subscriber close brian");
    let at = instant("2027-03-20", 13, 0);
    site.write(|tx| -> Result<(), StoreError> {
        for _ in 0..20_001 {
            tx.log(&LogRecord::new(at, LogKind::Subscriber, "profile changed"))?;
        }
        Ok(())
    });
    let html = site.ask(report(Some("2027-03"), false)).payload;
    assert!(!html.contains("closings and reopenings were read"), "{html}");
    let (_, left) = html.split_once("Left: closed in this month").unwrap();
    assert!(left.split("</section>").next().unwrap().contains("brian"), "{html}");
}

#[test]
fn the_page_names_who_joined_who_left_and_whom_to_call() {
    let site = march();
    site.ask("subscriber set chege --phone 0712345678 --name 'Chege Njoroge'");
    site.ask("subscriber add eve --name 'Eve Mutua' --phone 0733111222");
    for line in [
        "close brian",
        "close eve",
        "reopen eve",
        "close dora",
        "reopen dora",
        "close dora",
    ] {
        site.ask(format!("subscriber {line}"));
    }
    site.live_until("2027-04-02");
    site.ask("subscriber close eve");
    let html = site.ask(report(Some("2027-03"), false)).payload;
    let section = |title: &str| {
        let (_, rest) = html.split_once(&format!("<h2>{title}</h2>")).unwrap();
        rest.split("</section>").next().unwrap().to_owned()
    };
    let moved = section("Joined and left");
    let (joined, left) = moved.split_once("Left: closed in this month").unwrap();
    assert!(
        joined.contains("Joined; 1 in total") && joined.contains("Eve Mutua") && joined.contains("0733111222"),
        "{joined}"
    );
    assert!(!joined.contains("amina"), "she joined in February: {joined}");
    assert!(
        left.contains("2 in total") && left.contains("brian") && left.contains("dora"),
        "{left}"
    );
    assert!(!left.contains("eve"), "she was reopened within the month: {left}");
    assert!(section("Debts").contains("0712345678"), "{html}");
    let beside = section("Beside last month");
    for word in ["March 2027", "February 2027", "7,000.00", "Joined", "Left"] {
        assert!(beside.contains(word), "`{word}` is missing in {beside}");
    }
    assert!(
        beside.contains("<td class=\"n\">1</td><td class=\"n\">4</td>"),
        "{beside}"
    );
    let april = site.ask(report(Some("2027-04"), false)).payload;
    assert!(april.contains("This month through") && april.contains("eve"), "{april}");
}

mod mail {
    use serde_json::Value;
    use weir::model::failure::Failure;
    use weir::model::message::{Channel, Message, Purpose};

    use crate::support::site::{HOME_10, Site};

    fn site(alerts: &str, gateway: &str) -> Site {
        Site::at("2027-02-20 12:00")
            .also(HOME_10)
            .also(&format!(
                "\n[clock]\ntrust = \"floor\"\n\n[alerts]\n{alerts}\n\n{gateway}\n"
            ))
            .open()
    }

    fn add(site: &Site, username: &str) {
        site.ask(format!(
            "subscriber add {username} --package home-10 --expires-on 2027-03-05"
        ));
    }

    fn by_hand(site: &Site) -> Result<Value, Failure> {
        let reply = site.try_json("report --month 2027-02 --email")?;
        Ok(serde_json::from_str(&reply.payload).unwrap())
    }

    /// Reports in the outbox, oldest first.
    fn reports(site: &Site) -> Vec<Message> {
        let mut found = site.messages();
        found.retain(|message| message.purpose == Purpose::Report);
        found
    }

    const SMTP: &str =
        "[[gateways]]\nname = \"mail\"\nkind = \"smtp\"\nhost = \"mail.example.org\"\nfrom = \"weir@example.org\"";
    const MONTHLY: &str = "email = [\"owner@example.org\", \"other@example.org\"]\nmonthly_report = true";

    #[test]
    fn each_month_that_ended_is_mailed_once_to_each_address() {
        let site = site(MONTHLY, SMTP);
        add(&site, "amina");
        site.night("2027-02-28");
        assert_eq!(
            reports(&site).len(),
            0,
            "the site began in February, and January is none of it"
        );
        site.night("2027-03-01");
        let mailed = reports(&site);
        let to: Vec<&str> = mailed.iter().map(|message| message.to.as_str()).collect();
        assert_eq!(to, ["owner@example.org", "other@example.org"]);
        assert_eq!(mailed[0].channel, Channel::Email);
        assert_eq!(mailed[0].once, "report:2027-02:owner@example.org");
        assert_eq!(mailed[0].subject, "hilltop: report of 2027-02");
        let file = site.path("data").join(mailed[0].attachment.as_deref().unwrap());
        assert!(std::fs::read_to_string(file).unwrap().contains("February 2027"));
        let reports_folder = site.path("data/reports");
        std::fs::write(reports_folder.join("2026-02.html"), "old").unwrap();
        std::fs::write(reports_folder.join("2026-05.html"), "not so old").unwrap();
        std::fs::write(reports_folder.join("notes.html"), "of somebody").unwrap();
        for day in ["2027-03-02", "2027-03-20", "2027-03-31"] {
            site.night(day);
            site.appliance.reload("test").unwrap();
            site.appliance.work_off().unwrap();
        }
        assert_eq!(reports(&site).len(), 2);
        // The box was off when the month ended.
        site.night("2027-04-04");
        assert_eq!(reports(&site).len(), 4);
        let mut names: Vec<String> = std::fs::read_dir(&reports_folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        assert_eq!(names, ["2026-05.html", "2027-02.html", "2027-03.html", "notes.html"]);
    }

    #[test]
    fn nothing_is_mailed_by_itself_unless_the_owner_wants_it() {
        for alerts in ["email = [\"owner@example.org\"]", "monthly_report = true"] {
            let site = site(alerts, SMTP);
            add(&site, "amina");
            site.night("2027-03-01");
            assert_eq!(reports(&site).len(), 0, "{alerts}");
        }
    }

    #[test]
    fn by_hand_it_goes_out_again_and_is_refused_where_it_could_not_leave() {
        let asked = site(MONTHLY, SMTP);
        add(&asked, "amina");
        asked.night("2027-03-01");
        asked.set_clock("2027-03-01 13:00");
        let told = by_hand(&asked).unwrap();
        assert_eq!(told["queued"].as_array().unwrap().len(), 2);
        assert_eq!(told["file"], "reports/2027-02.html");
        assert_eq!(reports(&asked).len(), 4);
        let failure = by_hand(&site(MONTHLY, "")).unwrap_err();
        assert!(failure.what.contains("no gateway carries e-mail"), "{failure}");
        let failure = by_hand(&site("", SMTP)).unwrap_err();
        assert!(failure.what.contains("no address is configured"), "{failure}");
    }
}

#[test]
fn the_longest_outage_is_never_longer_than_the_time_down_that_was_watched() {
    let site = march();
    // Down for ten hours, of which the box was on for the first two.
    let (from, watched_until, until) = (
        instant("2027-03-18", 6, 0),
        instant("2027-03-18", 8, 0),
        instant("2027-03-18", 16, 0),
    );
    let core = RouterName::new("core").unwrap();
    let now = instant("2027-03-20", 12, 0);
    site.appliance
        .store
        .write(now, |tx| -> Result<(), StoreError> {
            let known = KnownRouter {
                first_seen: Some(from),
                ..KnownRouter::default()
            };
            tx.put_known_router(&core, &known)?;
            tx.put_incident(&Incident {
                router: core.clone(),
                trouble: Trouble::Unreachable,
                since: from,
                until: Some(until),
                reason: "no way to it".to_owned(),
                flaps: 0,
                up_ms: 0,
            })?;
            tx.put_run(&Run {
                id: RunId(9_000),
                job: Job::Health,
                planned_for: from,
                to: Some(watched_until),
                count: 9,
                started_at: Some(from),
                finished_at: Some(watched_until),
                outcome: Outcome::Done,
                counts: Counts::None,
                error: None,
                by_hand: false,
            })
        })
        .unwrap();
    let page = site.ask(report(Some("2027-03"), false)).payload;
    assert_eq!(page.matches("2 h 00 min").count(), 2, "down and longest: {page}");
    assert!(!page.contains("10 h 00 min"), "{page}");
}
