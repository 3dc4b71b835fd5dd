//! Receipts: on paper of 58 mm, as a page, as a message.

use serde_json::Value;
use unicode_width::UnicodeWidthStr;

use super::{Site, hilltop, move_to, reverse};

fn site() -> Site {
    let site = hilltop("2027-03-10");
    site.ask_json("subscriber add amina --name 'Amina Otieno' --account A1 --package home-10 --expires-on 2027-03-20");
    site
}

fn text(site: &Site, line: &str) -> String {
    site.ask(line).payload
}

#[test]
fn a_receipt_tells_who_paid_what_when_and_how_things_stand() {
    let site = site();
    site.pay("amina", "1500.00", "QK1");
    assert_eq!(
        text(&site, "receipt qk1"),
        "            hilltop\n          RECEIPT QK1\n--------------------------------\n\
         Received from       Amina Otieno\nAccount                       A1\nAmount               1500.00 KES\n\
         By                          Cash\nPaid on               2027-03-10\nRecorded        2027-03-10 12:00\n\
         --------------------------------\nBalance              1500.00 KES\nPaid through          2027-03-20\n\
         As of           2027-03-10 12:00\n--------------------------------\n"
    );
    let answer = site.ask_json("receipt QK1");
    for (key, value) in [
        ("site", "hilltop"),
        ("reference", "QK1"),
        ("username", "amina"),
        ("name", "Amina Otieno"),
        ("account", "A1"),
        ("amount", "1500.00"),
        ("source", "Cash"),
        ("date", "2027-03-10"),
        ("balance", "1500.00"),
        ("expires_on", "2027-03-20"),
    ] {
        assert_eq!(answer[key], value, "{key}");
    }
    assert_eq!(
        (&answer["reversed"], &answer["reversed_at"]),
        (&false.into(), &Value::Null)
    );
}

#[test]
fn no_line_is_wider_than_the_paper_whatever_the_names_are() {
    let site = site();
    site.ask_json(
        "subscriber set amina --name 'Wanjiku wa Kamau na Wenzake Investments Company Limited' --account \
         ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFGHIJKLMNOPQRSTUVWXYZ",
    );
    site.pay("amina", "100.00", &"LONG".repeat(20));
    let paper = text(&site, &format!("receipt {}", "LONG".repeat(20)));
    assert!(paper.lines().all(|line| line.width() <= 32), "{paper}");
    assert!(paper.contains("Wanjiku wa Kamau na Wenzake"), "{paper}");
}

#[test]
fn a_page_needs_nothing_from_elsewhere_and_escapes_what_people_are_called() {
    let site = site();
    site.ask_json("subscriber set amina --name '<b>Amina</b> & Sons'");
    site.pay("amina", "100.00", "QK1");
    let page = text(&site, "receipt QK1 --html");
    assert!(page.starts_with("<!DOCTYPE html>"), "{page}");
    assert!(page.contains("&lt;b&gt;Amina&lt;/b&gt; &amp; Sons"), "{page}");
    assert!(!page.contains("http") && !page.contains("<script"), "{page}");
}

#[test]
fn a_message_is_the_fullest_that_goes_in_one_part() {
    let site = site();
    site.pay("amina", "100.00", "QK1");
    assert_eq!(
        text(&site, "receipt QK1 --sms").trim_end(),
        "hilltop: received 100.00 KES from Amina Otieno on 2027-03-10, receipt QK1. Balance 100.00 KES. Paid through 2027-03-20."
    );
    site.ask_json(format!(
        "subscriber set amina --name '{}'",
        "Wanjiku ".repeat(12).trim()
    ));
    assert_eq!(
        text(&site, "receipt QK1 --sms").trim_end(),
        "hilltop: received 100.00 KES on 2027-03-10, receipt QK1. Balance 100.00 KES. Paid through 2027-03-20."
    );
}

#[test]
fn a_payment_that_was_taken_back_says_so_and_one_that_was_moved_names_who_has_it() {
    let site = site();
    site.ask_json("subscriber add brian --name 'Brian Mwangi' --package home-10 --expires-on 2027-03-20");
    site.pay("amina", "100.00", "QK1");
    site.ask_json(move_to("QK1", "brian"));
    assert_eq!(site.ask_json("receipt QK1")["name"], "Brian Mwangi");
    site.ask_json(reverse("QK1"));
    let answer = site.ask_json("receipt QK1");
    assert_eq!(
        (&answer["reversed"], &answer["name"]),
        (&true.into(), &"Brian Mwangi".into())
    );
    assert!(text(&site, "receipt QK1").contains("*** REVERSED ***"));
    assert!(text(&site, "receipt QK1 --html").contains("REVERSED on 2027-03-10 12:00"));
    assert!(text(&site, "receipt QK1 --sms").contains("was reversed"));
}

#[test]
fn what_is_in_no_wallet_has_no_receipt() {
    let site = site();
    site.statement("reference,date,amount,account\nR1,2027-03-10,50.00,nobody\n");
    assert!(site.refused("receipt R1").way_out.contains("weir pay assign R1"));
    site.ask_json(reverse("R1"));
    assert!(
        site.refused("receipt R1")
            .what
            .contains("reversed before it was in a wallet")
    );
    assert!(
        site.refused("receipt R7")
            .what
            .contains("no payment with reference `R7`")
    );
}

#[test]
fn who_is_cut_off_was_paid_through_a_day() {
    let site = site();
    site.pay("amina", "100.00", "QK1");
    site.live_until("2027-03-22");
    let paper = text(&site, "receipt QK1");
    assert!(paper.contains("Was paid through      2027-03-20"), "{paper}");
    assert!(paper.contains("Recorded        2027-03-10 12:00"), "{paper}");
}
