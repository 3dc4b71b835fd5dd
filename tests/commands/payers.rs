//! Whose money it is: a match is exact, and what is near is suggested.

use proptest::prelude::*;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{Site, assign, hilltop, pay, reverse};
use crate::support::site::{HILLTOP, HOME_10};
use crate::support::typed::quoted;
use weir::commands::subscribers::fields::SubscriberFields;
use weir::model::day::Day;
use weir::model::name::Reference;
use weir::model::unmatched::PaymentOrigin;

const HEAD: &str = "reference,date,amount,account,phone,source,payer,details\n";

fn rows(lines: &[&str]) -> String {
    format!("{HEAD}{}\n", lines.join("\n"))
}

fn typed(username: &str, amount: &str, reference: &str, day: &str) -> String {
    format!("pay {username} {amount} --ref {} --date {day}", quoted(reference))
}

fn waiting(site: &Site) -> Vec<Value> {
    site.ask_json("pay --unmatched").as_array().unwrap().clone()
}

fn references(site: &Site, username: &str) -> Vec<String> {
    let entries = site.ledger(username).into_iter();
    entries
        .map(|entry| entry["reference"].as_str().unwrap().to_owned())
        .collect()
}

/// `amina` A-1, 0712345678 in Kenya; `brian` 1002, +254700000002.
fn site() -> Site {
    let site = hilltop("2027-03-10");
    site.ask("subscriber add amina --name 'Amina Wanjiru' --account A-1 --phone 0712345678");
    site.ask("subscriber add brian --name 'Brian Otieno' --account 1002 --phone +254700000002");
    site
}

#[test]
fn only_the_whole_number_is_a_match_and_a_masked_one_suggests() {
    let site = site();
    let file = rows(&[
        "P1,2027-03-10,1.00,,254712345678,,,",
        "P2,2027-03-10,1.00,,+254 712 345 678,,,",
        "P3,2027-03-10,1.00,,0712345678,,,",
        "P4,2027-03-10,1.00,,712345678,,,",
        "P5,2027-03-10,1.00,,+255712345678,,,",
        "P6,2027-03-10,1.00,,0712***678,,,",
        "P7,2027-03-10,1.00,,2547****678 - A. WANJIRU,,,",
        "P8,2027-03-10,1.00,,12345678,,,",
        "P9,2027-03-10,1.00,,2.54712E+11,,,",
    ]);
    assert_eq!(site.counts(&file), [4, 0, 5, 0]);
    assert_eq!(references(&site, "amina"), ["P1", "P2", "P3", "P4"]);
    let told: Vec<(String, Value, Value)> = waiting(&site)
        .into_iter()
        .map(|row| {
            (
                row["phone"].as_str().unwrap().to_owned(),
                row["payer"].clone(),
                row["suggestions"].clone(),
            )
        })
        .collect();
    let amina = |why: &str| json!([{"username": "amina", "name": "Amina Wanjiru", "why": why}]);
    assert_eq!(
        told,
        [
            ("+255712345678".to_owned(), Value::Null, json!([])),
            (
                "0712***678".to_owned(),
                Value::Null,
                amina("has a phone that fits the part shown")
            ),
            (
                "2547****678".to_owned(),
                "A. WANJIRU".into(),
                amina("has a phone that fits the part shown")
            ),
            (
                "12345678".to_owned(),
                Value::Null,
                amina("has a phone with the same last digits")
            ),
            ("2.54712E+11".to_owned(), Value::Null, json!([])),
        ]
    );
    // A person decides.
    assert_eq!(site.ask_json(assign("P7", "amina"))["balance"], "5.00");
}

#[test]
fn numbers_of_short_countries_match() {
    let site = site();
    site.ask("subscriber set brian --phone +21620123456");
    assert_eq!(site.counts(&rows(&["P1,2027-03-10,1.00,,20123456,,,"])), [0, 0, 1, 0]);
    site.ask("subscriber set amina --phone 0201234567");
    assert_eq!(
        site.counts(&rows(&["P2,2027-03-10,1.00,,21620123456,,,"])),
        [1, 0, 0, 0]
    );
    assert_eq!(references(&site, "brian"), ["P2"]);
}

