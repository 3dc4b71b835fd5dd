//! Settlement is one rule; what a payment, a cut, a promise or a reversal does follows from it.

use weir::model::subscriber::Access;
use weir::rules::access::CutOffVerdict;
use weir::rules::manual_actions;
use weir::rules::wallet::Resume;

use super::book::{Book, day, money, policy};

#[test]
fn the_exact_price_resumes() {
    let mut book = Book::new(policy("1500.00", "monthly"), "2027-03-01", "2027-03-10");
    book.bill("2027-03-10");
    assert_eq!(book.disconnect("2027-03-10"), CutOffVerdict::Suspend);
    let result = book.pay("2027-03-16", "1500.00");
    assert!(result.resumed);
    assert_eq!(
        (book.state(), book.expires_on().as_str(), book.balance().as_str()),
        ("active", "2027-04-16", "0.00")
    );
}

#[test]
fn one_cent_too_little_stays_in_the_wallet_and_says_what_is_missing() {
    let mut book = Book::new(policy("1500.00", "monthly"), "2027-03-01", "2027-03-10");
    book.bill("2027-03-10");
    book.disconnect("2027-03-10");
    let result = book.pay("2027-03-16", "1499.99");
    assert!(!result.resumed);
    assert_eq!((book.state(), book.balance().as_str()), ("suspended", "-0.01"));
    assert_eq!(book.missing(), money("0.01"));
    assert!(book.pay("2027-03-17", "0.01").resumed);
    assert_eq!(book.missing(), money("0"));
}

#[test]
fn a_payment_on_the_due_day_moves_the_period_one_cycle_on() {
    let mut book = Book::new(policy("1500.00", "monthly"), "2027-03-01", "2027-03-10");
    book.bill("2027-03-10");
    book.pay("2027-03-10", "1500.00");
    assert_eq!(book.expires_on(), "2027-04-10");
    assert_eq!(book.disconnect("2027-03-10"), CutOffVerdict::Leave);
}

#[test]
fn days_of_grace_put_the_resumed_cycle_back() {
    let mut book = Book::new(policy("1500.00", "monthly"), "2027-03-01", "2027-03-10");
    book.grace_days = 5;
    book.bill("2027-03-10");
    assert_eq!(book.disconnect("2027-03-14"), CutOffVerdict::Leave);
    assert_eq!(book.disconnect("2027-03-15"), CutOffVerdict::Suspend);
    book.pay("2027-03-16", "1500.00");
    assert_eq!(book.expires_on(), "2027-04-11");
    assert_eq!(book.subscriber.period.anchor.unwrap().day_of_month(), 11);
}

#[test]
fn a_day_package_paid_on_monday_ends_on_tuesday() {
    let mut book = Book::new(policy("50.00", "1 day"), "2027-03-01", "2027-02-20");
    assert_eq!(book.state(), "suspended");
    book.pay("2027-03-01", "50.00");
    assert_eq!((book.state(), book.expires_on().as_str()), ("active", "2027-03-02"));
}

#[test]
fn a_resumed_cycle_never_ends_before_today() {
    let mut book = Book::new(policy("50.00", "1 day"), "2027-03-01", "2027-03-01");
    book.grace_days = 20;
    book.bill("2027-03-01");
    assert_eq!(book.disconnect("2027-03-21"), CutOffVerdict::Suspend);
    book.pay("2027-03-22", "50.00");
    assert_eq!((book.state(), book.expires_on().as_str()), ("active", "2027-03-22"));
}

#[test]
fn from_due_keeps_the_old_rhythm_and_charges_no_skipped_days() {
    let mut policy = policy("1500.00", "monthly");
    policy.resume = Resume::FromDue;
    let mut book = Book::new(policy, "2027-01-01", "2027-01-31");
    book.bill("2027-01-31");
    book.disconnect("2027-01-31");
    book.pay("2027-04-29", "1500.00");
    assert_eq!(
        book.expires_on(),
        "2027-04-30",
        "the first due day of the old rhythm after today, however near"
    );
    assert_eq!(book.charged(), ["2027-01-31"]);
    book.bill("2027-04-30");
    book.pay("2027-04-30", "1500.00");
    assert_eq!(book.expires_on(), "2027-05-31", "and the anchor stays the 31st");
}

