//! Who pays while nobody knows the day stands, once it is known, as if the payment had come on that day.

use proptest::prelude::*;
use weir::model::day::Day;
use weir::model::entry::Debit;
use weir::model::money::Money;
use weir::model::subscriber::{PaidPeriod, State};
use weir::rules::manual_actions;
use weir::rules::period_correction::correct;
use weir::rules::wallet::Resume;

use super::book::{Book, day, money, policy};

/// A book whose subscriber was cut off on the 10th, with the debit of that day outstanding.
fn cut(cycle: &str, resume: Resume) -> Book {
    let mut policy = policy("1500.00", cycle);
    policy.resume = resume;
    let mut book = Book::new(policy, "2027-03-01", "2027-03-10");
    book.bill("2027-03-10");
    book.disconnect("2027-03-10");
    assert_eq!(book.state(), "suspended");
    book
}

/// Sets anew on a day; whether anything still stood.
fn uncertain_periods(book: &mut Book, today: Day) -> bool {
    let note = book.resumed.take().unwrap();
    book.decide_on(today, |wallet, _, _| correct(wallet, &note, today))
        .unwrap()
}

fn paid_on(mut book: Book, on: &str) -> Book {
    book.pay(on, "1500.00");
    book
}

fn money_and_rows(book: &Book) -> (PaidPeriod, &'static str, String, Vec<Debit>) {
    (book.subscriber.period, book.state(), book.balance(), book.settlements())
}

#[test]
fn a_payment_of_an_unknown_day_is_as_one_of_the_first_known_day() {
    for (cycle, resume, known, ends) in [
        ("monthly", Resume::FromPayment, "2027-03-19", "2027-04-19"),
        ("monthly", Resume::FromPayment, "2027-03-12", "2027-04-12"),
        ("monthly", Resume::FromDue, "2027-03-19", "2027-04-10"),
        ("monthly", Resume::FromDue, "2027-05-11", "2027-06-10"),
        ("1 day", Resume::FromPayment, "2027-03-19", "2027-03-20"),
        ("7 days", Resume::FromDue, "2027-03-19", "2027-03-24"),
        ("quarterly", Resume::FromPayment, "2027-03-31", "2027-06-30"),
    ] {
        let mut book = paid_on(cut(cycle, resume), "2027-03-12");
        let mut same = paid_on(cut(cycle, resume), known);
        assert!(uncertain_periods(&mut book, day(known)), "{cycle} {known}");
        assert_eq!(book.expires_on(), ends, "{cycle} {known}");
        assert_eq!(money_and_rows(&book), money_and_rows(&same), "{cycle} {known}");
        // And a reversal puts back what was.
        book.reverse(known);
        same.reverse(known);
        assert_eq!(
            money_and_rows(&book),
            money_and_rows(&same),
            "{cycle} {known}, reversed"
        );
    }
}

#[test]
fn days_of_service_after_the_due_day_are_put_back_once() {
    let late = || {
        let mut book = Book::new(policy("1500.00", "monthly"), "2027-03-01", "2027-03-10");
        book.grace_days = 5;
        book.bill("2027-03-10");
        book.disconnect("2027-03-15");
        book
    };
    let mut book = paid_on(late(), "2027-03-16");
    assert!(uncertain_periods(&mut book, day("2027-03-20")));
    assert_eq!(book.expires_on(), "2027-04-15");
    assert_eq!(money_and_rows(&book), money_and_rows(&paid_on(late(), "2027-03-20")));
}

#[test]
fn a_free_package_and_a_new_cycle_begin_on_the_known_day() {
    for price in ["0.00", "1500.00"] {
        let newcomer = || Book::taken_in(policy("1500.00", "monthly"), "2027-03-01", None, "0.00", None);
        let mut book = newcomer();
        book.policy.packages[0].price = money(price);
        book.pay("2027-03-02", "1500.00");
        assert!(uncertain_periods(&mut book, day("2027-03-09")), "{price}");
        assert_eq!(
            (book.state(), book.expires_on().as_str()),
            ("active", "2027-04-09"),
            "{price}"
        );
    }
}

#[test]
fn what_has_moved_since_is_left() {
    type Then = fn(&mut Book);
    let cases: [(&str, Then); 4] = [
        ("the owner has set another due day", |book| {
            book.decide("2027-03-12", |wallet, _, moment| {
                manual_actions::set_expires_on(wallet, moment, day("2027-05-01"))
            })
            .unwrap();
        }),
        ("the account is closed", |book| {
            book.decide("2027-03-12", |wallet, _, moment| manual_actions::close(wallet, moment))
                .unwrap();
        }),
        ("the account is on hold", |book| {
            book.decide("2027-03-12", |wallet, _, moment| {
                manual_actions::hold(wallet, moment, None)
            })
            .unwrap();
        }),
        ("it was billed on", |book| {
            book.adjust("2027-03-12", "1500.00");
            book.policy.packages[0].cycle = weir::model::package::Cycle::Days(3);
            book.bill("2027-04-12");
        }),
    ];
    for (what, then) in cases {
        let mut book = paid_on(cut("monthly", Resume::FromPayment), "2027-03-12");
        then(&mut book);
        let before = money_and_rows(&book);
        assert!(!uncertain_periods(&mut book, day("2027-03-20")), "{what}");
        assert_eq!(money_and_rows(&book), before, "{what}");
    }
}

