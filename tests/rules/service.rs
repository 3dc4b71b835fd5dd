//! Days of service: those until whose 23:59 somebody was served, and who pays for them.

use std::collections::BTreeSet;

use proptest::prelude::*;
use weir::model::day::Day;
use weir::model::entry::EntryKind;
use weir::model::job::Job;
use weir::model::money::Money;
use weir::model::name::PackageName;
use weir::model::subscriber::{Access, ServedStretches, ServiceStretch, State};
use weir::rules::access;
use weir::rules::manual_actions::{self, ByHandError};
use weir::rules::wallet::Policy;

use super::book::{AT_THE_CUT, Book, day, money, policy};

const PRICE: &str = "1500.00";

fn monthly(taken_in: &str, due: &str) -> Book {
    Book::new(policy(PRICE, "monthly"), taken_in, due)
}

fn close(book: &mut Book, on: &str) {
    book.decide(on, |wallet, _, moment| manual_actions::close(wallet, moment))
        .unwrap();
}

fn reopen(book: &mut Book, on: &str) {
    book.decide(on, manual_actions::reopen).unwrap();
}

fn set_package(book: &mut Book, on: &str, package: Option<&str>) {
    let package = package.map(|name| PackageName::new(name).unwrap());
    book.decide(on, |wallet, policy, moment| {
        manual_actions::change_package(wallet, policy, moment, package)
    })
    .unwrap();
}

/// `home` costs 1500.00, `gift` nothing.
fn with_a_gift(mut policy: Policy) -> Policy {
    let mut gift = policy.packages[0].clone();
    gift.name = PackageName::new("gift").unwrap();
    gift.price = Money::ZERO;
    policy.packages.push(gift);
    policy
}

#[test]
fn a_payment_pays_for_the_days_served_since_the_due_day_and_what_is_left_is_the_next_ones() {
    let mut book = monthly("2027-01-05", "2027-01-10");
    book.pay("2027-01-06", "3000.00");
    book.bill("2027-01-10");
    book.bill("2027-02-10");
    assert_eq!(
        (book.expires_on().as_str(), book.balance().as_str()),
        ("2027-03-10", "0.00")
    );
    // The only payment is taken back, and that evening they are cut off: 33 days since 10 January are not paid for.
    assert_eq!(book.reverse("2027-02-12"), 2);
    book.disconnect("2027-02-12");
    assert_eq!(book.state(), "suspended");
    // A month pays for 31 of them. What is served today is a courtesy.
    assert!(book.pay("2027-03-20", PRICE).resumed);
    assert_eq!(book.expires_on(), "2027-03-20");
    book.disconnect("2027-03-20");
    assert_eq!(book.state(), "suspended");
    // The second month: 11 and 12 February and 20 March.
    assert!(book.pay("2027-03-22", PRICE).resumed);
    assert_eq!(
        (book.expires_on().as_str(), book.balance().as_str()),
        ("2027-04-19", "0.00")
    );
}

#[test]
fn days_of_a_closed_account_are_no_days_of_service() {
    let mut book = monthly("2027-03-01", "2027-03-10");
    book.pay("2027-03-10", PRICE);
    book.bill("2027-03-10");
    assert_eq!(book.expires_on(), "2027-04-10");
    close(&mut book, "2027-03-15");
    reopen(&mut book, "2027-03-25");
    assert_eq!(book.state(), "active");
    book.bill("2027-04-10");
    book.disconnect("2027-04-10");
    assert_eq!(book.state(), "suspended");
    assert_eq!(book.reverse("2027-04-12"), 1);
    // Served from 11 to 14 March and from 25 March to 10 April: 21 days.
    assert!(book.pay("2027-04-20", PRICE).resumed);
    assert_eq!(book.expires_on(), "2027-04-30");
    // The charge of 10 April is still open, and those days are paid for.
    book.disconnect("2027-04-30");
    assert!(book.pay("2027-05-05", PRICE).resumed);
    assert_eq!(book.expires_on(), "2027-06-05");
}

