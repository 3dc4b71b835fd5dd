//! What credits is exact; what is near suggests, with its reason.

use weir::model::day::Instant;
use weir::model::money::Money;
use weir::model::name::{Account, FullName, Phone, Username};
use weir::model::subscriber::{Profile, Service, Subscriber, SubscriberId};
use weir::model::unmatched::PaymentOrigin::{self, Statement, Typed};
use weir::rules::onboarding::{self, Newcomer};
use weir::rules::payer::account::same_account;
use weir::rules::payer::same_payment::{PaymentRecord, same_payment};
use weir::rules::payer::suggestion::{Candidate, Clues, PayerTold, Why, payments_compared};
use weir::rules::phone::complete::NumberingPlan;

use super::book::day;

const KENYA: NumberingPlan<'_> = NumberingPlan {
    country_code: Some("254"),
    trunk_prefix: None,
};

#[test]
fn an_account_is_the_same_but_for_case_and_blanks() {
    for (one, other) in [
        ("A 12 34", "a1234"),
        (" A1", "a1 "),
        ("AC\u{a0}1", "ac 1"),
        ("JOSE\u{301}", "jos\u{e9}"),
    ] {
        assert!(same_account(one, other), "{one} {other}");
    }
    for (one, other) in [
        ("A-1", "A1"),
        ("A1", "AI"),
        ("10", "1O"),
        ("A.1", "A-1"),
        ("1001", "1001.0"),
        ("a", "b"),
    ] {
        assert!(!same_account(one, other), "{one} {other}");
    }
}

#[test]
fn two_records_are_one_payment_on_days_that_fit_how_they_came() {
    let record = |text: &str, origin: PaymentOrigin| PaymentRecord { day: day(text), origin };
    for (one, other, apart, same) in [
        (Typed, Statement, "2027-03-10", true),
        (Typed, Statement, "2027-03-13", true),
        (Typed, Statement, "2027-03-07", true),
        (Typed, Statement, "2027-03-14", false),
        (Typed, Typed, "2027-03-13", true),
        (Typed, Typed, "2027-03-14", false),
        (Statement, Statement, "2027-03-10", true),
        (Statement, Statement, "2027-03-11", false),
    ] {
        let (one, other) = (record("2027-03-10", one), record(apart, other));
        assert_eq!(same_payment(one, other), same, "{one:?} {other:?}");
        assert_eq!(same_payment(other, one), same, "{other:?} {one:?}");
    }
}

fn person(username: &str, name: &str, account: &str, phone: &str) -> Subscriber {
    let text = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let newcomer = Newcomer {
        username: Username::new(username).unwrap(),
        profile: Profile {
            name: text(name).map(|name| FullName::new(&name).unwrap()),
            phone: text(phone).map(|phone| Phone::new(&phone).unwrap()),
            account: text(account).map(|account| Account::new(&account).unwrap()),
            package: None,
            router: None,
            service: Service::Pppoe,
            address: None,
            login: None,
            own_profile: None,
            own_rate: None,
        },
        expires_on: None,
        balance: Money::ZERO,
        debited: None,
    };
    onboarding::begin(
        &newcomer,
        SubscriberId(1),
        None,
        day("2027-03-01"),
        Instant::from_millis(0),
    )
}

fn people() -> Vec<Subscriber> {
    vec![
        person("amina.w", "Amina Wanjirú", "HO-10", "0712345678"),
        person("brian", "Brian Otieno Ouma", "1002", "+254700000002"),
        person("carol", "Carol", "77-431-9", "0733000111"),
    ]
}

fn suggested(told: PayerTold<'_>, people: &[Subscriber]) -> Vec<(String, Why)> {
    let mut clues = Clues::new(told, KENYA);
    for one in people {
        clues.compare(&Candidate::new(one, KENYA));
    }
    let all = clues.suggestions().into_iter();
    all.map(|one| (one.username, one.why)).collect()
}