#[test]
fn a_changed_country_counts_at_once_for_those_who_are_there() {
    let text = |code: &str| format!("{HILLTOP}{HOME_10}\n[messages]\ncountry_code = \"{code}\"\n");
    let mut site = Site::at("2027-03-10 12:00").config(&text("255")).alone().open();
    site.ask("subscriber add amina --phone 0712345678");
    site.ask("subscriber add brian --phone +254712345678");
    assert_eq!(
        site.counts(&rows(&["P1,2027-03-10,1.00,,254712345678,,,"])),
        [1, 0, 0, 0]
    );
    assert_eq!(references(&site, "brian"), ["P1"]);
    site.rewrite(&text("254"));
    site = site.reopened();
    // Now they are two with one number.
    assert_eq!(
        site.counts(&rows(&["P2,2027-03-10,1.00,,254712345678,,,"])),
        [0, 0, 1, 0]
    );
    let suggestions = waiting(&site)[0]["suggestions"].clone();
    assert_eq!(suggestions.as_array().unwrap().len(), 2, "{suggestions}");
    // Without a country, what is dialled inside one is that alone.
    site.rewrite(&format!("{HILLTOP}{HOME_10}"));
    site = site.reopened();
    let file = rows(&[
        "P3,2027-03-10,1.00,,254712345678,,,",
        "P4,2027-03-10,1.00,,0712 345 678,,,",
    ]);
    assert_eq!(site.counts(&file), [2, 0, 0, 0]);
    assert_eq!(
        (references(&site, "brian"), references(&site, "amina")),
        (vec!["P1".to_owned(), "P3".to_owned()], vec!["P4".to_owned()])
    );
}

#[test]
fn a_phone_of_a_length_that_cannot_be_is_refused() {
    let site = site();
    for phone in ["07123456789", "+254712345", "+2541"] {
        let refused = site.refused(format!("subscriber set amina --phone {phone}"));
        assert!(refused.what.contains("phone number"), "{phone}: {}", refused.what);
    }
    assert_eq!(site.show("amina")["phone"], "0712345678");
}

#[test]
fn an_unmatched_payment_keeps_what_the_statement_says_and_shows_who_may_have_paid() {
    let site = site();
    let long = "x".repeat(900);
    let file = rows(&[
        "P1,2027-03-10,1.00,A1,,Bank,W. Anyone,internet",
        "P2,2027-03-10,1.00,1020,,Bank,,",
        &format!("P3,2027-03-10,1.00,,,Bank,{long},{long}"),
        "P4,2027-03-10,1.00,,,Bank,OTIENO BRIAN,for\u{202e} March",
    ]);
    assert_eq!(site.counts(&file), [0, 0, 4, 0]);
    let all = waiting(&site);
    assert_eq!(
        (&all[0]["payer"], &all[0]["details"]),
        (&"W. Anyone".into(), &"internet".into())
    );
    assert_eq!(
        all[0]["suggestions"][0]["why"],
        "has an account that differs in signs alone"
    );
    assert_eq!(all[1]["suggestions"][0]["username"], "brian");
    assert_eq!(all[2]["payer"].as_str().unwrap().len(), 200);
    assert_eq!(all[2]["details"].as_str().unwrap().len(), 500);
    assert_eq!(all[3]["details"], "for March");
    let text = site.ask("pay --unmatched").payload;
    for part in [
        "W. Anyone: internet",
        "`amina` (Amina Wanjiru) has an account that differs in signs alone",
        "`brian` (Brian Otieno) has an account with two characters swapped",
        "OTIENO BRIAN: for March",
        "`brian` (Brian Otieno) has a username that the payment names",
    ] {
        assert!(text.contains(part), "{part} in\n{text}");
    }
}