#[test]
fn suspended_without_a_debit_the_new_cycle_is_charged_for_the_day_of_payment() {
    for resume in [Resume::FromPayment, Resume::FromDue] {
        let mut policy = policy("1500.00", "monthly");
        policy.resume = resume;
        let mut book = Book::taken_in(policy, "2027-03-05", Some("2027-01-10"), "0.00", None);
        book.pay("2027-03-16", "1600.00");
        assert_eq!(
            (book.state(), book.expires_on().as_str(), book.balance().as_str()),
            ("active", "2027-04-16", "100.00")
        );
        assert_eq!(book.charged(), ["2027-03-16"]);
    }
}

#[test]
fn the_new_cycle_takes_the_next_day_where_today_has_a_debit_already() {
    let mut book = Book::new(policy("50.00", "1 day"), "2027-03-01", "2027-02-20");
    book.pay("2027-03-01", "50.00");
    book.decide("2027-03-01", |wallet, _, moment| {
        manual_actions::set_expires_on(wallet, moment, day("2027-02-25"))
    })
    .unwrap();
    assert_eq!(book.disconnect("2027-03-01"), CutOffVerdict::Suspend);
    book.pay("2027-03-01", "50.00");
    assert_eq!(book.charged(), ["2027-03-01", "2027-03-02"]);
    assert_eq!(book.state(), "active");
}

#[test]
fn active_with_nothing_outstanding_a_credit_waits_for_the_next_billing() {
    let mut book = Book::new(policy("1500.00", "monthly"), "2027-03-01", "2027-03-10");
    book.pay("2027-03-05", "1500.00");
    assert_eq!(
        (book.expires_on().as_str(), book.balance().as_str()),
        ("2027-03-10", "1500.00")
    );
    book.bill("2027-03-10");
    assert_eq!(
        (book.expires_on().as_str(), book.balance().as_str()),
        ("2027-04-10", "0.00")
    );
}

#[test]
fn a_credit_limit_lets_a_wallet_go_below_zero() {
    let mut policy = policy("1500.00", "monthly");
    policy.credit_limit = money("1000.00");
    let mut book = Book::new(policy, "2027-03-01", "2027-03-10");
    book.pay("2027-03-05", "500.00");
    book.bill("2027-03-10");
    assert_eq!(
        (book.expires_on().as_str(), book.balance().as_str()),
        ("2027-04-10", "-1000.00")
    );
    book.bill("2027-04-10");
    assert_eq!(
        (book.expires_on().as_str(), book.balance().as_str()),
        ("2027-04-10", "-2500.00")
    );
    assert_eq!(book.disconnect("2027-04-10"), CutOffVerdict::Suspend);
    assert_eq!(book.missing(), money("1500.00"));
}

#[test]
fn a_reversal_undoes_the_settlement_and_the_next_cut_decides() {
    let mut book = Book::new(policy("1500.00", "monthly"), "2027-03-01", "2027-03-10");
    book.bill("2027-03-10");
    book.pay("2027-03-10", "1500.00");
    assert_eq!(book.reverse("2027-03-12"), 1);
    assert_eq!(
        (book.state(), book.expires_on().as_str(), book.balance().as_str()),
        ("active", "2027-03-10", "-1500.00")
    );
    assert_eq!(book.missing(), money("1500.00"));
    // Settled again while still active, it is restored as it was.
    book.pay("2027-03-12", "1500.00");
    assert_eq!(book.expires_on(), "2027-04-10");
    assert_eq!(book.reverse("2027-03-13"), 1);
    assert_eq!(book.disconnect("2027-03-13"), CutOffVerdict::Suspend);
    // Three days of service came after the due day.
    book.pay("2027-03-20", "1500.00");
    assert_eq!(book.expires_on(), "2027-04-17");
}

