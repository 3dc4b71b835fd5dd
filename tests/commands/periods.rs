//! From which day, through which day: the examples that the rules are told with.

use super::{Site, close, extend, hilltop, hilltop_with, instant, reopen, reverse};

fn paid_through(site: &Site, username: &str) -> String {
    site.show(username)["expires_on"].as_str().unwrap().to_owned()
}

#[test]
fn paid_on_10_march_lasts_to_10_april() {
    let site = hilltop("2027-03-10");
    site.add("amina", "home-10", None, None);
    assert_eq!(site.pay("amina", "1500.00", "R1")["expires_on"], "2027-04-10");
}

#[test]
fn due_on_10_march_cut_on_the_15th_and_paid_on_the_16th_lasts_to_11_april() {
    let site = hilltop_with("2027-03-01", "", "grace_days = 5");
    site.add("amina", "home-10", Some("2027-03-10"), None);
    site.live_until("2027-03-15");
    assert_eq!(site.show("amina")["state"], "active");
    site.live_until("2027-03-16");
    assert_eq!(site.show("amina")["state"], "suspended");
    let answer = site.pay("amina", "1500.00", "R1");
    assert_eq!(
        (&answer["expires_on"], &answer["resumed"]),
        (&"2027-04-11".into(), &true.into())
    );
    assert_eq!(site.show("amina")["anchor_day"], 11);
}

#[test]
fn a_package_of_one_day_paid_on_monday_lasts_to_tuesday() {
    let site = hilltop("2027-03-08");
    site.add("amina", "daily", None, None);
    assert_eq!(site.pay("amina", "50.00", "R1")["expires_on"], "2027-03-09");
}

#[test]
fn from_due_keeps_the_old_rhythm_and_does_not_charge_the_days_skipped() {
    let site = hilltop_with("2027-03-01", "resume = \"from-due\"", "");
    site.add("amina", "home-10", Some("2027-03-10"), None);
    site.live_until("2027-05-03");
    assert_eq!(site.show("amina")["state"], "suspended");
    let answer = site.pay("amina", "1500.00", "R1");
    assert_eq!(
        (&answer["expires_on"], &answer["balance"]),
        (&"2027-05-10".into(), &"0.00".into())
    );
    assert_eq!(site.show("amina")["anchor_day"], 10);
}

#[test]
fn the_31st_is_followed_by_the_end_of_february_and_then_by_the_31st_of_march() {
    let site = hilltop("2027-01-20");
    site.add("amina", "home-10", Some("2027-01-31"), Some("9000.00"));
    site.live_until("2027-02-01");
    assert_eq!(paid_through(&site, "amina"), "2027-02-28");
    site.live_until("2027-03-01");
    assert_eq!(paid_through(&site, "amina"), "2027-03-31");
    assert_eq!(site.show("amina")["anchor_day"], 31);
}

#[test]
fn an_active_ones_credit_waits_until_the_due_day_and_settles_then() {
    let site = hilltop("2027-03-01");
    site.add("amina", "home-10", Some("2027-03-10"), None);
    let answer = site.pay("amina", "1500.00", "R1");
    assert_eq!(
        (&answer["balance"], &answer["missing"]),
        (&"1500.00".into(), &"0.00".into())
    );
    site.live_until("2027-03-10");
    let shown = site.show("amina");
    assert_eq!(
        (&shown["balance"], &shown["expires_on"]),
        (&"0.00".into(), &"2027-04-10".into())
    );
}

#[test]
fn too_little_stays_in_the_wallet_and_what_is_missing_is_told() {
    let site = hilltop("2027-03-01");
    site.add("amina", "home-10", Some("2027-03-10"), None);
    site.live_until("2027-03-11");
    let part = site.pay("amina", "600.00", "R1");
    assert_eq!(
        (&part["missing"], &part["outstanding"], &part["state"]),
        (&"900.00".into(), &"900.00".into(), &"suspended".into())
    );
    let text = site.ask(super::pay("amina", "300.00", "R2")).payload;
    assert!(text.contains("600.00 KES more is needed"), "{text}");
    assert_eq!(site.pay("amina", "600.00", "R3")["resumed"], true);
}

#[test]
fn a_promise_brings_service_back_and_the_paid_cycle_is_put_back_by_the_days_served() {
    let site = hilltop("2027-03-01");
    site.add("amina", "home-10", Some("2027-03-10"), None);
    site.live_until("2027-03-12");
    let promised = site.ask_json(extend("amina", "2027-03-14"));
    assert_eq!(
        (&promised["state"], &promised["expires_on"]),
        (&"active".into(), &"2027-03-10".into())
    );
    site.live_until("2027-03-16");
    assert_eq!(site.show("amina")["state"], "suspended");
    // Served on the 12th, 13th and 14th without having paid.
    assert_eq!(site.pay("amina", "1500.00", "R1")["expires_on"], "2027-04-13");
}

#[test]
fn a_month_pays_for_the_days_served_without_having_paid_and_what_is_left_is_the_next_ones() {
    let site = hilltop("2027-01-05");
    site.add("amina", "home-10", Some("2027-01-10"), None);
    site.live_until("2027-01-06");
    site.pay("amina", "3000.00", "R1");
    site.live_until("2027-02-12");
    assert_eq!(paid_through(&site, "amina"), "2027-03-10");
    site.ask_json(reverse("R1"));
    site.live_until("2027-03-20");
    assert_eq!(site.show("amina")["state"], "suspended");
    assert_eq!(site.pay("amina", "1500.00", "R2")["expires_on"], "2027-03-20");
    site.live_until("2027-03-22");
    assert_eq!(site.show("amina")["state"], "suspended");
    // 11 and 12 February, and 20 March.
    let answer = site.pay("amina", "1500.00", "R3");
    assert_eq!(
        (&answer["expires_on"], &answer["balance"]),
        (&"2027-04-19".into(), &"0.00".into())
    );
}

#[test]
fn the_days_of_a_closed_account_are_put_back_by_nobody() {
    let site = hilltop("2027-03-01");
    site.add("amina", "home-10", Some("2027-03-10"), None);
    site.live_until("2027-03-10");
    site.pay("amina", "1500.00", "R1");
    site.live_until("2027-03-15");
    site.ask_json(close("amina"));
    site.live_until("2027-03-25");
    assert_eq!(site.ask_json(reopen("amina"))["state"], "active");
    site.live_until("2027-04-12");
    assert_eq!(site.show("amina")["state"], "suspended");
    site.ask_json(reverse("R1"));
    site.live_until("2027-04-20");
    // Served on four days of March, and then on seventeen.
    assert_eq!(site.pay("amina", "1500.00", "R2")["expires_on"], "2027-04-30");
}

#[test]
fn a_night_that_runs_late_costs_nobody_a_day() {
    for hour in [0, 10] {
        let site = hilltop("2027-03-01");
        site.add("amina", "home-10", Some("2027-03-10"), None);
        site.live_until("2027-03-10");
        // The box is dark at 23:59.
        site.clock.set(instant("2027-03-11", hour, 10));
        site.work_off();
        assert_eq!(site.show("amina")["state"], "suspended");
        site.live_until("2027-03-15");
        assert_eq!(
            site.pay("amina", "1500.00", "R1")["expires_on"],
            "2027-04-15",
            "at {hour}:10"
        );
    }
}
