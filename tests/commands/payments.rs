//! Money in by hand, taken back, moved and corrected.

use weir::commands::payments::adjust::Adjust;
use weir::commands::request::Request;

use super::{adjust, assign, close, hilltop, hold, move_to, pay, release, reverse};
use crate::support::typed::typed;

fn dated(username: &str, reference: &str, date: &str) -> Request {
    typed(&format!(
        "pay {username} 1500.00 --ref '{reference}' --source M-Pesa --date '{date}'"
    ))
}

#[test]
fn a_payment_is_credited_and_every_field_of_the_answer_is_told() {
    let site = hilltop("2027-03-10");
    site.add("amina", "home-10", None, None);
    let answer = site.pay("amina", "1600.50", "R1");
    assert_eq!(
        answer,
        serde_json::json!({
            "username": "amina", "name": null, "reference": "R1", "credited": true, "duplicate": false, "balance": "100.50",
            "outstanding": "0.00", "missing": "0.00", "expires_on": "2027-04-10", "state": "active", "resumed": true
        })
    );
    let ledger = site.ledger("amina");
    assert_eq!(ledger[0]["kind"], "credit");
    assert_eq!(ledger[0]["source"], "Cash");
    assert_eq!(ledger[0]["actor"], "amina");
    assert_eq!(ledger[1]["source"], "Monthly Bill");
    assert_eq!(ledger[1]["balance_after"], "100.50");
}

#[test]
fn a_receipt_typed_in_small_letters_is_the_same_receipt() {
    let site = hilltop("2027-03-10");
    site.add("amina", "home-10", Some("2027-03-20"), None);
    assert_eq!(site.pay("amina", "1500.00", "QK4XW2")["credited"], true);
    let again = site.pay("amina", "1500.00", "qk4xw2");
    assert_eq!((&again["credited"], &again["duplicate"]), (&false.into(), &true.into()));
    site.ask_json("pay reverse qk4xW2");
    assert_eq!(site.pay("amina", "1500.00", "Qk4xw2")["credited"], true);
}

#[test]
fn the_same_payment_again_changes_nothing_and_says_duplicate() {
    let site = hilltop("2027-03-10");
    site.add("amina", "home-10", None, None);
    site.pay("amina", "700.00", "R1");
    let once = site.content();
    let again = site.pay("amina", "700.00", "R1");
    assert_eq!((&again["duplicate"], &again["credited"]), (&true.into(), &false.into()));
    assert_eq!(again["missing"], "800.00");
    assert_eq!(site.content(), once);
    let text = site.ask(pay("amina", "700.00", "R1")).payload;
    assert!(text.starts_with("Nothing changed"), "{text}");
}

#[test]
fn a_known_reference_with_another_amount_or_user_is_refused_and_the_entry_is_named() {
    let site = hilltop("2027-03-10");
    site.add("amina", "home-10", Some("2027-03-20"), None);
    site.add("brian", "home-10", Some("2027-03-20"), None);
    site.pay("amina", "700.00", "R1");
    for request in [pay("amina", "700.01", "R1"), pay("brian", "700.00", "R1")] {
        let failure = site.refused(request);
        for part in ["entry 1", "`amina`", "700.00 KES", "2027-03-10"] {
            assert!(failure.what.contains(part), "{failure}");
        }
    }
}

#[test]
fn amounts_that_are_none_unknown_users_closed_accounts_and_future_days_are_refused() {
    let site = hilltop("2027-03-10");
    site.add("amina", "home-10", Some("2027-03-20"), None);
    site.add("gone", "home-10", Some("2027-03-20"), None);
    site.ask_json(close("gone"));
    for amount in ["0", "-5.00", "0.00"] {
        assert!(site.refused(pay("amina", amount, "R1")).what.contains("above zero"));
    }
    assert!(
        site.refused(pay("amina", "12.345", "R1"))
            .what
            .contains("may be 12.345, which has too many digits, or 12345.00")
    );
    assert!(
        site.refused(pay("amna", "12.00", "R1"))
            .what
            .contains("did you mean `amina`?")
    );
    assert!(site.refused(pay("gone", "12.00", "R1")).what.contains("closed"));
    assert!(site.refused(dated("amina", "R1", "2027-03-11")).what.contains("future"));
    assert!(
        site.refused(dated("amina", "R1", "11.3.2027"))
            .what
            .contains("not a day")
    );
    assert!(site.refused(pay("amina", "12.00", "")).what.contains("reference"));
}

