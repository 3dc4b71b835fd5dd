//! Statements: whose each payment is, and what a known reference means.

use serde_json::{Value, json};
use weir::commands::subscribers::fields::SubscriberFields;

use super::{Site, assign, close, hilltop, pay, reverse, statement};

const HEAD: &str = "reference,date,amount,account,phone,source\n";

fn rows(lines: &[&str]) -> String {
    format!("{HEAD}{}\n", lines.join("\n"))
}

fn unmatched(site: &Site) -> Vec<Value> {
    site.ask_json("pay --unmatched").as_array().unwrap().clone()
}

fn waiting(site: &Site) -> Vec<String> {
    unmatched(site)
        .iter()
        .map(|row| row["reference"].as_str().unwrap().to_owned())
        .collect()
}

/// `amina` A-1, `brian` A2, both paid through 20 March.
fn site() -> Site {
    let site = hilltop("2027-03-10");
    site.add("amina", "home-10", Some("2027-03-20"), None);
    site.add("brian", "home-10", Some("2027-03-20"), None);
    let account = |account: &str, phone: &str| SubscriberFields {
        account: Some(account.to_owned()),
        phone: Some(phone.to_owned()),
        ..SubscriberFields::default()
    };
    site.set("amina", account("A-1", "+254700000001"));
    site.set("brian", account("A2", "+254700000002"));
    site
}

#[test]
fn rows_are_matched_by_account_but_for_case_and_blanks_else_by_the_whole_phone_else_they_wait() {
    let site = site();
    let file = rows(&[
        "R1,2027-03-09,100.00,a -1,,M-Pesa",
        "R2,2027-03-09,200.00,A2,0700000001,",
        "R3,2027-03-09,300.00,typo,0700 000 002,",
        "R4,2027-03-09,400.00,typo,0711000000,",
        "R5,2027-03-09,500.00,,,",
    ]);
    assert_eq!(site.counts(&file), [3, 0, 2, 0]);
    assert_eq!(site.show("amina")["balance"], "100.00");
    assert_eq!(site.show("brian")["balance"], "500.00");
    let credit = &site.ledger("amina")[0];
    assert_eq!(
        (&credit["source"], &credit["for_day"]),
        (&"M-Pesa".into(), &"2027-03-09".into())
    );
    assert_eq!(site.ledger("brian")[0]["source"], "Statement");
    assert_eq!(
        unmatched(&site)[0],
        json!({"reference": "R4", "date": "2027-03-09", "amount": "400.00", "account": "typo",
               "phone": "0711000000", "source": "Statement", "conflict": null, "payer": null, "details": null,
               "suggestions": []})
    );
}

#[test]
fn accounts_that_differ_in_signs_are_two_and_one_as_it_is_written_wins() {
    let site = site();
    site.set(
        "brian",
        SubscriberFields {
            account: Some("a1".to_owned()),
            ..SubscriberFields::default()
        },
    );
    assert_eq!(
        site.counts(&rows(&["R1,2027-03-09,100.00,A-1,,", "R2,2027-03-09,200.00,A 1,,"])),
        [2, 0, 0, 0]
    );
    assert_eq!(site.show("amina")["balance"], "100.00");
    assert_eq!(site.show("brian")["balance"], "200.00");
    // Two whose accounts differ in case alone: as it is written it is one's, otherwise nobody's.
    site.set(
        "amina",
        SubscriberFields {
            account: Some("A1".to_owned()),
            ..SubscriberFields::default()
        },
    );
    assert_eq!(
        site.counts(&rows(&["R3,2027-03-09,300.00,a1,,", "R4,2027-03-09,400.00,a 1,,"])),
        [1, 0, 1, 0]
    );
    assert_eq!(site.show("brian")["balance"], "500.00");
}

#[test]
fn a_closed_account_and_one_that_two_share_go_to_the_tray() {
    let site = site();
    site.add("carol", "home-10", Some("2027-03-20"), None);
    site.add("gone", "home-10", Some("2027-03-20"), None);
    site.set(
        "carol",
        SubscriberFields {
            account: Some("A2".to_owned()),
            phone: Some("+254700000001".to_owned()),
            ..SubscriberFields::default()
        },
    );
    site.ask_json(close("gone"));
    let file = rows(&[
        "R1,2027-03-09,100.00,A2,,",
        "R2,2027-03-09,100.00,AC-gone,0700000002,",
        "R3,2027-03-09,100.00,,0700000001,",
    ]);
    assert_eq!(site.counts(&file), [0, 0, 3, 0]);
    // Typed by hand, a closed account is refused, also for one that waits.
    assert!(site.refused(assign("R2", "gone")).what.contains("closed"));
    assert_eq!(site.ask_json(assign("R2", "brian"))["balance"], "100.00");
}