#[test]
fn whoever_is_near_is_suggested_with_the_strongest_reason() {
    let account = |text| PayerTold {
        account: Some(text),
        ..PayerTold::default()
    };
    let phone = |text| PayerTold {
        phone: Some(text),
        ..PayerTold::default()
    };
    let payer = |text| PayerTold {
        payer: Some(text),
        ..PayerTold::default()
    };
    let details = |text| PayerTold {
        details: Some(text),
        ..PayerTold::default()
    };
    for (told, who, why) in [
        (account("HO-10"), "amina.w", Why::Account),
        (account("ho10"), "amina.w", Why::AccountSigns),
        (account("H0-1O"), "amina.w", Why::AccountLook),
        (account("OH-10"), "amina.w", Why::AccountSwapped),
        (account("1020"), "brian", Why::AccountSwapped),
        (account("1003"), "brian", Why::AccountSlip),
        (account("10023"), "brian", Why::AccountSlip),
        (account("102"), "", Why::AccountSlip),
        (account("0712 345 678"), "amina.w", Why::PhoneAsAccount),
        (account("amina w"), "amina.w", Why::Username),
        (phone("+254712345678"), "amina.w", Why::Phone),
        (phone("2547****678"), "amina.w", Why::MaskedPhone),
        (phone("0700***002"), "brian", Why::MaskedPhone),
        (phone("0713***678"), "", Why::MaskedPhone),
        (phone("254733000111999"), "", Why::PhoneEnding),
        (payer("WANJIRU AMINA"), "amina.w", Why::Name),
        (payer("OUMA, BRIAN"), "brian", Why::Username),
        (payer("OUMA OTIENO"), "brian", Why::Name),
        (payer("OTIENO"), "", Why::Name),
        (payer("CAROL N"), "carol", Why::Username),
        (
            details("Transfer from 254700000002 for March"),
            "brian",
            Why::PhoneInWords,
        ),
        (details("acc 77 431 9 internet"), "carol", Why::AccountInWords),
        (details("internet"), "", Why::Name),
    ] {
        let expected: Vec<(String, Why)> = [(who.to_owned(), why)]
            .into_iter()
            .filter(|_| !who.is_empty())
            .collect();
        assert_eq!(suggested(told, &people()), expected, "{told:?}");
    }
}

#[test]
fn the_likeliest_come_first_and_a_reason_that_fits_too_many_suggests_nobody() {
    let told = PayerTold {
        account: Some("ho10"),
        phone: Some("0700***002"),
        payer: Some("Carol"),
        details: None,
    };
    let all = [
        ("amina.w".to_owned(), Why::AccountSigns),
        ("carol".to_owned(), Why::Username),
        ("brian".to_owned(), Why::MaskedPhone),
    ];
    assert_eq!(suggested(told, &people()), all);
    let row: Vec<Subscriber> = (0..9)
        .map(|at| person(&format!("u{at}"), "", &format!("100{at}"), ""))
        .collect();
    let near = PayerTold {
        account: Some("100x"),
        ..PayerTold::default()
    };
    assert_eq!(suggested(near, &row), []);
}

#[test]
fn two_whole_numbers_with_one_ending_are_two_numbers() {
    let told = PayerTold {
        phone: Some("+255712345678"),
        ..PayerTold::default()
    };
    assert_eq!(suggested(told, &people()), []);
    let nowhere = NumberingPlan::default();
    let mut clues = Clues::new(told, nowhere);
    clues.compare(&Candidate::new(&people()[0], nowhere));
    assert_eq!(
        clues.suggestions()[0].why,
        Why::PhoneEnding,
        "the other may lack its code"
    );
}

#[test]
fn at_a_larger_site_fewer_payments_are_compared_and_always_one() {
    for (subscribers, payments) in [(0, 200), (10_000, 200), (20_000, 100), (3_000_000, 1)] {
        assert_eq!(payments_compared(subscribers), payments, "{subscribers}");
    }
}
