//! Who was cut off before their time, and what taking that cut back leaves as it is.

use weir::model::day::Instant;
use weir::model::job::Job;
use weir::model::money::Money;
use weir::model::name::Username;
use weir::model::subscriber::{
    Access, Hold, Outstanding, PaidPeriod, Profile, Service, State, Subscriber, SubscriberId,
};
use weir::rules::access;

use super::book::{AT_THE_CUT, Book, day, policy};

fn cut(expires_on: Option<&str>, extended_to: Option<&str>) -> Subscriber {
    Subscriber {
        id: SubscriberId(1),
        username: Username::new("dan").unwrap(),
        profile: Profile {
            name: None,
            phone: None,
            account: None,
            package: None,
            router: None,
            service: Service::Pppoe,
            address: None,
            login: None,
            own_profile: None,
            own_rate: None,
        },
        state: State::Suspended,
        hold: None,
        period: PaidPeriod {
            unpaid_days: 42,
            unpaid_from: Some(day("2026-12-02")),
            ..PaidPeriod::ending(expires_on.map(day))
        },
        extended_to: extended_to.map(day),
        balance: Money::from_minor(-150_000),
        last_entry: None,
        outstanding: expires_on
            .map(|due| Outstanding {
                due: day(due),
                amount: Money::from_minor(150_000),
            })
            .into_iter()
            .collect(),
        last_settled: None,
        added_at: Instant::from_millis(0),
        serving_since: None,
    }
}

#[test]
fn a_cut_is_too_early_while_no_run_would_make_it() {
    let cases = [
        ("the day is over", cut(Some("2026-12-02"), None), 0, false),
        ("the day is not over", cut(Some("2026-12-03"), None), 0, true),
        ("the grace is not over", cut(Some("2026-12-01"), None), 2, true),
        ("the grace is over", cut(Some("2026-12-01"), None), 1, false),
        ("a promise", cut(Some("2026-12-01"), Some("2026-12-09")), 0, true),
        ("no day", cut(None, None), 0, false),
    ];
    for (name, subscriber, grace, early) in cases {
        let is = |one: &Subscriber| access::is_cut_too_early(one, grace, day("2026-12-02"));
        assert_eq!(is(&subscriber), early, "{name}");
        for state in [State::Active, State::Closed] {
            let other = Subscriber {
                state,
                ..subscriber.clone()
            };
            assert!(!is(&other), "{name}, {state:?}");
        }
        for access in [Access::On, Access::Off] {
            let held = Subscriber {
                hold: Some(Hold {
                    since: day("2026-12-01"),
                    access,
                }),
                ..subscriber.clone()
            };
            assert!(!is(&held), "{name}, held");
        }
    }
}

#[test]
fn a_cut_that_is_taken_back_leaves_what_is_paid_charged_and_outstanding() {
    let mut book = Book::new(policy("1500.00", "monthly"), "2027-03-01", "2027-03-10");
    book.bill("2027-03-10");
    book.extend("2027-03-10", "2027-03-20").unwrap();
    let served = book.subscriber.clone();
    // A clock that shows 2031 cuts them off; then it is put right.
    book.run_at(
        Job::Disconnect,
        day("2031-05-05"),
        (day("2031-05-05"), AT_THE_CUT),
        false,
    );
    assert_eq!(book.state(), "suspended");
    book.decide("2027-03-12", |wallet, _, moment| {
        access::resume_without_payment(wallet, moment)
    })
    .unwrap();
    // The promise is over: a run has ended it.
    let expected = Subscriber {
        extended_to: None,
        ..served
    };
    assert_eq!(book.subscriber, expected);
    assert_eq!(book.served().stretches(), [], "service never ended");
}