#[test]
fn a_typed_receipt_and_its_row_are_one_payment_for_three_days() {
    let site = site();
    for (reference, day, counts) in [
        ("T1", "2027-03-10", [0, 1, 0, 0]),
        ("T2", "2027-03-07", [0, 1, 0, 0]),
        ("T3", "2027-03-06", [0, 0, 0, 1]),
    ] {
        site.ask_json(typed("amina", "10.00", reference, "2027-03-10"));
        assert_eq!(
            site.counts(&rows(&[&format!("{reference},{day},10.00,A-1,,,,")])),
            counts,
            "{day}"
        );
    }
    assert_eq!(site.show("amina")["balance"], "30.00");
    // The other way round: the row first, then somebody types it.
    site.counts(&rows(&["S1,2027-03-08,10.00,A-1,,,,", "S2,2027-03-06,10.00,A-1,,,,"]));
    assert_eq!(
        site.ask_json(typed("amina", "10.00", "S1", "2027-03-10"))["duplicate"],
        true
    );
    let refused = site.refused(typed("amina", "10.00", "S2", "2027-03-10"));
    assert!(
        refused
            .what
            .contains("of Amina Wanjiru (`amina`), 10.00 KES on 2027-03-06, Statement, from a statement"),
        "{}",
        refused.what
    );
    assert_eq!(site.show("amina")["balance"], "50.00");
    // Among the unmatched the same days count.
    site.counts(&rows(&["U1,2027-03-08,10.00,who,,,,", "U2,2027-03-06,10.00,who,,,,"]));
    assert_eq!(
        site.ask_json(typed("amina", "10.00", "U1", "2027-03-10"))["credited"],
        true
    );
    assert!(
        site.refused(typed("amina", "10.00", "U2", "2027-03-10"))
            .what
            .contains("unmatched payment of 2027-03-06")
    );
}

#[test]
fn two_rows_of_statements_are_one_payment_on_one_day_alone_and_none_is_dropped() {
    let site = site();
    assert_eq!(site.counts(&rows(&["RENT,2027-03-01,10.00,A-1,,,,"])), [1, 0, 0, 0]);
    // The same day in another export, without the account.
    assert_eq!(site.counts(&rows(&["RENT,2027-03-01,10.00,,,,,"])), [0, 1, 0, 0]);
    // Somebody else, of whom nothing is known but an account.
    assert_eq!(site.counts(&rows(&["RENT,2027-03-01,10.00,X-9,,,,"])), [0, 0, 0, 1]);
    site.ask_json(reverse("RENT#2"));
    let next = rows(&["RENT,2027-03-02,10.00,A-1,,,,"]);
    assert_eq!(site.counts(&next), [0, 0, 0, 1]);
    assert_eq!(waiting(&site)[0]["reference"], "RENT#3");
    // Whatever became of it, the row changes nothing any more.
    assert_eq!(site.ask_json(assign("RENT#3", "amina"))["balance"], "20.00");
    assert_eq!(site.counts(&next), [0, 1, 0, 0]);
    site.ask_json(reverse("RENT#3"));
    assert_eq!(site.counts(&next), [0, 1, 0, 0]);
    assert_eq!(site.show("amina")["balance"], "10.00");
}

#[test]
fn a_bank_whose_references_repeat_tells_payments_apart_by_day_and_amount() {
    let site = hilltop("2027-03-10");
    site.ask("subscriber add amina --account A-1");
    site.ask("subscriber add brian --account B-1");
    site.ask_json(typed("amina", "10.00", "RENT", "2027-03-03"));
    let unique = |lines: &[&str]| format!("Text,Booked,Credit,For\n{}\n", lines.join("\n"));
    let file = unique(&[
        "RENT,2027-03-04,10.00,A-1",
        "RENT,2027-03-08,10.00,A-1",
        "RENT,2027-03-08,20.00,A-1",
        "RENT,2027-03-08,10.00,B-1",
        "RENT,2027-03-09,10.00,B-1",
    ]);
    // Typed before, two of other days and amounts, one that two are said to have paid, another one's.
    assert_eq!(site.counts(&file), [3, 1, 0, 1]);
    assert_eq!(
        references(&site, "amina"),
        ["RENT", "RENT 2027-03-08 10.00", "RENT 2027-03-08 20.00"]
    );
    assert_eq!(references(&site, "brian"), ["RENT 2027-03-09 10.00"]);
    assert_eq!(waiting(&site)[0]["reference"], "RENT 2027-03-08 10.00#2");
    assert_eq!(site.counts(&file), [0, 5, 0, 0]);
    // Typed after the statement has brought it, it is known; a week later it is another one.
    let again = site.ask_json(typed("brian", "10.00", "RENT", "2027-03-10"));
    assert_eq!(
        (&again["duplicate"], &again["reference"]),
        (&true.into(), &"RENT 2027-03-09 10.00".into())
    );
    assert_eq!(
        site.ask_json(typed("amina", "20.00", "RENT", "2027-03-05"))["duplicate"],
        true
    );
    assert!(
        site.refused(typed("amina", "20.00", "RENT", "2027-03-03"))
            .what
            .contains("typed")
    );
    // And one that waits is assigned.
    site.counts(&unique(&["HIRE,2027-03-09,5.00,"]));
    assert_eq!(
        site.ask_json(typed("brian", "5.00", "HIRE", "2027-03-10"))["credited"],
        true
    );
    assert_eq!(waiting(&site).len(), 1);
}