#[test]
fn a_cut_after_midnight_costs_nobody_the_day_that_had_just_begun() {
    let mut ends = Vec::new();
    for (cut_on, minute) in [("2027-03-10", AT_THE_CUT), ("2027-03-11", 10), ("2027-03-11", 600)] {
        let mut book = monthly("2027-03-01", "2027-03-10");
        book.bill("2027-03-10");
        book.run_at(Job::Disconnect, day("2027-03-10"), (day(cut_on), minute), false);
        assert_eq!(book.state(), "suspended");
        book.pay("2027-03-15", PRICE);
        ends.push(book.expires_on());
    }
    assert_eq!(ends, ["2027-04-15", "2027-04-15", "2027-04-15"]);
}

#[test]
fn days_on_hold_count_where_there_was_service() {
    for (access, end) in [(Access::Off, "2027-04-18"), (Access::On, "2027-04-12")] {
        let mut book = monthly("2027-03-01", "2027-03-10");
        book.extend("2027-03-10", "2027-03-31").unwrap();
        book.bill("2027-03-10");
        book.decide("2027-03-12", |wallet, _, moment| {
            manual_actions::hold(wallet, moment, Some(access))
        })
        .unwrap();
        book.decide("2027-03-18", manual_actions::release).unwrap();
        close(&mut book, "2027-03-19");
        reopen(&mut book, "2027-03-20");
        // Served on the 11th and the 18th, and where service was left on, from the 12th to the 17th.
        book.pay("2027-03-20", PRICE);
        assert_eq!(book.expires_on(), end, "{access:?}");
    }
}

#[test]
fn whoever_paid_nothing_that_stands_is_cut_off_by_the_next_night() {
    let mut book = Book::taken_in(policy(PRICE, "monthly"), "2027-03-04", None, "0.00", None);
    assert_eq!(book.state(), "suspended");
    assert!(book.pay("2027-03-06", PRICE).resumed);
    book.reverse("2027-03-08");
    assert_eq!((book.state(), book.balance().as_str()), ("active", "-1500.00"));
    book.disconnect("2027-03-08");
    assert_eq!(book.state(), "suspended");
    // Served on the 6th, 7th and 8th.
    assert!(book.pay("2027-03-10", PRICE).resumed);
    assert_eq!(book.expires_on(), "2027-04-07");
}

#[test]
fn nobody_is_taken_in_on_credit_unless_an_entry_raises_their_balance() {
    let on_credit = || Policy {
        credit_limit: money("2000.00"),
        ..policy(PRICE, "monthly")
    };
    let cases = [
        ("0.00", None, "suspended"),
        ("-500.00", None, "suspended"),
        ("-1500.00", Some(true), "suspended"),
        ("10.00", None, "active"),
    ];
    for (balance, debited, state) in cases {
        let mut book = Book::taken_in(on_credit(), "2027-03-04", Some("2027-03-01"), balance, debited);
        assert_eq!(book.state(), state, "{balance}");
        let entries = book.entries.len();
        book.bill("2027-03-05");
        assert_eq!(
            (book.state(), book.entries.len()),
            (state, entries),
            "{balance}: the night changes nothing"
        );
    }
    // Nor by a hold that ends, an account that is opened again, or another package.
    let mut book = Book::taken_in(on_credit(), "2027-03-04", Some("2027-03-01"), "0.00", None);
    book.decide("2027-03-05", |wallet, _, moment| {
        manual_actions::hold(wallet, moment, None)
    })
    .unwrap();
    book.decide("2027-03-06", manual_actions::release).unwrap();
    close(&mut book, "2027-03-07");
    reopen(&mut book, "2027-03-08");
    set_package(&mut book, "2027-03-09", None);
    set_package(&mut book, "2027-03-09", Some("home"));
    assert_eq!((book.state(), book.entries.len()), ("suspended", 0));
    // A payment does, as far as the limit allows.
    assert!(book.pay("2027-03-10", "1.00").resumed);
}

