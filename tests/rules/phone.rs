//! A number is completed by its country's own rules, or it is none; a part of it is not compared.

use proptest::prelude::*;
use weir::rules::phone::complete::{NumberingPlan, SameNumber, complete, same_number, unfit};
use weir::rules::phone::countries::{COUNTRIES, of_code, of_number};
use weir::rules::phone::masked::{MaskedNumber, at_beginning};

fn of(code: &str) -> NumberingPlan<'_> {
    NumberingPlan {
        country_code: Some(code),
        trunk_prefix: None,
    }
}

/// No country is named.
const NOWHERE: NumberingPlan<'_> = NumberingPlan {
    country_code: None,
    trunk_prefix: None,
};

#[test]
fn the_countries_are_in_order_and_those_that_number_otherwise_are_among_them() {
    assert!(COUNTRIES.is_sorted_by(|one, next| one.code < next.code));
    for country in COUNTRIES {
        assert_eq!(of_code(country.code), Some(country));
        assert_eq!(
            of_number(&format!("{}5", country.code)),
            Some(country),
            "no code begins another"
        );
        let all = country.mobile.iter().chain(country.fixed);
        let longest = all.clone().max().unwrap();
        assert!(country.mobile.is_sorted() && country.fixed.is_sorted() && *all.min().unwrap() >= 4);
        assert!(country.code.len() + usize::from(*longest) <= 17, "{country:?}");
    }
    let facts = |code| {
        of_code(code)
            .map(|country| (country.trunk, country.mobile, country.zero))
            .unwrap()
    };
    assert_eq!(facts("225"), ("", &[10][..], true), "Côte d'Ivoire");
    assert_eq!(facts("229"), ("", &[10][..], true), "Benin");
    assert_eq!(facts("242"), ("", &[9][..], true), "Republic of the Congo");
    assert_eq!(facts("39"), ("", &[9, 10][..], true), "Italy");
    assert_eq!(facts("7"), ("8", &[10][..], false), "Russia and Kazakhstan");
    assert_eq!(facts("36"), ("06", &[9][..], false), "Hungary");
    assert_eq!(facts("254"), ("0", &[9][..], false), "Kenya");
    assert_eq!(facts("234"), ("0", &[10][..], false), "Nigeria");
}

#[test]
fn a_number_is_completed_as_its_country_dials_it() {
    for (code, text, whole) in [
        // The 0 is dropped in most countries.
        ("254", "0712 345-678", "+254712345678"),
        ("254", "+254 700-000 001", "+254700000001"),
        ("254", "254712345678", "+254712345678"),
        ("254", "00254712345678", "+254712345678"),
        ("234", "08031234567", "+2348031234567"),
        ("44", "(020) 7946 0958", "+442079460958"),
        ("49", "0151 12345678", "+4915112345678"),
        ("49", "4915112345678", "+4915112345678"),
        // A spreadsheet has eaten it.
        ("254", "712345678", "+254712345678"),
        // It stands between the code and the number all the same.
        ("254", "+2540712345678", "+254712345678"),
        ("44", "+44 (0)20 7946 0958", "+442079460958"),
        // It is part of the number.
        ("225", "0701020304", "+2250701020304"),
        ("225", "2250701020304", "+2250701020304"),
        ("229", "0197123456", "+2290197123456"),
        ("242", "06 123 4567", "+242061234567"),
        ("39", "06 69812345", "+390669812345"),
        ("39", "347 123 4567", "+393471234567"),
        ("39", "393471234567", "+393471234567"),
        // A mobile number of Italy that begins with the country's own digits.
        ("39", "3934712345", "+393934712345"),
        // 8 in Russia and Kazakhstan, 06 in Hungary, 1 in North America, nothing in Poland.
        ("7", "8 916 123-45-67", "+79161234567"),
        ("7", "79161234567", "+79161234567"),
        ("7", "9161234567", "+79161234567"),
        ("36", "06 30 123 4567", "+36301234567"),
        ("36", "36301234567", "+36301234567"),
        ("1", "1 202 555 0123", "+12025550123"),
        ("1", "(202) 555-0123", "+12025550123"),
        ("48", "601234567", "+48601234567"),
        // Another country's number, with its code.
        ("254", "255754123456", "+255754123456"),
        ("254", "+2250701020304", "+2250701020304"),
        // A code that nothing is known of.
        ("999", "0712345678", "+999712345678"),
    ] {
        assert_eq!(complete(text, of(code)).as_deref(), Ok(whole), "{text} in {code}");
    }
    assert_eq!(complete("254700000001", NOWHERE).as_deref(), Ok("+254700000001"));
    assert_eq!(complete("00254700000001", NOWHERE).as_deref(), Ok("+254700000001"));
}

