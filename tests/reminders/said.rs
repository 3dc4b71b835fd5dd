//! What is said on a cut, a payment and a resumption: once, with the decision, and only while it is true.

use weir::commands::file_body::FileBody;
use weir::commands::payments::statement::PayFile;
use weir::commands::request::Request;
use weir::model::message::Purpose;

use super::{SAYS, dropped, import, leaves, leaves_to, messages, pay, say, site, texts};
use crate::commands_queries::site::{SITE, Site, at, saying};
use crate::support::typed::typed;

const TWO: &str = "amina,Amina,0700000001,home-10,core,pppoe,2027-03-10,0\n\
                   brian,Brian,0700000002,home-10,core,pppoe,2027-03-20,0\n";

/// Amina was cut off on 10 March.
fn cut() -> Site {
    let site = site("2027-03-09 12:00");
    import(&site, TWO);
    site.live_through(at("2027-03-11 08:00"));
    site
}

#[test]
fn who_is_cut_off_is_told_what_brings_them_back_unless_they_came_back() {
    let site = cut();
    assert_eq!(texts(&site), ["Amina is off; pay 1500.00"]);
    let told = &messages(&site)[0];
    assert_eq!(
        told.purpose,
        Purpose::Suspension {
            due: Some(at_day("2027-03-10"))
        }
    );
    assert_eq!(told.expires, Some(told.queued_at.plus_millis(86_400_000)));
    pay(&site, "amina", "100.00", "R1");
    assert_eq!(leaves(&site, told), say("Amina is off; pay 1400.00"));
    pay(&site, "amina", "1400.00", "R2");
    assert_eq!(leaves(&site, told), dropped("service is back"));
    site.ask("subscriber close amina");
    assert_eq!(leaves(&site, told), dropped("`amina` is now closed"));
}

fn at_day(text: &str) -> weir::model::day::Day {
    crate::commands_queries::site::day(text)
}

#[test]
fn a_payment_is_told_and_one_that_brings_service_back_in_one_message() {
    let site = cut();
    pay(&site, "amina", "100.00", "R1");
    pay(&site, "amina", "100.00", "R1");
    pay(&site, "amina", "1400.00", "R2");
    pay(&site, "amina", "20.00", "R3");
    assert_eq!(
        texts(&site)[1..],
        [
            "100.00 came, balance -1400.00",
            "Amina is on until 2027-04-11",
            "20.00 came, balance 20.00",
        ]
    );
    let found = messages(&site);
    assert_eq!(leaves(&site, &found[1]), say("100.00 came, balance 20.00"));
    assert_eq!(leaves(&site, &found[2]), say("Amina is on until 2027-04-11"));
    site.ask("pay reverse R1");
    assert_eq!(leaves(&site, &found[1]), dropped("the payment was reversed"));
    site.live_through(at("2027-03-12 08:00"));
    assert_eq!(leaves(&site, &found[2]), dropped("`amina` is now suspended"));
    assert_eq!(
        messages(&site).last().unwrap().text,
        "Amina is off; pay 80.00",
        "cut off once more, told once more"
    );
}

#[test]
fn a_statement_an_assignment_and_a_move_tell_as_a_payment_does() {
    let site = cut();
    let file = FileBody {
        name: "statement.csv".to_owned(),
        bytes: b"reference,date,amount,account,phone,source\nS1,2027-03-11,50.00,,0700000002,M-Pesa\nS2,2027-03-11,60.00,nobody,,M-Pesa\n".to_vec(),
    };
    site.ask(Request::PayFile(PayFile {
        file: file.clone(),
        dry_run: false,
    }));
    site.ask(Request::PayFile(PayFile { file, dry_run: false }));
    site.ask("pay assign S2 brian");
    site.ask("pay move S2 amina");
    assert_eq!(
        texts(&site)[1..],
        [
            "50.00 came, balance 50.00",
            "60.00 came, balance 110.00",
            "60.00 came, balance -1440.00"
        ]
    );
    let found = messages(&site);
    assert_eq!(leaves(&site, &found[2]), dropped("the payment was reversed"));
    assert_eq!(leaves(&site, &found[3]), say("60.00 came, balance -1440.00"));
}