#[test]
fn a_package_after_none_or_a_free_one_is_due_from_tomorrow_on_and_once() {
    for (before, due) in [
        (None, Some("2026-09-01")),
        (None, None),
        (Some("gift"), None),
        (Some("gift"), Some("2026-09-01")),
    ] {
        for paid in [true, false] {
            let what = format!("after {before:?} through {due:?}, paid: {paid}");
            let mut book = Book::taken_in(
                with_a_gift(policy(PRICE, "monthly")),
                "2026-08-01",
                Some("2026-09-01"),
                "0.00",
                None,
            );
            set_package(&mut book, "2026-08-01", before);
            book.subscriber.period = weir::model::subscriber::PaidPeriod::ending(due.map(day));
            set_package(&mut book, "2026-12-05", Some("home"));
            assert_eq!(book.expires_on(), "2026-12-06", "{what}");
            if paid {
                book.pay("2026-12-05", PRICE);
            }
            book.disconnect("2026-12-05");
            assert_eq!(book.state(), "active", "{what}");
            book.bill("2026-12-06");
            book.disconnect("2026-12-06");
            assert_eq!(book.charged(), ["2026-12-06"], "{what}");
            let (state, end) = if paid {
                ("active", "2027-01-06")
            } else {
                ("suspended", "2026-12-06")
            };
            assert_eq!((book.state(), book.expires_on().as_str()), (state, end), "{what}");
            if !paid {
                book.pay("2026-12-20", PRICE);
                assert_eq!(
                    book.expires_on(),
                    "2027-01-20",
                    "{what}: the time that was free is not paid for"
                );
            }
        }
    }
}

#[test]
fn a_package_keeps_the_day_that_is_still_to_come_and_the_bill_that_is_open() {
    let mut book = Book::taken_in(
        with_a_gift(policy(PRICE, "monthly")),
        "2027-03-01",
        Some("2027-03-10"),
        "0.00",
        None,
    );
    set_package(&mut book, "2027-03-02", None);
    set_package(&mut book, "2027-03-05", Some("home"));
    assert_eq!(book.expires_on(), "2027-03-10");
    // Charged, promised, served for nothing from noon of the 12th to noon of the 20th, and then cut off for the open bill.
    book.bill("2027-03-10");
    book.extend("2027-03-10", "2027-03-12").unwrap();
    set_package(&mut book, "2027-03-12", Some("gift"));
    set_package(&mut book, "2027-03-20", Some("home"));
    book.disconnect("2027-03-20");
    assert_eq!(book.state(), "suspended");
    book.pay("2027-03-25", PRICE);
    // The 11th and the 20th.
    assert_eq!(
        (book.expires_on().as_str(), book.charged()),
        ("2027-04-23", vec!["2027-03-10".to_owned()])
    );
}

#[test]
fn a_package_given_during_a_hold_is_due_the_day_after_as_if_there_had_been_no_hold() {
    let mut book = Book::taken_in(
        with_a_gift(policy(PRICE, "monthly")),
        "2027-03-01",
        Some("2027-03-10"),
        "0.00",
        None,
    );
    set_package(&mut book, "2027-03-02", None);
    book.decide("2027-03-15", |wallet, _, moment| {
        manual_actions::hold(wallet, moment, None)
    })
    .unwrap();
    set_package(&mut book, "2027-03-20", Some("home"));
    book.decide("2027-03-25", manual_actions::release).unwrap();
    // Of ten days held, five came after the package.
    assert_eq!(book.expires_on(), "2027-03-26");
}

fn stretches(days: &[(i32, i32)]) -> ServedStretches {
    let mut served = ServedStretches::default();
    for (from, through) in days {
        served.add(ServiceStretch {
            from: Day::from_number(*from),
            through: Day::from_number(*through),
        });
    }
    served
}

#[test]
fn stretches_that_meet_are_one_and_no_day_counts_twice() {
    let from = |served: &ServedStretches, first| served.days_from(Day::from_number(first));
    assert_eq!(
        stretches(&[(1, 5), (6, 9)]),
        stretches(&[(1, 9)]),
        "cut in the evening, back the next day"
    );
    assert_eq!(stretches(&[(1, 5), (7, 9)]).stretches().len(), 2);
    assert_eq!(
        stretches(&[(5, 4)]),
        stretches(&[]),
        "begun and ended between two evenings"
    );
    let served = stretches(&[(1, 5), (7, 9)]);
    for (first, days) in [(0, 8), (1, 8), (5, 4), (6, 3), (8, 2), (10, 0)] {
        assert_eq!(from(&served, first), days, "from {first}");
    }
    // A clock that ran ahead, and then was put right.
    assert_eq!(from(&stretches(&[(1, 900), (20, 30)]), 10), 891);
    assert_eq!(from(&stretches(&[(50, 60), (1, 5), (3, 55)]), 0), 60);
}

#[test]
fn the_newest_sixty_stretches_are_kept() {
    let days: Vec<(i32, i32)> = (0..100).map(|at| (at * 10, at * 10 + 3)).collect();
    assert_eq!(stretches(&days), stretches(&days[40..]));
}