#[test]
fn a_typed_payment_meets_one_row_and_the_next_is_another_payment() {
    let site = site();
    for (typed_on, lines, counts) in [
        (
            "2027-03-07",
            ["T1,2027-03-08,10.00,A-1,,,,", "T1,2027-03-09,10.00,A-1,,,,"],
            [0, 1, 0, 1],
        ),
        // The same row in another export.
        (
            "2027-03-07",
            ["T2,2027-03-08,10.00,A-1,,,,", "T2,2027-03-08,10.00,,,,,"],
            [0, 2, 0, 0],
        ),
        // Rows that name nobody, who may be two people.
        (
            "2027-03-07",
            ["T3,2027-03-05,10.00,,,,,", "T3,2027-03-06,10.00,,,,,"],
            [0, 1, 0, 1],
        ),
    ] {
        let reference = lines[0].split(',').next().unwrap();
        site.ask_json(typed("amina", "10.00", reference, typed_on));
        assert_eq!(site.counts(&rows(&lines)), counts, "{reference}");
        assert_eq!(site.counts(&rows(&lines)), [0, 2, 0, 0], "{reference}");
        // Typed once more it is known, by whichever day.
        assert_eq!(
            site.ask_json(typed("amina", "10.00", reference, typed_on))["duplicate"],
            true
        );
    }
    assert_eq!(site.show("amina")["balance"], "30.00");
    // Days do not add up: three before the row is six before the payment.
    site.ask_json(typed("amina", "10.00", "T4", "2027-03-08"));
    assert_eq!(site.counts(&rows(&["T4,2027-03-05,10.00,A-1,,,,"])), [0, 1, 0, 0]);
    assert_eq!(
        site.ask_json(typed("amina", "10.00", "T4", "2027-03-05"))["duplicate"],
        true
    );
    assert!(
        site.refused(typed("amina", "10.00", "T4", "2027-03-02"))
            .what
            .contains("on 2027-03-08")
    );
}

#[test]
fn what_waits_is_not_swallowed_by_a_row_of_somebody_else() {
    let site = site();
    for (lines, counts) in [
        (
            ["W1,2027-03-08,10.00,1OO2,,,SAMUEL,x", "W1,2027-03-08,10.00,A-1,,,ZOE,x"],
            [0, 0, 1, 1],
        ),
        (
            [
                "W2,2027-03-08,10.00,,,,SAMUEL,",
                "W2,2027-03-08,10.00,,0712345678,,ZOE,",
            ],
            [0, 0, 1, 1],
        ),
        // Another export of the same row says more of it.
        (
            ["W3,2027-03-08,10.00,,,,,", "W3,2027-03-08,10.00,A-1,,,ZOE,"],
            [1, 0, 1, 0],
        ),
    ] {
        assert_eq!(site.counts(&rows(&lines)), counts, "{}", lines[0]);
    }
    assert_eq!(waiting(&site).len(), 4);
    assert_eq!(site.show("amina")["balance"], "10.00");
}

