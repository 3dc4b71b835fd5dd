//! Amounts as statements write them.

use weir::import::statement_amount::read;
use weir::model::money::{Currency, Money};
use weir::model::statement_format::DecimalSign::{Comma, Point, Unsaid};

use super::kes;

#[test]
fn an_amount_is_read_however_the_bank_writes_it() {
    for (text, decimal, cents) in [
        ("1500.00", Point, 150_000),
        ("1,500.00", Point, 150_000),
        ("12,345,678.9", Point, 1_234_567_890),
        ("1,00,000.00", Point, 10_000_000),
        ("1.500,00", Comma, 150_000),
        ("1500,5", Comma, 150_050),
        ("1 500,00", Comma, 150_000),
        ("1\u{a0}500,00", Comma, 150_000),
        ("1\u{202f}500.00", Point, 150_000),
        ("1'500.00", Point, 150_000),
        ("1\u{2019}500.00", Point, 150_000),
        ("1500", Point, 150_000),
        (".50", Point, 50),
        ("KES 1,500.00", Point, 150_000),
        ("Ksh.1,500", Point, 150_000),
        ("1 500,00 €", Comma, 150_000),
        ("-300.00", Point, -30_000),
        ("300.00-", Point, -30_000),
        ("\u{2212}300.00", Point, -30_000),
        ("-$300.00", Point, -30_000),
        ("KES -300.00", Point, -30_000),
        ("(300.00)", Point, -30_000),
        ("300.00 DR", Point, -30_000),
        ("-300.00 dr", Point, -30_000),
        ("300.00 Cr", Point, 30_000),
        ("+300.00", Point, 30_000),
        ("12.3400", Point, 1234),
        ("0.00", Point, 0),
    ] {
        assert_eq!(
            read(text, decimal, &kes()),
            Ok(Some(Money::from_minor(cents))),
            "{text}"
        );
    }
}

#[test]
fn an_empty_cell_and_a_dash_are_no_amount_and_no_error() {
    for text in ["", "  ", "\u{a0}", "-", "\u{2013}"] {
        assert_eq!(read(text, Point, &kes()), Ok(None), "{text:?}");
    }
}

#[test]
fn what_could_be_read_in_two_ways_is_refused() {
    for (text, decimal, says) in [
        // Under the wrong sign this would be a hundred times as much.
        ("1500,00", Point, "not an amount"),
        ("150,00", Point, "not an amount"),
        ("1.500,0", Point, "not an amount"),
        ("1.500.00", Point, "not an amount"),
        ("1500.00", Comma, "not an amount"),
        ("1,500 000.00", Point, "not an amount"),
        ("1,,500", Point, "not an amount"),
        ("2.5E+3", Point, "not an amount"),
        ("1e3", Point, "not an amount"),
        ("NaN", Point, "not an amount"),
        ("#REF!", Point, "not an amount"),
        ("--5", Point, "contradict"),
        ("-300.00 CR", Point, "contradict"),
        ("USD 15.00", Point, "is in USD, and the site's currency is KES"),
        ("12.345", Point, "has 3 digits after the point, KES has 2"),
        ("99999999999999.00", Point, "too large; an amount has"),
    ] {
        let refused = read(text, decimal, &kes()).unwrap_err();
        assert!(refused.contains(says), "{text}: {refused}");
    }
}

#[test]
fn a_currency_without_cents_drops_zeros_alone() {
    let ugx = Currency::from_code("UGX").unwrap();
    assert_eq!(read("1,500.00", Point, &ugx), Ok(Some(Money::from_minor(1500))));
    assert!(read("1,500.50", Point, &ugx).unwrap_err().contains("UGX has 0"));
}