#[test]
fn the_same_file_again_changes_nothing_whatever_became_of_its_rows() {
    let site = site();
    let file = rows(&[
        "R1,2027-03-09,100.00,A-1,,",
        "R2,2027-03-09,200.00,who,,",
        "R3,2027-03-09,300.00,who,,",
        "R1,2027-03-09,150.00,A-1,,",
    ]);
    assert_eq!(site.counts(&file), [1, 0, 2, 1]);
    let once = site.content();
    assert_eq!(site.counts(&file), [0, 4, 0, 0]);
    assert_eq!(site.content(), once);
    site.ask_json(reverse("R1"));
    site.ask_json(reverse("R2"));
    site.ask_json(assign("R3", "brian"));
    site.ask_json(assign("R1#2", "brian"));
    let then = site.content();
    assert_eq!(site.counts(&file), [0, 4, 0, 0]);
    assert_eq!(site.content(), then);
}

#[test]
fn a_payment_typed_before_its_statement_is_credited_once() {
    let site = site();
    site.pay("amina", "100.00", "R1");
    site.pay("brian", "200.00", "R2");
    let file = rows(&["R1,2027-03-09,100.00,A-1,,", "R2,2027-03-09,200.00,nobody's,,"]);
    assert_eq!(site.counts(&file), [0, 2, 0, 0]);
    assert_eq!(site.show("amina")["balance"], "100.00");
    assert_eq!(unmatched(&site).len(), 0);
}

#[test]
fn what_contradicts_a_known_reference_waits_under_one_of_its_own() {
    let site = site();
    site.pay("amina", "100.00", "R1");
    let file = rows(&[
        "R1,2027-03-09,150.00,A-1,,",
        "R1,2027-03-09,100.00,A2,,",
        "R4,2027-03-09,10.00,who,,",
        "R4,2027-03-09,20.00,who,,",
    ]);
    assert_eq!(site.counts(&file), [0, 0, 1, 3]);
    assert_eq!(waiting(&site), ["R1#2", "R1#3", "R4", "R4#2"]);
    let words = unmatched(&site)[0]["conflict"].as_str().unwrap().to_owned();
    for part in ["`R1`", "entry 1", "`amina`", "100.00 KES"] {
        assert!(words.contains(part), "{words}");
    }
    assert_eq!(site.ask_json(assign("R1#3", "brian"))["reference"], "R1#3");
    assert_eq!(site.ledger("brian")[0]["reference"], "R1#3");
}

#[test]
fn a_waiting_payment_that_is_matched_later_is_assigned() {
    let site = site();
    site.counts(&rows(&[
        "R1,2027-03-08,100.00,who,,M-Pesa",
        "R2,2027-03-08,100.00,who,,M-Pesa",
    ]));
    // Typed for somebody: the one that waits is theirs, with its own day and source.
    let answer = site.pay("brian", "100.00", "R1");
    assert_eq!(
        (&answer["credited"], &answer["duplicate"]),
        (&true.into(), &false.into())
    );
    let credit = &site.ledger("brian")[0];
    assert_eq!(
        (&credit["for_day"], &credit["source"]),
        (&"2027-03-08".into(), &"M-Pesa".into())
    );
    assert!(site.refused(pay("amina", "100.00", "R1")).what.contains("`brian`"));
    // A better statement names the account.
    assert_eq!(site.counts(&rows(&["R2,2027-03-08,100.00,A-1,,"])), [1, 0, 0, 0]);
    assert_eq!(waiting(&site), Vec::<String>::new());
    assert!(site.refused(assign("R2", "brian")).what.contains("assigned to `amina`"));
    // With another amount it is refused by hand.
    site.counts(&rows(&["R3,2027-03-08,100.00,who,,"]));
    assert!(
        site.refused(pay("amina", "90.00", "R3"))
            .what
            .contains("unmatched payment")
    );
    // Without what it named before, or in another spelling, unmatched as before: known. With another account it may be another's.
    assert_eq!(
        site.counts(&rows(&["R3,2027-03-08,100.00,,,", "R3,2027-03-08,100.00,W HO,,"])),
        [0, 2, 0, 0]
    );
    assert_eq!(site.counts(&rows(&["R3,2027-03-08,100.00,whom,,"])), [0, 0, 0, 1]);
}

#[test]
fn a_reversed_reference_that_arrives_as_a_new_row_is_credited() {
    let site = site();
    site.pay("amina", "100.00", "R1");
    site.ask_json(reverse("R1"));
    assert_eq!(site.counts(&rows(&["R1,2027-03-09,100.00,A-1,,"])), [1, 0, 0, 0]);
    assert_eq!(site.show("amina")["balance"], "100.00");
}