/// What happens on a day, at noon unless it is a run.
#[derive(Debug, Clone)]
enum Act {
    Pay(i64),
    Adjust(i64),
    Reverse,
    Promise(i32),
    Hold(Option<Access>),
    Release,
    Close,
    Reopen,
    Package(Option<&'static str>),
    DueDay(i32),
    /// The run of this evening is missed, and caught up the next day at this minute.
    LateCut(i64),
    Nothing,
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let access = prop_oneof![Just(None), Just(Some(Access::On)), Just(Some(Access::Off))];
    let package = prop_oneof![3 => Just(Some("home")), 1 => Just(Some("gift")), 1 => Just(None)];
    let act = prop_oneof![
        4 => prop_oneof![Just(150_000_i64), Just(300_000), 1_i64..200_000].prop_map(Act::Pay),
        1 => (-50_000_i64..50_000).prop_map(Act::Adjust),
        2 => Just(Act::Reverse),
        1 => (0_i32..6).prop_map(Act::Promise),
        1 => access.prop_map(Act::Hold),
        2 => Just(Act::Release),
        1 => Just(Act::Close),
        3 => Just(Act::Reopen),
        1 => package.prop_map(Act::Package),
        1 => (-20_i32..20).prop_map(Act::DueDay),
        1 => prop_oneof![Just(10_i64), Just(600)].prop_map(Act::LateCut),
        14 => Just(Act::Nothing),
    ];
    proptest::collection::vec(act, 30..140)
}

/// An act that may be refused.
fn tried<R>(_answer: Result<R, ByHandError>) {}

/// Does it, where the rules allow it.
fn act(book: &mut Book, today: Day, act: &Act) {
    let grace = book.grace_days;
    match act {
        Act::Pay(cents) => {
            book.pay_on(today, Money::from_minor(*cents));
        }
        Act::Adjust(cents) => {
            if *cents != 0 {
                let sign = if *cents < 0 { "-" } else { "" };
                let text = format!("{sign}{}.{:02}", cents.abs() / 100, cents.abs() % 100);
                book.adjust(&today.to_string(), &text);
            }
        }
        Act::Reverse => {
            let newest = book.entries.iter().rev().find(|entry| entry.reference.is_some());
            if newest.is_some_and(|entry| entry.kind == EntryKind::Credit) {
                book.reverse_on(today);
            }
        }
        Act::Promise(days) => {
            tried(book.decide_on(today, |wallet, _, moment| {
                manual_actions::extend(wallet, moment, today.plus_days(*days), grace)
            }));
        }
        Act::Hold(access) => {
            tried(book.decide_on(today, |wallet, _, moment| manual_actions::hold(wallet, moment, *access)));
        }
        Act::Release => {
            tried(book.decide_on(today, manual_actions::release));
        }
        Act::Close => {
            tried(book.decide_on(today, |wallet, _, moment| manual_actions::close(wallet, moment)));
        }
        Act::Reopen => {
            tried(book.decide_on(today, manual_actions::reopen));
        }
        Act::Package(name) => {
            let package = name.map(|name| PackageName::new(name).unwrap());
            if book.subscriber.profile.package != package {
                tried(book.decide_on(today, |wallet, policy, moment| {
                    manual_actions::change_package(wallet, policy, moment, package)
                }));
            }
        }
        Act::DueDay(ahead) => {
            tried(book.decide_on(today, |wallet, _, moment| {
                manual_actions::set_expires_on(wallet, moment, today.plus_days(*ahead))
            }));
        }
        Act::LateCut(_) | Act::Nothing => {}
    }
}

fn costs(book: &Book) -> bool {
    let package = book.policy.package(book.subscriber.profile.package.as_ref());
    package.is_some_and(|package| package.price.is_positive())
}

/// Days of service after the period that nobody has paid for, counted one by one.
fn unpaid(book: &Book, served: &BTreeSet<Day>) -> i32 {
    let period = &book.subscriber.period;
    let charged = book.subscriber.outstanding.first().map(|debit| debit.due);
    let first = period
        .unpaid_from
        .or(period.expires_on.map(|end| end.plus_days(1)))
        .or(charged);
    let days = first.map_or(0, |first| served.range(first..).count());
    period.unpaid_days.max(0) + i32::try_from(days).unwrap()
}

/// A life whose days are written down one by one, at 23:59.
struct Life {
    book: Book,
    served: BTreeSet<Day>,
}

impl Life {
    /// The stretches say what was written down.
    fn check_days(&self, through: Day) -> Result<(), TestCaseError> {
        let mut told = BTreeSet::new();
        let ended = self.book.served().stretches().iter().map(|one| (one.from, one.through));
        let present = self.book.subscriber.serving_since.map(|since| (since, through));
        for (from, to) in ended.chain(present) {
            let mut day = from;
            while day <= to {
                prop_assert!(told.insert(day), "{} is in two stretches", day);
                day = day.plus_days(1);
            }
        }
        prop_assert_eq!(&told, &self.served);
        let is_served = self.book.subscriber.access() == Access::On;
        prop_assert_eq!(self.book.subscriber.serving_since.is_some(), is_served);
        Ok(())
    }