#[test]
fn what_may_be_thousands_or_a_fraction_is_refused_with_both_readings_unless_the_sign_is_said() {
    for (text, decimal_reading, thousands) in [
        ("150.000", "150.00", "150000.00"),
        ("150,000", "150.00", "150000.00"),
        ("1.500", "1.50", "1500.00"),
        ("1,500", "1.50", "1500.00"),
        ("-1.500", "1.50", "1500.00"),
        ("(1,500)", "1.50", "1500.00"),
        ("1.500 DR", "1.50", "1500.00"),
    ] {
        let refused = read(text, Unsaid, &kes()).unwrap_err();
        for part in [
            format!("`{text}` is unclear"),
            format!("it may be {decimal_reading} or {thousands};"),
            "`decimal".to_owned(),
        ] {
            assert!(refused.contains(&part), "{text}: {refused}");
        }
    }
    // A fraction that the currency has not is named as that: written, it would be refused.
    let ugx = Currency::from_code("UGX").unwrap();
    for (text, currency, thousands) in [
        ("KES 12.345", kes(), "12345.00"),
        ("999.999", kes(), "999999.00"),
        ("1,500", ugx, "1500"),
    ] {
        let refused = read(text, Unsaid, &currency).unwrap_err();
        let says = format!(
            "which has too many digits, or {thousands}; write {thousands} if that is meant, or say in [[statements]]"
        );
        assert!(refused.contains(&says), "{text}: {refused}");
    }
    for (text, decimal, cents) in [
        ("150.000", Point, 15_000),
        ("150.000", Comma, 15_000_000),
        ("150,000", Point, 15_000_000),
        ("150,000", Comma, 15_000),
        // These are clear whoever wrote them.
        ("1500.000", Unsaid, 150_000),
        ("1,500.00", Unsaid, 150_000),
        ("12,345,678", Unsaid, 1_234_567_800),
        ("1'500", Unsaid, 150_000),
        ("1 500", Unsaid, 150_000),
        ("1500", Unsaid, 150_000),
        ("0.500", Unsaid, 50),
        ("0.000", Unsaid, 0),
        ("0,000", Unsaid, 0),
        ("150.00", Unsaid, 15_000),
    ] {
        assert_eq!(
            read(text, decimal, &kes()),
            Ok(Some(Money::from_minor(cents))),
            "{text} {decimal:?}"
        );
    }
    for text in ["1.250.000", "150,00", "0,500"] {
        assert!(
            read(text, Unsaid, &kes()).unwrap_err().contains("`decimal = \",\"`"),
            "{text}"
        );
    }
}

#[test]
fn a_currency_of_three_digits_has_a_clear_point_and_one_without_digits_has_neither() {
    let kwd = Currency::from_code("KWD").unwrap();
    assert_eq!(read("1.500", Unsaid, &kwd), Ok(Some(Money::from_minor(1500))));
    assert!(read("1,500", Unsaid, &kwd).unwrap_err().contains("1.500 or 1500.000"));
    let ugx = Currency::from_code("UGX").unwrap();
    for text in ["1.500", "1,500"] {
        assert!(
            read(text, Unsaid, &ugx)
                .unwrap_err()
                .contains("write 1500 if that is meant"),
            "{text}"
        );
    }
}

#[test]
fn words_beside_an_amount_name_its_currency_or_its_side_and_nothing_else() {
    for text in [
        "KES 15.00",
        "15.00 kes",
        "Ksh 15.00",
        "Ksh.15.00",
        "KShs 15.00",
        "Sh 15.00",
        "15.00 Shs.",
        "15.00 KES CR",
    ] {
        assert_eq!(read(text, Point, &kes()), Ok(Some(Money::from_minor(1500))), "{text}");
    }
    for text in [
        "15 hundred",
        "15 thousand",
        "15k",
        "15 K",
        "1.5M",
        "15 only",
        "about 15",
        "15 x 100",
        "15 pcs",
    ] {
        let refused = read(text, Point, &kes()).unwrap_err();
        assert!(refused.contains("is not an amount"), "{text}: {refused}");
    }
    for (text, code) in [
        ("Rp15.00", "IDR"),
        ("15.00 USh", "UGX"),
        ("FCFA 15", "XAF"),
        ("15 USD", "USD"),
    ] {
        let refused = read(text, Point, &kes()).unwrap_err();
        assert!(refused.contains(&format!("is in {code}")), "{text}: {refused}");
    }
    let zmw = Currency::from_code("ZMW").unwrap();
    assert_eq!(read("K15.00", Point, &zmw), Ok(Some(Money::from_minor(1500))));
    assert!(read("15K", Point, &zmw).is_err());
}
