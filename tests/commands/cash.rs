//! Cash without a reference, and what is asked before it is taken.

use serde_json::Value;
use weir::clock::Clock;
use weir::commands::request::Request;
use weir::model::failure::Consent;
use weir::model::name::Reference;
use weir::model::unmatched::Holder;
use weir::store::error::StoreError;

use super::{Site, hilltop, hilltop_with, move_to, pay, reverse, statement};
use crate::support::typed::typed;

fn site() -> Site {
    let site = hilltop("2027-03-10");
    site.ask_json("subscriber add amina --name 'Amina Otieno' --account A1 --package home-10 --expires-on 2027-03-20");
    site.ask_json("subscriber add brian --name 'Brian Mwangi' --account B1 --package home-10 --expires-on 2027-03-20");
    site
}

fn cash(site: &Site, line: &str) -> Value {
    site.ask_json(format!("pay {line}"))
}

fn pass(site: &Site, ms: i64) {
    site.clock.set(site.clock.now().plus_millis(ms));
}

#[test]
fn cash_without_a_reference_gets_the_next_receipt_number_and_it_is_told() {
    let site = site();
    let answer = cash(&site, "amina 500.00");
    assert_eq!(
        (&answer["reference"], &answer["credited"]),
        (&"CASH-1".into(), &true.into())
    );
    assert_eq!(cash(&site, "brian 500.00 --source cash")["reference"], "CASH-2");
    let text = site.ask("pay amina 700.00").payload;
    assert!(
        text.starts_with("Credited 700.00 KES to Amina Otieno (`amina`), reference `CASH-3`.\n"),
        "{text}"
    );
    assert_eq!(site.ledger("amina")[0]["source"], "Cash");
    site.ask_json(reverse("CASH-3"));
    assert_eq!(cash(&site, "amina 100.00")["reference"], "CASH-4");
}

#[test]
fn a_receipt_number_is_never_one_that_a_payment_has_or_had() {
    let site = site();
    site.pay("amina", "1.00", "cash-1");
    site.pay("amina", "2.00", "CASH-2");
    site.ask_json(reverse("CASH-2"));
    site.statement("reference,date,amount,account\nCash-3,2027-03-10,3.00,nobody\n");
    assert_eq!(cash(&site, "amina 4.00")["reference"], "CASH-4");
    // One that is refused takes no number.
    site.refused("pay amina 4.00");
    assert_eq!(cash(&site, "amina 5.00")["reference"], "CASH-5");
}

#[test]
fn thousands_of_numbers_that_were_typed_stop_no_cash() {
    let site = site();
    let number = |number: u32| Reference::new(&format!("CASH-{number}")).unwrap();
    site.write(|tx| -> Result<(), StoreError> {
        for taken in (1..=12_345).chain([20_000]) {
            tx.put_holder(&number(taken), &Holder::Reversed)?;
        }
        Ok(())
    });
    for next in [12_346, 12_347, 12_348] {
        assert_eq!(
            cash(&site, &format!("amina {next}"))["reference"],
            format!("CASH-{next}")
        );
    }
}

#[test]
fn only_cash_does_without_a_reference() {
    let site = site();
    let Request::Pay(mut payment) = typed("pay amina 5.00 --ref R1 --source M-Pesa") else {
        panic!("not a payment")
    };
    payment.reference = None;
    let failure = site.refused(Request::Pay(payment));
    assert!(
        failure.what.contains("M-Pesa") && failure.way_out.contains("--ref"),
        "{failure}"
    );
}

#[test]
fn the_same_cash_within_ten_minutes_is_asked_about_and_taken_again_when_it_is_another() {
    let site = site();
    cash(&site, "amina 500.00");
    pass(&site, 9 * 60_000);
    let once = site.content();
    let failure = site.refused("pay amina 500.00");
    assert!(
        failure
            .what
            .contains("Amina Otieno (`amina`) 9 minutes ago as `CASH-1`"),
        "{failure}"
    );
    assert!(failure.way_out.contains("`--again`"), "{failure}");
    assert_eq!(failure.question.map(|question| question.consent), Some(Consent::Again));
    assert_eq!(site.content(), once);
    // Another amount and another subscriber are other payments.
    assert_eq!(cash(&site, "amina 500.01")["credited"], true);
    assert_eq!(cash(&site, "brian 500.00")["credited"], true);
    assert_eq!(cash(&site, "amina 500.00 --again")["credited"], true);
    pass(&site, 10 * 60_000 + 1);
    assert_eq!(cash(&site, "amina 500.00")["credited"], true);
    assert_eq!(site.show("amina")["balance"], "2000.01");
}