#[test]
fn a_hold_that_began_on_the_unknown_day_gives_its_days_back_at_the_release() {
    let mut book = paid_on(cut("monthly", Resume::FromPayment), "2027-03-12");
    book.decide("2027-03-12", |wallet, _, moment| {
        manual_actions::hold(wallet, moment, None)
    })
    .unwrap();
    assert!(!uncertain_periods(&mut book, day("2027-03-20")));
    book.decide("2027-03-25", manual_actions::release).unwrap();
    // Paid for a month, of which nothing but the hold has passed.
    assert_eq!(book.expires_on(), "2027-04-25");
}

#[test]
fn another_package_since_does_not_change_what_was_paid_for() {
    let mut book = paid_on(cut("quarterly", Resume::FromPayment), "2027-03-12");
    book.policy.packages[0].cycle = weir::model::package::Cycle::Months(1);
    assert!(uncertain_periods(&mut book, day("2027-03-20")));
    assert_eq!(book.expires_on(), "2027-06-20");
}

#[test]
fn a_clock_two_minutes_behind_midnight_shortens_nothing_and_a_lowered_floor_counts() {
    for (known, ends) in [("2027-03-11", "2027-04-12"), ("2026-12-05", "2027-01-05")] {
        let mut book = paid_on(cut("monthly", Resume::FromPayment), "2027-03-12");
        assert!(uncertain_periods(&mut book, day(known)), "{known}");
        assert_eq!(book.expires_on(), ends, "{known}");
    }
}

#[derive(Debug, Clone)]
enum Act {
    Pay(i64),
    Adjust(i64),
    Reverse,
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        4 => prop_oneof![Just(1_000_i64), 1_i64..3_500].prop_map(Act::Pay),
        1 => (-500_i64..1_500).prop_map(Act::Adjust),
        2 => Just(Act::Reverse),
    ]
}

fn carry_out(book: &mut Book, act: &Act, today: Day) {
    match act {
        Act::Pay(minor) => {
            book.pay_on(today, Money::from_minor(*minor));
        }
        Act::Adjust(minor) if *minor != 0 => {
            let currency = weir::model::money::Currency::from_code("KES").unwrap();
            book.adjust(&today.to_string(), &currency.format(Money::from_minor(*minor)));
        }
        Act::Reverse if book.entries.iter().any(|entry| entry.reference.is_some()) => {
            book.reverse_on(today);
        }
        Act::Adjust(_) | Act::Reverse => {}
    }
}

/// All that a subscriber's future depends on, but for the days under which debits stand.
fn standing(book: &Book) -> (PaidPeriod, State, Money, Vec<Money>, Vec<Option<PaidPeriod>>) {
    let outstanding = &book.subscriber.outstanding;
    let rows = book.settlements();
    (
        book.subscriber.period,
        book.subscriber.state,
        book.subscriber.balance,
        outstanding.iter().map(|debit| debit.amount).collect(),
        rows.iter().map(|debit| debit.undone).collect(),
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3_000, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn what_happens_on_an_unknown_day_is_as_if_it_had_happened_on_the_first_known_one(
        nights in proptest::collection::vec(proptest::option::weighted(0.1, act()), 5..50),
        in_doubt in proptest::collection::vec(act(), 1..5),
        after in proptest::collection::vec(act(), 0..4),
        gap in 0_i32..100,
        cycle in prop_oneof![Just("monthly"), Just("1 day"), Just("7 days"), Just("quarterly")],
        from_due in any::<bool>(),
        grace in 0_u16..4,
    ) {
        let mut policy = policy("10.00", cycle);
        if from_due { policy.resume = Resume::FromDue; }
        let start = day("2027-01-28");
        let begin = || {
            let mut book = Book::new(policy.clone(), "2027-01-28", "2027-01-31");
            book.grace_days = grace;
            for (today, act) in nights.iter().enumerate() {
                let today = start.plus_days(i32::try_from(today).unwrap());
                book.bill_on(today);
                if let Some(act) = act { carry_out(&mut book, act, today); }
                book.disconnect_on(today);
            }
            book.resumed = None;
            book
        };
        let recorded = start.plus_days(i32::try_from(nights.len()).unwrap());
        let known = recorded.plus_days(gap);
        let (mut doubted, mut same) = (begin(), begin());
        for act in &in_doubt {
            carry_out(&mut doubted, act, recorded);
            carry_out(&mut same, act, known);
        }
        let end = doubted.subscriber.period.expires_on;
        if doubted.resumed.is_some() {
            uncertain_periods(&mut doubted, known);
        }
        prop_assert_eq!(standing(&doubted), standing(&same));
        if doubted.subscriber.outstanding.is_empty() {
            prop_assert!(doubted.subscriber.period.expires_on >= end, "shortened");
        }
        // And whatever comes then.
        for act in &after {
            carry_out(&mut doubted, act, known);
            carry_out(&mut same, act, known);
            prop_assert_eq!(standing(&doubted), standing(&same));
        }
    }
}
