//! Another package: what it costs, from when, and that the time before it is charged by nobody.

use serde_json::Value;
use weir::commands::subscribers::fields::SubscriberFields;

use super::{Site, close, hilltop, hilltop_with, hold, import, release, reopen, reverse, set};

fn package(name: &str) -> SubscriberFields {
    SubscriberFields {
        package: Some(name.to_owned()),
        ..SubscriberFields::default()
    }
}

/// Of the text of another package, what it says beyond the changes.
fn told(site: &Site, username: &str, name: &str) -> String {
    let text = site.ask(set(username, package(name))).payload;
    text.lines().filter(|line| line.starts_with(['`', 'W'])).collect()
}

fn actions(site: &Site, days: u32) -> Vec<String> {
    let rows = site.ask_json(format!("plan --days {days}"));
    let rows = rows.as_array().unwrap().iter();
    rows.map(|row| {
        format!(
            "{} {}",
            row["username"].as_str().unwrap(),
            row["action"].as_str().unwrap()
        )
    })
    .collect()
}

fn explained(site: &Site, username: &str) -> String {
    let text = site.ask(format!("subscriber explain {username}")).payload;
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn a_package_says_what_it_costs_and_from_when() {
    let site = hilltop("2027-03-01");
    site.add("amina", "home-10", Some("2027-03-10"), None);
    site.add("brian", "", Some("2026-09-01"), None);
    site.add("fay", "free", None, None);
    site.add("sam", "home-10", None, None);
    let cases = [
        (
            "amina",
            "home-20",
            "`home-20` costs 2500.00 KES from 2027-03-10 on; nothing is charged or given back before that day.",
        ),
        (
            "brian",
            "home-10",
            "`home-10` costs 1500.00 KES from 2027-03-02 on; nothing is charged or given back before that day.",
        ),
        (
            "fay",
            "home-10",
            "`home-10` costs 1500.00 KES from 2027-03-02 on; nothing is charged or given back before that day.",
        ),
        ("fay", "free", "`free` costs nothing."),
        (
            "sam",
            "home-20",
            "`home-20` costs 2500.00 KES, charged when service comes back.",
        ),
        ("sam", "", "Without a package nothing is charged from now on."),
    ];
    for (who, name, sentence) in cases {
        assert_eq!(told(&site, who, name), sentence, "{who}");
    }
    // A charge that is open stands.
    site.live_until("2027-03-11");
    let text = told(&site, "amina", "home-10");
    assert!(
        text.ends_with("The charge of 2500.00 KES for 2027-03-10 stands as it was."),
        "{text}"
    );
    let answer = site.set("brian", package("home-20"));
    assert_eq!(
        (&answer["package_price"], &answer["charged_from"]),
        (&"2500.00".into(), &Value::Null)
    );
}

#[test]
fn whoever_gets_a_package_and_pays_for_it_is_charged_once_and_stays_on() {
    for before in ["", "free"] {
        let site = hilltop("2026-12-05");
        site.add("dina", before, Some("2026-09-01"), None);
        // A package that is free moves on by itself, and is paid through a later day then.
        site.set("dina", package("home-10"));
        site.pay("dina", "1500.00", "P1");
        assert_eq!(actions(&site, 2), ["dina charge", "dina renew"], "{before}");
        site.live_until("2026-12-20");
        let shown = site.show("dina");
        assert_eq!(
            (&shown["state"], &shown["balance"], &shown["expires_on"]),
            (&"active".into(), &"0.00".into(), &"2027-01-06".into()),
            "{before}"
        );
        assert_eq!(site.ledger("dina").len(), 2, "{before}");
    }
}

#[test]
fn nothing_is_called_renewed_or_covered_without_money() {
    for before in ["", "free"] {
        let site = hilltop("2026-12-05");
        site.add("fay", before, None, None);
        site.set("fay", package("home-10"));
        assert_eq!(actions(&site, 2), ["fay charge", "fay suspend"], "{before}");
        let text = explained(&site, "fay");
        assert!(
            !text.contains("covers it") && text.contains("1500.00 KES of it is then missing"),
            "{text}"
        );
        site.live_until("2026-12-08");
        assert_eq!(site.show("fay")["state"], "suspended", "{before}");
    }
    // On credit it is the limit that allows it, and no money in the wallet.
    let site = hilltop_with("2027-03-01", "credit_limit = \"2000.00\"", "");
    site.add("amina", "home-10", Some("2027-03-10"), None);
    let text = explained(&site, "amina");
    assert!(
        !text.contains("the wallet covers it") && text.contains("on credit"),
        "{text}"
    );
}

#[test]
fn a_package_that_costs_something_by_the_file_is_due_like_one_that_was_set() {
    let mut site = hilltop("2027-03-05");
    site.add("fay", "free", None, None);
    site.add("gus", "free", Some("2027-03-20"), None);
    let text = std::fs::read_to_string(site.path("site.toml")).unwrap();
    let text = text.replace(
        "name = \"free\"\nprice = \"0.00\"",
        "name = \"free\"\nprice = \"700.00\"",
    );
    site.rewrite(&text);
    site.appliance.reload("test").unwrap();
    site.verify();
    let days = |site: &Site| ["fay", "gus"].map(|who| site.show(who)["expires_on"].as_str().unwrap().to_owned());
    assert_eq!(days(&site), ["2027-03-06", "2027-03-20"]);
    site.live_until("2027-03-08");
    assert_eq!(site.ledger("fay").len(), 1);
    assert_eq!(site.show("gus")["state"], "active");
}

#[test]
fn a_package_that_is_free_by_the_file_serves_whoever_owes_nothing() {
    let mut site = hilltop("2027-03-05");
    site.add("amina", "home-10", Some("2027-03-01"), None);
    site.add("brian", "home-10", Some("2027-03-06"), None);
    site.live_until("2027-03-07");
    assert_eq!(site.show("amina")["state"], "suspended");
    let text = std::fs::read_to_string(site.path("site.toml")).unwrap();
    let text = text.replace(
        "name = \"home-10\"\nprice = \"1500.00\"",
        "name = \"home-10\"\nprice = \"0.00\"",
    );
    site.rewrite(&text);
    site.appliance.reload("test").unwrap();
    site.verify();
    let states = ["amina", "brian"].map(|who| site.show(who)["state"].as_str().unwrap().to_owned());
    // Brian owes the bill of the 6th.
    assert_eq!(states, ["active", "suspended"]);
}

#[test]
fn whoever_is_opened_again_is_charged_for_no_day_before() {
    let site = hilltop("2027-03-01");
    site.add("amina", "home-10", Some("2027-03-10"), None);
    site.ask_json(close("amina"));
    site.live_until("2027-06-01");
    assert_eq!(site.ask_json(reopen("amina"))["state"], "suspended");
    let answer = site.pay("amina", "1500.00", "R1");
    assert_eq!(
        (&answer["expires_on"], &answer["balance"]),
        (&"2027-07-01".into(), &"0.00".into())
    );
    site.live_until("2027-06-10");
    assert_eq!(site.ledger("amina").len(), 2);
}

#[test]
fn nobody_is_taken_in_on_credit_and_nobody_is_served_for_ever() {
    let site = hilltop_with("2027-03-04", "credit_limit = \"2000.00\"", "");
    let list = "username,name,phone,account,package,router,service,address,expires_on,balance\n\
        amina,,,A1,home-10,,pppoe,,2027-03-01,0\n";
    site.ask_json(import(list, false));
    site.live_until("2027-03-06");
    let shown = site.show("amina");
    assert_eq!(
        (&shown["state"], &shown["balance"]),
        (&"suspended".into(), &"0.00".into())
    );

    let site = hilltop("2027-03-04");
    site.add("sam", "home-10", None, None);
    site.live_until("2027-03-06");
    site.pay("sam", "1500.00", "R1");
    site.live_until("2027-03-08");
    site.ask_json(reverse("R1"));
    assert_eq!(site.show("sam")["state"], "active");
    site.live_until("2027-03-09");
    let shown = site.show("sam");
    assert_eq!(
        (&shown["state"], &shown["balance"]),
        (&"suspended".into(), &"-1500.00".into())
    );
}

#[test]
fn a_package_after_none_on_the_due_day_itself_is_charged_before_it_cuts_off() {
    let site = hilltop("2027-03-01");
    site.add("brian", "", Some("2027-03-01"), None);
    let told = told(&site, "brian", "home-10");
    assert!(told.contains("from 2027-03-02 on"), "{told}");
    site.live_until("2027-03-02");
    assert_eq!(site.show("brian")["state"], "active");
    assert_eq!(site.ledger("brian").len(), 1);
    site.live_until("2027-03-03");
    assert_eq!(site.show("brian")["state"], "suspended");
}

#[test]
fn a_package_under_a_hold_is_due_as_many_days_after_the_release_as_were_left() {
    let site = hilltop("2027-03-01");
    let cases = [
        ("fay", None, "the day after the release", "2027-03-21"),
        ("gus", Some("2027-03-01"), "the day after the release", "2027-03-21"),
        ("ida", Some("2027-03-08"), "7 days after the release", "2027-03-27"),
    ];
    for (who, end, ..) in cases {
        site.add(who, "", end, None);
        site.ask_json(hold(who, None));
    }
    site.set_clock("2027-03-10 12:00");
    for (who, _, when, _) in cases {
        let sentence = format!("`home-10` costs 1500.00 KES from {when} on.");
        assert_eq!(told(&site, who, "home-10"), sentence, "{who}");
        let answer = site.set(who, package("home-20"));
        assert_eq!(answer["charged_from"], Value::Null, "{who}");
    }
    site.set_clock("2027-03-20 12:00");
    for (who, .., due) in cases {
        assert_eq!(site.ask_json(release(who))["expires_on"], due, "{who}");
    }
}