#[test]
fn a_payment_is_for_the_day_it_was_made_and_a_resumed_cycle_runs_from_today() {
    let site = hilltop("2027-03-10");
    site.add("amina", "home-10", None, None);
    let answer = site.ask_json(dated("amina", "R1", "2027-03-02"));
    assert_eq!(answer["expires_on"], "2027-04-10");
    let ledger = site.ledger("amina");
    assert_eq!(
        (&ledger[0]["for_day"], &ledger[0]["source"]),
        (&"2027-03-02".into(), &"M-Pesa".into())
    );
}

#[test]
fn a_held_subscriber_is_credited_and_nothing_settles_until_the_release() {
    let site = hilltop("2027-03-10");
    site.add("amina", "home-10", None, None);
    site.ask_json(hold("amina", None));
    let answer = site.pay("amina", "1500.00", "R1");
    assert_eq!((&answer["state"], &answer["resumed"]), (&"held".into(), &false.into()));
    assert_eq!(answer["balance"], "1500.00");
    let released = site.ask_json(release("amina"));
    assert_eq!(
        (&released["state"], &released["balance"]),
        (&"active".into(), &"0.00".into())
    );
}

#[test]
fn a_reversed_payment_is_taken_back_once_and_its_reference_is_free_again() {
    let site = hilltop("2027-03-10");
    site.add("amina", "home-10", Some("2027-03-20"), None);
    site.pay("amina", "700.00", "R1");
    let answer = site.ask_json(reverse("R1"));
    assert_eq!(
        (&answer["balance"], &answer["credited"]),
        (&"0.00".into(), &false.into())
    );
    let entry = &site.ledger("amina")[1];
    assert_eq!(
        (&entry["source"], &entry["amount"]),
        (&"Reversal".into(), &"-700.00".into())
    );
    assert_eq!(entry["reference"], "R1");
    assert!(site.refused(reverse("R1")).what.contains("already reversed"));
    assert!(site.refused(reverse("R2")).what.contains("no payment"));
    assert_eq!(site.pay("amina", "900.00", "R1")["credited"], true);
}

#[test]
fn a_reversal_while_active_is_undone_by_paying_again() {
    let site = hilltop("2027-03-01");
    site.add("amina", "home-10", Some("2027-03-10"), None);
    site.pay("amina", "1500.00", "R1");
    site.live_until("2027-03-12");
    assert_eq!(site.show("amina")["expires_on"], "2027-04-10");
    let reversed = site.ask_json(reverse("R1"));
    assert_eq!(
        (&reversed["expires_on"], &reversed["missing"], &reversed["state"]),
        (&"2027-03-10".into(), &"1500.00".into(), &"active".into())
    );
    let again = site.pay("amina", "1500.00", "R1");
    assert_eq!(
        (&again["expires_on"], &again["state"]),
        (&"2027-04-10".into(), &"active".into())
    );
    let debits = site
        .ledger("amina")
        .iter()
        .filter(|entry| entry["kind"] == "debit")
        .count();
    assert_eq!(debits, 1);
}

#[test]
fn after_a_reversal_the_next_disconnect_decides() {
    let site = hilltop("2027-03-01");
    site.add("amina", "home-10", Some("2027-03-10"), None);
    site.pay("amina", "1500.00", "R1");
    site.live_until("2027-03-12");
    site.ask_json(reverse("R1"));
    site.live_until("2027-03-13");
    assert_eq!(site.show("amina")["state"], "suspended");
    let again = site.pay("amina", "1500.00", "R2");
    // Served through 12 March, two days after the due day.
    assert_eq!(
        (&again["expires_on"], &again["resumed"]),
        (&"2027-04-11".into(), &true.into())
    );
}

