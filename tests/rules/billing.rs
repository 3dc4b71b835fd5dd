//! Billing charges each due day once, at the price of now, and never for time without service.

use weir::rules::access::CutOffVerdict;

use super::book::{Book, money, policy};

#[test]
fn a_second_run_of_the_same_day_changes_nothing() {
    let mut book = Book::new(policy("1500.00", "monthly"), "2027-03-01", "2027-03-10");
    assert_eq!(book.bill("2027-03-10").charged, 1);
    let before = book.subscriber.clone();
    let again = book.bill("2027-03-10");
    assert_eq!((again.charged, again.skipped), (0, 1));
    assert_eq!((book.subscriber.clone(), book.entries.len()), (before, 1));
}

#[test]
fn a_prepaid_wallet_catches_up_over_several_cycles_in_one_go() {
    let mut book = Book::new(policy("1000.00", "monthly"), "2027-01-01", "2027-01-31");
    book.pay("2027-01-02", "5000.00");
    let counts = book.bill("2027-04-02");
    assert_eq!((counts.charged, counts.settled), (3, 3));
    assert_eq!(book.charged(), ["2027-01-31", "2027-02-28", "2027-03-31"]);
    assert_eq!(
        (book.expires_on().as_str(), book.balance().as_str()),
        ("2027-04-30", "2000.00")
    );
}

#[test]
fn the_first_due_day_that_the_wallet_does_not_cover_stays_outstanding() {
    let mut book = Book::new(policy("1000.00", "monthly"), "2027-01-01", "2027-01-31");
    book.pay("2027-01-02", "1500.00");
    let counts = book.bill("2027-04-02");
    assert_eq!((counts.charged, counts.settled), (2, 1));
    assert_eq!(
        (book.expires_on().as_str(), book.balance().as_str()),
        ("2027-02-28", "-500.00")
    );
}

#[test]
fn nobody_is_charged_before_the_due_day() {
    let mut book = Book::new(policy("1000.00", "monthly"), "2027-01-01", "2027-01-31");
    assert_eq!(book.bill("2027-01-30").charged, 0);
}

#[test]
fn the_suspended_are_not_charged_for_time_without_service() {
    let mut book = Book::new(policy("1000.00", "monthly"), "2027-01-01", "2027-01-31");
    book.bill("2027-01-31");
    book.disconnect("2027-01-31");
    for day in ["2027-02-28", "2027-03-31", "2027-04-30"] {
        assert_eq!(book.bill(day).charged, 0);
    }
    assert_eq!(book.balance(), "-1000.00");
}

#[test]
fn a_price_that_fell_brings_back_a_suspended_wallet_with_money() {
    let mut book = Book::taken_in(
        policy("1000.00", "monthly"),
        "2027-03-01",
        Some("2027-01-31"),
        "0.00",
        None,
    );
    book.pay("2027-03-02", "800.00");
    assert_eq!(book.bill("2027-03-03").resumed, 0);
    book.policy = policy("800.00", "monthly");
    assert_eq!(book.bill("2027-03-04").resumed, 1);
    assert_eq!(
        (book.state(), book.expires_on().as_str(), book.balance().as_str()),
        ("active", "2027-04-04", "0.00")
    );
}

#[test]
fn a_cut_that_comes_before_billing_spares_a_wallet_that_would_settle() {
    let mut book = Book::new(policy("1000.00", "1 day"), "2027-03-01", "2027-03-10");
    book.pay("2027-03-02", "3000.00");
    assert_eq!(
        book.disconnect("2027-03-12"),
        CutOffVerdict::Covered,
        "three due days, three prices"
    );
    assert_eq!(
        book.disconnect("2027-03-13"),
        CutOffVerdict::Suspend,
        "the fourth is not covered"
    );
    assert_eq!(book.subscriber.outstanding.len(), 0);
}

#[test]
fn an_active_one_with_a_debit_that_the_wallet_allows_by_now_is_settled_by_the_next_run() {
    let mut book = Book::new(policy("1000.00", "monthly"), "2027-03-01", "2027-03-10");
    book.bill("2027-03-10");
    book.policy.credit_limit = super::book::money("1000.00");
    assert_eq!(book.disconnect("2027-03-10"), CutOffVerdict::Covered);
    let counts = book.bill("2027-03-11");
    assert_eq!((counts.charged, counts.settled), (0, 1));
    assert_eq!(book.expires_on(), "2027-04-10");
}

#[test]
fn whoever_gets_a_price_without_having_a_due_day_is_due_at_the_next_billing() {
    let mut book = Book::taken_in(policy("0.00", "monthly"), "2027-03-01", None, "0.00", None);
    assert_eq!((book.state(), book.expires_on().as_str()), ("active", "never"));
    book.bill("2027-03-02");
    assert_eq!(book.expires_on(), "never", "free stays free");
    book.policy.packages[0].price = money("1500.00");
    assert_eq!(book.bill("2027-03-10").charged, 1);
    assert_eq!(book.charged(), ["2027-03-10"]);
    assert_eq!(book.expires_on(), "2027-03-10");
    assert_eq!(book.disconnect("2027-03-10"), CutOffVerdict::Suspend);
    book.pay("2027-03-12", "1500.00");
    assert_eq!((book.state(), book.expires_on().as_str()), ("active", "2027-04-12"));
}

#[test]
fn whoever_is_served_for_nothing_is_not_cut_when_a_promise_ends() {
    let mut book = Book::taken_in(policy("0.00", "monthly"), "2027-03-01", None, "0.00", None);
    book.extend("2027-03-02", "2027-03-05").unwrap();
    assert_eq!(book.disconnect("2027-03-05"), CutOffVerdict::Covered);
    assert_eq!(book.state(), "active");
}