#[test]
fn a_command_that_is_suggested_can_be_typed() {
    for (reference, typed) in [
        ("QK4XW2", "QK4XW2"),
        ("RENT 2027-03-02 10.00", "'RENT 2027-03-02 10.00'"),
        ("-5", "'-5'"),
        ("R1#2", "'R1#2'"),
        ("O'Brien", r"'O'\''Brien'"),
    ] {
        assert_eq!(Reference::new(reference).unwrap().as_argument(), typed);
    }
}

#[test]
fn a_negative_amount_that_is_unclear_is_named_with_its_sign() {
    let refused = site().refused("adjust amina --comment x -- -1,500");
    assert!(refused.what.contains("it may be -1.50 or -1500.00"), "{}", refused.what);
}

#[test]
fn a_cell_with_two_phones_credits_nobody() {
    let site = site();
    for (reference, cell) in [
        ("P1", "0712345678/+254700000002"),
        ("P2", "0712345678 or 0700000002"),
        ("P3", "0700000002;0712 345 678"),
    ] {
        let row = format!("{reference},2027-03-08,10.00,,{cell},,,");
        assert_eq!(site.counts(&rows(&[&row])), [0, 0, 1, 0], "{cell}");
    }
}

#[test]
fn whoever_gets_somebody_elses_account_or_phone_is_warned_of_it() {
    let site = site();
    let told = |line: &str| site.ask(line).payload;
    assert!(told("subscriber add chebet --account a-1").contains("Amina Wanjiru (`amina`) has the account `a-1`, too"));
    let set = told("subscriber set chebet --account C-1 --phone +254712345678");
    assert!(
        set.contains("has the phone `+254712345678`, too") && !set.contains("has the account"),
        "{set}"
    );
    assert!(!told("subscriber set chebet --name Chebet").contains("too"));
}

/// A bank whose references repeat, with names and details.
fn repeating(lines: &[&str]) -> String {
    format!("Narration,Booked,Credit,For,From\n{}\n", lines.join("\n"))
}

fn repeating_site() -> Site {
    let more = "[[statements]]\nname = \"bank\"\ncolumns = { reference = \"Narration\", date = \"Booked\", amount = \"Credit\", \
                account = \"For\", payer = \"From\" }\ndate_format = \"%Y-%m-%d\"\nunique = [\"reference\", \"date\", \"amount\"]\n";
    let site = Site::at("2027-03-10 12:00")
        .config(&format!("{HILLTOP}{HOME_10}\n{more}"))
        .alone()
        .open();
    site.ask("subscriber add amina --name 'Amina Wanjiru' --account A-1");
    site.ask("subscriber add brian --name 'Brian Otieno' --account B-1");
    site
}

#[test]
fn where_numbers_repeat_each_day_each_payer_and_each_account_is_a_payment() {
    let site = repeating_site();
    site.ask_json(typed("amina", "50.00", "WIFI", "2027-03-02"));
    let days = repeating(&[
        "WIFI,2027-03-02,50.00,A-1,",
        "WIFI,2027-03-03,50.00,A-1,",
        "WIFI,2027-03-04,50.00,A-1,",
        "WIFI,2027-03-05,50.00,A-1,",
    ]);
    assert_eq!(site.counts(&days), [3, 1, 0, 0]);
    assert_eq!(site.counts(&days), [0, 4, 0, 0]);
    assert_eq!(site.show("amina")["balance"], "200.00");
    // An account that fits nobody waits; the next row, with another account, is another payment.
    let accounts = repeating(&["RENT,2027-03-01,10.00,X-9,", "RENT,2027-03-01,10.00,A-1,"]);
    assert_eq!(site.counts(&accounts), [0, 0, 1, 1]);
    // Two names.
    let names = repeating(&["NET,2027-03-01,15.00,,AMINA", "NET,2027-03-01,15.00,,BRIAN"]);
    assert_eq!(site.counts(&names), [0, 0, 1, 1]);
    assert_eq!(site.counts(&names), [0, 2, 0, 0]);
    assert_eq!(waiting(&site).len(), 4);
    site.verify();
}

