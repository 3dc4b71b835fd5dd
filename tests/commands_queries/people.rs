//! Finding people: by account and phone wherever a username is taken, by options of the list, and by what is near.

use serde_json::Value;

use super::site::{SITE, Site, saying};

/// A site whose people share little: two have one account, one is closed, one is on no router.
fn hilltop() -> Site {
    let site = saying(SITE, "2027-03-01 12:00")
        .also("\n[messages]\ncountry_code = \"254\"\n")
        .open();
    for line in [
        "amina --name 'Amina Hassan' --account A-100 --phone 0712345678 --package home-10 --router core \
         --service pppoe --login amina.h --expires-on 2027-03-05",
        "brian --name 'Brian Otieno' --account 'b 200' --phone +254733000111 --package home-10 --router core \
         --service static --address 10.20.0.15 --expires-on 2027-03-20",
        "chebet --name 'Chebet Koech' --account A101 --phone 0722555666 --package day --expires-on 2027-03-02 \
         --balance -50",
        "daudi --name 'Daudi Said' --account shared --phone 0700999888",
        "elif --account shared --phone '0700 999 888'",
        "0733000111 --name 'Fatma Ali'",
    ] {
        site.ask(format!("subscriber add {line}"));
    }
    site.ask("subscriber close elif");
    site
}

fn usernames(answer: &Value) -> Vec<&str> {
    answer
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["username"].as_str().unwrap())
        .collect()
}

#[test]
fn an_account_or_a_complete_phone_names_a_subscriber_as_the_username_does() {
    let site = hilltop();
    for (typed, whose) in [
        ("amina", "amina"),
        ("a-100", "amina"),
        ("'A-1 00'", "amina"),
        ("0712345678", "amina"),
        ("+254712345678", "amina"),
        ("254712345678", "amina"),
        ("'0712 345 678'", "amina"),
        ("712345678", "amina"),
        ("B200", "brian"),
        ("a101", "chebet"),
        // A username comes first, whoever's phone it is; the same number in full is the phone.
        ("0733000111", "0733000111"),
        ("+254733000111", "brian"),
    ] {
        assert_eq!(
            site.ask_json(format!("subscriber show {typed}"))["username"],
            whose,
            "{typed}"
        );
    }
}

#[test]
fn the_answer_says_whom_a_text_has_named_unless_it_is_the_username() {
    let site = hilltop();
    let told = site.ask("subscriber show +254712345678").notes;
    assert_eq!(told, ["`+254712345678` is the phone of Amina Hassan (`amina`)"]);
    let told = site.ask("ledger B200").notes;
    assert_eq!(told, ["`B200` is the account of Brian Otieno (`brian`)"]);
    assert_eq!(site.ask("subscriber show amina").notes, [""; 0]);
    // A refusal says it, too.
    site.ask("subscriber close amina");
    let failure = site.refused("pay 0712345678 1500 --ref R1");
    assert!(
        failure
            .what
            .ends_with("(`0712345678` is the phone of Amina Hassan (`amina`))"),
        "{failure}"
    );
}

#[test]
fn what_is_only_near_names_nobody() {
    let site = hilltop();
    for typed in [
        "345678",
        "12345678",
        "0112345678",
        "0712***678",
        "A100",
        "'a 1 0 1 1'",
        "Amina",
        "hassan",
        "AMINA",
        "10.20.0.15",
    ] {
        for line in [
            format!("pay {typed} 1500 --ref R1"),
            format!("subscriber close {typed}"),
            format!("subscriber show {typed}"),
        ] {
            let failure = site.refused(line.as_str());
            assert!(failure.what.starts_with("there is no subscriber"), "{line}: {failure}");
            assert!(failure.way_out.starts_with("`weir find "), "{line}: {failure}");
        }
    }
}

#[test]
fn what_fits_several_is_refused_with_their_names() {
    let site = hilltop();
    for typed in ["shared", "0700999888", "+254700999888"] {
        let failure = site.refused(format!("pay {typed} 100 --ref R1"));
        assert!(failure.what.contains("fits 2 subscribers"), "{failure}");
        assert!(failure.what.contains("Daudi Said (`daudi`)"), "{failure}");
        assert!(
            failure.what.contains("`elif`") && failure.what.contains("closed"),
            "{failure}"
        );
    }
    // The account of one is the phone of another.
    site.ask("subscriber set brian --account 0722555666");
    let failure = site.refused("adjust 0722555666 10 --comment 'set right'");
    assert!(
        failure.what.contains("(`brian`) (account, active)") && failure.what.contains("(`chebet`) (phone, "),
        "{failure}"
    );
}