    /// Whoever is active is paid through a day, promised to one, or charged for one; free, or without a package.
    fn check_touched(&self) -> Result<(), TestCaseError> {
        let subscriber = &self.book.subscriber;
        if subscriber.state == State::Active && subscriber.hold.is_none() && costs(&self.book) {
            prop_assert!(
                access::cut_off_day(subscriber, 0).is_some(),
                "touched by no job: {:?}",
                subscriber
            );
        }
        Ok(())
    }

    /// After the evening's run: whoever is served and on no hold has paid for tomorrow, or owes it to nobody.
    fn check_goes_on(&self, today: Day) -> Result<(), TestCaseError> {
        let subscriber = &self.book.subscriber;
        if subscriber.state == State::Active && subscriber.hold.is_none() && costs(&self.book) {
            let goes_on = access::cut_off_day(subscriber, self.book.grace_days).is_some_and(|end| end > today)
                || access::is_covered(subscriber, &self.book.policy, today);
            prop_assert!(goes_on, "served for ever: {:?}", subscriber);
        }
        Ok(())
    }

    /// One act; where it brings somebody back, the cycle is put back by the days that were written down.
    fn does(&mut self, today: Day, what: &Act) -> Result<(), TestCaseError> {
        let before = self.book.subscriber.clone();
        let put_back = unpaid(&self.book, &self.served);
        act(&mut self.book, today, what);
        let after = &self.book.subscriber;
        let one_settled = before.outstanding.len() <= 1 && after.outstanding.is_empty();
        if matches!(what, Act::Pay(_))
            && before.state == State::Suspended
            && after.state == State::Active
            && one_settled
        {
            let start = today.plus_days(-put_back);
            let anchor = weir::model::subscriber::AnchorDay::of(start);
            let month = weir::model::package::Cycle::Months(1);
            let end = weir::rules::due::next(start, anchor, month).0;
            prop_assert_eq!(
                after.period.expires_on,
                Some(end.max(today)),
                "{} days put back",
                put_back
            );
        }
        Ok(())
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn the_days_of_random_lives_are_those_on_which_somebody_was_served_at_23_59(
        acts in acts(),
        grace in 0_u16..4,
        on_credit in any::<bool>(),
        due in proptest::option::of(-30_i32..30),
    ) {
        let mut policy = with_a_gift(policy(PRICE, "monthly"));
        if on_credit { policy.credit_limit = money("2000.00"); }
        let start = day("2027-01-28");
        let due = due.map(|ahead| start.plus_days(ahead).to_string());
        let mut book = Book::taken_in(policy, "2027-01-28", due.as_deref(), "0.00", None);
        book.grace_days = grace;
        let mut life = Life { book, served: BTreeSet::new() };
        let mut missed = None;
        for (at, act) in acts.iter().enumerate() {
            let today = start.plus_days(i32::try_from(at).unwrap());
            life.book.bill_on(today);
            if let Some((evening, minute)) = missed.take() {
                life.book.run_at(Job::Disconnect, evening, (today, minute), false);
            }
            life.check_touched()?;
            life.does(today, act)?;
            life.check_touched()?;
            // The evening: what counts is who is served when 23:59 comes.
            if life.book.subscriber.access() == Access::On { life.served.insert(today); }
            if let Act::LateCut(minute) = act {
                missed = Some((today, *minute));
            } else {
                life.book.run_at(Job::Disconnect, today, (today, AT_THE_CUT), false);
                life.check_goes_on(today)?;
            }
            life.check_days(today)?;
        }
    }
}