#[test]
fn a_typed_payment_is_its_own_row_before_somebody_elses_that_waits() {
    let site = repeating_site();
    site.counts(&repeating(&[
        "RENT,2027-03-02,10.00,,OTIENO",
        "RENT,2027-03-04,10.00,A-1,",
    ]));
    let again = site.ask_json(typed("amina", "10.00", "RENT", "2027-03-04"));
    assert_eq!(
        (&again["duplicate"], &again["balance"]),
        (&true.into(), &"10.00".into())
    );
    assert_eq!(waiting(&site).len(), 1);
}

#[test]
fn a_number_that_was_taken_as_a_spreadsheet_saved_it_is_known() {
    let site = site();
    // As format 3 took them.
    site.ask_json(typed("amina", "10.00", "4711.0", "2027-03-08"));
    site.write(|tx| tx.take_row(&old_digest("4711.0", 1000, "A-1")));
    site.ask_json(typed("amina", "10.00", "4712.0", "2027-03-08"));
    let file = rows(&["4711.0,2027-03-08,10.00,A-1,,,,", "4712.0,2027-03-08,10.00,A-1,,,,"]);
    assert_eq!(site.counts(&file), [0, 2, 0, 0]);
    site.ask_json(reverse("4711.0"));
    assert_eq!(site.counts(&file), [0, 2, 0, 0]);
    assert_eq!(site.show("amina")["balance"], "10.00");
}

#[test]
fn whoever_shares_an_account_or_has_closed_it_is_told_as_that() {
    let site = site();
    site.ask("subscriber add chebet --account A-1");
    site.ask_json("subscriber close brian");
    site.counts(&rows(&[
        "P1,2027-03-08,10.00,A-1,,,,",
        "P2,2027-03-08,10.00,1002,,,,",
        "P3,2027-03-08,10.00,who,,,,",
    ]));
    let told: Vec<String> = site
        .ask_json("logs payment")
        .as_array()
        .unwrap()
        .iter()
        .take(3)
        .map(|record| record["message"].as_str().unwrap().to_owned())
        .collect();
    for (message, why) in told.iter().rev().zip([
        "it fits several subscribers",
        "the account that it fits is closed",
        "it fits no subscriber",
    ]) {
        assert!(message.contains(why), "{message}");
    }
}

/// The digest by which format 3 knew a row without a phone: no day in it.
fn old_digest(reference: &str, cents: i64, account: &str) -> [u8; 32] {
    let mut bytes = cents.to_be_bytes().to_vec();
    for text in [reference, account, ""] {
        bytes.extend((text.len() as u64).to_be_bytes());
        bytes.extend(text.as_bytes());
    }
    Sha256::digest(bytes).into()
}

#[test]
fn a_row_that_format_3_took_changes_nothing_on_the_day_that_is_recorded() {
    let site = site();
    for reference in ["R1", "R2", "R3"] {
        site.write(|tx| tx.take_row(&old_digest(reference, 1000, "A-1")));
    }
    site.ask_json(typed("amina", "10.00", "R1", "2027-03-01"));
    site.ask_json(typed("amina", "10.00", "R2", "2027-03-01"));
    site.ask_json(reverse("R2"));
    let file = rows(&[
        "R1,2027-03-01,10.00,A-1,,,,",
        "R2,2027-03-01,10.00,A-1,,,,",
        "R3,2027-03-01,10.00,A-1,,,,",
        // The next month's, of which format 3 knew no more than of the first.
        "R1,2027-03-09,10.00,A-1,,,,",
    ]);
    assert_eq!(site.counts(&file), [0, 3, 0, 1]);
    assert_eq!(site.counts(&file), [0, 4, 0, 0]);
}

#[test]
fn a_payment_is_kept_with_where_it_came_from() {
    let site = site();
    site.counts(&rows(&["R1,2027-03-08,10.00,A-1,,,,"]));
    assert_eq!(origin(&site, "R1"), Some(PaymentOrigin::Statement));
    site.pay("brian", "10.00", "R2");
    assert_eq!(origin(&site, "R2"), Some(PaymentOrigin::Typed));
    site.ask_json(reverse("R2"));
    site.counts(&rows(&["R2,2027-03-10,10.00,1002,,,,"]));
    assert_eq!(origin(&site, "R2"), Some(PaymentOrigin::Statement));
}