#[test]
fn every_command_that_takes_a_username_takes_an_account() {
    let site = hilltop();
    for line in [
        "subscriber show A-100",
        "subscriber explain A-100",
        "subscriber set A-100 --name 'Amina H'",
        "subscriber extend A-100 --until 2027-03-20",
        "subscriber hold A-100",
        "subscriber release A-100",
        "subscriber close A-100",
        "subscriber reopen A-100",
        "pay A-100 100.00 --ref R1",
        "pay move R1 B200",
        "adjust A-100 5.00 --comment 'set right'",
        "ledger A-100",
        "stats A-100",
        "logs --user A-100",
    ] {
        let told = site.ask(line).notes;
        assert!(told[0].contains("is the account of"), "{line}: {told:?}");
    }
    let statement = "reference,date,amount,account,phone,source\nR2,2027-03-01,70.00,nobody,,Bank\n";
    site.ask(("pay --file statement.csv", statement));
    assert_eq!(site.ask_json("pay assign R2 B200")["username"], "brian");
}

#[test]
fn the_list_shows_those_who_fit_every_option() {
    let site = hilltop();
    for (options, fit) in [
        ("", vec!["0733000111", "amina", "brian", "chebet", "daudi", "elif"]),
        ("--state closed", vec!["elif"]),
        ("--package home-10", vec!["amina", "brian"]),
        ("--package ''", vec!["0733000111", "daudi", "elif"]),
        ("--router core", vec!["amina", "brian"]),
        ("--router core --due-before 2027-03-20", vec!["amina"]),
        ("--due-before 2027-03-20", vec!["amina", "chebet"]),
        (
            "--due-before 2027-03-21 --package home-10 --state active",
            vec!["amina", "brian"],
        ),
        ("--owes", vec!["chebet"]),
        ("--owes --state closed", vec![]),
    ] {
        let answer = site.ask_json(format!("subscriber list {options}"));
        assert_eq!(usernames(&answer), fit, "{options}");
    }
    assert_eq!(
        site.text("subscriber list --owes --state closed"),
        "No subscriber fits all of these options."
    );
    assert!(!site.text("subscriber list --owes").contains("amina"));
}

#[test]
fn an_option_of_the_list_that_can_fit_nobody_is_refused() {
    let site = hilltop();
    for (options, said) in [
        ("--package home-11", "package `home-11` is not defined"),
        ("--router cor", "router `cor` is not defined"),
        ("--due-before tomorrow", "`--due-before tomorrow` is not a day"),
    ] {
        let failure = site.refused(format!("subscriber list {options}"));
        assert!(failure.what.contains(said), "{failure}");
    }
}

#[test]
fn find_names_who_may_be_meant_and_why() {
    let site = hilltop();
    for (text, whose, why) in [
        ("amina", "amina", "the username"),
        ("HASSAN", "amina", "the name begins like this"),
        ("hassan amina", "amina", "the name, written another way"),
        ("Aminaa", "amina", "the username differs in one sign"),
        ("Hasan", "amina", "the name differs in one sign"),
        ("a100", "amina", "the account, written another way"),
        ("A-IOO", "amina", "the account looks alike (O and 0, l and 1)"),
        ("amina.h", "amina", "the login"),
        ("712345678", "amina", "the phone, written another way"),
        ("+254 712 345 678", "amina", "the phone, written another way"),
        ("345678", "amina", "the phone ends alike"),
        ("0712***678", "amina", "the phone has the digits that are shown"),
        ("0712354678", "amina", "the phone differs in one sign"),
        ("10.20.0", "brian", "the address begins like this"),
        ("10.20.0.15", "brian", "the address"),
        ("koech", "chebet", "the name begins like this"),
        ("oech", "chebet", "the name holds it"),
    ] {
        let answer = site.ask_json(format!("find '{text}'"));
        let found = &answer["found"][0];
        assert_eq!(
            (&found["username"], &found["why"]),
            (&whose.into(), &why.into()),
            "{text}: {answer}"
        );
    }
    for nobody in ["zuwena", "0799111222", "10.30.0.1", "x"] {
        let answer = site.ask_json(format!("find {nobody}"));
        assert_eq!(
            (answer["found"].as_array().unwrap().len(), &answer["more"]),
            (0, &0.into()),
            "{answer}"
        );
    }
    assert_eq!(
        site.text("find zuwena"),
        "No name, account, phone, login or address is like `zuwena`."
    );
    let failure = site.refused("find '  '");
    assert!(failure.what.contains("cannot be looked for"), "{failure}");
}

#[test]
fn find_shows_the_nearest_and_counts_the_rest() {
    let site = hilltop();
    for number in 0..30 {
        site.ask(format!("subscriber add client{number:02}"));
    }
    let answer = site.ask_json("find client07");
    assert_eq!(answer["found"][0]["username"], "client07");
    let text = site.text("find client");
    assert_eq!(
        text.lines().filter(|line| line.starts_with("client")).count(),
        20,
        "{text}"
    );
    assert!(
        text.ends_with("10 more were found; a longer text finds fewer.\n"),
        "{text}"
    );
}
