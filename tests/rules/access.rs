//! Who was cut off before their time, and what taking that cut back leaves as it is.

use weir::model::day::Day;
use weir::model::day::Instant;
use weir::model::money::Money;
use weir::model::name::Username;
use weir::model::subscriber::{
    Access, Hold, Outstanding, PaidPeriod, Profile, Service, State, Subscriber, SubscriberId,
};
use weir::rules::access;

fn day(text: &str) -> Day {
    Day::parse(text).unwrap()
}

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
            served_after_due: 42,
            serving_since: Some(day("2026-12-02")),
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
    let before = cut(Some("2026-12-20"), None);
    let mut after = before.clone();
    access::resumed_without_payment(&mut after);
    let expected = Subscriber {
        state: State::Active,
        period: PaidPeriod::ending(before.period.expires_on),
        ..before
    };
    assert_eq!(after, expected);
}