#[test]
fn a_row_of_the_tray_is_marked_as_reversed_once_and_cannot_be_assigned_then() {
    let site = site();
    site.counts(&rows(&["R1,2027-03-09,100.00,who,,"]));
    let answer = site.ask_json(reverse("R1"));
    assert_eq!(
        (&answer["username"], &answer["reference"]),
        (&Value::Null, &"R1".into())
    );
    assert_eq!(unmatched(&site).len(), 0);
    assert!(site.refused(reverse("R1")).what.contains("already reversed"));
    assert!(site.refused(assign("R1", "amina")).what.contains("reversed"));
}

#[test]
fn a_row_that_cannot_be_read_is_named_and_stops_nothing_else() {
    let site = site();
    let file = rows(&[
        "R1,2027-03-09,100.00,A-1,,",
        "R2,2027-03-99,100.00,A-1,,",
        "R3,2027-03-11,100.00,A-1,,",
        "R4,2027-03-09,12.345,A-1,,",
        ",2027-03-09,100.00,A-1,,",
        "R6,2027-03-09,600.00,A2,,",
    ]);
    let reply = site.statement(&file);
    let answer: Value = serde_json::from_str(&reply.payload).unwrap();
    assert_eq!((reply.exit, &answer["credited"]), (1, &2.into()));
    let places: Vec<(u64, u64)> = answer["unreadable"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| (row["line"].as_u64().unwrap(), row["column"].as_u64().unwrap()))
        .collect();
    assert_eq!(places, [(3, 2), (4, 2), (5, 3), (6, 1)]);
    assert!(
        reply.notes[0].starts_with("statement.csv:3, column date: "),
        "{:?}",
        reply.notes
    );
    // The next day the row that lay in the future is taken; the rest is known.
    site.noon("2027-03-11");
    assert_eq!(site.counts(&file), [1, 2, 0, 0]);
}

const MPESA: &str = "Organization,Hilltop Net\n\n\
Receipt No.,Completion Time,Paid In,Withdrawn,Transaction Status,Other Party Info,Linked Transaction ID,A/C No.\n\
T3,2027-03-09 11:00:00,,-100.00,Completed,,T1,\n\
T1,2027-03-09 10:00:00,100.00,,Completed,254700000001 - AMINA,,A1\n\
T1,2027-03-09 10:00:00,,-1.00,Completed,,,\n\
T2,2027-03-09 09:00:00,700.00,,Failed,254700000002 - BRIAN,,A2\n";

#[test]
fn what_is_no_incoming_payment_is_counted_and_a_reversal_is_told_with_the_next_step() {
    let site = site();
    let reply = site.statement(MPESA);
    let answer: Value = serde_json::from_str(&reply.payload).unwrap();
    assert_eq!(
        answer,
        json!({"credited": 1, "duplicates": 0, "unmatched": 0, "conflicts": 0, "ignored": 3, "unreadable": [],
               "taken_back": [{"line": 4, "reference": "T1"}]})
    );
    assert_eq!(reply.exit, 0);
    assert_eq!(reply.notes.len(), 1);
    assert!(reply.notes[0].contains("`weir pay reverse T1`"), "{:?}", reply.notes);
    site.ask_json(reverse("T1"));
    assert!(site.statement(MPESA).notes.is_empty());
    let text = site.ask(statement(MPESA)).payload;
    assert!(text.contains("1 failed, 2 money out"), "{text}");
    assert!(text.contains("1 already known"), "{text}");
}

#[test]
fn a_payment_of_a_statement_brings_a_suspended_one_back() {
    let site = site();
    site.set(
        "amina",
        SubscriberFields {
            router: Some("core".to_owned()),
            ..SubscriberFields::default()
        },
    );
    site.live_until("2027-03-22");
    assert_eq!(site.show("amina")["state"], "suspended");
    assert_eq!(site.counts(&rows(&["R1,2027-03-22,1500.00,A-1,,"])), [1, 0, 0, 0]);
    assert_eq!(site.show("amina")["expires_on"], "2027-04-22");
    assert_eq!(site.work_rows()[0].1.access, weir::model::subscriber::Access::On);
}

#[test]
fn a_long_statement_is_taken_in_parts() {
    let site = site();
    let lines: Vec<String> = (0..4_500).map(|n| format!("N{n},2027-03-09,1.00,A-1,,")).collect();
    let file = format!("{HEAD}{}\n", lines.join("\n"));
    assert_eq!(site.counts(&file), [4_500, 0, 0, 0]);
    assert_eq!(site.show("amina")["balance"], "4500.00");
    assert_eq!(site.counts(&file), [0, 4_500, 0, 0]);
}

#[test]
fn a_reference_of_the_longest_kind_still_finds_room_for_its_number() {
    let site = site();
    let long = "L".repeat(100);
    let file = rows(&[
        &format!("{long},2027-03-09,1.00,who,,"),
        &format!("{long},2027-03-09,2.00,who,,"),
    ]);
    assert_eq!(site.counts(&file), [0, 0, 1, 1]);
    assert!(waiting(&site).contains(&format!("{}#2", "L".repeat(98))));
}