#[test]
fn a_moved_payment_leaves_one_wallet_and_reaches_the_other_with_its_day_and_reference() {
    let site = hilltop("2027-03-10");
    site.add("amina", "home-10", None, None);
    site.add("brian", "home-10", None, None);
    site.ask_json(dated("amina", "R1", "2027-03-04"));
    let answer = site.ask_json(move_to("R1", "brian"));
    assert_eq!(
        (&answer["username"], &answer["credited"]),
        (&"brian".into(), &true.into())
    );
    assert_eq!(
        (&answer["expires_on"], &answer["resumed"]),
        (&"2027-04-10".into(), &true.into())
    );
    let credit = &site.ledger("brian")[0];
    assert_eq!(
        (&credit["for_day"], &credit["reference"]),
        (&"2027-03-04".into(), &"R1".into())
    );
    assert_eq!(credit["source"], "M-Pesa");
    let amina = site.show("amina");
    assert_eq!(amina["balance"], "-1500.00");
    // The reference stands for the new credit.
    assert_eq!(site.ask_json(dated("brian", "R1", "2027-03-04"))["duplicate"], true);
    assert!(site.refused(pay("amina", "1500.00", "R1")).what.contains("`brian`"));
    // And it can be moved on and taken back like any other.
    site.ask_json(move_to("R1", "amina"));
    assert_eq!(site.show("amina")["balance"], "0.00");
    assert_eq!(site.ask_json(reverse("R1"))["username"], "amina");
}

#[test]
fn a_move_to_the_same_a_closed_or_an_unknown_one_is_refused() {
    let site = hilltop("2027-03-10");
    site.add("amina", "home-10", Some("2027-03-20"), None);
    site.add("gone", "home-10", Some("2027-03-20"), None);
    site.ask_json(close("gone"));
    site.pay("amina", "700.00", "R1");
    assert!(site.refused(move_to("R1", "amina")).what.contains("already"));
    assert!(site.refused(move_to("R1", "gone")).what.contains("closed"));
    assert!(site.refused(move_to("R1", "nobody")).what.contains("no subscriber"));
    assert!(site.refused(move_to("R9", "gone")).what.contains("no payment"));
    site.ask_json(reverse("R1"));
    assert!(site.refused(move_to("R1", "gone")).what.contains("reversed"));
}

#[test]
fn an_adjustment_upwards_settles_and_one_downwards_undoes_nothing() {
    let site = hilltop("2027-03-10");
    site.add("amina", "home-10", None, None);
    let up = site.ask_json(adjust("amina", "1500.00"));
    assert_eq!(
        (&up["resumed"], &up["reference"]),
        (&true.into(), &serde_json::Value::Null)
    );
    let down = site.ask_json(adjust("amina", "-200.00"));
    assert_eq!(
        (&down["state"], &down["balance"], &down["outstanding"], &down["missing"]),
        (&"active".into(), &"-200.00".into(), &"200.00".into(), &"0.00".into())
    );
    assert_eq!(site.ledger("amina")[2]["comment"], "set right");
    assert!(site.refused(adjust("amina", "0.00")).what.contains("zero"));
    let wordless = Request::Adjust(Adjust {
        username: "amina".to_owned(),
        amount: "1.00".to_owned(),
        comment: String::new(),
    });
    assert!(site.refused(wordless).what.contains("comment"));
}

#[test]
fn a_closed_account_is_adjusted_and_stays_closed() {
    let site = hilltop("2027-03-10");
    site.add("amina", "home-10", Some("2027-03-20"), Some("700.00"));
    site.ask_json(close("amina"));
    let refund = site.ask_json(adjust("amina", "-700.00"));
    assert_eq!(
        (&refund["state"], &refund["balance"]),
        (&"closed".into(), &"0.00".into())
    );
    let more = site.ask_json(adjust("amina", "9000.00"));
    assert_eq!(
        (&more["state"], &more["resumed"], &more["missing"]),
        (&"closed".into(), &false.into(), &"0.00".into())
    );
}

#[test]
fn a_payment_under_a_clock_that_cannot_be_believed_carries_the_newest_records_instant() {
    let site = hilltop("2027-03-10");
    site.add("amina", "home-10", None, None);
    site.clock.set(super::instant("2001-01-01", 12, 0));
    let answer = site.pay("amina", "1500.00", "R1");
    assert_eq!(
        (&answer["resumed"], &answer["expires_on"]),
        (&true.into(), &"2027-04-10".into())
    );
    assert_eq!(site.ledger("amina")[0]["recorded_at"], "2027-03-10T09:00:00.000Z");
    site.ask_json(hold("amina", None));
    assert!(site.refused(release("amina")).what.contains("before this version"));
    assert!(
        site.refused(super::import("username\nnew\n", false))
            .what
            .contains("before this version")
    );
    assert!(site.refused(assign("R9", "amina")).what.contains("no unmatched"));
}