#[test]
fn a_reversal_that_the_wallet_bears_undoes_nothing() {
    let mut book = Book::new(policy("1500.00", "monthly"), "2027-03-01", "2027-03-10");
    book.pay("2027-03-02", "1500.00");
    book.bill("2027-03-10");
    book.pay("2027-03-11", "700.00");
    assert_eq!(book.reverse("2027-03-12"), 0);
    assert_eq!(book.expires_on(), "2027-04-10");
}

#[test]
fn a_reversal_undoes_several_settlements_newest_first() {
    let mut book = Book::new(policy("1000.00", "monthly"), "2027-01-01", "2027-01-10");
    book.pay("2027-01-02", "3000.00");
    for due in ["2027-01-10", "2027-02-10", "2027-03-10"] {
        book.bill(due);
    }
    assert_eq!(book.expires_on(), "2027-04-10");
    assert_eq!(book.reverse("2027-03-20"), 3);
    assert_eq!(
        (book.expires_on().as_str(), book.balance().as_str()),
        ("2027-01-10", "-3000.00")
    );
    // The oldest is settled first, while the balance plus the newer ones allows.
    book.pay("2027-03-20", "1000.00");
    assert_eq!(
        (book.expires_on().as_str(), book.subscriber.outstanding.len()),
        ("2027-02-10", 2)
    );
    book.pay("2027-03-21", "2000.00");
    assert_eq!(
        (book.expires_on().as_str(), book.subscriber.outstanding.len()),
        ("2027-04-10", 0)
    );
}

#[test]
fn an_adjustment_downwards_undoes_nothing_and_one_upwards_settles() {
    let mut book = Book::new(policy("1500.00", "monthly"), "2027-03-01", "2027-03-10");
    book.pay("2027-03-02", "1500.00");
    book.bill("2027-03-10");
    book.adjust("2027-03-11", "-500.00");
    assert_eq!(
        (book.expires_on().as_str(), book.balance().as_str()),
        ("2027-04-10", "-500.00")
    );
    book.bill("2027-04-10");
    book.disconnect("2027-04-10");
    assert!(book.adjust("2027-04-11", "2000.00").resumed);
}

#[test]
fn a_promise_brings_back_until_its_day_and_moves_nothing_else() {
    let mut book = Book::new(policy("1500.00", "monthly"), "2027-03-01", "2027-03-10");
    book.bill("2027-03-10");
    book.disconnect("2027-03-10");
    book.extend("2027-03-12", "2027-03-15").unwrap();
    assert_eq!((book.state(), book.expires_on().as_str()), ("active", "2027-03-10"));
    assert_eq!(book.disconnect("2027-03-14"), CutOffVerdict::Leave);
    assert_eq!(book.disconnect("2027-03-15"), CutOffVerdict::Suspend);
    // The 12th to the 15th were days of service.
    book.pay("2027-03-20", "1500.00");
    assert_eq!(book.expires_on(), "2027-04-16");
}

#[test]
fn a_promise_is_refused_for_a_day_that_has_passed_or_changes_nothing() {
    let mut book = Book::new(policy("1500.00", "monthly"), "2027-03-01", "2027-03-10");
    assert!(book.extend("2027-03-05", "2027-03-04").is_err());
    assert!(book.extend("2027-03-05", "2027-03-10").is_err());
    assert!(book.extend("2027-03-05", "2027-03-11").is_ok());
}

#[test]
fn after_a_promise_nobody_pays_for_the_time_without_service() {
    let mut book = Book::taken_in(
        policy("1500.00", "monthly"),
        "2027-03-05",
        Some("2027-01-10"),
        "0.00",
        None,
    );
    book.extend("2027-03-12", "2027-03-15").unwrap();
    book.bill("2027-03-13");
    assert_eq!(
        book.charged(),
        ["2027-03-12"],
        "charged from the day service began again, not from January"
    );
    book.pay("2027-03-14", "1500.00");
    assert_eq!((book.state(), book.expires_on().as_str()), ("active", "2027-04-12"));
}