fn origin(site: &Site, reference: &str) -> Option<PaymentOrigin> {
    let reference = weir::model::name::Reference::new(reference).unwrap();
    site.write(|tx| tx.origin(&reference))
}

#[test]
fn what_nobody_sees_enters_through_no_door() {
    let site = hilltop("2027-03-10");
    site.ask(format!(
        "subscriber add {} --name {} --account {} --phone {} --login {}",
        quoted("ami\u{200b}na"),
        quoted("Ami\u{301}na\u{202e}"),
        quoted("A\u{2060}-1"),
        quoted("+254\u{ad}700000001"),
        quoted("ami\u{fe0f}na.l"),
    ));
    let shown = site.show("amina");
    assert_eq!(shown["name"], "Amína");
    assert_eq!(
        (&shown["account"], &shown["phone"]),
        (&"A-1".into(), &"+254700000001".into())
    );
    // Typed with the mark or without it, it is the same subscriber and the same receipt.
    let reply = site.ask(pay("amina\u{200e}", "10.00", "QK4\u{200f}X"));
    assert!(reply.payload.starts_with("Credited 10.00 KES to"), "{}", reply.payload);
    assert_eq!(reply.notes, ["`amina\u{200e}` is read as Amína (`amina`)"]);
    assert_eq!(site.ask_json(pay("amina", "10.00", "QK4X"))["duplicate"], true);
    assert_eq!(
        site.counts(&rows(&["QK4X\u{feff},2027-03-10,10.00,\u{202a}A-1\u{202c},,,,"])),
        [0, 1, 0, 0]
    );
    assert_eq!(references(&site, "amina"), ["QK4X"]);
    let list =
        "username,name,phone,account,package,service\nbri\u{200d}an,Bri\u{200b}an,0700\u{2060}000002,B\u{ad}1,,pppoe\n";
    site.ask(("import subscribers list.csv", list));
    assert_eq!(site.show("brian")["account"], "B1");
}

#[test]
fn a_username_that_looks_like_another_is_warned_of() {
    let site = site();
    let told = site.ask(format!("subscriber add {}", quoted("\u{430}mina"))).payload;
    assert!(told.contains("only in characters that look alike"), "{told}");
    let told = site.ask("subscriber add Brian").payload;
    assert!(told.contains("only in upper and lower case"), "{told}");
    let list = "username,service\nbr1an,pppoe\ncarol,pppoe\ncar0l,pppoe\n";
    let warned = site
        .ask(("import subscribers list.csv --dry-run", list))
        .notes
        .join("\n");
    assert!(warned.contains("`br1an` differs from the existing `"), "{warned}");
    assert!(
        warned.contains("`car0l` differs from `carol` in line 3 only in characters that look alike"),
        "{warned}"
    );
}

#[test]
fn of_many_unmatched_payments_the_first_are_compared_and_the_answer_says_so() {
    let site = site();
    let many: Vec<String> = (0..201).map(|at| format!("N{at:03},2027-03-09,1.00,A1,,,,")).collect();
    let lines: Vec<&str> = many.iter().map(String::as_str).collect();
    site.counts(&rows(&lines[..200]));
    assert!(site.ask("pay --unmatched").notes.is_empty());
    site.counts(&rows(&lines));
    let told = site.ask("pay --unmatched");
    assert!(told.notes[0].contains("first 200 of 201"), "{:?}", told.notes);
    let suggested: Vec<usize> = waiting(&site)
        .iter()
        .map(|row| row["suggestions"].as_array().unwrap().len())
        .collect();
    assert_eq!((suggested[199], suggested[200]), (1, 0));
}

/// A payment that somebody types, or a row of a statement.
#[derive(Debug, Clone)]
struct Told {
    typed: bool,
    reference: &'static str,
    day: i32,
    amount: &'static str,
    account: &'static str,
}

impl Told {
    fn day(&self) -> String {
        format!("2027-03-{:02}", self.day)
    }

