//! Amounts as statements write them.

use weir::import::statement_amount::read;
use weir::model::money::{Currency, Money};
use weir::model::statement_format::DecimalSign::{Comma, Point};

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