#[test]
fn a_hold_freezes_and_release_moves_the_period_on_by_the_days_held() {
    let mut book = Book::new(policy("1500.00", "monthly"), "2027-03-01", "2027-03-10");
    book.decide("2027-03-05", |wallet, _, moment| {
        manual_actions::hold(wallet, moment, Some(Access::Off))
    })
    .unwrap();
    assert_eq!((book.state(), book.subscriber.access()), ("held", Access::Off));
    assert_eq!(book.bill("2027-03-10").charged, 0);
    assert_eq!(book.disconnect("2027-03-10"), CutOffVerdict::Leave);
    book.pay("2027-03-12", "1500.00");
    book.decide("2027-03-15", |wallet, policy, moment| {
        manual_actions::release(wallet, policy, moment)
    })
    .unwrap();
    assert_eq!((book.state(), book.expires_on().as_str()), ("active", "2027-03-20"));
    assert_eq!(book.subscriber.period.anchor.unwrap().day_of_month(), 20);
}

#[test]
fn credits_that_came_during_a_hold_settle_at_release() {
    let mut book = Book::new(policy("1500.00", "monthly"), "2027-03-01", "2027-03-10");
    book.bill("2027-03-10");
    book.disconnect("2027-03-10");
    book.decide("2027-03-11", |wallet, _, moment| {
        manual_actions::hold(wallet, moment, None)
    })
    .unwrap();
    assert!(!book.pay("2027-03-12", "1500.00").resumed);
    book.decide("2027-03-15", |wallet, policy, moment| {
        manual_actions::release(wallet, policy, moment)
    })
    .unwrap();
    assert_eq!((book.state(), book.expires_on().as_str()), ("active", "2027-04-15"));
}

#[test]
fn a_closed_account_settles_nothing_and_reopens_by_its_period() {
    let mut book = Book::new(policy("1500.00", "monthly"), "2027-03-01", "2027-03-10");
    book.decide("2027-03-02", |wallet, _, moment| manual_actions::close(wallet, moment))
        .unwrap();
    assert_eq!((book.state(), book.subscriber.access()), ("closed", Access::Off));
    assert_eq!(book.bill("2027-03-10").charged, 0);
    book.decide("2027-03-09", |wallet, policy, moment| {
        manual_actions::reopen(wallet, policy, moment)
    })
    .unwrap();
    assert_eq!(book.state(), "active");
    book.decide("2027-03-09", |wallet, _, moment| manual_actions::close(wallet, moment))
        .unwrap();
    book.decide("2027-03-11", |wallet, policy, moment| {
        manual_actions::reopen(wallet, policy, moment)
    })
    .unwrap();
    assert_eq!(book.state(), "suspended");
}

#[test]
fn another_due_day_is_refused_while_a_debit_is_outstanding_or_for_a_day_that_has_one() {
    let mut book = Book::new(policy("1500.00", "monthly"), "2027-03-01", "2027-03-10");
    book.bill("2027-03-10");
    let set = |book: &mut Book, to: &str| {
        book.decide("2027-03-12", |wallet, _, moment| {
            manual_actions::set_expires_on(wallet, moment, day(to))
        })
    };
    assert!(set(&mut book, "2027-03-20").is_err());
    book.pay("2027-03-10", "1500.00");
    assert!(set(&mut book, "2027-03-10").is_err());
    set(&mut book, "2027-03-31").unwrap();
    assert_eq!(book.subscriber.period.anchor.unwrap().day_of_month(), 31);
}