    fn row(&self) -> String {
        format!("{},{},{},{},,,,", self.reference, self.day(), self.amount, self.account)
    }
}

fn told() -> impl Strategy<Value = Told> {
    (any::<bool>(), 0..2_usize, 1..10_i32, 0..2_usize, 0..4_usize).prop_map(
        |(typed, reference, day, amount, account)| Told {
            typed,
            reference: ["R1", "R2"][reference],
            day,
            amount: ["10.00", "20.00"][amount],
            account: ["A-1", "1002", "who", ""][account],
        },
    )
}

/// All payments that are kept: reference without its number, day, amount.
fn kept(site: &Site) -> Vec<(String, Day, String)> {
    let plain = |reference: &Value| {
        let reference = reference.as_str().unwrap();
        reference
            .split_once('#')
            .map_or(reference, |(plain, _)| plain)
            .to_owned()
    };
    let amount = |amount: &Value| amount.as_str().unwrap().trim_start_matches('+').to_owned();
    let day = |day: &Value| Day::parse(day.as_str().unwrap()).unwrap();
    let credited = ["amina", "brian"]
        .into_iter()
        .flat_map(|username| site.ledger(username));
    let credited = credited.map(|entry| {
        (
            plain(&entry["reference"]),
            day(&entry["for_day"]),
            amount(&entry["amount"]),
        )
    });
    let unmatched = waiting(site).into_iter();
    let unmatched = unmatched.map(|row| (plain(&row["reference"]), day(&row["date"]), amount(&row["amount"])));
    credited.chain(unmatched).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Whatever is told in whatever order: nothing is credited twice, no row is lost, and told again all of it changes nothing.
    #[test]
    fn no_payment_is_lost_and_none_is_counted_twice(all in proptest::collection::vec(told(), 1..12)) {
        let site = site();
        for one in &all {
            let before = kept(&site);
            let day = Day::parse(&one.day()).unwrap();
            let near = |apart: i32| {
                before.iter().any(|(reference, known, amount)| {
                    reference == one.reference && amount == one.amount && known.days_since(day).abs() <= apart
                })
            };
            if one.typed {
                let username = if one.account == "1002" { "brian" } else { "amina" };
                let line = typed(username, one.amount, one.reference, &one.day());
                match site.tried(line) {
                    // Known, or one of the unmatched that is somebody's now: no more payments than before.
                    Ok(_) if near(3) && kept(&site).len() == before.len() => {}
                    Ok(_) => prop_assert_eq!(kept(&site).len(), before.len() + 1),
                    Err(_) => prop_assert_eq!(kept(&site), before),
                }
            } else {
                let counts = site.counts(&rows(&[&one.row()]));
                let more = kept(&site).len() - before.len();
                match counts {
                    [0, 1, 0, 0] => prop_assert!(more == 0 && near(3), "{one:?} is lost"),
                    // Credited, or one of the unmatched was.
                    [1, 0, 0, 0] => prop_assert!(more == 1 || (more == 0 && near(0)), "{one:?}"),
                    [0, 0, 1, 0] | [0, 0, 0, 1] => prop_assert_eq!(more, 1),
                    other => prop_assert!(false, "{:?}", other),
                }
            }
        }
        let then = site.content();
        let again: Vec<String> = all.iter().filter(|one| !one.typed).map(Told::row).collect();
        let lines: Vec<&str> = again.iter().map(String::as_str).collect();
        if !lines.is_empty() {
            prop_assert_eq!(site.counts(&rows(&lines)), [0, lines.len() as u64, 0, 0]);
        }
        prop_assert_eq!(site.content(), then);
    }
}

#[test]
fn an_account_without_a_letter_or_digit_leads_to_nobody() {
    let site = hilltop("2027-03-01");
    site.add("amina", "home-10", Some("2027-03-10"), None);
    site.set(
        "amina",
        SubscriberFields {
            account: Some("--".to_owned()),
            ..SubscriberFields::default()
        },
    );
    assert!(site.write(|tx| tx.with_account("--", |_| true)).is_empty());
    let reader = site.appliance.store.read().unwrap();
    assert!(reader.with_account("--", |_| true).unwrap().is_empty());
}