#[test]
fn a_number_of_a_length_that_cannot_be_is_none_and_the_refusal_says_what_would_be_right() {
    for (code, text, says) in [
        ("254", "0712345", "is not a phone number"),
        ("254", "07123456789", "7 to 9 digits after `0`"),
        ("254", "0712***678", "is not a phone number"),
        ("234", "+254031234567", "is not a phone number"),
        // Before 2021 and 2024 numbers were shorter there.
        ("225", "07010203", "have 10 digits"),
        ("229", "97123456", "have 10 digits"),
        ("242", "61234567", "have 9 digits"),
        ("7", "891612345", "10 digits after `8`"),
        ("36", "063012345678", "after `06`"),
        ("254", "ask at the shop", "write it like"),
        ("254", "", "write it like"),
        ("254", "+", "write it like"),
        ("254", "+0700000001", "no 0 in front"),
        ("254", "00700000001", "is not a phone number"),
        ("254", "07\u{661}00000001", "write it like"),
    ] {
        let why = complete(text, of(code)).unwrap_err();
        assert!(why.contains(says), "{text} in {code}: {why}");
        assert!(
            same_number(text, of(code)).is_none() && unfit(text, of(code)).is_some(),
            "{text}"
        );
    }
    assert!(complete("+1234567890123456", NOWHERE).is_err());
    // Local numbers lack their area.
    assert!(complete("1234567", of("254")).is_err());
    // A fixed number with the country's code, and one without: nobody can tell.
    let why = complete("39123456", of("39")).unwrap_err();
    assert!(why.contains("`+3939123456`") && why.contains("`+39123456`"), "{why}");
}

#[test]
fn the_sites_own_word_on_the_prefix_counts() {
    let plan = |trunk_prefix| NumberingPlan {
        country_code: Some("254"),
        trunk_prefix: Some(trunk_prefix),
    };
    assert_eq!(complete("8712345678", plan("8")).as_deref(), Ok("+254712345678"));
    assert!(complete("0712345678", plan("8")).is_err());
    assert_eq!(complete("071234567", plan("")).as_deref(), Ok("+254071234567"));
}

#[test]
fn without_a_country_numbers_are_the_same_as_they_are_dialled_or_not_at_all() {
    let dialled = |text: &str| Some(SameNumber::Dialled(text.to_owned()));
    assert_eq!(same_number("0712 345 678", NOWHERE), dialled("0712345678"));
    assert_eq!(unfit("0712 345 678", NOWHERE), None, "whether it is one cannot be told");
    assert_ne!(same_number("+254712345678", NOWHERE), dialled("0712345678"));
    assert_eq!(same_number("0712", NOWHERE), None);
    assert_eq!(same_number("0712***678", NOWHERE), None);
}

#[test]
fn a_masked_number_fits_those_that_begin_and_end_alike() {
    let fits = |masked: &str, whole: &str| MaskedNumber::read(masked).is_some_and(|read| read.fits(whole, of("254")));
    for masked in [
        "0712***678",
        "2547****678",
        "+2547xxxx5678",
        "712•••678",
        "25471#####78",
        "0712 *** 678",
        "254-712-***-678",
        "+254 71x xxx 678",
        "0712 *** 678 XAVIER",
    ] {
        assert!(fits(masked, "+254712345678"), "{masked}");
    }
    for masked in ["0713***678", "0712 *** 679", "0712***679", "2557****678", "+0712***678"] {
        assert!(!fits(masked, "+254712345678"), "{masked}");
    }
    // The number is not longer than what is shown of it.
    assert!(!fits("254712345*678", "+254712345678"));
    for none in [
        "0712345678",
        "254712345678 #12",
        "254712345678 XX",
        "0712 - *** - 678",
        "*****678",
        "07*x",
        "Anna ***",
        "",
    ] {
        assert_eq!(MaskedNumber::read(none), None, "{none}");
    }
    for (cell, number, rest) in [
        ("2547****678 - ANNA X", "2547****678", " - ANNA X"),
        ("0712 *** 678 - ANNA", "0712 *** 678", " - ANNA"),
        ("0712-***-678-XAVIER", "0712-***-678", "-XAVIER"),
        ("0712***678 X", "0712***678", " X"),
        ("0712***678 4you", "0712***678", " 4you"),
    ] {
        assert_eq!(at_beginning(cell), Some((number, rest)), "{cell}");
    }
}

proptest! {
    #[test]
    fn every_spelling_of_a_number_is_that_number_or_none(
        country in 0..COUNTRIES.len(),
        digits in "[1-9][0-9]{14}",
        at in 0_usize..4,
    ) {
        let country = &COUNTRIES[country];
        let length = usize::from(country.mobile[at % country.mobile.len()]);
        let national = &digits[..length];
        let whole = format!("+{}{national}", country.code);
        let plan = of(country.code);
        prop_assert_eq!(complete(&whole, plan), Ok(whole.clone()));
        for spelling in [
            format!("{}{national}", country.trunk),
            format!("{}{national}", country.code),
            format!("00{}{national}", country.code),
        ] {
            let read = complete(&spelling, plan);
            let plausible = read.as_ref().map_or(true, |read| *read == whole);
            // A number whose spelling is as long as another of the country may be read as that one, never as a third country's.
            prop_assert!(plausible || read.unwrap().starts_with(&format!("+{}", country.code)), "{spelling}");
        }
    }

    #[test]
    fn a_whole_number_is_completed_to_itself_wherever_the_site_is(
        digits in "[0-9]{5,15}", plus in any::<bool>(), here in 0..COUNTRIES.len(), there in 0..COUNTRIES.len(),
    ) {
        let text = if plus { format!("+{digits}") } else { digits };
        if let Ok(whole) = complete(&text, of(COUNTRIES[here].code)) {
            prop_assert_eq!(complete(&whole, of(COUNTRIES[there].code)), Ok(whole.clone()));
            prop_assert_eq!(complete(&whole, NOWHERE), Ok(whole));
        }
    }
}