#[test]
fn cash_may_be_a_payment_that_came_with_a_reference_but_not_one_that_was_taken_back() {
    let site = site();
    site.pay("amina", "500.00", "QK1");
    assert!(site.refused("pay amina 500.00").what.contains("`QK1`"));
    site.ask_json(reverse("QK1"));
    assert_eq!(cash(&site, "amina 500.00")["credited"], true);
    // A reference tells payments apart: nothing is asked.
    assert_eq!(site.pay("amina", "500.00", "QK2")["credited"], true);
}

#[test]
fn a_payment_of_more_than_twelve_times_the_price_needs_a_yes() {
    let site = site();
    let once = site.content();
    let failure = site.refused(pay("amina", "18000.01", "R1"));
    for part in [
        "18000.01 KES",
        "twelve times 1500.00 KES",
        "`home-10`",
        "Amina Otieno (`amina`)",
    ] {
        assert!(failure.what.contains(part), "{failure}");
    }
    assert!(failure.way_out.contains("`--yes`"), "{failure}");
    assert_eq!(failure.question.map(|question| question.consent), Some(Consent::Amount));
    site.refused("pay amina 18000.01");
    assert_eq!(site.content(), once);
    assert_eq!(site.pay("amina", "18000.00", "R1")["credited"], true);
    assert_eq!(cash(&site, "amina 18000.01 --ref R2 --yes")["credited"], true);
    // The same again is known, and nothing is asked.
    assert_eq!(cash(&site, "amina 18000.01 --ref R2")["duplicate"], true);
}

#[test]
fn assigning_and_moving_ask_by_the_price_of_the_one_who_gets_it() {
    let site = site();
    site.add("carol", "daily", Some("2027-03-20"), None);
    site.statement("reference,date,amount,account\nR1,2027-03-10,601.00,nobody\nR2,2027-03-10,601.00,A1\n");
    for line in ["pay assign R1 carol", "pay move R2 carol", "pay carol 601.00 --ref R1"] {
        let failure = site.refused(line);
        assert!(failure.what.contains("twelve times 50.00 KES"), "{line}: {failure}");
        assert_eq!(site.ask_json(format!("{line} --yes"))["credited"], true, "{line}");
        if line.starts_with("pay assign") {
            site.ask_json(reverse("R1"));
        }
    }
    // Who pays nothing is judged by the dearest package.
    site.add("free", "free", None, None);
    assert!(site.refused(pay("free", "54000.01", "R9")).what.contains("`office-20`"));
    assert_eq!(site.pay("free", "54000.00", "R9")["credited"], true);
}

#[test]
fn the_site_may_name_the_amount_above_which_it_asks() {
    let site = hilltop_with("2027-03-10", "ask_above = \"2000.00\"", "");
    site.add("amina", "home-10", Some("2027-03-20"), None);
    assert_eq!(site.pay("amina", "2000.00", "R1")["credited"], true);
    let failure = site.refused(pay("amina", "2000.01", "R2"));
    assert!(
        failure
            .what
            .contains("more than 2000.00 KES, above which this site asks"),
        "{failure}"
    );
}

#[test]
fn a_row_of_a_statement_is_not_asked_about_but_named() {
    let site = site();
    let reply = site.statement("reference,date,amount,account\nR1,2027-03-10,500.00,A1\nR2,2027-03-10,20000.00,B1\n");
    let answer: Value = serde_json::from_str(&reply.payload).unwrap();
    assert_eq!((&answer["credited"], reply.exit), (&2.into(), 0));
    assert_eq!(
        answer["large"],
        serde_json::json!([{"line": 3, "reference": "R2", "amount": "20000.00", "username": "brian", "name": "Brian Mwangi"}])
    );
    let told = reply.notes.join("\n");
    assert!(
        told.contains("statement.csv:3: `R2` was credited to Brian Mwangi (`brian`), but"),
        "{told}"
    );
    assert!(told.contains("`weir pay reverse R2`"), "{told}");
}

#[test]
fn whoever_money_moved_to_or_from_is_named() {
    let site = site();
    site.pay("amina", "500.00", "R1");
    for (request, says) in [
        (
            move_to("R1", "brian"),
            "Moved 500.00 KES from Amina Otieno (`amina`) to Brian Mwangi (`brian`)",
        ),
        (reverse("R1"), "Reversed a payment of Brian Mwangi (`brian`)"),
        (
            super::adjust("amina", "1.00"),
            "Adjusted the balance of Amina Otieno (`amina`) by 1.00 KES",
        ),
        (super::hold("amina", None), "Amina Otieno (`amina`): on hold"),
        (super::release("amina"), "Amina Otieno (`amina`): "),
    ] {
        let text = site.ask(request).payload;
        assert!(text.starts_with(says), "{text}");
    }
    assert_eq!(site.pay("amina", "500.00", "R2")["name"], "Amina Otieno");
}