#[test]
fn the_opening_debt_of_a_due_day_is_that_days_debit() {
    // balance, expires_on, debited → state, outstanding, balance
    let cases = [
        (Some("2027-03-05"), "-1500.00", None, "suspended", 1, "-1500.00"),
        (Some("2027-03-10"), "-1500.00", None, "active", 1, "-1500.00"),
        (Some("2027-03-10"), "-2000.00", None, "active", 1, "-2000.00"),
        (Some("2027-03-11"), "-1500.00", None, "active", 0, "-1500.00"),
        (Some("2027-03-05"), "-1499.99", None, "suspended", 0, "-1499.99"),
        (Some("2027-03-05"), "-1500.00", Some(false), "suspended", 0, "-1500.00"),
        (Some("2027-03-05"), "300.00", None, "suspended", 0, "300.00"),
        (Some("2027-03-05"), "1500.00", None, "active", 0, "0.00"),
        (None, "0.00", None, "suspended", 0, "0.00"),
    ];
    for (expires_on, balance, debited, state, outstanding, after) in cases {
        let book = Book::taken_in(policy("1500.00", "monthly"), "2027-03-10", expires_on, balance, debited);
        let found = (book.state(), book.subscriber.outstanding.len(), book.balance());
        assert_eq!(
            found,
            (state, outstanding, after.to_owned()),
            "{expires_on:?} {balance} {debited:?}"
        );
    }
}

#[test]
fn a_free_package_is_taken_in_active_and_moves_on_without_an_entry() {
    let mut book = Book::taken_in(
        policy("0.00", "monthly"),
        "2027-03-10",
        Some("2027-01-05"),
        "0.00",
        None,
    );
    assert_eq!(book.state(), "active");
    assert_eq!(book.bill("2027-03-10").free, 3);
    assert_eq!((book.expires_on().as_str(), book.entries.len()), ("2027-04-05", 0));
    assert_eq!(book.disconnect("2027-04-05"), CutOffVerdict::Covered);
}

#[test]
fn days_of_service_after_the_due_day_count_also_where_an_account_was_closed_and_opened_again() {
    let mut book = Book::new(policy("1500.00", "monthly"), "2027-03-01", "2027-03-10");
    book.grace_days = 10;
    book.bill("2027-03-10");
    book.decide("2027-03-15", |wallet, _, moment| manual_actions::close(wallet, moment))
        .unwrap();
    book.decide("2027-03-16", manual_actions::reopen).unwrap();
    assert_eq!(book.state(), "suspended");
    book.pay("2027-03-16", "1500.00");
    assert_eq!(
        book.expires_on(),
        "2027-04-12",
        "the four days until whose end they were served are paid for"
    );

    // On hold without access since noon of the 12th: one day of service, not four.
    let mut held = Book::new(policy("1500.00", "monthly"), "2027-03-01", "2027-03-10");
    held.grace_days = 10;
    held.bill("2027-03-10");
    held.decide("2027-03-12", |wallet, _, moment| {
        manual_actions::hold(wallet, moment, Some(Access::Off))
    })
    .unwrap();
    held.decide("2027-03-15", |wallet, _, moment| manual_actions::close(wallet, moment))
        .unwrap();
    held.decide("2027-03-16", manual_actions::reopen).unwrap();
    held.pay("2027-03-16", "1500.00");
    assert_eq!(held.expires_on(), "2027-04-15");
}

#[test]
fn days_held_come_back_when_a_reversed_payment_is_made_again() {
    let mut book = Book::new(policy("1500.00", "monthly"), "2027-03-01", "2027-03-10");
    book.bill("2027-03-10");
    book.pay("2027-03-10", "1500.00");
    book.decide("2027-03-20", |wallet, _, moment| {
        manual_actions::hold(wallet, moment, Some(Access::Off))
    })
    .unwrap();
    book.decide("2027-03-25", manual_actions::release).unwrap();
    assert_eq!(book.expires_on(), "2027-04-15");
    book.reverse("2027-03-26");
    assert_eq!(book.expires_on(), "2027-03-10");
    book.pay("2027-03-26", "1500.00");
    assert_eq!(
        book.expires_on(),
        "2027-04-15",
        "restored as it was, the days held with it"
    );
    assert_eq!(book.subscriber.period.anchor.unwrap().day_of_month(), 15);
}