#[test]
fn billing_and_an_adjustment_that_bring_service_back_tell_it_and_what_people_do_by_hand_does_not() {
    let site = cut();
    let adjust = |amount: &str| typed(&format!("adjust amina '{amount}' --comment 'a gift'"));
    site.ask("subscriber extend amina --until 2027-03-11");
    assert_eq!(messages(&site).len(), 1, "a promise is told by whoever takes it");
    site.live_through(at("2027-03-12 08:00"));
    site.ask(adjust("1500.00"));
    assert_eq!(
        texts(&site)[1..],
        ["Amina is off; pay 1500.00", "Amina is on until 2027-04-11"]
    );
    // A price that falls lets billing bring back who has money in the wallet.
    let site = self::site("2027-03-10 12:00");
    import(&site, "chebet,Chebet,0700000003,home-10,core,pppoe,2027-03-01,1000\n");
    site.live_through(at("2027-03-11 08:00"));
    assert_eq!(messages(&site), [], "an import is told by whoever makes it");
    let site = site
        .closed()
        .config(&format!("{SITE}{SAYS}").replace("1500.00", "900.00"))
        .open();
    site.live_through(at("2027-03-12 08:00"));
    assert_eq!(texts(&site), ["Chebet is on until 2027-04-12"]);
    assert_eq!(leaves(&site, &messages(&site)[0]), say("Chebet is on until 2027-04-12"));
}

#[test]
fn nothing_is_said_where_the_owner_has_written_no_text() {
    let text = format!("{SITE}{SAYS}")
        .replace("on_suspension = ", "# ")
        .replace("on_payment = ", "# ")
        .replace("on_resume = ", "# ");
    let site = saying(&text, "2027-03-10 12:00").open();
    import(&site, TWO);
    site.live_through(at("2027-03-11 08:00"));
    pay(&site, "amina", "1500.00", "R1");
    assert_eq!(messages(&site), []);
    // A text that is taken out of the file is not said any more.
    let site = cut();
    let site = site.closed().config(&text).open();
    assert_eq!(
        leaves(&site, &messages(&site)[0]),
        dropped("[messages] no longer has `on_suspension`")
    );
}

#[test]
fn a_cut_that_was_approved_is_told_too() {
    let site = site("2027-03-10 12:00");
    let rows: String = (10..40)
        .map(|at| format!("user{at},,07000000{at},home-10,core,pppoe,2027-03-10,0\n"))
        .collect();
    import(&site, &rows);
    site.live_through(at("2027-03-11 08:00"));
    assert_eq!(messages(&site), [], "the run is held");
    site.ask("approve");
    assert_eq!(messages(&site).len(), 30);
}

#[test]
fn a_payment_while_the_clock_is_in_doubt_is_told_once_somebody_knows_the_day() {
    let site = cut();
    site.clock.step(at("1970-01-01 12:00"));
    pay(&site, "amina", "1500.00", "R1");
    let told = messages(&site).pop().unwrap();
    assert!(
        matches!(told.purpose, Purpose::Resumed { entry: Some(_), .. }),
        "{told:?}"
    );
    assert_eq!(told.expires, None);
}

#[test]
fn what_waits_goes_to_the_number_that_its_subscriber_has_when_it_leaves_and_to_nobody_without_one() {
    let site = cut();
    let told = messages(&site).pop().unwrap();
    assert_eq!(told.to, "0700000001");
    site.ask("subscriber set amina --phone +254711111111");
    let text = "Amina is off; pay 1500.00".to_owned();
    assert_eq!(leaves_to(&site, &told), Ok(("+254711111111".to_owned(), text)));
    let shown = site.ask_json("outbox");
    assert_eq!(shown[0]["to"], "+254711111111", "{shown}");
    site.ask("subscriber set amina --phone ''");
    let why = "`amina` no longer has a phone number";
    assert_eq!(leaves(&site, &told), dropped(why));
    let shown = site.ask_json("outbox");
    assert_eq!(shown[0]["error"], format!("will be dropped: {why}"), "{shown}");
}

#[test]
fn a_resumption_names_what_was_paid_and_is_not_told_once_that_was_taken_back() {
    let text = format!("{SITE}{SAYS}").replace("on until {{expiryDate}}", "on; {{amount}} came");
    let site = saying(&text, "2027-03-09 12:00").open();
    import(&site, TWO);
    site.live_through(at("2027-03-11 08:00"));
    pay(&site, "amina", "4000.00", "R1");
    let told = messages(&site).pop().unwrap();
    assert_eq!(told.text, "Amina is on; 4000.00 came");
    assert_eq!(leaves(&site, &told), say("Amina is on; 4000.00 came"));
    // Another payment keeps the service on: the first text is as untrue as before.
    pay(&site, "amina", "1500.00", "R2");
    site.ask("pay reverse R1");
    assert_eq!(site.ask_json("subscriber show amina")["state"], "active");
    assert_eq!(leaves(&site, &told), dropped("the payment was reversed"));
}