#[test]
fn a_dry_run_of_a_statement_tells_of_each_row_what_the_real_one_then_does() {
    let site = site();
    site.pay("brian", "100.00", "R2");
    let csv = "reference,date,amount,account\n\
               R1,2027-03-10,1500.00,A1\nR2,2027-03-10,100.00,B1\nR3,2027-03-10,50.00,nobody\nR2,2027-03-10,7.00,B1\n\
               R1,2027-03-10,1500.00,A1\nR4,2027-03-10,20000.00,B1\nR5,2027-03-10,x,B1\n";
    let once = site.content();
    let reply = site
        .try_json(("pay --file statement.csv --dry-run", csv))
        .unwrap_or_else(|failure| panic!("{failure}"));
    assert_eq!(site.content(), once);
    let tried: Value = serde_json::from_str(&reply.payload).unwrap();
    assert_eq!((&tried["dry_run"], reply.exit), (&true.into(), 1));
    let outcomes: Vec<&str> = tried["rows"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["outcome"].as_str().unwrap())
        .collect();
    assert_eq!(
        outcomes,
        [
            "credited",
            "duplicate",
            "unmatched",
            "conflict",
            "duplicate",
            "credited"
        ]
    );
    let first = &tried["rows"][0];
    assert_eq!(
        (&first["name"], &first["balance"]),
        (&"Amina Otieno".into(), &"1500.00".into())
    );
    assert!(
        tried["rows"][5]["unusual"].as_str().unwrap().contains("twelve times"),
        "{tried}"
    );
    // Who may have paid what would wait is told as it is of what waits; a phone with a part hidden stands there as it is.
    let near = "reference,date,amount,account,phone\nR8,2027-03-10,50.00,A-1,0712***678\n";
    let tried_near = site.ask_json(("pay --file statement.csv --dry-run", near));
    assert_eq!(
        tried_near["rows"][0]["suggestions"][0]["username"], "amina",
        "{tried_near}"
    );
    assert_eq!(tried_near["rows"][0]["phone"], "0712***678");
    let text = site.tried(("pay --file statement.csv --dry-run", csv)).unwrap().payload;
    for part in [
        "credit to Amina Otieno (`amina`)",
        "to the unmatched payments",
        "2 would be credited, 2 already known, 1 unmatched, 1 in conflict",
        "nothing was changed",
    ] {
        assert!(text.contains(part), "{text}");
    }
    assert_eq!(site.content(), once);
    let done: Value = serde_json::from_str(&site.try_json(statement(csv)).unwrap().payload).unwrap();
    for count in ["credited", "duplicates", "unmatched", "conflicts", "ignored"] {
        assert_eq!(done[count], tried[count], "{count}");
    }
    assert_eq!(site.show("amina")["balance"], "1500.00");
}

/// A statement of so many payments of one subscriber.
fn long_statement(payments: usize) -> String {
    let rows = (1..=payments).map(|at| format!("L{at},2027-03-10,1.00,A1\n"));
    format!("reference,date,amount,account\n{}", rows.collect::<String>())
}

#[test]
fn a_dry_run_shows_the_first_two_thousand_rows_and_counts_the_others() {
    let site = site();
    let tried = |payments: usize| -> Value {
        site.ask_json(("pay --file statement.csv --dry-run", long_statement(payments).as_str()))
    };
    let whole = tried(2_000);
    assert_eq!(whole["rows"].as_array().unwrap().len(), 2_000);
    assert_eq!(whole.get("rows_left_out"), None);
    let more = tried(2_003);
    assert_eq!(more["rows"].as_array().unwrap().len(), 2_000);
    assert_eq!((&more["rows_left_out"], &more["credited"]), (&3.into(), &2_003.into()));
    let text = site
        .ask(("pay --file statement.csv --dry-run", long_statement(2_003).as_str()))
        .payload;
    assert!(
        text.contains("These are the first 2000 payments; 3 more are counted only."),
        "{text}"
    );
}

#[test]
fn a_dry_run_that_others_would_wait_for_too_long_is_refused() {
    let site = site();
    let once = site.content();
    let failure = site.refused(("pay --file statement.csv --dry-run", long_statement(100_001).as_str()));
    assert!(
        failure.what.contains("100001 payments") && failure.way_out.contains("split the file"),
        "{failure}"
    );
    assert_eq!(site.content(), once);
}
